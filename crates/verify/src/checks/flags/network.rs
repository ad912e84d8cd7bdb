//! Addresses and names of flags against certificates. Resolves nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use kubepki_ca::{Certificate, SubjectAltName};

use super::Findings;
use crate::discover::{
    Component,
    ComponentKind::{KubeApiserver, KubeControllerManager, Kubelet},
};

pub(super) fn check(findings: &mut Findings<'_>) {
    service_range(findings);
    kubelet(findings);
}

/// Check 33.
fn service_range(findings: &mut Findings<'_>) {
    const NAME: &str = "service-cluster-ip-range";
    const FLAG: &str = "--service-cluster-ip-range";
    let machine = findings.machine;
    let manager = machine.component(KubeControllerManager).map(|(_, manager)| manager);
    let Some((index, apiserver)) = machine.component(KubeApiserver) else { return };
    let known = [Some(apiserver), manager].into_iter().flatten();
    let is_unknown = known.into_iter().any(|component| component.flags.is_unknown(NAME));
    let mut ranges = Vec::new();
    for (component, is_apiserver) in
        [(apiserver, true)].into_iter().chain(manager.map(|manager| (manager, false)))
    {
        for text in component.flags.values(NAME).into_iter().filter(|_| !is_unknown) {
            match text.parse::<IpNet>() {
                Ok(range) if is_apiserver => ranges.push(range),
                Ok(_) => {}
                Err(_) => {
                    let what = format!("has `{FLAG}={text}`");
                    findings.add_to("service-range-invalid", component, FLAG, &what);
                }
            }
        }
    }
    let given = apiserver.flags.values(NAME);
    if given.is_empty() {
        let what = format!("has no `{FLAG}`");
        findings.add_unset("service-range-unset", apiserver, FLAG, &what);
    }
    if let Some(manager) = manager {
        let other = manager.flags.values(NAME);
        if !is_unknown && !given.is_empty() && !other.is_empty() && given != other {
            let what = format!(
                "has `{FLAG}={}`, and kube-apiserver `{}`",
                other.join(","),
                given.join(",")
            );
            findings.add_to("service-range-differs", manager, FLAG, &what);
        }
    }
    let Some(serving) = machine.used_by(index, "tls-cert-file") else { return };
    let certificates = machine.certificates(serving);
    let Some(certificate) = certificates.first() else { return };
    // kubeadm puts only the first family's address in, and only that is the service's own.
    if let Some(address) = ranges.first().and_then(first_address) {
        let what = address_missing(certificate, address, "the first of the service network");
        if let Some(what) = what {
            findings.add_of("service-address-not-in-certificate", serving, what);
        }
    }
    if given.is_empty() && !apiserver.flags.is_partial() {
        let address = IpAddr::from([10, 0, 0, 1]);
        let reason = "the first of the network that is taken without `--service-cluster-ip-range`";
        let what = address_missing(certificate, address, reason);
        if let Some(what) = what {
            findings.add_of("service-address-not-in-certificate", serving, what);
        }
    }
    let advertised = apiserver.flags.value("advertise-address");
    if let Some(address) = advertised.and_then(|text| text.parse::<IpAddr>().ok())
        && !address.is_unspecified()
    {
        let what = address_missing(certificate, address, "its `--advertise-address`");
        if let Some(what) = what {
            findings.add_of("advertised-address-not-in-certificate", serving, what);
        }
    }
}

/// The first address of a network behind the network's own, which the service `kubernetes` gets.
fn first_address(range: &IpNet) -> Option<IpAddr> {
    Some(match range.network() {
        IpAddr::V4(network) => Ipv4Addr::from(u32::from(network).checked_add(1)?).into(),
        IpAddr::V6(network) => Ipv6Addr::from(u128::from(network).checked_add(1)?).into(),
    })
}

fn address_missing(certificate: &Certificate, address: IpAddr, what: &str) -> Option<String> {
    let names = certificate.subject_alt_names();
    if names.contains(&SubjectAltName::Ip(address)) {
        return None;
    }
    let addresses = names.iter().filter_map(|name| match name {
        SubjectAltName::Ip(address) => Some(address.to_string()),
        _ => None,
    });
    let addresses: Vec<_> = addresses.collect();
    let has = if addresses.is_empty() { "no address".to_owned() } else { addresses.join(", ") };
    Some(format!("kube-apiserver's certificate has {has}, and not {address}, {what}"))
}

/// Check 37, as far as a kubelet beside the API server tells.
fn kubelet(findings: &mut Findings<'_>) {
    let machine = findings.machine;
    let Some((index, kubelet)) = machine.component(Kubelet) else { return };
    rotation(findings, kubelet);
    if let Some(kubeconfig) = machine.used_by(index, "kubeconfig")
        && let Some(chain) = kubeconfig.path.as_deref().and_then(|path| machine.client_of(path))
        && let Some(leaf) = chain.first()
        && let Some(node) = leaf.subject().common_name.strip_prefix("system:node:")
    {
        let flags = &kubelet.flags;
        // The in-tree providers of clouds name nodes themselves; outside of Kubernetes none does.
        let is_named_by_cloud =
            flags.value("cloud-provider").is_some_and(|provider| provider != "external");
        let is_differing = |name: &&str| node != name.trim().to_lowercase();
        let host = machine.host.as_deref().filter(|_| !is_named_by_cloud && !flags.is_partial());
        match flags.last("hostname-override").filter(|flag| !flag.value.is_empty()) {
            Some(_) => {
                if let Some(name) = flags.known("hostname-override").filter(is_differing) {
                    let what = format!(
                        "the certificate is for `{node}`, and the kubelet calls itself `{name}`"
                    );
                    findings.add_of("node-name-differs", kubeconfig, what);
                }
            }
            None => {
                if let Some(name) = host.filter(is_differing) {
                    let what =
                        format!("the certificate is for `{node}`, and the machine is `{name}`");
                    findings.add_of("node-name-is-not-the-hosts", kubeconfig, what);
                }
            }
        }
    }
    let Some((apiserver, _)) = machine.component(KubeApiserver) else { return };
    let Some(serving) = machine.used_by(apiserver, "tls-cert-file") else { return };
    let Some(certificate) = machine.certificates(serving).into_iter().next() else { return };
    if let Some(domain) = kubelet.flags.known("cluster-domain") {
        let name = format!("kubernetes.default.svc.{}", domain.trim_end_matches('.'));
        let has = certificate.subject_alt_names().iter().any(|san| match san {
            SubjectAltName::Dns(dns) => dns.as_str().eq_ignore_ascii_case(&name),
            _ => false,
        });
        if !has {
            let what = format!(
                "the kubelet's domain is `{domain}`, and `{name}` is no SAN of `{}`",
                serving.named.display()
            );
            findings.add_of("cluster-domain-not-in-certificate", serving, what);
        }
    }
}

/// A kubelet without a bootstrap kubeconfig and without rotation keeps the certificate it has.
fn rotation(findings: &mut Findings<'_>, kubelet: &Component) {
    const FLAG: &str = "rotate-certificates";
    if !kubelet.flags.is_on(FLAG) && !kubelet.flags.is_unknown(FLAG) {
        let what = "keeps its client certificate: `rotateCertificates` is not `true`";
        findings.add_unset("kubelet-rotation-off", kubelet, "rotateCertificates", what);
    }
}
