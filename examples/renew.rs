//! Renews what is due in DIR, and says which hosts need new files and which programs a restart.
//!
//! `cargo run --example renew -- pki`
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "an example is a whole program"
)]

use std::{env, error::Error};

use jiff::Timestamp;
use kubepki_cluster::{Selection, Window};
use kubepki_pki::{Allow, Pki, Renewal};

fn main() -> Result<(), Box<dyn Error>> {
    let pki = Pki::open(env::args().nth(1).ok_or("usage: renew DIR")?);
    let due = Selection::all().within(Window::Spec);
    let renewed = pki.renew(&Renewal::of(due), Allow::default(), Timestamp::now())?;
    for refused in renewed.plan.refusals() {
        println!("cannot renew {}: {}", refused.id, refused.issue);
    }
    for host in &renewed.rollout.hosts {
        println!("{}: {} files, restart {:?}", host.host, host.files.len(), host.restart);
    }
    Ok(())
}
