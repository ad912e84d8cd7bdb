//! Checks 15 and 16: whom a client's certificate speaks for, and what that allows.

use super::table::*;
use crate::{
    check::{Check, Finding, visible},
    checks::authorities::issuer::Believed,
    index::{
        Index, Known,
        encoding::{self, OTHER, Odd},
    },
    role::Role,
};

const NODE: &str = "system:node:";
const NODES: &str = "system:nodes";
const MASTERS: &str = "system:masters";

pub(super) fn run(index: &Index<'_>, believed: &Believed<'_>, known: &Known<'_>) -> Vec<Finding> {
    let mut findings = encodings(known);
    if known.certificate.is_ca() {
        return findings;
    }
    let subject = known.certificate.subject();
    let mut found = |check: &'static Check, what: String| findings.push(known.found(check, what));
    let name = subject.common_name.as_str();
    if known.has_role(Role::Kubelet) {
        let node = name.strip_prefix(NODE).filter(|node| !node.is_empty());
        if node.is_none_or(|node| node != node.to_lowercase()) {
            found(&NODE_NAME, format!("its common name is `{}`", visible(name)));
        }
        if !subject.organizations.iter().any(|group| group == NODES) {
            found(&NODE_GROUP, format!("its groups are {}", groups(&subject.organizations)));
        }
    }
    if let Some(wanted) = known.roles.iter().find_map(|role| component(*role))
        && name != wanted
        && !name.starts_with("system:system:")
    {
        let what =
            format!("its common name is `{}`, and the component is `{wanted}`", visible(name));
        found(&COMPONENT_NAME, what);
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
    findings
}

/// How the names are written. Of a CA nobody reads them as text.
fn encodings(known: &Known<'_>) -> Vec<Finding> {
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

/// The user that the built-in bindings name.
const fn component(role: Role) -> Option<&'static str> {
    match role {
        Role::ControllerManager => Some("system:kube-controller-manager"),
        Role::KubeProxy => Some("system:kube-proxy"),
        Role::Scheduler => Some("system:kube-scheduler"),
        _ => None,
    }
}

fn groups(groups: &[String]) -> String {
    let shown: Vec<_> = groups.iter().map(|group| format!("`{}`", visible(group))).collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}
