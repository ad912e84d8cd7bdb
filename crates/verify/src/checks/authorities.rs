//! Checks 7 to 11: whether the CAs are CAs, and whether each certificate comes from the right one.

mod form;
pub(in crate::checks) mod issuer;
mod limits;
mod served;
mod shared;
mod table;

pub(crate) use self::table::{
    AUTHORITY_AS_LEAF, CA_CANNOT_SIGN, CHECKS, ISSUER_DIFFERS, ISSUER_NOT_IDENTIFIED,
    MALFORMED_CONSTRAINTS, NAME_NOT_PERMITTED, NEGATIVE_SERIAL, NOT_AN_AUTHORITY, PATH_TOO_LONG,
    SAME_NAME_OTHER_KEY, SERIAL_TOO_LONG, SIGNATURE_NOT_CHECKED, SIGNS_WITHOUT_AUTHORITY,
    SPARE_AUTHORITY, UNKNOWN_AUTHORITY, UNMARKED_AUTHORITY, USAGE_NOT_PERMITTED, WEAK_KEY,
    WEAK_SIGNATURE, WEB_PKI_RULE, WRONG_AUTHORITY,
};
use crate::{check::Finding, index::CertificateIndex, input::Input};

pub(crate) fn run(input: &Input, index: &CertificateIndex<'_>) -> Vec<Finding> {
    let limits = limits::run(index);
    let mut findings = form::run(index, &limits);
    findings.extend(limits.findings);
    findings.extend(issuer::run(input, index));
    findings.extend(shared::run(input, index));
    findings
}
