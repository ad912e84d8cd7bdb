//! INTEGERs in OpenSSL's several ways of writing them.

use super::{
    element::Element,
    page::{Page, hex},
};

/// A whole number of any size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) is_negative: bool,
    /// Big-endian, without leading zeros but for zero itself.
    pub(super) magnitude: Vec<u8>,
}

impl Number {
    /// Reads an INTEGER or ENUMERATED; `None` for an encoding that OpenSSL refuses.
    pub(super) fn of(element: &Element<'_>) -> Option<Self> {
        let octets = element.content;
        match octets {
            // Nine equal bits at the top are one octet too many (X.690, 8.3.2). A lone 0xff, 0x00
            // is -256, which the negation below gets right.
            [] => return None,
            [0x00, second, ..] if *second < 0x80 => return None,
            [0xff, second, ..] if *second >= 0x80 => return None,
            _ => {}
        }
        let is_negative = octets[0] >= 0x80;
        let magnitude = if is_negative { negated(octets) } else { octets.to_vec() };
        Some(Self { is_negative, magnitude: trimmed(&magnitude) })
    }

    /// A number without a sign.
    pub(super) fn of_octets(octets: &[u8]) -> Self {
        Self { is_negative: false, magnitude: trimmed(octets) }
    }

    /// Decimal up to 127 bits, hex from there on.
    pub(super) fn short(&self) -> String {
        let sign = if self.is_negative { "-" } else { "" };
        match self.small().filter(|number| number.leading_zeros() > 0) {
            Some(number) => format!("{sign}{number}"),
            None => format!("{sign}0x{}", hex(&self.magnitude, "")),
        }
    }

    /// Upper-case hex octets, the way of serial numbers in CRLs.
    pub(super) fn octets(&self) -> String {
        let sign = if self.is_negative { "-" } else { "" };
        // A line of 35 octets ends as one of C's macros.
        let lines: Vec<_> = self.magnitude.chunks(35).map(|line| hex(line, "")).collect();
        format!("{sign}{}", lines.join("\\\n"))
    }

    /// The number behind a label, as parts of keys are: up to 64 bits in the same line, decimal
    /// and hex; else in lines of their own.
    pub(super) fn put_part(&self, page: &mut Page, indent: usize, label: &str) {
        match self.small().filter(|number| *number <= u128::from(u64::MAX)) {
            Some(0) => page.put_at(indent, format!("{label} 0\n")),
            Some(number) => page.put_at(indent, format!("{label} {number} (0x{number:x})\n")),
            None => {
                page.put_at(indent, format!("{label}\n"));
                let mut octets = self.magnitude.clone();
                if octets.first().is_some_and(|first| *first >= 0x80) {
                    octets.insert(0, 0);
                }
                page.put_octets(indent + 4, &octets, 15);
            }
        }
    }

    /// The size in bits.
    pub(super) fn bit_length(&self) -> usize {
        let unused = self.magnitude.first().map_or(0, |first| first.leading_zeros() as usize);
        self.magnitude.len() * 8 - unused
    }

    /// The magnitude, where it fits.
    pub(super) fn small(&self) -> Option<u128> {
        if self.magnitude.len() > 16 {
            return None;
        }
        Some(self.magnitude.iter().fold(0, |number, octet| number << 8 | u128::from(*octet)))
    }
}

/// The two's complement of a negative number.
fn negated(octets: &[u8]) -> Vec<u8> {
    let mut magnitude: Vec<u8> = octets.iter().map(|octet| !octet).collect();
    for octet in magnitude.iter_mut().rev() {
        let (sum, carries) = octet.overflowing_add(1);
        *octet = sum;
        if !carries {
            return magnitude;
        }
    }
    // Only the negation of zero carries out, and zero is not negative.
    magnitude
}

fn trimmed(octets: &[u8]) -> Vec<u8> {
    let zeros = octets.iter().take_while(|octet| **octet == 0).count();
    octets[zeros.min(octets.len().saturating_sub(1))..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(content: &[u8]) -> Option<Number> {
        Number::of(&Element { tag: super::super::element::INTEGER, content, raw: content })
    }

    #[test]
    fn numbers_are_written_as_openssl_writes_them() {
        let short = |content: &[u8]| number(content).map(|number| number.short());
        assert_eq!(short(&[0]).as_deref(), Some("0"));
        assert_eq!(short(&[0x80]).as_deref(), Some("-128"));
        assert_eq!(short(&[0xff, 0x00]).as_deref(), Some("-256"));
        assert_eq!(short(&[0x00, 0x80]).as_deref(), Some("128"));
        assert_eq!(short(&[0x00, 0x7f]), None);
        assert_eq!(short(&[]), None);
        let mut long = vec![0x7f];
        long.extend([0xff; 15]);
        assert_eq!(short(&long).unwrap(), u128::MAX.wrapping_shr(1).to_string());
        long.insert(0, 1);
        assert_eq!(short(&long).unwrap(), format!("0x017F{}", "FF".repeat(15)));
        assert_eq!(number(&[0xfb]).unwrap().octets(), "-05");
    }
}
