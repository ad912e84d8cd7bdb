//! Files that are made from other entries: they should be what those are.

use super::{Issue, Observation, Observer};
use crate::{
    catalog::{Content, Derivation, Entry, Part, Position},
    store::StorePath,
};

impl Observer<'_> {
    pub(super) fn derived(
        &self,
        entry: &Entry,
        path: &StorePath,
        from: &Derivation,
    ) -> Observation {
        match from {
            Derivation::Copy { part, source, of } => self.copy(path, *part, source, *of),
            Derivation::Kubeconfig { connection, of } => {
                let files = match &self.catalog.entries[*of].content {
                    Content::Certificate { files, .. } => Some((files, *of)),
                    _ => None,
                };
                self.kubeconfig(path, connection, files)
            }
            Derivation::Bootstrap { of, .. } => {
                let of = self.catalog.entries[*of].id.clone();
                self.plain(entry, path, Issue::SourceChanged { of })
            }
            Derivation::Text(_) => self.plain(entry, path, Issue::ContentsChanged),
        }
    }

    fn copy(&self, path: &StorePath, part: Part, source: &StorePath, of: Position) -> Observation {
        let mut seen = Observation::default();
        match (self.files.contents(source), self.files.contents(path)) {
            (Some(source), Some(present)) if source == present => {
                let is_certificate = part == Part::Certificate;
                seen.certificate = self.certificate_of(of).filter(|_| is_certificate).cloned();
            }
            (Some(_), Some(_)) => {
                let of = self.catalog.entries[of].id.clone();
                seen.issues.push(Issue::SourceChanged { of });
            }
            // What the source lacks is told there.
            (None, Some(_)) => {}
            (_, None) => seen.issues.push(self.files.absence(path)),
        }
        seen
    }

    /// A text or a secret that follows from the spec and other entries.
    fn plain(&self, entry: &Entry, path: &StorePath, differs: Issue) -> Observation {
        let mut seen = Observation::default();
        let contents = |path: &StorePath| self.files.contents(path);
        if contents(path).is_none() {
            seen.issues.push(self.files.absence(path));
        } else if self.catalog.judge_plain_file(entry, contents).is_some() {
            seen.issues.push(differs);
        }
        seen
    }
}
