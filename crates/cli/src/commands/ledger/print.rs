//! Rows as a table for people, and as JSON, YAML or CSV for programs, one after the other: a ledger has
//! more of them than fit into memory.

use clap::ValueEnum;
use kubepki_pki::{Fingerprint, Row};
use kubepki_report::{SerializeError, csv_record, json_line, yaml};
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
                    .data(br#"{"apiVersion":"kubepki/v1alpha1","kind":"Ledger","rows":["#);
            }
            RowFormat::Yaml => {
                context.printer.data(b"apiVersion: kubepki/v1alpha1\nkind: Ledger\nrows:");
            }
            RowFormat::Csv => context.printer.data(&csv_record(COLUMNS)),
            // The heading waits for a row: without one there is no table.
            RowFormat::Text => {}
        }
        Self { format, count: 0 }
    }

    pub(super) fn print(&mut self, row: &Row, context: &mut Context) -> Result<(), CommandError> {
        let unserializable =
            |error: SerializeError| CommandError::failed("cannot print a row").caused_by(&error);
        let is_first = self.count == 0;
        self.count += 1;
        match self.format {
            RowFormat::Json => {
                let json = json_line(&Record::of(row)).map_err(unserializable)?;
                context.printer.data(if is_first { b"\n" } else { b",\n" });
                context.printer.data(json.as_bytes());
            }
            RowFormat::Yaml => {
                let yaml = yaml(&[Record::of(row)]).map_err(unserializable)?;
                context.printer.data(if is_first { b"\n" } else { b"" });
                context.printer.data(yaml.as_bytes());
            }
            RowFormat::Csv => context.printer.data(&csv_record(Record::of(row).fields())),
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
                    &entry.subject,
                );
                context.printer.print(line);
            }
        }
        Ok(())
    }

    pub(super) fn finish(self, context: &mut Context) {
        match (self.format, self.count) {
            (RowFormat::Json, 0) => context.printer.data(b"]}\n"),
            (RowFormat::Json, _) => context.printer.data(b"\n]}\n"),
            (RowFormat::Yaml, 0) => context.printer.data(b" []\n"),
            (RowFormat::Yaml | RowFormat::Csv, _) => {}
            (RowFormat::Text, 1) => context.printer.talk("1 certificate"),
            (RowFormat::Text, count) => context.printer.talk(&format!("{count} certificates")),
        }
    }
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
            verb.to_owned(),
            requested_by.to_owned(),
            requested_on.to_owned(),
            serial.to_owned(),
            sha256,
            issuer.to_owned(),
            subject.to_owned(),
            user.to_owned(),
            groups.join(";"),
            subject_alt_names.join(";"),
            profile.to_owned(),
            not_before,
            not_after,
            hash,
        ]
    }
}
