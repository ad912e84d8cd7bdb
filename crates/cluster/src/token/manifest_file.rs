//! Reads a bootstrap token back from the manifest that was made for it. Quotes nothing of it in an
//! error: it could be the token.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer};
use serde_yaml::Value;
use zeroize::Zeroizing;

use super::{BootstrapGroup, BootstrapToken, NoRandom, binding_texts};
use crate::{catalog::Connection, spec::too_deep_brackets};

/// A bootstrap token, and until when an apiserver takes it.
#[derive(Debug)]
pub struct BootstrapTokenFile {
    /// The token.
    pub token: BootstrapToken,
    /// When it expires.
    pub expires: Timestamp,
}

/// Why a file is no manifest of a bootstrap token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not the Secret of a bootstrap token and the bindings that kubepki made")]
pub struct BootstrapTokenError;

impl BootstrapTokenFile {
    /// A new token.
    pub(crate) fn generate(now: Timestamp) -> Result<Self, NoRandom> {
        let expires = now.checked_add(super::BOOTSTRAP_LIFETIME).unwrap_or(Timestamp::MAX);
        Ok(Self { token: BootstrapToken::generate()?, expires })
    }

    /// Reads a manifest of at most 1 MiB.
    ///
    /// # Errors
    /// [`BootstrapTokenError`] when it does not begin with a Secret of a bootstrap token with an
    /// expiration, or the bindings do not follow.
    pub fn parse(text: &[u8]) -> Result<Self, BootstrapTokenError> {
        const LARGEST: usize = 1 << 20;
        let text = std::str::from_utf8(text).map_err(|_| BootstrapTokenError)?;
        if text.len() > LARGEST || too_deep_brackets(text).is_some() {
            return Err(BootstrapTokenError);
        }
        let mut documents = serde_yaml::Deserializer::from_str(text);
        let first = documents.next().ok_or(BootstrapTokenError)?;
        let raw = RawSecret::deserialize(first).map_err(|_| BootstrapTokenError)?;
        let RawData { token_id, token_secret, expiration } = raw.string_data;
        let is_plain = |text: &str, length| {
            let is_part = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
            text.len() == length && text.bytes().all(is_part)
        };
        let is_secret =
            raw.kind == "Secret" && raw.kind_of_secret == "bootstrap.kubernetes.io/token";
        if !is_secret || !is_plain(&token_id, 6) || !is_plain(&token_secret.0, 16) {
            return Err(BootstrapTokenError);
        }
        let expires = expiration.parse().map_err(|_| BootstrapTokenError)?;
        // A file that is cut off behind the Secret would join no node.
        let all: Result<Vec<_>, _> = documents.map(Value::deserialize).collect();
        if all.ok() != Some(bindings()) {
            return Err(BootstrapTokenError);
        }
        Ok(Self { token: BootstrapToken { id: token_id, secret: token_secret.0 }, expires })
    }

    /// The manifest.
    pub(crate) fn manifest(&self) -> Zeroizing<String> {
        self.token.manifest(&[BootstrapGroup::default()], self.expires)
    }

    /// The kubeconfig with the token.
    pub(crate) fn kubeconfig(&self, connection: &Connection, ca: &str) -> Zeroizing<String> {
        self.token.kubeconfig_for(&connection.cluster, &connection.server, ca)
    }
}

/// The documents that follow the Secret.
fn bindings() -> Vec<Value> {
    let texts: String = binding_texts().collect();
    let documents = serde_yaml::Deserializer::from_str(&texts);
    documents.filter_map(|document| Value::deserialize(document).ok()).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSecret {
    kind: String,
    #[serde(rename = "type")]
    kind_of_secret: String,
    string_data: RawData,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct RawData {
    token_id: String,
    token_secret: Hidden,
    expiration: String,
}

struct Hidden(Zeroizing<String>);

impl<'de> Deserialize<'de> for Hidden {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_is_read_back() {
        let now = Timestamp::constant(1_800_000_000, 0);
        // Digits alone, which YAML takes for a number unless they are quoted.
        for (id, secret) in [("abcdef", "0123456789abcdef"), ("012345", "1234567890123456")] {
            let token =
                BootstrapToken { id: id.to_owned(), secret: Zeroizing::new(secret.to_owned()) };
            let made = BootstrapTokenFile { token, expires: now };
            let found = BootstrapTokenFile::parse(made.manifest().as_bytes()).unwrap();
            assert_eq!((found.token.id(), found.expires), (id, now));
            assert_eq!(*found.token.secret, secret);
        }
    }

    #[test]
    fn what_is_no_token_is_refused() {
        let made = BootstrapTokenFile::generate(Timestamp::UNIX_EPOCH).unwrap().manifest();
        for (was, now) in [
            ("kind: Secret", "kind: ConfigMap"),
            ("bootstrap.kubernetes.io/token", "Opaque"),
            ("token-secret: \"", "token-secret: \"A"),
            ("expiration: \"", "expiration: \"soon "),
            ("  expiration:", "  expires:"),
            ("apiVersion", "["),
            ("system:node-bootstrapper", "cluster-admin"),
        ] {
            let text = made.replacen(was, now, 1);
            assert_ne!(text, *made, "{was}");
            assert!(BootstrapTokenFile::parse(text.as_bytes()).is_err(), "{was}");
        }
        for length in made.find("---").unwrap()..made.len() - 1 {
            assert!(BootstrapTokenFile::parse(&made.as_bytes()[..length]).is_err(), "{length}");
        }
        for bad in [&b""[..], b"\xff", b"- 1", &[b'['; 9000]] {
            assert!(BootstrapTokenFile::parse(bad).is_err());
        }
    }
}
