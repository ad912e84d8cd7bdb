//! A file of a machine's PKI, with what is in it. Judges nothing.

use std::{path::Path, sync::Arc};

use kubepki_ca::Certificate;
use kubepki_inspect::{
    artifact::{self, Artifact, Form, ReadError},
    key::PublicKey,
    kubeconfig::{FieldSource, KubeconfigFile},
};

use crate::read::{Stat, Tree, TreeError};

/// A file that somebody uses.
#[derive(Debug)]
pub struct FoundFile {
    /// Where it lies and to whom it belongs; none when it is not there.
    pub stat: Option<Stat>,
    /// How it is written, where that is unusual.
    pub form: Option<Form>,
    /// What is in it. Configuration files, which others read, hold nothing.
    pub contents: Result<Vec<Artifact>, FileError>,
}

/// Why nothing is known of a file's contents; fits after its path and a colon.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Nothing is there.
    #[error("there is no such file")]
    Missing,
    /// What lies there is no file, or nowhere to be found.
    #[error("{0}")]
    NoFile(String),
    /// It is larger than anything of a PKI.
    #[error("{0}")]
    TooLarge(String),
    /// Which file it is shows when the component starts.
    #[error("which file that is, only its start shows")]
    Unknown,
    /// The system did not let us read it.
    #[error("{0}")]
    Unreadable(String),
    /// It is not of a PKI, or broken.
    #[error(transparent)]
    Unusable(#[from] ReadError),
}

impl FoundFile {
    /// A file whose name is not known yet.
    pub(super) fn unknown() -> Self {
        Self { stat: None, form: None, contents: Err(FileError::Unknown) }
    }

    /// What is in it; nothing where it cannot be read.
    pub fn artifacts(&self) -> &[Artifact] {
        self.contents.as_deref().unwrap_or_default()
    }

    /// The kubeconfig that it is.
    pub fn kubeconfig(&self) -> Option<&KubeconfigFile> {
        self.artifacts().iter().find_map(|artifact| match artifact {
            Artifact::Kubeconfig(kubeconfig) => Some(&**kubeconfig),
            _ => None,
        })
    }

    /// Why it was not looked into, though it is there: the system, or its size.
    pub fn closed(&self) -> Option<&FileError> {
        let error = self.contents.as_ref().err();
        error.filter(|it| matches!(it, FileError::TooLarge(_) | FileError::Unreadable(_)))
    }

    /// Whether one of the things in it is a private key.
    pub fn holds_private_key(&self) -> bool {
        self.artifacts().iter().any(|artifact| matches!(artifact, Artifact::PrivateKey(_)))
    }

    /// Whether it holds what nobody but its user may read.
    pub fn is_secret(&self) -> bool {
        self.artifacts().iter().any(|artifact| match artifact {
            Artifact::Kubeconfig(kubeconfig) => kubeconfig.users.iter().any(|user| {
                matches!(user.key, Some(FieldSource::Data(_))) || !user.others.is_empty()
            }),
            Artifact::Pkcs12(_) | Artifact::PrivateKey(_) => true,
            _ => false,
        })
    }
}

impl From<TreeError> for FileError {
    fn from(error: TreeError) -> Self {
        let words = error.in_words();
        match error {
            TreeError::Io(_) => Self::Unreadable(words),
            TreeError::Missing => Self::Missing,
            TreeError::NotAFile | TreeError::TooManyLinks => Self::NoFile(words),
            TreeError::TooLarge => Self::TooLarge(words),
        }
    }
}

/// The certificates among artifacts.
pub(super) fn certificates(artifacts: &[Artifact]) -> Vec<Arc<Certificate>> {
    let only = artifacts.iter().filter_map(|artifact| match artifact {
        Artifact::Certificate(certificate) => Some(Arc::clone(certificate)),
        _ => None,
    });
    only.collect()
}

/// The public keys among artifacts: of public keys, private keys and certificates.
pub(crate) fn public_keys(artifacts: &[Artifact]) -> Vec<PublicKey> {
    let keys = artifacts.iter().filter_map(|artifact| match artifact {
        Artifact::Certificate(certificate) => Some(PublicKey::of(certificate)),
        Artifact::PrivateKey(key) => key.public_key().cloned(),
        Artifact::PublicKey(key) => Some(key.clone()),
        _ => None,
    });
    keys.collect()
}

pub(super) fn read_file(tree: &Tree, path: &Path, is_ours: bool) -> FoundFile {
    let file = match tree.read(path) {
        Ok(file) => file,
        Err(error) => {
            let stat = tree.stat(path).ok();
            return FoundFile { stat, form: None, contents: Err(error.into()) };
        }
    };
    let contents = if is_ours { artifact::read(&file.bytes) } else { Ok(Vec::new()) };
    let form = Form::of(&file.bytes).filter(|_| is_ours);
    FoundFile { stat: Some(file.stat), form, contents: contents.map_err(FileError::from) }
}
