//! Rows of a name and a value, in lines of 80 columns.

/// The widest line, in characters, as far as values can be broken.
const WIDTH: usize = 80;
/// Where values begin.
const COLUMN: usize = 15;

/// A text in the making.
#[derive(Default)]
pub(super) struct Page(pub(super) String);

impl Page {
    /// A row; nothing for an empty value. `indent` is that of the name.
    pub(super) fn row(&mut self, indent: usize, name: &str, value: &str) {
        if value.is_empty() {
            return;
        }
        let column = indent + COLUMN;
        let mut line = format!("{:indent$}{name:<width$}", "", width = COLUMN - 1);
        for word in visible(value).split(' ') {
            let is_first = line.chars().count() < column;
            if !is_first && line.chars().count() + 1 + word.chars().count() > WIDTH {
                self.line(&line);
                line = " ".repeat(column - 1);
            }
            line.push(' ');
            line.push_str(word);
        }
        self.line(&line);
    }

    /// A row of several values with commas.
    pub(super) fn list(&mut self, indent: usize, name: &str, values: &[String]) {
        self.row(indent, name, &values.join(", "));
    }

    /// A row for each value, the name before the first one alone.
    pub(super) fn rows(&mut self, indent: usize, name: &str, values: &[String]) {
        for (index, value) in values.iter().enumerate() {
            self.row(indent, if index == 0 { name } else { "" }, value);
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
        page.row(2, "names", &["DNS:kubernetes"; 9].join(", "));
        let lines: Vec<_> = page.0.lines().collect();
        assert!(lines.len() > 1 && lines.iter().all(|line| line.len() <= WIDTH), "{lines:#?}");
        assert!(lines[0].starts_with("  names          DNS:"), "{lines:#?}");
        assert!(lines[1].starts_with("                 DNS:"), "{lines:#?}");
    }

    #[test]
    fn nothing_of_a_name_reaches_the_terminal() {
        let mut page = Page::default();
        page.row(0, "user", "a\u{1b}[2Jb\nc");
        assert_eq!(page.0, "user           a\\u{1b}[2Jb\\nc\n");
    }
}
