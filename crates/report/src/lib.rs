//! What people and programs read: one result in every form, without hidden characters, whoever wrote
//! the text in it.
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
//!
//! A [`View`] is a value that has fields for programs and lines for people:
//!
//! ```
//! use kubepki_report::{Form, Line, Page, Rendered, View, render};
//!
//! #[derive(serde::Serialize)]
//! struct Hosts {
//!     hosts: Vec<&'static str>,
//! }
//!
//! impl View for Hosts {
//!     const KIND: Option<&'static str> = Some("HostList");
//!
//!     fn lines(&self, _: Page) -> Vec<Line> {
//!         self.hosts.iter().map(|host| Line::from(*host)).collect()
//!     }
//! }
//!
//! let Rendered::Document(json) = render(&Hosts { hosts: vec!["node-0"] }, Form::Json)? else {
//!     unreachable!()
//! };
//! assert!(json.contains(r#""kind": "HostList""#));
//! # Ok::<(), kubepki_report::SerializeError>(())
//! ```
//!
//! Features: `xlsx` (default) writes sheets as a workbook.

mod csv;
mod document;
mod escape;
mod junit;
mod line;
mod metrics;
mod sarif;
mod sheet;
mod table;
mod time;
mod view;
#[cfg(feature = "xlsx")]
mod workbook;
mod wrap;

#[cfg(feature = "xlsx")]
pub use workbook::{WorkbookError, xlsx};

pub use csv::csv_record;
pub use document::{SerializeError, json, json_line, yaml, yaml_string};
pub use escape::{escape, is_hidden};
pub use junit::{TestCase, TestOutcome, junit};
pub use line::{Line, Style};
pub use metrics::{Metric, labels, prometheus};
pub use sarif::{ScanLocation, ScanResult, ScanRule, Tool, sarif, uri};
pub use sheet::{Cell, Highlight, Sheet};
pub use table::Table;
pub use time::{count, day, first_of, length, short_length, time};
pub use view::{API_VERSION, Form, Page, Rendered, View, render};
pub use wrap::{COLUMNS, Fields, wrap};
