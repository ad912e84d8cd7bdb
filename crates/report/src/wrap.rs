//! Text in lines that fit. Widths are those of a terminal's columns, in which some characters take
//! two and some none.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};
use unicode_width::UnicodeWidthStr;

use crate::{Line, escape};

/// The columns of text that does not ask for those of the terminal.
pub const COLUMNS: usize = 80;

/// Breaks a text at its spaces into lines of so many columns. The first has the prefix, the others as
/// many spaces; a word that is longer stays whole.
pub fn wrap(prefix: &str, text: &str, columns: usize) -> Vec<Line> {
    let (prefix, text) = (escape(prefix), escape(text));
    let indent = " ".repeat(prefix.width());
    let options = Options::new(columns)
        .initial_indent(&prefix)
        .subsequent_indent(&indent)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    if text.is_empty() {
        return vec![prefix.trim_end().into()];
    }
    textwrap::wrap(&text, options).iter().map(|line| line.trim_end().into()).collect()
}

/// A text with spaces behind it, up to so many columns.
pub(crate) fn pad(text: &str, columns: usize) -> String {
    let text = escape(text).into_owned();
    let missing = columns.saturating_sub(text.width());
    text + &" ".repeat(missing)
}

/// Names with their values, a value below the other: in lines of [`COLUMNS`].
#[derive(Debug)]
pub struct Fields {
    /// What stands before a value: spaces, the name, spaces.
    indent: usize,
    /// Where values begin.
    column: usize,
    lines: Vec<Line>,
}

impl Fields {
    /// No field yet. Names begin behind `indent` spaces, values at `column`.
    pub const fn new(indent: usize, column: usize) -> Self {
        Self { indent, column, lines: Vec::new() }
    }

    /// The same, with the values of the next fields at another column.
    pub const fn at(&mut self, column: usize) -> &mut Self {
        self.column = column;
        self
    }

    /// Adds a field; nothing for an empty value.
    pub fn row(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            let prefix = " ".repeat(self.indent) + name;
            self.lines.extend(wrap(&pad(&prefix, self.column), value, COLUMNS));
        }
    }

    /// Adds a field of several values with commas.
    pub fn list(&mut self, name: &str, values: &[String]) {
        self.row(name, &values.join(", "));
    }

    /// Adds a field for each value; the first alone has the name.
    pub fn rows(&mut self, name: &str, values: &[String]) {
        for (index, value) in values.iter().enumerate() {
            self.row(if index == 0 { name } else { "" }, value);
        }
    }

    /// Adds an empty line.
    pub fn blank(&mut self) {
        self.lines.push(Line::new());
    }

    /// The lines.
    pub fn into_lines(self) -> Vec<Line> {
        self.lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(lines: &[Line]) -> Vec<String> {
        lines.iter().map(Line::plain).collect()
    }

    #[test]
    fn lines_are_wrapped_at_words() {
        for columns in [60, 80, 120] {
            let lines = plain(&wrap("  why:  ", &"word ".repeat(40), columns));
            assert!(lines.iter().all(|line| line.len() <= columns), "{lines:#?}");
            assert!(lines.iter().any(|line| line.len() + 5 > columns), "{lines:#?}");
            assert!(lines[1..].iter().all(|line| line.starts_with("        word")), "{lines:#?}");
            assert_eq!(lines.concat().matches("word").count(), 40);
        }
        let long = "x".repeat(100);
        assert_eq!(plain(&wrap("* ", &long, 80)), [format!("* {long}")]);
        assert_eq!(plain(&wrap("* ", "", 80)), ["*"]);
        assert_eq!(plain(&wrap("* ", "a-b\u{202e} c\nd", 80)), [r"* a-b\u{202e} c\nd"]);
    }

    #[test]
    fn a_wide_character_takes_two_columns() {
        let lines = wrap("中 ", &"文字 ".repeat(30), 60);
        assert!(lines.iter().all(|line| line.width() <= 60), "{lines:#?}");
        assert_eq!((lines.len(), lines[0].width()), (3, 57), "{lines:#?}");
        assert_eq!(pad("中", 4), "中  ");
    }

    #[test]
    fn long_values_are_broken_at_spaces_and_stay_in_their_column() {
        let mut fields = Fields::new(2, 15);
        fields.row("names", &["DNS:kubernetes"; 9].join(", "));
        let lines = plain(&fields.into_lines());
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= COLUMNS), "{lines:#?}");
        assert!(lines[0].starts_with("  names        DNS:"), "{lines:#?}");
        assert!(lines[1].starts_with("               DNS:"), "{lines:#?}");
    }
}
