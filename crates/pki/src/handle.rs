//! The handle: a folder, its spec, who asks, and how long to wait. Opens nothing before it is used.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

use jiff::Timestamp;
use kubepki_cluster::{DirStore, Made, Observations, Plan, Signed, Store, make, store::FileWrite};

use crate::{
    Event, Operation, Operator, PkiError, SpecFile,
    record::{Recorder, ledger_of},
};

/// The PKI of a cluster in a folder, its root.
pub struct Pki {
    root: PathBuf,
    pub(crate) given_spec: Option<(String, Vec<u8>)>,
    pub(crate) spec: OnceLock<Option<SpecFile>>,
    operator: Option<Operator>,
    wait: Duration,
    listener: Option<Listener>,
}

pub(crate) type Listener = Box<dyn Fn(&Event) + Send + Sync>;

/// How long to wait for another process that has the lock, where nobody says how long.
pub(crate) const WAIT: Duration = Duration::from_secs(60);

impl Pki {
    /// The PKI in a folder. The folder need not exist: what writes makes it.
    pub fn open(root: impl Into<PathBuf>) -> Self {
        let (given_spec, spec, operator, listener) = (None, OnceLock::new(), None, None);
        Self { root: root.into(), given_spec, spec, operator, wait: WAIT, listener }
    }

    /// Takes this spec and not the one in the root; messages call it by the name.
    #[must_use]
    pub fn with_spec(self, name: impl Into<String>, text: impl Into<Vec<u8>>) -> Self {
        Self { given_spec: Some((name.into(), text.into())), spec: OnceLock::new(), ..self }
    }

    /// Records this operator as who asks [default: the user of this process, on this machine].
    #[must_use]
    pub fn for_operator(self, operator: Operator) -> Self {
        Self { operator: Some(operator), ..self }
    }

    /// Waits so long for another process that has the lock [default: 60 seconds].
    #[must_use]
    pub fn waiting(self, wait: Duration) -> Self {
        Self { wait, ..self }
    }

    /// Has somebody told what happens while a call is under way.
    #[must_use]
    pub fn telling(self, listener: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        Self { listener: Some(Box::new(listener)), ..self }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A path below the root, without a `./` that nobody has written.
    pub(crate) fn below(&self, path: &str) -> PathBuf {
        if self.root == Path::new(".") { path.into() } else { self.root.join(path) }
    }

    pub(crate) fn tell(&self, event: &Event) {
        if let Some(listener) = &self.listener {
            listener(event);
        }
    }

    /// Opens the root for reading, next to other readers.
    pub(crate) fn read(&self) -> Result<DirStore, PkiError> {
        DirStore::read_only(&self.root).map_err(PkiError::unreadable)
    }

    /// Opens the root as the only one who may write it.
    pub(crate) fn lock(&self, now: Timestamp) -> Result<DirStore, PkiError> {
        let store = DirStore::locked(&self.root, now, Some(self.wait), |holder| {
            self.tell(&Event::Waiting(holder.clone()));
        });
        let store =
            store.map_err(|source| PkiError::Store { operation: Operation::Open, source })?;
        if let Some(recovered) = store.recovered() {
            self.tell(&Event::Recovered(recovered));
        }
        Ok(store)
    }

    /// Puts on record what was signed in a root that is locked; it is durable when this returns.
    pub(crate) fn record(
        &self,
        store: &DirStore,
        verb: &str,
        signed: &[Signed],
        now: Timestamp,
    ) -> Result<(), PkiError> {
        let operator = self.operator.clone().unwrap_or_else(Operator::of_process);
        let requester = operator.by(verb);
        let mut recorder = Recorder { ledger: ledger_of(store), requester };
        recorder.record(&self.spec()?.spec.name, signed, now).map_err(PkiError::Ledger)
    }

    /// Carries out a plan: makes everything in memory, records what was signed, and writes all files
    /// or none. In this order: what is written is on record, whenever the process is killed.
    pub(crate) fn carry_out(
        &self,
        plan: &Plan,
        seen: &Observations,
        extra: Vec<FileWrite>,
        store: &mut DirStore,
        verb: &str,
        now: Timestamp,
    ) -> Result<(), PkiError> {
        let paths: Vec<_> = plan.changes().flat_map(|step| &step.files).collect();
        let unwritable = |recorded| move |source| PkiError::Write { recorded, source };
        store.check(&paths).map_err(unwritable(0))?;
        let made = make(plan, &self.spec()?.catalog, seen, now);
        let Made { mut files, signed } = made.map_err(|error| PkiError::Apply(Box::new(error)))?;
        files.extend(extra);
        self.record(store, verb, &signed, now)?;
        store.commit(files, now).map_err(unwritable(signed.len()))
    }
}

impl fmt::Debug for Pki {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { root, given_spec: _, spec, operator, wait, listener: _ } = self;
        let mut shown = f.debug_struct("Pki");
        shown.field("root", root).field("spec", spec).field("operator", operator);
        shown.field("wait", wait).finish_non_exhaustive()
    }
}
