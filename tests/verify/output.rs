//! The forms: text in 80 columns, JSON, SARIF, JUnit, and what a check is about.

use std::process::Command;

use kubepki_testkit::programs;
use serde_json::Value;

use super::document;
use crate::{environment::Environment, golden};

/// A root with a mode that is too wide and a key that was swapped.
fn spoilt() -> Environment {
    use std::os::unix::fs::PermissionsExt;
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let mode = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(environment.path("users/admin.conf"), mode).unwrap();
    let peer = environment.read("hosts/server/etc/kubernetes/pki/etcd/peer.key");
    environment.write("hosts/server/etc/kubernetes/pki/etcd/server.key", &peer);
    environment
}

#[test]
fn text_names_the_place_the_reason_and_the_cure_in_80_columns() {
    let output = spoilt().kubepki(&["verify"]);
    assert_eq!((output.code, output.stderr.as_str()), (Some(3), ""));
    assert!(output.stdout.lines().all(|line| line.chars().count() <= 80), "{}", output.stdout);
    golden::check("verify/text.txt", &output.stdout);
}

#[test]
fn a_clean_root_is_one_line() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let said = environment.kubepki(&["verify"]).expect_success();
    assert!(said.starts_with("nothing is wrong in ") && said.lines().count() == 1, "{said}");
}

#[test]
fn many_findings_of_one_check_are_counted_unless_all_are_wanted() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let short = environment.kubepki(&["verify", "--at", "2099-01-01"]).stdout;
    let long = environment.kubepki(&["verify", "--at", "2099-01-01", "-v"]).stdout;
    assert!(short.contains(" more (`-v` lists them)") && !long.contains("`-v`"), "{short}");
    assert!(long.lines().count() > short.lines().count());
}

#[test]
fn sarif_has_a_rule_for_every_result() {
    let output = spoilt().kubepki(&["verify", "-o", "sarif"]);
    assert_eq!(output.code, Some(3));
    let sarif = document(&output);
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(rules[index]["defaultConfiguration"]["level"], result["level"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
    }
    let uris: Vec<&Value> = results
        .iter()
        .map(|it| &it["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])
        .collect();
    assert_eq!(uris, ["hosts/server/etc/kubernetes/pki/etcd/server.key", "users/admin.conf"]);
}

/// GitHub refuses a document with a result that has no file or no line, and takes for another what
/// has another fingerprint.
#[test]
fn sarif_has_a_file_a_line_and_a_fingerprint_for_every_result() {
    let environment = spoilt();
    let root = environment.root().canonicalize().unwrap().display().to_string();
    let run = |args: &[&str]| {
        let output = environment.kubepki(&[&["verify", "-o", "sarif"], args].concat());
        let sarif = document(&output);
        let results = sarif["runs"][0]["results"].as_array().unwrap().clone();
        let of = |it: &Value, name: &str| it[name].as_str().unwrap().to_owned();
        let found = results.iter().map(|result| {
            let place = &result["locations"][0]["physicalLocation"];
            assert_eq!(place["region"]["startLine"], 1, "{result:#}");
            let fingerprint = &result["partialFingerprints"];
            let uri = of(&place["artifactLocation"], "uri");
            (of(result, "ruleId"), uri, of(fingerprint, "primaryLocationLineHash"))
        });
        found.collect::<Vec<_>>()
    };
    let nobody = "127.0.0.1:1";
    let compared = format!("{nobody}=hosts/server/etc/kubernetes/pki/apiserver.crt");
    let found = run(&["--endpoint", nobody]);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().any(|(check, uri, _)| check == "unreachable" && uri == "cluster.yaml"));
    let found = run(&["--endpoint", &compared]);
    let (_, uri, _) = found.iter().find(|(check, ..)| check == "unreachable").unwrap();
    assert_eq!(uri, "hosts/server/etc/kubernetes/pki/apiserver.crt");
    // The same things by another way, and on another day.
    let (relative, absolute) = (run(&["."]), run(&[&root, "--within", "31d"]));
    assert_eq!(relative, absolute);
    assert!(relative.iter().all(|(_, uri, _)| !uri.contains(':')), "{relative:?}");
}

#[test]
fn findings_have_the_fields_of_those_of_audit() {
    let found = document(&spoilt().kubepki(&["verify", "-o", "json"]));
    let finding = &found["findings"][0];
    for name in ["check", "severity", "place", "path", "title", "what", "why", "mend"] {
        assert!(finding[name].is_string(), "{name}: {finding:#}");
    }
    assert!(finding["number"].is_number() && finding["also"].is_array(), "{finding:#}");
    assert!(finding.as_object().unwrap().contains_key("cis"));
}

#[test]
fn junit_is_xml_with_a_case_for_every_check() {
    let environment = spoilt();
    let output = environment.kubepki(&["verify", "-o", "junit", "--within", "400d"]);
    assert_eq!(output.code, Some(3));
    // A parser that nobody here wrote counts.
    let mut python = Command::new("python3");
    python.args(["-c", "import sys, xml.etree.ElementTree as e
suite = e.parse(sys.stdin).getroot()[0]
cases = suite.findall('testcase')
assert len(cases) == int(suite.get('tests')), suite.attrib
print(suite.get('failures'), len(suite.findall('testcase/failure')), suite.get('skipped'), len(suite.findall('testcase/skipped')))
print(*sorted(case.get('name') for case in cases if case.find('failure') is not None))"]);
    let counted = programs::finish(python, output.stdout.as_bytes()).expect_success();
    assert_eq!(counted, "2 2 1 1\nkey-mismatch key-readable-by-all\n");
}

#[test]
fn every_check_explains_itself() {
    let environment = Environment::new();
    let list = environment.kubepki(&["verify", "--explain", "list"]).expect_success();
    let all = environment.kubepki(&["verify", "--explain", "all"]).expect_success();
    assert!(list.lines().chain(all.lines()).all(|line| line.chars().count() <= 80));
    let json = document(&environment.kubepki(&["verify", "--explain", "all", "-o", "json"]));
    let checks = json["checks"].as_array().unwrap();
    assert!(checks.len() >= 40);
    for check in checks {
        let name = check["name"].as_str().unwrap();
        let one = environment.kubepki(&["verify", "--explain", name]).expect_success();
        assert!(all.contains(&one) && list.contains(name), "{name}");
    }
    golden::check(
        "verify/explain.txt",
        &environment.kubepki(&["verify", "--explain", "key-mismatch"]).stdout,
    );
    let unknown = environment.kubepki(&["verify", "--explain", "key-missmatch"]);
    assert_eq!(unknown.code, Some(2));
    assert!(unknown.stderr.contains("`key-mismatch`"), "{}", unknown.stderr);
}

#[test]
fn nothing_that_is_said_holds_a_key() {
    let environment = spoilt();
    for form in ["text", "json", "sarif", "junit"] {
        let output = environment.kubepki(&["verify", "-v", "--at", "2099-01-01", "-o", form]);
        let said = output.stdout + &output.stderr;
        assert!(!said.contains("PRIVATE"), "{form}");
        for (path, _, contents) in environment.snapshot() {
            if path.ends_with(".key") {
                let text = String::from_utf8(contents).unwrap();
                let secret = text.lines().nth(1).unwrap();
                assert!(!said.contains(secret), "{form}: {path}");
            }
        }
    }
}
