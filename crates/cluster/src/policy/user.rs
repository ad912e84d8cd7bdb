//! The profile `user`: a name, groups, perhaps a UID, and no address.

use std::collections::HashSet;

use kubepki_ca::Subject;

use super::{Decided, Policy, Refused, Rule, subject::Claims};
use crate::{
    gate::{check_group, check_user},
    spec::{check_uid, quote},
};

pub(super) fn decide(policy: &Policy<'_>, claims: &Claims) -> Result<Decided, Refused> {
    let (name, allow) = (&claims.common_name, policy.options.allow);
    check_user(name, allow)?;
    let user = policy.spec.users.iter().find(|user| user.name.as_str() == name);

    let chosen = &policy.options.groups;
    let groups = if chosen.is_empty() { &claims.organizations } else { chosen };
    let mut seen = HashSet::new();
    // Those that were asked for are checked even where others are given: a request that asks for
    // `system:masters` is nobody's mistake.
    for group in claims.organizations.iter().chain(chosen) {
        check_group(group, allow)?;
    }
    for group in groups {
        if !seen.insert(group) {
            return Err(Refused::new(Rule::Group, format!("{} is there twice", quote(group))));
        }
    }

    if let Some(uid) = &claims.uid {
        check_uid(uid).map_err(|invalid| Refused::new(Rule::Uid, invalid.to_string()))?;
    }
    Ok(Decided {
        subject: Subject {
            uid: claims.uid.clone().or_else(|| user.and_then(|user| user.uid.clone())),
            ..Subject::new(name).with_organizations(groups)
        },
        subject_alt_names: Vec::new(),
        lifetime: user.and_then(|user| user.lifetime),
    })
}
