//! Why a spec, or one value of it, was refused. Knows no file names.

use std::fmt;

use kubepki_model::{InvalidVersion, UnknownName};
use kubepki_report::escape;

use super::{locate, path::FieldPath};

/// Why a spec was refused: one error, naming the field and where it stands.
///
/// Displayed as `FIELD: MESSAGE (line L, column C)`, without the hint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SpecError {
    message: String,
    field: Option<String>,
    location: Option<(usize, usize)>,
    hint: Option<String>,
}

impl SpecError {
    pub(super) fn new(invalid: impl Into<InvalidValue>) -> Self {
        let InvalidValue { message, hint } = invalid.into();
        Self { message, field: None, location: None, hint }
    }

    pub(super) fn in_field(mut self, field: impl fmt::Display) -> Self {
        self.field = Some(field.to_string()).filter(|field| !field.is_empty());
        self
    }

    pub(super) fn at(mut self, location: Option<(usize, usize)>) -> Self {
        self.location = location;
        self
    }

    /// The name of a host or user was refused for what other code makes of it: `list` is `hosts` or
    /// `users`, `text` the spec that holds it.
    pub(crate) fn of_name(
        text: &[u8],
        list: &'static str,
        index: usize,
        invalid: InvalidValue,
    ) -> Self {
        let path = FieldPath::root().field(list).item(index).field("name");
        let text = String::from_utf8_lossy(text);
        let location = locate::locate(&text, &path);
        Self::from(invalid.in_field(&path)).at(location)
    }

    /// What is wrong: a lowercase fragment that quotes the value, without field, place and hint.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The path of the field, such as `hosts[1].name`; `None` where the whole text is meant.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Line and column of the value, both counted from 1, columns in characters.
    ///
    /// `None` for values that come from no text, such as command-line arguments.
    pub fn location(&self) -> Option<(usize, usize)> {
        self.location
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        f.write_str(&self.message)?;
        match self.location {
            Some((line, column)) => write!(f, " (line {line}, column {column})"),
            None => Ok(()),
        }
    }
}

/// Why one value was refused, wherever it came from.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidValue {
    message: String,
    hint: Option<String>,
}

impl InvalidValue {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    pub(crate) fn hinted(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What to do about it.
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    pub(super) fn in_field(self, path: &FieldPath) -> Problem {
        Problem { path: path.clone(), invalid: self }
    }
}

impl From<UnknownName> for InvalidValue {
    fn from(unknown: UnknownName) -> Self {
        Self::new(format!("{} is no {}", quote(&unknown.text), unknown.what))
            .hinted(format!("write one of {}", unknown.known.join(", ")))
    }
}

impl From<InvalidVersion> for InvalidValue {
    fn from(invalid: InvalidVersion) -> Self {
        Self::new(format!("{} is no version of Kubernetes", quote(&invalid.text)))
            .hinted("write one such as `v1.32` or `v1.32.3`")
    }
}

/// The one of `all` that has this name.
pub(crate) fn choose<T: Copy, const N: usize>(
    what: &'static str,
    text: &str,
    all: [T; N],
    name: impl Fn(T) -> &'static str,
) -> Result<T, InvalidValue> {
    let chosen = all.into_iter().find(|choice| name(*choice) == text);
    chosen.ok_or_else(|| {
        UnknownName { what, text: text.to_owned(), known: all.map(name).to_vec() }.into()
    })
}

/// An invalid value and the field that holds it, not yet located in the text.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) path: FieldPath,
    pub(super) invalid: InvalidValue,
}

impl From<Problem> for SpecError {
    fn from(problem: Problem) -> Self {
        Self::new(problem.invalid).in_field(problem.path)
    }
}

/// A text that is quoted in an error: at most 80 characters, with what cannot be seen spelled out.
pub(crate) fn quote(text: &str) -> String {
    let shown: String = text.chars().take(80).collect();
    let end = if text.chars().nth(80).is_some() { "…" } else { "" };
    format!("`{}{end}`", escape(&shown))
}
