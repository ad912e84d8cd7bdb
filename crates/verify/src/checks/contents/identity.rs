//! Checks 15 and 16: whom a client's certificate speaks for, and what that allows.

use std::collections::BTreeMap;

use kubepki_inspect::encoding::{self, OTHER, Odd};

use super::table::*;
use crate::{
    check::{Check, Finding, Place, visible},
    checks::authorities::issuer::Believed,
    index::{CertificateIndex, PlacedCertificate},
    input::Input,
    role::Role,
};

const NODE: &str = "system:node:";
const NODES: &str = "system:nodes";
const MASTERS: &str = "system:masters";

pub(super) fn run(
    input: &Input,
    index: &CertificateIndex<'_>,
    believed: &Believed<'_>,
    known: &PlacedCertificate<'_>,
) -> Vec<Finding> {
    let mut findings = encodings(known);
    if known.certificate.is_ca() {
        return findings;
    }
    let subject = known.certificate.subject();
    let mut others = of_components(known, &subject.common_name);
    let mut found = |check: &'static Check, what: String| findings.push(known.found(check, what));
    let name = subject.common_name.as_str();
    if known.has_role(Role::Kubelet) {
        let node = name.strip_prefix(NODE).filter(|node| !node.is_empty());
        match node.is_none_or(|node| node != node.to_lowercase()) {
            true => found(&NODE_NAME, format!("its common name is `{}`", visible(name))),
            false => others.extend(of_others(input, known, name)),
        }
        if !subject.organizations.iter().any(|group| group == NODES) {
            found(&NODE_GROUP, format!("its groups are {}", groups(&subject.organizations)));
        }
    }
    let names = std::iter::once(name).chain(subject.organizations.iter().map(String::as_str));
    for name in names.filter(|name| name.starts_with("system:system:")) {
        found(&DOUBLED_PREFIX, format!("`{}` is in its subject", visible(name)));
    }
    for group in subject.organizations.iter().filter(|group| group.contains(',')) {
        found(&COMMA_IN_GROUP, format!("`{}` is one group", visible(group)));
    }
    let is_master = subject.organizations.iter().any(|group| group == MASTERS);
    if is_master && believed.by_apiservers(index, known) {
        let until = known.certificate.validity().not_after().strftime("%Y-%m-%d");
        if known.has_role(Role::ApiserverKubeletClient) {
            found(&KUBELET_CLIENT_IN_MASTERS, format!("it may do anything until {until}"));
        } else if !known.has_role(Role::SuperAdmin) {
            let what = format!("`{}` may do anything until {until}", visible(name));
            found(&SYSTEM_MASTERS, what);
        }
    }
    findings.extend(others);
    findings
}

/// How the names are written. Of a CA nobody reads them as text.
fn encodings(known: &PlacedCertificate<'_>) -> Vec<Finding> {
    let certificate = known.certificate;
    let names = [("subject", certificate.subject_name()), ("issuer", certificate.issuer_name())];
    let mut findings = Vec::new();
    for (whose, name) in names {
        for (attribute, odd) in encoding::odd(name) {
            let is_read = whose == "subject" && attribute != OTHER && !certificate.is_ca();
            let (check, how) = match odd {
                Odd::Old(how) if is_read => (&OLD_NAME_ENCODING, how.to_owned()),
                Odd::Old(_) => continue,
                Odd::Refused(how) => (&REFUSED_NAME, how),
            };
            findings.push(known.found(check, format!("the {attribute} of its {whose} is {how}")));
        }
    }
    findings.dedup();
    findings
}

/// Places at which the spec has another node's certificate.
fn of_others(input: &Input, known: &PlacedCertificate<'_>, name: &str) -> Vec<Finding> {
    let kubelets = known.roles_at().filter(|(_, role)| *role == Role::Kubelet);
    let of_others = kubelets.filter_map(|(place, _)| {
        let wanted = input.roles.get(place.path()?)?.common_name.as_deref()?;
        (wanted != name).then_some((place, wanted))
    });
    each(&NODE_NAME, of_others, |wanted| {
        format!("its common name is `{}`, and the spec has `{wanted}` here", visible(name))
    })
}

/// Places of components whose name it does not have: where it is copied to one, the copy is wrong.
fn of_components(known: &PlacedCertificate<'_>, name: &str) -> Vec<Finding> {
    if name.starts_with("system:system:") {
        return Vec::new();
    }
    let of_others = known.roles_at().filter_map(|(place, role)| {
        let wanted = role.component()?;
        (wanted != name).then_some((place, wanted))
    });
    each(&COMPONENT_NAME, of_others, |wanted| {
        format!("its common name is `{}`, and the component is `{wanted}`", visible(name))
    })
}

/// A finding for each name that is wanted, with all the places that want it.
fn each<'a>(
    check: &'static Check,
    wanted: impl Iterator<Item = (&'a Place, &'a str)>,
    what: impl Fn(&str) -> String,
) -> Vec<Finding> {
    let mut by_name: BTreeMap<&str, Vec<Place>> = BTreeMap::new();
    wanted.for_each(|(place, name)| by_name.entry(name).or_default().push(place.clone()));
    by_name.into_iter().map(|(name, places)| Finding::at(check, &places, what(name))).collect()
}

fn groups(groups: &[String]) -> String {
    let shown: Vec<_> = groups.iter().map(|group| format!("`{}`", visible(group))).collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}
