//! Opens keys by their references, and makes new ones. Opens no file itself.

use std::{
    error::Error as StdError,
    fmt,
    path::{Path, PathBuf},
};

use kubepki_ca::{KeyAlgorithm, KeyPair, SignerError, SignerErrorKind};
use zeroize::Zeroizing;

use crate::{AuthorityKey, KeyRef, NewKey};

/// The files that keys may be in. A closure over a path is one.
pub trait KeyFiles {
    /// Reads a file; `None` if there is none.
    ///
    /// # Errors
    /// Whatever stands against reading a file that is there.
    fn read(
        &self,
        path: &Path,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Box<dyn StdError + Send + Sync>>;
}

impl<F> KeyFiles for F
where
    F: Fn(&Path) -> Result<Option<Zeroizing<Vec<u8>>>, Box<dyn StdError + Send + Sync>>,
{
    fn read(
        &self,
        path: &Path,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, Box<dyn StdError + Send + Sync>> {
        self(path)
    }
}

/// The one way to the private keys of CAs.
pub struct Keys<'a> {
    files: &'a dyn KeyFiles,
}

impl<'a> Keys<'a> {
    /// Keys that are in these files.
    pub const fn new(files: &'a dyn KeyFiles) -> Self {
        Self { files }
    }

    /// Opens a key. It is read, and signs nothing yet; its first signature is verified.
    ///
    /// # Errors
    /// [`SignerErrorKind::NoSuchKey`] if there is no file, [`SignerErrorKind::Unreadable`] if it cannot
    /// be read or holds no key that signs, [`SignerErrorKind::Locked`] if it has a passphrase.
    pub fn open(&self, key: &KeyRef) -> Result<AuthorityKey, SignerError> {
        let unreadable = |source| SignerError::caused_by(SignerErrorKind::Unreadable, source);
        match key {
            KeyRef::File(path) => match self.files.read(path).map_err(unreadable)? {
                None => Err(SignerError::caused_by(
                    SignerErrorKind::NoSuchKey,
                    NoFile { path: path.clone() },
                )),
                Some(pem) => match KeyPair::from_pem(&pem) {
                    Ok(key) => Ok(AuthorityKey::new(key)),
                    Err(error) if is_encrypted(&pem) => {
                        Err(SignerError::caused_by(SignerErrorKind::Locked, error))
                    }
                    Err(error) => Err(unreadable(error.into())),
                },
            },
        }
    }

    /// Makes a new key where the reference says, and tests it. What is in a file is made in memory:
    /// the caller writes it, in one transaction with the certificate.
    ///
    /// # Errors
    /// [`SignerErrorKind::Failed`] when the system gives no random bytes or the key fails its test,
    /// [`SignerErrorKind::Refused`] when no key of this algorithm can be made.
    pub fn generate(key: &KeyRef, algorithm: KeyAlgorithm) -> Result<NewKey, SignerError> {
        match key {
            KeyRef::File(_) => {
                let key = KeyPair::generate(algorithm)
                    .map_err(|error| SignerError::caused_by(SignerErrorKind::Failed, error))?;
                let file = Zeroizing::new(key.to_pem().as_bytes().to_vec());
                Ok(NewKey { key: AuthorityKey::new(key), file: Some(file) })
            }
        }
    }
}

impl fmt::Debug for Keys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

/// Whether the file holds a key with a passphrase: PKCS#8 (RFC 5958, 3), or OpenSSL's old form with
/// its header `Proc-Type: 4,ENCRYPTED` (RFC 1421, 4.6.1.1).
fn is_encrypted(pem: &[u8]) -> bool {
    let has = |text: &[u8]| pem.windows(text.len()).any(|window| window == text);
    has(b"-----BEGIN ENCRYPTED PRIVATE KEY-----") || has(b"Proc-Type: 4,ENCRYPTED")
}

/// There is no file at the path.
#[derive(Debug)]
struct NoFile {
    path: PathBuf,
}

impl fmt::Display for NoFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` does not exist", self.path.display())
    }
}

impl StdError for NoFile {}

#[cfg(test)]
mod tests {
    use kubepki_ca::{SignatureAlgorithm, Signer};

    use super::*;

    fn open(contents: Option<&str>) -> Result<AuthorityKey, SignerError> {
        let contents = contents.map(|text| Zeroizing::new(text.as_bytes().to_vec()));
        let files = |path: &Path| Ok(contents.clone().filter(|_| path == Path::new("ca.key")));
        Keys::new(&files).open(&KeyRef::File("ca.key".into()))
    }

    #[test]
    fn a_new_key_is_the_one_that_its_file_opens() {
        let new = Keys::generate(&KeyRef::File("ca.key".into()), KeyAlgorithm::Ed25519).unwrap();
        let file = new.file.unwrap();
        let opened = open(Some(std::str::from_utf8(&file).unwrap())).unwrap();
        assert_eq!(opened.public_key(), new.key.public_key());
        let signature = opened.sign(b"message", SignatureAlgorithm::Ed25519).unwrap();
        new.key.public_key().verify(b"message", signature.as_bytes()).unwrap();
    }

    #[test]
    fn each_way_to_fail_has_its_kind() {
        let locked =
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAAA\n-----END ENCRYPTED PRIVATE KEY-----\n";
        for (contents, kind) in [
            (None, SignerErrorKind::NoSuchKey),
            (Some(""), SignerErrorKind::Unreadable),
            (
                Some("-----BEGIN PRIVATE KEY-----\nMAAA\n-----END PRIVATE KEY-----\n"),
                SignerErrorKind::Unreadable,
            ),
            (Some(locked), SignerErrorKind::Locked),
        ] {
            let error = open(contents).unwrap_err();
            assert_eq!(error.kind(), kind, "{contents:?}");
            assert!(error.source().is_some());
        }
        let files = |_: &Path| Err("permission denied".into());
        let error = Keys::new(&files).open(&KeyRef::File("ca.key".into())).unwrap_err();
        assert_eq!(error.kind(), SignerErrorKind::Unreadable);
        assert_eq!(error.source().unwrap().to_string(), "permission denied");
    }

    #[test]
    fn nothing_of_a_key_shows() {
        let new = Keys::generate(&KeyRef::File("ca.key".into()), KeyAlgorithm::EcdsaP256).unwrap();
        let shown = format!("{new:?}");
        assert!(shown.starts_with("NewKey { key: AuthorityKey(PublicKey(ecdsa-p256"), "{shown}");
        assert!(!shown.contains("PRIVATE"), "{shown}");
    }
}
