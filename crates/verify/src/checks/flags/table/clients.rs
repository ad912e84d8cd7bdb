//! The checks of flags that are about who the API server lets in, and what signs for it, as a table.

use crate::check::{
    Check,
    Severity::{Error, Warning},
};

pub(in crate::checks::flags) const CLIENT_CA_MISSES_ISSUER: Check = Check {
    number: 25,
    name: "client-ca-misses-issuer",
    severity: Error,
    cis: Some("1.2.25"),
    title: "the API server does not trust the issuer of a component's client certificate",
    why: "The API server answers 401 Unauthorized to that component: a scheduler schedules \
          nothing, a controller manager repairs nothing, a kubelet's node goes NotReady.",
    mend: "Add the issuer's certificate to the file of `--client-ca-file`, or issue the \
          client certificate anew from the CA that is in it.",
    source: "Kubernetes, client-go's x509 authenticator",
};

pub(in crate::checks::flags) const CLIENT_CA_UNSET: Check = Check {
    number: 25,
    name: "client-ca-unset",
    severity: Error,
    cis: Some("1.2.25"),
    title: "the API server is given no client CA",
    why: "Without `--client-ca-file` no client certificate is accepted, and every \
          component and administrator that shows one is anonymous.",
    mend: "Set `--client-ca-file` to the CA that signs client certificates.",
    source: "Kubernetes, client-go's x509 authenticator",
};

pub(in crate::checks::flags) const SIGNING_CERTIFICATE_BUNDLE: Check = Check {
    number: 26,
    name: "signing-certificate-bundle",
    severity: Error,
    cis: None,
    title: "the signing certificate's file does not hold exactly one CA certificate",
    why: "The controller manager does not start its signer with a bundle or a leaf, and \
          requests of kubelets for certificates stay pending.",
    mend: "Give `--cluster-signing-cert-file` a file with the one CA certificate whose key \
          signs, and keep bundles in files of their own.",
    source: "Kubernetes, kube-controller-manager's csrsigning controller",
};

pub(in crate::checks::flags) const SIGNING_KEY_MISMATCH: Check = Check {
    number: 26,
    name: "signing-key-mismatch",
    severity: Error,
    cis: None,
    title: "the signing key is not the key of the signing certificate",
    why: "The controller manager does not start its signer, and requests for certificates \
          stay pending.",
    mend: "Give `--cluster-signing-key-file` the private key of the certificate in \
          `--cluster-signing-cert-file`.",
    source: "Kubernetes, kube-controller-manager's csrsigning controller",
};

pub(in crate::checks::flags) const SIGNING_CERTIFICATE_UNTRUSTED: Check = Check {
    number: 26,
    name: "signing-certificate-untrusted",
    severity: Error,
    cis: None,
    title: "the API server does not trust the CA that signs requests",
    why: "A kubelet that renews its client certificate gets one that the API server \
          refuses, and its node is lost at the next rotation.",
    mend: "Add the signing certificate to the API server's `--client-ca-file`.",
    source: "Kubernetes, kube-controller-manager's csrsigning controller",
};

pub(in crate::checks::flags) const ROOT_CA_UNSET: Check = Check {
    number: 27,
    name: "root-ca-unset",
    severity: Warning,
    cis: Some("1.3.5"),
    title: "the controller manager has no CA to give to pods",
    why: "Without `--root-ca-file` pods get the CA of the controller manager's kubeconfig, \
          or none, and what runs in them may be unable to call the API server.",
    mend: "Set `--root-ca-file` to the CA that signed the API server's certificate.",
    source: "Kubernetes documentation, PKI certificates and requirements",
};

pub(in crate::checks::flags) const ROOT_CA_WRONG: Check = Check {
    number: 27,
    name: "root-ca-wrong",
    severity: Error,
    cis: Some("1.3.5"),
    title: "the CA that pods are given did not sign the API server's certificate",
    why: "Every pod that calls the API server fails with `x509: certificate signed by \
          unknown authority`.",
    mend: "Set `--root-ca-file` to the CA that signed the API server's certificate.",
    source: "Kubernetes documentation, PKI certificates and requirements",
};
