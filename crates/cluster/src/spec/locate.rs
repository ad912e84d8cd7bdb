//! Finds where a field stands in the text of a spec: a second parse that fails there on purpose.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::path::{FieldPath, Segment};

/// Line and column, from 1, of the value at `path`, or of the nearest value around it.
pub(super) fn locate(text: &str, path: &FieldPath) -> Option<(usize, usize)> {
    stop_at(serde_yaml::Deserializer::from_str(text), path.segments())
}

/// Line and column, from 1, of the root value of the second document of a stream.
pub(super) fn second_document(text: &str) -> Option<(usize, usize)> {
    stop_at(serde_yaml::Deserializer::from_str(text).nth(1)?, &[])
}

fn stop_at(document: serde_yaml::Deserializer<'_>, path: &[Segment]) -> Option<(usize, usize)> {
    let stopped = Walk { path }.deserialize(document).err()?;
    stopped.location().map(|location| (location.line(), location.column()))
}

/// Goes down one segment at a time and fails at the value that has none left. Every other
/// failure, such as a field that is not there, is located by serde at the value around it.
#[derive(Clone, Copy)]
struct Walk<'a> {
    path: &'a [Segment],
}

impl<'de> DeserializeSeed<'de> for Walk<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.path.first() {
            // The visitor takes no scalar, and fails in `visit_map` and `visit_seq`.
            None => deserializer.deserialize_any(self),
            Some(Segment::Field(_)) => deserializer.deserialize_map(self),
            Some(Segment::Item(_)) => deserializer.deserialize_seq(self),
        }
    }
}

impl<'de> Visitor<'de> for Walk<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing: the walk ends here")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        if let Some((Segment::Field(name), rest)) = self.path.split_first() {
            while let Some(key) = entries.next_key::<String>()? {
                if key == *name {
                    return entries.next_value_seed(Walk { path: rest });
                }
                entries.next_value::<IgnoredAny>()?;
            }
        }
        Err(A::Error::custom("here"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if let Some((Segment::Item(index), rest)) = self.path.split_first() {
            for _ in 0..*index {
                if items.next_element::<IgnoredAny>()?.is_none() {
                    return Err(A::Error::custom("here"));
                }
            }
            items.next_element_seed(Walk { path: rest })?;
        }
        Err(A::Error::custom("here"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# hosts\nname: a\nhosts:\n  - name: ä\n    roles: [worker, 'etcd']\n  -\n    name: \"b\"\n    address: 1\n";

    #[test]
    fn values_are_found_and_missing_ones_fall_back_to_what_is_around_them() {
        let (root, hosts) = (FieldPath::root(), FieldPath::root().field("hosts"));
        for (path, location) in [
            (root.clone(), (2, 1)),
            (root.field("name"), (2, 7)),
            (root.field("domain"), (2, 1)),
            (hosts.clone(), (4, 3)),
            (hosts.item(0).field("roles"), (5, 12)),
            (hosts.item(0).field("roles").item(1), (5, 21)),
            (hosts.item(0).field("roles").item(2), (5, 12)),
            (hosts.item(1), (7, 5)),
            (hosts.item(1).field("name"), (7, 11)),
            (hosts.item(1).field("name").field("x"), (7, 11)),
            (hosts.item(7), (4, 3)),
        ] {
            assert_eq!(locate(TEXT, &path), Some(location), "{path}");
        }
    }

    #[test]
    fn the_second_document_is_found() {
        assert_eq!(second_document("a: 1\n---\n# more\nb: 2\n"), Some((4, 1)));
        assert_eq!(second_document("a: 1\n"), None);
    }
}
