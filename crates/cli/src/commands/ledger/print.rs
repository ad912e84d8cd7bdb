//! Rows as a table for people, and as JSON or YAML for programs, one after the other: a ledger has
//! more of them than fit into memory.

use kubepki_ledger::{Fingerprint, Row};
use serde::Serialize;

use crate::{commands::Format, context::Context, error::CommandError};

/// A document of rows that is being printed.
pub(super) struct Rows {
    format: Format,
    count: usize,
}

impl Rows {
    pub(super) fn begin(format: Format, context: &mut Context) -> Self {
        match format {
            Format::Json => {
                context
                    .printer
                    .data(r#"{"apiVersion":"kubepki/v1alpha1","kind":"Ledger","rows":["#);
            }
            Format::Yaml => {
                context.printer.data("apiVersion: kubepki/v1alpha1\nkind: Ledger\nrows:");
            }
            // The heading waits for a row: without one there is no table.
            Format::Text => {}
        }
        Self { format, count: 0 }
    }

    pub(super) fn print(&mut self, row: &Row, context: &mut Context) -> Result<(), CommandError> {
        let unserializable = |error: &(dyn std::error::Error + 'static)| {
            CommandError::failed("cannot print a row").caused_by(error)
        };
        let is_first = self.count == 0;
        self.count += 1;
        match self.format {
            Format::Json => {
                let json = serde_json::to_string(&Record::of(row));
                let json = json.map_err(|error| unserializable(&error))?;
                context.printer.data(if is_first { "\n" } else { ",\n" });
                context.printer.data(&json);
            }
            Format::Yaml => {
                let yaml = serde_yaml::to_string(&[Record::of(row)]);
                let yaml = yaml.map_err(|error| unserializable(&error))?;
                context.printer.data(if is_first { "\n" } else { "" });
                context.printer.data(&yaml);
            }
            Format::Text => {
                if is_first {
                    context
                        .printer
                        .heading(&line("ROW", "SIGNED", "EXPIRES", "PROFILE", "SERIAL", "SUBJECT"));
                }
                let entry = &row.entry;
                let line = line(
                    &row.number.to_string(),
                    &entry.time.strftime("%F %TZ").to_string(),
                    &entry.not_after.strftime("%F %TZ").to_string(),
                    &entry.profile,
                    entry.serial.as_str(),
                    &printable(&entry.subject),
                );
                context.printer.data(&(line + "\n"));
            }
        }
        Ok(())
    }

    pub(super) fn finish(self, context: &mut Context) {
        match (self.format, self.count) {
            (Format::Json, 0) => context.printer.data("]}\n"),
            (Format::Json, _) => context.printer.data("\n]}\n"),
            (Format::Yaml, 0) => context.printer.data(" []\n"),
            (Format::Yaml, _) => {}
            (Format::Text, 1) => context.printer.talk("1 certificate"),
            (Format::Text, count) => context.printer.talk(&format!("{count} certificates")),
        }
    }
}

/// A text without what would move the cursor: the file may not be ours.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { '?' } else { character }).collect()
}

fn line(
    number: &str,
    signed: &str,
    expires: &str,
    profile: &str,
    serial: &str,
    subject: &str,
) -> String {
    format!("{number:>6}  {signed:20}  {expires:20}  {profile:7}  {serial:34}  {subject}")
}

/// A row for programs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    row: u64,
    time: String,
    verb: &'a str,
    requested_by: &'a str,
    requested_on: &'a str,
    serial: &'a str,
    sha256: String,
    issuer: &'a str,
    subject: &'a str,
    user: &'a str,
    groups: &'a [String],
    subject_alt_names: &'a [String],
    profile: &'a str,
    not_before: String,
    not_after: String,
    hash: String,
}

impl<'a> Record<'a> {
    fn of(row: &'a Row) -> Self {
        let entry = &row.entry;
        Self {
            row: row.number,
            time: entry.time.to_string(),
            verb: &entry.requester.verb,
            requested_by: &entry.requester.user,
            requested_on: &entry.requester.host,
            serial: entry.serial.as_str(),
            sha256: entry.sha256.to_string(),
            issuer: &entry.issuer,
            subject: &entry.subject,
            user: &entry.common_name,
            groups: &entry.organizations,
            subject_alt_names: &entry.subject_alt_names,
            profile: &entry.profile,
            not_before: entry.not_before.to_string(),
            not_after: entry.not_after.to_string(),
            hash: Fingerprint::from(row.hash).to_string(),
        }
    }
}
