//! Whether what is over, or soon will be, can be issued anew where the root is.

use super::{Attention, Note, Row, root::Root};
use crate::catalog::{Content, Derivation, Entry, Position};

impl Root<'_> {
    /// Why what is over, or soon will be, cannot be issued anew here.
    pub(super) fn hindrance(&self, entry: &Entry, row: &Row) -> Option<Note> {
        let is_over =
            |it: &Attention| matches!(it, Attention::Expired { .. } | Attention::Due { .. });
        let issuer = row.attention.iter().any(is_over).then(|| self.issuer_of(entry)).flatten()?;
        match &self.catalog.entries[issuer].content {
            Content::Authority { files, .. }
                if self.observations.contents(&files.key).is_none() =>
            {
                Some(Note::NotRenewable { issuer: self.catalog.entries[issuer].id.to_string() })
            }
            _ => None,
        }
    }

    fn issuer_of(&self, entry: &Entry) -> Option<Position> {
        match &entry.content {
            Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. } => {
                Some(leaf.issuer)
            }
            Content::Derived { from: Derivation::Kubeconfig { of, .. }, .. } => {
                match &self.catalog.entries[*of].content {
                    Content::Certificate { leaf, .. } => Some(leaf.issuer),
                    _ => None,
                }
            }
            _ => None,
        }
    }
}
