//! The certificates that the spec will describe: each with its role, its CA and its files. What
//! cannot be issued again as it is, is left out here, with the reason.

use std::collections::{HashMap, HashSet};

use kubepki_ca::{Certificate, Subject};

use super::{
    Note,
    authorities::{Authorities, Authority},
    clients::Client,
    describe::can_be_issued,
    pairs::Pair,
    role::Role,
};
use crate::{spec::check_attribute, store::StorePath};

/// A certificate that the spec will describe.
#[derive(Debug)]
pub(super) struct Leaf<'a> {
    pub(super) role: Role,
    pub(super) certificate: Certificate,
    pub(super) issuer: &'a Authority,
    /// Whether its CA's certificate follows it.
    pub(super) chain: bool,
    pub(super) place: Place,
}

/// Where a certificate lies.
#[derive(Debug)]
pub(super) enum Place {
    /// Beside its key, and perhaps in a kubeconfig too.
    Files { certificate: StorePath, key: StorePath, client: Option<Client> },
    /// In a kubeconfig alone.
    Kubeconfig(Client),
}

impl Leaf<'_> {
    /// The file that it is called after.
    pub(super) const fn path(&self) -> &StorePath {
        match &self.place {
            Place::Files { certificate, .. } => certificate,
            Place::Kubeconfig(client) => &client.path,
        }
    }

    /// Whether its key signs or verifies ServiceAccount tokens: with a new one every token is void.
    pub(super) fn has_token_key(&self, token_keys: &HashSet<Vec<u8>>) -> bool {
        self.certificate.public_key().is_ok_and(|key| token_keys.contains(key.spki()))
    }

    /// What there is to know of a TLS key that is a key of tokens too.
    pub(super) fn second_job(&self, token_keys: &HashSet<Vec<u8>>) -> Option<Note> {
        let has_two = self.role != Role::ServiceAccount && self.has_token_key(token_keys);
        let Place::Files { key, .. } = &self.place else { return None };
        has_two.then(|| Note::Dangerous {
            what: format!(
                "`{key}` is also a key of ServiceAccount tokens: it is kept when its certificate is renewed, because a new key would void every token"
            ),
        })
    }

    /// Its names that no new certificate may have.
    pub(super) fn lost_names(&self) -> impl Iterator<Item = Note> {
        let names = self.certificate.subject_alt_names().iter();
        names.filter(|name| !can_be_issued(name)).map(|name| Note::Dangerous {
            what: format!(
                "`{}` has the name `{name}`, which Go does not read: its next certificate is without it",
                self.path()
            ),
        })
    }

    pub(super) const fn client(&self) -> Option<&Client> {
        match &self.place {
            Place::Files { client, .. } => client.as_ref(),
            Place::Kubeconfig(client) => Some(client),
        }
    }
}

/// Everything that can be described.
pub(super) fn all<'a>(
    pairs: Vec<Pair>,
    clients: Vec<Client>,
    authorities: &'a Authorities,
    called: Option<&str>,
    notes: &mut Vec<Note>,
) -> Vec<Leaf<'a>> {
    let mut embedded = HashMap::<[u8; 32], Vec<Client>>::new();
    for client in clients {
        embedded.entry(client.certificate.sha256()).or_default().push(client);
    }
    let mut leaves = Vec::new();
    for Pair { path, certificate, rest, key } in pairs {
        let Some(key) = key else { continue };
        let mut clients = embedded.remove(&certificate.sha256()).unwrap_or_default().into_iter();
        let client = clients.next();
        for Client { path: other, .. } in clients {
            notes.push(Note::left_out(&other, format!("it embeds `{path}`, as another does")));
        }
        let place = Place::Files { certificate: path.clone(), key, client };
        match leaf(&path, certificate, &rest, place, (authorities, called)) {
            Ok(leaf) => leaves.push(leaf),
            Err(why) => notes.push(Note::defective(path.as_str(), why)),
        }
    }
    let mut alone: Vec<_> = embedded.into_values().flatten().collect();
    alone.sort_by(|a, b| a.path.cmp(&b.path));
    for mut client in alone {
        let (path, certificate) = (client.path.clone(), client.certificate.clone());
        let rest = std::mem::take(&mut client.rest);
        match leaf(&path, certificate, &rest, Place::Kubeconfig(client), (authorities, called)) {
            Ok(leaf) => leaves.push(leaf),
            Err(why) => notes.push(Note::defective(path.as_str(), why)),
        }
    }
    leaves
}

fn leaf<'a>(
    path: &StorePath,
    certificate: Certificate,
    rest: &[Certificate],
    place: Place,
    (authorities, called): (&'a Authorities, Option<&str>),
) -> Result<Leaf<'a>, String> {
    if certificate.is_ca() {
        return Err("it is a CA in a kubeconfig".to_owned());
    }
    let issuer = authorities.issuer_of(&certificate).ok_or_else(|| {
        let is_own = certificate.is_self_signed();
        let why =
            if is_own { "it is signed by itself" } else { "no CA that is here has issued it" };
        why.to_owned()
    })?;
    check_subject(certificate.subject())?;
    let chain = match rest {
        [] => false,
        [first, others @ ..] if issuer.pair.certificates().any(|ca| ca == first) => {
            if !others.iter().all(Certificate::is_self_signed) {
                return Err("a chain of several CAs follows it".to_owned());
            }
            true
        }
        _ => return Err("other certificates than its CA's follow it".to_owned()),
    };
    let in_kubeconfig = match &place {
        Place::Files { client, .. } => client.is_some(),
        Place::Kubeconfig(_) => true,
    };
    let path = match called {
        Some(folder) => format!("{folder}/{path}"),
        None => path.to_string(),
    };
    let role = Role::of(&path, &certificate, in_kubeconfig);
    Ok(Leaf { role, certificate, issuer, chain, place })
}

/// A spec takes what can be issued again.
fn check_subject(subject: &Subject) -> Result<(), String> {
    if subject.common_name.is_empty() {
        return Err("it has no common name".to_owned());
    }
    let attributes = [&subject.common_name].into_iter().chain(&subject.organizations);
    for attribute in attributes.chain(&subject.uid) {
        check_attribute(attribute).map_err(|invalid| invalid.to_string())?;
    }
    Ok(())
}
