//! Issues everything a plan asks for, in memory: keys first, side by side, then the CAs, then the
//! rest. Writes nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kubepki_ca::{
    Certificate, Issuance, Issuer, KeyAlgorithm, KeyPair, Signer, Template, TrustBundle, Validity,
};
use kubepki_keys::{Keys, NewKey};
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::{
    authority_keys::{self, Authority, Observed, key_in},
    catalog::{Catalog, CertificateRequest, Content, EntryId, Leaf, PairFiles, Position, Secret},
    encryption::EncryptionConfig,
    error::ApplyError,
    gate::Passed,
    observe::Observations,
    plan::{Action, Plan, leaf},
    signed::{RequestOrigin, Signed},
    store::StorePath,
    token::BootstrapTokenFile,
};

/// What was made, and the CAs it was made with.
pub(super) struct Products {
    /// New key pairs without a certificate.
    pub(super) keys: BTreeMap<Position, KeyPair>,
    /// The CAs that are new or had to issue something.
    pub(super) issuers: BTreeMap<Position, Authority>,
    /// What the key files of new CAs have to hold.
    pub(super) authority_keys: BTreeMap<Position, Zeroizing<Vec<u8>>>,
    /// Every CA's certificate, by its position.
    pub(super) trust: BTreeMap<Position, TrustBundle>,
    /// New certificates with their keys.
    pub(super) leaves: BTreeMap<Position, (Certificate, KeyPair)>,
    /// New secrets of no certificate.
    pub(super) secrets: BTreeMap<Position, Zeroizing<String>>,
}

impl Products {
    /// Every new certificate in the order of the catalog, so that CAs come first.
    pub(super) fn signed(&self, plan: &Plan, catalog: &Catalog) -> Vec<Signed> {
        let signed = made(plan).filter_map(|position| {
            let (request, certificate, issuer) = match &catalog.entries[position].content {
                Content::Authority { request, .. } => {
                    let certificate = self.issuers.get(&position)?.certificate();
                    (request, certificate, certificate)
                }
                Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. } => {
                    let (certificate, _) = self.leaves.get(&position)?;
                    (&leaf.request, certificate, self.issuers.get(&leaf.issuer)?.certificate())
                }
                _ => return None,
            };
            let profile = request.profile;
            let (certificate, issuer) = (certificate.clone(), issuer.clone());
            Some(Signed { certificate, issuer, profile, origin: RequestOrigin::Operator })
        });
        signed.collect()
    }
}

pub(super) fn products(
    plan: &Plan,
    catalog: &Catalog,
    observations: &Observations,
    now: Timestamp,
) -> Result<Products, ApplyError> {
    let work = Work { plan, catalog, observations, now };
    let (new_keys, keys) = rayon::join(|| work.authority_keys(), || work.keys());
    let mut keys = keys?;
    let (issuers, authority_keys) = work.issuers(new_keys?)?;
    let trust = work.trust(&issuers)?;
    let leaves = work.leaves(&issuers, &mut keys)?;
    let secrets = work.secrets()?;
    Ok(Products { keys, issuers, authority_keys, trust, leaves, secrets })
}

struct Work<'a> {
    plan: &'a Plan,
    catalog: &'a Catalog,
    observations: &'a Observations,
    now: Timestamp,
}

impl<'a> Work<'a> {
    /// A key for each new CA.
    fn authority_keys(&self) -> Result<BTreeMap<Position, NewKey>, ApplyError> {
        let new =
            self.made().filter_map(|position| match &self.catalog.entries[position].content {
                Content::Authority { request, files } => {
                    Some((position, key_in(&files.key), request.key_algorithm))
                }
                _ => None,
            });
        let new: Vec<_> = new.collect();
        new.into_par_iter()
            .map(|(position, place, algorithm)| {
                let key = Keys::generate(&place, algorithm);
                Ok((position, key.map_err(|source| self.failed(position, source.into()))?))
            })
            .collect()
    }

    /// One key for every other entry that gets one. Most of the time of an `rsa` spec goes here.
    fn keys(&self) -> Result<BTreeMap<Position, KeyPair>, ApplyError> {
        let wanted: Vec<_> = self.made().filter_map(|p| Some((p, self.key_wanted(p)?))).collect();
        wanted
            .into_par_iter()
            .map(|(position, wanted)| {
                let key = match wanted {
                    Key::New(algorithm) => KeyPair::generate(algorithm),
                    Key::Of(path) => read_and_tested(self.existing(path)?),
                    Key::Embedded(path) => {
                        let key = leaf::existing_key(
                            &self.catalog.entries[position],
                            self.observations,
                            read_and_tested,
                        );
                        Ok(key.ok_or_else(|| ApplyError::Changed { path: path.clone() })?)
                    }
                };
                Ok((position, key.map_err(|source| self.failed(position, source))?))
            })
            .collect()
    }

    fn key_wanted(&self, position: Position) -> Option<Key<'a>> {
        let step = &self.plan.steps[position];
        match &self.catalog.entries[position].content {
            Content::Certificate { files, .. } if step.keeps_key => Some(Key::Of(&files.key)),
            Content::Kubeconfig { path, .. } if step.keeps_key => Some(Key::Embedded(path)),
            Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. } => {
                Some(Key::New(leaf.request.key_algorithm))
            }
            Content::KeyPair { algorithm, .. } if step.action == Action::Create => {
                Some(Key::New(*algorithm))
            }
            // Its public file alone is missing.
            Content::KeyPair { key, .. } => Some(Key::Of(key)),
            Content::Authority { .. } | Content::Derived { .. } | Content::Secret { .. } => None,
        }
    }

    /// New secrets of no certificate, as the bytes of their files.
    fn secrets(&self) -> Result<BTreeMap<Position, Zeroizing<String>>, ApplyError> {
        let mut secrets = BTreeMap::new();
        for position in self.made() {
            let Content::Secret { secret, .. } = &self.catalog.entries[position].content else {
                continue;
            };
            let made = match secret {
                Secret::BootstrapToken => {
                    BootstrapTokenFile::generate(self.now).map(|file| file.manifest())
                }
                Secret::EncryptionKeys { provider } => {
                    EncryptionConfig::generate(*provider).map(|config| config.to_yaml())
                }
            };
            let failed = |source| ApplyError::NoRandom { entry: self.id(position), source };
            secrets.insert(position, made.map_err(failed)?);
        }
        Ok(secrets)
    }

    /// New CAs, those that have something to issue, and the contents of the key files of the new ones.
    fn issuers(&self, mut new_keys: BTreeMap<Position, NewKey>) -> Result<Issuers, ApplyError> {
        let (mut issuers, mut files_of_keys) = (BTreeMap::new(), BTreeMap::new());
        for (position, entry) in self.catalog.entries.iter().enumerate() {
            let Content::Authority { request, files } = &entry.content else { continue };
            let failed = |source| self.failed(position, source);
            let issuer = if let Some(NewKey { key, file }) = new_keys.remove(&position) {
                let template = self.template(request).map_err(failed)?;
                files_of_keys.extend(file.map(|file| (position, file)));
                Issuer::self_signed(&template, key).map_err(failed)?
            } else if self.has_work(position) {
                self.load(position, files)?
            } else {
                continue;
            };
            issuers.insert(position, issuer);
        }
        Ok((issuers, files_of_keys))
    }

    /// The certificates of the CAs that are there, for those that verify and those that embed them.
    /// One that nothing of the plan needs may be unreadable.
    fn trust(
        &self,
        issuers: &BTreeMap<Position, Authority>,
    ) -> Result<BTreeMap<Position, TrustBundle>, ApplyError> {
        let mut trust = BTreeMap::new();
        for (position, entry) in self.catalog.entries.iter().enumerate() {
            let Content::Authority { files, .. } = &entry.content else { continue };
            let certificate = match issuers.get(&position) {
                Some(issuer) => issuer.certificate().clone(),
                None => match self.part(position, &files.certificate).map(Certificate::from_pem) {
                    Ok(Ok(certificate)) => certificate,
                    _ => continue,
                },
            };
            trust.insert(position, TrustBundle::new(certificate, Vec::new()));
        }
        Ok(trust)
    }

    fn leaves(
        &self,
        issuers: &BTreeMap<Position, Authority>,
        keys: &mut BTreeMap<Position, KeyPair>,
    ) -> Result<BTreeMap<Position, (Certificate, KeyPair)>, ApplyError> {
        let mut wanted = Vec::new();
        for position in self.made() {
            let (Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. }) =
                &self.catalog.entries[position].content
            else {
                continue;
            };
            if let (Some(issuer), Some(key)) = (issuers.get(&leaf.issuer), keys.remove(&position)) {
                wanted.push((position, self.passed(position, leaf, issuer)?, issuer, key));
            }
        }
        wanted
            .into_par_iter()
            .map(|(position, passed, issuer, key)| {
                let prepared = passed.prepare(issuer, key.public_key(), self.now);
                let issued = prepared.and_then(Issuance::sign);
                Ok((position, (issued.map_err(|source| self.failed(position, source))?, key)))
            })
            .collect()
    }

    /// Whatever the plan says, nothing is signed that the gate refuses.
    fn passed(
        &self,
        position: Position,
        leaf: &Leaf,
        issuer: &Authority,
    ) -> Result<Passed, ApplyError> {
        let Catalog { entries, gate } = self.catalog;
        let held = || leaf::held(&entries[position], self.observations, issuer.certificate());
        let authority = &entries[leaf.issuer].id.name();
        gate.pass(&leaf.request, authority, leaf.origin, self.plan.allow, held)
            .map_err(|_| ApplyError::Refused { count: 1 })
    }

    fn template(&self, request: &CertificateRequest) -> Result<Template, kubepki_ca::Error> {
        Ok(Template {
            subject: request.subject.clone(),
            subject_alt_names: request.subject_alt_names.clone(),
            profile: request.profile,
            validity: Validity::starting(self.now, request.lifetime)?,
        })
    }

    fn made(&self) -> impl Iterator<Item = Position> + use<'a> {
        made(self.plan)
    }

    fn has_work(&self, authority: Position) -> bool {
        self.made().any(|position| match &self.catalog.entries[position].content {
            Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. } => {
                leaf.issuer == authority
            }
            _ => false,
        })
    }

    fn load(&self, position: Position, files: &PairFiles) -> Result<Authority, ApplyError> {
        let certificate = Certificate::from_pem(self.part(position, &files.certificate)?);
        let key = key_in(restored_from(self.plan, position, &files.key).unwrap_or(&files.key));
        certificate
            .and_then(|certificate| {
                authority_keys::open(&Observed(self.observations), certificate, &key)
            })
            .map_err(|source| self.failed(position, source))
    }

    /// The bytes of one of an entry's files, from the surviving copy where it is to be put back.
    fn part(&self, position: Position, path: &StorePath) -> Result<&'a [u8], ApplyError> {
        self.existing(restored_from(self.plan, position, path).unwrap_or(path))
    }

    fn existing(&self, path: &StorePath) -> Result<&'a [u8], ApplyError> {
        self.observations.contents(path).ok_or_else(|| ApplyError::Changed { path: path.clone() })
    }

    fn failed(&self, position: Position, source: kubepki_ca::Error) -> ApplyError {
        ApplyError::Issue { entry: self.id(position), source }
    }

    fn id(&self, position: Position) -> EntryId {
        self.catalog.entries[position].id.clone()
    }
}

/// CAs, and the contents of the key files of new ones.
type Issuers = (BTreeMap<Position, Authority>, BTreeMap<Position, Zeroizing<Vec<u8>>>);

/// A key that is kept has to work too, and signs nothing here.
fn read_and_tested(pem: &[u8]) -> Result<KeyPair, kubepki_ca::Error> {
    let key = KeyPair::from_pem(pem)?;
    key.self_test()?;
    Ok(key)
}

enum Key<'a> {
    New(KeyAlgorithm),
    /// The one in a kubeconfig.
    Embedded(&'a StorePath),
    /// The one in a file.
    Of(&'a StorePath),
}

/// The entries that are made or made again.
fn made(plan: &Plan) -> impl Iterator<Item = Position> {
    let steps = plan.steps.iter().enumerate();
    steps
        .filter(|(_, step)| matches!(step.action, Action::Create | Action::Renew { .. }))
        .map(|(position, _)| position)
}

/// The copy from which a file of an entry is put back.
pub(super) fn restored_from<'a>(
    plan: &'a Plan,
    position: Position,
    path: &StorePath,
) -> Option<&'a StorePath> {
    let step = &plan.steps[position];
    let Action::Restore { from } = &step.action else { return None };
    from.get(step.files.iter().position(|file| file == path)?)
}
