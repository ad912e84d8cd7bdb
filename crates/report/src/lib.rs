#![doc = include_str!("../README.md")]

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
