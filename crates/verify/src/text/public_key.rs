//! Public keys as OpenSSL prints them. Computes nothing with them: a point that lies on no curve
//! prints as if it did.

use super::{
    element::{BIT_STRING, Element, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE},
    number::Number,
    objects::Object,
    page::Page,
    signature::{Algorithm, Pss},
};

/// Prints a SubjectPublicKeyInfo (RFC 5280, 4.1.2.7); `None` for what is none.
pub(super) fn put(page: &mut Page, info: &Element<'_>) -> Option<()> {
    let mut parts = Some(info).filter(|it| it.tag == SEQUENCE)?.inside();
    let algorithm = Algorithm::of(&parts.any()?)?;
    let bits = parts.one(BIT_STRING)?.bits()?;
    parts.end()?;
    page.put("        Subject Public Key Info:\n");
    page.put_at(12, format!("Public Key Algorithm: {}\n", algorithm.kind.long()));
    let key = Key { algorithm: &algorithm, bits: &bits };
    let mut text = Page::default();
    // What OpenSSL says besides is an address in its memory.
    match key.put(&mut text) {
        Some(()) => page.put(text.into_bytes()),
        None => page.put_at(12, "Unable to load Public Key\n"),
    }
    Some(())
}

/// How far a key is indented, and the names of its parts.
const INDENT: usize = 16;

struct Key<'a> {
    algorithm: &'a Algorithm<'a>,
    bits: &'a [u8],
}

impl Key<'_> {
    fn put(&self, page: &mut Page) -> Option<()> {
        match self.algorithm.kind.dotted.as_str() {
            "1.2.840.113549.1.1.1" => self.put_rsa(page),
            "1.2.840.113549.1.1.10" => {
                self.put_rsa(page)?;
                self.put_restrictions(page)
            }
            "1.2.840.10045.2.1" => self.put_ec(page),
            "1.2.840.10040.4.1" => self.put_dsa(page),
            "1.3.101.110" => self.put_raw(page, 32),
            "1.3.101.111" => self.put_raw(page, 56),
            "1.3.101.112" => self.put_raw(page, 32),
            "1.3.101.113" => self.put_raw(page, 57),
            _ => None,
        }
    }

    fn put_rsa(&self, page: &mut Page) -> Option<()> {
        let mut parts = Element::first(self.bits).filter(|it| it.tag == SEQUENCE)?.inside();
        let modulus = Number::of(&parts.one(INTEGER)?).filter(|it| !it.is_negative)?;
        let exponent = Number::of(&parts.one(INTEGER)?).filter(|it| !it.is_negative)?;
        parts.end()?;
        put_size(page, modulus.bit_length());
        modulus.put_part(page, INDENT, "Modulus:");
        exponent.put_part(page, INDENT, "Exponent:");
        Some(())
    }

    /// What a key for RSASSA-PSS alone may be used with.
    fn put_restrictions(&self, page: &mut Page) -> Option<()> {
        let Some(parameters) = &self.algorithm.parameters else {
            page.put_at(INDENT, "No PSS parameter restrictions\n");
            return Some(());
        };
        let pss = Pss::of(parameters)?;
        let hash = pss.hash.as_ref().map_or(Some("SHA1"), digest)?;
        let mask = match &pss.mask {
            Some((_, hash)) => digest(hash.as_ref()?)?,
            None => "SHA1",
        };
        let salt = pss.salt.as_ref().map_or(Some(20), Number::small)?;
        let note = |is_default: bool| if is_default { " (default)" } else { "" };
        let line =
            |name: &str, value: &str, is_default| format!("{name}: {value}{}\n", note(is_default));
        page.put_at(INDENT, "PSS parameter restrictions:\n");
        page.put_at(INDENT + 2, line("Hash Algorithm", hash, hash == "SHA1"));
        page.put_at(
            INDENT + 2,
            line("Mask Algorithm", &format!("MGF1 with {mask}"), mask == "SHA1"),
        );
        page.put_at(INDENT + 2, line("Minimum Salt Length", &salt.to_string(), salt == 20));
        page.put_at(INDENT + 2, line("Trailer Field", "0x1", true));
        Some(())
    }

    fn put_ec(&self, page: &mut Page) -> Option<()> {
        let parameters = self.algorithm.parameters.as_ref()?;
        if parameters.tag == SEQUENCE {
            let curve = Curve::of(parameters)?;
            put_size(page, curve.order.bit_length());
            self.put_point(page);
            return curve.put(page);
        }
        let curve = Some(parameters).filter(|it| it.tag == OBJECT_IDENTIFIER)?;
        let curve = Object::of(curve)?;
        let line = CURVES
            .lines()
            .find_map(|line| line.split_once(' ').filter(|(dotted, _)| *dotted == curve.dotted));
        let (_, known) = line?;
        let (size, nist) = known.split_once(' ').unwrap_or((known, ""));
        if !matches!(self.bits.first(), Some(2..=4 | 6 | 7)) {
            return None;
        }
        put_size(page, size.parse().ok()?);
        self.put_point(page);
        page.put_at(INDENT, format!("ASN1 OID: {}\n", curve.short()));
        if !nist.is_empty() {
            page.put_at(INDENT, format!("NIST CURVE: {nist}\n"));
        }
        Some(())
    }

    fn put_point(&self, page: &mut Page) {
        page.put_at(INDENT, "pub:\n");
        page.put_octets(INDENT + 4, self.bits, 15);
    }

    fn put_dsa(&self, page: &mut Page) -> Option<()> {
        let domain = self.algorithm.parameters.as_ref().filter(|it| it.tag == SEQUENCE)?;
        let mut parts = domain.inside();
        let mut number = || Number::of(&parts.one(INTEGER)?);
        let (p, q, g) = (number()?, number()?, number()?);
        let y = Number::of(&Element::first(self.bits).filter(|it| it.tag == INTEGER)?)?;
        put_size(page, p.bit_length());
        for (label, number) in [("pub: ", y), ("P:   ", p), ("Q:   ", q), ("G:   ", g)] {
            number.put_part(page, INDENT, label);
        }
        Some(())
    }

    /// A key of the Edwards or Montgomery curves (RFC 8410).
    fn put_raw(&self, page: &mut Page, size: usize) -> Option<()> {
        if self.bits.len() != size || self.algorithm.parameters.is_some() {
            return None;
        }
        page.put_at(INDENT, format!("{} Public-Key:\n", self.algorithm.kind.long()));
        self.put_point(page);
        Some(())
    }
}

/// The curves that OpenSSL 3.0 knows: arcs, the size of the order in bits, and NIST's name.
const CURVES: &str = include_str!("curves.txt");

/// A curve over a prime field that is written out instead of named (RFC 3279, 2.3.5).
struct Curve<'a> {
    prime: Number,
    a: Number,
    b: Number,
    seed: Option<Vec<u8>>,
    generator: &'a [u8],
    order: Number,
    cofactor: Option<Number>,
}

impl<'a> Curve<'a> {
    fn of(parameters: &Element<'a>) -> Option<Self> {
        const PRIME_FIELD: &str = "1.2.840.10045.1.1";
        let mut parts = parameters.inside();
        parts.one(INTEGER)?;
        let mut field = parts.one(SEQUENCE)?.inside();
        if Object::of(&field.one(OBJECT_IDENTIFIER)?)?.dotted != PRIME_FIELD {
            return None;
        }
        let prime = Number::of(&field.one(INTEGER)?)?;
        let mut curve = parts.one(SEQUENCE)?.inside();
        let mut coefficient = || Some(Number::of_octets(curve.one(OCTET_STRING)?.content));
        let (a, b) = (coefficient()?, coefficient()?);
        let seed = match curve.optional(BIT_STRING)? {
            Some(seed) => Some(seed.bits()?),
            None => None,
        };
        let generator = parts.one(OCTET_STRING)?.content;
        let order = Number::of(&parts.one(INTEGER)?)?;
        let cofactor = match parts.optional(INTEGER)? {
            Some(cofactor) => Some(Number::of(&cofactor)?),
            None => None,
        };
        parts.end()?;
        Some(Self { prime, a, b, seed, generator, order, cofactor })
    }

    fn put(&self, page: &mut Page) -> Option<()> {
        let form = match self.generator.first()? {
            2 | 3 => "compressed",
            4 => "uncompressed",
            6 | 7 => "hybrid",
            _ => return None,
        };
        page.put_at(INDENT, "Field Type: prime-field\n");
        self.prime.put_part(page, INDENT, "Prime:");
        self.a.put_part(page, INDENT, "A:   ");
        self.b.put_part(page, INDENT, "B:   ");
        page.put_at(INDENT, format!("Generator ({form}):\n"));
        page.put_octets(INDENT + 4, self.generator, 15);
        self.order.put_part(page, INDENT, "Order: ");
        if let Some(cofactor) = &self.cofactor {
            cofactor.put_part(page, INDENT, "Cofactor: ");
        }
        if let Some(seed) = &self.seed {
            page.put_at(INDENT, "Seed:\n");
            page.put_octets(INDENT + 4, seed, 15);
        }
        Some(())
    }
}

fn put_size(page: &mut Page, bits: usize) {
    page.put_at(INDENT, format!("Public-Key: ({bits} bit)\n"));
}

/// OpenSSL's newer names of digests.
fn digest(hash: &Object) -> Option<&'static str> {
    Some(match hash.dotted.as_str() {
        "1.3.14.3.2.26" => "SHA1",
        "2.16.840.1.101.3.4.2.1" => "SHA2-256",
        "2.16.840.1.101.3.4.2.2" => "SHA2-384",
        "2.16.840.1.101.3.4.2.3" => "SHA2-512",
        "2.16.840.1.101.3.4.2.4" => "SHA2-224",
        "2.16.840.1.101.3.4.2.5" => "SHA2-512/224",
        "2.16.840.1.101.3.4.2.6" => "SHA2-512/256",
        _ => return None,
    })
}
