//! Roots that are no directories of ours, and things in the way of files. Links are never followed.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    process::Command,
};

use kubepki_testkit::programs;

use super::{Environment, FAILED, SPEC, is_refusal, is_unchanged, refuses, text::make_fifo};

const APPLY: [&str; 5] = ["apply", "--dir", "pki", "-f", "cluster.yaml"];

#[test]
fn a_root_that_is_a_symlink() {
    let environment = Environment::of_spec(SPEC);
    fs::create_dir(environment.path("elsewhere")).unwrap();
    symlink("elsewhere", environment.path("pki")).unwrap();
    refuses("root-is-a-symlink", FAILED, &environment, &APPLY);
}

#[test]
fn a_root_that_is_a_dangling_symlink() {
    let environment = Environment::of_spec(SPEC);
    symlink("elsewhere", environment.path("pki")).unwrap();
    refuses("root-is-a-symlink", FAILED, &environment, &APPLY);
}

#[test]
fn a_root_that_is_a_file() {
    let environment = Environment::of_spec(SPEC);
    environment.write("pki", "");
    refuses("root-is-a-file", FAILED, &environment, &APPLY);
}

#[test]
fn a_root_that_is_a_fifo() {
    let environment = Environment::of_spec(SPEC);
    make_fifo(&environment, "pki");
    refuses("root-is-a-fifo", FAILED, &environment, &APPLY);
}

#[test]
fn a_root_in_a_directory_that_is_not_there() {
    let environment = Environment::of_spec(SPEC);
    let args = ["apply", "--dir", "clusters/demo", "-f", "cluster.yaml"];
    refuses("root-without-a-parent", FAILED, &environment, &args);
}

#[test]
fn a_root_that_is_not_writable() {
    let environment = Environment::of_spec(SPEC);
    fs::create_dir(environment.path("pki")).unwrap();
    fs::set_permissions(environment.path("pki"), fs::Permissions::from_mode(0o555)).unwrap();
    let apply = unprivileged(&environment, &APPLY);
    let before = environment.snapshot();
    let output = programs::finish(apply, b"");
    is_unchanged(&before, &environment.snapshot());
    is_refusal("root-not-writable", FAILED, &output);
    // What only reads needs no right to write.
    let args = ["plan", "--dir", "pki", "-f", "cluster.yaml"];
    programs::finish(unprivileged(&environment, &args), b"").expect_success();
}

#[test]
fn a_file_that_may_not_be_read() {
    let environment = applied();
    let key = environment.path("pki/authorities/ca.key");
    let folders = ["", "pki", "pki/authorities", "pki/.kubepki"];
    for folder in folders {
        fs::set_permissions(environment.path(folder), fs::Permissions::from_mode(0o755)).unwrap();
    }
    let plan = unprivileged(&environment, &["plan", "--dir", "pki", "-f", "cluster.yaml"]);
    let before = environment.snapshot();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o000)).unwrap();
    let output = programs::finish(plan, b"");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    is_unchanged(&before, &environment.snapshot());
    is_refusal("key-not-readable", FAILED, &output);
}

#[test]
fn a_target_that_is_a_symlink() {
    in_the_way("target-is-a-symlink", |environment, target| {
        environment.write("precious", "do not overwrite\n");
        symlink(environment.path("precious"), environment.path(target)).unwrap();
    });
}

#[test]
fn a_target_that_is_a_dangling_symlink() {
    in_the_way("target-is-a-symlink", |environment, target| {
        symlink("nowhere", environment.path(target)).unwrap();
    });
}

#[test]
fn a_target_that_is_a_fifo() {
    in_the_way("target-is-a-fifo", make_fifo);
}

#[test]
fn a_target_that_is_a_directory() {
    in_the_way("target-is-a-directory", |environment, target| {
        fs::create_dir(environment.path(target)).unwrap();
    });
}

#[test]
fn a_target_that_is_huge() {
    in_the_way("target-is-huge", |environment, target| {
        environment.write(target, &"x".repeat(2 << 20));
    });
}

#[test]
fn a_folder_on_the_way_that_is_a_symlink() {
    let environment = Environment::of_spec(SPEC);
    fs::create_dir_all(environment.path("elsewhere")).unwrap();
    fs::create_dir_all(environment.path("pki/hosts")).unwrap();
    symlink("../../elsewhere", environment.path("pki/hosts/server")).unwrap();
    refuses("folder-is-a-symlink", FAILED, &environment, &APPLY);
}

#[test]
fn a_state_folder_that_is_a_symlink() {
    let environment = Environment::of_spec(SPEC);
    fs::create_dir_all(environment.path("elsewhere")).unwrap();
    fs::create_dir_all(environment.path("pki")).unwrap();
    symlink("../elsewhere", environment.path("pki/.kubepki")).unwrap();
    refuses("state-is-a-symlink", FAILED, &environment, &APPLY);
}

/// Puts something where a file has to go: in a root without anything else, and in a full one.
#[track_caller]
fn in_the_way(name: &str, put: impl Fn(&Environment, &str)) {
    let target = "pki/hosts/server/etc/kubernetes/pki/apiserver.crt";
    let fresh = Environment::of_spec(SPEC);
    fs::create_dir_all(fresh.path(target).parent().unwrap()).unwrap();
    put(&fresh, target);
    refuses(name, FAILED, &fresh, &APPLY);

    let full = applied();
    fs::remove_file(full.path(target)).unwrap();
    put(&full, target);
    refuses(name, FAILED, &full, &APPLY);
}

fn applied() -> Environment {
    let environment = Environment::of_spec(SPEC);
    environment.kubepki(&APPLY).expect_success();
    environment
}

/// The command without root's power over all files. The folder is opened to others for it, and
/// gets a copy of the program, which may lie where others have no access.
fn unprivileged(environment: &Environment, args: &[&str]) -> Command {
    let command = environment.command(args);
    fs::set_permissions(environment.root(), fs::Permissions::from_mode(0o755)).unwrap();
    if !rustix::process::geteuid().is_root() {
        return command;
    }
    let mut dropped = Command::new(programs::find("setpriv"));
    dropped.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]);
    let program = environment.path("kubepki");
    fs::copy(command.get_program(), &program).unwrap();
    dropped.arg(program).args(command.get_args()).current_dir(environment.root());
    dropped.env_clear();
    dropped
}
