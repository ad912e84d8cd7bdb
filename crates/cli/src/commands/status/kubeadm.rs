//! A status in the shape of kubeadm's `CertificateExpirationInfo`
//! (k8s.io/kubernetes/cmd/kubeadm/app/apis/output/v1alpha3), for those who read that already.

use std::collections::HashSet;

use jiff::Timestamp;
use kubepki_cluster::status::{Attention, Kind, Row};
use serde::Serialize;

use super::StatusReport;

/// The document that kubeadm would print.
pub(super) fn of(report: &StatusReport) -> CertificateExpirationInfo {
    let several = has_several_hosts(report);
    let of_entries = report.status.rows.iter().filter(|row| row.id.is_some());
    let of_entries: HashSet<_> = of_entries.map(|row| report.location(row)).collect();
    let rows: Vec<_> = report.status.rows.iter().filter(|row| is_listed(row)).collect();
    let is_external = |name: &str| {
        let is_it = |row: &&&Row| row.kind == Kind::Authority && row.name() == name;
        // kubeadm says so where a CA's certificate is there and its key is not.
        rows.iter().find(is_it).is_some_and(|row| row.facts.is_some() && !row.has_key)
    };
    let mut certificates = Vec::new();
    let mut certificate_authorities = Vec::new();
    for row in &rows {
        let mut entry = CertificateExpiration::of(row, report.status.at, several);
        if row.id.is_none() && of_entries.contains(&report.location(row)) {
            // A further user of a kubeconfig, whose name is that of the first.
            entry.name = row.name();
        }
        if row.kind == Kind::Authority {
            entry.externally_managed = is_external(&row.name());
            certificate_authorities.push(entry);
        } else {
            let authority = row.authority.as_deref();
            entry.externally_managed = authority.is_some_and(is_external);
            entry.ca_name = authority.map(|name| name_of_file(name).to_owned());
            certificates.push(entry);
        }
    }
    certificates.sort_by(|a, b| a.name.cmp(&b.name));
    certificate_authorities.sort_by(|a, b| a.name.cmp(&b.name));
    CertificateExpirationInfo {
        kind: "CertificateExpirationInfo",
        api_version: "output.kubeadm.k8s.io/v1alpha3",
        certificates,
        certificate_authorities,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CertificateExpirationInfo {
    kind: &'static str,
    api_version: &'static str,
    certificates: Vec<CertificateExpiration>,
    certificate_authorities: Vec<CertificateExpiration>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CertificateExpiration {
    name: String,
    expiration_date: Option<Timestamp>,
    residual_time: i64,
    externally_managed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_name: Option<String>,
    missing: bool,
}

impl CertificateExpiration {
    fn of(row: &Row, at: Timestamp, several: bool) -> Self {
        let expiration_date = row.facts.as_ref().map(|facts| facts.validity.not_after());
        Self {
            name: name(row, several),
            expiration_date,
            residual_time: row.left(at).map_or(0, |left| left.as_secs()),
            externally_managed: false,
            ca_name: None,
            missing: expiration_date.is_none(),
        }
    }
}

/// What has a certificate, or should have one.
fn is_listed(row: &Row) -> bool {
    match row.kind {
        Kind::Authority | Kind::Certificate | Kind::Endpoint => true,
        // What a kubeconfig trusts is no certificate of its own to kubeadm.
        Kind::Kubeconfig => {
            use kubepki_cluster::status::EmbeddedKind::Cluster;
            row.embedded.as_ref().is_none_or(|it| it.kind != Cluster)
        }
        Kind::File => row.attention.iter().any(|it| matches!(it, Attention::Missing { .. })),
        _ => false,
    }
}

/// Whether the same name would stand for files on several machines.
fn has_several_hosts(report: &StatusReport) -> bool {
    let mut hosts: Vec<_> =
        report.status.rows.iter().filter_map(|row| row.id.as_ref()?.host.as_deref()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    hosts.len() > 1
}

/// kubeadm's own name: those of kubeconfigs end in `.conf`.
fn name(row: &Row, several: bool) -> String {
    let Some(id) = &row.id else {
        let of_file = name_of_file(&row.place);
        // A file with several of them is told apart by the part.
        let is_named = of_file != row.place && row.kind != Kind::Endpoint;
        return if is_named { of_file.to_owned() } else { row.name() };
    };
    let name = id.name();
    let name = name.strip_prefix("user/").unwrap_or(&name);
    let end = if row.kind == Kind::Kubeconfig && !name.contains('.') { ".conf" } else { "" };
    match &id.host {
        Some(host) if several => format!("{host}/{name}{end}"),
        _ => format!("{name}{end}"),
    }
}

/// What kubeadm calls the file of this path; the path itself where it has no name for it.
fn name_of_file(path: &str) -> &str {
    let named = FILES.iter().find(|(file, _)| {
        path.strip_suffix(file).is_some_and(|folder| folder.is_empty() || folder.ends_with('/'))
    });
    named.map_or(path, |(_, name)| name)
}

#[rustfmt::skip]
const FILES: &[(&str, &str)] = &[
    ("admin.conf", "admin.conf"),
    ("controller-manager.conf", "controller-manager.conf"),
    ("kubelet.conf", "kubelet.conf"),
    ("scheduler.conf", "scheduler.conf"),
    ("super-admin.conf", "super-admin.conf"),
    ("pki/etcd/ca.crt", "etcd-ca"),
    ("pki/ca.crt", "ca"),
    ("pki/front-proxy-ca.crt", "front-proxy-ca"),
    ("pki/apiserver.crt", "apiserver"),
    ("pki/apiserver-etcd-client.crt", "apiserver-etcd-client"),
    ("pki/apiserver-kubelet-client.crt", "apiserver-kubelet-client"),
    ("pki/etcd/healthcheck-client.crt", "etcd-healthcheck-client"),
    ("pki/etcd/peer.crt", "etcd-peer"),
    ("pki/etcd/server.crt", "etcd-server"),
    ("pki/front-proxy-client.crt", "front-proxy-client"),
];
