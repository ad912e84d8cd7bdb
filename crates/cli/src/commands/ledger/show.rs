//! `kubepki ledger show`: one row in full.

use clap::{ArgGroup, ValueEnum};
use kubepki_cluster::Certificate;
use kubepki_pki::{Fingerprint, Query, RecordedEntry, Requester, RequesterKind, Serial};

use super::{
    not_found,
    print::{RowFormat, Rows},
};
use crate::{context::Context, error::CommandError, exit_code, pki};

/// Show the row of one certificate
///
/// Exits with 1 if there is no such certificate.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki ledger show 17
  kubepki ledger show --serial 01:7F:3A:... -o json
  kubepki ledger show 17 -o pem > jane.crt")]
#[command(group = ArgGroup::new("which").required(true).args(["number", "serial", "sha256"]))]
pub(super) struct Args {
    /// The number of the row, as `list` prints it
    #[arg(value_name = "NUMBER")]
    number: Option<u64>,
    /// The serial number, in hex
    #[arg(long, value_name = "HEX")]
    serial: Option<Serial>,
    /// The SHA-256 of its DER, in hex, or `X509SHA256=...` from an audit log
    #[arg(long, value_name = "HEX")]
    sha256: Option<Fingerprint>,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: ShowFormat,
}

/// How a row is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ShowFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For programs and people
    Yaml,
    /// For spreadsheets (RFC 4180); several groups or names are in one field, parted by `;`
    Csv,
    /// The certificate itself
    Pem,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let Args { number, serial, sha256, output } = args;
    let query = Query {
        number: *number,
        serial: serial.clone(),
        sha256: *sha256,
        with_der: *output == ShowFormat::Pem,
        ..Query::default()
    };
    let pki = pki::open(context, pki::WAIT)?;
    let format = match output {
        ShowFormat::Text | ShowFormat::Pem => {
            let found = pki.find_rows(query).map_err(|error| pki::failed(error, context))?;
            if found.is_empty() {
                return Err(not_found("this"));
            }
            for row in &found {
                match output {
                    ShowFormat::Pem => context.printer.data(pem(row)?.as_bytes()),
                    _ => text(row, context),
                }
            }
            return Ok(exit_code::DONE);
        }
        ShowFormat::Json => RowFormat::Json,
        ShowFormat::Yaml => RowFormat::Yaml,
        ShowFormat::Csv => RowFormat::Csv,
    };
    let mut rows = Rows::new(format);
    rows.print_all(&pki, &[query], context)?;
    if rows.is_empty() {
        return Err(not_found("this"));
    }
    rows.finish(context);
    Ok(exit_code::DONE)
}

fn pem(row: &RecordedEntry) -> Result<String, CommandError> {
    let der = row.entry.certificate.as_ref().and_then(|it| it.der.as_deref());
    let Some(der) = der else {
        return Err(CommandError::failed(format!("row {} holds no certificate", row.number))
            .hint("an earlier version recorded its fields only; look for the file in the root"));
    };
    let certificate = Certificate::from_der(der).map_err(|error| {
        CommandError::failed(format!("cannot read the certificate of row {}", row.number))
            .caused_by(&error)
            .hint("see `kubepki ledger check`")
    })?;
    Ok(certificate.to_pem())
}

fn text(row: &RecordedEntry, context: &mut Context) {
    let RecordedEntry { cluster, number, entry, hash } = row;
    let requester = &entry.requester;
    let list = |values: &[String]| match values.len() {
        0 => "-".to_owned(),
        _ => values.join(", "),
    };
    let mut lines = vec![("row", number.to_string())];
    let cluster = Some(cluster).filter(|cluster| !cluster.is_empty());
    lines.extend(cluster.map(|cluster| ("cluster", cluster.clone())));
    let source = match entry.requester_kind {
        Some(RequesterKind::Api) => ", for a CertificateSigningRequest",
        Some(RequesterKind::File) => ", for a request in a file",
        _ => "",
    };
    let Requester { verb, user, host } = requester;
    lines.extend([
        (entry.kind.name(), entry.time.to_string()),
        ("by", format!("{user} on {host}{source}, `kubepki {verb}`")),
    ]);
    for (name, value) in [
        ("request", &entry.request_uid),
        ("authority", &entry.authority),
        ("detail", &entry.detail),
        ("note", &entry.note),
    ] {
        lines.extend(value.clone().map(|value| (name, value)));
    }
    if let Some(certificate) = &entry.certificate {
        let key = certificate.issuer_key_id.as_ref();
        lines.extend([
            ("serial", certificate.serial.to_string()),
            ("sha256", certificate.sha256.to_string()),
            ("issuer", certificate.issuer.clone()),
        ]);
        lines.extend(key.map(|key| ("issuer key", key.to_string())));
        lines.extend([
            ("subject", certificate.subject.clone()),
            ("user", certificate.common_name.clone()),
            ("groups", list(&certificate.organizations)),
            ("names", list(&certificate.subject_alt_names)),
            ("profile", certificate.profile.clone()),
            ("not before", certificate.not_before.to_string()),
            ("not after", certificate.not_after.to_string()),
        ]);
    }
    lines.push(("row hash", Fingerprint::from(*hash).to_string()));
    for (name, value) in lines {
        context.printer.print(format!("{name:<11} {value}"));
    }
}
