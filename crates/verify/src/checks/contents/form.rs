//! What is wrong with how certificates are written.

use super::table::MALFORMED_CERTIFICATE;
use crate::{check::Finding, index::Known};

pub(super) fn run(known: &Known<'_>) -> Vec<Finding> {
    let faults = known.facts.faults.iter();
    faults.map(|what| known.found(&MALFORMED_CERTIFICATE, what)).collect()
}
