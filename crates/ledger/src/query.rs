//! Which rows are wanted.

use jiff::Timestamp;

use crate::{Fingerprint, Row, Serial};

/// What a row has to have; without a wish every row is selected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// Its number.
    pub number: Option<u64>,
    /// Its serial number.
    pub serial: Option<Serial>,
    /// Its fingerprint.
    pub sha256: Option<Fingerprint>,
    /// The common name of its subject.
    pub user: Option<String>,
    /// An expiry within this span; selected rows then come in the order of their expiry.
    pub expiring: Option<Expiring>,
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
    /// Everything that a text can be taken for: a fingerprint, a serial number, a user.
    ///
    /// A user may have a name of hex digits, so there can be several.
    pub fn find(text: &str) -> Vec<Self> {
        if let Ok(sha256) = text.parse() {
            return vec![Self { sha256: Some(sha256), ..Self::default() }];
        }
        let serial =
            text.parse().ok().map(|serial| Self { serial: Some(serial), ..Self::default() });
        let user = Self { user: Some(text.to_owned()), ..Self::default() };
        serial.into_iter().chain([user]).collect()
    }

    /// Whether a row has it all.
    pub fn selects(&self, row: &Row) -> bool {
        let Self { number, serial, sha256, user, expiring } = self;
        let entry = &row.entry;
        number.is_none_or(|number| number == row.number)
            && serial.as_ref().is_none_or(|serial| *serial == entry.serial)
            && sha256.is_none_or(|sha256| sha256 == entry.sha256)
            && user.as_ref().is_none_or(|user| *user == entry.common_name)
            && expiring.is_none_or(|span| (span.from..=span.until).contains(&entry.not_after))
    }
}
