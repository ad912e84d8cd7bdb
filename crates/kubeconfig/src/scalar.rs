//! YAML scalars to fields, and values of unnamed fields to [`Value`]. No message holds a value.

use std::fmt;

use base64::{
    Engine, alphabet,
    engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig},
};
use kubepki_report::is_hidden;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use crate::{Fields, Value, input::Input, read::Record, write::is_keyword};

/// A scalar turned into a `T`; null and the empty string are `None`, as they are to client-go.
pub(crate) struct Scalar<'de, T>(
    pub(crate) fn(&str) -> Result<T, &'static str>,
    pub(crate) &'de Input<'de>,
);

/// Keeps a scalar's text as it is written, `0123` included.
pub(crate) fn text<T: for<'a> From<&'a str>>(text: &str) -> Result<T, &'static str> {
    Ok(text.into())
}

/// Decodes standard base64 with padding; like Go, skips line breaks but no spaces.
pub(crate) fn data<T: From<Vec<u8>>>(text: &str) -> Result<T, &'static str> {
    const LIKE_GO: GeneralPurpose = GeneralPurpose::new(
        &alphabet::STANDARD,
        GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
    );
    let mut joined = Zeroizing::new(Vec::with_capacity(text.len()));
    joined.extend(text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')));
    let mut decoded = Zeroizing::new(Vec::with_capacity(text.len()));
    LIKE_GO.decode_vec(&*joined, &mut decoded).map_err(|_| "not base64")?;
    Ok(std::mem::take(&mut *decoded).into())
}

impl<'de, T> DeserializeSeed<'de> for Scalar<'de, T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, T> Visitor<'de> for Scalar<'de, T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_none<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_str(self)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Option<T>, E> {
        self.1.spend(text.len())?;
        if text.is_empty() { Ok(None) } else { (self.0)(text).map(Some).map_err(E::custom) }
    }
}

/// A string with a default.
pub(crate) struct Or<'de>(pub(crate) &'static str, pub(crate) &'de Input<'de>);

impl<'de> DeserializeSeed<'de> for Or<'de> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        let given = Scalar(text, self.1).deserialize(deserializer)?;
        Ok(given.unwrap_or_else(|| self.0.into()))
    }
}

/// A boolean in the words of YAML 1.1, which kubectl reads; null is false.
pub(crate) struct Flag<'de>(pub(crate) &'de Input<'de>);

impl<'de> DeserializeSeed<'de> for Flag<'de> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        let word = |text: &str| match text.to_ascii_lowercase().as_str() {
            "n" | "no" | "off" | "false" => Ok(false),
            "on" | "true" | "y" | "yes" => Ok(true),
            _ => Err("not a boolean"),
        };
        Ok(Scalar(word, self.0).deserialize(deserializer)?.unwrap_or(false))
    }
}

/// The value of a field without a name.
pub(crate) struct Unnamed<'de>(pub(crate) &'de Input<'de>);

impl<'de> DeserializeSeed<'de> for Unnamed<'de> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        self.0.spend(0)?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unnamed<'de> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value without a tag of its own")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::plain(number.to_string()))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Value, E> {
        Ok(Value::plain(number.to_string()))
    }

    fn visit_u128<E>(self, number: u128) -> Result<Value, E> {
        Ok(Value::plain(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::plain(if number.is_nan() {
            ".nan".into()
        } else if number.is_infinite() {
            if number > 0.0 { ".inf".into() } else { "-.inf".to_owned() }
        } else {
            format!("{number:?}")
        }))
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<Value, E> {
        self.0.spend(text.len())?;
        let starts_a_number = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
        let is_plain = starts_a_number && !text.contains(is_hidden) || is_keyword(text);
        if is_plain && self.0.is_untyped(text) {
            return Ok(Value::plain(text));
        }
        Ok(text.into())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.0.spend(text.len())?;
        Ok(text.into())
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::plain("null"))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::plain("null"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Self(self.0))? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        Ok(Record::<Fields>::new(self.0).visit_map(map)?.into())
    }
}
