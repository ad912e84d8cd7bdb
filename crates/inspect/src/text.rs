//! What certificates hold that no program of Kubernetes looks at, in words, with OpenSSL's names of
//! objects. Judges nothing, and reads what kubepki itself refuses.

mod general_name;
mod names;
mod objects;

use kubepki_ca::{Certificate, der::Value};
use x509_parser::prelude::{FromDer, X509Certificate};

/// The name that OpenSSL has for an object identifier in dots.
pub fn object_name(dotted: &str) -> Option<&'static str> {
    objects::long_name(dotted)
}

/// A Name in words, with OpenSSL's short names of attributes; `None` for what is none.
pub fn name(der: &[u8]) -> Option<String> {
    names::plain(&first(der)?)
}

/// A Name in words for people, with what could change a terminal escaped: `O=dev, CN=jane`.
pub fn name_in_words(der: &[u8]) -> String {
    match name(der) {
        Some(name) => kubepki_report::escape(&name).into_owned(),
        None => "a name that cannot be read".to_owned(),
    }
}

/// The names in the value of a SubjectAltName; `None` for what is none.
pub fn alternative_names(value: &[u8]) -> Option<Vec<String>> {
    general_name::in_words(&first(value)?)
}

/// What the value of NameConstraints says, a name each: `permitted DNS:example.com`.
pub fn name_constraints(value: &[u8]) -> Option<Vec<String>> {
    general_name::constraints(&first(value)?)
}

fn first(bytes: &[u8]) -> Option<Value<'_>> {
    Value::first(bytes).ok().map(|(value, _)| value)
}

/// The algorithm of a certificate's signature, by OpenSSL's name or in dots.
pub fn signature_algorithm(certificate: &Certificate) -> String {
    let Ok((_, parsed)) = X509Certificate::from_der(certificate.der()) else {
        return String::new();
    };
    let dotted = parsed.signature_algorithm.algorithm.to_id_string();
    object_name(&dotted).map_or(dotted, str::to_owned)
}

/// The magnitude of a negative number in two's complement, as hex.
pub fn magnitude(octets: &[u8]) -> String {
    let mut carry = true;
    let mut digits: Vec<_> = octets
        .iter()
        .rev()
        .map(|octet| {
            let (sum, overflow) = (!octet).overflowing_add(u8::from(carry));
            carry = overflow;
            format!("{sum:02x}")
        })
        .collect();
    digits.reverse();
    digits.concat()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_bytes_are_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = (super::name(&bytes), super::alternative_names(&bytes), super::name_constraints(&bytes));
        }
    }

    #[test]
    fn what_is_broken_is_no_name() {
        for bytes in [b"".as_slice(), b"\x30", b"\x30\x03\x30\x01", &[0x30; 4096]] {
            assert_eq!(super::name(bytes), None, "{bytes:?}");
        }
        assert_eq!(
            super::name(b"\x30\x0c\x31\x0a\x30\x08\x06\x03\x55\x04\x03\x0c\x01\x61").unwrap(),
            "CN=a"
        );
        let address = super::alternative_names(b"\x30\x07\x87\x05\x0a\x00\x00\x01\x02").unwrap();
        assert_eq!(address, ["IP:<invalid length=5>"]);
    }
}
