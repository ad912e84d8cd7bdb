//! The rows of this group: what servers send.

use crate::check::{
    Check,
    Severity::{Error, Warning},
};

pub(crate) static CLOCK_SKEW: Check = Check {
    name: "clock-skew",
    number: 38,
    severity: Warning,
    title: "a server's clock is wrong, or this machine's",
    why: "A fresh certificate is not valid yet for whose clock is slow (`x509: certificate has expired or is not yet valid`), and tokens and leases misbehave.",
    mend: "Set the clocks by NTP: `timedatectl` says whether that works.",
    source: "kubernetes/kubernetes#76714, #118922",
    cis: None,
};

pub(crate) static SERVED_CHAIN_INCOMPLETE: Check = Check {
    name: "served-chain-incomplete",
    number: 35,
    severity: Error,
    title: "a server does not send the intermediate CA that its certificate needs",
    why: "Clients that trust the root alone cannot build the chain: `x509: certificate signed by unknown authority`.",
    mend: "Put the intermediate CA behind the certificate in the server's file, and reload it.",
    source: "RFC 8446, 4.4.2",
    cis: None,
};

pub(crate) static SERVED_DIFFERS: Check = Check {
    name: "served-differs",
    number: 35,
    severity: Error,
    title: "a server serves another certificate than its file holds",
    why: "The file was renewed and the server has not read it again, so that it will go on until the old certificate expires and then fail, though everything on disk looks well.",
    mend: "Restart the component. Or the file is not the one that its flags name.",
    source: "kubernetes/kubernetes#120890, #78382",
    cis: None,
};

pub(crate) static SERVED_NAME: Check = Check {
    name: "served-name",
    number: 35,
    severity: Error,
    title: "a server's certificate is not good for the name it is called by",
    why: "Clients refuse the connection: `x509: certificate is valid for X, not Y`.",
    mend: "Issue the certificate anew with that name, or call the server by one that it has.",
    source: "Go crypto/x509, VerifyHostname",
    cis: None,
};

pub(crate) static SERVED_UNPROVEN: Check = Check {
    name: "served-unproven",
    number: 35,
    severity: Error,
    title: "a server shows a certificate whose key it does not have",
    why: "Certificates are public, and anybody can show a copy of one. Who has it signs the handshake with its key; this server signed with another.",
    mend: "Find out who answers at the address, and send it no credential until then.",
    source: "RFC 8446, 4.4.3; RFC 5246, 7.4.3",
    cis: None,
};

pub(crate) static UNREACHABLE: Check = Check {
    name: "unreachable",
    number: 35,
    severity: Error,
    title: "a server showed no certificate",
    why: "What it serves cannot be checked, and its clients may not reach it either.",
    mend: "See whether the component runs and listens there, and whether a firewall lets this machine through.",
    source: "RFC 8446, 4.4.2",
    cis: None,
};

pub(crate) const CHECKS: &[&Check] = &[
    &UNREACHABLE,
    &SERVED_DIFFERS,
    &SERVED_UNPROVEN,
    &SERVED_NAME,
    &SERVED_CHAIN_INCOMPLETE,
    &CLOCK_SKEW,
];
