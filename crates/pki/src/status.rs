//! How a PKI stands. Writes nothing.

use jiff::Timestamp;
use kubepki_cluster::{Status, kubeconfig_check::PresentCluster, observe, status::Horizon};

use crate::{Event, Pki, PkiError};

impl Pki {
    /// What expires when, and what needs attention. A file that cannot be read is a part of it.
    ///
    /// # Errors
    /// [`PkiError`] where the spec or the root cannot be read.
    pub fn status(&self, horizon: &Horizon, at: Timestamp) -> Result<Status, PkiError> {
        let catalog = &self.spec()?.catalog;
        let store = self.read()?;
        if store.pending_recovery() {
            self.tell(&Event::Interrupted);
        }
        Ok(Status::of_root(catalog, &observe(&store, catalog), horizon, at))
    }

    /// What kubeconfigs of the cluster have to agree with, where its CA is there.
    ///
    /// # Errors
    /// [`PkiError`] where the spec or the root cannot be read.
    pub fn present_cluster(&self) -> Result<Option<PresentCluster>, PkiError> {
        let file = self.spec()?;
        let store = self.read()?;
        let seen = observe(&store, &file.catalog).complete().map_err(PkiError::unreadable)?;
        Ok(PresentCluster::new(&file.spec, &file.catalog, &seen))
    }
}
