//! Which names and groups people may have, and which need a word of their own. Reads no request.

use super::{Refused, Rule, look_alike};
use crate::{
    catalog::table::{CLUSTER_ADMINS, CommonName, NODES, ROWS, SUPER_ADMIN},
    spec::{self, SystemMasters, UserName, quote},
};

/// What is refused unless the operator says it out loud.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Permissions {
    /// `--danger-system-masters`: the group that bypasses RBAC and cannot be revoked.
    pub system_masters: bool,
    /// `--cluster-admin`: groups that `rbac.yaml`, or kubeadm, binds to `cluster-admin`.
    pub cluster_admin: bool,
    /// `--system-identity`: other users and groups of Kubernetes itself.
    pub system_identity: bool,
}

/// What `kubeadm init` binds to `cluster-admin`, and so what a cluster it made has bound.
pub(super) const KUBEADM_ADMINS: &str = "kubeadm:cluster-admins";

/// Checks one group of a user.
pub(crate) fn check_group(group: &str, permissions: Permissions) -> Result<(), Refused> {
    let refused =
        |rule, reason: &str| Err(Refused::new(rule, format!("{} {reason}", quote(group))));
    look_alike::check(group)?;
    if group == SUPER_ADMIN.1 {
        return if permissions.system_masters {
            Ok(())
        } else {
            refused(Rule::SystemMasters, "bypasses RBAC and cannot be revoked")
        };
    }
    if group == NODES {
        return refused(Rule::NodeGroup, "is the group of nodes, and no user's");
    }
    if group.starts_with("system:") {
        if !permissions.system_identity {
            return refused(Rule::SystemIdentity, "is kept by Kubernetes for its components");
        }
        return if is_plain(group) { Ok(()) } else { refused(Rule::Group, "is no system group") };
    }
    if group.starts_with("kubepki:") && group != CLUSTER_ADMINS {
        return refused(Rule::Group, "is kept by kubepki, which binds nothing to it");
    }
    if [CLUSTER_ADMINS, KUBEADM_ADMINS].contains(&group) && !permissions.cluster_admin {
        return refused(Rule::ClusterAdmins, "may do everything in the cluster");
    }
    spec::check_group(group, SystemMasters::Refused)
        .map_err(|invalid| Refused::new(Rule::Group, invalid.to_string()))
}

/// Checks the name of a user.
pub(crate) fn check_user(name: &str, permissions: Permissions) -> Result<(), Refused> {
    let refused = |rule, reason: &str| Err(Refused::new(rule, format!("{} {reason}", quote(name))));
    look_alike::check(name)?;
    if name.starts_with("system:node:") {
        return refused(Rule::NodeName, "is a node, and no user");
    }
    if name.starts_with("system:") {
        if !permissions.system_identity {
            return refused(Rule::SystemIdentity, "is kept by Kubernetes for its components");
        }
        return if is_plain(name) { Ok(()) } else { refused(Rule::CommonName, "is no user name") };
    }
    if let Some(component) = look_alike::alike(name, components()) {
        if name != component {
            return refused(Rule::LookAlike, &format!("looks like the component `{component}`"));
        }
        if !permissions.system_identity {
            return refused(Rule::SystemIdentity, "is a component of the cluster");
        }
    }
    match name.parse::<UserName>() {
        Ok(_) => Ok(()),
        Err(invalid) => Err(Refused::new(Rule::CommonName, invalid.to_string())),
    }
}

/// The common names of the cluster's own certificates. Some have rights: `rbac.yaml` binds the
/// apiserver's client, which the tutorial calls `kubernetes`, to the kubelets' API.
pub(super) fn components() -> impl Iterator<Item = &'static str> {
    let fixed = ROWS.iter().filter_map(|row| match row.common_name {
        CommonName::Fixed(name) => Some(name),
        CommonName::Host | CommonName::Node => None,
    });
    fixed.chain(["kubernetes", "kubernetes-admin"])
}

/// A name of a system identity that is safe as a file name too: it ends in a letter or a digit, and
/// has printable ASCII without a space, a comma, a slash or two dots in a row.
fn is_plain(text: &str) -> bool {
    text.len() <= 64
        && text.bytes().all(|b| b.is_ascii_graphic() && !b",/\\".contains(&b))
        && text.bytes().last().is_some_and(|b| b.is_ascii_alphanumeric())
        && !text.contains("..")
}
