//! Every certificate of the files, kubeconfigs and endpoints, each once, with its places and roles.

use std::{collections::HashMap, path::Path, sync::Arc};

use kubepki_ca::Certificate;
use kubepki_inspect::{
    artifact::Artifact,
    kubeconfig::{FieldSource, KubeconfigFile},
};
use rayon::prelude::*;

use crate::{
    check::{Part, Place},
    input::{Endpoint, Input},
    read::ScannedFile,
    role::{self, Role},
};

/// A certificate as it was met.
pub(super) struct Met<'a> {
    pub(super) certificate: &'a Certificate,
    pub(super) places: Vec<Place>,
    /// What it is for at each of its places.
    pub(super) roles_at: Vec<Option<Role>>,
    pub(super) roles: Vec<Role>,
}

impl Met<'_> {
    /// Whether it lies in a file, and was not only sent by a server.
    pub(super) fn is_in_file(&self) -> bool {
        self.places.iter().any(|place| place.path().is_some())
    }
}

/// Where each certificate of the input is in the list, by where it lies in memory: its octets are
/// compared once, when it is met.
pub(super) type ByAddress = HashMap<usize, usize>;

/// Where a certificate lies in memory.
pub(super) fn address(certificate: &Certificate) -> usize {
    std::ptr::from_ref(certificate).addr()
}

/// A certificate at one place.
struct Sighting<'a> {
    certificate: &'a Certificate,
    place: Place,
    role: Option<Role>,
}

/// Everything that was met, and where each is in the list.
pub(super) fn certificates(input: &Input) -> (Vec<Met<'_>>, ByAddress) {
    let gatherer = Gatherer { input };
    // Files of their own come before copies in kubeconfigs, which come before what is served.
    let files = input.files.par_iter().flat_map_iter(|file| gatherer.in_file(file));
    let copies = input.files.par_iter().flat_map_iter(|file| gatherer.in_kubeconfigs(file));
    let served = input.endpoints.par_iter().flat_map_iter(in_endpoint);
    together(files.chain(copies).chain(served).collect())
}

/// Each certificate once, with all its places.
fn together(sightings: Vec<Sighting<'_>>) -> (Vec<Met<'_>>, ByAddress) {
    let mut together: Vec<Met<'_>> = Vec::new();
    let mut by_der: HashMap<&[u8], usize> = HashMap::with_capacity(sightings.len());
    let mut by_address = ByAddress::with_capacity(sightings.len());
    for Sighting { certificate, place, role } in sightings {
        let next = together.len();
        let by_der = || *by_der.entry(certificate.der()).or_insert(next);
        let index = *by_address.entry(address(certificate)).or_insert_with(by_der);
        match together.get_mut(index) {
            Some(met) => {
                met.places.push(place);
                met.roles_at.push(role);
                met.roles.extend(role.filter(|role| !met.roles.contains(role)));
            }
            None => together.push(Met {
                certificate,
                places: vec![place],
                roles_at: vec![role],
                roles: role.into_iter().collect(),
            }),
        }
    }
    (together, by_address)
}

fn in_endpoint(endpoint: &Endpoint) -> Vec<Sighting<'_>> {
    let served = endpoint.served.as_ref().map(|served| served.chain.as_slice());
    let sighting = |(index, certificate)| {
        let place = Place::endpoint(&endpoint.address);
        let place = if index == 0 { place } else { place.part(Part::Certificate(index + 1)) };
        Sighting { certificate, place, role: None }
    };
    served.unwrap_or_default().iter().enumerate().map(sighting).collect()
}

struct Gatherer<'a> {
    input: &'a Input,
}

impl<'a> Gatherer<'a> {
    fn in_file(&self, file: &'a ScannedFile) -> Vec<Sighting<'a>> {
        let artifacts = file.contents.as_deref().unwrap_or_default();
        let certificates: Vec<&'a Arc<Certificate>> = artifacts
            .iter()
            .filter_map(|artifact| match artifact {
                Artifact::Certificate(certificate) => Some(certificate),
                _ => None,
            })
            .collect();
        let is_alone = certificates.len() == 1;
        let sighting = |(index, certificate): (usize, &'a Arc<Certificate>)| {
            let role = self.role_in_file(&file.path, certificate, index);
            let place = Place::file(&file.path);
            let part = Part::Certificate(index + 1);
            let place = if is_alone { place } else { place.part(part) };
            Sighting { certificate, place, role }
        };
        certificates.into_iter().enumerate().map(sighting).collect()
    }

    /// The first certificate of a file is what the file is for, and those behind it are its chain;
    /// of a CA's file every one is a CA that is believed.
    fn role_in_file(&self, path: &Path, certificate: &Certificate, index: usize) -> Option<Role> {
        let known = self.input.roles.get(path).map(|assigned| assigned.role);
        let role = known.or_else(|| role::of_path(path));
        match role {
            Some(role) if role.is_authority() || index == 0 => Some(role),
            Some(_) => None,
            None if index == 0 && !certificate.is_ca() => role::of_certificate(certificate),
            None => None,
        }
    }

    fn in_kubeconfigs(&self, file: &'a ScannedFile) -> Vec<Sighting<'a>> {
        let mut sightings = Vec::new();
        for artifact in file.contents.as_deref().unwrap_or_default() {
            let Artifact::Kubeconfig(config) = artifact else { continue };
            for cluster in &config.clusters {
                let authority = cluster.authority.as_ref().and_then(FieldSource::data);
                sightings.extend(authority.into_iter().flatten().map(|certificate| {
                    let place = Place::file(&file.path).part(Part::Cluster(cluster.name.clone()));
                    Sighting { certificate, place, role: None }
                }));
            }
            for user in &config.users {
                let sent = user.certificate.as_ref().and_then(FieldSource::data);
                for (index, certificate) in sent.into_iter().flatten().enumerate() {
                    let part = if index == 0 { Part::User } else { Part::UserChain };
                    let place = Place::file(&file.path).part(part(user.name.clone()));
                    let role = || self.role_of_user(&file.path, config, certificate);
                    let role = (index == 0).then(role);
                    sightings.push(Sighting { certificate, place, role });
                }
            }
        }
        sightings
    }

    fn role_of_user(
        &self,
        path: &Path,
        config: &KubeconfigFile,
        certificate: &Certificate,
    ) -> Role {
        // A file of several users says nothing about any of them.
        let of_file = || {
            let known = self.input.roles.get(path).map(|assigned| assigned.role);
            known.or_else(|| role::of_path(path)).map(|role| match role {
                Role::KubeletServer => Role::Kubelet,
                other => other,
            })
        };
        let of_file = if config.users.len() == 1 { of_file() } else { None };
        of_file.or_else(|| role::of_subject(certificate.subject())).unwrap_or(Role::User)
    }
}
