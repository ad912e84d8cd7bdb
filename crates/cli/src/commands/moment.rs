//! A moment on the command line: a day, or a time as in RFC 3339, in UTC unless it says otherwise.

use std::str::FromStr;

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use kubepki_report::time;

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
        // A zone in brackets would be passed over.
        let is_time = text.bytes().all(|byte| byte.is_ascii_digit() || b"-:. T".contains(&byte));
        let civil = match is_day {
            true => text.parse::<Date>().ok().map(|day| day.at(0, 0, 0, 0)),
            false => text.parse::<DateTime>().ok().filter(|_| is_time),
        };
        let Some(civil) = civil else {
            return Err("write a day, such as 2027-06-01, or a time, such as 2027-06-01T12:00:00Z"
                .to_owned());
        };
        let at = civil.to_zoned(TimeZone::UTC).map(|at| Self(at.timestamp()));
        at.map_err(|_| {
            let (first, last) = (Timestamp::MIN, Timestamp::MAX);
            format!("write a time between {} and {}", time(first), time(last))
        })
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
            ("2027-06-01T12:00", "2027-06-01T12:00:00Z"),
            ("2027-06-01T12:00:01", "2027-06-01T12:00:01Z"),
            ("2027-06-01 12:00:01", "2027-06-01T12:00:01Z"),
            ("2027-06-01 12:00:01Z", "2027-06-01T12:00:01Z"),
        ] {
            assert_eq!(text.parse::<Moment>().unwrap().timestamp().to_string(), at);
        }
        for text in [
            "",
            "tomorrow",
            "2027-13-01",
            "2027-06-01T25:00",
            "2027-06-01T12:00[Europe/Berlin]",
            "10000-01-01",
            "30d",
            "12:00",
        ] {
            let error = text.parse::<Moment>().unwrap_err();
            assert!(error.contains("write a day"), "{text}: {error}");
        }
        let error = "9999-12-31".parse::<Moment>().unwrap_err();
        assert!(error.contains("and 9999-12-30 22:00:00Z"), "{error}");
    }
}
