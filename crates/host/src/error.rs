//! The errors of this crate. Hold names and paths, never contents.

use std::{fmt, io};

use jiff::Timestamp;
use kubepki_cluster::{StoreError, StorePath, spec::Layout};

/// Why it cannot be said what a host gets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShareError {
    /// The layout does not say which file goes to which place on a host.
    #[error("the layout `{layout}` does not say what goes where on a host")]
    UnknownPlaces {
        /// The layout of the spec.
        layout: Layout,
    },
}

impl ShareError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::UnknownPlaces { .. } => {
                "say where they lie with `places` in the spec, such as `places: /etc/kubernetes`"
            }
        }
    }
}

/// Why a bundle cannot be made, or is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// A file that says whom the host trusts holds no certificates.
    #[error("a CA certificate of `{host}` is none")]
    Authority {
        /// The host.
        host: String,
        /// What it is instead.
        source: kubepki_ca::Error,
    },
    /// One of its files is refused.
    #[error("`{}` {defect}", printable(path))]
    Entry {
        /// The file, as the archive names it.
        path: String,
        /// What is wrong with it.
        defect: EntryDefect,
    },
    /// It reads well, but has something that kubepki does not write.
    #[error("it is not as kubepki writes it: something was changed or added")]
    Foreign,
    /// Its manifest breaks a rule.
    #[error("its manifest is refused: {reason}")]
    Manifest {
        /// The rule.
        reason: String,
    },
    /// Files of the host are not in the root.
    #[error("`{path}`{} missing", others(*count))]
    Missing {
        /// The host.
        host: String,
        /// The first of them.
        path: StorePath,
        /// How many there are.
        count: usize,
    },
    /// It cannot be decompressed.
    #[error("it is no gzip file, or was cut short")]
    NoGzip {
        /// What the decoder says.
        source: io::Error,
    },
    /// It does not begin with a manifest.
    #[error("its first file is not `{}`", crate::manifest::MANIFEST)]
    NoManifest,
    /// It cannot be read as a tar file.
    #[error("it is no tar file, or was cut short")]
    NoTar {
        /// What the reader says.
        source: io::Error,
    },
    /// Its manifest names other CAs than its files do.
    #[error("its manifest names other CAs than its files")]
    OtherAuthorities,
    /// A path in it could leave the root.
    #[error("a path in it is refused")]
    Path {
        /// The rule that it breaks.
        source: StoreError,
    },
    /// It is encrypted.
    #[error("it is encrypted")]
    Sealed,
    /// Its manifest is not signed as it says, or cannot be signed.
    #[error("its manifest is refused")]
    Signature(#[from] SignatureError),
    /// The root cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It is, or becomes, larger than any bundle.
    #[error("it holds more than {} MiB", limit / 1024 / 1024)]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// No signature follows its manifest.
    #[error("nobody has signed it")]
    Unsigned,
    /// The archive cannot be made.
    #[error("cannot write the archive")]
    Unwritable {
        /// What the writer says.
        source: io::Error,
    },
}

/// What is wrong with a file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryDefect {
    /// The manifest lists it, and it is not there.
    Absent,
    /// It has other bytes than the manifest says.
    Changed,
    /// It holds something else than a file of its kind does.
    Content(&'static str),
    /// It is no regular file.
    Kind(&'static str),
    /// It has another mode than the manifest says.
    Mode {
        /// The mode in the archive.
        found: u32,
        /// The mode in the manifest.
        wanted: u32,
    },
    /// It is larger than any file of a PKI.
    TooLarge,
    /// It is there twice.
    Twice,
    /// The manifest does not list it.
    Unlisted,
}

impl fmt::Display for EntryDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("is in the manifest, and not in the archive"),
            Self::Changed => f.write_str("is not the file that the manifest lists"),
            Self::Content(defect) => f.write_str(defect),
            Self::Kind(kind) => write!(f, "is {kind}"),
            Self::Mode { found, wanted } if found & !wanted != 0 => {
                write!(f, "has mode {found:04o}, wider than the manifest's {wanted:04o}")
            }
            Self::Mode { found, wanted } => {
                write!(f, "has mode {found:04o}, not the manifest's {wanted:04o}")
            }
            Self::TooLarge => f.write_str("is larger than 1 MiB"),
            Self::Twice => f.write_str("is there twice"),
            Self::Unlisted => f.write_str("is not in the manifest"),
        }
    }
}

impl BundleError {
    /// What the user can do about it, where there is something to say.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing { .. } => "make what is missing with `kubepki apply`".to_owned(),
            Self::Sealed => "name the key that opens it with `--identity FILE`".to_owned(),
            Self::Store(error) => return error.hint(),
            Self::Authority { .. } => "see what `kubepki plan` says of it".to_owned(),
            Self::Unwritable { .. } => return None,
            Self::Manifest { .. }
            | Self::Entry { .. }
            | Self::Foreign
            | Self::NoGzip { .. }
            | Self::NoManifest
            | Self::NoTar { .. }
            | Self::OtherAuthorities
            | Self::Signature(_)
            | Self::Unsigned
            | Self::Path { .. }
            | Self::TooLarge { .. } => {
                "make it again with `kubepki host bundle`, and copy it as a whole".to_owned()
            }
        })
    }
}

fn others(count: usize) -> String {
    match count {
        1 => " is".to_owned(),
        more => format!(" and {} more are", more - 1),
    }
}

/// A text without what would move the cursor, cut where it is long.
fn printable(text: &str) -> String {
    text.chars().take(200).flat_map(char::escape_debug).collect()
}

/// Why a bundle's signature cannot be made, or is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// The key that signs bundles is of another algorithm than Ed25519.
    #[error("the key is of the algorithm {algorithm}, not Ed25519")]
    Algorithm {
        /// The algorithm.
        algorithm: kubepki_ca::KeyAlgorithm,
    },
    /// The key that signs bundles cannot be read or used.
    #[error(transparent)]
    Key(#[from] kubepki_ca::Error),
    /// The signature is of something else, or of another key.
    #[error("the key that it names has not signed it: it was changed")]
    Mismatch,
    /// A manifest names no key.
    #[error("it names no Ed25519 key")]
    Signer,
}

/// Why a bundle cannot be installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// What remembers the last installation cannot be read.
    #[error("`{path}` is not as kubepki left it: {reason}")]
    Memory {
        /// The file.
        path: StorePath,
        /// What is wrong with it.
        reason: String,
    },
    /// It was made before the one that the machine has.
    #[error("it is older than what is installed: {bundle}, and here is {installed}")]
    Older {
        /// When the root of the bundle was last changed.
        bundle: Timestamp,
        /// When that of the installed one was.
        installed: Timestamp,
    },
    /// A file that says whom to trust would have no CA in common with the one on the machine.
    #[error("`/{path}` of the bundle has no CA in common with the one on this machine")]
    NewAuthority {
        /// The file.
        path: StorePath,
    },
    /// Another key has signed it than the machine knows, or than was given.
    #[error("it is signed by the key {bundle}, and not by {known}")]
    OtherSigner {
        /// The fingerprint of the key that signed it.
        bundle: String,
        /// That of the key which should have.
        known: String,
    },
    /// The machine has files of a cluster of the same name and other CAs.
    #[error("it is of another cluster of the name `{cluster}`: no CA of it is known here")]
    OtherAuthorities {
        /// The name.
        cluster: String,
    },
    /// The machine has files of another cluster.
    #[error("it is for cluster `{bundle}`, and this machine has files of cluster `{installed}`")]
    OtherCluster {
        /// The cluster of the bundle.
        bundle: String,
        /// The cluster of the machine.
        installed: String,
    },
    /// The bundle is for another host.
    #[error("it is for host `{bundle}`, and this is `{machine}`")]
    OtherHost {
        /// The host of the bundle.
        bundle: String,
        /// The host that this is.
        machine: String,
    },
    /// A push was killed here, and would put its files over those of this bundle later.
    #[error("a push to this machine was interrupted while it put files into place")]
    PushInterrupted,
    /// The machine's files cannot be read or changed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl InstallError {
    /// What the user can do about it, where there is something to say.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Memory { path, .. } => format!("move `{path}` away if it is to be forgotten"),
            Self::OtherAuthorities { .. } | Self::OtherCluster { .. } => format!(
                "to give this machine to another cluster, move `{}` away first",
                crate::install::MEMORY
            ),
            Self::Older { .. } => {
                "make it again with `kubepki host bundle`; if it is meant, say `--allow-older`"
                    .to_owned()
            }
            Self::NewAuthority { .. } => {
                "is it the right cluster? if its CA was made anew, say `--allow-new-ca`".to_owned()
            }
            Self::OtherSigner { bundle, .. } => format!(
                "compare it with `kubepki host key` on the root; if it is that one, say `--trust {bundle}`"
            ),
            Self::OtherHost { bundle, .. } => {
                format!("if this machine is that host, say `--host {bundle}`")
            }
            Self::PushInterrupted => "complete it with `kubepki host push` first".to_owned(),
            Self::Store(error) => return error.hint(),
        })
    }
}
