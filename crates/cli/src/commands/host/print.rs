//! What an installation did or would do, for people and for programs.

use kubepki_cluster::{Component, StorePath};
use kubepki_host::{Change, Manifest};
use serde::Serialize;

use super::files;
use crate::{commands::Format, context::Context, error::CommandError};

/// What becomes of the files of a bundle.
pub(super) struct Outcome<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) changes: Vec<(StorePath, Change)>,
    pub(super) left_over: Vec<StorePath>,
    /// Whether it only would be so.
    pub(super) dry: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'static str,
    kind: &'static str,
    cluster: &'a str,
    host: &'a str,
    dry_run: bool,
    files: Vec<File>,
    left_over: Vec<String>,
    readers: Vec<Component>,
}

#[derive(Serialize)]
struct File {
    path: String,
    change: Change,
}

impl Outcome<'_> {
    pub(super) fn print(&self, format: Format, context: &mut Context) -> Result<(), CommandError> {
        if format == Format::Text {
            self.text(context);
            return Ok(());
        }
        let file =
            |(path, change): &(StorePath, Change)| File { path: absolute(path), change: *change };
        let document = Document {
            api_version: "kubepki/v1alpha1",
            kind: "HostInstallation",
            cluster: &self.manifest.cluster,
            host: &self.manifest.host,
            dry_run: self.dry,
            files: self.changes.iter().map(file).collect(),
            left_over: self.left_over.iter().map(absolute).collect(),
            readers: self.readers(),
        };
        format.print(&document, context)
    }

    fn text(&self, context: &mut Context) {
        let verbose = context.global.verbose;
        let printer = &mut context.printer;
        for (path, change) in &self.changes {
            let word = match change {
                Change::Create => "create",
                Change::Keep if verbose => "keep",
                Change::Keep => continue,
                Change::Narrow => "narrow",
                Change::Replace => "replace",
            };
            printer.print(format!("{word:7}  {}", absolute(path)));
        }
        let Manifest { cluster, host, .. } = self.manifest;
        let changed = self.changes.iter().filter(|(_, change)| *change != Change::Keep).count();
        let same = self.changes.len() - changed;
        let of = format!("of `{host}`, cluster `{cluster}`");
        printer.talk(&match (changed, self.dry) {
            (0, _) => format!("nothing to do: {} {of} in place", files(same)),
            (_, true) => format!("{} {of} would change, {same} would not", files(changed)),
            (_, false) => format!("installed {} {of}; {same} were in place", files(changed)),
        });
        for path in &self.left_over {
            let path = absolute(path);
            printer.warning(&format!("`{path}` is no longer a file of this host: remove it"));
        }
        let readers = self.readers();
        if !readers.is_empty() {
            let names: Vec<_> = readers.iter().map(|reader| reader.name()).collect();
            let when = if self.dry { "afterwards " } else { "" };
            let text = format!("{when}restart what reads them, if it runs: {}", names.join(", "));
            printer.talk(&text);
        }
    }

    /// The programs that read a file whose contents change, each once.
    fn readers(&self) -> Vec<Component> {
        let changed = |path: &StorePath| {
            let is_it = |(other, change): &(StorePath, Change)| {
                other == path && matches!(change, Change::Create | Change::Replace)
            };
            self.changes.iter().any(is_it)
        };
        let files = self.manifest.files.iter().filter(|file| changed(&file.path));
        let mut readers: Vec<_> = files.flat_map(|file| file.readers.clone()).collect();
        readers.sort();
        readers.dedup();
        readers
    }
}

fn absolute(path: &StorePath) -> String {
    format!("/{path}")
}
