//! The rows of serial numbers.

use crate::check::{
    Check,
    Severity::{Error, Warning},
};

pub(crate) static BAD_SERIAL: Check = Check {
    name: "bad-serial",
    number: 7,
    severity: Warning,
    title: "a serial number is zero or has 21 octets",
    why: "RFC 5280 wants a positive number of at most 20 octets. Go takes it; other programs, and those that search logs by serial number, may not.",
    mend: "Issue the certificate anew. kubeadm gives its CAs the serial number 0.",
    source: "RFC 5280, 4.1.2.2",
    cis: None,
};

pub(crate) static DUPLICATE_SERIAL: Check = Check {
    name: "duplicate-serial",
    number: 10,
    severity: Error,
    title: "a CA has given one serial number twice",
    why: "A certificate is known by its issuer and serial number. With duplicates a revocation or a log entry means two, and some clients refuse the second one (NSS: `SEC_ERROR_REUSED_ISSUER_AND_SERIAL`).",
    mend: "Issue one of them anew with a random serial number; do not share or copy openssl's `.srl` file.",
    source: "RFC 5280, 4.1.2.2",
    cis: None,
};

pub(crate) static NEGATIVE_SERIAL: Check = Check {
    name: "negative-serial",
    number: 7,
    severity: Error,
    title: "a serial number is negative",
    why: "Go refuses to read such a certificate since 1.23 (`x509: negative serial number`), and so does every Kubernetes component built with it.",
    mend: "Issue the certificate anew with a positive serial number.",
    source: "Go 1.23 release notes; RFC 5280, 4.1.2.2",
    cis: None,
};

pub(crate) static SERIAL_TOO_LONG: Check = Check {
    name: "serial-too-long",
    number: 7,
    severity: Error,
    title: "a serial number has more octets than programs take",
    why: "RFC 5280 allows 20. Strict verifiers refuse the certificate, and logs and revocation lists cut such a number off.",
    mend: "Issue the certificate anew with a random serial number of 16 octets.",
    source: "RFC 5280, 4.1.2.2",
    cis: None,
};
