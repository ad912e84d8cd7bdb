//! Rows as a table for people, and as JSON, YAML or CSV for programs, one after the other: a ledger has
//! more of them than fit into memory.

use std::ops::ControlFlow;

use clap::ValueEnum;
use jiff::Timestamp;
use kubepki_pki::{Fingerprint, Pki, Query, RecordedEntry, RequesterKind};
use kubepki_report::{SerializeError, csv_record, json_line, yaml};
use serde::Serialize;

use crate::{context::Context, error::CommandError, pki};

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

/// Rows that are being printed. Nothing is printed before the first row or the end.
pub(super) struct Rows {
    format: RowFormat,
    count: usize,
}

impl Rows {
    pub(super) const fn new(format: RowFormat) -> Self {
        Self { format, count: 0 }
    }

    /// Prints every row that one of the queries selects, those of the first query first.
    pub(super) fn print_all(
        &mut self,
        pki: &Pki,
        queries: &[Query],
        context: &mut Context,
    ) -> Result<(), CommandError> {
        let mut failed = Ok(());
        let shown = pki.rows(queries, &mut |row| match self.print(&row, context) {
            Ok(()) if context.printer.is_open() => ControlFlow::Continue(()),
            outcome => {
                failed = outcome;
                ControlFlow::Break(())
            }
        });
        shown.map_err(|error| pki::failed(error, context))?;
        failed
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    fn begin(&self, context: &mut Context) {
        match self.format {
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
    }

    fn print(&mut self, row: &RecordedEntry, context: &mut Context) -> Result<(), CommandError> {
        let unserializable =
            |error: SerializeError| CommandError::failed("cannot print a row").caused_by(&error);
        let is_first = self.count == 0;
        if is_first {
            self.begin(context);
        }
        self.count += 1;
        match self.format {
            RowFormat::Json => {
                let json = json_line(&PrintedEntry::of(row)).map_err(unserializable)?;
                context.printer.data(if is_first { b"\n" } else { b",\n" });
                context.printer.data(json.as_bytes());
            }
            RowFormat::Yaml => {
                let yaml = yaml(&[PrintedEntry::of(row)]).map_err(unserializable)?;
                context.printer.data(if is_first { b"\n" } else { b"" });
                context.printer.data(yaml.as_bytes());
            }
            RowFormat::Csv => context.printer.data(&csv_record(PrintedEntry::of(row).fields())),
            RowFormat::Text => {
                if is_first {
                    context
                        .printer
                        .heading(&line("ROW", "TIME", "EXPIRES", "EVENT", "PROFILE", "SUBJECT"));
                }
                context.printer.print(text(row));
            }
        }
        Ok(())
    }

    pub(super) fn finish(self, context: &mut Context) {
        if self.is_empty() {
            self.begin(context);
        }
        match (self.format, self.count) {
            (RowFormat::Json, 0) => context.printer.data(b"]}\n"),
            (RowFormat::Json, _) => context.printer.data(b"\n]}\n"),
            (RowFormat::Yaml, 0) => context.printer.data(b" []\n"),
            (RowFormat::Yaml | RowFormat::Csv, _) => {}
            (RowFormat::Text, 1) => context.printer.talk("1 row"),
            (RowFormat::Text, count) => context.printer.talk(&format!("{count} rows")),
        }
    }
}

fn text(row: &RecordedEntry) -> String {
    let RecordedEntry { cluster: _, number, entry, hash: _ } = row;
    let date = |time: Timestamp| time.strftime("%F").to_string();
    let number = number.to_string();
    let (time, kind) = (date(entry.time), entry.kind.name());
    match &entry.certificate {
        Some(it) => line(&number, &time, &date(it.not_after), kind, &it.profile, &it.subject),
        None => {
            let about = [&entry.authority, &entry.detail].map(|it| it.as_deref().unwrap_or("-"));
            line(&number, &time, "-", kind, "-", &about.join(" "))
        }
    }
}

fn line(
    number: &str,
    time: &str,
    expires: &str,
    event: &str,
    profile: &str,
    subject: &str,
) -> String {
    format!("{number:>6}  {time:10}  {expires:10}  {event:10}  {profile:7}  {subject}")
}

/// The names of the columns of CSV, which are those of JSON.
const COLUMNS: [&str; 24] = [
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
    "cluster",
    "kind",
    "requesterKind",
    "requestUid",
    "issuerKeyId",
    "authority",
    "detail",
    "note",
];

/// A row for programs. What a row does not have is null.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PrintedEntry<'a> {
    row: u64,
    time: String,
    verb: &'a str,
    requested_by: &'a str,
    requested_on: &'a str,
    serial: Option<&'a str>,
    sha256: Option<String>,
    issuer: Option<&'a str>,
    subject: Option<&'a str>,
    user: Option<&'a str>,
    groups: &'a [String],
    subject_alt_names: &'a [String],
    profile: Option<&'a str>,
    not_before: Option<String>,
    not_after: Option<String>,
    hash: String,
    cluster: Option<&'a str>,
    kind: &'static str,
    requester_kind: Option<&'static str>,
    request_uid: Option<&'a str>,
    issuer_key_id: Option<String>,
    authority: Option<&'a str>,
    detail: Option<&'a str>,
    note: Option<&'a str>,
}

impl<'a> PrintedEntry<'a> {
    fn of(row: &'a RecordedEntry) -> Self {
        let entry = &row.entry;
        let certificate = entry.certificate.as_ref();
        Self {
            row: row.number,
            time: entry.time.to_string(),
            verb: &entry.requester.verb,
            requested_by: &entry.requester.user,
            requested_on: &entry.requester.host,
            serial: certificate.map(|it| it.serial.as_str()),
            sha256: certificate.map(|it| it.sha256.to_string()),
            issuer: certificate.map(|it| &*it.issuer),
            subject: certificate.map(|it| &*it.subject),
            user: certificate.map(|it| &*it.common_name),
            groups: certificate.map_or(&[], |it| &it.organizations),
            subject_alt_names: certificate.map_or(&[], |it| &it.subject_alt_names),
            profile: certificate.map(|it| &*it.profile),
            not_before: certificate.map(|it| it.not_before.to_string()),
            not_after: certificate.map(|it| it.not_after.to_string()),
            hash: Fingerprint::from(row.hash).to_string(),
            cluster: Some(&*row.cluster).filter(|cluster| !cluster.is_empty()),
            kind: entry.kind.name(),
            requester_kind: entry.requester_kind.map(RequesterKind::name),
            request_uid: entry.request_uid.as_deref(),
            issuer_key_id: certificate
                .and_then(|it| it.issuer_key_id.as_ref())
                .map(ToString::to_string),
            authority: entry.authority.as_deref(),
            detail: entry.detail.as_deref(),
            note: entry.note.as_deref(),
        }
    }

    /// The fields in the order of [`COLUMNS`].
    fn fields(self) -> [String; 24] {
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        [
            self.row.to_string(),
            self.time,
            self.verb.to_owned(),
            self.requested_by.to_owned(),
            self.requested_on.to_owned(),
            text(self.serial),
            self.sha256.unwrap_or_default(),
            text(self.issuer),
            text(self.subject),
            text(self.user),
            self.groups.join(";"),
            self.subject_alt_names.join(";"),
            text(self.profile),
            self.not_before.unwrap_or_default(),
            self.not_after.unwrap_or_default(),
            self.hash,
            text(self.cluster),
            self.kind.to_owned(),
            text(self.requester_kind),
            text(self.request_uid),
            self.issuer_key_id.unwrap_or_default(),
            text(self.authority),
            text(self.detail),
            text(self.note),
        ]
    }
}
