//! `kubepki undo`: what it puts back, what it refuses, and what it says. The texts are in
//! tests/golden/undo/.

use std::fs;

use kubepki_testkit::programs::Output;

use crate::{clock::kubepki_at, environment::Environment, golden};

const BEGIN: &str = "2026-01-01 00:00:00";
const LATER: &str = "2026-06-01 00:00:00";

fn applied() -> Environment {
    let environment = Environment::of_example("hard-way");
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    environment
}

/// Every file but those of the store itself.
fn files(environment: &Environment) -> Vec<(String, u32, Vec<u8>)> {
    let is_own = |path: &str| path.starts_with(".kubepki") && path != ".kubepki/cluster.yaml";
    environment.snapshot().into_iter().filter(|file| !is_own(&file.0)).collect()
}

#[test]
fn a_renewal_is_taken_back_and_done_again() {
    let environment = applied();
    let old = files(&environment);
    kubepki_at(LATER, &environment, &["renew", "--all"]).expect_success();
    let new = files(&environment);
    let rows = environment.kubepki(&["ledger", "list"]).expect_success();
    shows("dry-run", 0, &kubepki_at(LATER, &environment, &["undo", "--dry-run"]));
    assert_eq!(files(&environment), new);
    shows("undo", 0, &kubepki_at(LATER, &environment, &["undo"]));
    assert_eq!(files(&environment), old);
    kubepki_at(LATER, &environment, &["undo"]).expect_success();
    assert_eq!(files(&environment), new);
    assert_eq!(environment.kubepki(&["ledger", "list"]).expect_success(), rows, "append-only");
    shows("list", 0, &environment.kubepki(&["undo", "--list"]));
}

#[test]
fn an_apply_is_taken_back_with_its_spec_and_its_new_hosts() {
    let environment = applied();
    let (old, spec) = (files(&environment), environment.read("cluster.yaml"));
    let host = "hosts:\n  - {name: node-9, roles: [worker], addresses: [10.240.0.99]}";
    environment.edit("cluster.yaml", "hosts:", host);
    environment.edit("cluster.yaml", "[dev, oncall]", "[dev]");
    kubepki_at(BEGIN, &environment, &["apply"]).expect_success();
    assert!(environment.path("hosts/node-9").exists());
    let undone = environment.kubepki(&["undo", "-o", "json"]).expect_success();
    let undone: serde_json::Value = serde_json::from_str(&undone).unwrap();
    assert_eq!(undone["kind"], "Undo");
    let removed = undone["removed"].as_array().unwrap();
    assert!(removed.iter().all(|path| path.as_str().unwrap().starts_with("hosts/node-9/")));
    assert!(!environment.path("hosts/node-9").exists());
    environment.write("cluster.yaml", &spec);
    assert_eq!(files(&environment), old);
    assert_eq!(kubepki_at(BEGIN, &environment, &["plan", "--exit-code"]).code, Some(0));
}

#[test]
fn cas_are_not_taken_away_unasked() {
    let environment = applied();
    let before = environment.snapshot();
    for args in [&["undo"][..], &["undo", "--dry-run"]] {
        shows("authorities", 1, &kubepki_at(LATER, &environment, args));
        assert_eq!(environment.snapshot(), before);
    }
    let danger = "--danger-remove-authorities";
    environment.kubepki(&["undo", "--dry-run", danger]).expect_success();
    assert_eq!(environment.snapshot(), before);
    let key = environment.read("authorities/ca.key");
    environment.kubepki(&["undo", danger]).expect_success();
    let names: Vec<_> = files(&environment).into_iter().map(|file| file.0).collect();
    assert_eq!(names, ["cluster.yaml"]);
    // Nothing is deleted.
    let kept =
        environment.snapshot().into_iter().find(|file| file.0.ends_with("/authorities/ca.key"));
    assert_eq!(kept.unwrap().2, key.as_bytes());
    environment.kubepki(&["undo"]).expect_success();
    assert_eq!(environment.read("authorities/ca.key"), key);
    assert_eq!(kubepki_at(BEGIN, &environment, &["plan", "--exit-code"]).code, Some(0));
}

#[test]
fn cas_are_known_without_the_spec_too() {
    let environment = applied();
    fs::remove_file(environment.path(".kubepki/cluster.yaml")).unwrap();
    let refused = environment.kubepki(&["undo"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("authorities/ca.crt"), "{}", refused.stderr);
}

#[test]
fn nothing_is_overwritten_that_was_changed_since() {
    let environment = applied();
    environment.kubepki(&["renew", "jane", "admin"]).expect_success();
    let text = environment.read("users/jane.conf") + "x-mine: 1\n";
    environment.write("users/jane.conf", &text);
    let before = environment.snapshot();
    for args in [&["undo"][..], &["undo", "--dry-run"]] {
        let refused = environment.kubepki(args);
        assert_eq!(refused.code, Some(1), "{refused:#?}");
        let said = "error: cannot undo; nothing has changed\n  caused by: `users/jane.conf` has changed since ";
        assert!(refused.stderr.starts_with(said), "{}", refused.stderr);
        assert!(refused.stderr.contains("hint: "), "{}", refused.stderr);
        assert_eq!(environment.snapshot(), before);
    }
}

#[test]
fn what_was_changed_by_hand_is_overwritten_and_kept() {
    let environment = applied();
    let old = files(&environment);
    kubepki_at(LATER, &environment, &["renew", "admin"]).expect_success();
    let text = environment.read("users/admin.conf") + "x-mine: 1\n";
    environment.write("users/admin.conf", &text);
    let refused = kubepki_at(LATER, &environment, &["undo"]);
    let old_copy = ".kubepki/history/20260601T000000Z/users/admin.conf";
    for word in
        [old_copy, "`kubepki undo 20260601T000000Z --overwrite`", "another program changed it"]
    {
        assert!(refused.stderr.contains(word), "{word}: {}", refused.stderr);
    }
    assert!(environment.path(old_copy).exists());
    let edited = files(&environment);
    kubepki_at(LATER, &environment, &["undo", "--overwrite", "--dry-run"]).expect_success();
    assert_eq!(files(&environment), edited);
    kubepki_at(LATER, &environment, &["undo", "--overwrite"]).expect_success();
    assert_eq!(files(&environment), old);
    kubepki_at(LATER, &environment, &["undo"]).expect_success();
    assert_eq!(files(&environment), edited);
}

#[test]
fn the_transaction_that_is_in_the_way_is_named() {
    let environment = applied();
    kubepki_at("2026-02-01 00:00:00", &environment, &["renew", "jane"]).expect_success();
    kubepki_at("2026-03-01 00:00:00", &environment, &["renew", "jane"]).expect_success();
    let refused = kubepki_at(LATER, &environment, &["undo", "20260201T000000Z"]);
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("`kubepki undo 20260301T000000Z`"), "{}", refused.stderr);
}

#[test]
fn what_comes_back_and_has_expired_is_said() {
    let environment = applied();
    kubepki_at(LATER, &environment, &["renew", "jane", "admin"]).expect_success();
    let time = "2026-06-01 01:00:00";
    let dry = kubepki_at(time, &environment, &["undo", "--dry-run", "-o", "json"]).expect_success();
    let dry: serde_json::Value = serde_json::from_str(&dry).unwrap();
    assert_eq!(dry["expired"], serde_json::json!(["users/jane.conf"]));
    let undone = kubepki_at(time, &environment, &["undo"]);
    let said = "warning: a restored certificate has expired\nhint: `users/jane.conf` expired ";
    assert!(undone.stderr.contains(said), "{}", undone.stderr);
    let again = kubepki_at(time, &environment, &["undo"]);
    assert!(again.stdout.contains("it undid 20260601T000000Z"), "{}", again.stdout);
    assert!(!again.stderr.contains("expired"), "{}", again.stderr);
}

#[test]
fn an_earlier_transaction_by_its_name() {
    let environment = applied();
    let old = files(&environment);
    kubepki_at("2026-02-01 00:00:00", &environment, &["renew", "jane"]).expect_success();
    kubepki_at("2026-03-01 00:00:00", &environment, &["renew", "admin"]).expect_success();
    kubepki_at(LATER, &environment, &["undo", "20260201T000000Z"]).expect_success();
    kubepki_at(LATER, &environment, &["undo", "20260301T000000Z"]).expect_success();
    assert_eq!(files(&environment), old);
    let list = environment.kubepki(&["undo", "--list", "-o", "json"]).expect_success();
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let undoes: Vec<_> =
        list["transactions"].as_array().unwrap().iter().map(|one| one["undoes"].as_str()).collect();
    assert_eq!(undoes, [Some("20260301T000000Z"), Some("20260201T000000Z"), None, None, None]);
}

#[test]
fn there_is_nothing_to_undo() {
    let environment = Environment::of_example("hard-way");
    let before = environment.snapshot();
    for (args, code) in [
        (&["undo"][..], 2),
        (&["undo", "--dry-run"], 2),
        (&["undo", "--list"], 0),
        (&["undo", "20260101T000000Z"], 2),
        (&["undo", "--dir", "nowhere", "--list"], 0),
        (&["undo", "--dir", "nowhere"], 2),
    ] {
        let output = environment.kubepki(args);
        assert_eq!(output.code, Some(code), "{args:?}: {output:#?}");
        assert_eq!(environment.snapshot(), before, "{args:?}");
    }
}

#[track_caller]
fn shows(name: &str, code: i32, output: &Output) {
    assert_eq!(output.code, Some(code), "{output:#?}");
    let text = format!("{}{}", output.stdout, output.stderr);
    let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
    let is_allowed =
        |line: &&str| ["error:", "hint:", "  caused by:"].iter().any(|word| line.starts_with(word));
    assert!(wide.iter().all(is_allowed), "wider than 80 columns: {wide:#?}");
    golden::check(&format!("undo/{name}.txt"), &text);
}
