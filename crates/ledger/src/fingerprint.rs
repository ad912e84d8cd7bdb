//! SHA-256 of a certificate's DER, in the forms in which it is met.

use std::{fmt, str::FromStr};

/// SHA-256 of the DER of a certificate.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// The 32 octets.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for Fingerprint {
    fn from(octets: [u8; 32]) -> Self {
        Self(octets)
    }
}

/// Prints lower-case hex.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// Reads 64 hex digits in either case, with or without colons; behind `X509SHA256=`, as the
/// `credential-id` of Kubernetes' audit logs has them, and behind openssl's `sha256 Fingerprint=`.
impl FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    fn from_str(text: &str) -> Result<Self, InvalidFingerprint> {
        let text = text.trim();
        let hex = text.rsplit_once('=').map_or(text, |(name, hex)| {
            let known = ["x509sha256", "sha256 fingerprint", "sha256"];
            if known.contains(&name.to_ascii_lowercase().as_str()) { hex } else { "" }
        });
        let mut digits = hex.bytes().filter(|digit| *digit != b':');
        let mut octets = [0; 32];
        for octet in &mut octets {
            let high = digits.next().and_then(value).ok_or(InvalidFingerprint)?;
            let low = digits.next().and_then(value).ok_or(InvalidFingerprint)?;
            *octet = high << 4 | low;
        }
        if digits.next().is_some() { Err(InvalidFingerprint) } else { Ok(Self(octets)) }
    }
}

fn value(digit: u8) -> Option<u8> {
    // A hex digit is less than 16.
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// A text is no SHA-256.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a SHA-256 is 64 hex digits, also as `X509SHA256=...`")]
#[non_exhaustive]
pub struct InvalidFingerprint;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_it_is_read() {
        let hex = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
        let pairs: Vec<_> = (0..32).map(|at| hex[2 * at..2 * at + 2].to_uppercase()).collect();
        let colons = pairs.join(":");
        for text in [
            hex.to_owned(),
            format!("X509SHA256={hex}"),
            colons.clone(),
            format!("sha256 Fingerprint={colons}"),
        ] {
            assert_eq!(text.parse::<Fingerprint>().unwrap().to_string(), hex, "{text}");
        }
    }

    #[test]
    fn what_is_too_short_or_long_or_no_hex_is_refused() {
        let ok = "0".repeat(64);
        for text in ["", "jane", &ok[1..], &format!("{ok}0"), &format!("{}g", &ok[1..])] {
            assert!(text.parse::<Fingerprint>().is_err(), "{text}");
        }
        assert!(format!("X509SHA1={ok}").parse::<Fingerprint>().is_err());
    }
}
