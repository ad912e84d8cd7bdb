//! The one executor: issue everything in memory, have other code verify it, record it, write it all
//! at once.
//!
//! The ledger's rows are durable before the first file has its name: nothing leaves the process
//! unrecorded. The other way round it can happen: a run that is killed in between, or whose files
//! cannot be written, leaves rows of certificates that never came out. Those rows stay, because a
//! ledger that takes back is none; such a certificate does no harm, as its key is gone.

mod issue;
mod render;
mod verify;

use jiff::Timestamp;
use kubepki_ledger::Ledger;

use crate::{
    catalog::{Catalog, EntryId},
    error::ApplyError,
    observe::Observations,
    plan::Plan,
    record::Recorder,
    store::{FileWrite, Store, StorePath},
};

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The entries that were made, made again or put back, with the files written for each.
    pub written: Vec<(EntryId, Vec<StorePath>)>,
}

/// Carries out a plan that was made of this catalog and this observations.
///
/// `extra` files are written in the same transaction: what a root keeps beside its entries, such
/// as the spec that was applied.
///
/// # Errors
/// Whatever the error, no file has changed, unless it is a [`StoreError`](crate::store::StoreError)
/// that says otherwise. Rows of the ledger are there after a [`ApplyError::Store`], and after no
/// other error.
pub fn apply(
    plan: &Plan,
    catalog: &Catalog,
    observations: &Observations,
    extra: Vec<FileWrite>,
    store: &mut impl Store,
    recorder: &mut Recorder<impl Ledger>,
    now: Timestamp,
) -> Result<Report, ApplyError> {
    let count = plan.refusals().count();
    if count > 0 {
        return Err(ApplyError::Refused { count });
    }

    let paths: Vec<_> = plan.changes().flat_map(|step| &step.files).collect();
    store.check(&paths).map_err(|source| ApplyError::Store { recorded: 0, source })?;

    let products = issue::products(plan, catalog, observations, now)?;

    verify::products(&products, catalog, now)?;

    let mut writes = render::files(plan, catalog, observations, &products)?;
    writes.extend(extra);

    let signed = products.signed(plan, catalog);
    recorder.record(&catalog.cluster, &signed, now).map_err(ApplyError::Ledger)?;

    store
        .commit(writes, now)
        .map_err(|source| ApplyError::Store { recorded: signed.len(), source })?;

    let written = plan.changes().map(|step| (step.id.clone(), step.files.clone())).collect();
    Ok(Report { written })
}
