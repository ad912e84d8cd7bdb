//! pkilint (the linter of public certificate authorities) over many certificates at once, and the
//! committed list of findings we accept, `tests/interop/pkilint-allowed.txt`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::programs;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/interop/lint.py");
const ALLOWED: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/interop/pkilint-allowed.txt");

/// A certificate to lint.
#[derive(Clone, Debug)]
pub struct Task {
    /// The PEM file; its first certificate is linted.
    pub certificate: PathBuf,
    /// The PEM file of the issuer, where names, key identifiers and the signature are to be
    /// compared too.
    pub issuer: Option<PathBuf>,
}

/// What pkilint found wrong with one certificate, of severity NOTICE or above.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Finding {
    /// The PEM file.
    pub certificate: String,
    /// `FATAL`, `ERROR`, `WARNING` or `NOTICE`.
    pub severity: String,
    /// pkilint's name of the rule, as `pkix.certificate_serial_number_out_of_range`.
    pub code: String,
    /// The particulars; empty where the code says it all.
    pub message: String,
    /// The field of the certificate.
    pub at: String,
    /// The reason of the entry of the allow-list that covers the finding.
    pub allowed: Option<String>,
}

/// What pkilint found in a batch.
#[derive(Clone, Debug)]
#[must_use]
pub struct Report {
    /// Every finding, the allowed ones among them.
    pub findings: Vec<Finding>,
    /// The entries of the allow-list that covered no finding.
    pub unused: Vec<String>,
}

impl Report {
    /// The findings that no entry of the allow-list covers.
    pub fn refused(&self) -> Vec<&Finding> {
        self.findings.iter().filter(|finding| finding.allowed.is_none()).collect()
    }

    /// Accepts a batch without refused findings, for tests that lint a part of what we make.
    ///
    /// # Panics
    ///
    /// When a finding is refused.
    #[track_caller]
    pub fn expect_clean(&self) {
        assert!(self.refused().is_empty(), "pkilint: {:#?}", self.refused());
    }

    /// Accepts a clean batch that needs every entry of the allow-list, for the one test that lints
    /// all we make.
    ///
    /// # Panics
    ///
    /// When a finding is refused or an entry covered nothing.
    #[track_caller]
    pub fn expect_clean_with_all_entries_used(&self) {
        self.expect_clean();
        assert!(self.unused.is_empty(), "entries of {ALLOWED} cover nothing: {:#?}", self.unused);
    }
}

/// Lints certificates in one process of pkilint.
///
/// # Panics
///
/// When pkilint is not installed, a file is no PEM certificate, or the allow-list is malformed.
pub fn lint(tasks: &[Task]) -> Report {
    let certificates: Vec<_> = tasks.iter().map(order).collect();
    let order = json!({ "allowed": ALLOWED, "certificates": certificates }).to_string();
    let mut command = Command::new(programs::pkilint_python());
    command.arg("-B").arg(SCRIPT);
    let answer = programs::finish(command, order.as_bytes()).expect_success();
    let answer: Value = serde_json::from_str(&answer).expect("lint.py writes JSON");
    Report {
        findings: list(&answer["findings"]).iter().map(finding).collect(),
        unused: list(&answer["unused"]).iter().map(text).collect(),
    }
}

fn order(task: &Task) -> Value {
    json!({ "certificate": shown(&task.certificate), "issuer": task.issuer.as_deref().map(shown) })
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap_or_else(|| panic!("`{}` is not UTF-8", path.display()))
}

fn finding(value: &Value) -> Finding {
    Finding {
        certificate: text(&value["certificate"]),
        severity: text(&value["severity"]),
        code: text(&value["code"]),
        message: text(&value["message"]),
        at: text(&value["at"]),
        allowed: value["allowed"].as_str().map(str::to_owned),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("lint.py writes lists")
}

fn text(value: &Value) -> String {
    value.as_str().expect("lint.py writes strings").to_owned()
}
