//! What is wrong with how certificates are written.

use super::table::MALFORMED_CERTIFICATE;
use crate::{check::Finding, index::PlacedCertificate};

pub(super) fn run(known: &PlacedCertificate<'_>) -> Vec<Finding> {
    let faults = known.facts.faults.iter();
    faults.map(|what| known.found(&MALFORMED_CERTIFICATE, what)).collect()
}
