//! The files of the layout `custom`, one by one: a PKI that others began. Reads no file.

mod entry;
mod host_paths;
mod understand;

use kubepki_ca::{CLIENT, KeyAlgorithm, PEER, Profile, SERVER, Subject, SubjectAltName};
use kubepki_model::{EntryId, Slot};

use super::{HostName, Lifetime};
use crate::store::StorePath;

pub(crate) use entry::{check_kubeconfig_name, check_server};
pub use host_paths::{HOST_FOLDERS, HostPaths};
pub(super) use understand::Written;
pub(crate) use understand::check_attribute;

/// The CA that issues users, and that every spec has.
pub(crate) const CLUSTER_AUTHORITY: &str = "ca";

/// Every file of a PKI that others began; empty in every layout but `custom`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomFiles {
    /// The CAs; `ca` is among them.
    pub authorities: Vec<AuthoritySpec>,
    /// Everything else, in the order of the spec.
    pub entries: Vec<EntrySpec>,
    /// Where they lie on a machine; none where nobody has said so.
    pub places: Option<HostPaths>,
    /// The name of the CA that the kubeconfigs of `users` trust.
    pub trust: String,
}

/// What an entry can be to the programs that read it.
pub const ENTRY_ROLES: [Slot; 13] = [
    Slot::Apiserver,
    Slot::ApiserverEtcdClient,
    Slot::ApiserverKubeletClient,
    Slot::ControllerManager,
    Slot::EtcdHealthcheckClient,
    Slot::EtcdPeer,
    Slot::EtcdServer,
    Slot::FrontProxyClient,
    Slot::KubeProxy,
    Slot::Kubelet,
    Slot::KubeletServer,
    Slot::Scheduler,
    Slot::ServiceAccount,
];

impl EntrySpec {
    /// What programs read it as: its role, or where it has none what its name says.
    pub fn slot(&self) -> Slot {
        self.role.unwrap_or_else(|| EntryId::named(&self.name).slot)
    }
}

/// A CA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthoritySpec {
    /// Its name, by which entries call their issuer.
    pub name: String,
    /// Its certificate.
    pub certificate: StorePath,
    /// Its private key, or where it would be: it may be held elsewhere.
    pub key: StorePath,
    /// Who it says it is.
    pub subject: Subject,
    /// The algorithm of its key.
    pub key_algorithm: KeyAlgorithm,
}

/// A certificate, a key pair or a kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntrySpec {
    /// What it is, in the field's words, such as `apiserver`.
    pub name: String,
    /// The host of the spec that it is for, where there are several of one name.
    pub host: Option<HostName>,
    /// What programs read it as, one of [`ENTRY_ROLES`], where its name says another.
    pub role: Option<Slot>,
    /// What it consists of.
    pub content: EntryContent,
}

/// What an entry consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryContent {
    /// A certificate beside its key, and perhaps a kubeconfig that embeds both.
    Certificate {
        /// What it says.
        leaf: LeafSpec,
        /// Where the certificate lies.
        certificate: StorePath,
        /// Where its key lies.
        key: StorePath,
        /// The kubeconfig.
        kubeconfig: Option<(StorePath, ConnectionSpec)>,
    },
    /// A key pair without a certificate.
    KeyPair {
        /// The algorithm of a new one.
        algorithm: KeyAlgorithm,
        /// Where the private key lies.
        key: StorePath,
        /// Where the public key lies.
        public: StorePath,
    },
    /// A certificate and its key inside a kubeconfig.
    Kubeconfig {
        /// What the certificate says.
        leaf: LeafSpec,
        /// Where the kubeconfig lies.
        path: StorePath,
        /// What it points at.
        connection: ConnectionSpec,
    },
}

/// What a certificate should say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeafSpec {
    /// The name of the CA that issues it.
    pub issuer: String,
    /// Who it speaks for.
    pub subject: Subject,
    /// The names it is good for, sorted and without duplicates.
    pub subject_alt_names: Vec<SubjectAltName>,
    /// What it may be used for.
    pub usages: Usages,
    /// The algorithm of its key.
    pub key_algorithm: KeyAlgorithm,
    /// How long a new one lives.
    pub lifetime: Lifetime,
    /// Whether its key stays when it is issued again, because others hold the public half.
    pub keep_key: bool,
    /// Whether the certificate of its CA follows it in its file.
    pub chain: bool,
}

/// What a certificate may be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usages {
    /// `serverAuth` and `clientAuth`.
    Both,
    /// `clientAuth`.
    Client,
    /// `serverAuth`.
    Server,
}

impl Usages {
    pub(crate) const fn profile(self) -> Profile {
        match self {
            Self::Both => PEER,
            Self::Client => CLIENT,
            Self::Server => SERVER,
        }
    }

    /// The usages of a server, of a client, or of both; none of neither.
    pub(crate) const fn of(server: bool, client: bool) -> Option<Self> {
        match (server, client) {
            (true, true) => Some(Self::Both),
            (false, true) => Some(Self::Client),
            (true, false) => Some(Self::Server),
            (false, false) => None,
        }
    }

    /// The words of a spec for it.
    pub(crate) const fn words(self) -> &'static [&'static str] {
        match self {
            Self::Both => &["server", "client"],
            Self::Client => &["client"],
            Self::Server => &["server"],
        }
    }
}

/// What a kubeconfig says beside its certificate and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionSpec {
    /// The cluster's name.
    pub cluster: String,
    /// The apiserver's URL.
    pub server: String,
    /// The user's name.
    pub user: String,
    /// The name of the CA that it trusts.
    pub trust: String,
}
