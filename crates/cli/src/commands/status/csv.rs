//! A status as comma-separated values (RFC 4180), one row a line, for spreadsheets.

use kubepki_cluster::status::Facts;
use kubepki_report::csv_record;

use super::{Report, table::words};
use crate::{context::Context, error::CommandError};

const HEAD: [&str; 15] = [
    "name",
    "host",
    "kind",
    "path",
    "part",
    "subject",
    "issuer",
    "ca",
    "serial_number",
    "not_before",
    "not_after",
    "seconds_left",
    "has_private_key",
    "status",
    "reasons",
];

pub(super) fn print(report: &Report, context: &mut Context) -> Result<(), CommandError> {
    let at = report.status.at;
    context.printer.data(&csv_record(HEAD));
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
        context.printer.data(&csv_record(cells));
    }
    Ok(())
}
