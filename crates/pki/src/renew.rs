//! Renewing: what is due, or what is selected, and nothing else; and who still waits for it.

use jiff::Timestamp;
use kubepki_cluster::{
    Allow, DirStore, HostWork, KubernetesVersion, PendingHosts, Plan, RenewalPolicy, Rollout,
    Selection, StoreError,
};

use crate::{Event, Operation, Pki, PkiError};

/// What a renewal is asked to do.
#[derive(Clone, Debug)]
pub struct Renewal {
    /// Which certificates.
    pub selection: Selection,
    /// The version of Kubernetes that runs, which decides what has to be restarted [default: the
    /// spec's].
    pub kubernetes_version: Option<KubernetesVersion>,
    /// Whether somebody will bring the files to the hosts, and say so by [`Pki::delivered`].
    pub will_deliver: bool,
}

impl Renewal {
    /// A renewal of what is selected.
    pub const fn of(selection: Selection) -> Self {
        Self { selection, kubernetes_version: None, will_deliver: false }
    }
}

/// What was renewed.
#[derive(Clone, Debug)]
pub struct Renewed {
    /// The plan: what could be done of it was done, and its refusals say what was not.
    pub plan: Plan,
    /// What has to happen now, by host.
    pub rollout: Rollout,
    /// The hosts that wait for their files.
    pub pending: Pending,
}

/// The hosts that wait for their files, before a renewal and after it.
#[derive(Clone, Debug)]
pub struct Pending {
    before: PendingHosts,
    now: PendingHosts,
    works: Vec<HostWork>,
}

impl Pending {
    /// The hosts that waited already.
    pub const fn before(&self) -> &PendingHosts {
        &self.before
    }

    /// What every host waits for.
    pub fn works(&self) -> &[HostWork] {
        &self.works
    }
}

impl Pki {
    /// What would follow from a plan.
    ///
    /// # Errors
    /// [`PkiError`] where the spec cannot be read.
    pub fn rollout(
        &self,
        plan: &Plan,
        version: Option<KubernetesVersion>,
    ) -> Result<Rollout, PkiError> {
        let file = self.spec()?;
        let changed = plan.changes().flat_map(|step| &step.files);
        let version = version.or(file.spec.kubernetes_version);
        Ok(Rollout::of(&file.spec, &file.catalog, changed, version))
    }

    /// Issues again what is selected, and what is made from it. CAs and key pairs stay.
    ///
    /// What cannot be renewed is left out, and the plan of the result says why. All files are changed
    /// together or none.
    ///
    /// # Errors
    /// [`PkiError`]. Nothing has changed, unless [`PkiError::Write`] says otherwise.
    pub fn renew(
        &self,
        renewal: &Renewal,
        allow: Allow,
        now: Timestamp,
    ) -> Result<Renewed, PkiError> {
        let file = self.spec_for(allow)?;
        let mut store = self.lock(now)?;
        let policy = RenewalPolicy::Selected(renewal.selection.clone());
        let (seen, plan) = self.compare(&store, &policy, allow, now)?;
        PkiError::unless_allowed(&plan)?;
        let rollout = self.rollout(&plan, renewal.kubernetes_version)?;
        let before = self.pending_of(&store)?;
        let mut pending = Pending { now: before.clone(), before, works: Vec::new() };
        if renewal.will_deliver {
            pending.expect(&rollout, &mut store).map_err(unremembered)?;
        }
        let feasible = plan.feasible();
        let catalog = &file.catalog;
        let applied = self.carry_out(&feasible, &seen, vec![], &mut store, "renew", now);
        if let Err(error) = applied {
            pending.take_back(&mut store);
            return Err(error);
        }
        if !pending.before.is_empty() {
            let version = renewal.kubernetes_version.or(file.spec.kubernetes_version);
            pending.works = pending.now.works(&file.spec, catalog, version);
        }
        Ok(Renewed { plan, rollout, pending })
    }

    /// The hosts that wait for their files.
    ///
    /// # Errors
    /// [`PkiError`] where the spec or the root cannot be read.
    pub fn pending(&self) -> Result<PendingHosts, PkiError> {
        self.pending_of(&self.read()?)
    }

    /// Takes hosts off the record that have their files now, unless another run has added to them.
    ///
    /// # Errors
    /// [`PkiError::Store`].
    pub fn delivered(
        &self,
        hosts: &[String],
        pending: &Pending,
        now: Timestamp,
    ) -> Result<(), PkiError> {
        if hosts.is_empty() {
            return Ok(());
        }
        let mut store = self.lock(now)?;
        let kept = store.undelivered().map_err(unremembered)?;
        let kept = kept.and_then(|file| PendingHosts::parse(&file.contents));
        let mut waiting = kept.unwrap_or_default();
        for host in hosts {
            waiting.forget(host, &pending.now);
        }
        store.keep_undelivered(waiting.to_json().as_deref()).map_err(unremembered)
    }

    fn pending_of(&self, store: &DirStore) -> Result<PendingHosts, PkiError> {
        let file = self.spec()?;
        let kept = store.undelivered().map_err(unremembered)?;
        let mut pending = match kept.map(|file| PendingHosts::parse(&file.contents)) {
            Some(None) => {
                self.tell(&Event::PendingUnreadable);
                PendingHosts::default()
            }
            Some(Some(known)) => known,
            None => PendingHosts::default(),
        };
        // Who is no longer in the spec can be brought nothing.
        pending.retain(&pending.works(&file.spec, &file.catalog, None));
        Ok(pending)
    }
}

impl Pending {
    /// Puts on record who will wait, before a file changes: a run that is killed in between leaves no
    /// host without its files and nobody who knows.
    fn expect(&mut self, rollout: &Rollout, store: &mut DirStore) -> Result<(), StoreError> {
        self.works.clone_from(&rollout.hosts);
        self.now.add(&self.works);
        if self.now == self.before { Ok(()) } else { self.keep(store) }
    }

    /// Nothing has changed after all.
    fn take_back(&mut self, store: &mut DirStore) {
        if self.now != self.before {
            self.now = self.before.clone();
            // Should this fail too, the files are brought once for nothing.
            let _ = self.keep(store);
        }
    }

    fn keep(&self, store: &mut DirStore) -> Result<(), StoreError> {
        store.keep_undelivered(self.now.to_json().as_deref())
    }
}

const fn unremembered(source: StoreError) -> PkiError {
    PkiError::Store { operation: Operation::Remember, source }
}
