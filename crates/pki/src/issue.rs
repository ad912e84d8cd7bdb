//! Issuing one identity outside the spec: recorded, and given to the caller alone.

use jiff::Timestamp;
use kubepki_cluster::{
    identity::Identity,
    issue::{self, IssueError, Issued},
    kubeconfig::ClientConfig,
};

use crate::{Pki, PkiError, RefusedPlan};

impl Pki {
    /// Issues an identity with a new key. It is on the ledger before it is returned, and no file of
    /// the root changes.
    ///
    /// # Errors
    /// [`PkiError`]. Nothing was issued.
    pub fn issue(&self, identity: &Identity, now: Timestamp) -> Result<Issued, PkiError> {
        let spec = &self.spec()?.spec;
        let store = self.lock(now)?;
        let (issued, signed) = issue::issue(spec, identity, &store, now).map_err(of_issue)?;
        self.record(&store, "issue", &signed, now)?;
        Ok(issued)
    }

    /// What [`Issued::client_config`] will be, but for its certificate and key, which are empty: for
    /// what has to be found out before anything is issued.
    ///
    /// # Errors
    /// [`PkiError`] where the CA cannot be read.
    pub fn client_without_credential(&self, identity: &Identity) -> Result<ClientConfig, PkiError> {
        let spec = &self.spec()?.spec;
        issue::client_without_credential(spec, identity, &self.read()?).map_err(of_issue)
    }
}

fn of_issue(error: IssueError) -> PkiError {
    match error {
        IssueError::Apply(error) => PkiError::Apply(Box::new(error)),
        IssueError::NoAuthority { path } => PkiError::NoAuthority { path },
        IssueError::Refused { entry, refusal } => {
            PkiError::Refused(Box::new(RefusedPlan { entry, refusal, more: 0 }))
        }
        IssueError::Store(error) => PkiError::unreadable(error),
        error => PkiError::Issue(Box::new(error)),
    }
}
