//! Names of every kind, as subjectAltName has them (RFC 5280, 4.2.1.6).

use kubepki_ca::der::Value;

use super::Malformed;

/// What is wrong with a GeneralName.
pub(super) fn general(name: &Value<'_>) -> Result<Option<String>, Malformed> {
    let octets = name.content;
    Ok(match name.tag {
        // otherName, directoryName and registeredID.
        0xa0 | 0xa4 | 0x88 if !octets.is_empty() => None,
        0x81 => text("mail address", octets),
        0x82 => text("DNS name", octets),
        0x86 => text("URI", octets).or_else(|| uri(octets)),
        0x87 => address(octets),
        0xa3 | 0xa5 => Some("has a name of a kind that programs do not read".to_owned()),
        _ => Some("has a name of no kind that there is".to_owned()),
    })
}

fn text(kind: &str, octets: &[u8]) -> Option<String> {
    match octets {
        [] => Some(format!("has an empty {kind}")),
        _ if !octets.is_ascii() => Some(format!("has a {kind} that is not ASCII")),
        _ => None,
    }
}

fn address(octets: &[u8]) -> Option<String> {
    match octets {
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, _, _, _, _] => {
            Some("has an IPv4 address that is written as an IPv6 address".to_owned())
        }
        _ if matches!(octets.len(), 4 | 16) => None,
        _ => Some(format!("has an IP address of {} octets", octets.len())),
    }
}

/// What Go's net/url does not read: a URI without a scheme, percent signs that mean nothing, brackets
/// that do not close.
fn uri(octets: &[u8]) -> Option<String> {
    let is_word = |octet: &u8| octet.is_ascii_alphanumeric() || b"+-.".contains(octet);
    let (scheme, rest) = octets.split_at(octets.iter().position(|it| *it == b':').unwrap_or(0));
    let is_scheme =
        scheme.first().is_some_and(u8::is_ascii_alphabetic) && scheme.iter().all(is_word);
    let authority = rest.strip_prefix(b"://").unwrap_or_default();
    let end = authority.iter().position(|it| b"/?#".contains(it)).unwrap_or(authority.len());
    let authority = &authority[..end];
    let closes = authority.contains(&b'[') == authority.contains(&b']');
    let mut after_percent = octets.split(|it| *it == b'%').skip(1);
    let is_escaped =
        after_percent.all(|it| it.len() >= 2 && it[..2].iter().all(u8::is_ascii_hexdigit));
    let has_control = octets.iter().any(u8::is_ascii_control) || authority.contains(&b' ');
    let is_uri = is_scheme && closes && is_escaped && !has_control;
    (!is_uri).then(|| format!("has a URI that cannot be read: {}", octets.escape_ascii()))
}

#[cfg(test)]
mod tests {
    use kubepki_ca::der::encode;

    use super::*;

    fn fault(tag: u8, octets: &[u8]) -> Option<String> {
        let der = encode(tag, &[octets]);
        general(&Value::only(&der).unwrap()).unwrap()
    }

    #[test]
    fn names_are_of_their_kind() {
        for (tag, octets) in [
            (0x82, b"a.example".as_slice()),
            (0x81, b"a@b"),
            (0x86, b"spiffe://example.test/x"),
            (0x86, b"urn:uuid:0"),
            (0x86, b"https://[fd00::1]:6443/%20"),
            (0x87, &[10, 0, 0, 1]),
            (0x87, &[0xfd; 16]),
            (0xa4, b"\x30\x00"),
        ] {
            assert_eq!(fault(tag, octets), None, "{}", octets.escape_ascii());
        }
        for (tag, octets) in [
            (0x82, b"".as_slice()),
            (0x82, b"b\xfccher"),
            (0x86, b"no-scheme"),
            (0x86, b"http://[::1/%zz"),
            (0x86, b"http://a b/"),
            (0x86, b"a:%"),
            (0x87, &[10, 0, 0, 0, 0]),
            (0x87, b"\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\x01"),
            (0xa2, b"\x16\x01a"),
            (0x89, b"x"),
            (0xa3, b"\x30\x00"),
            (0x16, b"a"),
        ] {
            assert!(fault(tag, octets).is_some(), "{}", octets.escape_ascii());
        }
    }
}
