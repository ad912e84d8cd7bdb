//! What should exist: every CA, certificate, key pair, kubeconfig and copy of a cluster, in the
//! order in which they are made. Reads no file and no clock.

mod builder;
mod contents;
mod copies;
pub(crate) mod custom;
pub(crate) mod sans;

use std::collections::HashMap;

use jiff::SignedDuration;
use kubepki_ca::{KeyAlgorithm, Profile, Subject, SubjectAltName};
use kubepki_model::{HostRole, Layout, Slot};

pub use self::contents::Wrong;
pub(crate) use self::copies::host_folder;
use crate::{
    error::CatalogError,
    fold::fold,
    gate::{Gate, Origin},
    identity::Identity,
    spec::{ClusterSpec, EncryptionProvider, UserSpec},
    store::{Mode, StorePath},
};
pub use kubepki_model::{EntryId, Part};

/// Everything that a spec asks for. Entries come after those they are made from.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub(crate) entries: Vec<Entry>,
    pub(crate) gate: Gate,
}

impl Catalog {
    /// The catalog of a whole cluster.
    ///
    /// # Errors
    /// [`CatalogError::PathTaken`] when a host or user is named so that its file would be another's.
    pub fn of_cluster(spec: &ClusterSpec) -> Result<Self, CatalogError> {
        Self::new(spec, builder::of_cluster(spec)).checked()
    }

    /// The catalog of one user: the cluster's CA and the user's kubeconfig.
    ///
    /// # Errors
    /// As [`Catalog::of_cluster`].
    pub fn of_user(spec: &ClusterSpec, user: &UserSpec) -> Result<Self, CatalogError> {
        Self::new(spec, builder::of_user(spec, user)).checked()
    }

    /// The catalog of one identity outside the spec: its CA, and its files in a folder of their own.
    pub(crate) fn of_identity(spec: &ClusterSpec, identity: &Identity) -> Self {
        Self::new(spec, builder::of_identity(spec, identity))
    }

    fn new(spec: &ClusterSpec, entries: Vec<Entry>) -> Self {
        Self { entries, gate: Gate::of(spec) }
    }

    fn checked(self) -> Result<Self, CatalogError> {
        let mut taken = HashMap::new();
        for entry in &self.entries {
            for (path, _) in entry.files() {
                if let Some(first) = taken.insert(fold(path.as_str()), &entry.id) {
                    let (path, first, second) = (path.clone(), first.clone(), entry.id.clone());
                    return Err(CatalogError::PathTaken { path, first, second });
                }
            }
        }
        Ok(self)
    }

    /// The entries, in the order in which they are made.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The CA that issues an entry's certificate; none for CAs, key pairs and copies.
    pub fn issuer_of(&self, entry: &Entry) -> Option<&Entry> {
        let made_from = match &entry.content {
            Content::Derived { from: Derivation::Kubeconfig { of, .. }, .. } => {
                self.entries.get(*of)?
            }
            _ => entry,
        };
        match &made_from.content {
            Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. } => {
                self.entries.get(leaf.issuer)
            }
            _ => None,
        }
    }

    /// The CA that a kubeconfig trusts; none for whatever is no kubeconfig.
    pub fn trusted_by(&self, entry: &Entry) -> Option<&Entry> {
        match &entry.content {
            Content::Kubeconfig { connection, .. }
            | Content::Derived {
                from:
                    Derivation::Bootstrap { connection, .. } | Derivation::Kubeconfig { connection, .. },
                ..
            } => self.entries.get(connection.ca),
            _ => None,
        }
    }

    /// Every path that the catalog knows, with the widest mode a file may have there.
    pub fn files(&self) -> impl Iterator<Item = (&StorePath, Mode)> {
        self.entries.iter().flat_map(Entry::files)
    }
}

/// One thing that should exist.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name.
    pub id: EntryId,
    /// What programs read it as: the slot of its name, unless the layout `custom` says another.
    pub slot: Slot,
    /// What it consists of.
    pub content: Content,
}

impl Entry {
    /// The files it consists of, with the widest mode each may have.
    pub fn files(&self) -> impl Iterator<Item = (&StorePath, Mode)> {
        self.parts().map(|(path, _, mode)| (path, mode))
    }

    /// The same, each with which of the slot's files it is.
    pub fn parts(&self) -> impl Iterator<Item = (&StorePath, Part, Mode)> {
        // Of the tutorial's certificate around this key only the key is read:
        // `--service-account-key-file` takes certificates too.
        let certificate = match self.slot {
            Slot::ServiceAccount => Part::Public,
            _ => Part::Certificate,
        };
        let (first, second) = match &self.content {
            Content::Authority { files, .. } | Content::Certificate { files, .. } => (
                (&files.certificate, certificate, Mode::Public),
                Some((&files.key, Part::Key, Mode::Private)),
            ),
            Content::KeyPair { key, public, .. } => {
                ((key, Part::Key, Mode::Private), Some((public, Part::Public, Mode::Public)))
            }
            Content::Kubeconfig { path, .. } => ((path, Part::Kubeconfig, Mode::Private), None),
            Content::Derived { path, mode, from } => ((path, from.part(), *mode), None),
            Content::Secret { path, .. } => ((path, Part::Configuration, Mode::Private), None),
        };
        std::iter::once(first).chain(second)
    }

    /// Whether a host with certain roles gets it: some program there reads it.
    pub(crate) fn is_read_by(&self, layout: Layout, has: impl Fn(HostRole) -> bool) -> bool {
        let files = self.slot.facts().map_or(&[][..], |facts| facts.files);
        let mut readers = files.iter().flat_map(|file| file.readers);
        readers.any(|it| it.layouts.has(layout) && it.component.runs_on(layout, &has))
    }
}

/// What an entry consists of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Content {
    /// A CA, which is never overwritten.
    Authority {
        /// What its certificate says.
        request: CertificateRequest,
        /// Where it lies.
        files: PairFiles,
    },
    /// A certificate beside its private key.
    Certificate {
        /// What it says, and who issues it.
        leaf: Leaf,
        /// Where it lies.
        files: PairFiles,
    },
    /// Something made from other entries: always what they are.
    Derived {
        /// Where it lies.
        path: StorePath,
        /// The widest mode it may have.
        mode: Mode,
        /// What it is made from.
        from: Derivation,
    },
    /// A key pair without a certificate, which is never overwritten.
    KeyPair {
        /// The algorithm of a new one.
        algorithm: KeyAlgorithm,
        /// Where the private key lies.
        key: StorePath,
        /// Where the public key lies.
        public: StorePath,
    },
    /// A client certificate and its key inside a kubeconfig.
    Kubeconfig {
        /// What the certificate says, and who issues it.
        leaf: Leaf,
        /// What the kubeconfig points at.
        connection: Connection,
        /// Where it lies.
        path: StorePath,
    },
    /// A file with a secret of no certificate, which is made once.
    Secret {
        /// What it holds.
        secret: Secret,
        /// Where it lies.
        path: StorePath,
    },
}

/// What a file with a secret holds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Secret {
    /// The token with which kubelets ask for their certificates, in the manifest that makes an
    /// apiserver take it. It is made anew when it has expired.
    BootstrapToken,
    /// The keys that encrypt Secrets in etcd, which are never overwritten: without them nobody
    /// can read what they have encrypted.
    EncryptionKeys {
        /// What a new key is for.
        provider: EncryptionProvider,
    },
}

/// A position in [`Catalog::entries`].
pub(crate) type Position = usize;

/// What a certificate should say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRequest {
    /// Who it speaks for.
    pub subject: Subject,
    /// The names it is good for, sorted and without duplicates.
    pub subject_alt_names: Vec<SubjectAltName>,
    /// What it may be used for.
    pub profile: Profile,
    /// How long a new one lives.
    pub lifetime: SignedDuration,
    /// The algorithm of its key.
    pub key_algorithm: KeyAlgorithm,
}

/// A certificate that a CA of the catalog issues.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// What it should say.
    pub request: CertificateRequest,
    /// How long before its end it is due for renewal.
    pub renew_before: SignedDuration,
    /// What becomes of its key when it is issued again.
    pub key_policy: KeyPolicy,
    /// Whether the certificate of its CA follows it in its file.
    pub chain: bool,
    pub(crate) issuer: Position,
    pub(crate) origin: Origin,
}

/// What becomes of a key when its certificate is issued again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPolicy {
    /// A new key is made.
    Fresh,
    /// The key stays, because others hold its public half: the ServiceAccount key.
    Kept,
}

/// The two files of a certificate and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairFiles {
    /// The certificate.
    pub certificate: StorePath,
    /// The private key.
    pub key: StorePath,
}

/// What a kubeconfig points at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// The cluster's name.
    pub cluster: String,
    /// The apiserver's URL.
    pub server: String,
    /// The user's name.
    pub user: String,
    pub(crate) ca: Position,
}

/// How a derived file comes about.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Derivation {
    /// A kubeconfig with a bootstrap token.
    Bootstrap {
        /// What it points at.
        connection: Connection,
        /// The manifest that holds the token.
        source: StorePath,
        #[doc(hidden)]
        of: Position,
    },
    /// The bytes of another entry's file.
    Copy {
        /// Which of its files.
        part: Part,
        /// The file that is copied.
        source: StorePath,
        #[doc(hidden)]
        of: Position,
    },
    /// A kubeconfig that embeds a certificate and key which also lie beside it.
    Kubeconfig {
        /// What it points at.
        connection: Connection,
        #[doc(hidden)]
        of: Position,
    },
    /// A text that the spec alone decides.
    Text(String),
}

impl Derivation {
    /// Which file of its slot it makes.
    const fn part(&self) -> Part {
        match self {
            Self::Bootstrap { .. } | Self::Kubeconfig { .. } => Part::Kubeconfig,
            Self::Copy { part, .. } => *part,
            Self::Text(_) => Part::Configuration,
        }
    }
}
