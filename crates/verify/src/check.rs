//! What can be wrong with a PKI, and what was found to be.

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something fails, or lets in whom it should not.
    Error,
    /// Something will fail, or is weaker than it should be.
    Warning,
    /// Something to know.
    Info,
}

impl Severity {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

/// A thing that can be wrong.
#[derive(Debug)]
pub struct Check {
    /// Its group in the list of checks.
    pub number: u8,
    /// Its name, in kebab case.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The recommendations of the CIS Kubernetes Benchmark 1.10 that it is about.
    pub cis: Option<&'static str>,
    /// What is wrong, in one line.
    pub title: &'static str,
    /// Why it breaks what.
    pub why: &'static str,
    /// How to mend it.
    pub mend: &'static str,
}

/// A thing that is wrong.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What can be wrong.
    pub check: &'static Check,
    /// Where: a path, with a line where one is known.
    pub subject: String,
    /// What is wrong here.
    pub what: String,
}
