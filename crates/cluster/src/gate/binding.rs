//! Which role bindings have to be said out loud. Reads no role: of one that somebody made, nobody
//! here knows what it gives.

use super::{Allow, look_alike, privilege};
use crate::{
    manifest::{BindingRole, BindingSubject},
    policy::{Refused, Rule},
    spec::quote,
};

/// Checks what a binding gives, and to how many.
pub(crate) fn check_binding(
    subject: BindingSubject<'_>,
    role: BindingRole<'_>,
    allow: Allow,
) -> Result<(), Refused> {
    check_role(role, allow)?;
    let BindingSubject::Group(group) = subject else { return Ok(()) };
    look_alike::check(group)?;
    let Some(privilege) = privilege::of_group(group) else { return Ok(()) };
    if group == "system:masters" || !group.starts_with("system:") {
        return if privilege.is_allowed(allow) { Ok(()) } else { Err(privilege.into()) };
    }
    if allow.system_identity {
        return Ok(());
    }
    let who = match group {
        "system:authenticated" => "is everybody with any credential",
        "system:nodes" => "is every node",
        "system:serviceaccounts" => "is every ServiceAccount of the cluster",
        "system:unauthenticated" => "is everybody without a credential",
        _ if group.starts_with("system:serviceaccounts:") => "is every ServiceAccount there",
        _ => "is kept by Kubernetes for its components",
    };
    Err(Refused::new(Rule::SystemIdentity, format!("{} {who}", quote(group))))
}

/// The default ClusterRoles of Kubernetes. `edit` and `admin` may run Pods as every ServiceAccount
/// they reach, those of the control plane too where they reach all namespaces or `kube-system`.
fn check_role(role: BindingRole<'_>, allow: Allow) -> Result<(), Refused> {
    let (name, reaches_control_plane) = match role {
        BindingRole::Cluster(name) => (name, true),
        BindingRole::ClusterInNamespace { role, namespace } => {
            (role, namespace.starts_with("kube-"))
        }
        BindingRole::Namespaced { .. } => return Ok(()),
    };
    let refused =
        |rule, why| Err(Refused::new(rule, format!("the ClusterRole {} {why}", quote(name))));
    match name {
        "cluster-admin" if !allow.cluster_admin => {
            refused(Rule::ClusterAdmins, "may do everything")
        }
        "admin" | "edit" if reaches_control_plane && !allow.cluster_admin => refused(
            Rule::ClusterAdmins,
            "may use every ServiceAccount there, and so do everything in the cluster",
        ),
        _ if name.starts_with("system:") && !allow.system_identity => {
            refused(Rule::SystemIdentity, "is kept by Kubernetes for its components")
        }
        _ => Ok(()),
    }
}
