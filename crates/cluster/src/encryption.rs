//! The file of `--encryption-provider-config`: which keys encrypt Secrets in etcd. Shows no key to
//! anybody, reads no clock and no file.

mod files;
mod parse;
mod rotation;

use std::fmt;

use base64::{Engine, engine::general_purpose::STANDARD};
use ring::rand::{SecureRandom, SystemRandom};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{spec::EncryptionProvider, token::NoRandom};
pub use files::{EncryptionFiles, EncryptionFilesError};
pub use parse::EncryptionError;
pub use rotation::{Phase, RotationError, RotationStep};

/// An `EncryptionConfiguration` as kubepki makes them: keys of one or more providers for one list
/// of resources, and what is stored in the clear readable at the end.
#[derive(PartialEq, Eq)]
pub struct EncryptionConfig {
    /// What is encrypted, such as `secrets`.
    resources: Vec<String>,
    /// The first one writes; all of them read. Never empty.
    keys: Vec<EncryptionKey>,
    /// Whether what is in the clear can be read too.
    identity: bool,
}

/// The public half of a key: what encrypts, and by which name etcd's records know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyName {
    /// The provider.
    pub provider: EncryptionProvider,
    /// The name, which stands before each record in etcd.
    pub name: String,
}

#[derive(PartialEq, Eq)]
struct EncryptionKey {
    id: KeyName,
    secret: Zeroizing<Vec<u8>>,
}

impl EncryptionConfig {
    /// A configuration with one new key, for Secrets.
    ///
    /// # Errors
    /// [`NoRandom`] when the operating system gives no random bytes.
    pub fn generate(provider: EncryptionProvider) -> Result<Self, NoRandom> {
        let keys = vec![EncryptionKey::generate(provider, "key1".to_owned())?];
        Ok(Self { resources: vec!["secrets".to_owned()], keys, identity: true })
    }

    /// The names of its keys; the first one writes.
    pub fn keys(&self) -> impl Iterator<Item = &KeyName> {
        self.keys.iter().map(|key| &key.id)
    }

    /// What is encrypted, such as `secrets`.
    pub fn resources(&self) -> &[String] {
        &self.resources
    }

    /// The text of the file. `identity` comes last: what is in the clear stays readable, and
    /// nothing is written so.
    pub fn to_yaml(&self) -> Zeroizing<String> {
        // Reserved in full, so that no reallocation leaves a copy of a key behind.
        let names: usize = self.keys.iter().map(|key| key.id.name.len()).sum();
        let resources: usize = self.resources.iter().map(|resource| resource.len() + 16).sum();
        let mut text =
            Zeroizing::new(String::with_capacity(512 + resources + names + 256 * self.keys.len()));
        text.push_str(HEAD);
        for resource in &self.resources {
            text.push_str("      - ");
            text.push_str(resource);
            text.push('\n');
        }
        text.push_str("    providers:\n");
        let mut before = None;
        for EncryptionKey { id, secret } in &self.keys {
            if before != Some(id.provider) {
                text.push_str("      - ");
                text.push_str(id.provider.name());
                text.push_str(":\n          keys:\n");
                before = Some(id.provider);
            }
            let secret = Zeroizing::new(STANDARD.encode(secret.as_slice()));
            text.push_str("            - name: \"");
            text.push_str(&id.name);
            text.push_str("\"\n              secret: \"");
            text.push_str(&secret);
            text.push_str("\"\n");
        }
        if self.identity {
            text.push_str("      - identity: {}\n");
        }
        text
    }
}

impl EncryptionKey {
    /// 32 random bytes, which every provider takes: `secretbox` takes no others.
    fn generate(provider: EncryptionProvider, name: String) -> Result<Self, NoRandom> {
        let mut secret = Zeroizing::new(vec![0_u8; 32]);
        SystemRandom::new().fill(&mut secret).map_err(|_| NoRandom)?;
        Ok(Self { id: KeyName { provider, name }, secret })
    }
}

impl fmt::Debug for EncryptionConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { resources, keys, identity } = self;
        let keys: Vec<_> = keys.iter().map(|EncryptionKey { id, secret: _ }| id).collect();
        f.debug_struct("EncryptionConfig")
            .field("resources", resources)
            .field("keys", &keys)
            .field("identity", identity)
            .finish()
    }
}

impl fmt::Display for KeyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.provider)
    }
}

const HEAD: &str = "\
# Made by kubepki. Whoever has it can read the Secrets in etcd; without it nobody can.
# Change it with `kubepki rotate encryption-key`.
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources:
";

#[cfg(test)]
mod tests;
