//! Which rows are wanted.

use jiff::Timestamp;

use crate::{EntryKind, Fingerprint, KeyIdentifier, RecordedEntry, Serial};

/// What a row has to have; without a condition every row is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The cluster whose chain it is in. A row of the first stage belongs to every cluster.
    pub cluster: Option<String>,
    /// Its number in its chain.
    pub number: Option<u64>,
    /// Its kind.
    pub kind: Option<EntryKind>,
    /// The UID of the request.
    pub request_uid: Option<String>,
    /// The serial number of its certificate.
    pub serial: Option<Serial>,
    /// The fingerprint of its certificate.
    pub sha256: Option<Fingerprint>,
    /// The identifier of the key that signed its certificate.
    pub issuer_key_id: Option<KeyIdentifier>,
    /// The common name of its certificate's subject.
    pub user: Option<String>,
    /// The expiry of its certificate within this span; rows then come in the order of expiry.
    pub expiring: Option<Expiring>,
    /// Whether rows come with the DER of their certificate. It selects nothing.
    pub with_der: bool,
}

/// A span of time, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expiring {
    /// Its begin.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
}

impl Query {
    /// Everything that a text can be taken for: a fingerprint, a serial number, the identifier of
    /// an issuer's key, a user.
    ///
    /// A user may have a name of hex digits, so there can be several.
    pub fn find(text: &str) -> Vec<Self> {
        if let Ok(sha256) = text.parse() {
            return vec![Self { sha256: Some(sha256), ..Self::default() }];
        }
        let serial =
            text.parse().ok().map(|serial| Self { serial: Some(serial), ..Self::default() });
        let key = text.parse().ok().map(|key| Self { issuer_key_id: Some(key), ..Self::default() });
        let user = Self { user: Some(text.to_owned()), ..Self::default() };
        serial.into_iter().chain(key).chain([user]).collect()
    }

    /// Whether a row has it all.
    pub fn selects(&self, row: &RecordedEntry) -> bool {
        let Self {
            cluster,
            number,
            kind,
            request_uid,
            serial,
            sha256,
            issuer_key_id,
            user,
            expiring,
            with_der: _,
        } = self;
        let RecordedEntry { cluster: its_cluster, number: its_number, entry, hash: _ } = row;
        let certificate = entry.certificate.as_ref();
        cluster.as_ref().is_none_or(|it| it == its_cluster || its_cluster.is_empty())
            && number.is_none_or(|it| it == *its_number)
            && kind.is_none_or(|it| it == entry.kind)
            && request_uid.as_ref().is_none_or(|it| Some(it) == entry.request_uid.as_ref())
            && serial.as_ref().is_none_or(|it| certificate.is_some_and(|c| c.serial == *it))
            && sha256.is_none_or(|it| certificate.is_some_and(|c| c.sha256 == it))
            && issuer_key_id
                .as_ref()
                .is_none_or(|it| certificate.is_some_and(|c| c.issuer_key_id.as_ref() == Some(it)))
            && user.as_ref().is_none_or(|it| certificate.is_some_and(|c| c.common_name == *it))
            && expiring.is_none_or(|it| {
                certificate.is_some_and(|c| (it.from..=it.until).contains(&c.not_after))
            })
    }
}
