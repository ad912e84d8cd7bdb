//! Dependencies point one way, and what must stay in one place does.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use kubepki_testkit::programs;

use crate::environment::repository;

/// Which crates of ours a crate may name, in `[dependencies]`. docs/architecture.md draws it.
const ALLOWED: &[(&str, &[&str])] = &[
    (
        "kubepki",
        &[
            "kubepki-cluster",
            "kubepki-host",
            "kubepki-inspect",
            "kubepki-kubeconfig",
            "kubepki-ledger",
            "kubepki-pki",
            "kubepki-report",
            "kubepki-verify",
        ],
    ),
    ("kubepki-ca", &[]),
    (
        "kubepki-cluster",
        &[
            "kubepki-ca",
            "kubepki-inspect",
            "kubepki-keys",
            "kubepki-kubeconfig",
            "kubepki-model",
            "kubepki-report",
            "kubepki-store",
        ],
    ),
    ("kubepki-host", &["kubepki-ca", "kubepki-cluster", "kubepki-kubeconfig"]),
    ("kubepki-inspect", &["kubepki-ca", "kubepki-kubeconfig", "kubepki-report"]),
    ("kubepki-kubeconfig", &["kubepki-report"]),
    ("kubepki-keys", &["kubepki-ca"]),
    ("kubepki-ledger", &[]),
    ("kubepki-model", &[]),
    ("kubepki-pki", &["kubepki-cluster", "kubepki-host", "kubepki-ledger"]),
    ("kubepki-report", &[]),
    ("kubepki-store", &[]),
    ("kubepki-testkit", &[]),
    (
        "kubepki-verify",
        &["kubepki-ca", "kubepki-inspect", "kubepki-kubeconfig", "kubepki-model", "kubepki-report"],
    ),
];

#[test]
fn dependencies_point_one_way() {
    let mut command = Command::new(env!("CARGO"));
    command.args(["metadata", "--format-version=1", "--no-deps", "--offline"]);
    command.current_dir(repository());
    let metadata = programs::finish(command, b"").expect_success();
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let mut seen = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        let (_, allowed) = ALLOWED
            .iter()
            .find(|(crate_name, _)| *crate_name == name)
            .unwrap_or_else(|| panic!("{name} is not in the table"));
        seen.insert(name);
        for dependency in package["dependencies"].as_array().unwrap() {
            let other = dependency["name"].as_str().unwrap();
            if other.starts_with("kubepki") && dependency["kind"].is_null() {
                assert!(allowed.contains(&other), "{name} must not depend on {other}");
            }
        }
    }
    assert_eq!(seen.len(), ALLOWED.len(), "a crate of the table is gone");
}

/// docs/releasing.md publishes every crate, each after those that it needs.
#[test]
fn the_order_of_a_release_is_that_of_the_arrows() {
    let page = fs::read_to_string(repository().join("docs/releasing.md")).unwrap();
    let (_, order) = page.split_once("Publish in this order:").unwrap();
    let order: Vec<_> = order.split('`').filter(|word| word.starts_with("kubepki")).collect();
    let published = ALLOWED.iter().filter(|(name, _)| *name != "kubepki-testkit");
    for (name, needed) in published.clone() {
        let at = |name: &str| order.iter().position(|it| *it == name);
        assert!(at(name).is_some(), "{name} is not in docs/releasing.md");
        for other in *needed {
            assert!(at(other) < at(name), "{name} is published before {other}");
        }
    }
    assert_eq!(order.len(), published.count());
}

/// RUSTSEC-2023-0071 is out of reach only while the `rsa` crate makes keys and nothing else.
#[test]
fn the_rsa_crate_is_named_in_one_module() {
    let found = naming(&["rsa::", "use rsa"]);
    assert_eq!(found, ["crates/ca/src/key/generate.rs"]);
}

/// What is hidden in other people's text stays hidden only while one module prints.
#[test]
fn the_printer_alone_writes_to_stdout_and_stderr() {
    let mut found = naming(&["io::stdout()", "print!(", "println!(", "clippy::print_std"]);
    found.retain(|file| file.starts_with("crates/cli/src/"));
    assert_eq!(found, ["crates/cli/src/printer.rs"]);
    // Style's codes, and nobody else's.
    let found = naming(&[r"\x1b[", "anstyle::"]);
    let found: Vec<_> = found.iter().filter(|file| !file.contains("/tests/")).collect();
    assert_eq!(found, ["crates/report/src/line.rs"]);
}

/// A verb is arguments, a call of the handle, and printing: it opens nothing itself, so it can forget no
/// gate.
#[test]
fn no_verb_opens_a_store_a_ledger_or_an_inventory() {
    let openers = [
        "DirStore",
        "MemoryStore",
        "SqliteLedger",
        "ledger_of",
        "observe(",
        "Plan::new(",
        "Signatory",
        "kubepki_ledger::",
        "kubepki_store::",
        "commit(",
    ];
    let mut found = naming(&openers);
    found.retain(|file| file.starts_with("crates/cli/"));
    assert_eq!(found, Vec::<String>::new());
}

/// A certificate can be prepared for a CA's signature by what has passed the gate, and by nothing else.
#[test]
fn nothing_is_signed_past_the_gate() {
    let found = naming(&[".prepare(", "Issuer::prepare"]);
    let is_ours = |file: &&String| {
        let is_test = file.contains("/tests/") || file.ends_with("tests.rs");
        !is_test
            && ["crates/ca/", "crates/keys/", "crates/ledger/", "crates/testkit/"]
                .iter()
                .all(|room| !file.starts_with(room))
    };
    let found: Vec<_> = found.iter().filter(is_ours).collect();
    // The gate itself, and who hands it what has passed.
    let rooms = ["apply/issue.rs", "gate.rs", "sign.rs"];
    assert_eq!(
        found,
        rooms.map(|room| format!("crates/cluster/src/{room}")).iter().collect::<Vec<_>>()
    );
    let with_template = naming(&["Template {"]);
    let with_template: Vec<_> = with_template.iter().filter(is_ours).collect();
    let rooms = ["apply/issue.rs", "gate.rs"];
    assert_eq!(
        with_template,
        rooms.map(|room| format!("crates/cluster/src/{room}")).iter().collect::<Vec<_>>()
    );
}

/// The second opinion shares no code with the issuer: what reads and judges names nothing that signs.
#[test]
fn what_reads_and_judges_signs_nothing() {
    let signing = ["Issuer", "Issuance", "Template", "Signer", "generate"];
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|it: char| !it.is_alphanumeric() && it != '_');
        words.filter(|word| signing.contains(word)).map(str::to_owned).collect()
    };
    for room in ["inspect", "verify"] {
        walk(&repository().join(format!("crates/{room}/src")), &mut |path| {
            let text = fs::read_to_string(path).unwrap();
            let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
            let is_test = path.ends_with("tests.rs") || path.ends_with("tests/mod.rs");
            let found: Vec<_> = code.flat_map(words).collect();
            assert!(is_test || found.is_empty(), "{} names {found:?}", path.display());
        });
    }
}

/// Every place that is excused from the bans of clippy.toml.
#[test]
fn files_clocks_and_the_environment_are_touched_where_the_design_says() {
    let found = naming(&["clippy::disallowed_methods"]);
    let rooms = [
        "crates/cli/src/context.rs",
        "crates/cli/src/files",
        "crates/cli/src/trace.rs",
        "crates/store/src/",
        "crates/ledger/examples/",
        "crates/ledger/src/sqlite/file.rs",
        "crates/pki/src/spec.rs",
        "crates/verify/src/read",
    ];
    for file in found {
        let is_dev = file.starts_with("crates/testkit/") || file.contains("/tests/");
        assert!(is_dev || rooms.iter().any(|room| file.starts_with(room)), "{file}");
    }
}

/// The source files of the crates that have one of these texts.
fn naming(texts: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    walk(&repository().join("crates"), &mut |path| {
        let text = fs::read_to_string(path).unwrap();
        if texts.iter().any(|wanted| text.contains(wanted)) {
            let relative = path.strip_prefix(repository()).unwrap();
            files.push(relative.display().to_string());
        }
    });
    files.sort();
    files
}

fn walk(folder: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, visit);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            visit(&path);
        }
    }
}
