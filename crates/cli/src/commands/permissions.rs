//! The flags without which nobody becomes an administrator or a part of Kubernetes.

use kubepki_cluster::Allow;

/// What names and groups have to be said out loud.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(super) struct Flags {
    /// Allow groups and roles with all rights, such as `kubepki:cluster-admins`
    #[arg(long)]
    cluster_admin: bool,
    /// Allow users and groups that Kubernetes reserves for its components
    #[arg(long)]
    system_identity: bool,
    /// Allow the group `system:masters`, which bypasses RBAC and cannot be revoked
    #[arg(long)]
    danger_system_masters: bool,
}

/// What has to be said out loud of other CAs than that of users.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(super) struct Authorities {
    /// Allow clients of the etcd CA, which can read and write all of etcd
    #[arg(long)]
    danger_etcd_client: bool,
    /// Allow clients of the front-proxy CA, which can act as any user
    #[arg(long)]
    danger_front_proxy: bool,
}

/// What has to be said out loud of users that the spec has.
#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub(super) struct Beyond {
    /// Allow a user of the spec to get groups or a UID that are not in the spec
    #[arg(long)]
    beyond_spec: bool,
}

impl Flags {
    pub(super) fn allow(self) -> Allow {
        Allow {
            cluster_admin: self.cluster_admin,
            system_identity: self.system_identity,
            system_masters: self.danger_system_masters,
            ..Allow::default()
        }
    }
}

impl Authorities {
    pub(super) const fn added_to(self, allow: Allow) -> Allow {
        Allow {
            etcd_client: self.danger_etcd_client,
            front_proxy: self.danger_front_proxy,
            ..allow
        }
    }
}

impl Beyond {
    pub(super) const fn added_to(self, allow: Allow) -> Allow {
        Allow { beyond_spec: self.beyond_spec, ..allow }
    }
}

/// Each flag that is given, as it is written.
pub(super) fn given(allow: Allow) -> impl Iterator<Item = &'static str> {
    let flags = [
        ("--beyond-spec", allow.beyond_spec),
        ("--cluster-admin", allow.cluster_admin),
        ("--danger-etcd-client", allow.etcd_client),
        ("--danger-front-proxy", allow.front_proxy),
        ("--danger-system-masters", allow.system_masters),
        ("--system-identity", allow.system_identity),
    ];
    flags.into_iter().filter_map(|(flag, is_given)| is_given.then_some(flag))
}
