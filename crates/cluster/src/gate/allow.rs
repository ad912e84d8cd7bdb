//! What is refused unless the operator says it out loud. Judges nothing.

use crate::policy::Rule;

/// What is refused unless the operator says it out loud: one field a flag of the command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allow {
    /// `--beyond-spec`: groups and a UID that the spec does not give to a user it has.
    pub beyond_spec: bool,
    /// `--cluster-admin`: groups that `rbac.yaml`, or kubeadm, binds to `cluster-admin`, and roles
    /// that amount to it.
    pub cluster_admin: bool,
    /// `--danger-etcd-client`: clients of etcd, who may read and write everything in it.
    pub etcd_client: bool,
    /// `--danger-front-proxy`: clients of the front-proxy CA, who may name any user.
    pub front_proxy: bool,
    /// `--system-identity`: other users and groups of Kubernetes itself.
    pub system_identity: bool,
    /// `--danger-system-masters`: the group that bypasses RBAC and cannot be revoked.
    pub system_masters: bool,
}

impl Allow {
    /// The same with what a rule keeps, and the flag that says so; none where nothing allows it.
    pub(super) const fn with(self, rule: Rule) -> Option<(Self, &'static str)> {
        Some(match rule {
            Rule::ClusterAdmins => (Self { cluster_admin: true, ..self }, "--cluster-admin"),
            Rule::EtcdClient => (Self { etcd_client: true, ..self }, "--danger-etcd-client"),
            Rule::FrontProxy => (Self { front_proxy: true, ..self }, "--danger-front-proxy"),
            Rule::GroupBeyondSpec | Rule::Uid => {
                (Self { beyond_spec: true, ..self }, "--beyond-spec")
            }
            Rule::SystemIdentity => (Self { system_identity: true, ..self }, "--system-identity"),
            Rule::SystemMasters => {
                (Self { system_masters: true, ..self }, "--danger-system-masters")
            }
            _ => return None,
        })
    }

    /// Everything, for tests and for what only compares.
    #[cfg(test)]
    pub(crate) const EVERYTHING: Self = Self {
        beyond_spec: true,
        cluster_admin: true,
        etcd_client: true,
        front_proxy: true,
        system_identity: true,
        system_masters: true,
    };
}
