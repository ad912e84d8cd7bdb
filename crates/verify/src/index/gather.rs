//! Every certificate of the files, kubeconfigs and endpoints, each once, with its places and roles.

use std::{collections::HashMap, path::Path, sync::Arc};

use kubepki_ca::{Certificate, ExtendedKeyUsage};

use crate::{
    artifact::Artifact,
    check::{Part, Place},
    kubeconfig::{Given, KubeconfigFile},
    role::{self, Role},
    world::World,
};

/// A certificate as it was met.
pub(super) struct Met<'a> {
    pub(super) certificate: &'a Certificate,
    pub(super) places: Vec<Place>,
    pub(super) roles: Vec<Role>,
}

/// Where each certificate of the world is in the list, by where it lies in memory: its octets are
/// compared once, when it is met.
pub(super) type ByAddress = HashMap<usize, usize>;

/// Where a certificate lies in memory.
pub(super) fn address(certificate: &Certificate) -> usize {
    std::ptr::from_ref(certificate).addr()
}

/// Everything that was met, and where each is in the list.
pub(super) fn certificates(world: &World) -> (Vec<Met<'_>>, ByAddress) {
    let mut gathered =
        Gathered { world, met: Vec::new(), by_der: HashMap::new(), by_address: HashMap::new() };
    // Files of their own come before copies in kubeconfigs, which come before what is served.
    for file in &world.files {
        gathered.file(&file.path, file.contents.as_deref().unwrap_or_default());
    }
    for file in &world.files {
        for artifact in file.contents.as_deref().unwrap_or_default() {
            if let Artifact::Kubeconfig(config) = artifact {
                gathered.kubeconfig(&file.path, config);
            }
        }
    }
    for endpoint in &world.endpoints {
        let served = endpoint.served.as_ref().map(|served| served.chain.as_slice());
        for (index, certificate) in served.unwrap_or_default().iter().enumerate() {
            let place = Place::endpoint(&endpoint.address);
            let place = if index == 0 { place } else { place.part(Part::Certificate(index + 1)) };
            gathered.add(certificate, place, None);
        }
    }
    (gathered.met, gathered.by_address)
}

struct Gathered<'a> {
    world: &'a World,
    met: Vec<Met<'a>>,
    by_der: HashMap<&'a [u8], usize>,
    by_address: ByAddress,
}

impl<'a> Gathered<'a> {
    fn file(&mut self, path: &Path, artifacts: &'a [Artifact]) {
        let certificates: Vec<&'a Arc<Certificate>> = artifacts
            .iter()
            .filter_map(|artifact| match artifact {
                Artifact::Certificate(certificate) => Some(certificate),
                _ => None,
            })
            .collect();
        let is_alone = certificates.len() == 1;
        for (index, certificate) in certificates.into_iter().enumerate() {
            let role = self.role_in_file(path, certificate, index);
            let place = Place::file(path);
            let part = Part::Certificate(index + 1);
            let place = if is_alone { place } else { place.part(part) };
            self.add(certificate, place, role);
        }
    }

    /// The first certificate of a file is what the file is for, and those behind it are its chain;
    /// of a CA's file every one is a CA that is believed.
    fn role_in_file(&self, path: &Path, certificate: &Certificate, index: usize) -> Option<Role> {
        let known = self.world.roles.get(path).map(|assigned| assigned.role);
        let role = known.or_else(|| role::of_path(path));
        match role {
            Some(role) if role.is_authority() || index == 0 => Some(role),
            Some(_) => None,
            None if index == 0 && !certificate.is_ca() => of_certificate(certificate),
            None => None,
        }
    }

    fn kubeconfig(&mut self, path: &Path, config: &'a KubeconfigFile) {
        for cluster in &config.clusters {
            if let Some(Given::Data(Ok(certificates))) = &cluster.authority {
                for certificate in certificates {
                    let place = Place::file(path).part(Part::Cluster(cluster.name.clone()));
                    self.add(certificate, place, None);
                }
            }
        }
        for user in &config.users {
            if let Some(Given::Data(Ok(certificates))) = &user.certificate {
                for (index, certificate) in certificates.iter().enumerate() {
                    let place = Place::file(path).part(Part::User(user.name.clone()));
                    let role = (index == 0).then(|| self.role_of_user(path, config, certificate));
                    self.add(certificate, place, role);
                }
            }
        }
    }

    fn role_of_user(
        &self,
        path: &Path,
        config: &KubeconfigFile,
        certificate: &Certificate,
    ) -> Role {
        // A file of several users says nothing about any of them.
        let of_file = || {
            let known = self.world.roles.get(path).map(|assigned| assigned.role);
            known.or_else(|| role::of_path(path)).map(|role| match role {
                Role::KubeletServer => Role::Kubelet,
                other => other,
            })
        };
        let of_file = if config.users.len() == 1 { of_file() } else { None };
        of_file.or_else(|| role::of_subject(certificate.subject())).unwrap_or(Role::User)
    }

    fn add(&mut self, certificate: &'a Certificate, place: Place, role: Option<Role>) {
        let next = self.met.len();
        let met = self.by_address.entry(address(certificate));
        let by_der = || *self.by_der.entry(certificate.der()).or_insert(next);
        let index = *met.or_insert_with(by_der);
        if index == next {
            self.met.push(Met { certificate, places: Vec::new(), roles: Vec::new() });
        }
        let Some(met) = self.met.get_mut(index) else { return };
        met.places.push(place);
        met.roles.extend(role.filter(|role| !met.roles.contains(role)));
    }
}

/// The role of a client by its subject; a node's certificate may be a server's too.
fn of_certificate(certificate: &Certificate) -> Option<Role> {
    let role = role::of_subject(certificate.subject())?;
    let usages = certificate.extended_key_usage();
    let serves_only = usages.contains(&ExtendedKeyUsage::ServerAuth)
        && !usages.contains(&ExtendedKeyUsage::ClientAuth);
    match role {
        Role::Kubelet if serves_only => Some(Role::KubeletServer),
        _ if serves_only => None,
        role => Some(role),
    }
}
