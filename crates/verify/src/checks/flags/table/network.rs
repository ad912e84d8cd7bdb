//! The checks of flags that are about addresses and names, as a table.

use crate::check::{
    Check,
    Severity::{Error, Warning},
};

pub(in crate::checks::flags) const SERVICE_RANGE_UNSET: Check = Check {
    number: 33,
    name: "service-range-unset",
    severity: Error,
    cis: None,
    title: "the API server is not told the service network",
    why: "Without `--service-cluster-ip-range` it takes 10.0.0.0/24, so that the address \
          of the service `kubernetes` is 10.0.0.1, whatever its certificate says.",
    mend: "Set `--service-cluster-ip-range` on the API server to the cluster's service CIDR.",
    source: "Kubernetes documentation, PKI certificates and requirements",
};

pub(in crate::checks::flags) const SERVICE_RANGE_DIFFERS: Check = Check {
    number: 33,
    name: "service-range-differs",
    severity: Error,
    cis: None,
    title: "API server and controller manager have different service networks",
    why: "The controller manager may give nodes pod addresses that are addresses of \
          services.",
    mend: "Set `--service-cluster-ip-range` to the same value on both.",
    source: "Kubernetes documentation, PKI certificates and requirements",
};

pub(in crate::checks::flags) const SERVICE_RANGE_INVALID: Check = Check {
    number: 33,
    name: "service-range-invalid",
    severity: Error,
    cis: None,
    title: "the service network is no CIDR",
    why: "The component does not start.",
    mend: "Write `--service-cluster-ip-range` as `10.96.0.0/12`; with a comma before a \
          second one of the other family.",
    source: "Kubernetes documentation, PKI certificates and requirements",
};

pub(in crate::checks::flags) const SERVICE_ADDRESS_NOT_IN_CERTIFICATE: Check = Check {
    number: 33,
    name: "service-address-not-in-certificate",
    severity: Error,
    cis: None,
    title: "the API server's certificate is not valid for the address of its service",
    why: "Every pod calls the API server at that address and fails with `x509: certificate \
          is valid for ..., not ...`.",
    mend: "Issue the certificate in `--tls-cert-file` anew, with that address among its \
          SANs.",
    source: "Kubernetes documentation, PKI certificates and requirements",
};

pub(in crate::checks::flags) const ADVERTISED_ADDRESS_NOT_IN_CERTIFICATE: Check = Check {
    number: 33,
    name: "advertised-address-not-in-certificate",
    severity: Error,
    cis: None,
    title: "the API server's certificate is not valid for the address that it advertises",
    why: "What connects to the address of `--advertise-address` fails with `x509: \
          certificate is valid for ..., not ...`.",
    mend: "Issue the certificate in `--tls-cert-file` anew, with that address among its \
          SANs.",
    source: "Kubernetes documentation, PKI certificates and requirements",
};

pub(in crate::checks::flags) const CLUSTER_DOMAIN_NOT_IN_CERTIFICATE: Check = Check {
    number: 37,
    name: "cluster-domain-not-in-certificate",
    severity: Warning,
    cis: None,
    title: "the API server's certificate lacks its name in the cluster's domain",
    why: "A client in the cluster that uses the full name \
          `kubernetes.default.svc.<domain>` fails with `x509: certificate is valid for \
          ..., not ...`.",
    mend: "Issue the certificate in `--tls-cert-file` anew, with that name among its SANs.",
    source: "CIS Kubernetes Benchmark 1.10; Kubernetes documentation, PKI certificates and \
          requirements",
};

pub(in crate::checks::flags) const NODE_NAME_DIFFERS: Check = Check {
    number: 37,
    name: "node-name-differs",
    severity: Error,
    cis: None,
    title: "the kubelet's certificate is for a node of another name",
    why: "The kubelet may not register or update its node: Forbidden.",
    mend: "Issue the kubelet's client certificate for `system:node:` with the name of \
          `--hostname-override`, in lower case.",
    source: "CIS Kubernetes Benchmark 1.10; Kubernetes documentation, PKI certificates and \
          requirements",
};

pub(in crate::checks::flags) const NODE_NAME_IS_NOT_THE_HOSTS: Check = Check {
    number: 37,
    name: "node-name-is-not-the-hosts",
    severity: Warning,
    cis: None,
    title: "the kubelet's certificate is for a node that is not called like its machine",
    why: "Without `--hostname-override` a kubelet calls itself as its machine: with the name in \
          `/etc/hostname`, unless the machine got another one when it started. With a certificate \
          of another node it may not register or update its own: Forbidden.",
    mend: "Issue the kubelet's client certificate for `system:node:` with the machine's name, or \
           set `--hostname-override` to the node's.",
    source: "Kubernetes documentation, PKI certificates and requirements",
};
