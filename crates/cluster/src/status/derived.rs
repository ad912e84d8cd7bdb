//! The state of a file that is made from other entries: it should be what they are.

use kubepki_kubeconfig::Kubeconfig;

use super::{
    Attention, Facts, Kind, Row,
    root::{Root, row},
};
use crate::{
    catalog::{Connection, Content, Derivation, Entry, PairFiles, Part, Position, Wrong},
    own::Own,
    plan::Reason,
    store::StorePath,
};

impl Root<'_> {
    pub(super) fn derived(&self, entry: &Entry, path: &StorePath, from: &Derivation) -> Row {
        match from {
            Derivation::Copy { part, source, of } => self.copy(entry, path, *part, source, *of),
            Derivation::Bootstrap { of, .. } => {
                let mut row = row(entry, Kind::Secret, path);
                match self.plain(entry, path) {
                    Ok(None) => {}
                    Ok(Some(_)) => self.differs(*of, &mut row),
                    Err(absent) => row.attention.push(absent),
                }
                row
            }
            Derivation::Kubeconfig { connection, of } => {
                self.embedding(entry, path, connection, *of)
            }
            Derivation::Text(_) => {
                let mut row = row(entry, Kind::Text, path);
                match self.plain(entry, path) {
                    Ok(None) => {}
                    Ok(Some(_)) => {
                        row.attention.push(Attention::Drifted { reason: Reason::ContentsChanged });
                    }
                    Err(absent) => row.attention.push(absent),
                }
                row
            }
        }
    }

    fn copy(
        &self,
        entry: &Entry,
        path: &StorePath,
        part: Part,
        source: &StorePath,
        of: Position,
    ) -> Row {
        let mut row = row(entry, Kind::Copy, path);
        match (self.observations.contents(source), self.observations.contents(path)) {
            (Some(source), Some(found)) if source == found => {
                row.facts = (part == Part::Certificate).then(|| self.facts_of(of)).flatten();
            }
            (Some(_), Some(_)) => self.differs(of, &mut row),
            // What the source lacks is told there.
            (None, Some(_)) => {}
            (_, None) => row.attention.push(self.absent(path)),
        }
        row
    }

    /// A kubeconfig that embeds a certificate and key which also lie beside it.
    fn embedding(
        &self,
        entry: &Entry,
        path: &StorePath,
        connection: &Connection,
        of: Position,
    ) -> Row {
        let mut row = row(entry, Kind::Kubeconfig, path);
        let Content::Certificate { leaf, files } = &self.catalog.entries[of].content else {
            return row;
        };
        row.authority = Some(self.catalog.entries[leaf.issuer].id.to_string());
        if let Some(certificate) = self.client(path, connection, &mut row) {
            if !self.embeds(path, connection, files) {
                self.differs(of, &mut row);
            }
            self.judge_dates(leaf, &certificate, &mut row);
            row.facts = Some(Facts::of(&certificate));
        }
        row
    }

    /// What is wrong with a file that is there, or why it is not.
    fn plain(&self, entry: &Entry, path: &StorePath) -> Result<Option<Wrong>, Attention> {
        match self.observations.contents(path) {
            None => Err(self.absent(path)),
            Some(_) => {
                Ok(self.catalog.judge_plain_file(entry, |path| self.observations.contents(path)))
            }
        }
    }

    /// Whether a kubeconfig has the very bytes of these files.
    fn embeds(&self, path: &StorePath, connection: &Connection, files: &PairFiles) -> bool {
        let contents = |path| self.observations.contents(path);
        let Some(Ok(kubeconfig)) = contents(path).map(Kubeconfig::parse) else { return false };
        let Ok(own) = Own::find(&kubeconfig, connection) else { return false };
        let certificate = own.user.client_certificate_data.as_ref().map(AsRef::as_ref);
        let key = own.user.client_key_data.as_ref().map(|key| key.expose());
        // What is missing is told where it is.
        let same = |found: Option<&[u8]>, file: Option<&[u8]>| file.is_none() || found == file;
        same(certificate, contents(&files.certificate)) && same(key, contents(&files.key))
    }

    fn differs(&self, of: Position, row: &mut Row) {
        let reason = Reason::SourceChanged { of: self.catalog.entries[of].id.clone() };
        row.attention.push(Attention::Drifted { reason });
    }
}
