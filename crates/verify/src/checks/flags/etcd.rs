//! etcd: who trusts whom, and whether its certificates are good for the addresses at which it is
//! reached. Looks at no date and no usage, and resolves nothing.

use std::{collections::BTreeSet, net::IpAddr};

use kubepki_inspect::kubeconfig::Server;

use super::{
    Findings,
    trust::{named, serving, shared},
};
use crate::{
    checks::contents::covers,
    discover::{
        Component,
        ComponentKind::{Etcd, KubeApiserver},
    },
};

pub(super) fn check(findings: &mut Findings<'_>) {
    trust(findings);
    addresses(findings);
}

/// Check 29.
fn trust(findings: &mut Findings<'_>) {
    let machine = findings.machine;
    let apiserver = machine.component(KubeApiserver);
    let flag_of_apiserver = |flag| apiserver.and_then(|(index, _)| machine.used_by(index, flag));
    if let Some((_, apiserver)) = apiserver
        && apiserver.flags.values("etcd-servers").iter().any(|url| url.starts_with("https://"))
        && flag_of_apiserver("etcd-cafile").is_none()
    {
        let what = "reaches `--etcd-servers` over TLS and has no `--etcd-cafile`";
        findings.add_unset("etcd-ca-unset", apiserver, "--etcd-servers", what);
    }
    let Some((index, etcd)) = machine.component(Etcd) else { return };
    let of_etcd = |flag| machine.used_by(index, flag);
    let serves = serving(findings, Etcd);
    findings.compare("etcd-ca-wrong", serves, flag_of_apiserver("etcd-cafile"));
    let trusted = of_etcd("trusted-ca-file");
    findings.compare("etcd-client-untrusted", flag_of_apiserver("etcd-certfile"), trusted);
    let peers = of_etcd("peer-trusted-ca-file");
    findings.compare("etcd-peer-untrusted", of_etcd("peer-cert-file"), peers);

    let listens = etcd.flags.values("listen-client-urls");
    let has_tls = listens.iter().any(|url| url.starts_with("https://"));
    for url in listens.iter().filter(|url| url.starts_with("http://")) {
        let name = if is_local(url) { "etcd-plaintext-local" } else { "etcd-plaintext" };
        findings.add_to(name, etcd, "--listen-client-urls", &format!("listens on {url}"));
    }
    // Without a URL it serves this machine alone, in clear text.
    if listens.is_empty() && serves.is_none() {
        let what = "listens on http://localhost:2379, as it does without flags";
        findings.add_unset("etcd-plaintext-local", etcd, "--listen-client-urls", what);
    }
    let is_off = |flag| !etcd.flags.is_on(flag) && !etcd.flags.is_unknown(flag);
    if has_tls && is_off("client-cert-auth") {
        let what = "has no `--client-cert-auth=true`";
        findings.add_unset("etcd-client-auth-off", etcd, "--client-cert-auth", what);
    }
    let peer_urls = etcd.flags.values("listen-peer-urls");
    if peer_urls.iter().any(|url| !is_local(url)) && is_off("peer-client-cert-auth") {
        let what = format!(
            "listens for peers on {} and has no `--peer-client-cert-auth=true`",
            peer_urls.join(", ")
        );
        findings.add_unset("etcd-peer-auth-off", etcd, "--listen-peer-urls", &what);
    }
    for flag in ["auto-tls", "peer-auto-tls"] {
        if etcd.flags.is_on(flag) {
            let flag = format!("--{flag}");
            findings.add_to("etcd-auto-tls", etcd, &flag, &format!("has `{flag}`"));
        }
    }
    if let (Some(trusted), Some(clients)) = (trusted, flag_of_apiserver("client-ca-file"))
        && let Some(shared) = shared(findings, trusted, clients)
    {
        let what = format!("{} and {} both trust {shared}", named(trusted), named(clients));
        findings.add_of("etcd-ca-shared", trusted, what);
    }
}

/// Flags whose addresses others dial, and those by which etcd is only bound to them.
const DIALED: &[(&str, &str)] =
    &[("advertise-client-urls", "cert-file"), ("initial-advertise-peer-urls", "peer-cert-file")];
const LISTENED: &[(&str, &str)] =
    &[("listen-client-urls", "cert-file"), ("listen-peer-urls", "peer-cert-file")];

/// Check 17.
fn addresses(findings: &mut Findings<'_>) {
    let machine = findings.machine;
    let Some((index, etcd)) = machine.component(Etcd) else { return };
    for (name, flags) in
        [("etcd-address-not-in-certificate", DIALED), ("etcd-listens-beyond-names", LISTENED)]
    {
        for (flag, certificate) in flags {
            let Some(used) = machine.used_by(index, certificate) else { continue };
            let Some(leaf) = machine.certificates(used).into_iter().next() else { continue };
            let hosts = hosts(etcd, flag);
            let missing: Vec<_> = hosts.iter().filter(|host| !covers(&leaf, host)).collect();
            // What is dialed too is said of that.
            let dialed = DIALED.iter().find(|(_, of)| of == certificate).map(|(flag, _)| *flag);
            let is_said = |host: &String| {
                flags == LISTENED && dialed.is_some_and(|it| self::hosts(etcd, it).contains(host))
            };
            for host in missing.into_iter().filter(|host| !is_said(host)) {
                let what = format!("has `{host}`, for which {} is not good", named(used));
                findings.add_to(name, etcd, &format!("--{flag}"), &what);
            }
        }
    }
    servers(findings, etcd);
}

/// Whether the API server reaches the etcd of its machine by a name of etcd's certificate.
fn servers(findings: &mut Findings<'_>, etcd: &Component) {
    const FLAG: &str = "--etcd-servers";
    let machine = findings.machine;
    let Some((_, apiserver)) = machine.component(KubeApiserver) else { return };
    let Some(used) = serving(findings, Etcd) else { return };
    let Some(leaf) = machine.certificates(used).into_iter().next() else { return };
    let mut own: BTreeSet<String> = machine.host.iter().map(|host| host.to_lowercase()).collect();
    for (flag, _) in DIALED.iter().chain(LISTENED) {
        own.extend(hosts(etcd, flag));
    }
    let servers = hosts(apiserver, "etcd-servers");
    let (ours, others): (Vec<_>, Vec<_>) =
        servers.iter().partition(|host| own.contains(*host) || is_loopback(host));
    for host in &ours {
        if !covers(&leaf, host) {
            let what = format!("has `{host}`, for which etcd's {} is not good", named(used));
            findings.add_to("etcd-address-not-in-certificate", apiserver, FLAG, &what);
        }
    }
    // Beside the own etcd, others are other members.
    let strangers: Vec<_> = others.iter().filter(|host| !covers(&leaf, host)).collect();
    let listens = etcd.flags.values("listen-client-urls");
    let is_anywhere = listens.iter().filter_map(|url| host_of(url)).any(|it| is_unspecified(&it));
    if let ([], [host, ..]) = (ours.as_slice(), strangers.as_slice())
        && strangers.len() == servers.len()
        && !is_anywhere
    {
        let what = format!(
            "has `{host}`, at which the etcd of this machine does not listen and for which its {} \
             is not good",
            named(used)
        );
        findings.add_to("etcd-servers-elsewhere", apiserver, FLAG, &what);
    }
}

/// The hosts of a flag's `https` URLs, as far as each is one host and known.
fn hosts(component: &Component, flag: &str) -> BTreeSet<String> {
    if component.flags.is_unknown(flag) {
        return BTreeSet::new();
    }
    let urls = component.flags.values(flag).into_iter().filter(|url| url.starts_with("https://"));
    urls.filter_map(host_of).filter(|host| !is_unspecified(host)).collect()
}

fn host_of(url: &str) -> Option<String> {
    Server::parse(url).map(|server| server.host)
}

fn is_unspecified(host: &str) -> bool {
    host.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_local(url: &str) -> bool {
    host_of(url).is_some_and(|host| is_loopback(&host))
}
