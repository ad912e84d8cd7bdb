//! Rows as a table for people, and as JSON, YAML or CSV for programs, one after the other: a ledger has
//! more of them than fit into memory.

use clap::ValueEnum;
use kubepki_ledger::{Fingerprint, Row};
use serde::Serialize;

use crate::{context::Context, error::CommandError};

/// How rows are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum RowFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For programs and people
    Yaml,
    /// For spreadsheets (RFC 4180); several groups or names are in one field, parted by `;`
    Csv,
}

/// A document of rows that is being printed.
pub(super) struct Rows {
    format: RowFormat,
    count: usize,
}

impl Rows {
    pub(super) fn begin(format: RowFormat, context: &mut Context) -> Self {
        match format {
            RowFormat::Json => {
                context
                    .printer
                    .data(r#"{"apiVersion":"kubepki/v1alpha1","kind":"Ledger","rows":["#);
            }
            RowFormat::Yaml => {
                context.printer.data("apiVersion: kubepki/v1alpha1\nkind: Ledger\nrows:");
            }
            RowFormat::Csv => csv(&COLUMNS.map(str::to_owned), context),
            // The heading waits for a row: without one there is no table.
            RowFormat::Text => {}
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
            RowFormat::Json => {
                let json = serde_json::to_string(&Record::of(row));
                let json = json.map_err(|error| unserializable(&error))?;
                context.printer.data(if is_first { "\n" } else { ",\n" });
                context.printer.data(&json);
            }
            RowFormat::Yaml => {
                let yaml = serde_yaml::to_string(&[Record::of(row)]);
                let yaml = yaml.map_err(|error| unserializable(&error))?;
                context.printer.data(if is_first { "\n" } else { "" });
                context.printer.data(&yaml);
            }
            RowFormat::Csv => csv(&Record::of(row).fields(), context),
            RowFormat::Text => {
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
            (RowFormat::Json, 0) => context.printer.data("]}\n"),
            (RowFormat::Json, _) => context.printer.data("\n]}\n"),
            (RowFormat::Yaml, 0) => context.printer.data(" []\n"),
            (RowFormat::Yaml | RowFormat::Csv, _) => {}
            (RowFormat::Text, 1) => context.printer.talk("1 certificate"),
            (RowFormat::Text, count) => context.printer.talk(&format!("{count} certificates")),
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

/// Prints a record of CSV, with quotes where it needs them.
fn csv(fields: &[String], context: &mut Context) {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Invariant: nothing that is written to memory fails, nor do fields of UTF-8.
    let record = writer.write_record(fields).ok().and_then(|()| writer.into_inner().ok());
    context.printer.data_bytes(&record.unwrap_or_default());
}

/// The names of the columns of CSV, which are those of JSON.
const COLUMNS: [&str; 16] = [
    "row",
    "time",
    "verb",
    "requestedBy",
    "requestedOn",
    "serial",
    "sha256",
    "issuer",
    "subject",
    "user",
    "groups",
    "subjectAltNames",
    "profile",
    "notBefore",
    "notAfter",
    "hash",
];

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

    /// The fields in the order of [`COLUMNS`].
    fn fields(self) -> [String; 16] {
        let Self {
            row,
            time,
            verb,
            requested_by,
            requested_on,
            serial,
            sha256,
            issuer,
            subject,
            user,
            groups,
            subject_alt_names,
            profile,
            not_before,
            not_after,
            hash,
        } = self;
        [
            row.to_string(),
            time,
            printable(verb),
            printable(requested_by),
            printable(requested_on),
            printable(serial),
            sha256,
            printable(issuer),
            printable(subject),
            printable(user),
            printable(&groups.join(";")),
            printable(&subject_alt_names.join(";")),
            printable(profile),
            not_before,
            not_after,
            hash,
        ]
    }
}
