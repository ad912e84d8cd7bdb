//! The plan at chosen moments, in memory: what is due, what is put back, what is refused.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod drift;
mod due;
mod kept;
mod kubeconfigs;
mod secrets;
mod selected;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use kubepki_cluster::{
    Action, Allow, Catalog, ClusterSpec, MemoryStore, Plan, Refusal, RenewalPolicy, Selection,
    SelectionError, Step, Store, StorePath, SystemMasters, make, observe,
};

const SPEC: &str = "\
apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.demo.example:6443
serviceCIDRs: [10.32.0.0/24]
layout: hosts
csrSigning: true
certificates: {serviceAccountKeyAlgorithm: ecdsa-p256, lifetime: 365d, caLifetime: 3650d, renewBefore: 30d}
hosts:
  - {name: server, roles: [control-plane, etcd], addresses: [10.240.0.10]}
  - {name: node-0, roles: [worker], addresses: [10.240.0.20]}
users:
  - {name: admin, groups: [kubepki:cluster-admins]}
  - {name: jane, groups: [dev, oncall], lifetime: 72h}
";
const PKI: &str = "hosts/server/etc/kubernetes/pki";

/// The moment at which every test begins.
const BEGIN: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn days(days: i64) -> Timestamp {
    BEGIN + SignedDuration::from_hours(24 * days)
}

fn second() -> SignedDuration {
    SignedDuration::from_secs(1)
}

fn path(text: &str) -> StorePath {
    StorePath::new(text).unwrap()
}

/// A cluster in memory.
struct Cluster {
    catalog: Catalog,
    store: MemoryStore,
}

impl Cluster {
    /// A cluster that was made at [`BEGIN`].
    fn applied(spec: &str) -> Self {
        let catalog = catalog(spec);
        let mut cluster = Self { catalog, store: MemoryStore::new() };
        cluster.apply(BEGIN);
        cluster
    }

    fn respec(&mut self, spec: &str) {
        self.catalog = catalog(spec);
    }

    fn plan(&self, now: Timestamp) -> Planned {
        self.plan_of(&RenewalPolicy::Due, now)
    }

    fn plan_of(&self, policy: &RenewalPolicy, now: Timestamp) -> Planned {
        let observations = observe(&self.store, &self.catalog).complete().unwrap();
        Planned(Plan::new(&self.catalog, &observations, policy, Allow::default(), now))
    }

    /// The entries of these names and hosts.
    fn select(&self, names: &[&str], hosts: &[&str]) -> Selection {
        self.try_select(names, hosts).unwrap()
    }

    fn try_select(&self, names: &[&str], hosts: &[&str]) -> Result<Selection, SelectionError> {
        let owned = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        Selection::of(&self.catalog, &owned(names), &owned(hosts))
    }

    /// Does what can be done of a renewal; the plan of it.
    fn renew(&mut self, selection: Selection, now: Timestamp) -> Planned {
        let policy = RenewalPolicy::Selected(selection);
        let observations = observe(&self.store, &self.catalog).complete().unwrap();
        let plan = Plan::new(&self.catalog, &observations, &policy, Allow::default(), now);
        let made = make(&plan.feasible(), &self.catalog, &observations, now).unwrap();
        self.store.commit(made.files, now).unwrap();
        Planned(plan)
    }

    /// Every file, to compare.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let files = self.store.files();
        files.map(|(path, file)| (path.to_string(), file.contents.to_vec())).collect()
    }

    fn apply(&mut self, now: Timestamp) {
        let observations = observe(&self.store, &self.catalog).complete().unwrap();
        let plan =
            Plan::new(&self.catalog, &observations, &RenewalPolicy::Due, Allow::default(), now);
        let made = make(&plan, &self.catalog, &observations, now).unwrap();
        self.store.commit(made.files, now).unwrap();
    }

    fn text(&self, name: &str) -> String {
        let file = self.store.read(&path(name)).unwrap().unwrap_or_else(|| panic!("no {name}"));
        String::from_utf8(file.contents.to_vec()).unwrap()
    }

    fn put(&mut self, name: &str, text: &str) {
        self.store.insert(path(name), text, 0o600);
    }

    fn remove(&mut self, name: &str) {
        assert!(self.store.remove(&path(name)), "no {name}");
    }
}

fn catalog(spec: &str) -> Catalog {
    Catalog::of_cluster(&ClusterSpec::parse(spec, SystemMasters::Refused).unwrap()).unwrap()
}

/// A plan to be asked.
#[derive(Debug)]
struct Planned(Plan);

impl Planned {
    /// What becomes of an entry; the host of what belongs to the cluster is empty.
    fn action(&self, name: &str, host: &str) -> &Action {
        let host = Some(host.to_owned()).filter(|host| !host.is_empty());
        let is_it = |step: &&Step| step.id.name() == name && step.id.host == host;
        &self.0.steps.iter().find(is_it).unwrap_or_else(|| panic!("no {name}")).action
    }

    fn user(&self, name: &str) -> &Action {
        self.action(&format!("user/{name}"), "")
    }

    /// The files that are written, sorted.
    fn written(&self) -> Vec<&str> {
        let files = self.0.changes().flat_map(|step| &step.files);
        let mut files: Vec<_> = files.map(StorePath::as_str).collect();
        files.sort_unstable();
        files
    }

    /// What is left as it is, and whether it is missing.
    fn left(&self) -> Vec<(String, bool)> {
        self.0.left.iter().map(|left| (left.id.to_string(), left.missing)).collect()
    }

    fn refused(&self) -> Vec<Refusal> {
        self.0.refusals().map(|(_, refusal)| refusal.clone()).collect()
    }
}

impl std::ops::Deref for Planned {
    type Target = Plan;

    fn deref(&self) -> &Plan {
        &self.0
    }
}
