//! The error of the handle. Holds what was compared and found, never a secret.

use std::{fmt, io, path::PathBuf};

use kubepki_cluster::{
    ApplyError, Plan, Refusal, SpecError, StoreError, catalog::EntryId, gate::Privilege,
};
use kubepki_ledger::LedgerError;

/// Why a call did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PkiError {
    /// Something could not be made. Nothing has changed.
    #[error("cannot apply the plan")]
    Apply(#[source] ApplyError),
    /// These entries, at least one, would give a privilege that nobody has allowed. Nothing has
    /// changed.
    #[error("`{}` would be new {}", .0[0].0, .0[0].1.claim)]
    Forbidden(Vec<(EntryId, Privilege)>),
    /// What was signed could not be recorded, so none of it was given out.
    #[error("cannot record what was signed")]
    Ledger(#[source] LedgerError),
    /// There is no spec.
    #[error("there is no spec at `{}`", path.display())]
    NoSpec {
        /// Where it was looked for.
        path: PathBuf,
        /// A file in the folder that says that it holds a PKI all the same.
        found: Option<&'static str>,
    },
    /// The plan has steps that cannot be taken. Nothing has changed.
    #[error("cannot make `{entry}`: {refusal}")]
    Refused {
        /// The first entry that cannot be made.
        entry: EntryId,
        /// Why.
        refusal: Refusal,
        /// How many more there are.
        more: usize,
    },
    /// The spec was refused.
    #[error("`{name}` was refused")]
    Spec {
        /// What the spec is called.
        name: String,
        /// Its text.
        text: Vec<u8>,
        /// Why.
        source: SpecError,
    },
    /// The spec is larger than 1 MiB.
    #[error("cannot read `{}`: it is larger than 1 MiB", path.display())]
    SpecTooLarge {
        /// The file.
        path: PathBuf,
    },
    /// The spec could not be read.
    #[error("cannot read `{}`", path.display())]
    SpecUnreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder could not be read or changed.
    #[error("cannot {operation}")]
    Store {
        /// What was tried.
        operation: Operation,
        /// Why it failed.
        source: StoreError,
    },
    /// The files could not be written. The ledger keeps its rows: what was signed was signed.
    #[error("cannot write the files")]
    Write {
        /// How many certificates are on record that nobody has got.
        recorded: usize,
        /// Why.
        source: StoreError,
    },
}

/// What was tried in the folder of a PKI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Taking the lock, and putting right what an interrupted run left.
    Open,
    /// Reading it.
    Read,
    /// Keeping the record of the hosts that wait for their files.
    Remember,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Open => "open the root",
            Self::Read => "read the root",
            Self::Remember => "remember for whom the hook has to run",
        })
    }
}

impl PkiError {
    pub(crate) const fn unreadable(source: StoreError) -> Self {
        Self::Store { operation: Operation::Read, source }
    }

    pub(crate) fn of_apply(error: ApplyError) -> Self {
        match error {
            ApplyError::Ledger(error) => Self::Ledger(error),
            ApplyError::Store { recorded, source } => Self::Write { recorded, source },
            error => Self::Apply(error),
        }
    }

    /// Refuses a plan by which somebody would get a privilege that nobody has allowed.
    ///
    /// # Errors
    /// [`PkiError::Forbidden`].
    pub fn unless_allowed(plan: &Plan) -> Result<(), Self> {
        let forbidden = plan.refusals().filter_map(|(id, refusal)| match refusal {
            Refusal::Forbidden { privilege } => Some((id.clone(), privilege.clone())),
            _ => None,
        });
        let forbidden: Vec<_> = forbidden.collect();
        if forbidden.is_empty() { Ok(()) } else { Err(Self::Forbidden(forbidden)) }
    }

    /// Refuses a plan of which a step cannot be taken.
    ///
    /// # Errors
    /// [`PkiError::Forbidden`] before all others, [`PkiError::Refused`].
    pub fn unless_feasible(plan: &Plan) -> Result<(), Self> {
        Self::unless_allowed(plan)?;
        let mut refusals = plan.refusals();
        let Some((entry, refusal)) = refusals.next() else { return Ok(()) };
        let (entry, refusal) = (entry.clone(), refusal.clone());
        Err(Self::Refused { entry, refusal, more: refusals.count() })
    }
}
