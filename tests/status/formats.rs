//! Every format of one status: programs read them, and openssl says the same of each certificate.

use std::{collections::BTreeSet, fs, os::unix::fs::PermissionsExt, path::Path};

use kubepki_testkit::{
    openssl,
    programs::{self, Output},
};
use serde_json::Value;

use crate::{clock::kubepki_at, environment::Environment};

use super::{SPEC, entries, status};

#[test]
fn json_says_what_openssl_says() {
    let environment = Environment::of_spec(SPEC);
    environment.apply();
    let mut seen = 0;
    for entry in entries(&status(&environment, &["-v"])) {
        let path = environment.path(entry["path"].as_str().unwrap());
        if !matches!(entry["kind"].as_str(), Some("authority" | "certificate")) {
            continue;
        }
        seen += 1;
        let path = path.to_str().unwrap();
        let said = |option: &str| {
            let args = ["x509", "-noout", option, "-dateopt", "iso_8601", "-in", path];
            let text = openssl::run(&args).expect_success();
            text.trim().split_once('=').unwrap().1.to_owned()
        };
        let text = |field: &str| entry[field].as_str().unwrap().to_owned();
        let date = |text: &str| text.replace('T', " ");
        assert_eq!(date(&text("notAfter")), said("-enddate"));
        assert_eq!(date(&text("notBefore")), said("-startdate"));
        assert_eq!(text("serialNumber").to_uppercase(), said("-serial"));
        let name = |text: &str| text.replace(" = ", "=");
        assert_eq!(text("subject"), name(&said("-subject")));
        assert_eq!(text("issuer"), name(&said("-issuer")));
        let sha256 = openssl::run(&["x509", "-noout", "-fingerprint", "-sha256", "-in", path]);
        let sha256 = sha256.expect_success().to_lowercase().replace(':', "");
        assert!(sha256.trim().ends_with(&text("sha256")), "{sha256}");
        assert_eq!(entry["hasPrivateKey"], true);
    }
    assert_eq!(seen, 13, "three CAs and ten certificates");
}

#[test]
fn yaml_csv_and_wide_say_what_json_says() {
    let environment = Environment::of_spec(SPEC);
    kubepki_at(super::BEGIN, &environment, &["apply"]).expect_success();
    environment.edit("cluster.yaml", "endpoint: api", "endpoint: lb");
    let at = ["--at", "2026-01-05"];
    let json = status(&environment, &at);
    let print = |format: &str| {
        environment.kubepki(&[&["status", "-o", format], &at[..]].concat()).expect_success()
    };
    let yaml: Value = serde_yaml::from_str(&print("yaml")).unwrap();
    assert_eq!(yaml, json);
    let csv = print("csv");
    let mut csv = csv::Reader::from_reader(csv.as_bytes());
    let head = csv.headers().unwrap().clone();
    let rows: Vec<_> = csv.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), entries(&json).len());
    let wide = print("wide");
    for (entry, row) in entries(&json).iter().zip(&rows) {
        let cell = |name: &str| &row[head.iter().position(|it| it == name).unwrap()];
        for (column, field) in [
            ("name", "entry"),
            ("host", "host"),
            ("kind", "kind"),
            ("path", "path"),
            ("subject", "subject"),
            ("serial_number", "serialNumber"),
            ("not_after", "notAfter"),
            ("status", "status"),
        ] {
            assert_eq!(cell(column), entry[field].as_str().unwrap_or_default(), "{column}");
        }
        if let Some(subject) = entry["subject"].as_str().filter(|_| entry["kind"] != "copy") {
            assert!(wide.contains(subject), "{subject}");
        }
        let reasons: Vec<_> = entry["attention"].as_array().unwrap().iter().collect();
        let reasons: Vec<_> = reasons.iter().map(|it| it["message"].as_str().unwrap()).collect();
        // A cell that begins as a formula does has a quote before it.
        assert_eq!(cell("reasons").trim_start_matches('\''), reasons.join("; "));
    }
    let urgent = entries(&json).iter().filter(|entry| entry["status"] != "ok").count();
    assert_eq!(json["needsAttention"], urgent);
    assert!(wide.contains("user/jane") && wide.contains("expired, drifted"), "{wide}");
}

#[test]
fn promtool_has_no_objection() {
    for example in ["hard-way", "ha", "kubeadm"] {
        let environment = Environment::of_example(example);
        environment.apply();
        let text = environment.kubepki(&["status", "-o", "prometheus"]).expect_success();
        promtool(&text);
        assert!(text.contains("\nx509_read_errors 0\n"), "{text}");
        let count = |metric: &str| {
            text.lines().filter(|line| line.starts_with(&format!("{metric}{{"))).count()
        };
        let certificates = entries(&status(&environment, &[]))
            .iter()
            .filter(|entry| entry["notAfter"].is_string())
            .count();
        for metric in ["x509_cert_not_before", "x509_cert_not_after", "x509_cert_expired"] {
            assert_eq!(count(metric), certificates, "{metric}");
        }
    }
}

#[test]
fn metrics_have_the_exporters_labels() {
    let environment = Environment::of_spec(SPEC);
    kubepki_at(super::BEGIN, &environment, &["apply"]).expect_success();
    fs::remove_file(environment.path("hosts/node-0/var/lib/kubelet/pki/kubelet.crt")).unwrap();
    let args = ["status", "-o", "prometheus", "--at", "2026-01-10"];
    let text = environment.kubepki(&args).expect_success();
    promtool(&text);
    let series = |metric: &str, file: &str| -> String {
        let root = environment.root().canonicalize().unwrap();
        let path = format!("filepath=\"{}\"", root.join(file).display());
        let is_it = |line: &&str| line.starts_with(&format!("{metric}{{")) && line.contains(&path);
        let mut lines = text.lines().filter(is_it);
        let line = lines.next().unwrap_or_else(|| panic!("{metric} {path} in {text}"));
        assert_eq!(lines.next(), None);
        line.to_owned()
    };
    let jane = series("x509_cert_not_after", "users/jane.conf");
    for label in [
        "filename=\"jane.conf\"",
        "embedded_kind=\"user\"",
        "embedded_key=\"jane\"",
        "subject_CN=\"jane\"",
        "subject_O=\"dev\"",
        "issuer_CN=\"demo-kubernetes-ca-1\"",
    ] {
        assert!(jane.contains(label), "{label} in {jane}");
    }
    // 2026-01-04 00:00:00, and the seconds that it took.
    let end: i64 = jane.rsplit(' ').next().unwrap().parse().unwrap();
    assert!((1_767_484_800..1_767_484_860).contains(&end), "{jane}");
    assert!(series("x509_cert_expired", "users/jane.conf").ends_with(" 1"));
    let ca = series("x509_cert_expired", "authorities/ca.crt");
    assert!(ca.ends_with(" 0"), "{ca}");
    let serial = openssl::run(&[
        "x509",
        "-noout",
        "-text",
        "-in",
        &path(&environment, "authorities/ca.crt"),
    ]);
    let hex = serial.expect_success();
    let hex = hex.lines().skip_while(|line| !line.contains("Serial Number")).nth(1).unwrap().trim();
    let hex = format!("0x{}", hex.replace(':', ""));
    let decimal = programs::run("python3", ["-c", &format!("print(int('{hex}', 16))")]);
    assert!(ca.contains(&format!("serial_number=\"{}\"", decimal.expect_success().trim())), "{ca}");
    assert!(text.contains("\nx509_read_errors 1\n"), "{text}");
    // What lies elsewhere has an absolute path, too, from wherever it was named.
    environment.write("elsewhere/ca.crt", &environment.read("authorities/ca.crt"));
    let args = ["status", "-o", "prometheus", "--path", "elsewhere/../elsewhere"];
    let elsewhere = environment.kubepki(&args).expect_success();
    let root = environment.root().canonicalize().unwrap();
    let wanted = format!("filepath=\"{}/elsewhere/", root.display());
    assert!(elsewhere.contains(&wanted), "{wanted} in {elsewhere}");
    let missing = series("x509_cert_error", "hosts/node-0/var/lib/kubelet/pki/kubelet.crt");
    assert!(missing.ends_with(" 1"), "{missing}");
}

#[test]
fn a_textfile_is_replaced_as_a_whole() {
    let environment = Environment::of_spec(SPEC);
    environment.apply();
    environment.write("metrics/pki.prom", "old\n");
    let args = ["status", "--textfile", "metrics/pki.prom", "--at", "2026-01-01", "--check"];
    let output = environment.kubepki(&args);
    assert_eq!((output.code, output.stdout.as_str()), (Some(3), ""), "{output:#?}");
    let text = environment.read("metrics/pki.prom");
    let printed = environment.kubepki(&["status", "-o", "prometheus", "--at", "2026-01-01"]);
    assert_eq!(text, printed.expect_success());
    let files: Vec<_> = fs::read_dir(environment.path("metrics")).unwrap().collect();
    assert_eq!(files.len(), 1, "nothing else is left: {files:?}");
    let mode = fs::metadata(environment.path("metrics/pki.prom")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644, "node_exporter is somebody else");
    let args = ["status", "--textfile", "-", "--at", "2026-01-01"];
    assert_eq!(environment.kubepki(&args).expect_success(), text, "`-` is stdout");
    assert!(!environment.path("-").exists());
    let output = environment.kubepki(&["status", "--textfile", "nowhere/pki.prom"]);
    assert_eq!(output.code, Some(1), "{output:#?}");
}

/// Has `promtool check metrics` read a text, and looks for what it does not: the same series twice.
#[track_caller]
pub(super) fn promtool(text: &str) {
    let mut command = programs::command("promtool");
    command.args(["check", "metrics"]);
    let Output { code, stdout, stderr, .. } = programs::finish(command, text.as_bytes());
    assert_eq!((code, stdout.as_str(), stderr.as_str()), (Some(0), "", ""), "of {text}");
    let mut seen = BTreeSet::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (series, _value) = line.rsplit_once(' ').unwrap();
        assert!(seen.insert(series), "twice: {series}");
    }
}

fn path(environment: &Environment, relative: &str) -> String {
    Path::new(&environment.path(relative)).display().to_string()
}
