//! Makes the PKI of the cluster that DIR/cluster.yaml describes, and lists its files.
//!
//! `kubepki init --dir pki && cargo run --example bootstrap -- pki`
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example is a whole program"
)]

use std::{env, error::Error};

use jiff::Timestamp;
use kubepki_pki::{Allow, Pki};

fn main() -> Result<(), Box<dyn Error>> {
    let pki = Pki::open(env::args().nth(1).ok_or("usage: bootstrap DIR")?);
    let outcome = pki.apply(Allow::default(), Timestamp::now())?;
    for path in outcome.plan.changes().flat_map(|step| &step.files) {
        println!("{path}");
    }
    Ok(())
}
