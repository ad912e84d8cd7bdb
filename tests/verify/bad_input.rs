//! Input that is broken: named, the rest checked, and never a panic.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::{checks, document, json, set};
use crate::environment::Environment;

#[test]
fn a_path_that_is_not_there_is_one_error() {
    let environment = Environment::new();
    let output = environment.kubepki(&["verify", "gone.crt"]);
    assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""));
    assert!(output.stderr.starts_with("error: cannot read `gone.crt`"), "{}", output.stderr);
    assert!(output.stderr.contains("hint: "));
}

#[test]
fn no_root_is_one_error_with_a_way_out() {
    let output = Environment::new().kubepki(&["verify"]);
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("kubepki verify PATH"), "{}", output.stderr);
}

#[test]
fn servers_that_are_none_are_refused() {
    for bad in ["host", "host:", ":6443", "host:99999", "[::1:6443", "host:6443="] {
        let output = Environment::new().kubepki(&["verify", "--endpoint", bad]);
        assert_eq!(output.code, Some(2), "{bad}: {}", output.stderr);
    }
}

#[test]
fn a_file_to_compare_with_that_has_no_certificate_is_refused() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let nobody = "127.0.0.1:1";
    for (bad, why) in [
        ("gone.crt", "there is no such file"),
        ("hosts", "it is a folder"),
        ("cluster.yaml", "it holds no certificate"),
        ("authorities/ca.key", "it holds no certificate"),
        ("users/admin.conf", "it holds no certificate"),
    ] {
        for paths in [&[][..], &["."]] {
            let endpoint = format!("{nobody}={bad}");
            let args = [&["verify", "--endpoint", &endpoint], paths].concat();
            let output = environment.kubepki(&args);
            assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{bad}: {output:?}");
            assert!(output.stderr.contains(why), "{bad}: {}", output.stderr);
        }
    }
}

#[test]
fn paths_that_hold_nothing_are_refused() {
    let environment = Environment::new();
    std::fs::create_dir(environment.path("empty")).unwrap();
    environment.write("notes/text", "nothing of a PKI");
    for paths in [&["empty"][..], &["notes"], &["empty", "notes"]] {
        let output = environment.kubepki(&[&["verify"], paths].concat());
        assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{paths:?}");
        assert!(output.stderr.contains("no certificate, key or kubeconfig"), "{}", output.stderr);
    }
}

#[test]
fn ten_thousand_files_with_one_bad_one() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let certificate = environment.read("authorities/ca.crt");
    std::fs::create_dir(environment.path("many")).unwrap();
    for number in 0..10_000 {
        let text = if number == 4711 { &certificate[..300] } else { &certificate };
        std::fs::write(environment.path(&format!("many/{number:05}.crt")), text).unwrap();
    }
    let (document, code) = json(&environment, &["many"]);
    assert_eq!((checks(&document, "error"), code), (set(&["unreadable"]), 3));
    assert_eq!(document["files"], 10_000);
    assert_eq!(document["findings"][0]["path"], "many/04711.crt");
}

#[test]
fn hostile_names_and_links_do_not_break_the_terminal_or_the_run() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let name = "bad\u{1b}[31m\nname.crt";
    std::fs::write(environment.path(name), "x").unwrap();
    symlink(".", environment.path("circle")).unwrap();
    symlink("circle.crt", environment.path("circle.crt")).unwrap();
    let output = environment.kubepki(&["verify"]);
    assert_eq!(output.code, Some(3));
    assert!(output.stdout.contains("bad\\u{1b}[31m\\nname.crt"), "{}", output.stdout);
    let found = document(&environment.kubepki(&["verify", "-o", "json"]));
    assert_eq!(checks(&found, "error"), set(&["unreadable"]));
    assert_eq!(found["findings"].as_array().unwrap().len(), 2);
}

#[test]
fn a_folder_that_may_not_be_listed_is_named() {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    let users = environment.path("users");
    std::fs::set_permissions(&users, std::fs::Permissions::from_mode(0o0)).unwrap();
    // root may list any folder, so somebody else looks.
    let mut command = environment.command(&["verify", "-o", "json"]);
    let program = command.get_program().to_owned();
    let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    command = std::process::Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(program).args(args);
    command.current_dir(environment.root());
    std::fs::set_permissions(environment.root(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let output = kubepki_testkit::programs::finish(command, b"");
    std::fs::set_permissions(&users, std::fs::Permissions::from_mode(0o755)).unwrap();
    let found = document(&output);
    assert!(checks(&found, "error").contains("unreadable"), "{found:#}");
    let findings = found["findings"].as_array().unwrap();
    assert!(findings.iter().any(|it| it["path"] == "users"), "{found:#}");
}
