//! Signing for keys of others: the one way by which a granted request becomes a certificate.
//! Writes no file; what it makes is recorded before anybody gets it.

use std::error::Error as StdError;

use jiff::Timestamp;
use kubepki_ca::{
    Certificate, ExtendedKeyUsage, Issuer, KeyPair, PublicKey, Purpose, Template, TrustBundle,
    Validity,
};
use rayon::prelude::*;
use zeroize::Zeroizing;

use crate::{
    catalog::{Catalog, Content, PairFiles},
    policy::Grant,
    store::{Store, StoreError, StorePath},
};

/// Keeps a record of certificates; called before they are given out, and only once for all.
///
/// An error means that nobody gets any of them.
pub type Record<'a> = dyn FnMut(&[Certificate]) -> Result<(), Box<dyn StdError + Send + Sync>> + 'a;

/// A CA of the cluster, ready to sign.
#[derive(Debug)]
pub struct Signatory {
    issuer: Issuer,
    trust: TrustBundle,
}

/// Why nothing was signed. Nobody has got a certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// The CA's certificate or key is not what it should be.
    #[error("cannot use the CA `{authority}`")]
    Authority {
        /// Its name, such as `ca`.
        authority: String,
        /// Why.
        source: kubepki_ca::Error,
    },
    /// A certificate could not be made.
    #[error("cannot make a certificate for `{subject}`")]
    Issue {
        /// Its subject.
        subject: String,
        /// Why.
        source: kubepki_ca::Error,
    },
    /// A file of the CA is not there.
    #[error("there is no `{path}`")]
    Missing {
        /// The file.
        path: StorePath,
    },
    /// The cluster has no such CA.
    #[error("the cluster has no CA `{authority}`")]
    NoAuthority {
        /// The name that was looked for.
        authority: String,
    },
    /// The record could not be kept.
    #[error("cannot record what was signed")]
    Record(#[source] Box<dyn StdError + Send + Sync>),
    /// The root could not be read.
    #[error("cannot read the CA")]
    Store(#[source] StoreError),
    /// What was made did not pass the check by other code.
    #[error("the certificate of `{subject}` did not pass its check")]
    Verify {
        /// Its subject.
        subject: String,
        /// What the verifier said.
        source: kubepki_ca::Error,
    },
}

impl Signatory {
    /// Reads a CA of a root by its name in the catalog: `ca`, `etcd-ca` or `front-proxy-ca`.
    pub fn read(store: &impl Store, catalog: &Catalog, authority: &str) -> Result<Self, SignError> {
        let files = files_of(catalog, authority)?;
        let (certificate, key) = (read(store, &files.certificate)?, read(store, &files.key)?);
        let issuer = Certificate::from_pem(&certificate)
            .and_then(|certificate| Issuer::load(certificate, KeyPair::from_pem(&key)?));
        let issuer = issuer
            .map_err(|source| SignError::Authority { authority: authority.to_owned(), source })?;
        let trust = TrustBundle::new(issuer.certificate().clone(), Vec::new());
        Ok(Self { issuer, trust })
    }

    /// The CA's certificate.
    pub const fn certificate(&self) -> &Certificate {
        self.issuer.certificate()
    }

    /// Signs everything that was granted, side by side, or nothing. Every certificate passes path
    /// validation by other code, and all are recorded, before any is given out; they are in the
    /// order of `granted`.
    pub fn sign<'g>(
        &self,
        granted: impl IntoParallelIterator<
            Item = (&'g PublicKey, &'g Grant),
            Iter: IndexedParallelIterator,
        >,
        now: Timestamp,
        record: &mut Record<'_>,
    ) -> Result<Vec<Certificate>, SignError> {
        let certificates = granted
            .into_par_iter()
            .map(|(key, grant)| self.sign_one(key, grant, now))
            .collect::<Result<Vec<_>, _>>()?;
        record(&certificates).map_err(SignError::Record)?;
        Ok(certificates)
    }

    fn sign_one(
        &self,
        key: &PublicKey,
        grant: &Grant,
        now: Timestamp,
    ) -> Result<Certificate, SignError> {
        let Grant { subject, subject_alt_names, profile, lifetime, notices: _ } = grant;
        let issued = Validity::starting(now, *lifetime).and_then(|validity| {
            let (subject, subject_alt_names) = (subject.clone(), subject_alt_names.clone());
            let template = Template { subject, subject_alt_names, profile: *profile, validity };
            self.issuer.prepare(&template, key)?.sign()
        });
        let certificate =
            issued.map_err(|source| SignError::Issue { subject: subject.to_string(), source })?;
        for usage in profile.extended_key_usage() {
            let purpose = match usage {
                ExtendedKeyUsage::ClientAuth => Purpose::Client,
                ExtendedKeyUsage::ServerAuth => Purpose::Server,
                // No profile has another one.
                _ => continue,
            };
            self.trust
                .verify(&certificate, purpose, now)
                .map_err(|source| SignError::Verify { subject: subject.to_string(), source })?;
        }
        Ok(certificate)
    }
}

/// Reads a CA's certificate alone, by its name in the catalog.
pub fn read_authority(
    store: &impl Store,
    catalog: &Catalog,
    authority: &str,
) -> Result<Certificate, SignError> {
    let pem = read(store, &files_of(catalog, authority)?.certificate)?;
    Certificate::from_pem(&pem)
        .map_err(|source| SignError::Authority { authority: authority.to_owned(), source })
}

fn files_of<'c>(catalog: &'c Catalog, authority: &str) -> Result<&'c PairFiles, SignError> {
    let files = catalog.entries().iter().find_map(|entry| match &entry.content {
        Content::Authority { files, .. } if entry.id.name == authority => Some(files),
        _ => None,
    });
    files.ok_or_else(|| SignError::NoAuthority { authority: authority.to_owned() })
}

fn read(store: &impl Store, path: &StorePath) -> Result<Zeroizing<Vec<u8>>, SignError> {
    match store.read(path) {
        Ok(Some(file)) => Ok(file.contents),
        Ok(None) => Err(SignError::Missing { path: path.clone() }),
        Err(error) => Err(SignError::Store(error)),
    }
}
