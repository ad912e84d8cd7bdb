//! The flags without which nobody becomes an administrator or a part of Kubernetes.

use kubepki_cluster::policy::Permissions;

/// What has to be said out loud.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(super) struct Flags {
    /// Allow the group `kubepki:cluster-admins`, which may do everything
    #[arg(long)]
    cluster_admin: bool,
    /// Allow users and groups that Kubernetes keeps for its components
    #[arg(long)]
    system_identity: bool,
    /// Allow the group `system:masters`, which bypasses RBAC and cannot be revoked
    #[arg(long)]
    danger_system_masters: bool,
}

impl Flags {
    pub(super) const fn permissions(self) -> Permissions {
        Permissions {
            system_masters: self.danger_system_masters,
            cluster_admin: self.cluster_admin,
            system_identity: self.system_identity,
        }
    }
}
