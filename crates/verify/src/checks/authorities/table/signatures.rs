//! The rows of keys and signatures, whoever has them.

use crate::check::{
    Check,
    Severity::{Error, Warning},
};

pub(crate) static SIGNATURE_NOT_CHECKED: Check = Check {
    name: "signature-not-checked",
    number: 8,
    severity: Error,
    title: "a signature is of a kind that nobody verifies",
    why: "Go verifies RSA, RSA-PSS and ECDSA with SHA-256, SHA-384 and SHA-512, and Ed25519. Anything else it refuses (`x509: cannot verify signature: algorithm unimplemented`), for anybody may have made it.",
    mend: "Issue the certificate anew from a CA that signs with one of these.",
    source: "Go crypto/x509, CheckSignature",
    cis: None,
};

pub(crate) static WEAK_KEY: Check = Check {
    name: "weak-key",
    number: 7,
    severity: Error,
    title: "an RSA key has less than 2048 bits",
    why: "Such keys can be broken with effort, and programs refuse them: openssl at its usual security level, and Go below 1024 bits.",
    mend: "Make a new key: P-256, or RSA of 2048 bits or more.",
    source: "NIST SP 800-131A; OpenSSL's security level 2",
    cis: None,
};

pub(crate) static WEAK_ROOT_SIGNATURE: Check = Check {
    name: "weak-root-signature",
    number: 7,
    severity: Warning,
    title: "a root CA signed itself with a broken digest",
    why: "Nobody verifies a root's own signature, so that it works; but the CA was made by a program that signs like that.",
    mend: "Make the next CA with SHA-256.",
    source: "RFC 9155; Go 1.18 release notes",
    cis: None,
};

pub(crate) static WEAK_SIGNATURE: Check = Check {
    name: "weak-signature",
    number: 7,
    severity: Error,
    title: "a certificate is signed with a broken digest",
    why: "Go refuses SHA-1 and MD5 (`x509: cannot verify signature: insecure algorithm SHA1-RSA`).",
    mend: "Issue it anew with SHA-256.",
    source: "Go 1.18 release notes",
    cis: None,
};
