//! Bootstraps the PKI of a whole cluster in memory and lists its files.
//!
//! `cargo run --example bootstrap -- examples/hard-way/cluster.yaml`
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example is a whole program"
)]

use std::{env, error::Error, fs};

use jiff::Timestamp;
use kubepki_cluster::{
    Allow, Catalog, ClusterSpec, MemoryStore, Plan, Recorder, RenewalPolicy, Store, SystemMasters,
    apply, observe,
};
use kubepki_ledger::{MemoryLedger, Requester};

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).unwrap_or("examples/hard-way/cluster.yaml".to_owned());
    let spec = ClusterSpec::parse(fs::read(path)?, SystemMasters::Refused)?;
    let catalog = Catalog::of_cluster(&spec)?;
    let now = Timestamp::now();

    let mut store = MemoryStore::default();
    let requester =
        Requester { verb: "bootstrap".into(), user: "example".into(), host: "example".into() };
    let mut recorder = Recorder { ledger: MemoryLedger::default(), requester };
    let observations = observe(&store, &catalog).complete()?;
    let plan = Plan::new(&catalog, &observations, &RenewalPolicy::Due, Allow::default(), now);
    apply(&plan, &catalog, &observations, vec![], &mut store, &mut recorder, now)?;

    for (path, _) in catalog.files() {
        let file = store.read(path)?.ok_or("a file of the catalog was not made")?;
        println!("{:o} {:>5} bytes  {path}", file.mode, file.contents.len());
    }
    Ok(())
}
