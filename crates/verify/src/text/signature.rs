//! Signature algorithms, their parameters, and signatures. Checks none.

use super::{
    element::{self, BIT_STRING, Element, INTEGER, OBJECT_IDENTIFIER, SEQUENCE},
    number::Number,
    objects::Object,
    page::Page,
};

/// An AlgorithmIdentifier (RFC 5280, 4.1.1.2).
#[derive(Clone, Debug)]
pub(super) struct Algorithm<'a> {
    pub(super) kind: Object,
    pub(super) parameters: Option<Element<'a>>,
}

impl<'a> Algorithm<'a> {
    pub(super) fn of(element: &Element<'a>) -> Option<Self> {
        if element.tag != SEQUENCE {
            return None;
        }
        let mut parts = element.inside();
        let kind = Object::of(&parts.one(OBJECT_IDENTIFIER)?)?;
        let parameters = if parts.end().is_some() { None } else { Some(parts.any()?) };
        parts.end()?;
        Some(Self { kind, parameters })
    }

    /// The algorithm in a line of its own.
    pub(super) fn put(&self, page: &mut Page, indent: usize) {
        page.put_at(indent, format!("Signature Algorithm: {}", self.kind.long()));
        self.put_parameters(page);
    }

    /// The algorithm and the signature, as they end every text.
    pub(super) fn put_with(&self, page: &mut Page, signature: &[u8]) {
        page.put_at(4, format!("Signature Algorithm: {}\n", self.kind.long()));
        page.put_at(4, "Signature Value:");
        self.put_parameters(page);
        match self.is_dsa().then(|| two_numbers(signature)).flatten() {
            Some((r, s)) => {
                r.put_part(page, 8, "r:   ");
                s.put_part(page, 8, "s:   ");
            }
            None if signature.is_empty() => page.put("\n"),
            None => page.put_octets(8, signature, 18),
        }
    }

    /// Ends the line; of RSASSA-PSS alone the parameters are shown.
    fn put_parameters(&self, page: &mut Page) {
        if self.kind.dotted != "1.2.840.113549.1.1.10" {
            return page.put("\n");
        }
        page.put_at(8, "");
        match self.parameters.as_ref().and_then(Pss::of) {
            Some(pss) => {
                page.put("\n");
                let hash = pss.hash.as_ref().map_or("sha1 (default)", Object::long);
                page.put_at(8, format!("Hash Algorithm: {hash}\n"));
                page.put_at(8, format!("Mask Algorithm: {}\n", pss.mask()));
                let salt = pss.salt.as_ref().map_or("14 (default)".to_owned(), Number::octets);
                page.put_at(8, format!(" Salt Length: 0x{salt}\n"));
                let trailer = pss.trailer.as_ref();
                let trailer = trailer.map_or("01 (default)".to_owned(), Number::octets);
                page.put_at(8, format!("Trailer Field: 0x{trailer}\n"));
            }
            None => page.put("(INVALID PSS PARAMETERS)\n"),
        }
    }

    fn is_dsa(&self) -> bool {
        let dotted = &self.kind.dotted;
        *dotted == "1.2.840.10040.4.3" || dotted.starts_with("2.16.840.1.101.3.4.3.1.") || {
            matches!(dotted.as_str(), "2.16.840.1.101.3.4.3.1" | "2.16.840.1.101.3.4.3.2")
        }
    }
}

/// RSASSA-PSS-params (RFC 8017, A.2.3).
pub(super) struct Pss {
    pub(super) hash: Option<Object>,
    /// The mask generation function, and its hash where it can be read.
    pub(super) mask: Option<(Object, Option<Object>)>,
    pub(super) salt: Option<Number>,
    pub(super) trailer: Option<Number>,
}

impl Pss {
    pub(super) fn of(element: &Element<'_>) -> Option<Self> {
        if element.tag != SEQUENCE {
            return None;
        }
        let mut pss = Self { hash: None, mask: None, salt: None, trailer: None };
        for part in element::all(element.content)? {
            let inner = part.only()?;
            match part.tag {
                0xa0 => pss.hash = Some(Algorithm::of(&inner)?.kind),
                0xa1 => {
                    let mask = Algorithm::of(&inner)?;
                    let is_mgf1 = mask.kind.dotted == "1.2.840.113549.1.1.8";
                    let hash = mask.parameters.filter(|_| is_mgf1);
                    let hash = hash.and_then(|it| Algorithm::of(&it)).map(|it| it.kind);
                    pss.mask = Some((mask.kind, hash));
                }
                0xa2 if inner.tag == INTEGER => pss.salt = Some(Number::of(&inner)?),
                0xa3 if inner.tag == INTEGER => pss.trailer = Some(Number::of(&inner)?),
                _ => return None,
            }
        }
        Some(pss)
    }

    fn mask(&self) -> String {
        match &self.mask {
            Some((function, Some(hash))) => format!("{} with {}", function.long(), hash.long()),
            Some((function, None)) => format!("{} with INVALID", function.long()),
            None => "mgf1 with sha1 (default)".to_owned(),
        }
    }
}

/// The octets of a signature.
pub(super) fn octets(element: &Element<'_>) -> Option<Vec<u8>> {
    if element.tag == BIT_STRING { element.bits() } else { None }
}

fn two_numbers(signature: &[u8]) -> Option<(Number, Number)> {
    let sequence = Element::first(signature).filter(|it| it.tag == SEQUENCE)?;
    let mut parts = sequence.inside();
    let numbers = (Number::of(&parts.one(INTEGER)?)?, Number::of(&parts.one(INTEGER)?)?);
    parts.end()?;
    Some(numbers)
}
