//! How the values of Names are written, by the rules of Go's crypto/x509, which every component of
//! Kubernetes reads them with. Judges nothing.

use x509_parser::{der_parser::asn1_rs::FromDer as _, x509::X509Name};

/// What is odd about a value of a Name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Odd {
    /// It is in a type that programs read differently, or that nobody should write any longer.
    Old(&'static str),
    /// Go refuses it, and with it the whole certificate.
    Refused(String),
}

/// What is odd about the values of a Name, each with its attribute's short name.
pub fn odd(name: &[u8]) -> Vec<(&'static str, Odd)> {
    let Ok((_, name)) = X509Name::from_der(name) else { return Vec::new() };
    let odd = |value: &x509_parser::x509::AttributeTypeAndValue<'_>| {
        let attribute = match value.attr_type().to_id_string().as_str() {
            "2.5.4.3" => "CN",
            "2.5.4.10" => "O",
            "1.3.6.1.4.1.57683.2" => "UID",
            _ => OTHER,
        };
        let odd = of_value(value.attr_value().tag().0, value.as_slice())?;
        Some((attribute, odd))
    };
    name.iter_attributes().filter_map(odd).collect()
}

/// An attribute that Kubernetes does not look at.
pub const OTHER: &str = "attribute";

/// What an old TeletexString is called.
pub const TELETEX: &str = "a TeletexString";

fn of_value(tag: u32, octets: &[u8]) -> Option<Odd> {
    const T61: u32 = 20;
    const UTF8: u32 = 12;
    const NUMERIC: u32 = 18;
    const PRINTABLE: u32 = 19;
    const IA5: u32 = 22;
    const BMP: u32 = 30;
    let refused = |kind: &str| Some(Odd::Refused(format!("{kind} that is none")));
    match tag {
        UTF8 if str::from_utf8(octets).is_err() => refused("a UTF8String"),
        NUMERIC if !octets.iter().all(|it| it.is_ascii_digit() || *it == b' ') => {
            refused("a NumericString")
        }
        PRINTABLE => match octets.iter().find(|octet| !is_printable(**octet)) {
            Some(bad) => {
                let bad = bad.escape_ascii();
                Some(Odd::Refused(format!("a PrintableString with `{bad}` in it")))
            }
            None => None,
        },
        IA5 if !octets.is_ascii() => refused("an IA5String"),
        BMP if !octets.len().is_multiple_of(2) => refused("a BMPString"),
        BMP => Some(Odd::Old("a BMPString")),
        T61 if !octets.is_ascii() => Some(Odd::Old(TELETEX)),
        UTF8 | NUMERIC | IA5 | T61 => None,
        28 => Some(Odd::Refused("a UniversalString".to_owned())),
        26 => Some(Odd::Refused("a VisibleString".to_owned())),
        other => Some(Odd::Refused(format!("of ASN.1 type {other}"))),
    }
}

/// Go takes `*` and `&` too, which others have put there for long.
const fn is_printable(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(octet, b' ' | b'\''..=b'/' | b':' | b'=' | b'?' | b'&')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_refuses_and_what_is_old_is_told_apart() {
        let refused = |tag, octets: &[u8]| matches!(of_value(tag, octets), Some(Odd::Refused(_)));
        assert!(refused(12, b"\xff") && refused(19, b"a_b") && refused(22, b"\xe9"));
        assert!(refused(28, b"\0\0\0a") && refused(30, b"a") && refused(4, b"a"));
        assert_eq!(of_value(20, b"caf\xe9"), Some(Odd::Old("a TeletexString")));
        assert_eq!(of_value(30, b"\0a"), Some(Odd::Old("a BMPString")));
        for (tag, octets) in
            [(12, "é"), (18, "1 2"), (19, "system:node:*&"), (20, "a"), (22, "a@b")]
        {
            assert_eq!(of_value(tag, octets.as_bytes()), None, "{tag}");
        }
    }
}
