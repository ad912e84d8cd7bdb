//! The checks of flags that are about the front proxy, as a table.

use crate::check::{
    Check,
    Severity::{Error, Warning},
};

pub(in crate::checks::flags) const REQUESTHEADER_CA_IS_CLIENT_CA: Check = Check {
    number: 32,
    name: "requestheader-ca-is-client-ca",
    severity: Error,
    cis: None,
    title: "the front proxy's CA is also a CA of clients",
    why: "Every client whose name is allowed, or every client where no name is required, \
          may say that it is anybody, `system:masters` included.",
    mend: "Make a CA for the front proxy alone and set `--requestheader-client-ca-file` to \
          it.",
    source: "Kubernetes documentation, Configure the Aggregation Layer",
};

pub(in crate::checks::flags) const REQUESTHEADER_NAMES_EMPTY: Check = Check {
    number: 32,
    name: "requestheader-names-empty",
    severity: Warning,
    cis: None,
    title: "every certificate of the front proxy's CA may speak for others",
    why: "With an empty `--requestheader-allowed-names` any name is let in.",
    mend: "Set `--requestheader-allowed-names` to the common name of the front proxy's \
          certificate.",
    source: "Kubernetes documentation, Configure the Aggregation Layer",
};

pub(in crate::checks::flags) const REQUESTHEADER_NAME_NOT_ALLOWED: Check = Check {
    number: 32,
    name: "requestheader-name-not-allowed",
    severity: Error,
    cis: None,
    title: "the front proxy's name is not among those that are allowed",
    why: "Extension API servers refuse the API server: `x509: subject with cn=... is not \
          in the allowed list`, and `kubectl top` fails.",
    mend: "Add the common name of the certificate in `--proxy-client-cert-file` to \
          `--requestheader-allowed-names`.",
    source: "Kubernetes documentation, Configure the Aggregation Layer",
};

pub(in crate::checks::flags) const PROXY_CLIENT_UNTRUSTED: Check = Check {
    number: 32,
    name: "proxy-client-untrusted",
    severity: Error,
    cis: None,
    title: "the front proxy's certificate is not signed by the front proxy's CA",
    why: "Extension API servers refuse the API server's requests, and `kubectl top` fails.",
    mend: "Issue the certificate in `--proxy-client-cert-file` from the CA in \
          `--requestheader-client-ca-file`.",
    source: "Kubernetes documentation, Configure the Aggregation Layer",
};
