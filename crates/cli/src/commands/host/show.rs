//! `kubepki host show`: every file that one machine gets, and why.

use kubepki_cluster::Component;
use kubepki_host::{HostFile, Part, manifest, share::OWNER};
use serde::Serialize;

use super::{failed, files, list::roles};
use crate::{commands::Format, context::Context, error::CommandError, exit_code, pki};

/// Show every file that a host gets: its place, mode, purpose and readers
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki host show node-0
  kubepki host show server -o json | jq -r '.files[] | select(.mode == \"0600\").path'")]
pub(super) struct Args {
    /// The host
    #[arg(value_name = "NAME")]
    name: String,
    /// How to print the files
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    api_version: &'static str,
    kind: &'static str,
    cluster: String,
    name: String,
    roles: Vec<&'static str>,
    files: Vec<File>,
}

#[derive(Serialize)]
struct File {
    path: String,
    source: String,
    mode: String,
    owner: &'static str,
    entry: String,
    kind: Part,
    purpose: &'static str,
    readers: Vec<Component>,
    exists: bool,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    let share = pki.share(&args.name).map_err(|error| failed(error, context))?;
    let are_there = pki.are_there(&share).map_err(|error| failed(error, context))?;
    let shown = share.files.iter().zip(are_there).map(|(file, is_there)| File::of(file, is_there));
    let shown = shown.collect();
    let spec = &pki.spec().map_err(|error| failed(error, context))?.spec;
    let host = spec.hosts.iter().find(|host| host.name.as_str() == args.name);
    let document = Document {
        api_version: "kubepki/v1alpha1",
        kind: "Host",
        cluster: spec.name.to_string(),
        name: args.name.clone(),
        roles: host.map(roles).unwrap_or_default(),
        files: shown,
    };
    match args.output {
        Format::Text => text(&document, context),
        format => format.print(&document, context)?,
    }
    Ok(exit_code::DONE)
}

impl File {
    fn of(file: &HostFile, exists: bool) -> Self {
        Self {
            path: file.path(),
            source: file.source.to_string(),
            mode: manifest::octal(file.mode),
            owner: OWNER,
            entry: file.entry.name().into_owned(),
            kind: file.part,
            purpose: file.purpose,
            readers: file.readers.clone(),
            exists,
        }
    }
}

/// Two lines a file: a path alone may be as wide as half a terminal.
fn text(document: &Document, context: &mut Context) {
    let Document { name, roles, files: shown, .. } = document;
    let printer = &mut context.printer;
    let all = files(shown.len());
    printer.heading(&format!("{name} ({}) gets {all}, owned by {OWNER}", roles.join(", ")));
    for file in shown {
        let missing = if file.exists { "" } else { "  MISSING" };
        printer.print(format!("{}  {}{missing}", file.mode, file.path));
        let readers: Vec<_> = file.readers.iter().map(|reader| reader.name()).collect();
        let (purpose, readers) = (file.purpose, readers.join(", "));
        let line = format!("      {purpose}; read by {readers}");
        if line.len() <= 80 {
            printer.print(line);
        } else {
            printer.print(format!("      {purpose};"));
            printer.print(format!("      read by {readers}"));
        }
    }
    let missing = shown.iter().filter(|file| !file.exists).count();
    if missing > 0 {
        printer.hint("make what is missing with `kubepki apply`");
    }
}
