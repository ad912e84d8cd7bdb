//! JSON and YAML.

use super::{NOW, bytes, masked, piped, root};
use crate::{clock, environment::Environment, golden};

#[test]
fn json_says_everything_and_yaml_the_same() {
    let root = root();
    let run = |arguments: &[&str]| {
        let arguments = [&["inspect"], arguments].concat();
        masked(&clock::kubepki_at(NOW, &root, &arguments).expect_success())
    };
    let kubelet = "hosts/node-0/etc/kubernetes/kubelet.conf";
    let files = ["hosts/node-0/var/lib/kubelet/pki/kubelet.crt", kubelet, "authorities/ca.key"];
    let json = run(&[&["-o", "json"], &files[..]].concat());
    golden::check("inspect/all.json", &without_seconds(&json));
    let yaml = run(&[&["-o", "yaml"], &files[..]].concat());
    let of_yaml: serde_json::Value = serde_yaml::from_str(&without_seconds(&yaml)).unwrap();
    let of_json: serde_json::Value = serde_json::from_str(&without_seconds(&json)).unwrap();
    assert_eq!(of_yaml, of_json);
}

/// The clock runs on while the command does.
fn without_seconds(text: &str) -> String {
    let line = |line: &str| match line.split_once("econdsLeft") {
        Some((front, rest)) => {
            let value: String = rest.chars().filter(char::is_ascii_digit).collect();
            let hours: u64 = value.parse().unwrap();
            // Rounded to the hour nearby.
            format!(
                "{front}econdsLeft{}\n",
                rest.replace(&value, &((hours + 1800) / 3600 * 3600).to_string())
            )
        }
        None => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn what_cannot_be_read_is_in_the_json_and_on_stderr() {
    let root = root();
    root.write("empty", "");
    let output = root.kubepki(&["inspect", "-o", "json", "empty", "authorities/ca.crt"]);
    assert_eq!(output.code, Some(2));
    let json: serde_json::Value = serde_json::from_str(&output.stdout).unwrap();
    assert!(json[0]["error"].as_str().unwrap().contains("it is empty"), "{json}");
    assert_eq!(json[1]["items"][0]["kind"], "certificate");
    assert!(output.stderr.starts_with("error: cannot read `empty`"), "{}", output.stderr);
}

#[test]
fn the_fingerprint_is_the_audit_logs() {
    let root = root();
    let der = {
        super::make(
            &root,
            &["x509", "-in", "authorities/ca.crt", "-outform", "DER", "-out", "der"],
        );
        bytes(&root, "der")
    };
    super::make(&root, &["dgst", "-sha256", "-hex", "-out", "digest", "der"]);
    let wanted = root.read("digest").trim().rsplit(' ').next().unwrap().to_owned();
    let json = piped(&Environment::new(), &["-o", "json"], &der).expect_success();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["items"][0]["sha256"], wanted);
    assert_eq!(json[0]["source"], "stdin");
}
