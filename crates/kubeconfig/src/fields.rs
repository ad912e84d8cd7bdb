//! The fields this crate has no name for, kept as they were found. Shows no value in `Debug`,
//! because `exec` and `auth-provider` hold tokens too.

use std::{collections::BTreeMap, fmt};

use crate::SecretText;

/// Unnamed fields by name, in the alphabetical order kubectl writes.
#[derive(Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, Value>);

impl Fields {
    /// Returns the value of the field called `name`.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.0.get_mut(name)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (&str, &mut Value)> {
        self.0.iter_mut().map(|(name, value)| (name.as_str(), value))
    }

    /// Sets a field, and returns the value it had.
    pub fn insert(&mut self, name: impl Into<String>, value: Value) -> Option<Value> {
        self.0.insert(name.into(), value)
    }

    /// Says whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over names and values in alphabetical order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Removes a field, and returns the value it had.
    pub fn remove(&mut self, name: &str) -> Option<Value> {
        self.0.remove(name)
    }
}

impl FromIterator<(String, Value)> for Fields {
    fn from_iter<I: IntoIterator<Item = (String, Value)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl IntoIterator for Fields {
    type Item = (String, Value);
    type IntoIter = std::collections::btree_map::IntoIter<String, Value>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.keys().map(|name| (name, format_args!("..")))).finish()
    }
}

/// The value of an unnamed field.
///
/// It knows whether a scalar was quoted: to kubectl's YAML 1.1 an unquoted `yes` is a boolean and
/// `0123` a number, so neither may gain or lose its quotes on the way.
#[derive(PartialEq, Eq)]
pub struct Value(pub(crate) Node);

#[derive(PartialEq, Eq)]
pub(crate) enum Node {
    Fields(Fields),
    List(Vec<Value>),
    /// A scalar that must stay unquoted, because a reader may give it another type than string.
    Plain(SecretText),
    Text(SecretText),
}

impl Value {
    /// Returns the fields, if the value is a mapping.
    pub fn as_fields(&self) -> Option<&Fields> {
        if let Node::Fields(fields) = &self.0 { Some(fields) } else { None }
    }

    /// Returns the items, if the value is a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        if let Node::List(items) = &self.0 { Some(items) } else { None }
    }

    /// Returns the text of a scalar of any type. It may be a secret.
    pub fn as_text(&self) -> Option<&str> {
        match &self.0 {
            Node::Plain(text) | Node::Text(text) => Some(text.expose()),
            Node::Fields(_) | Node::List(_) => None,
        }
    }

    pub(crate) fn as_fields_mut(&mut self) -> Option<&mut Fields> {
        if let Node::Fields(fields) = &mut self.0 { Some(fields) } else { None }
    }

    /// Says whether Go would take the value for more than its type's zero.
    pub(crate) fn is_set(&self) -> bool {
        match &self.0 {
            Node::Fields(fields) => !fields.is_empty(),
            Node::List(items) => !items.is_empty(),
            Node::Plain(word) => {
                let word = word.expose().to_ascii_lowercase();
                !["null", "~", "0", "false", "n", "no", "off"].contains(&word.as_str())
            }
            Node::Text(text) => !text.expose().is_empty(),
        }
    }

    pub(crate) fn plain(text: impl Into<SecretText>) -> Self {
        Self(Node::Plain(text.into()))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self(Node::Text(text.into()))
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self(Node::Text(text.into()))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::plain(flag.to_string())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::plain(number.to_string())
    }
}

impl From<Vec<Self>> for Value {
    fn from(items: Vec<Self>) -> Self {
        Self(Node::List(items))
    }
}

impl From<Fields> for Value {
    fn from(fields: Fields) -> Self {
        Self(Node::Fields(fields))
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Node::Fields(fields) => fields.fmt(f),
            Node::List(items) => items.fmt(f),
            Node::Plain(_) | Node::Text(_) => f.write_str(".."),
        }
    }
}
