//! The users of a cluster, from a spec or from the command line.

use std::collections::HashSet;

use super::{
    error::{InvalidValue, Problem, SpecError},
    group::{check_group, check_uid},
    lifetime::Lifetime,
    name::UserName,
    path::FieldPath,
    raw::RawUser,
    understand::listed_twice,
};

/// A user: a client certificate whose organizations are Kubernetes groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserSpec {
    /// The common name, and the name of the kubeconfig.
    pub name: UserName,
    /// The groups, each an organization of the subject; without duplicates.
    pub groups: Vec<String>,
    /// The user id that Kubernetes reads from the subject (1.3.6.1.4.1.57683.2).
    pub uid: Option<String>,
    /// How long the certificate is good for, where it is not as long as all the others.
    pub lifetime: Option<Lifetime>,
}

/// Whether users may be in `system:masters`, which bypasses RBAC and cannot be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SystemMasters {
    /// They may, by `--danger-system-masters`.
    Allowed,
    /// They may not.
    Refused,
}

impl UserSpec {
    /// Checks a user that comes from no text; the error's field is `name`, `uid` or `groups[n]`.
    pub fn new(
        name: &str,
        groups: Vec<String>,
        uid: Option<String>,
        lifetime: Option<Lifetime>,
        masters: SystemMasters,
    ) -> Result<Self, SpecError> {
        let raw = RawUser { name: name.to_owned(), groups, uid, lifetime: None };
        let user = Self::understand(raw, &FieldPath::root(), masters)?;
        Ok(Self { lifetime, ..user })
    }

    pub(super) fn understand(
        raw: RawUser,
        at: &FieldPath,
        masters: SystemMasters,
    ) -> Result<Self, Problem> {
        let name = raw.name.parse().map_err(|e: InvalidValue| e.in_field(&at.field("name")))?;
        let mut seen = HashSet::new();
        for (index, group) in raw.groups.iter().enumerate() {
            let here = at.field("groups").item(index);
            check_group(group, masters).map_err(|invalid| invalid.in_field(&here))?;
            if !seen.insert(group) {
                return Err(listed_twice("the group", group).in_field(&here));
            }
        }
        if let Some(uid) = &raw.uid {
            check_uid(uid).map_err(|invalid| invalid.in_field(&at.field("uid")))?;
        }
        let lifetime = raw.lifetime.as_deref().map(str::parse).transpose();
        let lifetime =
            lifetime.map_err(|invalid: InvalidValue| invalid.in_field(&at.field("lifetime")))?;
        Ok(Self { name, groups: raw.groups, uid: raw.uid, lifetime })
    }
}
