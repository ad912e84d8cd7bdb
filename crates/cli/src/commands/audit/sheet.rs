//! The audit as a spreadsheet.

use kubepki_report::{Cell, Highlight, Sheet};
use kubepki_verify::discover::Origin;

use super::{AuditReport, rows};
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
    ("How to fix it", 70),
];
const SEVERITY: u16 = 1;

const RED: u32 = 0xF4_B6_B6;
const YELLOW: u32 = 0xFB_E5_A2;

/// One row for each certificate in a file, or for a file without one.
pub(super) fn certificates(report: &AuditReport) -> Sheet {
    let rows = rows::of(report).into_iter().map(|row| {
        let mut cells: Vec<Cell> = [row.host, row.path, row.holds, row.component, row.flag]
            .map(Cell::from)
            .into_iter()
            .collect();
        match row.certificate {
            Some(it) => {
                let texts = [it.subject, it.groups, it.issuer, it.serial, it.subject_alt_names];
                cells.extend(texts.map(Cell::from));
                cells.extend([Cell::Time(it.not_before), Cell::Time(it.not_after)]);
                let (days, from_now) = (it.days_left, report.is_now);
                cells.push(Cell::DaysUntil { column: NOT_AFTER, days, from_now });
            }
            None => cells.resize(usize::from(DAYS_LEFT) + 1, Cell::Empty),
        }
        cells.extend([row.mode, row.owner, row.findings].map(Cell::from));
        cells
    });
    let within = report.within.duration().as_secs() / (24 * 60 * 60);
    let of = NOT_AFTER..=DAYS_LEFT;
    let days = |below, from, colour| Highlight::Days {
        column: DAYS_LEFT,
        of: of.clone(),
        below,
        from,
        colour,
    };
    Sheet {
        name: "Certificates",
        columns: CERTIFICATES,
        rows: rows.collect(),
        highlights: vec![days(0, None, RED), days(within, Some(0), YELLOW)],
    }
}

fn components(report: &AuditReport) -> Sheet {
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
        let head = head.map(Cell::from);
        let before = rows.len();
        for (file, used) in report.uses_of(component) {
            let tail = [
                used.flag.clone(),
                used.role.name().to_owned(),
                file.path.display().to_string(),
                used.source.to_string(),
            ];
            rows.push(head.iter().cloned().chain(tail.map(Cell::from)).collect());
        }
        if rows.len() == before {
            rows.push(head.to_vec());
        }
    }
    Sheet { name: "Components", columns: COMPONENTS, rows, highlights: Vec::new() }
}

fn findings(report: &AuditReport) -> Sheet {
    let rows = report.audit.findings.iter().map(|finding| {
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
        cells.map(Cell::from).to_vec()
    });
    Sheet {
        name: "Findings",
        columns: FINDINGS,
        rows: rows.collect(),
        highlights: vec![Highlight::Text { column: SEVERITY, text: "error", colour: RED }],
    }
}

/// The whole audit as an Office Open XML workbook.
#[cfg(feature = "xlsx")]
pub(super) fn xlsx(report: &AuditReport) -> Result<Vec<u8>, CommandError> {
    let sheets = [certificates(report), components(report), findings(report)];
    kubepki_report::xlsx(&format!("PKI of {}", report.host), report.at, &sheets)
        .map_err(|error| CommandError::failed("cannot make the spreadsheet").caused_by(&error))
}

#[cfg(not(feature = "xlsx"))]
pub(super) fn xlsx(report: &AuditReport) -> Result<Vec<u8>, CommandError> {
    let _ = [components(report), findings(report)];
    Err(CommandError::usage("this kubepki was built without `-o xlsx`")
        .hint("use `-o csv`, or build it with the feature `xlsx`"))
}
