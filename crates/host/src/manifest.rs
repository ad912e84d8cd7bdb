//! What a bundle says of itself: whose it is, and every file with its digest. Holds no contents.

use std::collections::BTreeSet;

use kubepki_ca::Certificate;
use kubepki_cluster::{
    Component, StorePath,
    spec::HOST_FOLDERS,
    store::{MAX_FILE_SIZE, Mode},
};
use serde::{Deserialize, Serialize};

use crate::{
    share::{Part, Shape},
    signature,
};

/// The name of the manifest in a bundle, where it comes first.
pub const MANIFEST: &str = "kubepki-manifest.json";

/// The version of the format, which changes with every byte that is written otherwise.
pub const FORMAT: u32 = 2;

/// The most files that a bundle may have.
const MOST_FILES: usize = 1000;

/// What a bundle holds, and for whom it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The name of the cluster.
    pub cluster: String,
    /// The name of the host.
    pub host: String,
    /// When the root was last changed, in seconds since 1970: a machine takes no older bundle than it has.
    pub serial: i64,
    /// The key that signed this: its SubjectPublicKeyInfo in hexadecimal digits.
    pub signer: String,
    /// What decides which files the host gets.
    pub shape: Shape,
    /// The SHA-256 of each CA certificate that the host trusts, sorted: two clusters of one name
    /// have none in common, and a CA that is replaced step by step always has one.
    pub authorities: Vec<String>,
    /// The files, sorted by path.
    pub files: Vec<ManifestFile>,
}

/// One file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestFile {
    /// Where it goes, below `/`.
    pub path: StorePath,
    /// What it is in every layout.
    pub name: String,
    /// Which of the files of that name it is.
    pub kind: Part,
    /// The SHA-256 of its contents, as 64 hexadecimal digits.
    pub sha256: String,
    /// How many bytes it has.
    pub size: u64,
    /// Who may read it, at most: `0600` or `0644`.
    #[serde(with = "octal")]
    pub mode: Mode,
    /// The programs of the host that read it.
    pub readers: Vec<Component>,
}

impl Manifest {
    /// Reads a manifest and checks all that it says of itself; the error is the rule it breaks.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let shorten =
            |error: serde_json::Error| -> String { error.to_string().chars().take(200).collect() };
        // The version first: a later one may have other fields.
        let Version { format } = serde_json::from_slice(text).map_err(shorten)?;
        if format != FORMAT {
            return Err(format!("its format is {format}, and this kubepki reads {FORMAT}"));
        }
        let manifest: Self = serde_json::from_slice(text).map_err(shorten)?;
        match manifest.defect() {
            None => Ok(manifest),
            Some(defect) => Err(defect),
        }
    }

    /// The text of it, one field a line.
    pub fn text(&self) -> String {
        // Strings and numbers always have a form in JSON; the error cannot happen.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// What machines know the key by that signed it.
    pub fn fingerprint(&self) -> String {
        signature::fingerprint(&self.signer)
    }

    pub(crate) fn defect(&self) -> Option<String> {
        if self.files.len() > MOST_FILES {
            return Some(format!("it lists more than {MOST_FILES} files"));
        }
        let is_name = |name: &str| {
            !name.is_empty()
                && name.len() <= 253
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        };
        if !is_name(&self.cluster) || !is_name(&self.host) {
            return Some("the name of its cluster or host is invalid".to_owned());
        }
        if signature::public_key(&self.signer).is_none() {
            return Some("its signer is no Ed25519 key".to_owned());
        }
        if !self.authorities.iter().all(|digest| is_digest(digest)) {
            return Some("the digest of an authority is invalid".to_owned());
        }
        let mut seen = BTreeSet::new();
        let listed = self.files.iter().find_map(|file| {
            let path = file.path.as_str();
            let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"-._/".contains(&b);
            let defect = if !path.bytes().all(is_plain) {
                "has a character other than letters, digits, `-`, `.`, `_` and `/`"
            } else if !is_below_folders(path) {
                "lies in no folder of Kubernetes or etcd"
            } else if !is_digest(&file.sha256) {
                "has an invalid digest"
            } else if file.size > MAX_FILE_SIZE {
                "is larger than 1 MiB"
            } else if !seen.insert(path) {
                "is listed twice"
            } else {
                return None;
            };
            Some(format!("`{path}` {defect}"))
        });
        listed.or_else(|| match self.shape.stranger(&self.host, &self.files) {
            Ok(None) => None,
            Ok(Some(file)) => {
                let ManifestFile { path, name, .. } = file;
                Some(format!("`{path}` is no place of `{name}` on a host of its kind"))
            }
            Err(reason) => Some(reason.to_owned()),
        })
    }
}

/// The digests of the certificates in these PEM texts, sorted.
pub(crate) fn authorities<'a>(
    texts: impl Iterator<Item = &'a [u8]>,
) -> Result<Vec<String>, kubepki_ca::Error> {
    let mut digests = BTreeSet::new();
    for text in texts {
        digests.extend(Certificate::all_from_pem(text)?.iter().map(|one| digest(one.der())));
    }
    Ok(digests.into_iter().collect())
}

/// The SHA-256 of some bytes as hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A mode as it stands in a manifest: `0600`.
pub fn octal(mode: Mode) -> String {
    format!("{:04o}", mode.bits())
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

/// A bundle cannot reach `/etc/passwd`.
fn is_below_folders(path: &str) -> bool {
    HOST_FOLDERS.iter().any(|folder| {
        path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') && rest.len() > 1)
    })
}

mod octal {
    //! A mode as text, because JSON has no octal numbers.

    use kubepki_cluster::store::Mode;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(mode: &Mode, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::octal(*mode))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Mode, D::Error> {
        match String::deserialize(from)?.as_str() {
            "0600" => Ok(Mode::Private),
            "0644" => Ok(Mode::Public),
            _ => Err(D::Error::custom("a mode is neither 0600 nor 0644")),
        }
    }
}
