//! The checks of flags that are about the files that flags name, as a table.

use crate::check::{
    Check,
    Severity::{Error, Warning},
};

pub(in crate::checks::flags) const COMPONENT_TWICE: Check = Check {
    number: 34,
    name: "component-twice",
    severity: Warning,
    cis: None,
    title: "a component is declared twice",
    why: "Both start and fight for the same port; the kubelet runs every file in the \
          manifest folder, a backup copy too.",
    mend: "Move the file that is not meant to run out of the folder.",
    source: "the components' own checks at their start",
};

pub(in crate::checks::flags) const FILE_MISSING: Check = Check {
    number: 34,
    name: "file-missing",
    severity: Error,
    cis: None,
    title: "a flag names a file that is not there",
    why: "The component does not start.",
    mend: "Put the file there, or correct the flag.",
    source: "the components' own checks at their start",
};

pub(in crate::checks::flags) const FILE_NOT_MOUNTED: Check = Check {
    number: 34,
    name: "file-not-mounted",
    severity: Error,
    cis: None,
    title: "a static pod does not see a file that a flag of it names",
    why: "The file is not there for its container, and the component does not start.",
    mend: "Add a hostPath volume and a mount for the folder to the manifest.",
    source: "the components' own checks at their start",
};

pub(in crate::checks::flags) const FILE_UNREADABLE: Check = Check {
    number: 34,
    name: "file-unreadable",
    severity: Warning,
    cis: None,
    title: "a file could not be read, so nothing is known about it",
    why: "What it holds may be expired, of the wrong CA or open to everybody: the audit cannot tell, and \
          is incomplete.",
    mend: "Run the audit as root.",
    source: "the components' own checks at their start",
};

pub(in crate::checks::flags) const FILE_CLOSED_TO_ITS_USER: Check = Check {
    number: 34,
    name: "file-closed-to-its-user",
    severity: Error,
    cis: None,
    title: "the component's user may not read a file that it needs",
    why: "The component does not start: `permission denied`.",
    mend: "Give the file to the user that the component runs as.",
    source: "the components' own checks at their start",
};

pub(in crate::checks::flags) const FILE_UNUSABLE: Check = Check {
    number: 34,
    name: "file-unusable",
    severity: Error,
    cis: None,
    title: "a file does not hold what its flag says",
    why: "The component does not start, or trusts nobody.",
    mend: "Put the right file there, or correct the flag.",
    source: "the components' own checks at their start",
};

pub(in crate::checks::flags) const FLAG_PAIR_INCOMPLETE: Check = Check {
    number: 34,
    name: "flag-pair-incomplete",
    severity: Error,
    cis: None,
    title: "a certificate is given without its key, or a key without its certificate",
    why: "The component does not start, or makes a certificate of its own that nobody \
          trusts.",
    mend: "Give both flags, or none.",
    source: "the components' own checks at their start",
};

pub(in crate::checks::flags) const FLAG_PAIR_MISMATCH: Check = Check {
    number: 34,
    name: "flag-pair-mismatch",
    severity: Error,
    cis: None,
    title: "the key is not the key of the certificate beside it",
    why: "The component does not start: `tls: private key does not match public key`.",
    mend: "Give both flags the files of one pair.",
    source: "the components' own checks at their start",
};

pub(in crate::checks::flags) const SERVING_CERTIFICATE_UNSET: Check = Check {
    number: 34,
    name: "serving-certificate-unset",
    severity: Error,
    cis: Some("1.2.24"),
    title: "the API server is given no serving certificate",
    why: "It makes one for itself, which no kubeconfig trusts.",
    mend: "Set `--tls-cert-file` and `--tls-private-key-file`.",
    source: "the components' own checks at their start",
};

pub(in crate::checks::flags) const FILE_WRITABLE: Check = Check {
    number: 37,
    name: "file-writable",
    severity: Error,
    cis: Some("1.1.1, 1.1.3, 1.1.5, 1.1.7, 1.1.20, 4.1.1, 4.1.7, 4.1.9"),
    title: "others than its owner can write a file that decides who is trusted",
    why: "Whoever writes it can add a CA of theirs, or start the component with flags of \
          theirs.",
    mend: "Set its mode with `chmod 600`, or 644 for certificates and units.",
    source: "CIS Kubernetes Benchmark 1.10; Kubernetes documentation, PKI certificates and \
          requirements",
};

pub(in crate::checks::flags) const FILE_OWNER: Check = Check {
    number: 37,
    name: "file-owner",
    severity: Warning,
    cis: Some("1.1.2, 1.1.4, 1.1.6, 1.1.8, 1.1.14, 1.1.16, 1.1.18, 1.1.19, 4.1.6, 4.1.8"),
    title: "a file belongs neither to root nor to the user of its component",
    why: "Its owner can change whom the component trusts, or what it runs.",
    mend: "Give it back with `chown root:root`.",
    source: "CIS Kubernetes Benchmark 1.10; Kubernetes documentation, PKI certificates and \
          requirements",
};
