//! The days on which clocks and formats change: what is made on them, and what is seen from them.

use crate::{clock::kubepki_at, environment::Environment};

use super::{SPEC, entries};

#[test]
fn certificates_are_shown_on_every_day() {
    for (day, made, last) in [
        ("1970-01-01 00:00:00", "1970-01-01T00:00:00", "1979-12-30T00:00"),
        ("2037-12-31 23:59:59", "2037-12-31T23:5", "204"),
        ("2038-01-20 00:00:00", "2038-01-19T23:55", "2048-01-18T00:00"),
        ("2049-12-31 23:59:59", "2049-12-31T23:5", "2059-12-"),
        ("2050-01-01 00:00:00", "2049-12-31T23:55", "2059-12-30T00:00"),
        ("2100-01-01 00:00:00", "2099-12-31T23:55", "2109-12-30T00:00"),
    ] {
        let environment = Environment::of_spec(SPEC);
        kubepki_at(day, &environment, &["apply"]).expect_success();
        let output = kubepki_at(day, &environment, &["status", "--check", "-o", "json"]);
        let status: serde_json::Value = serde_json::from_str(&output.expect_success()).unwrap();
        let ca = entries(&status).iter().find(|entry| entry["entry"] == "ca").unwrap();
        assert!(ca["notBefore"].as_str().unwrap().starts_with(made), "{day}: {ca:#?}");
        assert!(ca["notAfter"].as_str().unwrap().starts_with(last), "{day}: {ca:#?}");
        assert!(status["at"].as_str().unwrap().starts_with(&day[..10]), "{day}");
        for format in ["table", "wide", "yaml", "csv", "kubeadm", "prometheus"] {
            kubepki_at(day, &environment, &["status", "-o", format]).expect_success();
        }
        // Two years on, all but the CAs are over.
        let later = (day[..4].parse::<i32>().unwrap() + 2).to_string();
        let args = ["status", "--check", "--at", &format!("{later}-06-01")];
        let output = kubepki_at(day, &environment, &args);
        assert_eq!(output.code, Some(3), "{output:#?}");
        assert!(output.stdout.contains("16 expired, 13 ok"), "{}", output.stdout);
    }
}

#[test]
fn what_never_expires_is_shown() {
    let environment = Environment::new();
    // RFC 5280, 4.1.2.5: the end of a certificate that has none.
    let dates = ["-not_before", "19700101000000Z", "-not_after", "99991231235959Z"];
    super::elsewhere::certificate(&environment, "forever", &dates);
    for at in ["1970-01-01", "2026-01-01", "9999-12-30"] {
        let output = environment.kubepki(&["status", "--path", "forever.crt", "--at", at]);
        let text = output.expect_success();
        assert!(text.contains("9999-12-3"), "{at}: {text}");
    }
}
