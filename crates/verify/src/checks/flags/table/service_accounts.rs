//! The checks of flags that are about the keys of service accounts, as a table.

use crate::check::{
    Check,
    Severity::{Error, Warning},
};

pub(in crate::checks::flags) const SERVICE_ACCOUNT_KEY_UNSET: Check = Check {
    number: 28,
    name: "service-account-key-unset",
    severity: Error,
    cis: Some("1.2.22"),
    title: "the API server is given no key to check tokens of service accounts with",
    why: "Without `--service-account-key-file` it takes its TLS key in its place, and \
          tokens that another key signed are refused.",
    mend: "Set `--service-account-key-file` to the public half of the key that signs tokens.",
    source: "Kubernetes documentation, Managing Service Accounts",
};

pub(in crate::checks::flags) const SERVICE_ACCOUNT_SIGNING_KEY_UNSET: Check = Check {
    number: 28,
    name: "service-account-signing-key-unset",
    severity: Error,
    cis: None,
    title: "the API server is given no key to sign tokens of service accounts with",
    why: "Without `--service-account-signing-key-file` a present API server does not \
          start, and one before 1.20 issues no bound tokens.",
    mend: "Set `--service-account-signing-key-file` to the private key of service accounts.",
    source: "Kubernetes documentation, Managing Service Accounts",
};

pub(in crate::checks::flags) const SERVICE_ACCOUNT_KEYS_DISAGREE: Check = Check {
    number: 28,
    name: "service-account-keys-disagree",
    severity: Error,
    cis: Some("1.2.22"),
    title: "tokens of service accounts are signed with a key that the API server does not \
          know",
    why: "Every token signed with it is refused, and the pods that hold one cannot call \
          the API server.",
    mend: "Add the public half of the signing key to the API server's \
          `--service-account-key-file`, which may be given several times.",
    source: "Kubernetes documentation, Managing Service Accounts",
};

pub(in crate::checks::flags) const SERVICE_ACCOUNT_SIGNERS_DIFFER: Check = Check {
    number: 28,
    name: "service-account-signers-differ",
    severity: Warning,
    cis: None,
    title: "the API server and the controller manager sign tokens with different keys",
    why: "Both kinds of token work as long as the API server knows both keys; when one is \
          removed, as it looks unused, half of the tokens fail.",
    mend: "Give `--service-account-signing-key-file` of the API server and \
          `--service-account-private-key-file` of the controller manager the same key.",
    source: "Kubernetes documentation, Managing Service Accounts",
};

pub(in crate::checks::flags) const SERVICE_ACCOUNT_PRIVATE_KEY_UNSET: Check = Check {
    number: 28,
    name: "service-account-private-key-unset",
    severity: Warning,
    cis: Some("1.3.4"),
    title: "the controller manager is given no key to sign tokens of service accounts with",
    why: "Without `--service-account-private-key-file` no token is put into Secrets of \
          service accounts.",
    mend: "Set `--service-account-private-key-file` to the private key of service accounts.",
    source: "Kubernetes documentation, Managing Service Accounts",
};
