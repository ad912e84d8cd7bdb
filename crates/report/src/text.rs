//! Text in columns: lines that fit, and tables. Widths are those of a terminal's columns, in which some
//! characters take two and some none.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};
use unicode_width::UnicodeWidthStr;

use crate::{Line, Style, escape};

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
pub fn pad(text: &str, columns: usize) -> String {
    let text = escape(text).into_owned();
    let missing = columns.saturating_sub(text.width());
    text + &" ".repeat(missing)
}

/// Rows in columns that are as wide as what stands in them.
#[derive(Clone, Debug)]
pub struct Table<const N: usize> {
    head: [&'static str; N],
    rows: Vec<[Line; N]>,
    widths: [usize; N],
}

impl<const N: usize> Table<N> {
    /// A table of these columns, without rows.
    pub fn new(head: [&'static str; N]) -> Self {
        Self { head, rows: Vec::new(), widths: head.map(UnicodeWidthStr::width) }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: [impl Into<Line>; N]) {
        let cells = cells.map(Into::into);
        for (width, cell) in self.widths.iter_mut().zip(&cells) {
            *width = (*width).max(cell.width());
        }
        self.rows.push(cells);
    }

    /// The heading.
    pub fn heading(&self) -> Line {
        Line::new().styled(Style::Bold, &self.joined(&self.head.map(Line::from)).plain())
    }

    /// The rows, without the heading.
    pub fn rows(&self) -> impl Iterator<Item = Line> {
        self.rows.iter().map(|cells| self.joined(cells))
    }

    /// The heading and the rows; nothing where there is no row.
    pub fn lines(&self) -> Vec<Line> {
        match self.rows.is_empty() {
            true => Vec::new(),
            false => std::iter::once(self.heading()).chain(self.rows()).collect(),
        }
    }

    fn joined(&self, cells: &[Line; N]) -> Line {
        let last = cells.iter().rposition(|cell| cell.width() > 0).unwrap_or_default();
        let cells = cells.iter().take(last + 1).enumerate();
        cells.fold(Line::new(), |line, (column, cell)| {
            let line = line.join(cell.clone());
            if column == last {
                return line;
            }
            let missing = self.widths[column].saturating_sub(cell.width());
            line.then(&" ".repeat(missing + 2))
        })
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
    fn columns_are_as_wide_as_their_cells() {
        let mut table = Table::new(["A", "NAME", "END"]);
        assert!(table.lines().is_empty());
        table.row(["中文", "b\u{200b}", "last"]);
        table.row(["x", "", ""]);
        let lines = plain(&table.lines());
        assert_eq!(lines, ["A     NAME       END", "中文  b\\u{200b}  last", "x"]);
    }
}
