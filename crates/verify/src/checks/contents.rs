//! Checks 12 to 18: what certificates say, against what they are for.

mod form;
mod identity;
mod names;
mod table;
mod usage;

use rayon::prelude::*;

pub(crate) use self::{
    names::{covers, matches},
    table::{
        CHECKS, LACKS_CLIENT_AUTH, LACKS_KEY_USAGE, LACKS_SERVER_AUTH, MALFORMED_CERTIFICATE,
        NAMELESS, REFUSED_NAME, UNKNOWN_CRITICAL_EXTENSION,
    },
};
use super::authorities::issuer::Believed;
use crate::{check::Finding, index::CertificateIndex, input::Input};

pub(crate) fn run(input: &Input, index: &CertificateIndex<'_>) -> Vec<Finding> {
    let believed = Believed::of(input, index);
    let found = index.certificates.par_iter().flat_map_iter(|known| {
        let mut findings = names::run(input, known);
        findings.extend(form::run(known));
        findings.extend(usage::run(known));
        findings.extend(identity::run(input, index, &believed, known));
        findings
    });
    found.collect()
}
