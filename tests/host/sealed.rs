//! Bundles that are encrypted: `age` of somebody else opens ours, and we open its.

use std::{fs, path::Path};

use kubepki_testkit::programs;

use super::{applied, bundle, files, machine, tree};
use crate::environment::Environment;

/// A key of each kind: its private file, and its public text.
fn keys(environment: &Environment) -> [(String, String); 2] {
    let path = |name: &str| environment.path(name).into_os_string();
    programs::run("age-keygen", ["-o".into(), path("age.key")]).expect_success();
    let public = programs::run("age-keygen", ["-y".into(), path("age.key")]).expect_success();
    let ssh: [std::ffi::OsString; 7] = [
        "-q".into(),
        "-t".into(),
        "ed25519".into(),
        "-N".into(),
        "".into(),
        "-f".into(),
        path("id"),
    ];
    programs::run("ssh-keygen", ssh).expect_success();
    [("age.key".to_owned(), public), ("id".to_owned(), environment.read("id.pub"))]
}

#[test]
fn each_kind_of_key_opens_what_is_encrypted_to_it() {
    let environment = applied("hard-way");
    let plain = fs::read(bundle(&environment, "node-0")).unwrap();
    let keys = keys(&environment);
    let recipients: Vec<_> = keys.iter().flat_map(|(_, public)| ["--recipient", public]).collect();
    let mut args = vec!["host", "bundle", "node-0"];
    args.extend(recipients);
    environment.kubepki(&args).expect_success();
    let sealed = environment.path("node-0.tar.gz.age");
    let bytes = fs::read(&sealed).unwrap();
    assert!(!bytes.windows(10).any(|window| window == &plain[..10]));
    for (key, public) in &keys {
        // Theirs opens ours.
        let opened = environment.path("opened");
        let args = ["-d".into(), "-i".into(), environment.path(key), "-o".into(), opened.clone()];
        programs::run("age", args.into_iter().chain([sealed.clone()])).expect_success();
        assert_eq!(fs::read(&opened).unwrap(), plain);
        // Ours opens theirs.
        let mut command = programs::command("age");
        command.args(["-r", public.trim(), "-o", "theirs.age"]).current_dir(environment.root());
        programs::finish(command, &plain).expect_success();
        let root = machine(&environment, &format!("machine-{key}"));
        let install = ["host", "install", "theirs.age", "--identity", key, "--root"];
        let args: Vec<_> = install.into_iter().chain(root.to_str()).collect();
        environment.kubepki(&args).expect_success();
        assert_eq!(files(&tree(&root)), files(&tree(&environment.path("hosts/node-0"))));
        fs::remove_file(environment.path("theirs.age")).unwrap();
    }
}

#[test]
fn the_wrong_key_and_a_changed_file_open_nothing() {
    let environment = applied("hard-way");
    let keys = keys(&environment);
    let (_, public) = &keys[0];
    environment.kubepki(&["host", "bundle", "node-0", "--recipient", public]).expect_success();
    let root = machine(&environment, "machine");
    let install = |extra: &[&str]| {
        let args = ["host", "install", "node-0.tar.gz.age", "--root", "machine"];
        let refused = environment.kubepki(&[&args, extra].concat());
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(tree(&root).is_empty());
        refused.stderr
    };
    assert!(install(&[]).contains("it is encrypted"));
    assert!(install(&["--identity", "id"]).contains("no identity matched any of the recipients"));
    assert!(install(&["--identity", "none"]).contains("there is no key file `none`"));
    let passphrase = ["-q", "-t", "ed25519", "-N", "secret", "-f"].map(Into::into);
    let locked = environment.path("locked").into_os_string();
    programs::run("ssh-keygen", passphrase.into_iter().chain([locked])).expect_success();
    assert!(install(&["--identity", "locked"]).contains("no identity matched"));
    let rsa = ["-q", "-t", "rsa", "-b", "2048", "-N", "", "-f"].map(Into::into);
    let path = environment.path("rsa").into_os_string();
    programs::run("ssh-keygen", rsa.into_iter().chain([path])).expect_success();
    assert!(install(&["--identity", "rsa"]).contains("no identity matched"));
    environment.write("nonsense", "nonsense");
    assert!(install(&["--identity", "nonsense"]).contains("nonsense"));
    environment.write("-i", "nonsense");
    assert!(install(&["--identity=-i"]).contains("./-i"));

    let sealed = environment.path("node-0.tar.gz.age");
    let whole = fs::read(&sealed).unwrap();
    for at in [30, whole.len() / 2, whole.len() - 1] {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(&sealed, changed).unwrap();
        install(&["--identity", "age.key"]);
        fs::write(&sealed, &whole[..at]).unwrap();
        install(&["--identity", "age.key"]);
    }
}

#[test]
fn what_is_no_recipient_is_refused_and_no_secret_repeated() {
    let environment = applied("hard-way");
    let keys = keys(&environment);
    let secret = environment.read("age.key");
    let secret = secret.lines().find(|line| line.starts_with("AGE-SECRET-KEY-")).unwrap();
    let ssh = environment.read("id");
    let cut = &keys[0].1[..30];
    for recipient in ["", "age1", cut, secret, &ssh, "ssh-ed25519 AAAA", "ssh-rsa AAAA", "jane"] {
        let refused = environment.kubepki(&["host", "bundle", "node-0", "--recipient", recipient]);
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains("hint: use `age1...`"), "{refused:?}");
        assert!(!refused.stderr.contains(&secret[..30]));
        assert!(!refused.stderr.contains(ssh.lines().nth(2).unwrap()));
        assert!(!Path::exists(&environment.path("node-0.tar.gz.age")));
    }
}

#[test]
fn without_age_it_says_what_is_missing() {
    let environment = applied("hard-way");
    let keys = keys(&environment);
    environment.kubepki(&["host", "bundle", "node-0", "--recipient", &keys[0].1]).expect_success();
    machine(&environment, "machine");
    fs::create_dir(environment.path("empty")).unwrap();
    for args in [
        &["host", "bundle", "node-1", "--recipient", &keys[0].1][..],
        &["host", "install", "node-0.tar.gz.age", "--identity", "age.key", "--root", "machine"],
    ] {
        let mut command = environment.command(args);
        command.env("PATH", environment.path("empty"));
        let refused = programs::finish(command, b"");
        assert_eq!(refused.code, Some(2), "{refused:?}");
        assert!(refused.stderr.contains("there is no `age` on the PATH"), "{refused:?}");
        assert!(refused.stderr.contains("hint: install it (Debian: age)"), "{refused:?}");
    }
    assert!(tree(&environment.path("machine")).is_empty());
    assert!(!environment.path("node-1.tar.gz.age").exists());
}

/// Its header was quadratic in a library: 2 MB of it took 100 seconds.
#[test]
fn a_long_header_is_refused_at_once() {
    let environment = applied("hard-way");
    keys(&environment);
    machine(&environment, "machine");
    let stanza = format!("-> X25519 {}\n{}\n", "A".repeat(43), "A".repeat(43));
    let header =
        format!("age-encryption.org/v1\n{}--- {}\n", stanza.repeat(20_000), "A".repeat(43));
    environment.write("node-0.tar.gz.age", &header);
    let started = std::time::Instant::now();
    let args =
        ["host", "install", "node-0.tar.gz.age", "--identity", "age.key", "--root", "machine"];
    let refused = environment.kubepki(&args);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    assert!(tree(&environment.path("machine")).is_empty());
}
