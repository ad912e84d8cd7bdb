//! The CAs that lie in files. What a server sends along is no ground to believe it, so that only these
//! are. Verifies no signature.

use std::collections::HashMap;

use kubepki_inspect::key::PublicKey;

use super::{Facts, gather::Met};

/// The CAs of the files by their names; none where nothing was served, since all are of files then.
pub(super) struct Anchors<'a>(Option<HashMap<&'a [u8], Vec<usize>>>);

impl<'a> Anchors<'a> {
    pub(super) fn of(met: &[Met<'a>], is_served: bool) -> Self {
        if !is_served {
            return Self(None);
        }
        let mut by_name: HashMap<_, Vec<_>> = HashMap::new();
        for (position, met) in met.iter().enumerate() {
            if met.certificate.is_ca() && met.is_in_file() {
                by_name.entry(met.certificate.subject_name()).or_default().push(position);
            }
        }
        Self(Some(by_name))
    }

    /// Whether one of the files has this name and key: a CA whose certificate was made anew is the
    /// same one to all who verify.
    pub(super) fn have<'b>(
        &self,
        name: &[u8],
        key: &PublicKey,
        facts: impl Fn(usize) -> Option<&'b Facts>,
    ) -> bool {
        let Some(by_name) = &self.0 else { return true };
        let mut positions = by_name.get(name).into_iter().flatten();
        positions.any(|position| facts(*position).is_some_and(|facts| facts.key == *key))
    }
}
