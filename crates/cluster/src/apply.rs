//! The one executor: issue everything in memory, have other code verify it, write it all at once.

mod issue;
pub(crate) mod render;
mod verify;

use jiff::Timestamp;

use crate::{
    catalog::{Catalog, EntryId},
    error::ApplyError,
    inventory::Inventory,
    plan::Plan,
    store::{FileWrite, Store, StorePath},
};

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The entries that were made, made again or put back, with the files written for each.
    pub written: Vec<(EntryId, Vec<StorePath>)>,
}

/// Carries out a plan that was made of this catalog and this inventory.
///
/// `extra` files are written in the same transaction: what a root keeps beside its entries, such
/// as the spec that was applied.
///
/// # Errors
/// Whatever the error, no file has changed, unless it is a [`StoreError`](crate::store::StoreError)
/// that says otherwise.
pub fn apply(
    plan: &Plan,
    catalog: &Catalog,
    inventory: &Inventory,
    extra: Vec<FileWrite>,
    store: &mut impl Store,
    now: Timestamp,
) -> Result<Report, ApplyError> {
    let count = plan.refusals().count();
    if count > 0 {
        return Err(ApplyError::Refused { count });
    }

    let products = issue::products(plan, catalog, inventory, now)?;

    verify::products(&products, catalog, now)?;

    let mut writes = render::files(plan, catalog, inventory, &products)?;
    writes.extend(extra);
    store.commit(writes, now).map_err(ApplyError::Store)?;

    let written = plan.changes().map(|step| (step.id.clone(), step.files.clone())).collect();
    Ok(Report { written })
}
