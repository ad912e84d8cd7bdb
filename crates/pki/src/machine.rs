//! The file system of a machine, into which a bundle is installed.

use std::{fmt, path::PathBuf, time::Duration};

use jiff::Timestamp;
use kubepki_cluster::{DirStore, StoreError};
use kubepki_host::{Bundle, InstallError, Installation, Trust};

use crate::{Event, handle::Listener};

/// The files of a machine, by the folder that stands for `/`.
pub struct Machine {
    root: PathBuf,
    wait: Duration,
    listener: Option<Listener>,
}

/// Why nothing was installed. No file has changed, unless the store says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum MachineError {
    /// The bundle is refused, or could not be written.
    #[error("cannot install the bundle")]
    Install(#[source] InstallError),
    /// The machine's files could not be opened.
    #[error("cannot open the machine's files")]
    Open(#[source] StoreError),
}

impl Machine {
    /// The machine whose `/` is this folder.
    pub fn open(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into(), wait: crate::handle::WAIT, listener: None }
    }

    /// Has somebody told what happens while a call is under way.
    #[must_use]
    pub fn telling(self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Box::new(listener)), ..self }
    }

    /// What [`Machine::install`] would change. Writes nothing.
    ///
    /// # Errors
    /// [`MachineError`].
    pub fn plan_install<'b>(
        &self,
        bundle: &'b Bundle,
        trust: &Trust,
    ) -> Result<Installation<'b>, MachineError> {
        let store = DirStore::read_only_machine(&self.root).map_err(MachineError::Open)?;
        Installation::plan(bundle, &store, trust).map_err(MachineError::Install)
    }

    /// Puts the files of a bundle into their places, all or none.
    ///
    /// # Errors
    /// [`MachineError`].
    pub fn install<'b>(
        &self,
        bundle: &'b Bundle,
        trust: &Trust,
        now: Timestamp,
    ) -> Result<Installation<'b>, MachineError> {
        let tell = |event| {
            if let Some(listener) = &self.listener {
                listener(&event);
            }
        };
        let store = DirStore::locked_machine(&self.root, now, Some(self.wait), |holder| {
            tell(Event::Waiting(holder.clone()));
        });
        let mut store = store.map_err(MachineError::Open)?;
        if let Some(recovered) = store.recovered() {
            tell(Event::Recovered(recovered));
        }
        let mut planned =
            Installation::plan(bundle, &store, trust).map_err(MachineError::Install)?;
        planned.commit(&mut store, now).map_err(MachineError::Install)?;
        Ok(planned)
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { root, wait, listener: _ } = self;
        f.debug_struct("Machine").field("root", root).field("wait", wait).finish_non_exhaustive()
    }
}
