//! Sheets as an Office Open XML workbook. Reads none.

use std::{error::Error, fmt};

use jiff::Timestamp;
use rust_xlsxwriter::{
    Color, ConditionalFormatFormula, DocProperties, ExcelDateTime, Format, Formula, Workbook,
    Worksheet, XlsxError,
};

use crate::{
    escape,
    sheet::{Cell, Highlight, Sheet},
};

/// The longest text that a cell takes, in characters.
const LONGEST: usize = 32_767;

/// A workbook cannot be written.
#[derive(Debug)]
pub struct WorkbookError(XlsxError);

impl fmt::Display for WorkbookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for WorkbookError {}

/// A workbook of these sheets, with its title and the time for which it is true.
///
/// # Errors
/// For more rows than a sheet takes, and a time outside of the spreadsheet's calendar.
pub fn xlsx(title: &str, at: Timestamp, sheets: &[Sheet]) -> Result<Vec<u8>, WorkbookError> {
    written(title, at, sheets).map_err(WorkbookError)
}

fn written(title: &str, at: Timestamp, sheets: &[Sheet]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let properties = DocProperties::new().set_title(escape(title));
    let at = ExcelDateTime::from_timestamp(at.as_second())?;
    workbook.set_properties(&properties.set_creation_datetime(&at));
    for sheet in sheets {
        write(workbook.add_worksheet(), sheet)?;
    }
    workbook.save_to_buffer()
}

/// Writes a sheet that can be scrolled and filtered.
fn write(page: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    page.set_name(sheet.name)?;
    let bold = Format::new().set_bold();
    for (column, (heading, width)) in (0..).zip(sheet.columns) {
        page.write_string_with_format(0, column, *heading, &bold)?;
        page.set_column_width(column, *width)?;
    }
    page.set_freeze_panes(1, 0)?;
    // A sheet without rows has one that is empty.
    let last = u32::try_from(sheet.rows.len()).unwrap_or(u32::MAX).max(1);
    let last_column = u16::try_from(sheet.columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    page.autofilter(0, 0, last, last_column)?;
    let date = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    for (number, row) in (1..).zip(&sheet.rows) {
        for (column, cell) in (0..).zip(row) {
            write_cell(page, number, column, cell, row, &date)?;
        }
    }
    for highlight in &sheet.highlights {
        let (columns, rule, colour) = rule(highlight);
        let format = Format::new().set_background_color(Color::RGB(colour));
        let rule = ConditionalFormatFormula::new().set_rule(rule.as_str()).set_format(format);
        page.add_conditional_format(1, *columns.start(), last, *columns.end(), &rule)?;
    }
    Ok(())
}

fn write_cell(
    page: &mut Worksheet,
    row: u32,
    column: u16,
    cell: &Cell,
    cells: &[Cell],
    date: &Format,
) -> Result<(), XlsxError> {
    match cell {
        Cell::DaysUntil { column: until, days, from_now } => {
            let is_date = match cells.get(usize::from(*until)) {
                Some(Cell::Time(at)) => ExcelDateTime::from_timestamp(at.as_second()).is_ok(),
                _ => false,
            };
            if *from_now && is_date {
                let formula = format!("=INT({}{}-NOW())", letter(*until), row + 1);
                let formula = Formula::new(formula).set_result(days.to_string());
                page.write_formula(row, column, formula)?;
            } else {
                // 9999 years have fewer days than it can count.
                let days = i32::try_from(*days).map_or(f64::from(i32::MAX), f64::from);
                page.write_number(row, column, days)?;
            }
        }
        Cell::Empty => {}
        Cell::Text(text) => {
            let text: String = escape(text).chars().take(LONGEST).collect();
            page.write_string(row, column, text)?;
        }
        // As a date in UTC; as text where the spreadsheet's calendar has no such day.
        Cell::Time(at) => match ExcelDateTime::from_timestamp(at.as_second()) {
            Ok(at) => {
                page.write_datetime_with_format(row, column, &at, date)?;
            }
            Err(_) => {
                page.write_string(row, column, at.to_string())?;
            }
        },
    }
    Ok(())
}

/// The columns that stand out, when, and how.
fn rule(highlight: &Highlight) -> (std::ops::RangeInclusive<u16>, String, u32) {
    match highlight {
        Highlight::Days { column, of, below, from, colour } => {
            let cell = format!("${}2", letter(*column));
            let from = from.map(|from| format!("{cell}>={from},")).unwrap_or_default();
            // A row without a time has no number.
            (of.clone(), format!("=AND(ISNUMBER({cell}),{from}{cell}<{below})"), *colour)
        }
        Highlight::Text { column, text, colour } => {
            (*column..=*column, format!("=${}2=\"{text}\"", letter(*column)), *colour)
        }
    }
}

/// The name of a column; no sheet of ours has more than 26.
fn letter(column: u16) -> char {
    char::from(b'A' + u8::try_from(column.min(25)).unwrap_or_default())
}
