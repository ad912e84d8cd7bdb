//! How a kubeconfig is replaced: whole, for its owner alone, with a backup, one at a time.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
};

use super::{RICH, backups, kubectl, kubepki, meaning};
use crate::environment::Environment;

fn mode(environment: &Environment, file: &str) -> u32 {
    fs::metadata(environment.path(file)).unwrap().permissions().mode() & 0o7777
}

#[test]
fn the_file_before_is_kept_and_both_are_their_owners_alone() {
    let environment = Environment::new();
    environment.write("config", RICH);
    fs::set_permissions(environment.path("config"), fs::Permissions::from_mode(0o644)).unwrap();
    kubepki(&environment, "config", &["use-context", "two"]).expect_success();
    let kept = backups(&environment, "config");
    assert_eq!(kept.len(), 1);
    assert_eq!(environment.read(&kept[0]), RICH);
    assert_eq!((mode(&environment, "config"), mode(&environment, &kept[0])), (0o600, 0o600));

    fs::set_permissions(environment.path("config"), fs::Permissions::from_mode(0o400)).unwrap();
    kubepki(&environment, "config", &["use-context", "one"]).expect_success();
    assert_eq!(mode(&environment, "config"), 0o400, "a narrower mode was widened");
}

#[test]
fn what_changes_nothing_writes_nothing() {
    let environment = Environment::new();
    environment.write("config", RICH);
    let before = environment.snapshot();
    kubepki(&environment, "config", &["use-context", "one"]).expect_success();
    kubepki(&environment, "config", &["set-namespace", "web"]).expect_success();
    kubepki(&environment, "config", &["flatten"]).expect_success();
    kubepki(&environment, "", &["merge", "config", "-o", "config"]).expect_success();
    assert_eq!(environment.snapshot(), before);
}

#[test]
fn ten_backups_are_kept_and_nothing_else_is_removed() {
    let environment = Environment::new();
    environment.write("config", RICH);
    for foreign in [
        "config.bak",
        "config.bak-mine",
        "config.bak-20260101",
        "other.bak-20200101T000000.000000Z",
    ] {
        environment.write(foreign, "mine");
    }
    for round in 0..13 {
        let name = if round % 2 == 0 { "two" } else { "one" };
        kubepki(&environment, "config", &["use-context", name]).expect_success();
    }
    let kept = backups(&environment, "config");
    assert_eq!(kept.iter().filter(|name| name.ends_with('Z')).count(), 10, "{kept:?}");
    assert!(
        kept.contains(&"config.bak-mine".to_owned())
            && kept.contains(&"config.bak-20260101".to_owned())
    );
    assert_eq!(environment.read("other.bak-20200101T000000.000000Z"), "mine");
}

#[test]
fn a_link_stays_and_its_target_is_replaced() {
    let environment = Environment::new();
    environment.write("dotfiles/kube", RICH);
    fs::create_dir(environment.path(".kube")).unwrap();
    symlink("../dotfiles/kube", environment.path(".kube/config")).unwrap();
    // No `$KUBECONFIG`: it is found in the home.
    kubepki(&environment, "", &["use-context", "two"]).expect_success();
    assert!(fs::symlink_metadata(environment.path(".kube/config")).unwrap().is_symlink());
    assert_eq!(meaning(&environment, "dotfiles/kube")["current-context"], "two");
    assert_eq!(backups(&environment, "dotfiles/kube").len(), 1);
    let files: Vec<_> = environment.snapshot().into_iter().map(|file| file.0).collect();
    assert!(!files.iter().any(|file| file.ends_with(".lock")), "{files:?}");

    symlink("gone", environment.path("dangling")).unwrap();
    let refused =
        kubepki(&environment, "", &["merge", ".kube/config", "-o", "dangling", "--force"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("to a missing file"), "{refused:?}");
}

#[test]
fn kubectls_lock_is_respected_and_ours_is_kubectls() {
    let environment = Environment::new();
    environment.write("config", RICH);
    environment.write("config.lock", "");
    let before = environment.snapshot();
    let refused = kubepki(&environment, "config", &["use-context", "two"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.stderr.contains("remove this file"), "{refused:?}");
    assert_eq!(environment.snapshot(), before);
    let kubectls = kubectl(&environment, "config", &["config", "use-context", "two"]);
    assert!(kubectls.expect_failure().contains("config.lock"));
}

const WRITERS: usize = 16;

/// A file with a context for each writer, under two names.
fn shared_file() -> Environment {
    let environment = Environment::new();
    let contexts: String = (0..WRITERS)
        .map(|number| format!("- {{name: c{number}, context: {{cluster: c, user: u}}}}\n"))
        .collect();
    environment.write("config", &format!("contexts:\n{contexts}"));
    symlink("config", environment.path("link")).unwrap();
    environment
}

#[test]
fn of_many_writers_at_once_none_is_lost() {
    let environment = shared_file();
    std::thread::scope(|scope| {
        for number in 0..WRITERS {
            let environment = &environment;
            scope.spawn(move || {
                let (context, namespace) = (format!("c{number}"), format!("n{number}"));
                let name = if number % 2 == 0 { "link" } else { "config" };
                let args = ["set-namespace", &namespace, "--context", &context];
                kubepki(environment, name, &args).expect_success();
            });
        }
    });
    let contexts = meaning(&environment, "config")["contexts"].clone();
    for context in contexts.as_array().unwrap() {
        let name = context["name"].as_str().unwrap();
        assert_eq!(context["context"]["namespace"], name.replace('c', "n"), "{name}");
    }
    assert_eq!(contexts.as_array().unwrap().len(), WRITERS);
}

/// kubectl writes back what it read before it took the lock, so it may undo a change of ours; but
/// neither ever finds half a file of the other's.
#[test]
fn beside_kubectl_the_file_is_whole_at_every_moment() {
    let environment = shared_file();
    std::thread::scope(|scope| {
        let environment = &environment;
        scope.spawn(move || {
            for round in 0..40 {
                let namespace = format!("--namespace=k{round}");
                let args = ["config", "set-context", "c0", &namespace];
                let said = kubectl(environment, "config", &args);
                assert!(said.succeeded() || said.stderr.contains(".lock"), "{said:?}");
            }
        });
        for number in 1..WRITERS {
            scope.spawn(move || {
                let context = format!("c{number}");
                for round in 0..4 {
                    let namespace = format!("n{round}");
                    let args = ["set-namespace", &namespace, "--context", &context];
                    // It reads once without the lock, to find the file, and kubectl truncates it.
                    let said = kubepki(environment, "config", &args);
                    let is_truncated = said.stderr.contains("there is no context named");
                    assert!(said.succeeded() || is_truncated, "{said:?}");
                }
            });
        }
    });
    let contexts = meaning(&environment, "config")["contexts"].clone();
    assert_eq!(contexts.as_array().unwrap().len(), WRITERS);
}
