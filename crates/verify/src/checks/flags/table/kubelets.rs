//! The checks of flags that are about kubelets and the API server's calls to them, as a table.

use crate::check::{
    Check,
    Severity::{Error, Note, Warning},
};

pub(in crate::checks::flags) const KUBELET_CA_UNSET: Check = Check {
    number: 30,
    name: "kubelet-ca-unset",
    severity: Warning,
    cis: Some("1.2.5"),
    title: "the API server does not check the certificates of kubelets",
    why: "Without `--kubelet-certificate-authority` whoever answers at a node's address \
          gets what `kubectl exec` and `kubectl logs` send.",
    mend: "Issue serving certificates for the kubelets and set \
          `--kubelet-certificate-authority` to their CA.",
    source: "Kubernetes documentation, Kubelet authentication/authorization",
};

pub(in crate::checks::flags) const KUBELET_CA_WRONG: Check = Check {
    number: 30,
    name: "kubelet-ca-wrong",
    severity: Error,
    cis: Some("1.2.5"),
    title: "the API server does not trust this kubelet's serving certificate",
    why: "`kubectl exec`, `logs` and `port-forward` fail with `x509: certificate signed by \
          unknown authority`.",
    mend: "Issue the kubelet's serving certificate from the CA in \
          `--kubelet-certificate-authority`, or let it ask for one with \
          `serverTLSBootstrap`.",
    source: "Kubernetes documentation, Kubelet authentication/authorization",
};

pub(in crate::checks::flags) const KUBELET_CLIENT_CA_UNSET: Check = Check {
    number: 30,
    name: "kubelet-client-ca-unset",
    severity: Error,
    cis: Some("4.2.3"),
    title: "the kubelet is given no client CA",
    why: "The kubelet cannot tell the API server from anybody else, and refuses it unless \
          anonymous requests are allowed.",
    mend: "Set `authentication.x509.clientCAFile` to the cluster's client CA.",
    source: "Kubernetes documentation, Kubelet authentication/authorization",
};

pub(in crate::checks::flags) const KUBELET_CLIENT_UNSET: Check = Check {
    number: 30,
    name: "kubelet-client-unset",
    severity: Error,
    cis: Some("1.2.4"),
    title: "the API server has no certificate to show to kubelets",
    why: "It calls kubelets as nobody: `kubectl exec` and `kubectl logs` are refused.",
    mend: "Set `--kubelet-client-certificate` and `--kubelet-client-key`.",
    source: "Kubernetes documentation, Kubelet authentication/authorization",
};

pub(in crate::checks::flags) const KUBELET_CLIENT_UNTRUSTED: Check = Check {
    number: 30,
    name: "kubelet-client-untrusted",
    severity: Error,
    cis: Some("1.2.4"),
    title: "the kubelet does not trust the API server's certificate for kubelets",
    why: "The kubelet answers 401 Unauthorized to `kubectl exec`, `logs` and `port-forward`.",
    mend: "Issue the certificate in `--kubelet-client-certificate` from a CA in the \
          kubelet's client CA file.",
    source: "Kubernetes documentation, Kubelet authentication/authorization",
};

pub(in crate::checks::flags) const KUBELET_CLIENT_NEEDS_RIGHTS: Check = Check {
    number: 31,
    name: "kubelet-client-needs-rights",
    severity: Note,
    cis: None,
    title: "the API server's user for kubelets has its rights from a binding in the cluster",
    why: "Without the binding `kubectl exec` and `kubectl logs` are Forbidden; a file \
          cannot show whether it is there.",
    mend: "Bind the user, or one of its groups, to the ClusterRole \
          `system:kubelet-api-admin`.",
    source: "Kubernetes documentation, Kubelet authentication/authorization",
};

pub(in crate::checks::flags) const KUBELET_ROTATION_OFF: Check = Check {
    number: 37,
    name: "kubelet-rotation-off",
    severity: Note,
    cis: Some("4.2.10"),
    title: "the kubelet does not renew its client certificate by itself",
    why: "The node is lost on the day on which the certificate expires, unless somebody \
          replaces it.",
    mend: "Set `rotateCertificates: true`, or renew it with `kubepki renew` in time.",
    source: "CIS Kubernetes Benchmark 1.10; Kubernetes documentation, PKI certificates and \
          requirements",
};
