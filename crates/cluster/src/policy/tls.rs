//! The profiles `server` and `client`: names of the spec, or names that were allowed by hand.

use kubepki_ca::{DnsName, SigningRequest, Subject, SubjectAltName};

use super::{Decided, Policy, Refused, RequestProfile, Rule, names, subject::Claims};
use crate::{
    gate::reserved,
    spec::{ClusterSpec, quote},
};

pub(super) fn decide(
    policy: &Policy<'_>,
    claims: &Claims,
    request: &SigningRequest,
) -> Result<Decided, Refused> {
    let options = &policy.options;
    let is_allowed =
        |name: &SubjectAltName| options.names.contains(name) || is_of_spec(policy.spec, name);
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

/// The names and addresses of hosts, the endpoint's host, and the names of Services; but not those
/// by which Pods know the apiserver, for whoever serves under them is the apiserver to all Pods.
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
            of_host || is_service(spec, name)
        }
        SubjectAltName::Ip(address) => {
            spec.hosts.iter().any(|host| host.addresses.contains(address))
        }
        _ => false,
    }
}

/// `<service>.<namespace>.svc`, as webhooks are dialled, with the cluster's domain or without.
fn is_service(spec: &ClusterSpec, name: &DnsName) -> bool {
    let name = name.as_str();
    let domain = format!(".{}", spec.domain);
    let name = name.strip_suffix(&domain).unwrap_or(name);
    let labels: Vec<_> = name.split('.').collect();
    match labels.as_slice() {
        ["kubernetes", "default", "svc"] | ["*", ..] => false,
        [_, _, "svc"] => true,
        _ => false,
    }
}
