//! The lint table: rules that a certificate keeps before it is signed. Pure; reads no clock.

mod extensions;
mod fields;

use std::fmt;

use x509_parser::{
    certificate::{TbsCertificate, TbsCertificateParser},
    extensions::ParsedExtension,
    nom::Parser as _,
};

use crate::{Error, KeyAlgorithm, Profile, SignatureAlgorithm, Validity};

/// One rule.
#[derive(Clone, Copy)]
pub struct Lint {
    /// Its name, such as `serial-number`.
    pub name: &'static str,
    /// Where the rule stands, or `house rule`.
    pub citation: &'static str,
    check: fn(&Subject<'_>) -> Result<(), String>,
}

impl fmt::Debug for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lint({}, {})", self.name, self.citation)
    }
}

/// A rule that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The name of the lint.
    pub lint: &'static str,
    /// What is wrong, in words.
    pub message: String,
}

/// Every lint, in the order in which they run.
pub fn lints() -> impl Iterator<Item = &'static Lint> {
    fields::LINTS.iter().chain(extensions::LINTS)
}

/// What a lint looks at: the parsed bytes, and what they were meant to be.
pub(crate) struct Subject<'a> {
    pub(crate) tbs: &'a TbsCertificate<'a>,
    pub(crate) profile: &'a Profile,
    pub(crate) key: KeyAlgorithm,
    pub(crate) issuer: &'a Issued<'a>,
}

/// What the lints know of the issuer; for a self-signed certificate, of the certificate itself.
pub(crate) struct Issued<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) key_identifier: &'a [u8],
    pub(crate) algorithm: SignatureAlgorithm,
    pub(crate) validity: Validity,
    pub(crate) path_length: Option<u32>,
    pub(crate) self_signed: bool,
}

impl<'a> Subject<'a> {
    /// The one extension that `pick` takes, with its criticality.
    fn extension<T>(
        &self,
        pick: impl Fn(&'a ParsedExtension<'a>) -> Option<T>,
    ) -> Option<(bool, T)> {
        self.tbs.extensions().iter().find_map(|extension| {
            pick(extension.parsed_extension()).map(|t| (extension.critical, t))
        })
    }
}

/// Parses the to-be-signed bytes and runs every lint over them.
pub(crate) fn run(
    tbs: &[u8],
    profile: &Profile,
    key: KeyAlgorithm,
    issuer: &Issued<'_>,
) -> Result<Vec<Finding>, Error> {
    let (rest, parsed) = TbsCertificateParser::new()
        .parse(tbs)
        .map_err(|error| Error::malformed("certificate", error))?;
    if !rest.is_empty() {
        return Err(Error::malformed("certificate", "bytes follow it"));
    }
    let subject = Subject { tbs: &parsed, profile, key, issuer };
    let broken = lints().filter_map(|lint| {
        let message = (lint.check)(&subject).err()?;
        Some(Finding { lint: lint.name, message })
    });
    Ok(broken.collect())
}

/// `Err` with the message unless `kept`.
fn rule(kept: bool, message: impl FnOnce() -> String) -> Result<(), String> {
    if kept { Ok(()) } else { Err(message()) }
}
