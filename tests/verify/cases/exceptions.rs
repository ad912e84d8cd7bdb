//! THE TABLE of the cases in which kubepki goes another way than the others, each with its reason.

/// A reason, and the cases that it is for.
pub(super) struct Exception {
    /// Whether kubepki accepts them although somebody refuses; else it refuses what all accept.
    accepts: bool,
    #[expect(dead_code, reason = "for who reads the table")]
    why: &'static str,
    /// Where the rule stands.
    #[expect(dead_code, reason = "for who reads the table")]
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
];

/// The exception for a case in which kubepki says this.
pub(super) fn of(case: &str, accepts: bool) -> Option<&'static Exception> {
    EXCEPTIONS.iter().find(|it| it.accepts == accepts && it.cases.contains(&case))
}
