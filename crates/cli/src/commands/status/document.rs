//! The fields of a status for programs.

use std::borrow::Cow;

use jiff::Timestamp;
use kubepki_cluster::status::{Attention, Embedded, Kind, Note, Row};
use kubepki_report::{Line, Page, View};
use serde::Serialize;

use super::{
    StatusReport,
    table::{self, words},
};

/// A status with how it is shown to people.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StatusView<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster: Option<&'a str>,
    at: Timestamp,
    needs_attention: usize,
    entries: Vec<Entry<'a>>,
    #[serde(skip)]
    report: &'a StatusReport,
    #[serde(skip)]
    is_wide: bool,
}

impl<'a> StatusView<'a> {
    pub(super) fn of(report: &'a StatusReport, is_wide: bool) -> Self {
        let status = &report.status;
        Self {
            cluster: report.cluster.as_deref(),
            at: status.at,
            needs_attention: status.urgent().count(),
            entries: status.rows.iter().map(|row| Entry::of(row, status.at)).collect(),
            report,
            is_wide,
        }
    }
}

impl View for StatusView<'_> {
    const KIND: Option<&'static str> = Some("Status");

    fn lines(&self, page: Page) -> Vec<Line> {
        match self.is_wide {
            true => table::wide(self.report, page),
            false => table::lines(self.report, page),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    kind: Kind,
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    embedded: Option<&'a Embedded>,
    #[serde(flatten)]
    certificate: Option<Certificate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    authority: Option<&'a str>,
    has_private_key: bool,
    status: String,
    attention: Vec<WithMessage<&'a Attention>>,
    notes: Vec<WithMessage<&'a Note>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Certificate {
    subject: String,
    issuer: String,
    serial_number: String,
    sha256: String,
    not_before: Timestamp,
    not_after: Timestamp,
    seconds_left: i64,
}

/// A value with its sentence.
#[derive(Serialize)]
struct WithMessage<T> {
    #[serde(flatten)]
    what: T,
    message: String,
}

impl<'a> Entry<'a> {
    fn of(row: &'a Row, at: Timestamp) -> Self {
        let certificate = row.facts.as_ref().map(|facts| Certificate {
            subject: facts.subject.to_string(),
            issuer: facts.issuer.to_string(),
            serial_number: facts.serial.clone(),
            sha256: facts.sha256.iter().map(|octet| format!("{octet:02x}")).collect(),
            not_before: facts.validity.not_before(),
            not_after: facts.validity.not_after(),
            seconds_left: facts.validity.not_after().duration_since(at).as_secs(),
        });
        Self {
            entry: row.id.as_ref().map(|id| id.name()),
            host: row.id.as_ref().and_then(|id| id.host.as_deref()),
            kind: row.kind,
            path: &row.place,
            embedded: row.embedded.as_ref(),
            certificate,
            authority: row.authority.as_deref(),
            has_private_key: row.has_key,
            status: words(row),
            attention: row.attention.iter().map(WithMessage::of).collect(),
            notes: row.notes.iter().map(WithMessage::of).collect(),
        }
    }
}

impl<'a, T: ToString> WithMessage<&'a T> {
    fn of(what: &'a T) -> Self {
        Self { what, message: what.to_string() }
    }
}
