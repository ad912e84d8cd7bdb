//! A period of validity. Reads no clock.

use jiff::{SignedDuration, Timestamp};

use crate::Error;

/// From when to when a certificate is valid, both ends included, in whole seconds (RFC 5280, 4.1.2.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity {
    not_before: Timestamp,
    not_after: Timestamp,
}

impl Validity {
    /// How far `notBefore` lies before the moment of issuance, for peers whose clocks are slow.
    pub const BACKDATE: SignedDuration = SignedDuration::from_mins(5);

    /// A period with both ends given; fractions of a second are dropped.
    pub fn new(not_before: Timestamp, not_after: Timestamp) -> Result<Self, Error> {
        let whole = |time: Timestamp| Timestamp::from_second(time.as_second());
        match (whole(not_before), whole(not_after)) {
            (Ok(from), Ok(to)) if from < to => Ok(Self { not_before: from, not_after: to }),
            _ => Err(Error::InvalidValidity { not_before, not_after }),
        }
    }

    /// A period of `lifetime` from `now`, backdated by [`Validity::BACKDATE`].
    pub fn starting(now: Timestamp, lifetime: SignedDuration) -> Result<Self, Error> {
        // Many know no time before 1970, webpki among them: a machine whose clock was reset.
        let earliest = now.min(Timestamp::UNIX_EPOCH);
        let not_before = now.checked_sub(Self::BACKDATE).map(|from| from.max(earliest));
        let not_after = now.checked_add(lifetime);
        match (not_before, not_after) {
            (Ok(from), Ok(to)) => Self::new(from, to),
            _ => Err(Error::InvalidValidity { not_before: now, not_after: Timestamp::MAX }),
        }
    }

    /// The first moment of validity.
    pub const fn not_before(&self) -> Timestamp {
        self.not_before
    }

    /// The last moment of validity.
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }

    /// Whether `at` lies within.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.not_before <= at && at <= self.not_after
    }

    /// The part of this period that lies within `outer`; an error when there is none.
    pub(crate) fn within(self, outer: Self) -> Result<Self, Error> {
        Self::new(self.not_before.max(outer.not_before), self.not_after.min(outer.not_after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn no_certificate_begins_before_1970() {
        let first =
            Validity::starting(Timestamp::UNIX_EPOCH, SignedDuration::from_hours(1)).unwrap();
        assert_eq!(first.not_before(), Timestamp::UNIX_EPOCH);
        let later = Validity::starting(at("1970-01-01T01:00:00Z"), SignedDuration::from_hours(1));
        assert_eq!(later.unwrap().not_before(), at("1970-01-01T00:55:00Z"));
    }

    #[test]
    fn a_period_is_backdated_and_whole_seconds() {
        let validity =
            Validity::starting(at("2026-11-20T12:00:00.9Z"), SignedDuration::from_hours(1));
        let validity = validity.unwrap();
        assert_eq!(validity.not_before(), at("2026-11-20T11:55:00Z"));
        assert_eq!(validity.not_after(), at("2026-11-20T13:00:00Z"));
    }

    #[test]
    fn backwards_and_endless_periods_are_refused() {
        let now = at("2026-11-20T12:00:00Z");
        assert!(Validity::new(now, now).is_err());
        assert!(Validity::starting(now, SignedDuration::from_hours(24 * 365 * 9000)).is_err());
        assert!(Validity::starting(now, SignedDuration::MAX).is_err());
    }

    #[test]
    fn within_caps_both_ends() {
        let outer = Validity::new(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z")).unwrap();
        let inner = Validity::new(at("2025-12-31T23:55:00Z"), at("2028-01-01T00:00:00Z")).unwrap();
        assert_eq!(inner.within(outer).unwrap(), outer);
        let later = Validity::new(at("2029-01-01T00:00:00Z"), at("2030-01-01T00:00:00Z")).unwrap();
        assert!(later.within(outer).is_err());
    }
}
