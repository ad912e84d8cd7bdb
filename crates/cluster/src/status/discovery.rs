//! The state of what lies outside a catalog: any certificate, kubeconfig or server. Who issued what
//! is found among all that is there.

use std::{collections::HashMap, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use kubepki_ca::{Certificate, DistinguishedName};

use super::{Embedded, EmbeddedKind, EntryStatus, Facts, Note, StatusKind, facts::judge_dates};
use crate::observe::{AuthorityName, Issue};

/// Something that was found.
#[derive(Clone, Debug)]
pub struct Discovery {
    /// The file or `host:port`.
    pub place: String,
    /// What kind of thing it is; that a certificate is a CA's is found out here.
    pub kind: StatusKind,
    /// Which part of the place it is.
    pub embedded: Option<Embedded>,
    /// What it is.
    pub contents: Contents,
}

/// What something is.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Contents {
    /// A certificate.
    Certificate {
        /// The certificate.
        certificate: Arc<Certificate>,
        /// Its private key.
        key: DiscoveredKey,
    },
    /// A user of a kubeconfig who has a key and no certificate.
    FieldMissing {
        /// The field that is not there.
        field: &'static str,
    },
    /// A file that is named somewhere and is not there.
    Missing {
        /// The file.
        path: String,
    },
    /// A key, or a kubeconfig, without a certificate.
    NoCertificate {
        /// Whether it has a private key.
        has_key: bool,
    },
    /// Something else than the certificate that the name promises.
    NotACertificate {
        /// What it is.
        holds: &'static str,
        /// Whether it has a private key.
        has_key: bool,
    },
    /// Something without a certificate of which more is to be said.
    Other {
        /// What it is.
        what: &'static str,
    },
    /// Nothing that can be understood.
    Unreadable {
        /// The file.
        path: String,
        /// The parser's word.
        why: String,
    },
    /// A server that showed no certificate.
    Unreachable {
        /// What it did instead.
        why: String,
    },
}

/// What is known of a certificate's private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiscoveredKey {
    /// A kubeconfig has a field for it, which is not there.
    FieldMissing {
        /// The field.
        field: &'static str,
    },
    /// The key beside it is another's.
    Mismatch {
        /// Where that key is.
        path: String,
    },
    /// The file that is named is not there.
    Missing {
        /// The file.
        path: String,
    },
    /// There is none.
    None,
    /// It is there.
    Own,
    /// What should be it cannot be understood.
    Unreadable {
        /// The file.
        path: String,
        /// The parser's word.
        why: String,
    },
}

impl DiscoveredKey {
    fn issue(self, place: &str) -> Option<Issue> {
        match self {
            Self::FieldMissing { field } => Some(Issue::FieldMissing { field }),
            Self::Mismatch { path } => {
                Some(Issue::KeyMismatch { certificate: place.to_owned(), key: path })
            }
            Self::Missing { path } => Some(Issue::Missing { path }),
            Self::None | Self::Own => None,
            Self::Unreadable { path, why } => Some(Issue::Unreadable { path, why }),
        }
    }
}

/// The CAs of a PKI by their Names, each with the name of its row.
pub(super) type Authorities<'a> =
    HashMap<DistinguishedName, Vec<(&'a AuthorityName, &'a Certificate)>>;

impl Discovery {
    pub(super) fn row(
        self,
        authorities: &Authorities<'_>,
        due: SignedDuration,
        at: Timestamp,
    ) -> EntryStatus {
        let Self { place, kind, embedded, contents } = self;
        let mut row = EntryStatus { embedded, ..EntryStatus::new(None, kind, place) };
        row.hold(contents, authorities, due, at);
        row
    }
}

impl EntryStatus {
    /// Says what was found in its place.
    pub(super) fn hold(
        &mut self,
        contents: Contents,
        authorities: &Authorities<'_>,
        due: SignedDuration,
        at: Timestamp,
    ) {
        match contents {
            Contents::Certificate { certificate, key } => {
                if self.kind == StatusKind::Certificate && certificate.is_ca() {
                    self.kind = StatusKind::Authority;
                }
                self.has_key = key == DiscoveredKey::Own;
                let issue = key.issue(&self.place);
                self.attention.extend(issue);
                self.judge(&certificate, authorities, due, at);
            }
            Contents::FieldMissing { field } => {
                self.attention.push(Issue::FieldMissing { field });
            }
            Contents::Missing { path } => self.attention.push(Issue::Missing { path }),
            Contents::NoCertificate { has_key } => self.has_key = has_key,
            Contents::NotACertificate { holds, has_key } => {
                self.has_key = has_key;
                self.attention.push(Issue::NotACertificate { holds });
            }
            Contents::Other { what } => self.notes.push(Note::Holds { what }),
            Contents::Unreachable { why } => self.attention.push(Issue::Unreachable { why }),
            Contents::Unreadable { path, why } => {
                self.attention.push(Issue::Unreadable { path, why });
            }
        }
    }

    fn judge(
        &mut self,
        certificate: &Certificate,
        authorities: &Authorities<'_>,
        due: SignedDuration,
        at: Timestamp,
    ) {
        let facts = Facts::of(certificate);
        let own = facts.subject == facts.issuer && certificate.says_issued_by(certificate);
        let named = authorities.get(&facts.issuer).filter(|_| !own);
        let issuer = named.and_then(|candidates| {
            candidates.iter().find(|(_, candidate)| certificate.says_issued_by(candidate))
        });
        if let (None, Some([(name, _), ..])) = (issuer, named.map(Vec::as_slice))
            // What a kubeconfig trusts may be an older CA of the same name, on purpose.
            && !self.embedded.as_ref().is_some_and(|it| it.kind == EmbeddedKind::Cluster)
        {
            self.attention.push(Issue::IssuerChanged { issuer: (*name).clone() });
        }
        let authority = issuer.map(|(name, ca)| (*name, ca.validity()));
        self.authority = authority.map(|(name, _)| name.to_string());
        self.attention.extend(judge_dates(facts.validity, authority, due, at));
        self.facts = Some(facts);
    }
}
