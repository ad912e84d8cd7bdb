//! Issues one more admin with the CA of an existing root, and prints the kubeconfig.
//!
//! `cargo run --example issue_admin -- pki/cluster.yaml pki > carol.conf`
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "an example is a whole program"
)]

use std::{env, error::Error, fs, str};

use jiff::Timestamp;
use kubepki_cluster::{
    Allow, Catalog, ClusterSpec, DirStore, MemoryStore, Plan, Recorder, RenewalPolicy, Store,
    StorePath, SystemMasters, apply, ledger_of, observe, spec::UserSpec,
};
use kubepki_ledger::Requester;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let (Some(spec), Some(root)) = (args.next(), args.next()) else {
        return Err("usage: issue_admin SPEC ROOT".into());
    };
    let spec = ClusterSpec::parse(fs::read(spec)?, SystemMasters::Refused)?;
    let groups = vec!["kubepki:cluster-admins".to_owned()];
    let carol = UserSpec::new("carol", groups, None, Some("24h".parse()?), SystemMasters::Refused)?;
    let now = Timestamp::now();

    // One user is a small catalog: the cluster's CA, which is there, and a kubeconfig, which is not.
    let catalog = Catalog::of_user(&spec, &carol)?;
    let root = DirStore::locked(root, now, None, |holder| eprintln!("waiting for {holder}"))?;
    let observations = observe(&root, &catalog).complete()?;
    let plan = Plan::new(&catalog, &observations, &RenewalPolicy::Due, Allow::default(), now);
    for step in plan.changes() {
        eprintln!("{:?} {}", step.action, step.id);
    }

    // The root's ledger gets a row; its files stay as they are: the kubeconfig goes to memory, and
    // from there to stdout.
    let mut store = MemoryStore::default();
    let requester =
        Requester { verb: "issue".into(), user: "example".into(), host: "example".into() };
    let mut recorder = Recorder { ledger: ledger_of(&root), requester };
    apply(&plan, &catalog, &observations, vec![], &mut store, &mut recorder, now)?;
    let kubeconfig = store.read(&StorePath::new("users/carol.conf")?)?;
    print!("{}", str::from_utf8(&kubeconfig.ok_or("nothing was issued")?.contents)?);
    Ok(())
}
