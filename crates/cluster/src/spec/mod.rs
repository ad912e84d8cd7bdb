//! What a cluster should have: the spec, read from YAML. Reads no file, no clock and no environment.

mod address;
mod certificates;
mod cidr;
mod custom;
mod encryption;
mod endpoint;
mod error;
mod explain;
mod extra_args;
mod group;
mod host_arg;
mod init;
mod kubelets;
mod lifetime;
mod locate;
mod machines;
mod name;
mod outline;
mod path;
mod raw;
mod text;
mod understand;
mod user;

#[cfg(test)]
mod tests;

use std::{collections::BTreeSet, net::IpAddr};

use ipnet::IpNet;
use kubepki_ca::DnsName;
use kubepki_model::{SlotFacts, TABLE};

pub use certificates::CertificatePolicy;
pub use cidr::ServiceCidr;
pub use custom::{
    AuthoritySpec, ConnectionSpec, CustomFiles, ENTRY_ROLES, EntryContent, EntrySpec, HOST_FOLDERS,
    HostPaths, LeafSpec, Usages,
};
pub use encryption::EncryptionProvider;
pub use endpoint::Endpoint;
pub use error::{InvalidValue, SpecError};
pub use extra_args::ExtraArgs;
pub use host_arg::HostArg;
pub use init::InitOptions;
pub use kubelets::Kubelets;
pub use kubepki_ca::{KeyAlgorithm, SubjectAltName};
pub use kubepki_model::{HostRole, KubernetesVersion, Layout};
pub use lifetime::Lifetime;
pub use machines::Machines;
pub use name::{ClusterName, HostName, UserName};
pub use user::{SystemMasters, UserSpec};

pub(crate) use custom::{CLUSTER_AUTHORITY, check_attribute, check_kubeconfig_name, check_server};
pub(crate) use error::{choose, quote};
pub(crate) use group::{check_group, check_uid, is_invisible};
pub(crate) use outline::too_deep_brackets;

/// A cluster as its operator wants it. Every field is valid, and so are they all together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSpec {
    /// Names the cluster in kubeconfigs and in the subjects of its CAs.
    pub name: ClusterName,
    /// Where kubeconfigs point.
    pub endpoint: Endpoint,
    /// The DNS domain of the cluster's Services.
    pub domain: DnsName,
    /// The networks of Services: one, or one of each family; none only in the layout `custom`.
    pub service_cidrs: Vec<IpNet>,
    /// The tree in which the files lie.
    pub layout: Layout,
    /// Whether the controller manager signs certificate requests, and so gets the CA's key.
    pub csr_signing: bool,
    /// The TCP port on which each apiserver listens.
    pub apiserver_port: u16,
    /// The version that the cluster runs, where it is known.
    pub kubernetes_version: Option<KubernetesVersion>,
    /// What encrypts Secrets in etcd; none where they are kept in the clear.
    pub encryption: Option<EncryptionProvider>,
    /// How kubelets come to their certificates.
    pub kubelets: Kubelets,
    /// Flags beside those that follow from the spec.
    pub extra_args: ExtraArgs,
    /// Keys and lifetimes of all certificates.
    pub certificates: CertificatePolicy,
    /// The hosts, in the order of the spec; at least one is a control-plane host, but in the layout
    /// `custom`, where none may be known.
    pub hosts: Vec<HostSpec>,
    /// The users, in the order of the spec.
    pub users: Vec<UserSpec>,
    /// Every file, one by one, in the layout `custom`; nothing in the others.
    pub custom: CustomFiles,
}

/// One machine of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostSpec {
    /// Its name, which is also its Node's.
    pub name: HostName,
    /// What it does; never empty.
    pub roles: BTreeSet<HostRole>,
    /// What it is reached by: no other host's, and never empty but in the layout `custom`.
    pub addresses: Vec<IpAddr>,
    /// Its other DNS names, without wildcards.
    pub names: Vec<DnsName>,
    /// The network of its Pods, which overlaps no other.
    pub pod_cidr: Option<IpNet>,
}

impl HostSpec {
    /// Whether the host has a role.
    pub fn has(&self, role: HostRole) -> bool {
        self.roles.contains(&role)
    }
}

impl ClusterSpec {
    /// The names of the cluster's CAs.
    pub fn authority_names(&self) -> Vec<&str> {
        match self.layout {
            Layout::Custom => self.custom.authorities.iter().map(|it| it.name.as_str()).collect(),
            layout => {
                let is_here =
                    |row: &&SlotFacts| row.slot.is_authority() && row.paths.of(layout).is_some();
                TABLE.iter().filter(is_here).map(|row| row.name).collect()
            }
        }
    }

    /// Whether a kubelet runs on a host: on workers, and kubeadm runs one on its control-plane host
    /// too.
    pub(crate) fn runs_kubelet(&self, host: &HostSpec) -> bool {
        host.has(HostRole::Worker) || self.layout == Layout::Kubeadm
    }

    /// Reads a spec of at most 1 MiB of UTF-8.
    ///
    /// The first thing that is wrong is the error; it names the field, its line and its column.
    pub fn parse(text: impl AsRef<[u8]>, masters: SystemMasters) -> Result<Self, SpecError> {
        let text = text::read(text.as_ref())?;
        let raw = raw::RawCluster::parse(text)?;
        understand::cluster(raw, masters).map_err(|problem| {
            let location = locate::locate(text, &problem.path);
            SpecError::from(problem).at(location)
        })
    }
}
