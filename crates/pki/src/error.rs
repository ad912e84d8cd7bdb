//! The error of the handle. Holds what was compared and found, never a secret.

use std::{fmt, io, path::PathBuf};

use jiff::Timestamp;
use kubepki_cluster::{
    ApplyError, Plan, Refusal, SignError, SpecError, StoreError, StorePath,
    adopt::AdoptError,
    catalog::EntryId,
    encryption::{EncryptionFilesError, RotationError},
    gate::Privilege,
    issue::IssueError,
    store::Transaction,
};
use kubepki_host::{BundleError, ShareError, SignatureError};
use kubepki_ledger::LedgerError;

/// Why a call did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PkiError {
    /// What others began cannot be described.
    #[error("cannot describe the folder")]
    Adopt(#[source] Box<AdoptError>),
    /// Something could not be made. Nothing has changed.
    #[error("cannot apply the plan")]
    Apply(#[source] Box<ApplyError>),
    /// The files of a host cannot be bundled.
    #[error("cannot bundle the files of `{host}`")]
    Bundle {
        /// The host.
        host: String,
        /// Why.
        source: Box<BundleError>,
    },
    /// The key that signs bundles cannot be used.
    #[error("cannot use the key for bundles")]
    BundleKey(#[source] SignatureError),
    /// Others than its owner may use the key that signs bundles.
    #[error("other users have access to the key for bundles: its mode is {mode:04o}")]
    BundleKeyOpen {
        /// Its permission bits.
        mode: u32,
    },
    /// The files with the encryption keys are not as the spec says.
    #[error("cannot rotate the encryption key")]
    Encryption(#[source] EncryptionFilesError),
    /// These entries, at least one, would give a privilege that nobody has allowed. Nothing has
    /// changed.
    #[error("`{}` would be new {}", .0[0].0, .0[0].1.claim)]
    Forbidden(Vec<(EntryId, Privilege)>),
    /// An identity could not be issued.
    #[error("nothing was issued")]
    Issue(#[source] Box<IssueError>),
    /// What was signed could not be recorded, so none of it was given out.
    #[error("cannot record what was signed")]
    Ledger(#[source] LedgerError),
    /// The ledger could not be read.
    #[error("cannot read the ledger")]
    LedgerUnreadable(#[source] LedgerError),
    /// The root has no CA yet.
    #[error("there is no CA at `{path}`")]
    NoAuthority {
        /// Where it should be.
        path: StorePath,
    },
    /// The key that signs bundles could not be made.
    #[error("cannot make the key for bundles")]
    NoBundleKey(#[source] SignatureError),
    /// The spec has no such host.
    #[error("there is no host `{}` in the spec", name.escape_debug())]
    NoHost {
        /// The name that was looked for.
        name: String,
    },
    /// There is no root.
    #[error("there is no root at `{}`", path.display())]
    NoRoot {
        /// Where it should be.
        path: PathBuf,
    },
    /// There is no spec.
    #[error("there is no spec at `{}`", path.display())]
    NoSpec {
        /// Where it was looked for.
        path: PathBuf,
        /// A file in the folder that says that it holds a PKI all the same.
        found: Option<&'static str>,
    },
    /// No such transaction is on record.
    #[error("there is no transaction `{name}`")]
    NoTransaction {
        /// The name that was looked for.
        name: String,
        /// When its old files were removed, if they were.
        pruned: Option<Timestamp>,
    },
    /// No transaction is on record.
    #[error("there is nothing to undo")]
    NothingToUndo,
    /// An old encryption key may still be needed.
    #[error("cannot drop the old key yet")]
    NotRewritten {
        /// What it may have encrypted, as the apiserver calls it.
        resources: Vec<String>,
    },
    /// The old files of a transaction could not be removed.
    #[error("cannot prune `{transaction}`")]
    Prune {
        /// Its name.
        transaction: String,
        /// Why.
        source: StoreError,
    },
    /// The plan has steps that cannot be taken. Nothing has changed.
    #[error("cannot make `{}`: {}", .0.entry, .0.refusal)]
    Refused(Box<RefusedPlan>),
    /// A step of a rotation is not the next one.
    #[error("cannot rotate the encryption key")]
    Rotation(#[source] RotationError),
    /// The layout does not say what a host gets.
    #[error("cannot list the files of `{host}`")]
    Share {
        /// The host.
        host: String,
        /// Why.
        source: ShareError,
    },
    /// Requests could not be signed. Nothing was given out.
    #[error("cannot sign")]
    Sign(#[source] SignError),
    /// The spec was refused.
    #[error("`{}` was refused", .0.name)]
    Spec(#[source] Box<RefusedSpec>),
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
    /// A folder has more files than a PKI has.
    #[error("the folder has more than {limit} files")]
    TooManyFiles {
        /// The limit.
        limit: usize,
    },
    /// A transaction could not be taken back.
    #[error("cannot undo `{}`", transaction.name())]
    Undo {
        /// The transaction.
        transaction: Box<Transaction>,
        /// The later transaction that has changed one of its files, if that is why.
        changed_by: Option<String>,
        /// Why.
        source: StoreError,
    },
    /// CAs or key pairs would be taken away that nobody has allowed to be. Nothing has changed.
    #[error("cannot undo `{transaction}`: it created `{}`", paths[0])]
    WouldRemoveAuthorities {
        /// The transaction.
        transaction: String,
        /// Their files, at least one.
        paths: Vec<StorePath>,
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

/// A plan with steps that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedPlan {
    /// The first entry that cannot be made.
    pub entry: EntryId,
    /// Why.
    pub refusal: Refusal,
    /// How many more there are.
    pub more: usize,
}

/// A spec that was refused.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct RefusedSpec {
    /// What it is called.
    pub name: String,
    /// Its text.
    pub text: Vec<u8>,
    /// Why.
    pub error: SpecError,
}

/// What was tried in the folder of a PKI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Operation {
    /// Removing what is left of transactions that were pruned.
    FinishPruning,
    /// Keeping the key that signs bundles.
    KeepBundleKey,
    /// Taking the lock, and putting right what an interrupted run left.
    Open,
    /// Reading it.
    Read,
    /// Reading the key that signs bundles.
    ReadBundleKey,
    /// Reading a folder that others began.
    ReadFolder,
    /// Reading the history.
    ReadHistory,
    /// Keeping the record of the hosts that wait for their files.
    Remember,
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::FinishPruning => "remove what is left of pruned transactions",
            Self::KeepBundleKey => "keep the key for bundles",
            Self::Open => "open the root",
            Self::Read => "read the root",
            Self::ReadBundleKey => "read the key for bundles",
            Self::ReadFolder => "read the folder",
            Self::ReadHistory => "read the history",
            Self::Remember => "remember for whom the hook has to run",
        })
    }
}

impl PkiError {
    pub(crate) const fn unreadable(source: StoreError) -> Self {
        Self::Store { operation: Operation::Read, source }
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
        Err(Self::Refused(Box::new(RefusedPlan { entry, refusal, more: refusals.count() })))
    }
}
