//! What people read: lines without hidden characters, whoever wrote the text in them.
//!
//! A certificate's subject, a file's name and an apiserver's answer are other people's text. In it, a
//! character may move the cursor, turn the direction of writing, or not be seen at all. Nothing that
//! is made here holds one: it stands there as `\u{202e}`. Knows no certificate and opens no file.
//!
//! ```
//! use kubepki_report::Line;
//!
//! let line = Line::from("subject CN=jane\u{202e}nimda\u{1b}[2J\n");
//! assert_eq!(line.plain(), r"subject CN=jane\u{202e}nimda\u{1b}[2J\n");
//! ```

mod csv;
mod document;
mod escape;
mod line;
mod text;

pub use csv::csv_record;
pub use document::{SerializeError, json, json_line, label_value, xml, yaml, yaml_string};
pub use escape::{escape, is_hidden};
pub use line::{Line, Style};
pub use text::{Table, pad, wrap};
