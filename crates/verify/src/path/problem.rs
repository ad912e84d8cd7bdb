//! Why a certificate is refused, in words. Decides nothing.

use std::fmt;

use jiff::Timestamp;
use kubepki_ca::ExtendedKeyUsage;

use crate::{
    check::Check,
    checks::{authorities, contents, live, time},
};

/// What is wrong with a certificate or with its place in a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Problem {
    /// Its key usage does not allow it to sign certificates.
    CannotSign,
    /// It is no CA, and constrains the names of what it issues.
    ConstrainsWithoutAuthority,
    /// It is a CA whose basicConstraints are not critical.
    ConstraintsNotCritical,
    /// Its time is over.
    Expired {
        /// When that was.
        not_after: Timestamp,
    },
    /// The signature is none of the candidate's: its name is that of the issuer, and its key is not.
    Forged {
        /// The candidate.
        issuer: String,
    },
    /// Its key usage allows nothing that the purpose needs.
    KeyUsage,
    /// It is not written as a certificate has to be.
    Malformed {
        /// What is wrong: a clause.
        what: String,
    },
    /// Its nameConstraints cannot be read.
    MalformedConstraints {
        /// What is wrong with them: a clause.
        what: String,
    },
    /// It is not good for the name that was asked.
    Name {
        /// The name that was asked.
        asked: String,
        /// What it is good for.
        has: Vec<String>,
    },
    /// A CA above it does not allow one of its names.
    NameNotPermitted {
        /// The CA.
        by: String,
        /// The name.
        name: String,
    },
    /// Its subject is empty, and it is a CA or has no subjectAltName.
    Nameless,
    /// Its serial number is negative.
    NegativeSerial,
    /// Netscape's certificate type allows the purpose not.
    NetscapeType,
    /// It is a CA without key usages.
    NoKeyUsage,
    /// It is used as a CA and is none.
    NotAuthority,
    /// Its time has not begun.
    NotYetValid {
        /// When it begins.
        not_before: Timestamp,
    },
    /// It says of its issuer's key or serial number what is not true of the CA that signed it.
    OtherIssuer {
        /// The CA.
        issuer: String,
    },
    /// More CAs stand below it than it allows.
    PathTooLong {
        /// How many it allows.
        allowed: u32,
        /// How many stand below it.
        below: usize,
    },
    /// Its serial number is longer than anybody takes.
    SerialTooLong {
        /// How many octets it has.
        octets: usize,
    },
    /// It is no CA, and its key usage has keyCertSign.
    SignsWithoutAuthority,
    /// None of what was given issued it.
    UnknownAuthority {
        /// The Name of its issuer.
        issuer: String,
    },
    /// It has a critical extension that nobody knows.
    UnknownCritical {
        /// The object identifier.
        oid: String,
    },
    /// Its signature is of a kind that nobody verifies.
    UnverifiableSignature {
        /// The algorithm.
        algorithm: String,
    },
    /// It is not for the purpose that was asked.
    Usage {
        /// What is needed.
        needed: ExtendedKeyUsage,
        /// What it has.
        has: Vec<ExtendedKeyUsage>,
    },
    /// It is a CA for other purposes.
    UsageNotPermitted {
        /// What is needed.
        needed: ExtendedKeyUsage,
        /// What it allows.
        allowed: Vec<ExtendedKeyUsage>,
    },
    /// Its RSA key is too short.
    WeakKey {
        /// Its size.
        bits: usize,
    },
    /// It is signed with a broken digest.
    WeakSignature {
        /// The digest.
        digest: &'static str,
    },
}

impl Problem {
    /// The check of `--explain` that says why that breaks what.
    pub fn check(&self) -> &'static Check {
        match self {
            Self::CannotSign => &authorities::CA_CANNOT_SIGN,
            Self::ConstrainsWithoutAuthority | Self::SignsWithoutAuthority => {
                &authorities::SIGNS_WITHOUT_AUTHORITY
            }
            Self::ConstraintsNotCritical => &authorities::UNMARKED_AUTHORITY,
            Self::Expired { .. } => &time::EXPIRED,
            Self::Forged { .. } => &authorities::SAME_NAME_OTHER_KEY,
            Self::KeyUsage | Self::NetscapeType => &contents::LACKS_KEY_USAGE,
            Self::Malformed { .. } => &contents::MALFORMED_CERTIFICATE,
            Self::MalformedConstraints { .. } => &authorities::MALFORMED_CONSTRAINTS,
            Self::Name { .. } => &live::SERVED_NAME,
            Self::NameNotPermitted { .. } => &authorities::NAME_NOT_PERMITTED,
            Self::Nameless => &contents::NAMELESS,
            Self::NegativeSerial => &authorities::NEGATIVE_SERIAL,
            Self::NoKeyUsage => &authorities::UNMARKED_AUTHORITY,
            Self::NotAuthority => &authorities::NOT_AN_AUTHORITY,
            Self::NotYetValid { .. } => &time::NOT_YET_VALID,
            Self::OtherIssuer { .. } => &authorities::ISSUER_DIFFERS,
            Self::PathTooLong { .. } => &authorities::PATH_TOO_LONG,
            Self::SerialTooLong { .. } => &authorities::SERIAL_TOO_LONG,
            Self::UnknownAuthority { .. } => &authorities::UNKNOWN_AUTHORITY,
            Self::UnknownCritical { .. } => &contents::UNKNOWN_CRITICAL_EXTENSION,
            Self::UnverifiableSignature { .. } => &authorities::SIGNATURE_NOT_CHECKED,
            Self::Usage { needed: ExtendedKeyUsage::ClientAuth, .. } => {
                &contents::LACKS_CLIENT_AUTH
            }
            Self::Usage { .. } => &contents::LACKS_SERVER_AUTH,
            Self::UsageNotPermitted { .. } => &authorities::USAGE_NOT_PERMITTED,
            Self::WeakKey { .. } => &authorities::WEAK_KEY,
            Self::WeakSignature { .. } => &authorities::WEAK_SIGNATURE,
        }
    }
}

/// Prints a clause about the certificate: `it expired on 2026-01-01 00:00Z`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotSign => f.write_str("its key usage lacks keyCertSign"),
            Self::ConstrainsWithoutAuthority => {
                f.write_str("it has nameConstraints, which only a CA may have")
            }
            Self::ConstraintsNotCritical => {
                f.write_str("it is a CA, and its basicConstraints are not critical")
            }
            Self::Expired { not_after } => write!(f, "it expired on {}", shown(*not_after)),
            Self::Forged { issuer } => write!(
                f,
                "a CA named `{issuer}` is there, but its key did not sign this: same name, other key"
            ),
            Self::KeyUsage => f.write_str("its key usage allows no TLS handshake of this kind"),
            Self::Malformed { what } | Self::MalformedConstraints { what } => f.write_str(what),
            Self::Name { asked, has } if has.is_empty() => {
                write!(f, "it has no names, so it is not good for `{asked}`")
            }
            Self::Name { asked, has } => {
                write!(f, "it is good for {}, not for `{asked}`", has.join(", "))
            }
            Self::NameNotPermitted { by, name } => {
                write!(f, "`{by}` above it does not allow the name `{name}`")
            }
            Self::Nameless => f.write_str("its subject is empty, and nothing else names it"),
            Self::NegativeSerial => f.write_str("its serial number is negative"),
            Self::NetscapeType => f.write_str("its nsCertType is for something else"),
            Self::NoKeyUsage => f.write_str("it is a CA without key usages"),
            Self::NotAuthority => {
                f.write_str("it is used as a CA, and its basicConstraints do not say CA:TRUE")
            }
            Self::NotYetValid { not_before } => {
                write!(f, "it is valid from {} on", shown(*not_before))
            }
            Self::OtherIssuer { issuer } => write!(
                f,
                "its authorityKeyIdentifier names another key or certificate than that of `{issuer}`"
            ),
            Self::PathTooLong { allowed, below } => {
                write!(f, "it allows {allowed} CAs below itself, and {below} are there")
            }
            Self::SerialTooLong { octets } => write!(f, "its serial number has {octets} octets"),
            Self::SignsWithoutAuthority => {
                f.write_str("its key usage has keyCertSign, which only a CA may have")
            }
            Self::UnknownAuthority { issuer } => {
                write!(f, "its issuer `{issuer}` is none of the CAs")
            }
            Self::UnknownCritical { oid } => write!(f, "its extension {oid} is critical"),
            Self::UnverifiableSignature { algorithm } => {
                write!(f, "its signature is of the kind {algorithm}, which nobody verifies")
            }
            Self::Usage { needed, has } => {
                write!(f, "its extended key usage is {}, and it has to be {needed}", listed(has))
            }
            Self::UsageNotPermitted { needed, allowed } => {
                write!(f, "it is a CA for {}, and not for {needed}", listed(allowed))
            }
            Self::WeakKey { bits } => write!(f, "its RSA key has {bits} bits"),
            Self::WeakSignature { digest } => write!(f, "it is signed with {digest}"),
        }
    }
}

fn listed(usages: &[ExtendedKeyUsage]) -> String {
    usages.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn shown(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%d %H:%MZ").to_string()
}
