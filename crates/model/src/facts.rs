//! The form of THE TABLE: what is known of a slot. Facts only.

use crate::{Component, Effect, Layout, Part, Slot};

/// One row of THE TABLE.
#[derive(Clone, Copy, Debug)]
pub struct SlotFacts {
    /// The slot.
    pub slot: Slot,
    /// What its entry is called, in kubeadm's words where it has some.
    pub name: &'static str,
    /// What it is, in words.
    pub described: &'static str,
    /// For whom there is one.
    pub scope: Scope,
    /// How it is kept where a layout keeps it.
    pub form: Form,
    /// What its certificate says; none for what has none.
    pub certificate: Option<CertificateFacts>,
    /// What its certificate says in the layout `hard-way`, where that differs.
    pub hard_way: Option<CertificateFacts>,
    /// Where it lies in each layout.
    pub paths: Paths,
    /// Its files that programs read, or that hosts get.
    pub files: &'static [FileFacts],
    /// What serves for it where a PKI has none: old editions of the tutorial have few certificates.
    pub stand_in: Option<Slot>,
}

impl SlotFacts {
    /// What its certificate says in a layout.
    pub const fn certificate_in(&self, layout: Layout) -> Option<&CertificateFacts> {
        match (layout, &self.hard_way) {
            (Layout::HardWay, Some(facts)) => Some(facts),
            _ => self.certificate.as_ref(),
        }
    }

    /// One of its files.
    pub fn file(&self, part: Part) -> Option<&'static FileFacts> {
        self.files.iter().find(|file| file.part == part)
    }
}

/// For whom there is one of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One for the cluster.
    Cluster,
    /// One for the cluster, where a host has etcd.
    ClusterWithEtcd,
    /// One for each host with the role `control-plane`.
    ControlPlane,
    /// One for each host with the role `etcd`.
    Etcd,
    /// One for each host with a kubelet.
    Kubelet,
    /// One for each user.
    User,
}

/// How something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The bytes of another entry's file.
    Copy(Slot, Part),
    /// A private key and its public key.
    KeyPair,
    /// A kubeconfig that points at the endpoint.
    Kubeconfig,
    /// A kubeconfig that points at the apiserver of the same host.
    LocalKubeconfig,
    /// A text to apply.
    Manifest,
    /// A certificate beside its key.
    Pair,
    /// A file with a secret of no certificate.
    Secret,
    /// A kubeconfig with the token of another entry.
    TokenKubeconfig(Slot),
}

/// What a certificate says.
#[derive(Clone, Copy, Debug)]
pub struct CertificateFacts {
    /// The CA that issues it; none for a CA, which signs itself.
    pub issuer: Option<Slot>,
    /// What it may be used for.
    pub profile: ProfileName,
    /// Who it speaks for.
    pub common_name: CommonName,
    /// The group of its subject.
    pub organization: Option<&'static str>,
    /// What it is good for as a server.
    pub names: Names,
}

/// The usages of a certificate; docs/certificates.md lists the extensions of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileName {
    /// A CA.
    Ca,
    /// A client.
    Client,
    /// A server that is a client too.
    Peer,
    /// A server.
    Server,
}

/// How a common name is formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommonName {
    /// `<cluster>-<this>-<generation>`.
    Authority(&'static str),
    /// Always the same.
    Fixed(&'static str),
    /// The host's name.
    Host,
    /// `system:node:` and the host's name, as the Node authorizer wants it.
    Node,
    /// The user's name.
    User,
}

impl CommonName {
    /// What is the same in every cluster; nothing where a host or user says it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Authority(text) | Self::Fixed(text) => text,
            Self::Host | Self::Node | Self::User => "",
        }
    }
}

/// Which names and addresses a certificate is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Everything that leads to the apiserver.
    Apiserver,
    /// The host's own names and addresses.
    Host,
    /// Those, and the loopback names.
    HostAndLoopback,
    /// None: it serves nobody.
    None,
}

/// Where something lies in each layout, below the root; none where a layout does without.
#[derive(Clone, Copy, Debug)]
pub struct Paths {
    /// In `hosts`, and for what `custom` adds.
    pub hosts: Option<Place>,
    /// In `hard-way`.
    pub hard_way: Option<Place>,
    /// In `kubeadm`.
    pub kubeadm: Option<Place>,
}

impl Paths {
    /// Where it lies in one layout.
    pub const fn of(&self, layout: Layout) -> Option<Place> {
        match layout {
            Layout::Custom | Layout::Hosts => self.hosts,
            Layout::HardWay => self.hard_way,
            Layout::Kubeadm => self.kubeadm,
        }
    }
}

/// The files of something. `{host}` and `{user}` stand for the names of a host and of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<T = &'static str> {
    /// One file, whatever it holds.
    File(T),
    /// A private key and a public key.
    KeyPair {
        /// The private key.
        key: T,
        /// The public key, or a certificate of which only the key is read.
        public: T,
    },
    /// A kubeconfig.
    Kubeconfig(T),
    /// `<this>.crt` and `<this>.key`.
    Pair(T),
    /// `<this>.crt`, `<this>.key`, and `<this>.kubeconfig` that embeds both.
    PairAndKubeconfig(T),
}

impl Place {
    /// The place for a host or a user of this name.
    pub fn named(self, name: &str) -> Place<String> {
        let named = |path: &str| path.replace("{host}", name).replace("{user}", name);
        match self {
            Self::File(path) => Place::File(named(path)),
            Self::KeyPair { key, public } => {
                Place::KeyPair { key: named(key), public: named(public) }
            }
            Self::Kubeconfig(path) => Place::Kubeconfig(named(path)),
            Self::Pair(base) => Place::Pair(named(base)),
            Self::PairAndKubeconfig(base) => Place::PairAndKubeconfig(named(base)),
        }
    }

    /// Whether each host has one of its own.
    pub fn is_of_host(self) -> bool {
        let (Self::File(path)
        | Self::KeyPair { key: path, .. }
        | Self::Kubeconfig(path)
        | Self::Pair(path)
        | Self::PairAndKubeconfig(path)) = self;
        path.contains("{host}")
    }
}

/// One file of a slot, for the programs that read it.
#[derive(Clone, Copy, Debug)]
pub struct FileFacts {
    /// Which file.
    pub part: Part,
    /// What it is for, in words.
    pub purpose: &'static str,
    /// Where each host gets a copy, below its `/`, in the layout `hosts`.
    pub copy: Option<&'static str>,
    /// Whether hosts get it only where the controller manager signs requests (`csrSigning`).
    pub only_to_sign: bool,
    /// The programs that read it.
    pub readers: &'static [ReaderFacts],
}

/// A program that reads a file: who is restarted after the file changed is decided here.
#[derive(Clone, Copy, Debug)]
pub struct ReaderFacts {
    /// The program.
    pub component: Component,
    /// The flags that name the file; none where a configuration file does.
    pub flags: &'static [&'static str],
    /// What the program does when the file changed.
    pub effect: Effect,
    /// The layouts in which it does so.
    pub layouts: Layouts,
    /// Who says so. Of what nobody says, a restart is assumed.
    pub source: &'static str,
}

/// Some of the layouts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layouts {
    /// Every one.
    Every,
    /// All but `hard-way`.
    ButHardWay,
    /// `hard-way` alone.
    HardWay,
    /// Those in which a pair beside a kubeconfig is there to serve with.
    HardWayAndCustom,
}

impl Layouts {
    /// Whether a layout is among them.
    pub fn has(self, layout: Layout) -> bool {
        match self {
            Self::Every => true,
            Self::ButHardWay => layout != Layout::HardWay,
            Self::HardWay => layout == Layout::HardWay,
            Self::HardWayAndCustom => matches!(layout, Layout::HardWay | Layout::Custom),
        }
    }
}
