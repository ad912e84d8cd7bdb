//! Reads an `EncryptionConfiguration`. Takes no file that it could not write again, and quotes
//! nothing of a file in an error: it could be a key.

use std::collections::{BTreeMap, HashSet};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, de::IgnoredAny};
use zeroize::Zeroizing;

use super::{EncryptionConfig, EncryptionKey, KeyName};
use crate::spec::{EncryptionProvider, too_deep_brackets};

/// Why a file is no configuration that kubepki can look after.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EncryptionError {
    /// A name occurs twice.
    #[error("two keys have the name `{name}`")]
    DuplicateName {
        /// The name.
        name: String,
    },
    /// What is written now is stored in the clear, or another provider follows `identity`.
    #[error("`identity` is not the last provider, so nothing new is encrypted with what follows")]
    IdentityNotLast,
    /// A key has a length that its provider refuses.
    #[error("the key `{name}` has {octets} octets, which `{provider}` does not take")]
    KeyLength {
        /// The key's name.
        name: String,
        /// Its provider.
        provider: EncryptionProvider,
        /// Its length.
        octets: usize,
    },
    /// A name cannot stand in etcd's records.
    #[error("the name of key {position} is not of letters, digits, `.`, `_` and `-`")]
    Name {
        /// Which key of its provider, from 1.
        position: usize,
    },
    /// There is no key at all.
    #[error("it has no key")]
    NoKey,
    /// It is not base64.
    #[error("the key `{name}` is no base64")]
    NotBase64 {
        /// The key's name.
        name: String,
    },
    /// It says more than one thing of more than one list of resources, or has another provider.
    #[error("{what}, which kubepki does not make")]
    Other {
        /// What it has.
        what: &'static str,
    },
    /// It is no YAML of this kind.
    #[error("it is no EncryptionConfiguration of apiserver.config.k8s.io/v1{}", at(*.line))]
    Syntax {
        /// The line, where it is known.
        line: Option<usize>,
    },
    /// It is larger than any such file.
    #[error("it is larger than 1 MiB")]
    TooLarge,
}

fn at(line: Option<usize>) -> String {
    line.map(|line| format!(" (line {line})")).unwrap_or_default()
}

impl EncryptionConfig {
    /// Reads the text of a file, of at most 1 MiB.
    ///
    /// # Errors
    /// [`EncryptionError`]; nothing of the file is in it but names of keys.
    pub fn parse(text: &[u8]) -> Result<Self, EncryptionError> {
        const LARGEST: usize = 1 << 20;
        if text.len() > LARGEST {
            return Err(EncryptionError::TooLarge);
        }
        let syntax = |line| EncryptionError::Syntax { line };
        let text = std::str::from_utf8(text).map_err(|_| syntax(None))?;
        if let Some((line, _)) = too_deep_brackets(text) {
            return Err(syntax(Some(line)));
        }
        let raw: RawConfig = serde_yaml::from_str(text)
            .map_err(|error| syntax(error.location().map(|at| at.line())))?;
        if raw.api_version != "apiserver.config.k8s.io/v1" || raw.kind != "EncryptionConfiguration"
        {
            return Err(syntax(None));
        }
        let other = |what| EncryptionError::Other { what };
        let [list] = <[RawResources; 1]>::try_from(raw.resources)
            .map_err(|_| other("it has more than one list of resources, or none"))?;
        let RawResources { resources, providers } = list;
        // `*.*`, `*.apps` and `secrets` are among them; nothing that needs quotes is.
        let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b);
        let is_plain = |it: &String| {
            it.bytes().all(is_part) && it.starts_with(|c: char| c.is_ascii_lowercase())
        };
        if resources.is_empty() || !resources.iter().all(is_plain) {
            return Err(other("its list of resources is empty or has wildcards"));
        }
        let (keys, identity) = understand(providers)?;
        Ok(Self { resources, keys, identity })
    }
}

fn understand(
    providers: Vec<BTreeMap<String, RawProvider>>,
) -> Result<(Vec<EncryptionKey>, bool), EncryptionError> {
    let (mut keys, mut identity) = (Vec::new(), false);
    let mut names = HashSet::new();
    for provider in providers {
        if identity {
            return Err(EncryptionError::IdentityNotLast);
        }
        let mut named = provider.into_iter();
        let (Some((name, raw)), None) = (named.next(), named.next()) else {
            return Err(EncryptionError::Syntax { line: None });
        };
        if name == "identity" {
            identity = true;
            continue;
        }
        let provider: EncryptionProvider = name
            .parse()
            .map_err(|_| EncryptionError::Other { what: "it has a provider such as `kms`" })?;
        for (index, key) in raw.keys.into_iter().enumerate() {
            let key = understand_key(provider, key, index + 1)?;
            if !names.insert(key.id.name.clone()) {
                return Err(EncryptionError::DuplicateName { name: key.id.name });
            }
            keys.push(key);
        }
    }
    if keys.is_empty() { Err(EncryptionError::NoKey) } else { Ok((keys, identity)) }
}

fn understand_key(
    provider: EncryptionProvider,
    key: RawKey,
    position: usize,
) -> Result<EncryptionKey, EncryptionError> {
    let RawKey { name, secret } = key;
    // A colon ends the name in etcd's records (`k8s:enc:secretbox:v1:key1:`).
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    if name.is_empty() || name.len() > 253 || !name.bytes().all(is_part) {
        return Err(EncryptionError::Name { position });
    }
    let Ok(secret) = STANDARD.decode(secret.0.as_bytes()).map(Zeroizing::new) else {
        return Err(EncryptionError::NotBase64 { name });
    };
    let octets = secret.len();
    if !provider.takes(octets) {
        return Err(EncryptionError::KeyLength { name, provider, octets });
    }
    Ok(EncryptionKey { id: KeyName { provider, name }, secret })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RawConfig {
    api_version: String,
    kind: String,
    resources: Vec<RawResources>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawResources {
    resources: Vec<String>,
    providers: Vec<BTreeMap<String, RawProvider>>,
}

/// A provider with keys, or `identity: {}`, or one that is not read any further.
#[derive(Deserialize)]
struct RawProvider {
    #[serde(default)]
    keys: Vec<RawKey>,
    #[serde(flatten)]
    _other: BTreeMap<String, IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawKey {
    name: String,
    secret: Secret,
}

struct Secret(Zeroizing<String>);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}
