//! What a caller may want to tell people while a call is under way.

use std::path::PathBuf;

use kubepki_cluster::store::{LockHolder, Recovered};

/// What happens during a call, before its result.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// There is no `cluster.yaml`: the spec of the last apply is used.
    KeptSpec {
        /// Where it is.
        path: PathBuf,
    },
    /// A run was interrupted here. The next writer completes its change or takes it back.
    Interrupted,
    /// Nothing was ever signed here: there is no ledger.
    NoLedger {
        /// Where it would be.
        path: PathBuf,
    },
    /// The record of the hosts that wait for their files cannot be read, and is begun anew.
    PendingUnreadable,
    /// The change of an interrupted run was completed or taken back.
    Recovered(Recovered),
    /// Another process has the lock. The call waits for it.
    Waiting(LockHolder),
}
