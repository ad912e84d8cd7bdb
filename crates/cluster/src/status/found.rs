//! The state of what lies outside a catalog: any certificate, kubeconfig or server. Who issued what
//! is found among all that is there.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;
use kubepki_ca::{Certificate, DistinguishedName};

use super::{Attention, Embedded, EmbeddedKind, Facts, Horizon, Kind, Row, facts::judge_dates};

/// Something that was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// The file or `host:port`.
    pub place: String,
    /// What kind of thing it is; that a certificate is a CA's is found out here.
    pub kind: Kind,
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
        key: KeyFound,
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
pub enum KeyFound {
    /// The key beside it is another's.
    Mismatch {
        /// Where that key is.
        path: String,
    },
    /// There is none.
    None,
    /// It is there.
    Own,
}

/// The CAs of a PKI by their Names, each with the name of its row.
type Authorities<'a> = HashMap<DistinguishedName, Vec<(&'a String, &'a Certificate)>>;

impl Found {
    pub(super) fn row(
        self,
        authorities: &Authorities<'_>,
        horizon: &Horizon,
        at: Timestamp,
    ) -> Row {
        let Self { place, kind, embedded, contents } = self;
        let mut row = Row {
            id: None,
            kind,
            place,
            embedded,
            facts: None,
            authority: None,
            has_key: false,
            attention: Vec::new(),
            notes: Vec::new(),
        };
        match contents {
            Contents::Certificate { certificate, key } => {
                if kind == Kind::Certificate && certificate.is_ca() {
                    row.kind = Kind::Authority;
                }
                row.has_key = key == KeyFound::Own;
                if let KeyFound::Mismatch { path } = key {
                    row.attention.push(Attention::KeyMismatch { key: path });
                }
                row.judge(&certificate, authorities, horizon, at);
            }
            Contents::Missing { path } => row.attention.push(Attention::Missing { path }),
            Contents::NoCertificate { has_key } => row.has_key = has_key,
            Contents::Unreachable { why } => row.attention.push(Attention::Unreachable { why }),
            Contents::Unreadable { path, why } => {
                row.attention.push(Attention::Unreadable { path, why });
            }
        }
        row
    }
}

impl Row {
    fn judge(
        &mut self,
        certificate: &Certificate,
        authorities: &Authorities<'_>,
        horizon: &Horizon,
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
            self.attention.push(Attention::IssuerChanged { issuer: (*name).clone() });
        }
        let authority = issuer.map(|(name, ca)| (name.as_str(), ca.validity()));
        self.authority = authority.map(|(name, _)| name.to_owned());
        let due = horizon.of_others();
        self.attention.extend(judge_dates(facts.validity, authority, due, at));
        self.facts = Some(facts);
    }
}
