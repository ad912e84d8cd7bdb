//! A serial number, the same however it was written.

use std::{fmt, str::FromStr};

/// A certificate's serial number as hex: lower case, whole octets, none of them zero in front.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Serial(String);

impl Serial {
    /// The number as hex.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads hex as openssl, browsers and Go print it: either case, with or without colons, with or
/// without `0x`, `serial=` and zeros in front.
impl FromStr for Serial {
    type Err = InvalidSerial;

    fn from_str(text: &str) -> Result<Self, InvalidSerial> {
        let text = text.trim();
        let text = text.strip_prefix("serial=").unwrap_or(text);
        let text = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
        if text.is_empty() || text.len() > LONGEST || text.split(':').any(str::is_empty) {
            return Err(InvalidSerial);
        }
        let digits: String = text.chars().filter(|digit| *digit != ':').collect();
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(InvalidSerial);
        }
        let digits = digits.trim_start_matches('0').to_ascii_lowercase();
        Ok(Self(match digits.len() {
            0 => "00".to_owned(),
            odd if odd % 2 == 1 => format!("0{digits}"),
            _ => digits,
        }))
    }
}

/// Twice what RFC 5280, 4.1.2.2 allows, with colons.
const LONGEST: usize = 40 * 3;

/// A text is no serial number.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a serial number is hex, at most 40 octets, with or without colons")]
#[non_exhaustive]
pub struct InvalidSerial;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_form() {
        for text in ["0a1f", "A1F", "0A:1F", "0x0a1f", "00:0a:1f", "serial=0A1F", " 0a1f "] {
            assert_eq!(text.parse::<Serial>().unwrap().as_str(), "0a1f", "{text}");
        }
        assert_eq!("0".parse::<Serial>().unwrap().as_str(), "00");
    }

    #[test]
    fn what_is_no_hex_is_refused() {
        let long = "1".repeat(1000);
        for text in ["", "jane", "0x", ":", "0a:", "0a::1f", "-1", "0a 1f", "ä", &long] {
            assert!(text.parse::<Serial>().is_err(), "{text:?}");
        }
    }
}
