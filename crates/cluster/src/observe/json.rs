//! An [`Issue`] for programs: the tag and the code that each verb has always had, then its values.

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{AuthorityName, Issue};

/// An issue as one verb writes it.
pub struct Tagged<'a> {
    issue: &'a Issue,
    tag: Tag,
}

/// Where an issue is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    /// `status`.
    Attention,
    /// `plan`, of an entry that is made again.
    Reason,
    /// `plan`, of an entry that cannot be.
    Refusal,
}

impl Issue {
    /// As `status` writes it: `attention`, and `reason` where the spec's word is not kept.
    pub const fn as_attention(&self) -> Tagged<'_> {
        Tagged { issue: self, tag: Tag::Attention }
    }

    pub(crate) const fn as_reason(&self) -> Tagged<'_> {
        Tagged { issue: self, tag: Tag::Reason }
    }

    pub(crate) const fn as_refusal(&self) -> Tagged<'_> {
        Tagged { issue: self, tag: Tag::Refusal }
    }

    /// Its code where it is a reason or a refusal.
    const fn code(&self) -> &'static str {
        match self {
            Self::AuthorityExpired { .. } | Self::Expired { .. } => "expired",
            Self::AuthorityLost { .. } => "authorityLost",
            Self::AuthorityMissing { .. } => "authorityMissing",
            Self::AuthorityNotYetValid { .. } | Self::NotYetValid { .. } => "notYetValid",
            Self::CertificateMissing { .. } => "certificateMissing",
            Self::ContentsChanged => "contentsChanged",
            Self::Due { .. } => "expiring",
            Self::FieldMissing { .. } => "fieldMissing",
            Self::Forbidden { .. } => "forbidden",
            Self::Inaccessible { .. } | Self::Unreadable { .. } => "unreadable",
            Self::IssuerChanged { .. } | Self::TrustChanged { .. } => "issuerChanged",
            Self::IssuerExpired { .. } => "issuerExpired",
            Self::IssuerKeyMissing { .. } => "issuerKeyMissing",
            Self::KeyMismatch { .. } => "keyMismatch",
            Self::KeyMissing { .. } => "keyMissing",
            Self::Missing { .. } => "missing",
            Self::NamesChanged { .. } => "namesChanged",
            Self::NotACertificate { .. } => "notACertificate",
            Self::NotAnAuthority { .. } => "notAnAuthority",
            Self::OutlivesIssuer { .. } => "outlivesIssuer",
            Self::SourceChanged { .. } => "sourceChanged",
            Self::SpecChanged { .. } => "specChanged",
            Self::TooOpen { .. } => "tooOpen",
            Self::Unreachable { .. } => "unreachable",
        }
    }

    /// Its code where it needs attention; none where it is drift, which has a reason.
    const fn attention_code(&self) -> Option<&'static str> {
        match self {
            Self::ContentsChanged
            | Self::Forbidden { .. }
            | Self::NamesChanged { .. }
            | Self::SourceChanged { .. }
            | Self::SpecChanged { .. } => None,
            Self::AuthorityLost { .. }
            | Self::AuthorityMissing { .. }
            | Self::CertificateMissing { .. }
            | Self::KeyMissing { .. } => Some("missing"),
            Self::Due { .. } => Some("due"),
            other => Some(other.code()),
        }
    }

    /// Its code for `kubeconfig check`.
    pub const fn check_code(&self) -> &'static str {
        match self {
            Self::AuthorityExpired { .. } | Self::Expired { .. } => "expired",
            Self::Due { .. } => "expiring",
            Self::IssuerChanged { .. } => "stale-issuer",
            Self::KeyMismatch { .. } => "key-mismatch",
            Self::NotAnAuthority { .. } => "not-a-ca",
            Self::AuthorityNotYetValid { .. } | Self::NotYetValid { .. } => "not-yet-valid",
            Self::TrustChanged { .. } => "stale-ca",
            _ => "unreadable",
        }
    }
}

impl Serialize for Tagged<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let (issue, code) = (self.issue, self.issue.code());
        match self.tag {
            Tag::Attention => match issue.attention_code() {
                Some(code) => map.serialize_entry("attention", code)?,
                None => {
                    map.serialize_entry("attention", "drifted")?;
                    map.serialize_entry("reason", code)?;
                }
            },
            // What could not be used as it is was named to be reissued.
            Tag::Reason if issue.is_unusable() => {
                map.serialize_entry("reason", "unusable")?;
                map.serialize_entry("why", &issue.as_refusal())?;
                return map.end();
            }
            Tag::Reason => map.serialize_entry("reason", code)?,
            Tag::Refusal => map.serialize_entry("refusal", code)?,
        }
        self.values(&mut map)?;
        map.end()
    }
}

impl Tagged<'_> {
    fn values<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        match self.issue {
            Issue::AuthorityExpired { path, not_after, key } => {
                map.serialize_entry("path", path)?;
                map.serialize_entry("notAfter", not_after)?;
                key.as_ref().map_or(Ok(()), |key| map.serialize_entry("key", key))
            }
            Issue::AuthorityLost { path, issued } => {
                map.serialize_entry("path", path)?;
                map.serialize_entry("issued", issued)
            }
            Issue::AuthorityMissing { path }
            | Issue::CertificateMissing { path }
            | Issue::KeyMissing { path }
            | Issue::Missing { path } => map.serialize_entry("path", path),
            Issue::AuthorityNotYetValid { path, not_before } => {
                map.serialize_entry("path", path)?;
                map.serialize_entry("notBefore", not_before)
            }
            Issue::ContentsChanged => Ok(()),
            Issue::Due { not_after, ends_with_issuer } => {
                map.serialize_entry("notAfter", not_after)?;
                match self.tag {
                    Tag::Attention => map.serialize_entry("endsWithIssuer", ends_with_issuer),
                    _ => Ok(()),
                }
            }
            Issue::Expired { not_after } => map.serialize_entry("notAfter", not_after),
            Issue::FieldMissing { field } => map.serialize_entry("field", field),
            Issue::Forbidden { privilege } => map.serialize_entry("privilege", privilege),
            Issue::Inaccessible { path, why, .. }
            | Issue::NotAnAuthority { path, why }
            | Issue::Unreadable { path, why } => {
                map.serialize_entry("path", path)?;
                map.serialize_entry("why", why)
            }
            Issue::IssuerChanged { issuer } | Issue::TrustChanged { authority: issuer } => {
                self.issuer(map, issuer)
            }
            Issue::IssuerExpired { issuer, not_after }
            | Issue::OutlivesIssuer { issuer, not_after } => {
                self.issuer(map, issuer)?;
                map.serialize_entry("notAfter", not_after)
            }
            Issue::IssuerKeyMissing { issuer, path } => {
                self.issuer(map, issuer)?;
                map.serialize_entry("path", path)
            }
            Issue::KeyMismatch { certificate, key } => {
                map.serialize_entry("certificate", certificate)?;
                map.serialize_entry("key", key)
            }
            Issue::NamesChanged { added, removed } => {
                map.serialize_entry("added", added)?;
                map.serialize_entry("removed", removed)
            }
            Issue::NotACertificate { holds } => map.serialize_entry("holds", holds),
            Issue::NotYetValid { not_before } => map.serialize_entry("notBefore", not_before),
            Issue::SourceChanged { of } => map.serialize_entry("of", of),
            Issue::SpecChanged { field, was, now } => {
                map.serialize_entry("field", field)?;
                map.serialize_entry("was", was)?;
                map.serialize_entry("now", now)
            }
            Issue::TooOpen { path, mode, widest } => {
                map.serialize_entry("path", path)?;
                map.serialize_entry("mode", &format!("{mode:04o}"))?;
                map.serialize_entry("widest", &format!("{widest:04o}"))
            }
            Issue::Unreachable { why } => map.serialize_entry("why", why),
        }
    }

    /// `plan` writes an entry, `status` the name of a row.
    fn issuer<M: SerializeMap>(&self, map: &mut M, name: &AuthorityName) -> Result<(), M::Error> {
        match name {
            AuthorityName::Entry(id) if self.tag != Tag::Attention => {
                map.serialize_entry("issuer", id)
            }
            other => map.serialize_entry("issuer", &other.to_string()),
        }
    }
}
