//! The names of servers: each one that is asked for is allowed, or the request is refused.

use kubepki_ca::{RequestedName, SigningRequest, SubjectAltName, Wish};

use super::{Refused, Rule};

/// The names that were asked for, sorted and without duplicates; at least one.
///
/// A name that is not allowed is not passed over: a certificate that lacks it would fail later,
/// far from here.
pub(super) fn granted(
    request: &SigningRequest,
    is_allowed: impl Fn(&SubjectAltName) -> bool,
) -> Result<Vec<SubjectAltName>, Refused> {
    let is_unreadable = |wish: &Wish| *wish == Wish::Unreadable("subjectAltName");
    if request.requested_extensions().iter().any(|extension| is_unreadable(&extension.wish)) {
        return Err(Refused::new(Rule::SanKind, "its subjectAltName cannot be read"));
    }
    let mut names = Vec::new();
    for name in request.requested_names() {
        let refused = |rule, reason| Err(Refused::new(rule, format!("`{name}` {reason}")));
        match name {
            RequestedName::Known(known) if is_allowed(known) => names.push(known.clone()),
            RequestedName::Known(SubjectAltName::Dns(dns)) if dns.as_str().starts_with('*') => {
                return refused(Rule::Wildcard, "is a wildcard");
            }
            RequestedName::Known(SubjectAltName::Uri(_)) => {
                return refused(Rule::SanKind, "is a URI");
            }
            RequestedName::Known(_) => return refused(Rule::San, "is not one of its names"),
            _ => return refused(Rule::SanKind, "is no DNS name and no address"),
        }
    }
    if names.is_empty() {
        return Err(Refused::new(Rule::NoName, "it asks for no name"));
    }
    names.sort();
    names.dedup();
    Ok(names)
}
