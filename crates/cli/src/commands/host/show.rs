//! `kubepki host show`: every file that one machine gets, and why.

use kubepki_cluster::Component;
use kubepki_host::{HostFile, Part, manifest, share::OWNER};
use kubepki_report::{COLUMNS, Line, Page, Style, View, count, wrap};
use serde::Serialize;

use super::{failed, list::roles};
use crate::{commands::Format, context::Context, error::CommandError, exit_code, pki};

/// Show every file that a host gets: path, mode, purpose and readers
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki host show node-0
  kubepki host show server -o json | jq -r '.files[] | select(.mode == \"0600\").path'")]
pub(super) struct Args {
    /// The host
    #[arg(value_name = "NAME")]
    name: String,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Serialize)]
struct HostView {
    cluster: String,
    name: String,
    roles: Vec<&'static str>,
    files: Vec<HostFileView>,
}

#[derive(Serialize)]
struct HostFileView {
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
    let shown = share.files.iter().zip(are_there);
    let shown = shown.map(|(file, is_there)| HostFileView::of(file, is_there)).collect();
    let spec = &pki.spec().map_err(|error| failed(error, context))?.spec;
    let host = spec.hosts.iter().find(|host| host.name.as_str() == args.name);
    let view = HostView {
        cluster: spec.name.to_string(),
        name: args.name.clone(),
        roles: host.map(roles).unwrap_or_default(),
        files: shown,
    };
    args.output.show(&view, context)?;
    if args.output == Format::Text && view.files.iter().any(|file| !file.exists) {
        context.printer.hint("create missing files with `kubepki apply`");
    }
    Ok(exit_code::DONE)
}

impl HostFileView {
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

impl View for HostView {
    const KIND: Option<&'static str> = Some("Host");

    /// Two lines a file: a path alone may be as wide as half a terminal.
    fn lines(&self, _: Page) -> Vec<Line> {
        let all = count(self.files.len(), "file");
        let heading =
            format!("{} ({}) gets {all}, owned by {OWNER}", self.name, self.roles.join(", "));
        let mut lines = vec![Line::new().styled(Style::Bold, &heading)];
        for file in &self.files {
            let missing = if file.exists { "" } else { "  MISSING" };
            lines.push(format!("{}  {}{missing}", file.mode, file.path).into());
            let readers: Vec<_> = file.readers.iter().map(|reader| reader.name()).collect();
            let text = format!("{}; read by {}", file.purpose, readers.join(", "));
            lines.extend(wrap("      ", &text, COLUMNS));
        }
        lines
    }
}
