//! Check 40: whether every copy of a CA's file trusts the same CAs.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use kubepki_ca::Certificate;
use kubepki_inspect::{artifact::Artifact, key::PublicKey, kubeconfig::FieldSource};

use super::table::MIXED_TRUST;
use crate::{
    check::{Finding, Part, Place},
    index::{CertificateIndex, PlacedCertificate},
    input::Input,
    role::{self, Role},
};

pub(super) fn run(input: &Input, index: &CertificateIndex<'_>) -> Vec<Finding> {
    [Role::ClusterCa, Role::EtcdCa, Role::FrontProxyCa]
        .into_iter()
        .flat_map(|role| of_role(input, index, role))
        .collect()
}

/// One finding for each set of CAs that lacks one, with all the places that have this set.
fn of_role(input: &Input, index: &CertificateIndex<'_>, role: Role) -> Vec<Finding> {
    let names: HashMap<&PublicKey, &PlacedCertificate<'_>> =
        index.of_role(role).map(|known| (&known.facts.key, known)).collect();
    if names.len() < 2 {
        return Vec::new();
    }
    let mut by_set: BTreeMap<Vec<&[u8]>, Vec<Place>> = BTreeMap::new();
    for (place, keys) in stores(input, index, role) {
        let own: BTreeSet<&[u8]> = keys
            .iter()
            .filter_map(|key| names.get_key_value(*key))
            .map(|(key, _)| key.bits())
            .collect();
        // A store with none of them is another cluster's, or stale, which has a check of its own.
        if !own.is_empty() {
            by_set.entry(own.into_iter().collect()).or_default().push(place);
        }
    }
    if by_set.len() < 2 {
        return Vec::new();
    }
    let found = by_set.into_iter().filter_map(|(set, places)| {
        let missing = names.iter().filter(|(key, _)| !set.contains(&key.bits()));
        let missing: BTreeSet<_> =
            missing.map(|(_, known)| format!("`{}`", known.certificate.subject())).collect();
        let missing: Vec<_> = missing.into_iter().collect();
        let what = format!("it does not trust {}, as other copies do", missing.join(", "));
        (!missing.is_empty()).then(|| Finding::at(&MIXED_TRUST, &places, what))
    });
    found.collect()
}

/// Every file of the role, and for the cluster's CA every kubeconfig, with the keys it trusts.
fn stores<'a>(
    input: &Input,
    index: &'a CertificateIndex<'_>,
    role: Role,
) -> Vec<(Place, Vec<&'a PublicKey>)> {
    let key_of = |certificate: &Arc<Certificate>| Some(&index.get(certificate)?.facts.key);
    let mut stores = Vec::new();
    for file in &input.files {
        let assigned = input.roles.get(&file.path).map(|assigned| assigned.role);
        let artifacts = file.contents.as_deref().unwrap_or_default();
        if assigned.or_else(|| role::of_path(&file.path)) == Some(role) {
            let keys: Vec<_> = artifacts
                .iter()
                .filter_map(|artifact| match artifact {
                    Artifact::Certificate(certificate) => key_of(certificate),
                    _ => None,
                })
                .collect();
            stores.extend((!keys.is_empty()).then(|| (Place::file(&file.path), keys)));
        }
        if role != Role::ClusterCa {
            continue;
        }
        for artifact in artifacts {
            let Artifact::Kubeconfig(config) = artifact else { continue };
            for cluster in &config.clusters {
                if let Some(trusted) = cluster.authority.as_ref().and_then(FieldSource::data) {
                    let keys = trusted.iter().filter_map(key_of).collect();
                    let part = Part::Cluster(cluster.name.clone());
                    stores.push((Place::file(&file.path).part(part), keys));
                }
            }
        }
    }
    stores
}
