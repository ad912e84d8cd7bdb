//! Hosts whose hook has not succeeded since their files last changed. Kept beside
//! the history and in no transaction, so that taking a renewal back does not take it back. Holds
//! names and paths, never a secret.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    catalog::Catalog,
    rollout::{HostWork, Rollout},
    spec::{ClusterSpec, KubernetesVersion},
    store::StorePath,
};

/// The hosts that wait, each with the files that changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendingHosts {
    hosts: BTreeMap<String, BTreeSet<StorePath>>,
}

impl PendingHosts {
    /// Reads what [`PendingHosts::to_json`] wrote; `None` for anything else.
    pub fn parse(text: &[u8]) -> Option<Self> {
        serde_json::from_slice(text).ok()
    }

    /// The text to keep; none where nobody waits.
    pub fn to_json(&self) -> Option<Vec<u8>> {
        // Strings always have a form in JSON; the error cannot happen.
        (!self.is_empty()).then(|| serde_json::to_vec_pretty(self).unwrap_or_default())
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }

    /// The names of the hosts that wait.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.hosts.keys().map(String::as_str)
    }

    /// Has the hosts of these works wait, for these files and those that they wait for already.
    pub fn add(&mut self, works: &[HostWork]) {
        for work in works {
            let files = work.files.iter().map(|file| file.path.clone());
            self.hosts.entry(work.host.clone()).or_default().extend(files);
        }
    }

    /// Each host that waits with all that it waits for, and why it is to be restarted: in the order
    /// of the spec. Those that the spec no longer names are left out.
    pub fn works(
        &self,
        spec: &ClusterSpec,
        catalog: &Catalog,
        version: Option<KubernetesVersion>,
    ) -> Vec<HostWork> {
        let all: BTreeSet<_> = self.hosts.values().flatten().collect();
        let mut works = Rollout::of(spec, catalog, all, version).hosts;
        // One file may be for several hosts, of which not all wait.
        for work in &mut works {
            let waits = self.hosts.get(&work.host);
            let files = std::mem::take(&mut work.files);
            let is_meant = |path: &StorePath| waits.is_some_and(|files| files.contains(path));
            let files = files.into_iter().filter(|file| is_meant(&file.path)).collect();
            *work = HostWork::new(spec, &work.host, files);
        }
        works.retain(|work| !work.files.is_empty());
        works
    }

    /// Forgets a host, unless it waits for more by now than it did in `before`.
    pub fn forget(&mut self, host: &str, before: &Self) {
        if self.hosts.get(host) == before.hosts.get(host) {
            self.hosts.remove(host);
        }
    }

    /// Forgets the hosts for which nothing can be done.
    pub fn retain(&mut self, works: &[HostWork]) {
        self.hosts.retain(|host, _| works.iter().any(|work| work.host == *host));
    }
}
