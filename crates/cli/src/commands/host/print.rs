//! What an installation did or would do, for people and for programs.

use kubepki_cluster::{Component, StorePath};
use kubepki_host::{Change, Manifest};
use kubepki_report::{Line, Page, Table, View, count};
use serde::Serialize;

use crate::{commands::Format, context::Context, error::CommandError};

/// What happens to the files of a bundle.
pub(super) struct Outcome<'a> {
    pub(super) manifest: &'a Manifest,
    pub(super) changes: Vec<(StorePath, Change)>,
    pub(super) left_over: Vec<StorePath>,
    /// Whether nothing was written.
    pub(super) dry: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InstallationView<'a> {
    cluster: &'a str,
    host: &'a str,
    dry_run: bool,
    files: Vec<InstalledFile>,
    left_over: Vec<String>,
    readers: Vec<Component>,
}

#[derive(Serialize)]
struct InstalledFile {
    path: String,
    change: Change,
}

impl View for InstallationView<'_> {
    const KIND: Option<&'static str> = Some("HostInstallation");

    fn lines(&self, page: Page) -> Vec<Line> {
        let mut table = Table::new(["", ""]).at_least([7, 0]);
        for InstalledFile { path, change } in &self.files {
            let word = match change {
                Change::Create => "create",
                Change::Keep if page.verbose => "keep",
                Change::Keep => continue,
                Change::Narrow => "narrow",
                Change::Replace => "replace",
            };
            table.row([word, path]);
        }
        table.rows()
    }
}

impl Outcome<'_> {
    pub(super) fn print(&self, format: Format, context: &mut Context) -> Result<(), CommandError> {
        let files = self.changes.iter();
        let view = InstallationView {
            cluster: &self.manifest.cluster,
            host: &self.manifest.host,
            dry_run: self.dry,
            files: files
                .map(|(path, change)| InstalledFile { path: absolute(path), change: *change })
                .collect(),
            left_over: self.left_over.iter().map(absolute).collect(),
            readers: self.readers(),
        };
        format.show(&view, context)?;
        if format == Format::Text {
            self.tell(&view, context);
        }
        Ok(())
    }

    /// Says how much changed, and what is still to do.
    fn tell(&self, view: &InstallationView<'_>, context: &mut Context) {
        let printer = &mut context.printer;
        let changed = self.changes.iter().filter(|(_, change)| *change != Change::Keep).count();
        let same = self.changes.len() - changed;
        let of = format!("of `{}`, cluster `{}`", view.host, view.cluster);
        let changed_files = count(changed, "file");
        printer.talk(&match (changed, self.dry) {
            (0, _) => format!("nothing to do: {} {of} in place", count(same, "file")),
            (_, true) => format!("would install {changed_files} {of}; {same} unchanged"),
            (_, false) => format!("installed {changed_files} {of}; {same} unchanged"),
        });
        for path in &view.left_over {
            printer.warning(&format!("`{path}` is no longer a file of this host: remove it"));
        }
        if !view.readers.is_empty() {
            let names: Vec<_> = view.readers.iter().map(|reader| reader.name()).collect();
            let when = if self.dry { "then " } else { "" };
            printer.talk(&format!("{when}restart what runs here of: {}", names.join(", ")));
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
