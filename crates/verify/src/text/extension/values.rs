//! Lists of `name:value`, in one line or one a line. Knows no extension.

use crate::text::page::Page;

/// What an extension says, in parts.
#[derive(Debug, Default)]
pub(super) struct Values(Vec<Vec<u8>>);

impl Values {
    /// Adds a value with its name in front.
    pub(super) fn add(&mut self, name: &str, value: impl AsRef<[u8]>) {
        let mut text = format!("{name}:").into_bytes();
        text.extend_from_slice(value.as_ref());
        self.0.push(text);
    }

    /// Adds a value without a name.
    pub(super) fn add_bare(&mut self, value: impl AsRef<[u8]>) {
        self.0.push(value.as_ref().to_vec());
    }

    /// Adds the values of another list, with something in front of each name.
    pub(super) fn append(&mut self, prefix: &str, others: Self) {
        self.0.extend(others.0.into_iter().map(|value| [prefix.as_bytes(), &value].concat()));
    }

    /// The list, unless it is empty: then OpenSSL takes the extension for unreadable.
    pub(super) fn unless_empty(self) -> Option<Self> {
        (!self.0.is_empty()).then_some(self)
    }

    /// The values by themselves, as far as they are text.
    pub(super) fn into_texts(self) -> Vec<String> {
        self.0.iter().map(|value| String::from_utf8_lossy(value).into_owned()).collect()
    }

    /// The values in a line, with commas.
    pub(super) fn in_a_line(&self, indent: usize) -> Vec<u8> {
        self.joined(indent, &[self.0.join(b", ".as_slice())])
    }

    /// The values in lines of their own; the last one without its end.
    pub(super) fn in_lines(&self, indent: usize) -> Vec<u8> {
        self.joined(indent, &self.0)
    }

    fn joined(&self, indent: usize, lines: &[Vec<u8>]) -> Vec<u8> {
        let mut page = Page::default();
        if self.0.is_empty() {
            page.put_at(indent, "<EMPTY>\n");
            return page.into_bytes();
        }
        for (index, line) in lines.iter().enumerate() {
            page.put(if index > 0 { "\n" } else { "" });
            page.put_at(indent, line);
        }
        page.into_bytes()
    }
}
