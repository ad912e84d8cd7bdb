//! Where to learn more of an issuer or a subject, and by what its key is known (RFC 5280, 4.2.1.1,
//! 4.2.2). Asks nobody.

use super::{
    general_name::{self, GeneralName},
    values::Values,
};
use crate::text::{
    element::{self, Element, INTEGER, OBJECT_IDENTIFIER, SEQUENCE},
    number::Number,
    objects::Object,
    page::hex,
};

/// AuthorityInfoAccess and SubjectInfoAccess.
pub(super) fn values(value: &Element<'_>) -> Option<Values> {
    let mut values = Values::default();
    for description in element::all(super::tagged(value, SEQUENCE)?.content)? {
        let mut parts = super::tagged(&description, SEQUENCE)?.inside();
        let method = Object::of(&parts.one(OBJECT_IDENTIFIER)?)?;
        let location = parts.any()?;
        parts.end()?;
        // The names of a list of one.
        let alone = Element { tag: SEQUENCE, content: location.raw, raw: location.raw };
        values.append(&format!("{} - ", method.long_cut()), general_name::values(&alone)?);
    }
    Some(values)
}

/// AuthorityKeyIdentifier. Alone, the identifier needs no name.
pub(super) fn authority_key(value: &Element<'_>) -> Option<Values> {
    let mut parts = super::tagged(value, SEQUENCE)?.inside();
    let identifier = parts.optional(0x80)?;
    let issuer = parts.optional(0xa1)?;
    let serial = parts.optional(0x82)?;
    parts.end()?;
    let mut values = Values::default();
    if let Some(identifier) = identifier {
        let identifier = hex(identifier.content, ":");
        match issuer.is_none() && serial.is_none() {
            true => values.add_bare(identifier),
            false => values.add("keyid", identifier),
        }
    }
    if let Some(issuer) = issuer {
        for name in element::all(issuer.content)? {
            GeneralName::of(&name)?;
        }
        values.append("", general_name::values(&issuer)?);
    }
    if let Some(serial) = serial {
        let serial = Number::of(&serial.with_tag(INTEGER))?;
        values.add("serial", hex(&serial.magnitude, ":"));
    }
    values.unless_empty()
}
