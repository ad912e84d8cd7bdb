#![doc = include_str!("../README.md")]

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
