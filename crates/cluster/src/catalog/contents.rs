//! Judges the files of which the spec alone knows what they hold: texts, tokens, and the keys that
//! encrypt Secrets. Quotes nothing of a file: it could be a secret.

use jiff::Timestamp;
use kubepki_ca::Certificate;
use kubepki_kubeconfig::Kubeconfig;
use kubepki_model::Part;

use super::{Catalog, Content, Derivation, Entry, Secret};
use crate::{encryption::EncryptionConfig, store::StorePath, token::BootstrapTokenFile};

/// What is wrong with the contents of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Wrong {
    /// It can be read, and is not what it is made from or what the spec says.
    Differs,
    /// It cannot be read as what it should be: why.
    Unreadable(String),
}

impl Catalog {
    /// The file of an entry that holds no certificate and no key, but a text or a secret of another
    /// kind; none for other entries.
    pub fn plain_file<'a>(&self, entry: &'a Entry) -> Option<&'a StorePath> {
        match &entry.content {
            Content::Secret { path, .. }
            | Content::Derived {
                path,
                from:
                    Derivation::Bootstrap { .. }
                    | Derivation::Copy { part: Part::Configuration, .. }
                    | Derivation::Text(_),
                ..
            } => Some(path),
            _ => None,
        }
    }

    /// What is wrong with a [`Catalog::plain_file`] that is there. Whether a copy is what it was copied
    /// from is not asked.
    pub fn judge_plain_file<'a>(
        &self,
        entry: &Entry,
        contents: impl Fn(&StorePath) -> Option<&'a [u8]>,
    ) -> Option<Wrong> {
        let found = contents(self.plain_file(entry)?)?;
        let differs = |wanted: &[u8]| (found != wanted).then_some(Wrong::Differs);
        match &entry.content {
            Content::Secret { secret, .. } => secret.expiry(found).err().map(Wrong::Unreadable),
            Content::Derived { from: Derivation::Copy { of, .. }, .. } => {
                match &self.entries.get(*of)?.content {
                    Content::Secret { secret, .. } => {
                        secret.expiry(found).err().map(Wrong::Unreadable)
                    }
                    _ => None,
                }
            }
            Content::Derived { from: Derivation::Text(text), .. } => differs(text.as_bytes()),
            Content::Derived { from: Derivation::Bootstrap { connection, source, .. }, .. } => {
                let made = || {
                    let token = BootstrapTokenFile::parse(contents(source)?).ok()?;
                    let ca = match &self.entries.get(connection.ca)?.content {
                        Content::Authority { files, .. } => contents(&files.certificate)?,
                        _ => return None,
                    };
                    let ca = Certificate::from_pem(ca).ok()?;
                    Some(token.kubeconfig(connection, &ca.to_pem()))
                };
                match made() {
                    Some(made) => differs(made.as_bytes()),
                    None => has_token(found).err().map(Wrong::Unreadable),
                }
            }
            _ => None,
        }
    }
}

/// Whether a kubeconfig has a bootstrap token, of 6 and 16 characters, that is not cut off.
fn has_token(kubeconfig: &[u8]) -> Result<(), String> {
    let kubeconfig = Kubeconfig::parse(kubeconfig).map_err(|error| error.to_string())?;
    let mut tokens = kubeconfig.users.iter().filter_map(|it| it.user.token.as_ref());
    let is_whole = tokens.any(|token| {
        token
            .expose()
            .split_once('.')
            .is_some_and(|(id, secret)| (id.len(), secret.len()) == (6, 16))
    });
    is_whole.then_some(()).ok_or_else(|| "it is no kubeconfig with a bootstrap token".to_owned())
}

impl Secret {
    /// Until when the secret in a file is good, or why the file cannot be read as what it should be.
    pub(crate) fn expiry(&self, text: &[u8]) -> Result<Timestamp, String> {
        match self {
            Self::BootstrapToken => BootstrapTokenFile::parse(text)
                .map(|file| file.expires)
                .map_err(|error| error.to_string()),
            Self::EncryptionKeys { .. } => EncryptionConfig::parse(text)
                .map(|_| Timestamp::MAX)
                .map_err(|error| error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_cut_off_is_none() {
        let text = "users:\n- name: a\n  user:\n    token: abcdef.0123456789abcdef\n";
        assert_eq!(has_token(text.as_bytes()), Ok(()));
        for length in 0..text.len() - 1 {
            assert!(has_token(&text.as_bytes()[..length]).is_err(), "{length}");
        }
    }
}
