//! The profiles `node-client` and `node-server`: what the Node authorizer and Kubernetes' signers
//! for kubelets want (pkg/apis/certificates/helpers.go of Kubernetes), for hosts of the spec.

use kubepki_ca::{SigningRequest, Subject, SubjectAltName};

use super::{Decided, Policy, Refused, Rule, names, subject::Claims};
use crate::{
    reserved::NODES,
    spec::{HostSpec, quote},
};

/// A kubelet that dials the apiserver: no names at all.
pub(super) fn client(
    policy: &Policy<'_>,
    claims: &Claims,
    request: &SigningRequest,
) -> Result<Decided, Refused> {
    host(policy, claims)?;
    match request.requested_names().next() {
        Some(name) => Err(Refused::new(
            Rule::San,
            format!("`{name}`: a node's client certificate has no name"),
        )),
        None => Ok(decided(claims, Vec::new())),
    }
}

/// A kubelet that serves: its host's names and addresses, at least one of them.
pub(super) fn server(
    policy: &Policy<'_>,
    claims: &Claims,
    request: &SigningRequest,
) -> Result<Decided, Refused> {
    let host = host(policy, claims)?;
    let dns = std::iter::once(host.name.dns_name()).chain(&host.names).cloned();
    let addresses = host.addresses.iter().copied().map(SubjectAltName::Ip);
    let allowed: Vec<_> = dns.map(SubjectAltName::Dns).chain(addresses).collect();
    let names = names::granted(request, |name| allowed.contains(name))?;
    Ok(decided(claims, names))
}

fn host<'a>(policy: &Policy<'a>, claims: &Claims) -> Result<&'a HostSpec, Refused> {
    let Claims { common_name, organizations, uid, .. } = claims;
    let Some(name) = common_name.strip_prefix("system:node:") else {
        let message = format!("{} does not begin with `system:node:`", quote(common_name));
        return Err(Refused::new(Rule::NodeName, message));
    };
    if *organizations != [NODES] {
        let message = match organizations.as_slice() {
            [] => "it has no O=system:nodes".to_owned(),
            other => format!("its groups are {}, not `{NODES}` alone", quote(&other.join(", "))),
        };
        return Err(Refused::new(Rule::NodeGroup, message));
    }
    if uid.is_some() {
        return Err(Refused::new(Rule::Uid, "a node has no UID"));
    }
    let host =
        policy.spec.hosts.iter().find(|host| host.name.as_str() == name).ok_or_else(|| {
            Refused::new(Rule::NodeName, format!("the spec has no host {}", quote(name)))
        })?;
    if policy.spec.runs_kubelet(host) {
        return Ok(host);
    }
    Err(Refused::new(Rule::NodeName, format!("the host `{name}` is no worker in the spec")))
}

fn decided(claims: &Claims, subject_alt_names: Vec<SubjectAltName>) -> Decided {
    let subject = Subject::new(&claims.common_name).with_organizations([NODES]);
    Decided { subject, subject_alt_names, lifetime: None }
}
