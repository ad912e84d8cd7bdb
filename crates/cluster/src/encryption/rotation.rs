//! The change from one key to the next, step by step. Where it stands is read from the file
//! itself; keeps no record of its own, and knows nothing of what runs where.
//!
//! The order is the one of "Rotate a decryption key" in the documentation of Kubernetes: a key
//! that some apiserver does not know yet must not write.

use serde::Serialize;

use super::{EncryptionConfig, EncryptionKey, KeyName};
use crate::{spec::EncryptionProvider, token::NoRandom};

/// Where a rotation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// One key writes and reads.
    Stable,
    /// The newest key reads only: apiservers learn it before anything is written with it.
    Added,
    /// The newest key writes, older ones read what has not been written again.
    Promoted,
}

/// A change of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum RotationStep {
    /// A new key is added behind the one that writes.
    Add,
    /// The newest key is put first, and so writes.
    Promote,
    /// All keys but the first are dropped.
    Drop,
}

/// Why a step cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RotationError {
    /// The names do not say which key is the newest.
    #[error("the names of the keys do not say which one is the newest")]
    Ambiguous,
    /// No new key could be made.
    #[error("{0}")]
    NoRandom(NoRandom),
    /// Another step comes first.
    #[error("cannot {} a key: {}", .step.name(), .phase.why())]
    OutOfOrder {
        /// What was asked for.
        step: RotationStep,
        /// Where the rotation stands.
        phase: Phase,
    },
}

impl RotationStep {
    /// Its word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Promote => "promote",
            Self::Drop => "drop",
        }
    }
}

impl Phase {
    /// The step that is next.
    pub const fn next(self) -> RotationStep {
        match self {
            Self::Stable => RotationStep::Add,
            Self::Added => RotationStep::Promote,
            Self::Promoted => RotationStep::Drop,
        }
    }

    const fn why(self) -> &'static str {
        match self {
            Self::Stable => "there is one key, and it is in use",
            Self::Added => "the newest key has been added and does not write yet",
            Self::Promoted => "the newest key writes and older ones are not dropped yet",
        }
    }
}

impl EncryptionConfig {
    /// Where a rotation stands.
    ///
    /// # Errors
    /// [`RotationError::Ambiguous`] when there are several keys, and no single one has the highest
    /// number at the end of its name.
    pub fn phase(&self) -> Result<Phase, RotationError> {
        match (self.keys.len(), self.newest()?) {
            (1, _) => Ok(Phase::Stable),
            (_, 0) => Ok(Phase::Promoted),
            _ => Ok(Phase::Added),
        }
    }

    /// The configuration after a step. `provider` is that of a new key, so that a change of the
    /// provider is a rotation too.
    ///
    /// # Errors
    /// [`RotationError`] when the step is not the next one, or no key can be made.
    pub fn after(
        self,
        step: RotationStep,
        provider: EncryptionProvider,
    ) -> Result<Self, RotationError> {
        let phase = self.phase()?;
        if phase.next() != step {
            return Err(RotationError::OutOfOrder { step, phase });
        }
        let newest = self.newest()?;
        let Self { resources, mut keys, identity } = self;
        match step {
            RotationStep::Add => {
                let number = keys.first().and_then(|key| number(&key.id)).unwrap_or(0);
                let number = number.checked_add(1).ok_or(RotationError::Ambiguous)?;
                let key = EncryptionKey::generate(provider, format!("key{number}"));
                keys.push(key.map_err(RotationError::NoRandom)?);
            }
            RotationStep::Promote => {
                let key = keys.remove(newest);
                keys.insert(0, key);
            }
            RotationStep::Drop => keys.truncate(1),
        }
        Ok(Self { resources, keys, identity })
    }

    /// The position of the key with the highest number; one without a number is older than any.
    fn newest(&self) -> Result<usize, RotationError> {
        let numbers: Vec<_> = self.keys().map(number).collect();
        let highest = numbers.iter().max().copied().flatten();
        let mut found = (0..numbers.len()).filter(|position| numbers[*position] == highest);
        match (found.next(), found.next()) {
            (Some(position), None) => Ok(position),
            _ => Err(RotationError::Ambiguous),
        }
    }
}

/// The number at the end of a key's name.
fn number(key: &KeyName) -> Option<u64> {
    let start = key.name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let digits = &key.name[start..];
    // A number that is too large for any rotation ends every one of them.
    if digits.is_empty() { None } else { Some(digits.parse().unwrap_or(u64::MAX)) }
}
