//! The checks of flags that are about etcd and its clients, as a table.

use crate::check::{
    Check,
    Severity::{Error, Warning},
};

pub(in crate::checks::flags) const ETCD_CA_WRONG: Check = Check {
    number: 29,
    name: "etcd-ca-wrong",
    severity: Error,
    cis: Some("1.2.26"),
    title: "the API server does not trust etcd's serving certificate",
    why: "The API server cannot reach its storage and does not start.",
    mend: "Set `--etcd-cafile` to the CA that signed the certificate in etcd's \
          `--cert-file`.",
    source: "etcd documentation, Transport security model",
};

pub(in crate::checks::flags) const ETCD_CA_UNSET: Check = Check {
    number: 29,
    name: "etcd-ca-unset",
    severity: Warning,
    cis: Some("1.2.26"),
    title: "the API server is given no CA for an etcd that it reaches over TLS",
    why: "Without `--etcd-cafile` etcd's certificate is checked against the public CAs of \
          the machine, which did not sign it.",
    mend: "Set `--etcd-cafile` to the CA that signed etcd's serving certificate.",
    source: "etcd documentation, Transport security model",
};

pub(in crate::checks::flags) const ETCD_CLIENT_UNTRUSTED: Check = Check {
    number: 29,
    name: "etcd-client-untrusted",
    severity: Error,
    cis: Some("1.2.23"),
    title: "etcd does not trust the API server's client certificate",
    why: "Etcd refuses the API server's connections, and the API server does not start.",
    mend: "Issue the certificate in `--etcd-certfile` from a CA in etcd's \
          `--trusted-ca-file`.",
    source: "etcd documentation, Transport security model",
};

pub(in crate::checks::flags) const ETCD_CLIENT_AUTH_OFF: Check = Check {
    number: 29,
    name: "etcd-client-auth-off",
    severity: Error,
    cis: Some("2.2"),
    title: "etcd serves clients without a certificate",
    why: "Whoever reaches etcd's port reads and writes every Secret of the cluster, past \
          all authorization.",
    mend: "Set `--client-cert-auth=true` and `--trusted-ca-file`.",
    source: "etcd documentation, Transport security model",
};

pub(in crate::checks::flags) const ETCD_PEER_AUTH_OFF: Check = Check {
    number: 29,
    name: "etcd-peer-auth-off",
    severity: Error,
    cis: Some("2.5"),
    title: "etcd takes members in without a certificate",
    why: "Whoever reaches etcd's peer port can speak as a member of the cluster.",
    mend: "Set `--peer-client-cert-auth=true` and `--peer-trusted-ca-file`.",
    source: "etcd documentation, Transport security model",
};

pub(in crate::checks::flags) const ETCD_PEER_UNTRUSTED: Check = Check {
    number: 29,
    name: "etcd-peer-untrusted",
    severity: Error,
    cis: Some("2.4"),
    title: "etcd's certificate for its peers is not signed by a CA that its peers trust",
    why: "Members with the same `--peer-trusted-ca-file` refuse this one.",
    mend: "Issue the certificate in `--peer-cert-file` from a CA in \
          `--peer-trusted-ca-file`.",
    source: "etcd documentation, Transport security model",
};

pub(in crate::checks::flags) const ETCD_PLAINTEXT: Check = Check {
    number: 29,
    name: "etcd-plaintext",
    severity: Error,
    cis: Some("2.1"),
    title: "etcd serves without TLS beyond this machine",
    why: "Every Secret of the cluster crosses the network in clear text.",
    mend: "Listen on `https://` with `--cert-file` and `--key-file`, or on 127.0.0.1 alone.",
    source: "etcd documentation, Transport security model",
};

pub(in crate::checks::flags) const ETCD_PLAINTEXT_LOCAL: Check = Check {
    number: 29,
    name: "etcd-plaintext-local",
    severity: Warning,
    cis: Some("2.1"),
    title: "etcd serves this machine without TLS and without asking who it is",
    why: "Every process of the machine, a container on its network too, can read and write \
          every Secret.",
    mend: "Listen on `https://` with `--cert-file`, `--key-file` and \
          `--client-cert-auth=true`.",
    source: "etcd documentation, Transport security model",
};

pub(in crate::checks::flags) const ETCD_AUTO_TLS: Check = Check {
    number: 29,
    name: "etcd-auto-tls",
    severity: Error,
    cis: Some("2.3"),
    title: "etcd makes its own certificate, which nobody can check",
    why: "A client that accepts it accepts anybody's.",
    mend: "Set `--cert-file` and `--key-file`, and remove `--auto-tls`.",
    source: "etcd documentation, Transport security model",
};

pub(in crate::checks::flags) const ETCD_CA_SHARED: Check = Check {
    number: 29,
    name: "etcd-ca-shared",
    severity: Warning,
    cis: Some("2.7"),
    title: "etcd trusts the CA of the API server's clients",
    why: "Every holder of a client certificate of the cluster, each node and each user, \
          can read and write etcd past all authorization.",
    mend: "Give etcd a CA of its own, for its `--trusted-ca-file` and \
          `--peer-trusted-ca-file`.",
    source: "etcd documentation, Transport security model",
};

pub(in crate::checks::flags) const ETCD_ADDRESS_NOT_IN_CERTIFICATE: Check = Check {
    number: 17,
    name: "etcd-address-not-in-certificate",
    severity: Error,
    cis: None,
    title: "etcd's certificate is not valid for an address at which it is reached",
    why: "Members and clients that dial the address fail with `x509: certificate is valid for ..., \
          not ...`: etcd finds no quorum, or the API server no storage.",
    mend: "Issue the certificate anew with the address among its SANs, or correct the flag.",
    source: "etcd documentation, Transport security model",
};

pub(in crate::checks::flags) const ETCD_LISTENS_BEYOND_NAMES: Check = Check {
    number: 17,
    name: "etcd-listens-beyond-names",
    severity: Warning,
    cis: None,
    title: "etcd listens on an address for which its certificate is not valid",
    why: "Whoever dials it there, `etcdctl` or another member, fails with `x509: certificate is \
          valid for ..., not ...`.",
    mend: "Issue the certificate anew with the address among its SANs, or do not listen there.",
    source: "etcd documentation, Transport security model",
};

pub(in crate::checks::flags) const ETCD_SERVERS_ELSEWHERE: Check = Check {
    number: 17,
    name: "etcd-servers-elsewhere",
    severity: Warning,
    cis: None,
    title: "the API server uses another etcd than that of its machine",
    why: "If the address is meant to be this machine's, the API server does not reach its storage, \
          or not by a name of its certificate, and does not start.",
    mend: "Correct `--etcd-servers`, or remove the etcd that nobody uses.",
    source: "etcd documentation, Transport security model",
};
