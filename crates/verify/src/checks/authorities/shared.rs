//! Checks 9 to 11: what two CAs share that should not, and keys where no CA is needed.

use std::{
    collections::{HashMap, HashSet},
    path::Path,
};

use kubepki_inspect::{artifact::Artifact, key::PublicKey};

use super::table::*;
use crate::{
    check::{Check, Finding, Place},
    index::{CertificateIndex, Issued, PlacedCertificate},
    input::Input,
    read::ScannedFile,
    role::{self, Role},
};

pub(super) fn run(input: &Input, index: &CertificateIndex<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(shared(input, index, Role::FrontProxyCa, &FRONT_PROXY_SHARES_AUTHORITY));
    findings.extend(shared(input, index, Role::EtcdCa, &ETCD_SHARES_AUTHORITY));
    findings.extend(serials(index));
    findings.extend(names(index));
    findings.extend(keys_on_nodes(input, index));
    findings
}

/// Whether the CA of a role has the key of the cluster's CA.
fn shared(
    input: &Input,
    index: &CertificateIndex<'_>,
    role: Role,
    check: &'static Check,
) -> Option<Finding> {
    let cluster: HashSet<_> = index.of_role(Role::ClusterCa).map(|it| &it.facts.key).collect();
    let same = index.of_role(role).find(|known| cluster.contains(&known.facts.key))?;
    let is_own = |place: &&Place| {
        place.path().is_some_and(|path| {
            let known = input.roles.get(path).map(|assigned| assigned.role);
            known.or_else(|| role::of_path(path)) == Some(role)
        })
    };
    let place = same.places.iter().find(is_own).or_else(|| same.place())?.clone();
    let what = format!("it has the key of the cluster's CA, `{}`", same.certificate.subject());
    Some(Finding::new(check, place, what))
}

fn serials(index: &CertificateIndex<'_>) -> Vec<Finding> {
    let mut seen: HashMap<(&[u8], &[u8]), &PlacedCertificate<'_>> = HashMap::new();
    let mut findings = Vec::new();
    let issued = index.certificates.iter().filter(|it| it.issued != Issued::BySelf);
    for known in issued {
        let identity = (known.certificate.issuer_name(), known.facts.serial.as_slice());
        match seen.get(&identity) {
            None => {
                seen.insert(identity, known);
            }
            Some(first) => {
                let at = first.place().map(ToString::to_string).unwrap_or_default();
                let what = format!(
                    "its issuer gave its serial number {} to `{}` too, in `{at}`",
                    known.certificate.serial(),
                    first.certificate.subject(),
                );
                findings.push(known.found(&DUPLICATE_SERIAL, what));
            }
        }
    }
    findings
}

fn names(index: &CertificateIndex<'_>) -> Vec<Finding> {
    let mut seen: HashMap<&[u8], &PlacedCertificate<'_>> = HashMap::new();
    let mut findings = Vec::new();
    for known in index.certificates.iter().filter(|known| known.certificate.is_ca()) {
        let first = *seen.entry(known.certificate.subject_name()).or_insert(known);
        if first.facts.key != known.facts.key {
            let at = first.place().map(ToString::to_string).unwrap_or_default();
            let subject = known.certificate.subject();
            let what = format!("the CA in `{at}` is named `{subject}` too and has another key");
            findings.push(known.found(&AMBIGUOUS_AUTHORITY, what));
        }
    }
    findings
}

fn keys_on_nodes(input: &Input, index: &CertificateIndex<'_>) -> Vec<Finding> {
    let authorities: HashMap<&PublicKey, &PlacedCertificate<'_>> = index
        .certificates
        .iter()
        .filter(|known| known.certificate.is_ca())
        .map(|known| (&known.facts.key, known))
        .collect();
    let found = input.files.iter().filter_map(|file| {
        let artifacts = file.contents.as_deref().ok()?;
        let authority = artifacts.iter().find_map(|artifact| match artifact {
            Artifact::PrivateKey(key) => authorities.get(key.public_key()?),
            _ => None,
        })?;
        is_on_node(input, file).then(|| {
            let subject = authority.certificate.subject();
            let what = format!(
                "it is the private key of `{subject}`, on a machine that runs no control plane"
            );
            Finding::new(&CA_KEY_ON_NODE, Place::file(&file.path), what)
        })
    });
    found.collect()
}

/// Whether the file lies on a machine without a control plane: what starts there or the spec says
/// so, or a kubelet's kubeconfig lies above it and no apiserver's certificate beside it.
fn is_on_node(input: &Input, file: &ScannedFile) -> bool {
    if let Some(machine) = &input.machine {
        return machine.is_node();
    }
    if let (Some(cluster), Some(host)) = (&input.cluster, host(input, &file.path)) {
        return cluster.hosts.get(host).is_some_and(|controls| !controls);
    }
    let Some(folder) = file.path.parent() else { return false };
    let is_there = |path: &Path| input.file(path).is_some();
    let above = folder.parent().unwrap_or(folder);
    folder.ends_with("pki")
        && is_there(&above.join("kubelet.conf"))
        && !is_there(&folder.join("apiserver.crt"))
}

/// The host of a file: its own, or that of the folder `hosts/<host>/` it lies in.
fn host<'a>(input: &'a Input, path: &'a Path) -> Option<&'a str> {
    if let Some(assigned) = input.roles.get(path) {
        return assigned.host.as_deref();
    }
    let mut parts = path.components().filter_map(|part| part.as_os_str().to_str());
    parts.find(|part| *part == "hosts")?;
    parts.next()
}
