//! A walk over the whole document that bounds it before the typed parse: nesting, aliases, nulls,
//! tags and duplicate keys. Understands no field.

use std::{cell::Cell, collections::HashSet, fmt};

use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, Visitor};

/// The deepest nesting of a spec is 4: the document, `hosts`, a host, its `roles`.
const MAX_DEPTH: usize = 16;

pub(super) const EMPTY: &str = "the document is empty";
pub(super) const TOO_DEEP: &str = "the document is nested too deeply";
pub(super) const TOO_MANY_ALIASES: &str = "aliases repeat more than the document holds";
pub(super) const NO_VALUE: &str = "the field has no value";
pub(super) const TAG: &str = "YAML tags are not supported";
pub(super) const DUPLICATE: &str = "duplicate field ";

/// Walks the document once; the errors are serde's, with the messages above.
pub(super) fn check(text: &str) -> Result<(), serde_yaml::Error> {
    // Without aliases, a document has fewer nodes and characters than this.
    let budget = Cell::new(text.len() * 3 + 64);
    Node { budget: &budget, depth: 0 }.deserialize(serde_yaml::Deserializer::from_str(text))
}

/// Line and column of the bracket that opens one level too many, for the parser's time is
/// quadratic in the depth of `[` and `{`.
///
/// Quotes and comments are told apart only as well as it takes to leave honest texts alone.
pub(crate) fn too_deep_brackets(text: &str) -> Option<(usize, usize)> {
    let (mut depth, mut quoted_by) = (0_usize, None);
    for (number, line) in text.lines().enumerate() {
        let (mut before, mut escaped) = (' ', false);
        for (column, c) in line.chars().enumerate() {
            match (quoted_by, c) {
                (Some('"'), '\\') if !escaped => {
                    escaped = true;
                    continue;
                }
                (Some(quote), c) if c == quote && !escaped => quoted_by = None,
                (Some(_), _) => {}
                (None, '#') if before.is_whitespace() => break,
                (None, '"' | '\'') if " \t[{,:".contains(before) => quoted_by = Some(c),
                (None, '[' | '{') => depth += 1,
                (None, ']' | '}') => depth = depth.saturating_sub(1),
                (None, _) => {}
            }
            if depth > MAX_DEPTH {
                return Some((number + 1, column + 1));
            }
            (before, escaped) = (c, false);
        }
    }
    None
}

#[derive(Clone, Copy)]
struct Node<'a> {
    budget: &'a Cell<usize>,
    depth: usize,
}

impl Node<'_> {
    fn spend<E: de::Error>(self, cost: usize) -> Result<(), E> {
        let left = self.budget.get().checked_sub(cost + 1);
        self.budget.set(left.ok_or_else(|| E::custom(TOO_MANY_ALIASES))?);
        Ok(())
    }

    fn child<E: de::Error>(self) -> Result<Self, E> {
        self.spend(0)?;
        if self.depth == MAX_DEPTH {
            return Err(E::custom(TOO_DEEP));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<(), E> {
        self.spend(0)
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<(), E> {
        self.spend(0)
    }

    fn visit_i128<E: de::Error>(self, _: i128) -> Result<(), E> {
        self.spend(0)
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<(), E> {
        self.spend(0)
    }

    fn visit_u128<E: de::Error>(self, _: u128) -> Result<(), E> {
        self.spend(0)
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<(), E> {
        self.spend(0)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<(), E> {
        self.spend(text.len())
    }

    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        self.visit_unit()
    }

    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Err(E::custom(if self.depth == 0 { EMPTY } else { NO_VALUE }))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        Err(de::Error::custom(TAG))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let child = self.child()?;
        while items.next_element_seed(child)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let child = self.child()?;
        let mut seen = HashSet::new();
        while entries.next_key_seed(Key { seen: &mut seen, node: child })?.is_some() {
            entries.next_value_seed(child)?;
        }
        Ok(())
    }
}

/// A key, refused where it stands when its mapping has had it before.
struct Key<'a, 'b> {
    seen: &'b mut HashSet<String>,
    node: Node<'a>,
}

impl<'de> DeserializeSeed<'de> for Key<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<(), E> {
        self.node.spend(key.len())?;
        if self.seen.insert(key.to_owned()) {
            Ok(())
        } else {
            Err(E::custom(format_args!("{DUPLICATE}`{key}`")))
        }
    }
}
