//! Points in time as OpenSSL prints them. Reads no clock.

use jiff::{SignedDuration, civil::DateTime};

use super::element::{Element, GENERALIZED_TIME, UTC_TIME};

/// `Nov 21 00:34:55 2026 GMT`, or what OpenSSL says of a time that is none.
pub(super) fn text(element: &Element<'_>) -> String {
    read(element).unwrap_or_else(|| "Bad time value".to_owned())
}

/// Whether OpenSSL can read the time.
pub(super) fn is_good(element: &Element<'_>) -> bool {
    read(element).is_some()
}

/// Whether the element is a time at all.
pub(super) const fn is_time(element: &Element<'_>) -> bool {
    matches!(element.tag, UTC_TIME | GENERALIZED_TIME)
}

fn read(element: &Element<'_>) -> Option<String> {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let text = std::str::from_utf8(element.content).ok().filter(|text| text.is_ascii())?;
    let is_general = element.tag == GENERALIZED_TIME;
    let shortest = if is_general { 15 } else { 13 };
    if text.len() < shortest {
        return None;
    }
    let (year, rest) = if is_general {
        (digits(text.get(..4)?)?, &text[4..])
    } else {
        let year = digits(text.get(..2)?)?;
        (if year < 50 { year + 2000 } else { year + 1900 }, &text[2..])
    };
    let field = |index: usize| digits(rest.get(index * 2..index * 2 + 2)?);
    let (month, day, hour, minute) = (field(0)?, field(1)?, field(2)?, field(3)?);
    // Without seconds the zone follows at once.
    let (second, rest) = match rest.as_bytes().get(8)? {
        b'Z' | b'+' | b'-' => (0, rest.get(8..)?),
        _ => (field(4)?, rest.get(10..)?),
    };
    let (fraction, zone) = match rest.strip_prefix('.').filter(|_| is_general) {
        Some(behind) => {
            let count = behind.bytes().take_while(u8::is_ascii_digit).count();
            if count == 0 {
                return None;
            }
            rest.split_at(count + 1)
        }
        None => ("", rest),
    };
    // Only behind seconds is the fraction where OpenSSL looks for it.
    let fraction = if text.as_bytes().get(14) == Some(&b'.') { fraction } else { "" };
    let time = DateTime::new(
        i16::try_from(year).ok()?,
        i8::try_from(month).ok()?,
        i8::try_from(day).ok()?,
        i8::try_from(hour).ok()?,
        i8::try_from(minute).ok()?,
        i8::try_from(second).ok()?,
        0,
    );
    let time = time.ok()?.checked_sub(offset(zone)?).ok()?;
    let gmt = if zone == "Z" { " GMT" } else { "" };
    let month = MONTHS.get(usize::try_from(time.month()).ok()?.checked_sub(1)?)?;
    let (day, year) = (time.day(), time.year());
    let clock = format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
    Some(format!("{month} {day:2} {clock}{fraction} {year}{gmt}"))
}

/// What a zone is ahead of GMT: `Z`, `+hhmm` or `-hhmm`.
fn offset(zone: &str) -> Option<SignedDuration> {
    let behind = match zone.as_bytes().first()? {
        b'Z' if zone.len() == 1 => return Some(SignedDuration::ZERO),
        b'+' | b'-' if zone.len() == 5 => &zone[1..],
        _ => return None,
    };
    let (hours, minutes) = (digits(&behind[..2])?, digits(&behind[2..])?);
    if hours > 12 || minutes > 59 {
        return None;
    }
    let ahead = SignedDuration::from_mins(i64::from(hours * 60 + minutes));
    Some(if zone.starts_with('-') { -ahead } else { ahead })
}

fn digits(text: &str) -> Option<u32> {
    if text.bytes().all(|octet| octet.is_ascii_digit()) { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_that_are_none_are_said_to_be_none() {
        let said = |tag, content: &str| {
            text(&Element { tag, content: content.as_bytes(), raw: content.as_bytes() })
        };
        assert_eq!(said(UTC_TIME, "261121003455Z"), "Nov 21 00:34:55 2026 GMT");
        assert_eq!(said(UTC_TIME, "500101000000Z"), "Jan  1 00:00:00 1950 GMT");
        assert_eq!(said(GENERALIZED_TIME, "20500101000000.25Z"), "Jan  1 00:00:00.25 2050 GMT");
        assert_eq!(said(UTC_TIME, "2601010030+0100"), "Dec 31 23:30:00 2025");
        for bad in
            ["260229000000Z", "261301000000Z", "2601010000Z", "260101000000", "26010100é000Z"]
        {
            assert_eq!(said(UTC_TIME, bad), "Bad time value", "{bad}");
        }
    }
}
