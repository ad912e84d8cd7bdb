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
        why: "OpenSSL's strict mode and pyca want to be told which key signed it; Go, of which Kubernetes is made, looks at the signature, and small tools write no identifier",
        source: "RFC 5280, 4.2.1.1",
        note: Some("issuer-not-identified"),
        cases: &[
            "found-deep-good",
            "found-good",
            "found-good-beside-expired",
            "found-good-sha512",
            "kid-aki-empty",
            "kid-aki-issuer-only",
            "kid-aki-none",
            "kid-middle-aki-none",
            "path-crowd-empty-aki",
            "path-crowd-no-aki",
        ],
    },
    Exception {
        accepts: true,
        why: "only OpenSSL's strict mode wants an identifier of the CA's key",
        source: "RFC 5280, 4.2.1.2",
        note: Some("ca-without-identifier"),
        cases: &["kid-middle-ski-none", "kid-root-ski-none"],
    },
    Exception {
        accepts: true,
        why: "only the Web's PKI asks for it: the clients of Kubernetes have no subjectAltName",
        source: "CA/Browser Forum, Baseline Requirements, 7.1.2.7.12",
        note: Some("web-pki-rule"),
        cases: &["eku-client-no-san", "nc-client"],
    },
    Exception {
        accepts: true,
        why: "only the Web's PKI forbids that a CA serves, and pyca refuses it for that",
        source: "CA/Browser Forum, Baseline Requirements, 7.1.2.7",
        note: Some("authority-as-leaf"),
        cases: &["bc-leaf-ca"],
    },
    Exception {
        accepts: true,
        why: "only the Web's PKI forbids it, and pyca refuses it for that",
        source: "CA/Browser Forum, Baseline Requirements, 6.1.5 and 7.1.2",
        note: Some("web-pki-rule"),
        cases: &[
            "eku-critical",
            "ext-crl-points-critical",
            "ext-policies-critical",
            "name-critical-beside",
            "sig-ed25519",
        ],
    },
    Exception {
        accepts: true,
        why: "the last second belongs to the time that a certificate is valid; to OpenSSL it does not",
        source: "RFC 5280, 4.1.2.5",
        note: None,
        cases: &["time-last-second"],
    },
    Exception {
        accepts: true,
        why: "pyca knows no underscore in a name; hosts have them, and Go, OpenSSL and GnuTLS take them",
        source: "Go crypto/x509, validHostname",
        note: Some("web-pki-rule"),
        cases: &["name-underscore"],
    },
    Exception {
        accepts: true,
        why: "pyca does not read such a constraint, and GnuTLS takes an address for a DNS name; the others agree on what it means",
        source: "RFC 5280, 4.2.1.10",
        note: None,
        cases: &[
            "nc-dns-everything",
            "nc-dns-ip-only",
            "nc-dns-leading-dot",
            "nc-uri-below",
            "nc-uri-in",
        ],
    },
    Exception {
        accepts: true,
        why: "who trusts a certificate itself needs no path to it; GnuTLS and pyca trust CAs alone",
        source: "Go crypto/x509, Verify",
        note: None,
        cases: &["path-leaf-trusted", "path-self-signed-trusted"],
    },
    Exception {
        accepts: true,
        why: "certtool cannot print the name, and goes no further",
        source: "GnuTLS, gnutls_x509_crt_get_dn",
        note: None,
        cases: &["enc-subject-empty-value"],
    },
    Exception {
        accepts: true,
        why: "Go wrote the groups of a user in any order before 1.15, and pyca alone looks",
        source: "ITU-T X.690, 11.6",
        note: None,
        cases: &["enc-multi-valued-unsorted"],
    },
    Exception {
        accepts: true,
        why: "OpenSSL and GnuTLS read no PEM with headers; Go does",
        source: "RFC 1421, 4.4",
        note: None,
        cases: &["pem-headers"],
    },
    Exception {
        accepts: false,
        why: "the certificate is good, and Go's TLS cannot use its key",
        source: "Go crypto/tls, X509KeyPair",
        note: Some("unsupported-key"),
        cases: &["key-dsa2048", "key-ed448", "key-p224", "key-x25519"],
    },
    Exception {
        accepts: false,
        why: "Go of 2022 refuses the type of the string, and the components of older clusters are built with it",
        source: "Go 1.19 crypto/x509, parseASN1String",
        note: Some("refused-name"),
        cases: &["enc-universal"],
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

/// Every case that stands in the table.
pub(super) fn cases() -> impl Iterator<Item = &'static str> {
    EXCEPTIONS.iter().flat_map(|exception| exception.cases.iter().copied())
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

#[test]
fn a_rule_of_the_web_alone_has_a_note() {
    for exception in EXCEPTIONS {
        let is_of_web = exception.source.starts_with("CA/Browser Forum");
        assert!(!is_of_web || exception.note.is_some(), "{}", exception.why);
    }
}

impl Exception {
    fn has(&self, case: &str, accepts: bool) -> bool {
        self.accepts == accepts && self.cases.contains(&case)
    }
}
