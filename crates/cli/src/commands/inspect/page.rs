//! Rows of a name and a value, in lines of 80 columns.

use kubepki_report::{Line, wrap};

/// The widest line, as far as values can be broken.
const WIDTH: usize = 80;
/// Where values begin: a SHA-256 in hex ends before the line does.
const COLUMN: usize = 15;

/// Lines in the making.
#[derive(Default)]
pub(super) struct Page(pub(super) Vec<Line>);

impl Page {
    /// A row; nothing for an empty value.
    pub(super) fn row(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            let prefix = format!("  {name:<width$} ", width = COLUMN - 3);
            self.0.extend(wrap(&prefix, value, WIDTH));
        }
    }

    /// A row of several values with commas.
    pub(super) fn list(&mut self, name: &str, values: &[String]) {
        self.row(name, &values.join(", "));
    }

    /// A row for each value, the name before the first one alone.
    pub(super) fn rows(&mut self, name: &str, values: &[String]) {
        for (index, value) in values.iter().enumerate() {
            self.row(if index == 0 { name } else { "" }, value);
        }
    }

    pub(super) fn blank(&mut self) {
        self.0.push(Line::new());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_broken_at_spaces_and_stay_in_their_column() {
        let mut page = Page::default();
        page.row("names", &["DNS:kubernetes"; 9].join(", "));
        let lines: Vec<_> = page.0.iter().map(Line::plain).collect();
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= WIDTH), "{lines:#?}");
        assert!(lines[0].starts_with("  names        DNS:"), "{lines:#?}");
        assert!(lines[1].starts_with("               DNS:"), "{lines:#?}");
    }
}
