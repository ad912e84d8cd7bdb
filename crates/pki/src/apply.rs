//! Planning, and making it so.

use jiff::Timestamp;
use kubepki_cluster::{
    Action, Allow, DirStore, Observations, Plan, RenewalPolicy, Rollout, observe,
};

use crate::{Event, Pki, PkiError};

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The plan that was carried out, with its warnings.
    pub plan: Plan,
    /// What has to happen now, by host.
    pub rollout: Rollout,
}

impl Pki {
    /// Compares the spec with what is there. Writes nothing.
    ///
    /// A plan that cannot be carried out is a plan too: its refusals say why.
    ///
    /// # Errors
    /// [`PkiError`] where the spec or the root cannot be read.
    pub fn plan(
        &self,
        policy: &RenewalPolicy,
        allow: Allow,
        now: Timestamp,
    ) -> Result<Plan, PkiError> {
        self.spec_for(allow)?;
        let store = self.read()?;
        if store.pending_recovery() {
            self.tell(&Event::Interrupted);
        }
        Ok(self.compare(&store, policy, allow, now)?.1)
    }

    /// Creates what is missing, and issues again what differs from the spec or is due.
    ///
    /// All files are changed together or none. An existing CA is never overwritten.
    ///
    /// # Errors
    /// [`PkiError`]. Nothing has changed, unless [`PkiError::Write`] says otherwise.
    pub fn apply(&self, allow: Allow, now: Timestamp) -> Result<Outcome, PkiError> {
        let file = self.spec_for(allow)?;
        let mut store = self.lock(now)?;
        let (seen, plan) = self.compare(&store, &RenewalPolicy::Due, allow, now)?;
        PkiError::unless_feasible(&plan)?;
        let extra = file.to_keep(&store)?;
        self.carry_out(&plan, &seen, extra, &mut store, "apply", now)?;
        // What is new runs nowhere yet; what was replaced may be in use.
        let replaced = plan.changes().filter(|step| matches!(step.action, Action::Renew { .. }));
        let replaced = replaced.flat_map(|step| &step.files);
        let version = file.spec.kubernetes_version;
        let rollout = Rollout::of(&file.spec, &file.catalog, replaced, version);
        Ok(Outcome { plan, rollout })
    }

    /// Reads what is there, and makes the plan.
    pub(crate) fn compare(
        &self,
        store: &DirStore,
        policy: &RenewalPolicy,
        allow: Allow,
        now: Timestamp,
    ) -> Result<(Observations, Plan), PkiError> {
        let catalog = &self.spec()?.catalog;
        let seen = observe(store, catalog).complete().map_err(PkiError::unreadable)?;
        let plan = Plan::new(catalog, &seen, policy, allow, now);
        Ok((seen, plan))
    }
}
