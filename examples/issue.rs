//! Issues an admin for one day with the CA of the PKI in DIR, and prints the kubeconfig.
//!
//! `cargo run --example issue -- pki carol > carol.conf`
#![expect(clippy::disallowed_methods, reason = "an example is a whole program")]

use std::{
    env,
    error::Error,
    io::{self, Write},
};

use jiff::Timestamp;
use kubepki_cluster::identity::{Identity, IdentityKind, Wish};
use kubepki_pki::{Allow, Pki};

fn main() -> Result<(), Box<dyn Error>> {
    let pki = Pki::open(env::args().nth(1).ok_or("usage: issue DIR NAME")?);
    let name = env::args().nth(2).ok_or("usage: issue DIR NAME")?;
    let mut wish = Wish::new(IdentityKind::User, name);
    wish.groups = vec!["kubepki:cluster-admins".to_owned()];
    wish.lifetime = Some("24h".parse()?);
    // Without this word, an admin is refused.
    let allow = Allow { cluster_admin: true, ..Allow::default() };
    let identity = Identity::new(wish, allow, &pki.spec()?.spec)?;
    let issued = pki.issue(&identity, Timestamp::now())?;
    Ok(io::stdout().write_all(&issued.kubeconfig())?)
}
