//! Checks 14 and 18: what a certificate may be used for.

use kubepki_ca::{ExtendedKeyUsage, KeyUsage};

use super::table::*;
use crate::{
    check::{Check, Finding},
    index::PlacedCertificate,
    role::Role,
};

pub(super) fn run(known: &PlacedCertificate<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = |check: &'static Check, what: &str| findings.push(known.found(check, what));
    for oid in &known.facts.unknown_critical {
        let what = format!("its extension {oid} is critical");
        found(&UNKNOWN_CRITICAL_EXTENSION, &what);
    }
    if known.certificate.is_ca() {
        return findings;
    }
    let usages = known.certificate.extended_key_usage();
    let allows = |usage: ExtendedKeyUsage| {
        usages.is_empty() || usages.contains(&usage) || usages.contains(&ExtendedKeyUsage::Any)
    };
    let (serves, asks) =
        (allows(ExtendedKeyUsage::ServerAuth), allows(ExtendedKeyUsage::ClientAuth));
    let shown: Vec<_> = usages.iter().map(ToString::to_string).collect();
    let shown = format!("its extended key usage is {}", shown.join(", "));
    if !serves && (known.is_served() || known.roles.iter().any(|role| role.is_server())) {
        found(&LACKS_SERVER_AUTH, &shown);
    }
    if !asks {
        let is_etcd = |role: &Role| matches!(role, Role::EtcdPeer | Role::EtcdServer);
        if known.roles.iter().any(is_etcd) {
            found(&ETCD_LACKS_CLIENT_AUTH, &shown);
        } else if known.roles.iter().any(|role| role.is_client()) {
            found(&LACKS_CLIENT_AUTH, &shown);
        }
    }
    let usage = known.certificate.key_usage();
    if usage.is_some_and(|usage| !usage.contains(KeyUsage::DIGITAL_SIGNATURE)) {
        found(&LACKS_DIGITAL_SIGNATURE, "its key usage lacks digitalSignature");
    }
    // Bit 0 is a client and bit 1 a server; without either bit it says something else.
    match known.facts.netscape_type {
        Some(kind)
            if kind & 0b10 == 0 && kind & 1 != 0 && has(usages, ExtendedKeyUsage::ServerAuth) =>
        {
            found(
                &NETSCAPE_TYPE,
                "its nsCertType says that it is a client, and serverAuth is among its usages",
            );
        }
        Some(kind)
            if kind & 0b10 != 0 && kind & 1 == 0 && has(usages, ExtendedKeyUsage::ClientAuth) =>
        {
            found(
                &NETSCAPE_TYPE,
                "its nsCertType says that it is a server, and clientAuth is among its usages",
            );
        }
        _ => {}
    }
    findings
}

fn has(usages: &[ExtendedKeyUsage], usage: ExtendedKeyUsage) -> bool {
    usages.contains(&usage)
}
