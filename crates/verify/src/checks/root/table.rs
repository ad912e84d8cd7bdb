//! The rows of this group: what a root has to hold.

use crate::check::{
    Check,
    Severity::{Error, Note},
};

pub(crate) static AUTHORITY_KEY_ABSENT: Check = Check {
    name: "authority-key-absent",
    number: 37,
    severity: Note,
    title: "the private key of a CA is not in the root",
    why: "That may be meant: it is kept elsewhere, where no network reaches it. Without it nothing can be issued or renewed by this CA, and a controller manager that has no copy signs no requests.",
    mend: "Bring it back while `kubepki apply` or `kubepki renew` runs. If it is lost, replace the CA before its certificates expire.",
    source: "kubeadm, External CA mode",
    cis: None,
};

pub(crate) static ENCRYPTION_CONFIG_DIFFERS: Check = Check {
    name: "encryption-config-differs",
    number: 37,
    severity: Error,
    title: "not every host encrypts Secrets with the same keys",
    why: "An apiserver cannot read what another has encrypted with a key that it lacks: Secrets come and go with the apiserver that answers (`no matching prefix found`, `invalid padding`).",
    mend: "Copy one file to every control plane, `kubepki apply` does, and restart the apiservers. Keep every key with which something is still encrypted.",
    source: "kubernetes.io, Encrypting Confidential Data at Rest",
    cis: None,
};

pub(crate) static SERVICE_ACCOUNT_KEYS_DIFFER: Check = Check {
    name: "service-account-keys-differ",
    number: 28,
    severity: Error,
    title: "not every host has the same ServiceAccount key",
    why: "A token that one controller manager or apiserver signs is refused by the apiservers of the other hosts: pods fail now and then with 401, by the apiserver that answers.",
    mend: "Copy one `sa.key` and its `sa.pub` to every control plane, `kubepki apply` does, and restart the apiservers and controller managers.",
    source: "kubernetes.io, Managing Service Accounts; kubeadm's control-plane join",
    cis: None,
};

pub(crate) static SPEC_CLIENT: Check = Check {
    name: "spec-client",
    number: 15,
    severity: Error,
    title: "a kubeconfig is not that of the client that the spec has there",
    why: "Whoever is given the file acts as somebody else, or as nobody. Mostly a file was copied over another.",
    mend: "`kubepki plan` shows what the spec has there, and `kubepki apply` makes it anew.",
    source: "the spec",
    cis: None,
};

pub(crate) static SPEC_FILE_DIFFERS: Check = Check {
    name: "spec-file-differs",
    number: 37,
    severity: Error,
    title: "a file is not what the spec or the file that it is made from says",
    why: "A host that gets it trusts or uses something else than the others, and a manifest gives other rights than the spec.",
    mend: "`kubepki plan` shows the file, and `kubepki apply` makes it as it should be.",
    source: "the spec",
    cis: None,
};

pub(crate) static SPEC_FILE_MISSING: Check = Check {
    name: "spec-file-missing",
    number: 37,
    severity: Error,
    title: "a file that the spec asks for is not in the root",
    why: "The component that reads it does not start, or cannot speak to the others, once its host gets its files from here.",
    mend: "`kubepki plan` shows what is missing, and `kubepki apply` makes it, or says why it cannot.",
    source: "the spec",
    cis: None,
};

pub(crate) const CHECKS: &[&Check] = &[
    &SPEC_FILE_MISSING,
    &SPEC_FILE_DIFFERS,
    &SPEC_CLIENT,
    &AUTHORITY_KEY_ABSENT,
    &SERVICE_ACCOUNT_KEYS_DIFFER,
    &ENCRYPTION_CONFIG_DIFFERS,
];
