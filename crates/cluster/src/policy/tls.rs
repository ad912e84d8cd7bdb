//! The profiles `server` and `client`. A server gets the names of Services, and names that were
//! allowed by hand: those of the cluster's own servers are among the latter alone. A client is one
//! of the spec's names, or one that was allowed by hand.

use kubepki_ca::{DnsName, SigningRequest, Subject, SubjectAltName};

use super::{Decided, Policy, Refused, RequestProfile, Rule, names, subject::Claims};
use crate::{
    catalog::sans,
    gate::reserved,
    spec::{ClusterSpec, quote},
};

pub(super) fn decide(
    policy: &Policy<'_>,
    claims: &Claims,
    request: &SigningRequest,
) -> Result<Decided, Refused> {
    let named = &policy.options.names;
    let is_server = policy.profile == RequestProfile::Server;
    let own = sans::of_cluster(policy.spec);
    let is_allowed = |name: &SubjectAltName| {
        named.contains(name)
            || if is_server {
                is_service(policy.spec, name) && !own.contains(name)
            } else {
                is_of_spec(policy.spec, name)
            }
    };
    let common_name = &claims.common_name;
    check_not_kept(claims)?;
    match common_name.parse::<SubjectAltName>() {
        Ok(SubjectAltName::Dns(name)) if name.as_str().starts_with('*') => {
            // A wildcard is for `subjectAltName`, where clients look for one.
            return Err(Refused::new(
                Rule::Wildcard,
                format!("its CN {} is one", quote(common_name)),
            ));
        }
        Ok(name) if is_allowed(&name) && !matches!(name, SubjectAltName::Uri(_)) => {}
        Ok(name) if is_server && own.contains(&name) => {
            let message = format!("its CN {} is a name of the cluster's own", quote(common_name));
            return Err(Refused::new(Rule::San, message));
        }
        _ => {
            let message = format!("its CN {} is no name of the spec", quote(common_name));
            return Err(Refused::new(Rule::CommonName, message));
        }
    }
    // To an apiserver the CN of a client is a user, and users have a profile of their own.
    let is_user =
        policy.spec.users.iter().any(|u| u.name.as_str().eq_ignore_ascii_case(common_name));
    if policy.profile == RequestProfile::Client && is_user {
        let message = format!("its CN {} is a user of the spec", quote(common_name));
        return Err(Refused::new(Rule::CommonName, message));
    }
    let subject_alt_names = match (policy.profile, request.requested_names().next()) {
        (RequestProfile::Client, None) => Vec::new(),
        _ => names::granted(request, is_allowed)?,
    };
    if is_server {
        let covered = |name: &&SubjectAltName| {
            !named.contains(name) && subject_alt_names.iter().any(|granted| covers(granted, name))
        };
        if let Some(name) = own.iter().find(covered) {
            let message = format!("it covers `{name}`, a name of the cluster's own");
            return Err(Refused::new(Rule::Wildcard, message));
        }
    }
    // In lower case, as it was compared: the CN of a client is a user name to an apiserver.
    let subject = Subject::new(common_name.to_ascii_lowercase());
    Ok(Decided { subject, subject_alt_names, lifetime: None })
}

/// A request for a server that asks for somebody's identity is nobody's mistake.
fn check_not_kept(claims: &Claims) -> Result<(), Refused> {
    let name = &claims.common_name;
    if reserved(name).is_some() {
        let message = format!("{} is a component of the cluster", quote(name));
        return Err(Refused::new(Rule::SystemIdentity, message));
    }
    match claims.organizations.iter().chain([name]).find(|text| text.starts_with("system:")) {
        Some(text) if text == "system:masters" => {
            Err(Refused::new(Rule::SystemMasters, "it asks for `system:masters`"))
        }
        Some(text) => {
            let message = format!("{} is kept by Kubernetes for its components", quote(text));
            Err(Refused::new(Rule::SystemIdentity, message))
        }
        None => Ok(()),
    }
}

/// Whether a wildcard is good for a name.
fn covers(wildcard: &SubjectAltName, name: &SubjectAltName) -> bool {
    let (SubjectAltName::Dns(wildcard), SubjectAltName::Dns(name)) = (wildcard, name) else {
        return false;
    };
    let rest = wildcard.as_str().strip_prefix('*');
    let first = rest.and_then(|rest| name.as_str().strip_suffix(rest));
    first.is_some_and(|first| !first.is_empty() && !first.contains('.'))
}

/// The names and addresses of hosts, the endpoint's host, and the names of Services.
fn is_of_spec(spec: &ClusterSpec, name: &SubjectAltName) -> bool {
    if spec.endpoint.host == *name {
        return true;
    }
    match name {
        SubjectAltName::Dns(name) => {
            let of_host = spec
                .hosts
                .iter()
                .any(|host| host.name.dns_name() == name || host.names.contains(name));
            of_host || is_service_name(spec, name)
        }
        SubjectAltName::Ip(address) => {
            spec.hosts.iter().any(|host| host.addresses.contains(address))
        }
        _ => false,
    }
}

fn is_service(spec: &ClusterSpec, name: &SubjectAltName) -> bool {
    matches!(name, SubjectAltName::Dns(name) if is_service_name(spec, name))
}

/// `<service>.<namespace>.svc`, as webhooks are dialled, with the cluster's domain or without. Not
/// that of the apiserver, and none of the namespaces in which Kubernetes' own Services are.
fn is_service_name(spec: &ClusterSpec, name: &DnsName) -> bool {
    let name = name.as_str();
    let domain = format!(".{}", spec.domain);
    let name = name.strip_suffix(&domain).unwrap_or(name);
    let labels: Vec<_> = name.split('.').collect();
    match labels.as_slice() {
        ["kubernetes", "default", "svc"] | ["*", ..] => false,
        [_, namespace, "svc"] => !namespace.starts_with("kube-"),
        _ => false,
    }
}
