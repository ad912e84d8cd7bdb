//! Data on stdout: every option that names where a result goes, byte for byte what its file has, in a
//! pipe, and where colour is forced.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::Command,
};

use kubepki_testkit::programs;

use crate::environment::Environment;

/// How the result of an option is held against stdout.
enum Kind {
    /// `-` is stdout: what it is called with, and the file that the same call makes. `*` stands for
    /// the option's value.
    Same(&'static [&'static str]),
    /// The two differ in their secrets; what openssl has to make of both.
    Random(&'static [&'static str], &'static [&'static str]),
    /// Several files, or a file that is changed: `-` is refused, with the option's name.
    Files(&'static [&'static str]),
    /// Documents of a verb that this test cannot run to its end.
    Elsewhere,
    /// The format of what is on stdout: each, with these arguments.
    Formats(&'static [&'static str]),
}

const NEW: [&str; 10] = [
    "kubeconfig",
    "new",
    "--cluster=c",
    "--server=https://x:6443",
    "--user=u",
    "--certificate-authority=ca.crt",
    "--client-certificate=c.crt",
    "--client-key=c.key",
    "-o",
    "*",
];

/// The names of options that say where a result goes, or in which form.
const RESULTS: &[&str] =
    &["--merge-into", "--out", "--out-dir", "--output", "--rbac-output", "--textfile"];

/// Every option of the command line with such a name.
const TABLE: &[(&str, &str, Kind)] = &[
    ("adopt", "--out", Kind::Same(&["adopt", "adopted", "--out", "*"])),
    ("apply", "--output", Kind::Formats(&["apply", "--dry-run"])),
    (
        "audit",
        "--out",
        Kind::Same(&["audit", "--root=machine", "--at=2027-01-01", "-o=csv", "--out=*"]),
    ),
    (
        "audit",
        "--output",
        Kind::Formats(&["audit", "--root=machine", "--at=2027-01-01", "--out=-"]),
    ),
    ("config", "--out", Kind::Files(&["config", "--out", "*"])),
    ("config", "--output", Kind::Formats(&["config", "--host=server"])),
    ("csr fetch", "--output", Kind::Same(&["csr", "fetch", "jane", "-o", "*"])),
    ("csr list", "--output", Kind::Formats(&["csr", "list"])),
    (
        "csr new",
        "--out",
        Kind::Random(&["csr", "new", "zoe", "--out", "*"], &["req", "-noout", "-verify"]),
    ),
    // The key of the request is on the disk either way; tests/csr.rs has the rest.
    ("csr request", "--output", Kind::Elsewhere),
    ("history list", "--output", Kind::Formats(&["history", "list"])),
    ("history prune", "--output", Kind::Formats(&["history", "prune", "--dry-run"])),
    ("host bundle", "--output", Kind::Same(&["host", "bundle", "node-0", "-o", "*"])),
    (
        "host install",
        "--output",
        Kind::Formats(&["host", "install", "bundle.tgz", "--dry-run", "--root=empty"]),
    ),
    ("host list", "--output", Kind::Formats(&["host", "list"])),
    ("host push", "--output", Kind::Elsewhere),
    ("host show", "--output", Kind::Formats(&["host", "show", "server"])),
    ("inspect", "--output", Kind::Formats(&["inspect", "authorities/ca.key"])),
    (
        "issue client",
        "--output",
        Kind::Random(&["issue", "client", "x", "--as=pem", "-o", "*"], &["x509", "-noout"]),
    ),
    ("issue client", "--merge-into", Kind::Files(&["issue", "client", "x", "--merge-into", "*"])),
    ("issue client", "--rbac-output", Kind::Files(&["issue", "client", "x", "--rbac-output", "*"])),
    ("issue node", "--merge-into", Kind::Files(&["issue", "node", "node-0", "--merge-into", "*"])),
    ("issue node", "--output", Kind::Files(&["issue", "node", "node-0", "--output", "*"])),
    ("issue peer", "--merge-into", Kind::Files(&["issue", "peer", "x", "--merge-into", "*"])),
    ("issue server", "--merge-into", Kind::Files(&["issue", "server", "x", "--merge-into", "*"])),
    ("issue user", "--merge-into", Kind::Files(&["issue", "user", "x", "--merge-into", "*"])),
    ("issue user", "--rbac-output", Kind::Files(&["issue", "user", "x", "--rbac-output", "*"])),
    (
        "issue peer",
        "--output",
        Kind::Random(
            &[
                "issue",
                "peer",
                "x",
                "--as=pem",
                "-o",
                "*",
                "--issuer=etcd-ca",
                "--danger-etcd-client",
            ],
            &["x509", "-noout"],
        ),
    ),
    (
        "issue server",
        "--output",
        Kind::Random(&["issue", "server", "x", "--as=pem", "-o", "*"], &["x509", "-noout"]),
    ),
    (
        "issue user",
        "--output",
        Kind::Random(
            &["issue", "user", "zoe", "--as=pkcs12", "--passphrase-file=pw", "-o", "*"],
            &["pkcs12", "-nodes", "-passin=pass:pw"],
        ),
    ),
    (
        "kubeconfig check",
        "--output",
        Kind::Formats(&["kubeconfig", "check", "--kubeconfig=users/admin.conf"]),
    ),
    (
        "kubeconfig flatten",
        "--output",
        Kind::Same(&["kubeconfig", "flatten", "--kubeconfig=users/admin.conf", "-o", "*"]),
    ),
    (
        "kubeconfig get-contexts",
        "--output",
        Kind::Formats(&["kubeconfig", "get-contexts", "--kubeconfig=users/admin.conf"]),
    ),
    (
        "kubeconfig merge",
        "--output",
        Kind::Same(&["kubeconfig", "merge", "users/admin.conf", "users/jane.conf", "-o", "*"]),
    ),
    ("kubeconfig new", "--output", Kind::Same(&NEW)),
    ("kubeconfig split", "--out-dir", Kind::Files(&["kubeconfig", "split", "--out-dir", "*"])),
    (
        "kubeconfig view",
        "--output",
        Kind::Formats(&["kubeconfig", "view", "--kubeconfig=users/admin.conf"]),
    ),
    ("ledger check", "--output", Kind::Formats(&["ledger", "check"])),
    ("ledger find", "--output", Kind::Formats(&["ledger", "find", "admin"])),
    ("ledger list", "--output", Kind::Formats(&["ledger", "list"])),
    ("ledger show", "--output", Kind::Formats(&["ledger", "show", "1"])),
    ("plan", "--output", Kind::Formats(&["plan"])),
    ("renew", "--output", Kind::Formats(&["renew", "--dry-run"])),
    ("rotate encryption-key", "--output", Kind::Formats(&["rotate", "encryption-key"])),
    (
        "sign",
        "--out",
        Kind::Random(&["sign", "jane.csr", "--profile=user", "--out", "*"], &["x509", "-noout"]),
    ),
    ("status", "--output", Kind::Formats(&["status", "--at=2027-01-01"])),
    ("status", "--textfile", Kind::Same(&["status", "--at=2027-01-01", "--textfile=*"])),
    ("token bootstrap", "--out", Kind::Files(&["token", "bootstrap", "--out", "*"])),
    ("undo", "--output", Kind::Formats(&["undo", "--list"])),
    ("verify", "--output", Kind::Formats(&["verify", "--at=2027-01-01"])),
];

#[test]
fn every_option_for_a_result_is_in_the_table() {
    let listed: BTreeSet<_> =
        TABLE.iter().map(|(verb, option, _)| ((*verb).to_owned(), (*option).to_owned())).collect();
    assert_eq!(listed, options().into_keys().collect());
}

#[test]
fn a_pipe_gets_the_bytes_of_the_file() {
    let environment = prepared();
    for (verb, option, kind) in TABLE {
        let (args, reader) = match kind {
            Kind::Same(args) => (args, None),
            Kind::Random(args, reader) => (args, Some(reader)),
            Kind::Elsewhere | Kind::Files(_) | Kind::Formats(_) => continue,
        };
        let file = file_of(&environment, verb, args);
        for forced in [false, true] {
            let piped = run(&environment, args, "-", forced);
            match reader {
                None => assert!(piped == file, "{verb} {option}: not the bytes of its file"),
                Some(reader) => {
                    for bytes in [&piped, &file] {
                        let said = programs::finish(openssl(reader), bytes);
                        assert!(said.succeeded(), "{verb} {option}: {said:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn what_cannot_go_to_a_pipe_refuses_it() {
    let environment = prepared();
    let before = environment.snapshot();
    for (verb, option, kind) in TABLE {
        let Kind::Files(args) = kind else { continue };
        let output = command(&environment, args, "-", false).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{verb} {option}: {said}");
        assert!(output.stdout.is_empty() && said.contains(option), "{verb} {option}: {said}");
        assert!(environment.snapshot() == before, "{verb} {option} wrote a file");
    }
}

#[test]
fn a_spec_goes_to_stdout_too() {
    let environment = Environment::new();
    let printed = environment.kubepki(&["init", "--file", "-"]).expect_success();
    assert_eq!(printed, environment.kubepki(&["init", "--dry-run"]).expect_success());
    assert_eq!(environment.snapshot(), []);
}

/// What the command reads. Every other option for a file or folder is in the table above.
const INPUTS: &[&str] = &[
    "--certificate-authority",
    "--client-certificate",
    "--client-key",
    "--dir",
    "--file",
    "--identity",
    "--key",
    "--kubeconfig",
    "--machines",
    "--passphrase-file",
    "--path",
    "--root",
    "--ssh-config",
    "--token-file",
    "--trust",
];

#[test]
fn every_option_for_a_file_is_read_or_in_the_table() {
    let text = Environment::new().kubepki(&["manual", "markdown"]).expect_success();
    let mut unknown = BTreeSet::new();
    for line in text.lines().map(str::trim_start).filter(|line| line.starts_with('-')) {
        let takes_path = ["<FILE>", "<DIR>", "<PATH>"].iter().any(|value| line.contains(value));
        let Some(option) = line.split([' ', ',']).find(|word| word.starts_with("--")) else {
            continue;
        };
        let is_known = INPUTS.contains(&option) || TABLE.iter().any(|(_, it, _)| *it == option);
        if takes_path && !is_known {
            unknown.insert(option);
        }
    }
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn colour_is_for_people() {
    let environment = prepared();
    let options = options();
    for (verb, option, kind) in TABLE {
        let Kind::Formats(args) = kind else { continue };
        let formats = &options[&((*verb).to_owned(), (*option).to_owned())];
        assert!(formats.len() > 1, "{verb} {option}: {formats:?}");
        for format in formats {
            let args = [*args, &["-o", format]].concat();
            let plain = run(&environment, &args, "", false);
            let forced = run(&environment, &args, "", true);
            let is_text = ["text", "table", "wide"].contains(&format.as_str());
            if is_text {
                assert!(!plain.contains(&0x1b), "{verb} -o {format}");
                assert_eq!(without_codes(&forced), String::from_utf8(plain).unwrap(), "{verb}");
            } else {
                assert!(plain == forced, "{verb} -o {format}");
                assert!(!plain.is_empty(), "{verb} -o {format}");
            }
        }
    }
}

#[test]
fn a_sealed_bundle_is_opened_from_a_pipe() {
    let environment = prepared();
    let path = |name: &str| environment.path(name).into_os_string();
    programs::run("age-keygen", ["-o".into(), path("age.key")]).expect_success();
    let public = programs::run("age-keygen", ["-y".into(), path("age.key")]).expect_success();
    let public = public.trim();
    let read = |name: &str| fs::read(environment.path(name)).unwrap();
    let args = ["host", "bundle", "node-0", "--recipient", public, "-o", "-"];
    // age's first line holds bytes that a filter for a terminal's codes would take away.
    for _ in 0..8 {
        let sealed = run(&environment, &args, "", false);
        let age: [OsString; 5] =
            ["-d".into(), "-i".into(), path("age.key"), "-o".into(), path("opened.tgz")];
        let mut command = programs::command("age");
        command.args(age);
        programs::finish(command, &sealed).expect_success();
        assert!(read("opened.tgz") == read("bundle.tgz"));
    }
}

/// Each call that prints a document for programs, with the formats of those.
pub(crate) fn document_calls() -> Vec<(&'static str, &'static [&'static str], Vec<String>)> {
    let mut options = options();
    let calls = TABLE.iter().filter_map(|(verb, option, kind)| {
        let Kind::Formats(args) = kind else { return None };
        let mut formats = options.remove(&((*verb).to_owned(), (*option).to_owned()))?;
        formats
            .retain(|format| !["pem", "table", "text", "wide", "xlsx"].contains(&format.as_str()));
        Some((*verb, *args, formats))
    });
    calls.collect()
}

/// The formats of each option for a result; none where it takes something else. From the command
/// line's own reference.
fn options() -> BTreeMap<(String, String), Vec<String>> {
    let text = Environment::new().kubepki(&["manual", "markdown"]).expect_success();
    let mut options = BTreeMap::new();
    let mut verb = "";
    let mut last: Option<(String, String)> = None;
    for line in text.lines() {
        let trimmed = line.trim_start();
        if let Some(name) = line.strip_prefix("## kubepki") {
            verb = name.trim();
            last = None;
        } else if trimmed.starts_with('-') && trimmed.contains("--") && !trimmed.starts_with("- ") {
            let name = trimmed.split([' ', ',']).find(|word| word.starts_with("--"));
            let is_it = |name: &&str| RESULTS.contains(name);
            last = name.filter(is_it).map(|name| (verb.to_owned(), name.to_owned()));
            options.extend(last.clone().map(|last| (last, Vec::new())));
        } else if let (Some(last), Some(format)) = (&last, trimmed.strip_prefix("- ")) {
            let name = format.split(':').next().unwrap().to_owned();
            options.get_mut(last).unwrap().push(name);
        }
    }
    assert!(options.len() > 30, "{options:#?}");
    options
}

/// A root, a machine, a folder of somebody else's, a kubectl that knows one request.
pub(crate) fn prepared() -> Environment {
    let environment = Environment::of_example("hard-way");
    environment.edit("cluster.yaml", "\nhosts:", "\nencryption: secretbox\nhosts:");
    environment.apply();
    environment.write("pw", "pw\n");
    environment.kubepki(&["csr", "new", "jane"]).expect_success();
    environment.kubepki(&["issue", "user", "kim", "--as=pair", "-o=c"]).expect_success();
    environment.kubepki(&["host", "bundle", "node-0", "-o", "bundle.tgz"]).expect_success();
    fs::copy(environment.path("authorities/ca.crt"), environment.path("ca.crt")).unwrap();
    fs::create_dir(environment.path("empty")).unwrap();
    let config = ["config", "--host=server", "--form=static-pod", "--out=made"];
    environment.kubepki(&config).expect_success();
    let copy = |from: &str, to: &str| {
        let (from, to) = (environment.path(from), environment.path(to));
        programs::run("cp", ["-rT".into(), from, to]).expect_success();
    };
    copy("made/server", "machine");
    copy("hosts/server", "machine");
    copy("authorities", "adopted");
    let certificate = environment.path("c.crt").into_os_string();
    let encoded = programs::run("base64", ["-w0".into(), certificate]);
    let answer = format!(
        r#"{{"metadata":{{"name":"jane"}},"spec":{{}},"status":{{"certificate":"{0}"}},"items":[{{"metadata":{{"name":"jane"}}}}]}}"#,
        encoded.expect_success()
    );
    environment.write("answer.json", &answer);
    let script = format!("#!/bin/sh\ncat '{}'\n", environment.path("answer.json").display());
    environment.write("bin/kubectl", &script);
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(environment.path("bin/kubectl"), mode).unwrap();
    environment
}

/// What a call prints; `*` in its arguments is `value`.
fn run(environment: &Environment, args: &[&str], value: &str, colour: bool) -> Vec<u8> {
    let output = command(environment, args, value, colour).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    // 3 is for what `audit`, `adopt` and `verify` find.
    assert!(matches!(output.status.code(), Some(0 | 3)), "{args:?}: {said}");
    output.stdout
}

pub(crate) fn command(
    environment: &Environment,
    args: &[&str],
    value: &str,
    colour: bool,
) -> Command {
    let args: Vec<_> = args.iter().map(|arg| arg.replace('*', value)).collect();
    let mut command = environment.command(&args.iter().map(String::as_str).collect::<Vec<_>>());
    let path = std::env::var("PATH").unwrap();
    command.env("PATH", format!("{}:{path}", environment.path("bin").display()));
    if colour {
        command.env("CLICOLOR_FORCE", "1");
    }
    command
}

/// What the same call writes into a file, or into the files of a folder, the key first.
fn file_of(environment: &Environment, verb: &str, args: &[&str]) -> Vec<u8> {
    let folder = verb.replace(' ', "-");
    fs::create_dir(environment.path(&folder)).unwrap();
    let is_folder = ["csr new", "sign"].contains(&verb);
    let value = if is_folder { folder.clone() } else { format!("{folder}/file") };
    let printed = run(environment, args, &value, false);
    assert!(printed.is_empty() || verb == "adopt", "{verb}: {printed:?}");
    let entries = fs::read_dir(environment.path(&folder)).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort_by_key(|path| path.extension() != Some("key".as_ref()));
    assert!(!paths.is_empty(), "{verb}");
    paths.iter().flat_map(|path: &PathBuf| fs::read(path).unwrap()).collect()
}

fn openssl(args: &[&str]) -> Command {
    let mut command = programs::command("openssl");
    // openssl's own options have their values apart.
    command.args(args.iter().flat_map(|arg| arg.split('=')));
    command
}

/// The text without the codes that `Style` has.
fn without_codes(text: &[u8]) -> String {
    let mut text = String::from_utf8(text.to_vec()).unwrap();
    for code in ["\u{1b}[1m", "\u{1b}[1;31m", "\u{1b}[1;33m", "\u{1b}[1;36m", "\u{1b}[0m"] {
        text = text.replace(code, "");
    }
    text
}
