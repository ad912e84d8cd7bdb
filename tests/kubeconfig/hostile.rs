//! Files and names that nobody vouches for: one error, its exit code, and nothing written.

use std::{fs, os::unix::fs::PermissionsExt, time::Instant};

use kubepki_testkit::programs;

use super::{RICH, kubepki};
use crate::environment::Environment;

#[test]
fn a_broken_file_is_one_error_and_stays_as_it_is() {
    let bomb: String = (0..30)
        .map(|level: usize| {
            let below = format!("*a{}", level.saturating_sub(1));
            let items = if level == 0 { "x".to_owned() } else { [below.as_str(); 9].join(",") };
            format!("a{level}: &a{level} [{items}]\n")
        })
        .collect();
    let huge = format!("current-context: a # {}\n", "x".repeat(1 << 20));
    let deep = "[".repeat(100_000);
    for (name, text) in [
        ("text", b"a precious text\n".to_vec()),
        ("key", b"-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----\n".to_vec()),
        ("truncated", RICH.as_bytes()[..RICH.len() / 2 - 3].to_vec()),
        ("tabs", b"clusters:\n\t- name: a\n".to_vec()),
        ("merge key", b"a: &a {x: 1}\nclusters: [{<<: *a}]\n".to_vec()),
        ("twice", b"clusters: [{name: a}, {name: a}]\n".to_vec()),
        ("key twice", b"users: []\nusers: []\n".to_vec()),
        ("another kind", b"apiVersion: v1\nkind: Secret\n".to_vec()),
        ("two documents", b"users: []\n---\nusers: []\n".to_vec()),
        ("binary", vec![0, 159, 146, 150]),
        ("nul", b"current-context: a\0b\n".to_vec()),
        ("utf-16", "clusters: []".encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("not base64", b"users: [{name: a, user: {client-key-data: 's3cret!'}}]\n".to_vec()),
        ("wrong type", b"users: {s3cret: 1}\n".to_vec()),
        ("bomb", bomb.into_bytes()),
        ("huge", huge.into_bytes()),
        ("deep", deep.into_bytes()),
    ] {
        let environment = Environment::new();
        fs::write(environment.path("config"), &text).unwrap();
        let before = environment.snapshot();
        for args in [
            &["view"][..],
            &["use-context", "one"],
            &["flatten"],
            &["merge", "config", "config", "-o", "new"],
        ] {
            let start = Instant::now();
            let output = kubepki(&environment, "config", args);
            assert_eq!(output.code, Some(2), "{name} {output:?}");
            assert_eq!(output.stdout, "", "{name}");
            assert_eq!(output.stderr.matches("error:").count(), 1, "{name} {output:?}");
            assert!(!output.stderr.contains("s3cret"), "{name} {output:?}");
            assert!(start.elapsed().as_secs() < 30, "{name} took {:?}", start.elapsed());
            assert_eq!(environment.snapshot(), before, "{name} {args:?}");
        }
    }
}

#[test]
fn what_is_no_file_that_can_be_read_is_refused_at_once() {
    let environment = Environment::new();
    fs::create_dir(environment.path("folder")).unwrap();
    let mut mkfifo = std::process::Command::new("mkfifo");
    mkfifo.arg(environment.path("fifo"));
    let _ = programs::finish(mkfifo, b"").expect_success();
    std::os::unix::fs::symlink("loop", environment.path("loop")).unwrap();
    for name in ["folder", "fifo", "loop", "missing", "missing/config", "config\n"] {
        for verb in [&["view"][..], &["use-context", "one"], &["check"]] {
            let output = kubepki(&environment, name, verb);
            assert_eq!(output.code, Some(2), "{name} {output:?}");
            assert!(output.stderr.starts_with("error: cannot read `"), "{output:?}");
        }
    }
    // In a list, a missing file is passed over and any other trouble is not, as with kubectl.
    environment.write("config", RICH);
    assert!(kubepki(&environment, "missing:config", &["view"]).succeeded());
    assert_eq!(kubepki(&environment, "config:folder", &["view"]).code, Some(2));
    let named =
        kubepki(&environment, "", &["view", "--kubeconfig", "missing", "--kubeconfig", "config"]);
    assert_eq!(named.code, Some(2));

    // Root reads everything, so somebody else tries.
    fs::set_permissions(environment.root(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(environment.path("config"), fs::Permissions::from_mode(0o600)).unwrap();
    let mut other = programs::command("setpriv");
    other.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    other.arg(readable_copy(&environment)).args(["kubeconfig", "view", "--kubeconfig", "config"]);
    other.current_dir(environment.root()).env("HOME", "/nonexistent");
    let output = programs::finish(other, b"");
    assert_eq!(output.code, Some(2), "{output:?}");
    assert!(output.stderr.contains("ermission denied"), "{output:?}");
}

#[test]
fn names_are_names_and_never_paths_or_options() {
    let environment = Environment::new();
    let long = "n".repeat(300);
    let names = ["a/b", "..", "../../x", "-x", "", &long, "a\u{1b}[2J", "\u{202e}"];
    for name in names {
        environment.write("config", RICH);
        let args = ["rename-context", "one", "--", name];
        let output = kubepki(&environment, "config", &args);
        let is_name = !name.is_empty() && !name.chars().any(char::is_control);
        assert_eq!(output.code, Some(if is_name { 0 } else { 2 }), "{name:?} {output:?}");
        assert!(!output.stderr.contains('\u{1b}'), "{output:?}");
        if is_name {
            let output = kubepki(&environment, "config", &["split", "-o", "parts"]);
            assert_eq!(output.code, Some(if name == long { 2 } else { 0 }), "{name:?} {output:?}");
            if output.succeeded() {
                let parts = fs::read_dir(environment.path("parts")).unwrap();
                assert_eq!(parts.count(), 2, "{name:?}");
                fs::remove_dir_all(environment.path("parts")).unwrap();
            }
        }
    }
    for namespace in ["", "Web", "a/b", "..", "a b", &long, "é", "a\n", "web-"] {
        environment.write("config", RICH);
        let before = environment.read("config");
        let output = kubepki(&environment, "config", &["set-namespace", "--", namespace]);
        assert_eq!(output.code, Some(2), "{namespace:?} {output:?}");
        assert_eq!(environment.read("config"), before);
    }
    // What a file holds is shown without what a terminal would obey.
    environment.write("config", "contexts: [{name: \"a\\e[2J\", context: {cluster: \"\\a\"}}]\n");
    for args in [&["get-contexts"][..], &["view"], &["view", "-o", "json"], &["check"]] {
        let output = kubepki(&environment, "config", args);
        let shown = output.stdout.clone() + &output.stderr;
        assert!(!shown.contains(['\u{1b}', '\u{7}']), "{output:?}");
        assert!(shown.contains("[2J"), "{output:?}");
    }
}

/// The program where anybody may run it.
fn readable_copy(environment: &Environment) -> std::path::PathBuf {
    let copy = environment.path("program");
    fs::copy(env!("CARGO_BIN_EXE_kubepki"), &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).unwrap();
    copy
}
