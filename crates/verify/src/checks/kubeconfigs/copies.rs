//! Checks 23 and 24: credentials that lie at too many places, or at the wrong one.

use std::collections::{BTreeSet, HashSet};

use kubepki_inspect::{artifact::Artifact, kubeconfig::FieldSource};

use super::table::*;
use crate::{
    check::{Finding, Part, Place},
    index::CertificateIndex,
    input::Input,
    read::ScannedFile,
    role::{self, Role},
};

pub(super) fn run(input: &Input, index: &CertificateIndex<'_>) -> Vec<Finding> {
    let mut findings = super_admins(index);
    findings.extend(kubelets(input));
    findings
}

/// Each break-glass certificate that lies in more than one kubeconfig.
fn super_admins(index: &CertificateIndex<'_>) -> Vec<Finding> {
    let found = index.of_role(Role::SuperAdmin).filter_map(|known| {
        let is_credential = |place: &&Place| matches!(place.part, Some(Part::User(_)));
        let places: Vec<_> = known.places.iter().filter(is_credential).cloned().collect();
        let files: BTreeSet<_> = places.iter().filter_map(Place::path).collect();
        let what = format!("it lies in {} kubeconfigs", files.len());
        (files.len() > 1).then(|| Finding::at(&SUPER_ADMIN_COPIES, &places, what))
    });
    found.collect()
}

/// The `kubelet.conf`s that embed a certificate, where kubelets keep one that they renew.
fn kubelets(input: &Input) -> Vec<Finding> {
    let is_named = |file: &&ScannedFile, name: &str| {
        file.path.file_name().is_some_and(|it| it.to_string_lossy() == name)
    };
    let rotated = input.files.iter().filter(|file| is_named(file, "kubelet-client-current.pem"));
    let above_rotated: HashSet<_> = rotated.flat_map(|file| file.path.ancestors()).collect();
    let found = input
        .files
        .iter()
        .filter(|file| file.path.ends_with("etc/kubernetes/kubelet.conf"))
        .filter_map(|file| {
            // The machine's root, below which `/var/lib/kubelet` lies too.
            let root = file.path.parent()?.parent()?.parent()?;
            above_rotated.get(root)?;
            let config =
                file.contents.as_deref().ok()?.iter().find_map(|artifact| match artifact {
                    Artifact::Kubeconfig(config) => Some(config),
                    _ => None,
                })?;
            let user = config.users.iter().find(|user| {
                let leaf =
                    user.certificate.as_ref().and_then(FieldSource::data).and_then(|it| it.first());
                leaf.is_some_and(|leaf| role::of_subject(leaf.subject()) == Some(Role::Kubelet))
            })?;
            let place = Place::file(&file.path).part(Part::User(user.name.clone()));
            let what = "it embeds a certificate, and kubelet-client-current.pem is not used";
            Some(Finding::new(&KUBELET_WILL_NOT_ROTATE, place, what))
        });
    found.collect()
}
