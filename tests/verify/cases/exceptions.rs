//! THE TABLE of the cases in which kubepki goes another way than the others, each with its reason.

/// A reason, and the cases that it is for.
pub(super) struct Exception {
    /// Whether kubepki accepts them although somebody refuses; else it refuses what all accept.
    accepts: bool,
    why: &'static str,
    /// Where the rule stands.
    source: &'static str,
    /// The check that speaks of it all the same.
    pub(super) note: Option<&'static str>,
    cases: &'static [&'static str],
}

const EXCEPTIONS: &[Exception] = &[
    Exception {
        accepts: true,
        why: "OpenSSL and GnuTLS follow the first issuer that fits; one path is good, as Go and pyca find",
        source: "RFC 4158, 2.4",
        note: None,
        cases: &[
            "path-client-before",
            "path-constrained-before",
            "path-cross-self",
            "path-crowd",
            "path-expired-before",
            "path-forged-before",
            "path-length-before",
            "path-loop-exit",
            "path-no-ca-before",
            "path-no-sign-before",
            "path-ring-exit",
            "path-stray-before",
        ],
    },
    Exception {
        accepts: true,
        why: "only the Web's PKI asks for it: the clients of Kubernetes have no subjectAltName",
        source: "CA/Browser Forum, Baseline Requirements 7.1.2.7.12",
        note: None,
        cases: &["eku-client-no-san"],
    },
    Exception {
        accepts: true,
        why: "only the Web's PKI forbids it",
        source: "CA/Browser Forum, Baseline Requirements 6.1.5 and 7.1.2.7",
        note: None,
        cases: &["bc-leaf-ca", "eku-critical", "name-critical-beside", "sig-ed25519"],
    },
    Exception {
        accepts: false,
        why: "the certificate is good, and Go's TLS cannot use its key",
        source: "Go crypto/tls, X509KeyPair",
        note: Some("unsupported-key"),
        cases: &["key-dsa2048", "key-ed448", "key-p224", "key-x25519"],
    },
];

/// The exception for a case in which kubepki says this.
pub(super) fn of(case: &str, accepts: bool) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|it| it.has(case, accepts))
}

/// Its number on the page.
pub(super) fn number(case: &str, accepts: bool) -> Option<usize> {
    EXCEPTIONS.iter().position(|it| it.has(case, accepts)).map(|position| position + 1)
}

/// The reasons by their numbers.
pub(super) fn listed() -> String {
    let line = |(position, exception): (usize, &Exception)| {
        let ours = if exception.accepts { "accepted" } else { "refused" };
        let note = exception.note.map(|note| format!("; a note: `{note}`")).unwrap_or_default();
        format!("{}. {ours}: {} ({}){note}.\n", position + 1, exception.why, exception.source)
    };
    let lines = EXCEPTIONS.iter().enumerate().map(line);
    format!("\n## Where kubepki goes another way\n\n{}", lines.collect::<String>())
}

impl Exception {
    fn has(&self, case: &str, accepts: bool) -> bool {
        self.accepts == accepts && self.cases.contains(&case)
    }
}
