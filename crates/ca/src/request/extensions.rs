//! The extensions that a request asks for (RFC 2985, 5.4.2). They are wishes: none is ever copied.

use std::fmt;

use x509_parser::{
    der_parser::asn1_rs::FromDer,
    extensions::{BasicConstraints, ExtendedKeyUsage as ParsedUsages, KeyUsage as ParsedUsage},
};

use super::WHAT;
use crate::{
    Error, ExtendedKeyUsage, KeyUsage, SubjectAltName,
    certificate::extended_key_usages,
    der::{self, Reader},
    name::shorten,
};

/// An extension that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestedExtension {
    /// Its object identifier, in dots.
    pub oid: String,
    /// Whether it was marked as critical.
    pub critical: bool,
    /// What it asks for.
    pub wish: Wish,
}

/// What an extension asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wish {
    /// To be a CA, or not to be one.
    BasicConstraints {
        /// `cA`.
        ca: bool,
        /// `pathLenConstraint`.
        path_length: Option<u32>,
    },
    /// Extended key usages.
    ExtendedKeyUsage(Vec<ExtendedKeyUsage>),
    /// Key usages.
    KeyUsage(KeyUsage),
    /// Any other extension, by its usual name or its object identifier.
    Other(String),
    /// Names and addresses.
    SubjectAltName(Vec<RequestedName>),
    /// An extension of one of the kinds above whose value cannot be read, by its name.
    Unreadable(&'static str),
}

/// A name that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestedName {
    /// One that a certificate of ours could bind.
    Known(SubjectAltName),
    /// Any other, or a broken one.
    Other {
        /// The kind, in openssl's word: `DNS`, `email`, `dirName` and so on.
        kind: &'static str,
        /// What it says, as far as it is text.
        value: String,
    },
}

impl fmt::Display for RequestedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(name) => f.write_str(&shorten(&name.to_string())),
            Self::Other { kind, value } => write!(f, "{kind}:{}", shorten(value)),
        }
    }
}

/// Reads the attributes of a request: its extensions, and the identifiers of all else.
pub(super) fn read(attributes: &[u8]) -> Result<(Vec<RequestedExtension>, Vec<String>), Error> {
    let (mut extensions, mut others) = (Vec::new(), Vec::new());
    let mut attributes = Reader::new(attributes, WHAT);
    while !attributes.is_empty() {
        let mut attribute = attributes.inside(der::SEQUENCE)?;
        let oid = oid(&mut attribute)?;
        let mut values = attribute.inside(der::SET)?;
        attribute.end()?;
        if !EXTENSION_REQUESTS.contains(&oid.as_str()) {
            others.push(oid);
            continue;
        }
        while !values.is_empty() {
            let mut list = values.inside(der::SEQUENCE)?;
            while !list.is_empty() {
                extensions.push(extension(list.inside(der::SEQUENCE)?)?);
            }
        }
    }
    Ok((extensions, others))
}

/// PKCS#9's, and the one of Microsoft's old tools.
const EXTENSION_REQUESTS: [&str; 2] = ["1.2.840.113549.1.9.14", "1.3.6.1.4.1.311.2.1.14"];

fn extension(mut fields: Reader<'_>) -> Result<RequestedExtension, Error> {
    let oid = oid(&mut fields)?;
    let critical = fields.optional(der::BOOLEAN)?.is_some_and(|value| value.content != [0]);
    let value = fields.tagged(der::OCTET_STRING)?.content;
    fields.end()?;
    let wish = match oid.as_str() {
        "2.5.29.15" => key_usage(value).ok_or("keyUsage"),
        "2.5.29.17" => names(value).map(Wish::SubjectAltName).map_err(|_| "subjectAltName"),
        "2.5.29.19" => basic_constraints(value).ok_or("basicConstraints"),
        "2.5.29.37" => extended_key_usage(value).ok_or("extendedKeyUsage"),
        other => Ok(Wish::Other(name(other).to_owned())),
    };
    Ok(RequestedExtension { oid, critical, wish: wish.unwrap_or_else(Wish::Unreadable) })
}

fn name(oid: &str) -> &str {
    match oid {
        "2.5.29.14" => "subjectKeyIdentifier",
        "2.5.29.18" => "issuerAltName",
        "2.5.29.30" => "nameConstraints",
        "2.5.29.31" => "cRLDistributionPoints",
        "2.5.29.32" => "certificatePolicies",
        "2.5.29.33" => "policyMappings",
        "2.5.29.35" => "authorityKeyIdentifier",
        "2.5.29.36" => "policyConstraints",
        "2.5.29.54" => "inhibitAnyPolicy",
        "1.3.6.1.5.5.7.1.1" => "authorityInfoAccess",
        "1.3.6.1.5.5.7.1.24" => "tlsFeature",
        "2.16.840.1.113730.1.1" => "nsCertType",
        other => other,
    }
}

fn oid(reader: &mut Reader<'_>) -> Result<String, Error> {
    let arcs = der::arcs(reader.tagged(der::OBJECT_IDENTIFIER)?.content);
    arcs.map(|arcs| der::dotted(&arcs))
        .ok_or_else(|| reader.malformed("an object identifier is malformed"))
}

fn whole<T>(read: Result<(&[u8], T), impl Sized>) -> Option<T> {
    read.ok().filter(|(rest, _)| rest.is_empty()).map(|(_, value)| value)
}

fn basic_constraints(value: &[u8]) -> Option<Wish> {
    let BasicConstraints { ca, path_len_constraint } = whole(BasicConstraints::from_der(value))?;
    Some(Wish::BasicConstraints { ca, path_length: path_len_constraint })
}

fn key_usage(value: &[u8]) -> Option<Wish> {
    whole(ParsedUsage::from_der(value))
        .map(|usage| Wish::KeyUsage(KeyUsage::from_bits(usage.flags)))
}

fn extended_key_usage(value: &[u8]) -> Option<Wish> {
    whole(ParsedUsages::from_der(value))
        .map(|usages| Wish::ExtendedKeyUsage(extended_key_usages(&usages)))
}

/// Reads GeneralNames (RFC 5280, 4.2.1.6).
fn names(value: &[u8]) -> Result<Vec<RequestedName>, Error> {
    let names = SubjectAltName::all_from_der(value)?.into_iter().map(|name| match name {
        SubjectAltName::Verbatim(name) => {
            RequestedName::Other { kind: name.kind(), value: name.value() }
        }
        known => RequestedName::Known(known),
    });
    Ok(names.collect())
}
