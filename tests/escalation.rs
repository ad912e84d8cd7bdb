//! Requests that want more than they may have: `kubepki sign` meets every file of
//! tests/escalation under every profile, and openssl reads what comes out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use kubepki_testkit::openssl;

use crate::environment::{Environment, repository};

pub(crate) const PROFILES: [&str; 5] = ["user", "node-client", "node-server", "server", "client"];

/// A file with its header.
struct Attempt {
    name: String,
    profile: String,
    expect: String,
}

fn attempts() -> Vec<Attempt> {
    let mut attempts: Vec<_> = files()
        .iter()
        .map(|path| {
            let text = String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
            let field = |name: &str| {
                let line = text.lines().find_map(|line| line.strip_prefix(name));
                line.unwrap_or_else(|| panic!("{} has no {name}", path.display())).to_owned()
            };
            assert!(!field("what: ").is_empty());
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            Attempt { name, profile: field("profile: "), expect: field("expect: ") }
        })
        .collect();
    attempts.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(attempts.len() >= 100, "{} attempts", attempts.len());
    attempts
}

/// Every request of tests/escalation.
pub(crate) fn files() -> Vec<PathBuf> {
    let entries = fs::read_dir(repository().join("tests/escalation")).unwrap();
    entries
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "csr"))
        .collect()
}

/// What came of all attempts under one profile.
struct Outcome {
    environment: Environment,
    /// The rule and the message by which each was refused.
    refused: BTreeMap<String, String>,
    /// What each asked for in vain.
    noticed: BTreeMap<String, String>,
}

fn sign_all(profile: &str, more: &[&str]) -> Outcome {
    let environment = Environment::of_example("hard-way");
    environment.apply();
    fs::create_dir(environment.path("requests")).unwrap();
    for file in files() {
        let name = file.file_name().unwrap();
        fs::copy(&file, environment.path("requests").join(name)).unwrap();
    }
    // The requests for servers have the CN of a host, which has to be named.
    let own: &[&str] = if profile == "server" { &["--san", "server"] } else { &[] };
    let args = [&["sign", "requests", "--profile", profile, "--keep-going"], own].concat();
    let output = environment.kubepki(&[&args, more].concat());
    assert_eq!(output.code, Some(2), "{}", output.stderr);
    assert_eq!(output.stdout, "");
    let between = |line: &str, before: &str, after: &str| {
        let (name, rest) = line.strip_prefix(before)?.split_once(after)?;
        Some((name.strip_prefix("requests/")?.to_owned(), rest.to_owned()))
    };
    let lines = || output.stderr.lines();
    Outcome {
        refused: lines().filter_map(|line| between(line, "refused `", "`: ")).collect(),
        noticed: lines().filter_map(|line| between(line, "warning: `", "` requests ")).collect(),
        environment,
    }
}

#[test]
fn every_attempt_meets_the_rule_it_was_written_for() {
    let attempts = attempts();
    let mut wrong = Vec::new();
    for profile in PROFILES {
        let outcome = sign_all(profile, &[]);
        for Attempt { name, expect, .. } in attempts.iter().filter(|a| a.profile == profile) {
            let refused = outcome.refused.get(name).map(String::as_str);
            let noticed = outcome.noticed.get(name).map_or("", String::as_str);
            let is_right = match (expect.strip_prefix("refuse "), refused) {
                (Some(rule), Some(refused)) => refused.starts_with(&format!("{rule}: ")),
                (None, None) => {
                    let without = expect.strip_prefix("sign WITHOUT").unwrap().trim();
                    noticed.contains(without) && noticed.is_empty() == without.is_empty()
                }
                _ => false,
            };
            if !is_right {
                wrong.push(format!("{name}: expected {expect}, got {refused:?} {noticed:?}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    let profiles: BTreeSet<_> = attempts.iter().map(|a| a.profile.as_str()).collect();
    assert_eq!(profiles, BTreeSet::from(PROFILES));
}

#[test]
fn nothing_that_is_signed_is_more_than_its_profile() {
    for profile in PROFILES {
        let outcome = sign_all(profile, &[]);
        let mut signed = 0;
        for Attempt { name, .. } in attempts() {
            let target = outcome.environment.path("requests").join(&name).with_extension("crt");
            assert_eq!(target.exists(), !outcome.refused.contains_key(&name), "{name}");
            if target.exists() {
                check(profile, &name, &Read::of(&target));
                signed += 1;
            }
        }
        // Signing nothing would prove nothing; tests/sign.rs has what the other profiles sign.
        let least = BTreeMap::from([("user", 40), ("node-server", 3)]);
        assert!(signed >= *least.get(profile).unwrap_or(&0), "{profile}: {signed}");
    }
}

/// Whatever may be said out loud, a disguise stays one.
#[test]
fn permissions_open_no_door_to_disguises() {
    let flags = ["--danger-system-masters", "--cluster-admin", "--system-identity"];
    let outcome = sign_all("user", &flags);
    for Attempt { name, expect, .. } in attempts() {
        let target = outcome.environment.path("requests").join(&name).with_extension("crt");
        if !target.exists() {
            continue;
        }
        let opened = ["system-masters", "cluster-admins", "system-identity"]
            .iter()
            .any(|rule| expect == format!("refuse {rule}"));
        let read = Read::of(&target);
        for (kind, value) in &read.subject {
            assert!(value.is_ascii() && !value.contains("system:node"), "{name}: {kind}={value}");
            let is_kept = value.to_lowercase().contains("system:") || value.contains("kubepki:");
            assert!(!is_kept || opened || !expect.starts_with("refuse"), "{name}: {kind}={value}");
        }
    }
}

/// A certificate, as openssl reads it.
struct Read {
    text: String,
    subject: Vec<(String, String)>,
    /// The extensions and their values.
    extensions: BTreeMap<String, String>,
}

impl Read {
    fn of(path: &std::path::Path) -> Self {
        let shown = openssl::run(&[
            "x509",
            "-noout",
            "-text",
            "-subject",
            "-nameopt",
            "multiline,-align,-esc_msb,utf8",
            "-in",
            &path.display().to_string(),
        ]);
        let shown = shown.expect_success();
        let (text, subject) = shown.split_once("\nsubject=\n").unwrap();
        let subject = subject.lines().map(|line| {
            let (kind, value) = line.trim().split_once(" = ").unwrap();
            (kind.to_owned(), value.to_owned())
        });
        let (_, extensions) = text.split_once("X509v3 extensions:\n").unwrap();
        let mut found = BTreeMap::new();
        let mut last = String::new();
        for line in extensions.lines() {
            if let Some(name) = line.strip_prefix("            ").filter(|l| !l.starts_with(' ')) {
                last = name.trim_end_matches(" critical").trim_end_matches([':', ' ']).to_owned();
                assert!(found.insert(last.clone(), String::new()).is_none(), "{last} twice");
            } else if line.starts_with("                ") {
                found.get_mut(&last).unwrap().push_str(line.trim());
            } else {
                break;
            }
        }
        Self { subject: subject.collect(), extensions: found, text: text.to_owned() }
    }
}

fn check(profile: &str, name: &str, read: &Read) {
    let context = format!("{name} as {profile}: {}", read.text);
    let extension = |name: &str| read.extensions.get(name).map(String::as_str);
    assert_eq!(extension("X509v3 Basic Constraints"), Some("CA:FALSE"), "{context}");
    let usages = ["Digital Signature", "Digital Signature, Key Encipherment"];
    assert!(usages.contains(&extension("X509v3 Key Usage").unwrap()), "{context}");
    let extended = match profile {
        "node-server" | "server" => "TLS Web Server Authentication",
        _ => "TLS Web Client Authentication",
    };
    assert_eq!(extension("X509v3 Extended Key Usage"), Some(extended), "{context}");
    let known = [
        "X509v3 Authority Key Identifier",
        "X509v3 Basic Constraints",
        "X509v3 Extended Key Usage",
        "X509v3 Key Usage",
        "X509v3 Subject Alternative Name",
        "X509v3 Subject Key Identifier",
    ];
    assert!(read.extensions.keys().all(|name| known.contains(&name.as_str())), "{context}");
    let names: BTreeSet<_> =
        extension("X509v3 Subject Alternative Name").unwrap_or("").split(", ").collect();
    let allowed: &[&str] = match profile {
        "node-server" => &["DNS:node-0", "DNS:node-0.kubernetes.local", "IP Address:10.240.0.20"],
        "server" | "client" => &["DNS:server", "DNS:node-0"],
        _ => &[""],
    };
    assert!(names.iter().all(|name| name.is_empty() || allowed.contains(name)), "{context}");

    let of = |kind: &str| {
        read.subject.iter().filter(|s| s.0 == kind).map(|s| s.1.as_str()).collect::<Vec<_>>()
    };
    let (names, groups) = (of("commonName"), of("organizationName"));
    let kinds = ["commonName", "organizationName", "1.3.6.1.4.1.57683.2"];
    assert!(read.subject.iter().all(|s| kinds.contains(&s.0.as_str())), "{context}");
    assert_eq!(names.len(), 1, "{context}");
    match profile {
        "node-client" | "node-server" => {
            assert_eq!(
                (names, groups),
                (vec!["system:node:node-0"], vec!["system:nodes"]),
                "{context}"
            );
        }
        "user" => {
            assert!(
                ["joe", "jim", "jane", "admin", "server", "node-0", "evil.example.com"]
                    .contains(&names[0]),
                "{context}"
            );
            let plain = ["dev", "system%3Amasters", "system\\\\:masters"];
            let unknown = groups.iter().find(|g| !plain.contains(g));
            assert!(unknown.is_none(), "{unknown:?} in {context}");
        }
        _ => {
            assert!(["server", "node-0"].contains(&names[0]) && groups.is_empty(), "{context}");
        }
    }
}
