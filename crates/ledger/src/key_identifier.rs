//! The identifier of a key, as certificates name it.

use std::{fmt, str::FromStr};

/// The octets of a subject key identifier or of the `keyIdentifier` of an authority key identifier
/// (RFC 5280, 4.2.1.1 and 4.2.1.2).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyIdentifier(Vec<u8>);

impl KeyIdentifier {
    /// The octets.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<&[u8]> for KeyIdentifier {
    fn from(octets: &[u8]) -> Self {
        Self(octets.to_vec())
    }
}

/// Prints lower-case hex.
impl fmt::Display for KeyIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

/// Reads hex in either case, with or without colons, as openssl prints it.
impl FromStr for KeyIdentifier {
    type Err = InvalidKeyIdentifier;

    fn from_str(text: &str) -> Result<Self, InvalidKeyIdentifier> {
        let text = text.trim();
        if text.len() > LONGEST || text.split(':').any(str::is_empty) {
            return Err(InvalidKeyIdentifier);
        }
        let digits: Vec<_> = text.bytes().filter(|digit| *digit != b':').collect();
        let pairs = digits.chunks(2).map(|pair| match pair {
            [high, low] => Some(value(*high)? << 4 | value(*low)?),
            _ => None,
        });
        pairs.collect::<Option<_>>().map(Self).ok_or(InvalidKeyIdentifier)
    }
}

/// 64 octets, the longest hash in use, with colons.
const LONGEST: usize = 64 * 3;

fn value(digit: u8) -> Option<u8> {
    // A hex digit is less than 16.
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// A text is no key identifier.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a key identifier is hex, at most 64 octets, with or without colons")]
#[non_exhaustive]
pub struct InvalidKeyIdentifier;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_is_read_with_and_without_colons() {
        for text in ["0a1f", "0A:1F", " 0a1f\n"] {
            assert_eq!(text.parse::<KeyIdentifier>().unwrap().to_string(), "0a1f", "{text}");
        }
    }

    #[test]
    fn what_is_no_hex_or_too_long_is_refused() {
        let long = "00".repeat(97);
        for text in ["", "0", "0a:", "0a::1f", "0x0a", "jane", "ä", &long] {
            assert!(text.parse::<KeyIdentifier>().is_err(), "{text:?}");
        }
    }
}
