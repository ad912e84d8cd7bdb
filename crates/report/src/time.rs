//! Times and lengths of time, as people read them. Programs read RFC 3339 and seconds.

use jiff::{SignedDuration, Timestamp};

/// A time to the second, in UTC: `2026-11-29 09:50:24Z`.
pub fn time(at: Timestamp) -> String {
    at.strftime("%F %TZ").to_string()
}

/// The day of a time, in UTC: `2026-11-29`.
pub fn day(at: Timestamp) -> String {
    at.strftime("%F").to_string()
}

const DAY: i64 = 24 * 60 * 60;

/// A length of time in words, in its largest unit that says enough: `2 days`, `47 hours`. Below 0 it
/// counts as well.
pub fn length(of: SignedDuration) -> String {
    let seconds = of.as_secs().unsigned_abs();
    let (unit, name) = match i64::try_from(seconds).unwrap_or(i64::MAX) {
        172_800.. => (DAY, "day"),
        7_200.. => (3600, "hour"),
        120.. => (60, "minute"),
        _ => (1, "second"),
    };
    count(usize::try_from(seconds / unit.unsigned_abs()).unwrap_or(usize::MAX), name)
}

/// A length of time in at most five characters, in the smallest unit that fits: `364d`, `-2h`.
pub fn short_length(of: SignedDuration) -> String {
    let seconds = of.as_secs();
    let years = if seconds < 0 { 1000 * DAY } else { 10_000 * DAY };
    let units = [(365 * DAY, years, 'y'), (DAY, 2 * DAY, 'd'), (3600, 7200, 'h'), (60, 120, 'm')];
    match units.iter().find(|(_, from, _)| seconds.abs() >= *from) {
        Some((unit, _, name)) => format!("{}{name}", seconds / unit),
        None => format!("{seconds}s"),
    }
}

/// `1 file`, `2 files`, `2 entries`.
pub fn count(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o']) => format!("{number} {stem}ies"),
        _ => format!("{number} {noun}s"),
    }
}

/// The first of many names, and how many more there are.
pub fn first_of(names: &[&str], most: usize) -> String {
    match names.len().checked_sub(most) {
        // One more is as long as saying so.
        Some(more @ 2..) => {
            format!("{}, and {more} more (`-v` lists them)", names[..most].join(", "))
        }
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_their_largest_unit() {
        for (seconds, text) in
            [(0, "0 seconds"), (1, "1 second"), (119, "119 seconds"), (120, "2 minutes")]
        {
            assert_eq!(length(SignedDuration::from_secs(seconds)), text);
        }
        for (hours, text) in [(47, "47 hours"), (48, "2 days"), (-48, "2 days"), (8760, "365 days")]
        {
            assert_eq!(length(SignedDuration::from_hours(hours)), text);
        }
    }

    #[test]
    fn short_lengths_fit_their_column() {
        for (seconds, text) in [
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (7199, "119m"),
            (7200, "2h"),
            (172_799, "47h"),
            (172_800, "2d"),
            (365 * 86400, "365d"),
            (9_999 * 86400, "9999d"),
            (10_000 * 86400, "27y"),
            (-86400, "-24h"),
            (-400 * 86400, "-400d"),
            (-1000 * 86400, "-2y"),
        ] {
            assert_eq!(short_length(SignedDuration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn nouns_have_a_plural() {
        let all = ["file", "entry", "key"].map(|noun| [count(1, noun), count(2, noun)]);
        let wanted = [["1 file", "2 files"], ["1 entry", "2 entries"], ["1 key", "2 keys"]];
        assert_eq!(all, wanted);
    }

    #[test]
    fn many_names_are_counted() {
        let names = ["a", "b", "c", "d"];
        assert_eq!(first_of(&names, 2), "a, b, and 2 more (`-v` lists them)");
        assert_eq!(first_of(&names, 3), "a, b, c, d");
        assert_eq!(first_of(&[], 3), "");
    }
}
