//! OpenSSL's names of object identifiers, by its own table. Knows no meaning.

use std::{collections::HashMap, sync::LazyLock};

use super::element::Element;

/// An object identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Object {
    /// The arcs with dots between them.
    pub(super) dotted: String,
    names: Option<(&'static str, &'static str)>,
}

impl Object {
    /// Reads an OBJECT IDENTIFIER; `None` for an encoding that OpenSSL refuses.
    pub(super) fn of(element: &Element<'_>) -> Option<Self> {
        let dotted = dotted(element.content)?;
        let names = NAMES.get(dotted.as_str()).copied();
        Some(Self { dotted, names })
    }

    /// The long name, or the arcs where there is none.
    pub(super) fn long(&self) -> &str {
        self.names.map_or(&self.dotted, |(_, long)| long)
    }

    /// The short name, or the arcs where there is none.
    pub(super) fn short(&self) -> &str {
        self.names.map_or_else(|| self.dotted.as_str(), |(short, _)| short)
    }
}

/// The long name of arcs in dots.
pub(super) fn long_name(dotted: &str) -> Option<&'static str> {
    NAMES.get(dotted).map(|(_, long)| *long)
}

/// The table that `openssl list -objects` of OpenSSL 3.0 prints, sorted: arcs, short name, and long
/// name where it is another. Two identifiers that are none are left out.
const TABLE: &str = include_str!("objects.txt");

static NAMES: LazyLock<HashMap<&'static str, (&'static str, &'static str)>> =
    LazyLock::new(|| TABLE.lines().filter_map(entry).collect());

fn entry(line: &'static str) -> Option<(&'static str, (&'static str, &'static str))> {
    let (dotted, names) = line.split_once(' ')?;
    let (short, long) = names.split_once(' ').unwrap_or((names, names));
    Some((dotted, (short, long)))
}

/// The arcs in decimal, however large; `None` for what is no DER (X.690, 8.19).
fn dotted(content: &[u8]) -> Option<String> {
    if content.last().is_none_or(|last| *last >= 0x80) {
        return None;
    }
    let mut arcs = content.split_inclusive(|octet| *octet < 0x80);
    let is_padded = |arc: &[u8]| arc.first() == Some(&0x80);
    if arcs.clone().any(is_padded) {
        return None;
    }
    let mut first = decimal(arcs.next()?);
    // The first two arcs are one number: 40 times the first, which is at most 2, plus the second.
    let roots = match first.as_slice() {
        [units] => (0, u32::from(*units)),
        [tens, units] => match u32::from(*tens) * 10 + u32::from(*units) {
            small @ ..40 => (0, small),
            small @ 40..80 => (1, small - 40),
            small => (2, small - 80),
        },
        _ => {
            subtract_80(&mut first);
            let digits: String = first.iter().map(|digit| char::from(b'0' + digit)).collect();
            let rest = arcs.map(text);
            return Some(
                ["2".to_owned(), digits].into_iter().chain(rest).collect::<Vec<_>>().join("."),
            );
        }
    };
    let rest = arcs.map(text);
    let start = [roots.0.to_string(), roots.1.to_string()];
    Some(start.into_iter().chain(rest).collect::<Vec<_>>().join("."))
}

fn text(arc: &[u8]) -> String {
    decimal(arc).iter().map(|digit| char::from(b'0' + digit)).collect()
}

/// The decimal digits of a number in groups of seven bits, the first one first.
fn decimal(arc: &[u8]) -> Vec<u8> {
    let mut digits = vec![0_u8]; // The last one first.
    for octet in arc {
        let mut carry = u32::from(octet & 0x7f);
        for digit in &mut digits {
            let value = u32::from(*digit) * 128 + carry;
            *digit = (value % 10) as u8;
            carry = value / 10;
        }
        while carry > 0 {
            digits.push((carry % 10) as u8);
            carry /= 10;
        }
    }
    digits.reverse();
    digits
}

/// Takes 80 from a number of at least three digits.
fn subtract_80(digits: &mut Vec<u8>) {
    let mut borrow = 8;
    for digit in digits.iter_mut().rev().skip(1) {
        let wanted = borrow;
        borrow = u8::from(*digit < wanted);
        *digit = *digit + 10 * borrow - wanted;
    }
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    digits.drain(..zeros.min(digits.len() - 1));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arcs_of_any_size_are_written_in_decimal() {
        assert_eq!(dotted(&[0x2a, 0x86, 0x48]).unwrap(), "1.2.840");
        assert_eq!(dotted(&[0x55, 4, 3]).unwrap(), "2.5.4.3");
        assert_eq!(dotted(&[0x88, 0x37]).unwrap(), "2.999");
        assert_eq!(dotted(&[0x81, 0x34]).unwrap(), "2.100");
        assert_eq!(dotted(&[0x27]).unwrap(), "0.39");
        assert_eq!(dotted(&[0x00]).unwrap(), "0.0");
        let huge = [0x2a, 0x83, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
        assert_eq!(dotted(&huge).unwrap(), format!("1.2.{}", (1_u128 << 72) - 1));
        assert_eq!(dotted(&[0x2a, 0x80, 0x01]), None);
        assert_eq!(dotted(&[0x2a, 0x81]), None);
        assert_eq!(dotted(&[]), None);
    }
}
