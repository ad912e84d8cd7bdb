//! Describing a PKI that others began. Writes nothing.

use kubepki_cluster::adopt::{self, AdoptOptions, Adoption, Survey};

use crate::{Operation, Pki, PkiError};

/// How many files a folder may have.
const MOST_FILES: usize = 100_000;

impl Pki {
    /// Reads the folder, and makes the spec that describes what is there.
    ///
    /// # Errors
    /// [`PkiError::Adopt`] where it cannot be described, [`PkiError::TooManyFiles`].
    pub fn adopt(&self, options: AdoptOptions) -> Result<Adoption, PkiError> {
        let unreadable = |source| PkiError::Store { operation: Operation::ReadFolder, source };
        let store = kubepki_cluster::DirStore::read_only(self.root()).map_err(unreadable)?;
        let mut survey = Survey::default();
        let is_all =
            store.walk(MOST_FILES, &mut |visited| survey.visit(visited)).map_err(unreadable)?;
        if !is_all {
            return Err(PkiError::TooManyFiles { limit: MOST_FILES });
        }
        adopt::adopt(survey, options).map_err(|error| PkiError::Adopt(Box::new(error)))
    }
}
