//! What a file holds: any PEM or DER of a PKI, and kubeconfigs. Keeps no secret and opens no file.

mod error;
mod guess;
pub mod pkcs12;
pub mod pkcs7;

use std::sync::Arc;

use kubepki_ca::{Certificate, SigningRequest, UnprovenRequest};
use memchr::memmem;

pub use self::error::{Encoding, ReadError};
use crate::{
    cache::Cache,
    key::{PrivateKey, PublicKey},
    kubeconfig::KubeconfigFile,
    pem::{self, Section},
    revocation::RevocationList,
};

/// The size in bytes above which nothing is read: 1 MiB. The bundle of all public CAs has a quarter.
pub const MAX_SIZE: usize = 1024 * 1024;

/// One thing that a file holds.
#[derive(Clone, Debug)]
pub enum Artifact {
    /// A certificate.
    Certificate(Arc<Certificate>),
    /// A kubeconfig, without its secrets.
    Kubeconfig(Box<KubeconfigFile>),
    /// A PKCS#12 container (RFC 7292), sealed as it came.
    Pkcs12(Vec<u8>),
    /// A PKCS#7 structure (RFC 2315), such as a bundle of certificates, unopened.
    Pkcs7(Vec<u8>),
    /// A private key: its public half, and how it is written down.
    PrivateKey(Box<PrivateKey>),
    /// A public key.
    PublicKey(PublicKey),
    /// A certificate request whose signature holds.
    Request(Box<SigningRequest>),
    /// A list of revoked certificates.
    RevocationList(Box<RevocationList>),
    /// A certificate request whose signature is not shown to be the key's. [`read_each`] alone gives one.
    UnprovenRequest(Box<UnprovenRequest>),
}

impl Artifact {
    /// Returns what it is, in words that fit after "holds".
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Certificate(_) => "a certificate",
            Self::Kubeconfig(_) => "a kubeconfig",
            Self::Pkcs12(_) => "a PKCS#12 container",
            Self::Pkcs7(_) => "a PKCS#7 structure",
            Self::PrivateKey(_) => "a private key",
            Self::PublicKey(_) => "a public key",
            Self::Request(_) => "a certificate request",
            Self::RevocationList(_) => "a revocation list",
            Self::UnprovenRequest(_) => {
                "a certificate request whose signature does not hold or is not verified"
            }
        }
    }
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// One DER structure.
    Der,
    /// A kubeconfig, as YAML or JSON.
    Kubeconfig,
    /// PEM, with a byte order mark in front or without.
    Pem {
        /// Whether there is one, because of which Go passes over the first section.
        byte_order_mark: bool,
        /// Whether a certificate has a label of OpenSSL's, over which Go passes.
        old_label: bool,
    },
}

impl Form {
    /// Tells how the bytes look; `None` for what is nothing of a PKI. They need not be readable.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        if pem::begins_somewhere(text) {
            Some(Self::Pem {
                byte_order_mark: text.len() < bytes.len(),
                old_label: memmem::find(text, b"-----BEGIN X509 CERTIFICATE-----").is_some(),
            })
        } else if guess::looks_like_der(text) {
            Some(Self::Der)
        } else {
            guess::looks_like_kubeconfig(text).then_some(Self::Kubeconfig)
        }
    }
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads everything that the bytes of a file hold, in its order: a PEM text with any number of
/// sections and other text around them, one DER structure, or a kubeconfig.
///
/// Line ends of Windows and a byte order mark are read over. Sections of a PEM text that are no
/// part of a PKI, such as `EC PARAMETERS`, are passed over.
///
/// # Errors
/// [`ReadError::Unknown`] for what is none of these; the others for what is one and cannot be read.
pub fn read(bytes: &[u8]) -> Result<Vec<Artifact>, ReadError> {
    read_with(bytes, &Cache::default())
}

/// Reads like [`read`], but what cannot be read of a PEM text does not keep the rest of it from being
/// read: it is an error in its place. In front of the error of a request whose signature does not hold
/// is the request.
///
/// # Errors
/// What is no PEM text and cannot be read, and a PEM text in which nothing is of a PKI.
pub fn read_each(bytes: &[u8]) -> Result<Vec<Result<Artifact, ReadError>>, ReadError> {
    let is_pem = matches!(Form::of(bytes), Some(Form::Pem { .. }));
    if !is_pem || bytes.len() > MAX_SIZE {
        return match (read(bytes), unproven(bytes)) {
            (Ok(all), _) => Ok(all.into_iter().map(Ok).collect()),
            (Err(error), Some(request)) => Ok(vec![Ok(request), Err(error)]),
            (Err(error), None) => Err(error),
        };
    }
    let (cache, mut labels) = (Cache::default(), Vec::new());
    let mut found = Vec::new();
    for section in pem::each(bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)) {
        let section = match section {
            Ok(section) => section,
            Err(error) => {
                found.push(Err(error));
                continue;
            }
        };
        match of_section(&section, &cache) {
            Some(Err(error)) if section.label.ends_with("CERTIFICATE REQUEST") => {
                found.extend(unproven(&section.der).map(Ok));
                found.push(Err(error));
            }
            Some(artifact) => found.push(artifact),
            None => labels.push(section.label),
        }
    }
    match labels.first() {
        Some(label) if found.is_empty() => Err(ReadError::Foreign { label: label.clone() }),
        _ => Ok(found),
    }
}

/// [`read`] for many files: CA certificates that lie in many of them are kept once.
///
/// # Errors
/// As [`read`].
pub fn read_with(bytes: &[u8], cache: &Cache) -> Result<Vec<Artifact>, ReadError> {
    read_as(Form::of(bytes), bytes, cache)
}

/// [`read_with`] for bytes that were looked at before.
///
/// # Errors
/// As [`read`].
pub fn read_as(
    form: Option<Form>,
    bytes: &[u8],
    cache: &Cache,
) -> Result<Vec<Artifact>, ReadError> {
    if bytes.len() > MAX_SIZE {
        return Err(ReadError::TooLarge { limit: MAX_SIZE });
    }
    let text = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err(ReadError::Empty);
    }
    match form {
        Some(Form::Pem { .. }) => {
            let sections = pem::sections(text)?;
            sections.iter().filter_map(|section| of_section(section, cache)).collect()
        }
        Some(Form::Der) => of_der(text, cache).map(|artifact| vec![artifact]),
        Some(Form::Kubeconfig) => {
            let file = KubeconfigFile::read(text, cache)?;
            Ok(vec![Artifact::Kubeconfig(Box::new(file))])
        }
        None => Err(guess::complaint(text)),
    }
}

/// The artifact of a PEM section; `None` for what is no part of a PKI.
fn of_section(section: &Section, cache: &Cache) -> Option<Result<Artifact, ReadError>> {
    let der = section.der.as_slice();
    let artifact = match section.label.as_str() {
        "CERTIFICATE" | "X509 CERTIFICATE" => cache.certificate(der).map(Artifact::Certificate),
        "TRUSTED CERTIFICATE" => {
            Err(ReadError::malformed("certificate", "it has OpenSSL's trust settings"))
        }
        "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => request(der),
        "PKCS7" | "CMS" => Ok(Artifact::Pkcs7(der.to_vec())),
        "X509 CRL" => RevocationList::from_der(der).map(Box::new).map(Artifact::RevocationList),
        "PUBLIC KEY" => PublicKey::from_spki(der).map(Artifact::PublicKey),
        "RSA PUBLIC KEY" => Ok(Artifact::PublicKey(PublicKey::from_pkcs1(der)?)),
        label if label.ends_with("PRIVATE KEY") => {
            let key = PrivateKey::from_section(label, der, section.is_encrypted)?;
            key.map(Box::new).map(Artifact::PrivateKey)
        }
        _ => return None,
    };
    Some(artifact.map_err(|error| error.at_line(section.line)))
}

/// The artifact of one DER structure, whichever it is.
fn of_der(der: &[u8], cache: &Cache) -> Result<Artifact, ReadError> {
    guess::check_whole(der)?;
    // The certificate last: its error is the one to show for what looks like none of them.
    if let Some(key) = PrivateKey::from_der(der) {
        return key.map(Box::new).map(Artifact::PrivateKey);
    }
    if let Ok(key) = PublicKey::from_spki(der) {
        return Ok(Artifact::PublicKey(key));
    }
    if guess::looks_like_pkcs12(der) {
        return Ok(Artifact::Pkcs12(der.to_vec()));
    }
    if pkcs7::looks_like_one(der) {
        return Ok(Artifact::Pkcs7(der.to_vec()));
    }
    if let Ok(list) = RevocationList::from_der(der) {
        return Ok(Artifact::RevocationList(Box::new(list)));
    }
    if guess::looks_like_request(der) {
        return request(der);
    }
    cache.certificate(der).map(Artifact::Certificate)
}

/// A request of which nothing is wrong but the signature.
fn unproven(der: &[u8]) -> Option<Artifact> {
    let request = UnprovenRequest::from_der(der).ok()?;
    Some(Artifact::UnprovenRequest(Box::new(request)))
}

fn request(der: &[u8]) -> Result<Artifact, ReadError> {
    let request = SigningRequest::from_der(der);
    let request = request.map_err(|error| ReadError::of_parser("certificate request", &error));
    request.map(Box::new).map(Artifact::Request)
}

#[cfg(test)]
mod tests;
