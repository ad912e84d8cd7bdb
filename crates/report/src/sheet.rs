//! A table for spreadsheets: its cells, as CSV (RFC 4180).

use std::ops::RangeInclusive;

use jiff::Timestamp;

use crate::csv_record;

/// A table of a workbook.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Its name.
    pub name: &'static str,
    /// The heading of each column with the column's width in characters.
    pub columns: &'static [(&'static str, u8)],
    /// As many cells as there are columns; less where the last ones are empty.
    pub rows: Vec<Vec<Cell>>,
    /// Which cells stand out.
    pub highlights: Vec<Highlight>,
}

/// A cell of a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Whole days until the time in another column of the row.
    DaysUntil {
        /// The other column, counted from 0.
        column: u16,
        /// How many they are; below 0 when it has passed.
        days: i64,
        /// Whether the spreadsheet counts them anew, by its own clock.
        from_now: bool,
    },
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A time.
    Time(Timestamp),
}

/// Cells that stand out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Highlight {
    /// Where the number in a column is in a range; none below 0 has an end.
    Days {
        /// The column of the numbers.
        column: u16,
        /// The columns that stand out.
        of: RangeInclusive<u16>,
        /// The number is below this.
        below: i64,
        /// The number is at least this, where that is said.
        from: Option<i64>,
        /// The colour behind them, as 0xRRGGBB.
        colour: u32,
    },
    /// Where a column has this text.
    Text {
        /// The column.
        column: u16,
        /// The text.
        text: &'static str,
        /// The colour behind it, as 0xRRGGBB.
        colour: u32,
    },
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Sheet {
    /// The sheet as CSV, with its headings: times as in RFC 3339.
    pub fn to_csv(&self) -> Vec<u8> {
        let mut text = csv_record(self.columns.iter().map(|(heading, _)| *heading));
        for row in &self.rows {
            let cells = row.iter().map(|cell| match cell {
                Cell::DaysUntil { days, .. } => days.to_string(),
                Cell::Empty => String::new(),
                Cell::Text(text) => text.clone(),
                Cell::Time(at) => at.to_string(),
            });
            let missing = self.columns.len().saturating_sub(row.len());
            let cells = cells.chain(std::iter::repeat_n(String::new(), missing));
            text.extend(csv_record(cells));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_has_a_field_for_each_column() {
        let sheet = Sheet {
            name: "S",
            columns: &[("A", 1), ("B", 1), ("C", 1)],
            rows: vec![
                vec!["=1".into(), Cell::Time(Timestamp::UNIX_EPOCH), Cell::Empty],
                vec![Cell::DaysUntil { column: 1, days: -3, from_now: true }],
            ],
            highlights: Vec::new(),
        };
        let text = String::from_utf8(sheet.to_csv()).unwrap();
        assert_eq!(text, "A,B,C\n'=1,1970-01-01T00:00:00Z,\n-3,,\n");
    }
}
