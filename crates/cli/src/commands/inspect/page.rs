//! Rows of a name and a value, in lines of 80 columns.

/// The widest line, in characters, as far as values can be broken.
const WIDTH: usize = 80;
/// Where values begin: a SHA-256 in hex ends before the line does.
const COLUMN: usize = 15;
/// How far a name is indented.
const INDENT: usize = 2;

/// A text in the making.
#[derive(Default)]
pub(super) struct Page(pub(super) String);

impl Page {
    /// A row; nothing for an empty value.
    pub(super) fn row(&mut self, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let mut line = format!("{:INDENT$}{name:<width$}", "", width = COLUMN - INDENT - 1);
        for word in visible(value).split(' ') {
            let is_first = line.chars().count() < COLUMN;
            if !is_first && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.line(&line);
                line = " ".repeat(COLUMN - 1);
            }
            line.push(' ');
            line.push_str(word);
        }
        self.line(&line);
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

    pub(super) fn line(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }
}

/// A text of somebody else's, whose control characters must not reach a terminal.
pub(super) fn visible(text: &str) -> String {
    text.chars()
        .map(|character| match character.is_control() {
            true => character.escape_default().to_string(),
            false => character.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_values_are_broken_at_spaces_and_stay_in_their_column() {
        let mut page = Page::default();
        page.row("names", &["DNS:kubernetes"; 9].join(", "));
        let lines: Vec<_> = page.0.lines().collect();
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= WIDTH), "{lines:#?}");
        assert!(lines[0].starts_with("  names        DNS:"), "{lines:#?}");
        assert!(lines[1].starts_with("               DNS:"), "{lines:#?}");
    }

    #[test]
    fn nothing_of_a_name_reaches_the_terminal() {
        let mut page = Page::default();
        page.row("user", "a\u{1b}[2Jb\nc");
        assert_eq!(page.0, "  user         a\\u{1b}[2Jb\\nc\n");
    }
}
