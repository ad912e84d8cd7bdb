//! What becomes of the CAs and of the ServiceAccount key: made once, never overwritten, put back
//! from a copy where one has survived.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kubepki_ca::{Certificate, KeyUsage, PublicKey};

use super::{Action, Judged, Reason, Refusal, Warning};
use crate::{
    catalog::{
        Catalog, CertificateRequest, Content, Derivation, Entry, EntryId, PairFiles, Part, Position,
    },
    observe::Observations,
    store::StorePath,
};

/// The CAs of a catalog as they will be when the plan has been carried out.
pub(crate) struct Authorities(BTreeMap<Position, Authority>);

pub(crate) struct Authority {
    pub(crate) id: EntryId,
    /// Its certificate; none when it is still to be made, or unusable.
    pub(crate) certificate: Option<Certificate>,
    /// Whether it will have a key to sign with.
    pub(crate) can_issue: bool,
    /// Where its key lies.
    pub(crate) key: StorePath,
    /// Why nothing of it can be issued, where it stays as it is.
    pub(super) unusable: Option<Refusal>,
    certificate_path: StorePath,
    action: Action,
    files: Vec<StorePath>,
    warnings: Vec<Warning>,
}

impl Authorities {
    pub(super) fn read(catalog: &Catalog, observations: &Observations, now: Timestamp) -> Self {
        let read = |(position, entry): (Position, &Entry)| match &entry.content {
            Content::Authority { request, files } => {
                let found = Found { catalog, observations, position, entry, request, files };
                Some((position, found.judge(now)))
            }
            _ => None,
        };
        Self(catalog.entries.iter().enumerate().filter_map(read).collect())
    }

    pub(crate) fn get(&self, position: Position) -> Option<&Authority> {
        self.0.get(&position)
    }

    /// For a plan that makes and restores no CA: what is not there cannot issue.
    pub(super) fn leave_as_they_are(&mut self) {
        for authority in self.0.values_mut() {
            let refusal = match &authority.action {
                Action::Keep => continue,
                Action::Refuse { refusal } => Some(refusal.clone()),
                _ if authority.files.contains(&authority.certificate_path) => {
                    let path = authority.certificate_path.clone();
                    Some(Refusal::AuthorityMissing { path })
                }
                _ => {
                    authority.can_issue = false;
                    None
                }
            };
            authority.unusable = refusal;
        }
    }

    pub(super) fn judged(&self, position: Position) -> Judged {
        self.get(position).map_or_else(Judged::keep, |authority| Judged {
            action: authority.action.clone(),
            files: authority.files.clone(),
            warnings: authority.warnings.clone(),
            ..Judged::keep()
        })
    }
}

/// The ServiceAccount key pair.
pub(super) fn key_pair(
    catalog: &Catalog,
    observations: &Observations,
    position: Position,
    key: &StorePath,
    public: &StorePath,
) -> Judged {
    let entry = &catalog.entries[position];
    let survivor = |part| copies(catalog, observations, position, part).next().cloned();
    match (observations.contents(key), observations.contents(public)) {
        (Some(private), Some(found)) => {
            let pair = match PublicKey::of_private_pem(private) {
                Ok(key) => key,
                Err(error) => return Judged::refuse(unreadable(key, &error)),
            };
            match PublicKey::from_pem(found) {
                Ok(found) if found == pair => Judged::keep(),
                Ok(_) => {
                    let (certificate, key) = (public.clone(), key.clone());
                    Judged::refuse(Refusal::KeyMismatch { certificate, key })
                }
                Err(error) => Judged::refuse(unreadable(public, &error)),
            }
        }
        (Some(private), None) => match PublicKey::of_private_pem(private) {
            Ok(_) => {
                let reasons = vec![Reason::Missing { path: public.clone() }];
                let files = vec![public.clone()];
                Judged { action: Action::Renew { reasons }, files, ..Judged::keep() }
            }
            Err(error) => Judged::refuse(unreadable(key, &error)),
        },
        (None, found) => match (survivor(Part::Key), found, survivor(Part::Public)) {
            (Some(copy), found, survivor) => {
                let public_copy = survivor.filter(|_| found.is_none());
                let files = std::iter::once(key).chain(public_copy.is_some().then_some(public));
                let files = files.cloned().collect();
                let from = std::iter::once(copy).chain(public_copy).collect();
                Judged { action: Action::Restore { from }, files, ..Judged::keep() }
            }
            (None, None, None) => Judged::create(entry),
            (None, _, _) => Judged::refuse(Refusal::KeyMissing { path: key.clone() }),
        },
    }
}

/// Everything that is known of one CA.
struct Found<'a> {
    catalog: &'a Catalog,
    observations: &'a Observations,
    position: Position,
    entry: &'a Entry,
    request: &'a CertificateRequest,
    files: &'a PairFiles,
}

impl Found<'_> {
    fn judge(&self, now: Timestamp) -> Authority {
        let has = |path| self.observations.contents(path).is_some();
        let (has_certificate, has_key) = (has(&self.files.certificate), has(&self.files.key));
        let certificate_copy = self.copy(Part::Certificate).filter(|_| !has_certificate);
        let key_copy = self.copy(Part::Key).filter(|_| !has_key);
        if !has_certificate && certificate_copy.is_none() {
            return if has_key || key_copy.is_some() {
                self.refused(Refusal::CertificateMissing { path: self.files.certificate.clone() })
            } else if let Some(issued) = self.issued() {
                let path = self.files.certificate.clone();
                self.refused(Refusal::AuthorityLost { path, issued })
            } else {
                let Judged { action, files, warnings, .. } = Judged::create(self.entry);
                self.authority(None, true, action, files, warnings)
            };
        }
        let certificate_path = certificate_copy.as_ref().unwrap_or(&self.files.certificate);
        let certificate = match self.certificate(certificate_path, now) {
            Ok(certificate) => certificate,
            Err(refusal) => return self.refused(refusal),
        };
        let key_path = if has_key { Some(&self.files.key) } else { key_copy.as_ref() };
        if let Some(path) = key_path
            && let Err(refusal) = self.key_of(&certificate, certificate_path, path)
        {
            return self.refused(refusal);
        }
        let warnings = self.differences(&certificate);
        let can_issue = key_path.is_some();
        let missing = [
            certificate_copy.map(|copy| (self.files.certificate.clone(), copy)),
            key_copy.map(|copy| (self.files.key.clone(), copy)),
        ];
        let (files, from): (Vec<_>, Vec<_>) = missing.into_iter().flatten().unzip();
        let action = if from.is_empty() { Action::Keep } else { Action::Restore { from } };
        let not_before = certificate.validity().not_before();
        let not_yet = (not_before > now).then(|| {
            let path = self.files.certificate.clone();
            Refusal::NotYetValid { path, not_before }
        });
        let authority = self.authority(Some(certificate), can_issue, action, files, warnings);
        Authority { unusable: not_yet, ..authority }
    }

    fn authority(
        &self,
        certificate: Option<Certificate>,
        can_issue: bool,
        action: Action,
        files: Vec<StorePath>,
        warnings: Vec<Warning>,
    ) -> Authority {
        let PairFiles { certificate: certificate_path, key } = self.files.clone();
        let id = self.entry.id.clone();
        // In place of the others, the first is enough; this one is said of each certificate, for
        // there is nothing else to mend than the CA.
        let unusable = match &action {
            Action::Refuse { refusal: refusal @ Refusal::Expired { .. } } => Some(refusal.clone()),
            _ => None,
        };
        Authority {
            id,
            certificate,
            can_issue,
            key,
            unusable,
            certificate_path,
            action,
            files,
            warnings,
        }
    }

    /// Its certificates are judged as if it could issue: one refusal is enough.
    fn refused(&self, refusal: Refusal) -> Authority {
        self.authority(None, true, Action::Refuse { refusal }, vec![], vec![])
    }

    fn certificate(&self, path: &StorePath, now: Timestamp) -> Result<Certificate, Refusal> {
        let text = self.observations.contents(path).unwrap_or_default();
        let certificate = Certificate::from_pem(text).map_err(|error| unreadable(path, &error))?;
        let not_ca =
            |why: &str| Refusal::NotAnAuthority { path: path.clone(), why: why.to_owned() };
        if !certificate.is_ca() {
            return Err(not_ca("its BasicConstraints do not say CA:TRUE"));
        }
        if certificate.key_usage().is_some_and(|usage| !usage.contains(KeyUsage::KEY_CERT_SIGN)) {
            return Err(not_ca("its KeyUsage lacks keyCertSign"));
        }
        if let Err(error) = certificate.public_key() {
            return Err(not_ca(&error.to_string()));
        }
        let not_after = certificate.validity().not_after();
        if not_after < now {
            let key = Some(&self.files.key).filter(|key| self.observations.contents(key).is_some());
            return Err(Refusal::Expired { path: path.clone(), not_after, key: key.cloned() });
        }
        Ok(certificate)
    }

    fn key_of(
        &self,
        certificate: &Certificate,
        certificate_path: &StorePath,
        path: &StorePath,
    ) -> Result<(), Refusal> {
        let text = self.observations.contents(path).unwrap_or_default();
        let key = PublicKey::of_private_pem(text).map_err(|error| unreadable(path, &error))?;
        if certificate.is_for(&key) {
            Ok(())
        } else {
            let (certificate, key) = (certificate_path.clone(), path.clone());
            Err(Refusal::KeyMismatch { certificate, key })
        }
    }

    fn differences(&self, certificate: &Certificate) -> Vec<Warning> {
        let algorithm = certificate.public_key().map(|key| key.algorithm().to_string());
        let pairs = [
            ("subject", certificate.subject().to_string(), self.request.subject.to_string()),
            (
                "key algorithm",
                algorithm.unwrap_or_default(),
                self.request.key_algorithm.to_string(),
            ),
        ];
        let differs = pairs.into_iter().filter(|(_, was, now)| was != now);
        let entry = || self.entry.id.clone();
        differs
            .map(|(field, was, now)| Warning::AuthorityDiffers { entry: entry(), field, was, now })
            .collect()
    }

    fn copy(&self, part: Part) -> Option<StorePath> {
        copies(self.catalog, self.observations, self.position, part).next().cloned()
    }

    /// An existing file that this CA must have issued.
    fn issued(&self) -> Option<StorePath> {
        let leaves = self.catalog.entries.iter().filter(|entry| match &entry.content {
            Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. } => {
                leaf.issuer == self.position
            }
            _ => false,
        });
        let mut files = leaves.flat_map(Entry::files).map(|(path, _)| path);
        files.find(|path| self.observations.contents(path).is_some()).cloned()
    }
}

/// The existing copies of a part of an entry.
pub(super) fn copies<'a>(
    catalog: &'a Catalog,
    observations: &'a Observations,
    position: Position,
    wanted: Part,
) -> impl Iterator<Item = &'a StorePath> {
    catalog.entries.iter().filter_map(move |entry| match &entry.content {
        Content::Derived { path, from: Derivation::Copy { part, of, .. }, .. }
            if *of == position && *part == wanted && observations.contents(path).is_some() =>
        {
            Some(path)
        }
        _ => None,
    })
}

pub(super) fn unreadable(path: &StorePath, error: &impl ToString) -> Refusal {
    Refusal::Unreadable { path: path.clone(), why: error.to_string() }
}
