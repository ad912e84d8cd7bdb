//! Checks 35 and 38: what servers send, against the files. When a served certificate expires and
//! who issued it, the other groups look at, since it is one certificate among the others.

mod table;

use jiff::SignedDuration;

pub(crate) use self::table::CHECKS;
use self::table::*;
use super::contents::covers;
use crate::{
    check::{Finding, Place},
    index::{Index, Issued},
    read::Served,
    role::Role,
    world::{Endpoint, World},
};

/// A difference that NTP does not leave.
const TOLERATED: SignedDuration = SignedDuration::from_mins(5);

pub(crate) fn run(world: &World, index: &Index<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for endpoint in &world.endpoints {
        let place = Place::endpoint(&endpoint.address);
        match &endpoint.served {
            Err(error) => findings.push(Finding::new(&UNREACHABLE, place, error.to_string())),
            Ok(served) => {
                let found = [
                    differs(world, endpoint, served),
                    name(endpoint, served),
                    chain(index, served),
                    clock(served),
                ];
                let found = found.into_iter().flatten();
                findings
                    .extend(found.map(|(check, what)| Finding::new(check, place.clone(), what)));
            }
        }
    }
    findings
}

type Found = Option<(&'static crate::check::Check, String)>;

fn differs(world: &World, endpoint: &Endpoint, served: &Served) -> Found {
    let path = endpoint.file.as_deref()?;
    let (served, files) = (served.chain.first()?, world.certificates(path));
    let file = files.first()?;
    if ***file == *served {
        return None;
    }
    let shown = path.display();
    let of = |moment: jiff::Timestamp| moment.strftime("%Y-%m-%d %H:%MZ").to_string();
    let (old, new) = (served.validity().not_before(), file.validity().not_before());
    let what = if old < new {
        format!(
            "it serves a certificate of {}, and `{shown}` was renewed on {}: renewed but not reloaded",
            of(old),
            of(new)
        )
    } else {
        format!(
            "it serves `{}` of {}, which is not what `{shown}` holds",
            served.subject(),
            of(old)
        )
    };
    Some((&SERVED_DIFFERS, what))
}

fn name(endpoint: &Endpoint, served: &Served) -> Found {
    let leaf = served.chain.first()?;
    let names: Vec<_> = leaf.subject_alt_names().iter().map(ToString::to_string).collect();
    let names = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
    let what = || format!("its certificate is good for {names}, not for `{}`", endpoint.name);
    (!covers(leaf, &endpoint.name)).then(|| (&SERVED_NAME, what()))
}

/// Whether a CA is missing between what it sends and what is trusted.
fn chain(index: &Index<'_>, served: &Served) -> Found {
    let leaf = index.get(served.chain.first()?)?;
    let missing = index.chain(leaf).skip(1).find(|above| {
        let is_trusted = above.roles.contains(&Role::ClusterCa)
            || above.roles.contains(&Role::EtcdCa)
            || above.roles.contains(&Role::FrontProxyCa);
        let is_sent = served.chain.iter().any(|sent| sent == above.certificate);
        !is_trusted && !is_sent && matches!(above.issued, Issued::By(_))
    })?;
    let what = format!("it does not send `{}`", missing.certificate.subject());
    Some((&SERVED_CHAIN_INCOMPLETE, what))
}

fn clock(served: &Served) -> Found {
    let (theirs, ours) = served.clocks?;
    let skew = theirs.duration_since(ours);
    let direction = if skew.is_negative() { "behind" } else { "ahead of" };
    let what = format!("its clock is {} minutes {direction} this machine's", skew.abs().as_mins());
    (skew.abs() > TOLERATED).then_some((&CLOCK_SKEW, what))
}
