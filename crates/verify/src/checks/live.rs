//! Checks 35 and 38: what servers send, against the files. When a served certificate expires and
//! whether any CA of the files is above it, the other groups look at, since it is one certificate
//! among the others.

mod table;

use jiff::SignedDuration;
use kubepki_inspect::key::KeyKind;

use self::table::*;
pub(crate) use self::table::{CHECKS, SERVED_NAME};
use super::{
    authorities::{self, issuer::Trusted},
    contents::covers,
};
use crate::{
    check::{Finding, Place},
    index::{CertificateIndex, Issued, PlacedCertificate},
    input::{Endpoint, Input},
    read::Served,
    role::{self, Role},
};

/// A difference that NTP does not leave.
const TOLERATED: SignedDuration = SignedDuration::from_mins(5);

pub(crate) fn run(input: &Input, index: &CertificateIndex<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if input.endpoints.is_empty() {
        return findings;
    }
    let trusted = Trusted::of(index);
    for endpoint in &input.endpoints {
        let place = Place::endpoint(&endpoint.address);
        match &endpoint.served {
            Err(error) => findings.push(Finding::new(&UNREACHABLE, place, error.to_string())),
            Ok(served) => {
                let found = [
                    differs(input, endpoint, served),
                    unproven(index, served),
                    name(endpoint, served),
                    authority(input, index, &trusted, endpoint, served),
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

type ServedFault = Option<(&'static crate::check::Check, String)>;

fn differs(input: &Input, endpoint: &Endpoint, served: &Served) -> ServedFault {
    let path = endpoint.file.as_deref()?;
    let (served, files) = (served.chain.first()?, input.certificates(path));
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

fn name(endpoint: &Endpoint, served: &Served) -> ServedFault {
    let leaf = served.chain.first()?;
    let names: Vec<_> = leaf.subject_alt_names().iter().map(ToString::to_string).collect();
    let names = if names.is_empty() { "no name".to_owned() } else { names.join(", ") };
    let what = || format!("its certificate is good for {names}, not for `{}`", endpoint.name);
    (!covers(leaf, &endpoint.name)).then(|| (&SERVED_NAME, what()))
}

/// Whether the server has the key of the certificate that it shows, which anybody can copy.
fn unproven(index: &CertificateIndex<'_>, served: &Served) -> ServedFault {
    let key = &index.get(served.chain.first()?)?.facts.key;
    // Of other keys no signature is verified here, so that it has not failed.
    let is_verified = match key.kind() {
        KeyKind::Ecdsa { curve } => ["p256", "p384"].contains(&curve.as_str()),
        KeyKind::Ed25519 => true,
        KeyKind::Rsa { bits } => (2048..=8192).contains(bits),
        KeyKind::Other(_) => false,
    };
    let what = "its signature in the handshake is not by the certificate's key";
    (is_verified && served.proven == Some(false)).then(|| (&SERVED_UNPROVEN, what.to_owned()))
}

/// Whether the certificate comes from the CA that the clients of such a server trust. That one of
/// nobody is worse, and is said elsewhere. Without a spec, a CA of no known role may be what a load
/// balancer's clients trust.
fn authority(
    input: &Input,
    index: &CertificateIndex<'_>,
    trusted: &Trusted<'_>,
    endpoint: &Endpoint,
    served: &Served,
) -> ServedFault {
    let role = role_of(input, endpoint)?;
    let wanted = role.authority()?;
    let leaf = index.get(served.chain.first()?)?;
    let issuer = index.issuer(leaf)?;
    let is_trusted = |above: &PlacedCertificate<'_>| {
        let said = input.cluster.iter().flat_map(|cluster| &cluster.trust);
        let mut keys = said.flat_map(|file| index.keys(input.certificates(file)));
        keys.any(|key| *key == above.facts.key)
    };
    let is_so = trusted.keys(wanted).is_empty()
        || trusted.leads_to(index, leaf, wanted)
        || index.chain(leaf).skip(1).any(is_trusted);
    let is_others = [Role::ClusterCa, Role::EtcdCa, Role::FrontProxyCa]
        .into_iter()
        .any(|role| trusted.leads_to(index, leaf, role));
    let is_known = input.cluster.is_some() || is_others;
    if is_so || !is_known || !index.is_anchored(leaf) {
        return None;
    }
    let what = format!(
        "it serves a certificate that `{}` issued, but {} comes from {}",
        issuer.certificate.subject(),
        role.described(),
        wanted.described()
    );
    Some((&authorities::WRONG_AUTHORITY, what))
}

/// What a server is: by the file that it should serve, else by its port.
fn role_of(input: &Input, endpoint: &Endpoint) -> Option<Role> {
    let of_file = endpoint.file.as_deref().and_then(|path| {
        let assigned = input.roles.get(path).map(|assigned| assigned.role);
        assigned.or_else(|| role::of_path(path)).filter(|role| role.is_server())
    });
    let port = endpoint.address.rsplit_once(':')?.1.parse().ok()?;
    let said = input.cluster.as_ref().and_then(|cluster| cluster.apiserver_port);
    of_file.or_else(|| role::of_port(port, said))
}

/// Whether a CA is missing between what it sends and what is trusted.
fn chain(index: &CertificateIndex<'_>, served: &Served) -> ServedFault {
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

fn clock(served: &Served) -> ServedFault {
    let (theirs, ours) = served.clocks?;
    let skew = theirs.duration_since(ours);
    let direction = if skew.is_negative() { "behind" } else { "ahead of" };
    let what = format!("its clock is {} minutes {direction} this machine's", skew.abs().as_mins());
    (skew.abs() > TOLERATED).then_some((&CLOCK_SKEW, what))
}
