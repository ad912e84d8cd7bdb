//! Checks 26, 28 and 37 of a root: what its spec has there, and what every host has to have alike.

mod table;

use std::{collections::BTreeSet, path::Path};

pub(crate) use self::table::CHECKS;
use self::table::*;
use crate::{
    artifact::Artifact,
    check::{Check, Finding, Place, visible},
    index::Index,
    role::Role,
    world::{Assignment, World},
};

pub(crate) fn run(world: &World, _: &Index<'_>) -> Vec<Finding> {
    let mut findings = missing(world);
    if world.cluster.is_some() {
        findings.extend(signing_certificates(world));
        findings.extend(service_accounts(world));
        findings.extend(encryption(world));
    }
    findings
}

fn missing(world: &World) -> Vec<Finding> {
    let found = world.missing.iter().map(|missing| {
        let entry = visible(&missing.entry);
        let (check, what) = match missing.is_authority_key {
            true => (&AUTHORITY_KEY_ABSENT, format!("nothing can be issued by `{entry}` here")),
            false => (&SPEC_FILE_MISSING, format!("it is not there, and belongs to `{entry}`")),
        };
        Finding::new(check, Place::file(&missing.path), what)
    });
    found.collect()
}

/// The files of a role, the cluster's own first, by the letters of their paths.
fn of_role(world: &World, role: Role) -> Vec<(&Path, &Assignment)> {
    let of_role = world.roles.iter().filter(|(_, assigned)| assigned.role == role);
    let mut files: Vec<_> = of_role.map(|(path, assigned)| (path.as_path(), assigned)).collect();
    files.sort_by_key(|(path, assigned)| (assigned.host.is_some(), path.as_os_str()));
    files
}

/// What a controller manager signs requests with. It takes one certificate and no bundle.
fn signing_certificates(world: &World) -> Vec<Finding> {
    let Some(check) = super::named("signing-certificate-bundle") else { return Vec::new() };
    let found = of_role(world, Role::SigningCertificate).into_iter().filter_map(|(path, _)| {
        let certificates = world.certificates(path);
        let what = match certificates.as_slice() {
            // That it is no certificate at all, or not there, other checks say.
            [] => return None,
            [one] if one.is_ca() => return None,
            [one] => format!("it holds `{}`, which is no CA", one.subject()),
            many => format!("it holds {} certificates, and one is taken", many.len()),
        };
        Some(Finding::new(check, Place::file(path), what))
    });
    found.collect()
}

/// The keys of tokens: one that was signed on one host has to be taken on every other.
fn service_accounts(world: &World) -> Vec<Finding> {
    let keys = of_role(world, Role::ServiceAccount).into_iter().filter_map(|(path, _)| {
        let keys: BTreeSet<_> = world.keys(path).into_iter().map(|key| key.bits()).collect();
        let artifacts = world.file(path)?.contents.as_deref().ok()?;
        let is_private = artifacts.iter().any(|it| matches!(it, Artifact::PrivateKey(_)));
        (!keys.is_empty()).then_some((path, (is_private, keys)))
    });
    let (private, public) = keys.partition::<Vec<_>, _>(|(_, (is_private, _))| *is_private);
    let what = "holds another key";
    let mut findings = unlike(&SERVICE_ACCOUNT_KEYS_DIFFER, &private, what);
    findings.extend(unlike(&SERVICE_ACCOUNT_KEYS_DIFFER, &public, what));
    findings
}

/// The keys of Secrets: what one apiserver has encrypted every other has to read.
fn encryption(world: &World) -> Vec<Finding> {
    let files = of_role(world, Role::EncryptionConfig).into_iter();
    let digests: Vec<_> =
        files.filter_map(|(path, _)| Some((path, world.digests.get(path)?))).collect();
    unlike(&ENCRYPTION_CONFIG_DIFFERS, &digests, "holds something else")
}

/// What differs from the cluster's own, or from that of the first host.
fn unlike<T: PartialEq>(check: &'static Check, files: &[(&Path, T)], what: &str) -> Vec<Finding> {
    let Some(((first, wanted), others)) = files.split_first() else { return Vec::new() };
    let found = others.iter().filter(|(_, held)| held != wanted).map(|(path, _)| {
        let first = visible(&first.display().to_string());
        Finding::new(check, Place::file(*path), format!("`{first}` {what}"))
    });
    found.collect()
}
