//! Where each key and value of a YAML text stands, so that one can be changed and the rest stay. Copies
//! no value, and gives up (`None`) on forms that kubeconfigs do not use, such as `? key`.

mod scanner;

use std::ops::Range;

use self::scanner::Scanner;

/// A text and its nodes.
pub(crate) struct Outline {
    pub(crate) root: Located,
    /// Every comment, from its `#` to the end of its line.
    pub(crate) comments: Vec<Range<usize>>,
}

/// A node of the text.
pub(crate) struct Located {
    /// From its first byte to behind its last.
    pub(crate) span: Range<usize>,
    pub(crate) shape: Shape,
}

pub(crate) enum Shape {
    /// Nothing stands there, which means null.
    Absent,
    /// One entry a line, each behind a `-` in this column.
    BlockList { column: usize, items: Vec<Located> },
    /// One key a line, each in this column.
    BlockMapping { column: usize, fields: Vec<LocatedField> },
    /// Entries in brackets.
    FlowList { items: Vec<Located> },
    /// Keys in braces.
    FlowMapping { fields: Vec<LocatedField> },
    /// The lines behind a `|` or `>`, which is the header.
    Literal { header: Range<usize> },
    /// A word, a quoted text or an alias.
    Scalar,
}

pub(crate) struct LocatedField {
    pub(crate) name: String,
    pub(crate) key: Range<usize>,
    pub(crate) value: Located,
}

impl Outline {
    /// Finds the nodes of a text with one document.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let (start, end) = document(text)?;
        let mut scanner = Scanner::new(&text[..end], start);
        let root = scanner.root()?;
        Some(Self { root, comments: scanner.comments })
    }
}

/// Where the only document of a text begins and ends.
fn document(text: &str) -> Option<(usize, usize)> {
    let (mut start, mut end) = (0, text.len());
    let (mut has_content, mut is_over) = (false, false);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches('\u{feff}').trim();
        let is_blank = bare.is_empty() || bare.starts_with('#');
        let is_marker = ["---", "..."].iter().any(|marker| {
            line.strip_prefix(marker)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
        });
        if is_marker {
            let rest = line[3..].trim_start();
            if !(rest.is_empty() || rest.starts_with('#')) {
                return None;
            }
            if !has_content && line.starts_with("---") {
                start = at + line.len();
            } else if !is_over {
                (end, is_over) = (at, true);
            }
            has_content |= line.starts_with("---");
        } else if !is_blank && (has_content || !line.starts_with('%')) {
            if is_over {
                return None;
            }
            has_content = true;
        }
        at += line.len();
    }
    if start == 0 && text.starts_with('\u{feff}') {
        start = '\u{feff}'.len_utf8();
    }
    Some((start, end))
}
