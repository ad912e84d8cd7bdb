//! Signing requests that a policy has granted: all of them or none.

use jiff::Timestamp;
use kubepki_cluster::{Certificate, DirStore, Grant, PublicKey, Signatory, sign};

use crate::{Pki, PkiError};

/// Where the requests come from, as the ledger keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestSource {
    /// Objects of a cluster's `certificates.k8s.io`.
    Cluster,
    /// Somebody's files.
    Files,
}

impl RequestSource {
    const fn verb(self) -> &'static str {
        match self {
            Self::Cluster => "csr sign",
            Self::Files => "sign",
        }
    }
}

impl Pki {
    /// Signs all that was granted, or nothing, with the CA that users have their certificates from.
    ///
    /// The certificates are in the order of `granted`, and on the ledger before they are returned.
    ///
    /// # Errors
    /// [`PkiError`]. Nothing was given out.
    pub fn sign(
        &self,
        granted: &[(&PublicKey, &Grant)],
        source: RequestSource,
        now: Timestamp,
    ) -> Result<Vec<Certificate>, PkiError> {
        let store = self.lock(now)?;
        let signatory = self.signatory(&store)?;
        let signed = signatory.sign(granted, now).map_err(PkiError::Sign)?;
        self.record(&store, source.verb(), &signed, now)?;
        Ok(signed.into_iter().map(|signed| signed.certificate).collect())
    }

    /// Finds out whether all of it could be signed, and signs nothing.
    ///
    /// # Errors
    /// As [`Pki::sign`].
    pub fn check_signing(
        &self,
        granted: &[(&PublicKey, &Grant)],
        now: Timestamp,
    ) -> Result<(), PkiError> {
        let signatory = self.signatory(&self.read()?)?;
        signatory.check(granted, now).map_err(PkiError::Sign)
    }

    /// The certificate of a CA, by its name in the spec, such as `ca`.
    ///
    /// # Errors
    /// [`PkiError::Sign`] where there is none, or none that can be read.
    pub fn authority(&self, name: &str) -> Result<Certificate, PkiError> {
        let catalog = &self.spec()?.catalog;
        sign::read_authority(&self.read()?, catalog, name).map_err(PkiError::Sign)
    }

    fn signatory(&self, store: &DirStore) -> Result<Signatory, PkiError> {
        Signatory::read(store, &self.spec()?.catalog).map_err(PkiError::Sign)
    }
}
