//! A CA's key that was opened: it signs, and it never shows.

use std::fmt;

use kubepki_ca::{PublicKey, Signature, SignatureAlgorithm, Signer, SignerError};
use zeroize::Zeroizing;

/// The private key of a CA, ready to sign. [`Keys`](crate::Keys) makes it, and nothing else can.
pub struct AuthorityKey(Box<dyn Signer>);

impl AuthorityKey {
    pub(crate) fn new(signer: impl Signer + 'static) -> Self {
        Self(Box::new(signer))
    }
}

impl Signer for AuthorityKey {
    fn public_key(&self) -> &PublicKey {
        self.0.public_key()
    }

    fn sign(&self, tbs: &[u8], algorithm: SignatureAlgorithm) -> Result<Signature, SignerError> {
        self.0.sign(tbs, algorithm)
    }
}

/// Shows the public half alone.
impl fmt::Debug for AuthorityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AuthorityKey").field(self.public_key()).finish()
    }
}

/// A key that was just made.
pub struct NewKey {
    /// The key.
    pub key: AuthorityKey,
    /// What its file has to hold, as PEM; the caller writes it with mode 0600. `None` for a key that
    /// is in no file.
    pub file: Option<Zeroizing<Vec<u8>>>,
}

impl fmt::Debug for NewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, file: _ } = self;
        f.debug_struct("NewKey").field("key", key).finish_non_exhaustive()
    }
}
