//! A moment on the command line: a day in UTC, or a time as in RFC 3339.

use std::str::FromStr;

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// A moment that somebody wrote.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment(Timestamp);

impl Moment {
    pub(super) const fn timestamp(self) -> Timestamp {
        self.0
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(at) = text.parse() {
            return Ok(Self(at));
        }
        // A text with a time of day would be read as its date alone.
        let is_day = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let day = text.parse::<Date>().ok().filter(|_| is_day);
        let midnight = day.and_then(|day| day.to_zoned(TimeZone::UTC).ok());
        let wanted = || "write a day, `2027-06-01`, or a time, `2027-06-01T12:00:00Z`".to_owned();
        midnight.map(|midnight| Self(midnight.timestamp())).ok_or_else(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_times_are_read() {
        for (text, at) in [
            ("2027-06-01", "2027-06-01T00:00:00Z"),
            ("2027-06-01T12:00:00Z", "2027-06-01T12:00:00Z"),
            ("2027-06-01T12:00:00+02:00", "2027-06-01T10:00:00Z"),
            ("1970-01-01", "1970-01-01T00:00:00Z"),
            ("9999-12-30", "9999-12-30T00:00:00Z"),
        ] {
            assert_eq!(text.parse::<Moment>().unwrap().timestamp().to_string(), at);
        }
        for text in ["", "tomorrow", "2027-13-01", "2027-06-01T12:00:00", "10000-01-01", "30d"] {
            assert!(text.parse::<Moment>().is_err(), "{text}");
        }
    }
}
