//! How long a certificate is good for, and how early it is renewed. Reads no clock.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, fmt::friendly::SpanParser};

use super::error::{InvalidValue, quote};

/// A time span of whole seconds, more than none and at most 100 years of 365 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lifetime {
    seconds: i64,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;

impl Lifetime {
    const LONGEST: Self = Self::of_days(36500);

    /// A number of days of 24 hours.
    pub(super) const fn of_days(days: u16) -> Self {
        Self { seconds: days as i64 * DAY }
    }

    /// The next whole day, or below one the next whole minute, that holds this many seconds; what a
    /// certificate begins early against wrong clocks does not count. At most the longest there is.
    pub(crate) fn holding(seconds: i64, early: i64) -> Self {
        let unit = if seconds > DAY { DAY } else { MINUTE };
        let whole = (seconds - early).max(1).saturating_add(unit - 1) / unit * unit;
        Self { seconds: whole }.min(Self::LONGEST)
    }

    /// The span, for arithmetic with timestamps.
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_secs(self.seconds)
    }
}

/// Prints the shortest exact form in days, hours, minutes and seconds: `365d`, `90m`, `1d1s`.
impl fmt::Display for Lifetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut mixed, mut single, mut rest) = (String::new(), String::new(), self.seconds);
        for (unit, letter) in [(DAY, 'd'), (HOUR, 'h'), (MINUTE, 'm'), (1, 's')] {
            if rest >= unit {
                mixed.push_str(&format!("{}{letter}", rest / unit));
                rest %= unit;
            }
            if single.is_empty() && self.seconds % unit == 0 {
                single = format!("{}{letter}", self.seconds / unit);
            }
        }
        f.write_str(if single.len() <= mixed.len() { &single } else { &mixed })
    }
}

/// Reads `365d`, `24h`, `1h30m`, `2w`. A day has 24 hours; years and months have no one length.
impl FromStr for Lifetime {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let invalid =
            |reason: &str| InvalidValue::new(format!("{} is no duration: {reason}", quote(text)));
        static PARSER: SpanParser = SpanParser::new();
        let too_short =
            || invalid("it is not more than 0s").hinted("write `365d`, `24h` or `1h30m`");
        let too_long = || invalid("it is longer than 100 years").hinted("write at most `36500d`");
        let span = PARSER.parse_span(text).map_err(|error| match error.is_range() {
            true if text.starts_with('-') => too_short(),
            true => too_long(),
            false => {
                invalid("it is no number with a unit").hinted("write `365d`, `24h` or `1h30m`")
            }
        })?;
        if span.get_years() != 0 || span.get_months() != 0 {
            return Err(invalid("a year and a month have more than one length")
                .hinted("write days, such as `365d`"));
        }
        let fraction = [span.get_milliseconds(), span.get_microseconds(), span.get_nanoseconds()];
        if fraction != [0; 3] {
            return Err(invalid("it has a part of a second").hinted("write whole seconds"));
        }
        let seconds = [
            (i64::from(span.get_weeks()), WEEK),
            (i64::from(span.get_days()), DAY),
            (i64::from(span.get_hours()), HOUR),
            (span.get_minutes(), MINUTE),
            (span.get_seconds(), 1),
        ]
        .into_iter()
        .try_fold(0_i64, |sum, (count, unit)| sum.checked_add(count.checked_mul(unit)?));
        match seconds.map(|seconds| Self { seconds }) {
            Some(Self { seconds }) if seconds <= 0 => Err(too_short()),
            Some(lifetime) if lifetime <= Self::LONGEST => Ok(lifetime),
            _ => Err(too_long()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_read_and_printed_exactly() {
        for (text, seconds, printed) in [
            ("365d", 31_536_000, "365d"),
            ("24h", 86_400, "1d"),
            ("1h30m", 5_400, "90m"),
            ("2w", 1_209_600, "14d"),
            ("1d 1s", 86_401, "1d1s"),
            ("1.5h", 5_400, "90m"),
            ("1 day, 2 hours", 93_600, "26h"),
            ("36500d", 3_153_600_000, "36500d"),
            ("1s", 1, "1s"),
        ] {
            let lifetime: Lifetime = text.parse().unwrap();
            assert_eq!(lifetime.duration(), SignedDuration::from_secs(seconds), "{text}");
            assert_eq!(lifetime.to_string(), printed);
            assert_eq!(printed.parse(), Ok(lifetime));
        }
    }

    #[test]
    fn a_found_span_is_a_whole_number_of_days() {
        for (seconds, lifetime) in [
            (365 * DAY, "365d"),
            (365 * DAY + 299, "365d"),
            (365 * DAY + 301, "366d"),
            (3600 + 300, "1h"),
            (3600, "55m"),
            (1, "1m"),
            (i64::MAX, "36500d"),
        ] {
            assert_eq!(Lifetime::holding(seconds, 300).to_string(), lifetime, "{seconds}");
        }
    }

    #[test]
    fn other_text_is_refused() {
        for (text, part, hint) in [
            ("", "no number with a unit", "365d"),
            ("365", "no number with a unit", "365d"),
            ("1y", "more than one length", "days"),
            ("3 months", "more than one length", "days"),
            ("1.5s", "part of a second", "whole"),
            ("10ms", "part of a second", "whole"),
            ("0d", "not more than 0s", "365d"),
            ("-5d", "not more than 0s", "365d"),
            ("5d ago", "not more than 0s", "365d"),
            ("36500d 1s", "longer than 100 years", "36500d"),
            ("999999999999h", "no number with a unit", "365d"),
            ("99999999d", "longer than 100 years", "36500d"),
        ] {
            let error = text.parse::<Lifetime>().unwrap_err();
            assert!(error.to_string().contains(part), "{text}: {error}");
            assert!(error.hint().unwrap().contains(hint), "{text}: {error}");
        }
    }
}
