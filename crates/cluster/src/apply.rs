//! The one executor: issues everything in memory, has other code verify it, and gives back the files to
//! write and the certificates to record. Writes nothing.
//!
//! Whoever carries it on records first and commits then: nothing leaves the process unrecorded. The
//! other way round it can happen: a run that is killed in between, or whose files cannot be written,
//! leaves rows of certificates that never came out. Those rows stay, because a ledger that takes back
//! is none; such a certificate does no harm, as its key is gone.

mod issue;
mod render;
mod verify;

use jiff::Timestamp;

use crate::{
    catalog::Catalog, error::ApplyError, observe::Observations, plan::Plan, signed::Signed,
    store::FileWrite,
};

/// What a plan has made, still in memory.
#[derive(Debug)]
pub struct Made {
    /// The files to write, all or none.
    pub files: Vec<FileWrite>,
    /// The certificates to record, before a file is written.
    pub signed: Vec<Signed>,
}

/// Makes everything of a plan that was made of this catalog and these observations.
///
/// # Errors
/// [`ApplyError`].
pub fn make(
    plan: &Plan,
    catalog: &Catalog,
    observations: &Observations,
    now: Timestamp,
) -> Result<Made, ApplyError> {
    let count = plan.refusals().count();
    if count > 0 {
        return Err(ApplyError::Refused { count });
    }
    let products = issue::products(plan, catalog, observations, now)?;
    verify::products(&products, catalog, now)?;
    let files = render::files(plan, catalog, observations, &products)?;
    Ok(Made { files, signed: products.signed(plan, catalog) })
}
