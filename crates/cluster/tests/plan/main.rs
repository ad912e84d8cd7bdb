//! The plan at chosen moments, in memory: what is due, what is put back, what is refused.
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod drift;
mod due;
mod kept;

use jiff::{SignedDuration, Timestamp};
use kubepki_cluster::{
    Action, Catalog, ClusterSpec, Inventory, MemoryStore, Plan, Recorder, Refusal, RenewalPolicy,
    Step, Store, StorePath, SystemMasters, apply,
};
use kubepki_ledger::{MemoryLedger, Requester};

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
        let inventory = Inventory::read(&self.store, &self.catalog).unwrap();
        Planned(Plan::new(&self.catalog, &inventory, &RenewalPolicy::Due, now))
    }

    fn apply(&mut self, now: Timestamp) {
        let inventory = Inventory::read(&self.store, &self.catalog).unwrap();
        let plan = Plan::new(&self.catalog, &inventory, &RenewalPolicy::Due, now);
        let store = &mut self.store;
        apply(&plan, &self.catalog, &inventory, vec![], store, &mut recorder(), now).unwrap();
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

fn recorder() -> Recorder<MemoryLedger> {
    let requester = Requester { verb: "apply".into(), user: "jo".into(), host: "here".into() };
    Recorder { ledger: MemoryLedger::default(), requester }
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
        let is_it = |step: &&Step| step.id.name == name && step.id.host == host;
        &self.0.steps.iter().find(is_it).unwrap_or_else(|| panic!("no {name}")).action
    }

    fn user(&self, name: &str) -> &Action {
        self.action(&format!("user/{name}"), "")
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
