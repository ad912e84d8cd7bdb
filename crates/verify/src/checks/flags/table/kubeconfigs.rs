//! The checks of flags that are about kubeconfigs, as a table.

use crate::check::{Check, Severity::Error};

pub(in crate::checks::flags) const BOOTSTRAP_CA_DIFFERS: Check = Check {
    number: 36,
    name: "bootstrap-ca-differs",
    severity: Error,
    cis: None,
    title: "the CA with which a new node joins is not the CA of the API server",
    why: "The node does not trust the API server and cannot ask for its first certificate.",
    mend: "Make the bootstrap kubeconfig anew with the present CA; a \
          `--discovery-token-ca-cert-hash` is to be worked out anew as well.",
    source: "Kubernetes documentation, kubeadm join",
};

pub(in crate::checks::flags) const KUBECONFIG_CA_DIFFERS: Check = Check {
    number: 36,
    name: "kubeconfig-ca-differs",
    severity: Error,
    cis: None,
    title: "a component's kubeconfig does not trust the API server of this machine",
    why: "The component fails with `x509: certificate signed by unknown authority`.",
    mend: "Put the CA of the API server's certificate into `certificate-authority-data`.",
    source: "Kubernetes documentation, kubeadm join",
};
