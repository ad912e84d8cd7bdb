//! Whose bundles a machine takes: those of the key that it knows, none older than what it has, and none
//! that replaces its CA behind its back.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use kubepki_testkit::programs::Output;

use super::{Tree, applied, bundle, files, machine, tree};
use crate::environment::Environment;

fn install(environment: &Environment, archive: &Path, extra: &[&str]) -> Output {
    let args = ["host", "install", archive.to_str().unwrap(), "--root", "machine"];
    environment.kubepki(&[&args, extra].concat())
}

fn key(environment: &Environment) -> String {
    environment.kubepki(&["host", "key"]).expect_success().trim().to_owned()
}

/// Refused, with this complaint and hint, and nothing is written.
#[track_caller]
fn refused(environment: &Environment, archive: &Path, extra: &[&str], complaint: &str, hint: &str) {
    let machine = environment.path("machine");
    let before: Tree = tree(&machine);
    for dry in [&["--dry-run"][..], &[]] {
        let refused = install(environment, archive, &[extra, dry].concat());
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains(complaint), "{refused:?}");
        assert!(refused.stderr.contains(hint), "{refused:?}");
        assert!(refused.stderr.contains("nothing was written"), "{refused:?}");
        assert_eq!(tree(&machine), before);
    }
}

/// A copy of a bundle, as the next one has the same name.
fn kept(environment: &Environment, host: &str, name: &str) -> std::path::PathBuf {
    let copy = environment.path(name);
    fs::copy(bundle(environment, host), &copy).unwrap();
    copy
}

#[test]
fn the_key_is_made_once_and_is_the_roots() {
    let environment = Environment::of_example("hard-way");
    let none = environment.kubepki(&["host", "key"]);
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(none.stderr.contains("there is no key yet"), "{none:?}");
    // Where nothing can be bundled, no key is made.
    assert!(!environment.kubepki(&["host", "bundle", "node-0"]).succeeded());
    assert!(!environment.path(".kubepki/bundle.key").exists());
    environment.apply();
    let first = fs::read(bundle(&environment, "node-0")).unwrap();
    let path = environment.path(".kubepki/bundle.key");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
    let made = fs::read(&path).unwrap();
    assert_eq!(fs::read(bundle(&environment, "node-0")).unwrap(), first);
    // Undoing a renewal leaves it, and a bundle made then is no older one.
    environment.kubepki(&["renew", "--all"]).expect_success();
    let renewed = kept(&environment, "node-0", "renewed.tar.gz");
    environment.kubepki(&["undo"]).expect_success();
    assert_eq!(fs::read(&path).unwrap(), made);
    machine(&environment, "machine");
    install(&environment, &renewed, &[]).expect_success();
    install(&environment, &bundle(&environment, "node-0"), &[]).expect_success();

    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let wide = environment.kubepki(&["host", "bundle", "node-0", "--overwrite"]);
    assert_eq!(wide.code, Some(1), "{wide:?}");
    assert!(wide.stderr.contains("its mode is 0644"), "{wide:?}");
}

#[test]
fn a_machine_takes_bundles_of_one_key_until_it_is_told_another() {
    let environment = applied("hard-way");
    machine(&environment, "machine");
    let old = kept(&environment, "node-0", "old.tar.gz");
    let first = key(&environment);
    // A key that is named beforehand has to be the one.
    let zeros = "0".repeat(64);
    refused(
        &environment,
        &old,
        &["--trust", &zeros],
        "it is signed by the key",
        "`kubepki host key`",
    );
    let said = install(&environment, &old, &[]);
    assert!(said.succeeded() && said.stderr.contains(&first), "{said:?}");
    let again = install(&environment, &old, &[]);
    assert!(!again.stderr.contains(&first), "{again:?}");

    fs::remove_file(environment.path(".kubepki/bundle.key")).unwrap();
    let new = kept(&environment, "node-0", "new.tar.gz");
    let second = key(&environment);
    assert_ne!(first, second);
    refused(
        &environment,
        &new,
        &[],
        &format!("it is signed by the key {second}, and not by {first}"),
        &format!("say `--trust {second}`"),
    );
    refused(&environment, &new, &["--trust", &first], "it is signed by the key", "hint: ");
    install(&environment, &new, &["--trust", &second]).expect_success();
    refused(&environment, &old, &[], &format!("and not by {second}"), "hint: ");
    let nonsense = install(&environment, &new, &["--trust", "x"]);
    assert_eq!(nonsense.code, Some(2), "{nonsense:?}");
    assert!(nonsense.stderr.contains("64 hexadecimal digits"), "{nonsense:?}");
}

#[test]
fn an_older_bundle_is_refused() {
    let environment = applied("hard-way");
    machine(&environment, "machine");
    let old = kept(&environment, "node-0", "old.tar.gz");
    std::thread::sleep(std::time::Duration::from_millis(1100));
    environment.kubepki(&["renew", "--all"]).expect_success();
    let new = kept(&environment, "node-0", "new.tar.gz");
    install(&environment, &new, &[]).expect_success();
    refused(&environment, &old, &[], "it is older than what is installed", "say `--allow-older`");
    install(&environment, &old, &["--allow-older"]).expect_success();
    install(&environment, &new, &[]).expect_success();
    assert_eq!(
        files(&tree(&environment.path("machine"))),
        files(&tree(&environment.path("hosts/node-0")))
    );
}

/// By the machine's own files, also where it remembers nothing.
#[test]
fn another_ca_is_refused_unless_it_is_announced() {
    let environment = applied("hard-way");
    machine(&environment, "machine");
    install(&environment, &bundle(&environment, "node-0"), &[]).expect_success();
    let other = applied("hard-way");
    // Even by the very same key.
    bundle(&environment, "node-0");
    let key = environment.path(".kubepki/bundle.key");
    fs::copy(key, other.path(".kubepki/bundle.key")).unwrap();
    let archive = bundle(&other, "node-0");
    refused(&environment, &archive, &[], "another cluster of the name `hard-way`", "hint: ");
    fs::remove_file(environment.path("machine/var/lib/kubepki/installed.json")).unwrap();
    let complaint = "`/etc/kubernetes/pki/ca.crt` of the bundle has no CA in common";
    refused(&environment, &archive, &[], complaint, "say `--allow-new-ca`");
    let garbage = environment.path("machine/etc/kubernetes/pki/ca.crt");
    let before = fs::read(&garbage).unwrap();
    fs::write(&garbage, "garbage").unwrap();
    refused(&environment, &archive, &[], complaint, "say `--allow-new-ca`");
    fs::write(&garbage, before).unwrap();
    let said = install(&environment, &archive, &["--allow-new-ca"]);
    assert!(said.succeeded(), "{said:?}");
    assert!(
        said.stderr.contains("warning: this machine now trusts another CA: SHA-256 "),
        "{said:?}"
    );
}
