//! Lints over the extensions (RFC 5280, 4.2).

use x509_parser::extensions::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyIdentifier, KeyUsage,
    ParsedExtension, SubjectAlternativeName,
};

use super::{Lint, Subject, rule};
use crate::{ExtendedKeyUsage as Usage, KeyUsage as Bits};

pub(super) const LINTS: &[Lint] = &[
    Lint { name: "unique-extensions", citation: "RFC 5280, 4.2", check: unique_extensions },
    Lint { name: "known-extensions", citation: "house rule", check: known_extensions },
    Lint { name: "authority-key-identifier", citation: "RFC 5280, 4.2.1.1", check: authority_key },
    Lint { name: "subject-key-identifier", citation: "RFC 5280, 4.2.1.2", check: subject_key },
    Lint { name: "key-usage", citation: "RFC 5280, 4.2.1.3", check: key_usage },
    Lint { name: "key-encipherment", citation: "RFC 3279, 2.3", check: key_encipherment },
    Lint { name: "subject-alt-name", citation: "RFC 5280, 4.2.1.6", check: subject_alt_name },
    Lint { name: "basic-constraints", citation: "RFC 5280, 4.2.1.9", check: basic_constraints },
    Lint { name: "path-length", citation: "RFC 5280, 4.2.1.9", check: path_length },
    Lint { name: "extended-key-usage", citation: "RFC 5280, 4.2.1.12", check: extended_key_usage },
];

fn unique_extensions(s: &Subject<'_>) -> Result<(), String> {
    rule(s.tbs.extensions_map().is_ok(), || "one occurs twice".to_owned())
}

/// An allow-list: nothing is ever in a certificate that no profile asked for.
fn known_extensions(s: &Subject<'_>) -> Result<(), String> {
    let stranger = s.tbs.extensions().iter().find(|extension| {
        !matches!(
            extension.parsed_extension(),
            ParsedExtension::AuthorityKeyIdentifier(_)
                | ParsedExtension::BasicConstraints(_)
                | ParsedExtension::ExtendedKeyUsage(_)
                | ParsedExtension::KeyUsage(_)
                | ParsedExtension::SubjectAlternativeName(_)
                | ParsedExtension::SubjectKeyIdentifier(_)
        )
    });
    stranger.map_or(Ok(()), |extension| Err(format!("{} was not asked for", extension.oid)))
}

fn authority_key(s: &Subject<'_>) -> Result<(), String> {
    let found = authority_key_identifier(s).and_then(|(critical, aki)| {
        (!critical).then_some(aki.key_identifier.as_ref().map(|id| id.0)).flatten()
    });
    rule(found == Some(s.issuer.key_identifier), || "it is not the issuer's".to_owned())
}

fn subject_key(s: &Subject<'_>) -> Result<(), String> {
    match subject_key_identifier(s) {
        Some((false, identifier)) if identifier.0.len() == 20 => Ok(()),
        Some(_) => Err("it is critical or not 160 bits long".to_owned()),
        None => Err("it is missing".to_owned()),
    }
}

/// Critical, and exactly the profile's.
fn key_usage(s: &Subject<'_>) -> Result<(), String> {
    let expected = s.profile.key_usage(s.key);
    match usage_bits(s) {
        Some((true, usage)) => rule(Bits::from_bits(usage.flags) == expected, || {
            format!("it is {}, the profile says {expected}", Bits::from_bits(usage.flags))
        }),
        Some((false, _)) => Err("it is not critical".to_owned()),
        None => Err("it is missing".to_owned()),
    }
}

fn key_encipherment(s: &Subject<'_>) -> Result<(), String> {
    let enciphers = usage_bits(s).is_some_and(|(_, usage)| usage.key_encipherment());
    rule(!enciphers || s.key.is_rsa(), || format!("a {} key cannot encipher", s.key))
}

/// A server needs names. Critical only where the subject is empty, which ours never are.
fn subject_alt_name(s: &Subject<'_>) -> Result<(), String> {
    let serves = s.profile.extended_key_usage().contains(&Usage::ServerAuth);
    match sans(s) {
        Some((true, _)) => Err("it is critical beside a subject".to_owned()),
        Some((false, names)) => {
            rule(!names.general_names.is_empty(), || "it is empty".to_owned())?;
            let names: Vec<_> = names.general_names.iter().map(ToString::to_string).collect();
            let mut unique = names.clone();
            unique.sort();
            unique.dedup();
            rule(unique.len() == names.len(), || "a name occurs twice".to_owned())
        }
        None => rule(!serves, || "a server certificate has no names".to_owned()),
    }
}

/// Critical, and exactly the profile's.
fn basic_constraints(s: &Subject<'_>) -> Result<(), String> {
    let expected = s.profile.path_length().map(u32::from);
    match constraints(s) {
        Some((true, found)) => {
            rule(found.ca == expected.is_some() && found.path_len_constraint == expected, || {
                format!("CA:{} differs from the profile", found.ca)
            })
        }
        Some((false, _)) => Err("it is not critical".to_owned()),
        None => Err("it is missing".to_owned()),
    }
}

/// A CA below another needs a `pathLenConstraint` of the upper one that leaves room for it.
fn path_length(s: &Subject<'_>) -> Result<(), String> {
    let (Some(depth), Some(room)) = (s.profile.path_length(), s.issuer.path_length) else {
        return Ok(());
    };
    rule(s.issuer.self_signed || u32::from(depth) < room, || {
        format!("the issuer allows {room} levels of CAs below it")
    })
}

/// Exactly the profile's; none on a CA, where one would bind every certificate below it.
fn extended_key_usage(s: &Subject<'_>) -> Result<(), String> {
    let expected = s.profile.extended_key_usage();
    let Some((critical, found)) = extended(s) else {
        return rule(expected.is_empty(), || "it is missing".to_owned());
    };
    let servers = found.server_auth == expected.contains(&Usage::ServerAuth);
    let clients = found.client_auth == expected.contains(&Usage::ClientAuth);
    let others = found.any
        || found.code_signing
        || found.email_protection
        || found.time_stamping
        || found.ocsp_signing
        || !found.other.is_empty();
    rule(!critical && servers && clients && !others, || "it is not the profile's".to_owned())
}

macro_rules! picker {
    ($name:ident, $variant:ident, $type:ty) => {
        fn $name<'a>(s: &Subject<'a>) -> Option<(bool, &'a $type)> {
            s.extension(|extension| match extension {
                ParsedExtension::$variant(value) => Some(value),
                _ => None,
            })
        }
    };
}

picker!(authority_key_identifier, AuthorityKeyIdentifier, AuthorityKeyIdentifier<'a>);
picker!(constraints, BasicConstraints, BasicConstraints);
picker!(extended, ExtendedKeyUsage, ExtendedKeyUsage<'a>);
picker!(sans, SubjectAlternativeName, SubjectAlternativeName<'a>);
picker!(subject_key_identifier, SubjectKeyIdentifier, KeyIdentifier<'a>);
picker!(usage_bits, KeyUsage, KeyUsage);
