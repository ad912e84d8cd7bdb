//! The audit as a spreadsheet, and its first sheet as CSV.

use jiff::Timestamp;
use kubepki_report::{csv_record, escape};
use kubepki_verify::discover::Origin;
use rust_xlsxwriter::{
    Color, ConditionalFormatFormula, DocProperties, ExcelDateTime, Format, Formula, Workbook,
    Worksheet, XlsxError,
};

use super::{Report, rows};
use crate::error::CommandError;

/// The columns of the sheet of certificates, with their widths in characters.
const CERTIFICATES: &[(&str, u8)] = &[
    ("Host", 14),
    ("Path", 46),
    ("Holds", 24),
    ("Component", 26),
    ("Flag", 34),
    ("Subject", 34),
    ("Groups", 24),
    ("Issuer", 22),
    ("Serial", 22),
    ("SANs", 40),
    ("Not before", 18),
    ("Not after", 18),
    ("Days left", 10),
    ("Mode", 7),
    ("Owner", 9),
    ("Findings", 40),
];
const NOT_BEFORE: u16 = 10;
const NOT_AFTER: u16 = 11;
const DAYS_LEFT: u16 = 12;

const COMPONENTS: &[(&str, u8)] = &[
    ("Host", 14),
    ("Component", 26),
    ("Version", 10),
    ("Started by", 12),
    ("Declared in", 50),
    ("Flag", 38),
    ("File is its", 28),
    ("File", 46),
    ("Named in", 50),
];

const FINDINGS: &[(&str, u8)] = &[
    ("Host", 14),
    ("Severity", 10),
    ("Check", 34),
    ("CIS", 12),
    ("Place", 60),
    ("What is wrong", 70),
    ("Why it matters", 70),
    ("How to mend it", 70),
];

/// The longest text that a cell takes, in characters.
const LONGEST: usize = 32_767;

/// The sheet of certificates as CSV (RFC 4180).
pub(super) fn csv(report: &Report) -> Vec<u8> {
    let mut text = csv_record(CERTIFICATES.iter().map(|(name, _)| *name));
    for row in rows::of(report) {
        let of_certificate = match &row.certificate {
            Some(it) => [
                it.subject.clone(),
                it.groups.clone(),
                it.issuer.clone(),
                it.serial.clone(),
                it.subject_alt_names.clone(),
                it.not_before.to_string(),
                it.not_after.to_string(),
                it.days_left.to_string(),
            ],
            None => Default::default(),
        };
        let head = [row.host, row.path, row.holds, row.component, row.flag];
        let cells = head.into_iter().chain(of_certificate);
        text.extend(csv_record(cells.chain([row.mode, row.owner, row.findings])));
    }
    text
}

/// The whole audit as an Office Open XML workbook.
pub(super) fn xlsx(report: &Report) -> Result<Vec<u8>, CommandError> {
    let failed =
        |error: XlsxError| CommandError::failed("cannot make the spreadsheet").caused_by(&error);
    workbook(report).and_then(|mut workbook| workbook.save_to_buffer()).map_err(failed)
}

fn workbook(report: &Report) -> Result<Workbook, XlsxError> {
    let mut workbook = Workbook::new();
    let properties = DocProperties::new().set_title(format!("PKI of {}", report.host));
    let made = ExcelDateTime::from_timestamp(report.at.as_second())?;
    workbook.set_properties(&properties.set_creation_datetime(&made));
    certificates(workbook.add_worksheet(), report)?;
    components(workbook.add_worksheet(), report)?;
    findings(workbook.add_worksheet(), report)?;
    Ok(workbook)
}

fn certificates(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    let rows = rows::of(report);
    begin(sheet, "Certificates", CERTIFICATES, rows.len())?;
    let date = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    for (number, row) in (1..).zip(&rows) {
        let head = [&row.host, &row.path, &row.holds, &row.component, &row.flag];
        texts(sheet, number, 0, head)?;
        if let Some(it) = &row.certificate {
            let names = [&it.subject, &it.groups, &it.issuer, &it.serial, &it.subject_alt_names];
            texts(sheet, number, 5, names)?;
            moment(sheet, number, NOT_BEFORE, it.not_before, &date)?;
            let is_date = moment(sheet, number, NOT_AFTER, it.not_after, &date)?;
            if report.is_now && is_date {
                // Counted anew whenever the file is opened.
                let formula = format!("=INT(L{}-NOW())", number + 1);
                let formula = Formula::new(formula).set_result(it.days_left.to_string());
                sheet.write_formula(number, DAYS_LEFT, formula)?;
            } else {
                sheet.write_number(number, DAYS_LEFT, days(it.days_left))?;
            }
        }
        texts(sheet, number, DAYS_LEFT + 1, [&row.mode, &row.owner, &row.findings])?;
    }
    let last = last(rows.len());
    let within = report.within.duration().as_secs() / (24 * 60 * 60);
    let expired = Format::new().set_background_color(Color::RGB(0xF4_B6_B6));
    let due = Format::new().set_background_color(Color::RGB(0xFB_E5_A2));
    // A row without a certificate has no number, and is no row that ends.
    for (rule, format) in [
        ("=AND(ISNUMBER($M2),$M2<0)".to_owned(), expired),
        (format!("=AND(ISNUMBER($M2),$M2>=0,$M2<{within})"), due),
    ] {
        let rule = ConditionalFormatFormula::new().set_rule(rule.as_str()).set_format(format);
        sheet.add_conditional_format(1, NOT_AFTER, last, DAYS_LEFT, &rule)?;
    }
    Ok(())
}

fn components(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    let mut rows = Vec::new();
    for component in &report.audit.components {
        let started = match component.origin {
            Origin::StaticPod { .. } => "static pod",
            Origin::Unit => "systemd unit",
        };
        let head = [
            report.host.clone(),
            component.kind.to_string(),
            component.version.clone().unwrap_or_default(),
            started.to_owned(),
            component.source.to_string(),
        ];
        let before = rows.len();
        for (file, used) in report.uses_of(component) {
            let tail = [
                used.flag.clone(),
                used.role.name().to_owned(),
                file.path.display().to_string(),
                used.source.to_string(),
            ];
            rows.push(head.iter().cloned().chain(tail).collect::<Vec<_>>());
        }
        if rows.len() == before {
            rows.push(head.to_vec());
        }
    }
    begin(sheet, "Components", COMPONENTS, rows.len())?;
    for (number, row) in (1..).zip(&rows) {
        texts(sheet, number, 0, row)?;
    }
    Ok(())
}

fn findings(sheet: &mut Worksheet, report: &Report) -> Result<(), XlsxError> {
    let findings = &report.audit.findings;
    begin(sheet, "Findings", FINDINGS, findings.len())?;
    for (number, finding) in (1..).zip(findings) {
        let check = finding.check;
        let cells = [
            report.host.clone(),
            check.severity.to_string(),
            check.name.to_owned(),
            check.cis.unwrap_or_default().to_owned(),
            finding.place.to_string(),
            finding.what.clone(),
            check.why.to_owned(),
            check.mend.to_owned(),
        ];
        texts(sheet, number, 0, &cells)?;
    }
    let red = Format::new().set_background_color(Color::RGB(0xF4_B6_B6));
    let rule = ConditionalFormatFormula::new().set_rule("=$B2=\"error\"").set_format(red);
    sheet.add_conditional_format(1, 1, last(findings.len()), 1, &rule)?;
    Ok(())
}

/// Names the sheet, writes its heading, and makes it one that can be scrolled and filtered.
fn begin(
    sheet: &mut Worksheet,
    name: &str,
    columns: &[(&str, u8)],
    rows: usize,
) -> Result<(), XlsxError> {
    sheet.set_name(name)?;
    let bold = Format::new().set_bold();
    for (column, (heading, width)) in (0..).zip(columns) {
        sheet.write_string_with_format(0, column, *heading, &bold)?;
        sheet.set_column_width(column, *width)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    let last_column = u16::try_from(columns.len().saturating_sub(1)).unwrap_or(u16::MAX);
    sheet.autofilter(0, 0, last(rows), last_column)?;
    Ok(())
}

/// The number of the last row, counted from 0; a sheet without rows has one that is empty.
fn last(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX).max(1)
}

fn texts<'a>(
    sheet: &mut Worksheet,
    row: u32,
    first: u16,
    cells: impl IntoIterator<Item = &'a String>,
) -> Result<(), XlsxError> {
    for (column, text) in (first..).zip(cells) {
        let text: String = escape(text).chars().take(LONGEST).collect();
        sheet.write_string(row, column, text)?;
    }
    Ok(())
}

/// Writes a moment as a date, in UTC; as text where the spreadsheet's calendar has no such day.
fn moment(
    sheet: &mut Worksheet,
    row: u32,
    column: u16,
    moment: Timestamp,
    format: &Format,
) -> Result<bool, XlsxError> {
    match ExcelDateTime::from_timestamp(moment.as_second()) {
        Ok(date) => {
            sheet.write_datetime_with_format(row, column, &date, format)?;
            Ok(true)
        }
        Err(_) => {
            sheet.write_string(row, column, moment.to_string())?;
            Ok(false)
        }
    }
}

/// Days as a spreadsheet has numbers; 9999 years have fewer than it can count.
fn days(days: i64) -> f64 {
    i32::try_from(days).map_or(f64::from(i32::MAX), f64::from)
}
