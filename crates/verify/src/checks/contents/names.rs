//! Checks 12, 13, 17 and 18: the names that a certificate is good for.

use std::net::{IpAddr, Ipv4Addr};

use kubepki_ca::{Certificate, DnsName, ExtendedKeyUsage, SubjectAltName};

use super::table::*;
use crate::{
    check::{Check, Finding, visible},
    index::PlacedCertificate,
    input::Input,
    role::Role,
};

pub(super) fn run(input: &Input, known: &PlacedCertificate<'_>) -> Vec<Finding> {
    let mut findings = form(known);
    if known.has_role(Role::Apiserver) && known.facts.has_names {
        findings.extend(apiserver(input, known));
    }
    if known.has_role(Role::EtcdServer) && known.facts.has_names {
        let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST).to_string();
        let is_local =
            covers(known.certificate, &loopback) || covers(known.certificate, "localhost");
        let what = "neither 127.0.0.1 nor localhost is among its names";
        findings.extend((!is_local).then(|| known.found(&ETCD_LOOPBACK, what)));
    }
    findings.extend(expected(input, known, !findings.is_empty()));
    findings
}

/// Whether a certificate is good for a host name or an address, as Go's VerifyHostname has it.
pub(crate) fn covers(certificate: &Certificate, host: &str) -> bool {
    let address = host.parse::<IpAddr>().ok();
    let host = host.to_lowercase();
    certificate.subject_alt_names().iter().any(|name| match (name, address) {
        (SubjectAltName::Ip(name), Some(address)) => *name == address,
        (SubjectAltName::Dns(name), None) => matches(name, &host),
        _ => false,
    })
}

/// A wildcard stands for one whole label (RFC 6125, 6.4.3).
pub(crate) fn matches(name: &DnsName, host: &str) -> bool {
    match name.as_str().strip_prefix("*.") {
        Some(domain) => {
            host.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == domain)
        }
        None => name.as_str() == host.strip_suffix('.').unwrap_or(host),
    }
}

fn form(known: &PlacedCertificate<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = |check: &'static Check, what: String| findings.push(known.found(check, what));
    for name in &known.facts.bad_dns_names {
        let shown = visible(name);
        if name.parse::<IpAddr>().is_ok() {
            found(&ADDRESS_AS_DNS_NAME, format!("the address {shown} stands among its DNS names"));
        } else {
            found(&MALFORMED_NAME, format!("`{shown}` among its names is no DNS name"));
        }
    }
    let usages = known.certificate.extended_key_usage();
    let serves = known.roles.iter().any(|role| role.is_server())
        || (known.roles.is_empty() && usages == [ExtendedKeyUsage::ServerAuth]);
    if serves && !known.facts.has_names && !known.certificate.is_ca() && known.facts.version == 3 {
        let name = visible(&known.certificate.subject().common_name);
        found(&NAME_ONLY_IN_SUBJECT, format!("its only name is the common name `{name}`"));
    }
    let is_central = known
        .roles
        .iter()
        .any(|role| matches!(role, Role::Apiserver | Role::EtcdPeer | Role::EtcdServer));
    for name in known.certificate.subject_alt_names() {
        if let SubjectAltName::Dns(name) = name
            && name.as_str().starts_with('*')
            && is_central
        {
            found(&WILDCARD_NAME, format!("`{}` is among its names", name.as_str()));
        }
    }
    findings
}

fn apiserver(input: &Input, known: &PlacedCertificate<'_>) -> Vec<Finding> {
    const FIXED: [&str; 3] = ["kubernetes", "kubernetes.default", "kubernetes.default.svc"];
    let names: Vec<_> = dns_names(known.certificate).collect();
    let mut missing: Vec<_> =
        FIXED.iter().filter(|name| !names.contains(name)).map(|name| (*name).to_owned()).collect();
    let said = input.cluster.as_ref().and_then(|cluster| cluster.domain.as_deref());
    let full = |domain: &str| format!("kubernetes.default.svc.{domain}");
    // Without a spec, any domain of two labels and more will do: the tutorial's `cluster` is none.
    let has_some = names.iter().any(|name| {
        name.strip_prefix("kubernetes.default.svc.").is_some_and(|domain| domain.contains('.'))
    });
    match said {
        Some(domain) if !names.contains(&full(domain).as_str()) => missing.push(full(domain)),
        None if !has_some => missing.push(full("cluster.local")),
        _ => {}
    }
    let mut findings = Vec::new();
    if !missing.is_empty() {
        let what = format!("it is not good for {}", listed(&missing));
        findings.push(known.found(&APISERVER_NAMES, what));
    }
    for name in names.iter().filter(|name| name.starts_with("kubernetes.svc")) {
        let what = format!("`{name}` is among its names, which lacks `default`");
        findings.push(known.found(&MISSPELT_SERVICE_NAME, what));
    }
    let services = input.cluster.iter().flat_map(|cluster| &cluster.service_addresses);
    let lacking: Vec<_> = services
        .filter(|address| !covers(known.certificate, &address.to_string()))
        .map(ToString::to_string)
        .collect();
    if !lacking.is_empty() {
        let what = format!("it is not good for {}", listed(&lacking));
        findings.push(known.found(&APISERVER_SERVICE_ADDRESS, what));
    }
    findings
}

/// What the spec gives its file, unless a check of its own has said what is missing.
fn expected(input: &Input, known: &PlacedCertificate<'_>, is_said: bool) -> Option<Finding> {
    if is_said {
        return None;
    }
    let own = known.places.iter().filter(|place| place.is_own());
    let assigned = own.filter_map(|place| input.roles.get(place.path()?));
    let missing: Vec<_> = assigned
        .flat_map(|assigned| &assigned.names)
        .filter(|name| !known.certificate.subject_alt_names().contains(name))
        .map(ToString::to_string)
        .collect();
    let what = || format!("it is not good for {}", listed(&missing));
    (!missing.is_empty()).then(|| known.found(&NAMES_MISSING, what()))
}

fn dns_names(certificate: &Certificate) -> impl Iterator<Item = &str> {
    certificate.subject_alt_names().iter().filter_map(|name| match name {
        SubjectAltName::Dns(name) => Some(name.as_str()),
        _ => None,
    })
}

fn listed(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
