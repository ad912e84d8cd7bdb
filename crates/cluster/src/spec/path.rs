//! The path of a field, such as `hosts[1].name`.

use std::{borrow::Cow, fmt};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Segment {
    Field(Cow<'static, str>),
    Item(usize),
}

/// The way from the root of a document to a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldPath(Vec<Segment>);

impl FieldPath {
    pub(super) fn root() -> Self {
        Self::default()
    }

    pub(super) fn field(&self, name: &'static str) -> Self {
        self.then(Segment::Field(name.into()))
    }

    /// A field whose name the writer of the document has chosen.
    pub(super) fn key(&self, name: &str) -> Self {
        self.then(Segment::Field(name.to_owned().into()))
    }

    pub(super) fn item(&self, index: usize) -> Self {
        self.then(Segment::Item(index))
    }

    pub(super) fn segments(&self) -> &[Segment] {
        &self.0
    }

    fn then(&self, segment: Segment) -> Self {
        let mut segments = self.0.clone();
        segments.push(segment);
        Self(segments)
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Field(name) if position == 0 => f.write_str(name)?,
                Segment::Field(name) => write!(f, ".{name}")?,
                Segment::Item(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}
