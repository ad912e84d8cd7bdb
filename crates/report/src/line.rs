//! A line of spans. A style is a value beside its text: no text holds a terminal's codes.

use unicode_width::UnicodeWidthStr;

use crate::escape;

/// What a piece of a line stands out for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Something is wrong.
    Bad,
    /// A title.
    Bold,
    /// Something wants attention.
    Due,
    /// Advice.
    Hint,
    /// Nothing.
    #[default]
    Plain,
}

impl Style {
    /// The codes before and after a text, of ECMA-48 (8.3.117).
    const fn codes(self) -> (&'static str, &'static str) {
        match self {
            Self::Bad => ("\x1b[1;31m", "\x1b[0m"),
            Self::Bold => ("\x1b[1m", "\x1b[0m"),
            Self::Due => ("\x1b[1;33m", "\x1b[0m"),
            Self::Hint => ("\x1b[1;36m", "\x1b[0m"),
            Self::Plain => ("", ""),
        }
    }
}

/// One line, without its end. Holds no hidden character.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line(Vec<(Style, String)>);

impl Line {
    /// A line that has nothing.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a text.
    #[must_use]
    pub fn then(self, text: &str) -> Self {
        self.styled(Style::Plain, text)
    }

    /// Adds a text that stands out.
    #[must_use]
    pub fn styled(mut self, style: Style, text: &str) -> Self {
        self.0.push((style, escape(text).into_owned()));
        self
    }

    /// Adds another line.
    #[must_use]
    pub fn join(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// How many columns of a terminal it takes.
    pub fn width(&self) -> usize {
        self.0.iter().map(|(_, text)| text.width()).sum()
    }

    /// The line without its styles.
    pub fn plain(&self) -> String {
        self.0.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// The line with a terminal's codes for its styles.
    pub fn coloured(&self) -> String {
        let span = |(style, text): &(Style, String)| {
            let (before, after) = style.codes();
            format!("{before}{text}{after}")
        };
        self.0.iter().map(span).collect()
    }
}

impl From<&str> for Line {
    fn from(text: &str) -> Self {
        Self::new().then(text)
    }
}

impl From<&String> for Line {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for Line {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_codes_only_where_they_are_wanted() {
        let line = Line::from("a \u{1b}[31mb ").styled(Style::Bad, "bad\n").then("  ");
        assert_eq!(line.plain(), r"a \u{1b}[31mb bad\n  ");
        assert_eq!(line.coloured(), "a \\u{1b}[31mb \x1b[1;31mbad\\n\x1b[0m  ");
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(Line::from("中文 é").width(), 6);
    }
}
