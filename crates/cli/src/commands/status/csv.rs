//! A status for spreadsheets, one row a line.

use kubepki_cluster::status::Facts;
use kubepki_report::{Cell, Sheet};

use super::{StatusReport, table::words};
use crate::error::CommandError;

const COLUMNS: &[(&str, u8)] = &[
    ("name", 24),
    ("host", 14),
    ("kind", 14),
    ("path", 46),
    ("part", 14),
    ("subject", 34),
    ("issuer", 22),
    ("ca", 22),
    ("serial_number", 22),
    ("not_before", 18),
    ("not_after", 18),
    ("seconds_left", 12),
    ("has_private_key", 8),
    ("status", 20),
    ("reasons", 60),
];

pub(super) fn sheet(report: &StatusReport) -> Result<Sheet, CommandError> {
    let at = report.status.at;
    let mut rows = Vec::new();
    for row in &report.status.rows {
        let fact = |of: &dyn Fn(&Facts) -> String| row.facts.as_ref().map_or(String::new(), of);
        let reasons: Vec<_> = row.attention.iter().map(ToString::to_string).collect();
        let kind = serde_json::to_value(row.kind)
            .map_err(|error| CommandError::failed("cannot print the result").caused_by(&error))?;
        let cells = [
            row.id.as_ref().map_or_else(|| row.place.clone(), |id| id.name().into_owned()),
            row.id.as_ref().and_then(|id| id.host.clone()).unwrap_or_default(),
            kind.as_str().unwrap_or_default().to_owned(),
            row.place.clone(),
            row.embedded.as_ref().map(|embedded| embedded.key.clone()).unwrap_or_default(),
            fact(&|facts| facts.subject.to_string()),
            fact(&|facts| facts.issuer.to_string()),
            row.authority.clone().unwrap_or_default(),
            fact(&|facts| facts.serial.clone()),
            fact(&|facts| facts.validity.not_before().to_string()),
            fact(&|facts| facts.validity.not_after().to_string()),
            fact(&|facts| facts.validity.not_after().duration_since(at).as_secs().to_string()),
            row.has_key.to_string(),
            words(row),
            reasons.join("; "),
        ];
        rows.push(cells.map(Cell::from).to_vec());
    }
    Ok(Sheet { name: "Status", columns: COLUMNS, rows, highlights: Vec::new() })
}
