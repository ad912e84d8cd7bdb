//! Bundles that only their recipient can read, in the format of age. Keeps no key.

use std::io::{Read, Write};

use age::{Decryptor, Encryptor, Identity, IdentityFile, Recipient, ssh, x25519};
use zeroize::Zeroizing;

use crate::{archive::LIMIT, error::SealError};

/// Who can open a sealed bundle.
pub struct SealRecipient(Box<dyn Recipient>);

/// What opens a sealed bundle.
pub struct SealIdentity(Vec<Box<dyn Identity>>);

/// Whether these bytes are an age file.
pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(b"age-encryption.org/") || bytes.starts_with(b"-----BEGIN AGE ENCRYPTED FILE")
}

impl std::str::FromStr for SealRecipient {
    type Err = SealError;

    /// Reads `age1...`, or a line as it stands in `authorized_keys`: `ssh-ed25519 AAAA... comment`.
    fn from_str(text: &str) -> Result<Self, SealError> {
        let text = text.trim();
        let refused = |reason: &'static str| {
            let recipient = text.chars().take(40).flat_map(char::escape_debug).collect();
            SealError::Recipient { recipient, reason }
        };
        if text.starts_with("AGE-SECRET-KEY-") || text.starts_with("-----BEGIN") {
            // Not even in the error.
            let recipient = "...".to_owned();
            let reason = "it is a private key; a recipient is the public half";
            return Err(SealError::Recipient { recipient, reason });
        }
        if text.starts_with("ssh-ed25519 ") {
            return match text.parse::<ssh::Recipient>() {
                Ok(recipient @ ssh::Recipient::SshEd25519(..)) => Ok(Self(Box::new(recipient))),
                _ => Err(refused("it is no public key of ssh")),
            };
        }
        if text.starts_with("ssh-") || text.starts_with("ecdsa-") {
            return Err(refused("of ssh's keys only `ssh-ed25519` is taken"));
        }
        match text.parse::<x25519::Recipient>() {
            Ok(recipient) => Ok(Self(Box::new(recipient))),
            Err(_) => Err(refused("it is neither `age1...` nor `ssh-ed25519 ...`")),
        }
    }
}

impl SealIdentity {
    /// Reads a key file of age, or a private key of ssh that has no passphrase.
    pub fn parse(text: &[u8]) -> Result<Self, SealError> {
        let is_ssh = text.trim_ascii_start().starts_with(b"-----BEGIN");
        if !is_ssh {
            let unreadable = || SealError::Identity { reason: "it is neither age's nor ssh's" };
            let identities = IdentityFile::from_buffer(text)
                .ok()
                .and_then(|file| file.into_identities().ok())
                .filter(|identities| !identities.is_empty())
                .ok_or_else(unreadable)?;
            let boxed = |identity: Box<dyn Identity + Send + Sync>| identity as Box<dyn Identity>;
            return Ok(Self(identities.into_iter().map(boxed).collect()));
        }
        let identity = ssh::Identity::from_buffer(text, None)
            .map_err(|_| SealError::Identity { reason: "it is no private key of ssh" })?;
        match identity {
            ssh::Identity::Encrypted(_) => {
                Err(SealError::Identity { reason: "it is protected by a passphrase" })
            }
            ssh::Identity::Unencrypted(_) if is_ed25519(text) => Ok(Self(vec![Box::new(identity)])),
            _ => Err(SealError::Identity { reason: "of ssh's keys only `ssh-ed25519` is taken" }),
        }
    }
}

/// Whether a private key of OpenSSH is of this kind. RSA is kept out: docs/design/0003-dependencies.md.
fn is_ed25519(text: &[u8]) -> bool {
    // Base64 of `openssh-key-v1`, no cipher, one key of 51 bytes that begins with `ssh-ed25519`.
    const BEGINNING: &[u8] =
        b"b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZWQyNTUxO";
    let body = text.splitn(2, |byte| *byte == b'\n').nth(1).unwrap_or_default();
    let mut body = body.iter().filter(|byte| !byte.is_ascii_whitespace());
    BEGINNING.iter().all(|expected| body.next() == Some(expected))
}

/// Encrypts a bundle to every recipient; the result is another one each time.
pub fn seal(bundle: &[u8], recipients: &[SealRecipient]) -> Result<Vec<u8>, SealError> {
    let recipients = recipients.iter().map(|recipient| &*recipient.0);
    let failed = |_| SealError::Failed;
    let encryptor = Encryptor::with_recipients(recipients).map_err(|_| SealError::Failed)?;
    let mut sealed = Vec::with_capacity(bundle.len() + 4096);
    let mut writer = encryptor.wrap_output(&mut sealed).map_err(failed)?;
    writer.write_all(bundle).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(sealed)
}

/// Decrypts what [`seal`], or `age -r`, has encrypted.
pub fn unseal(sealed: &[u8], identity: &SealIdentity) -> Result<Zeroizing<Vec<u8>>, SealError> {
    if sealed.len() as u64 > LIMIT {
        return Err(SealError::Damaged);
    }
    let decryptor = Decryptor::new_buffered(sealed).map_err(|_| SealError::Damaged)?;
    let mut reader =
        decryptor.decrypt(identity.0.iter().map(|identity| &**identity)).map_err(|error| {
            match error {
                age::DecryptError::NoMatchingKeys => SealError::OtherRecipient,
                _ => SealError::Damaged,
            }
        })?;
    // The clear text is never larger, so it never moves.
    let mut bundle = Zeroizing::new(Vec::with_capacity(sealed.len() + 1));
    reader.read_to_end(&mut bundle).map_err(|_| SealError::Damaged)?;
    Ok(bundle)
}
