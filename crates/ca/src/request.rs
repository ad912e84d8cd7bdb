//! Certificate requests (PKCS#10, RFC 2986): read with distrust, or made. Only the key of one is
//! ever a fact; everything else is a wish.

mod create;
mod extensions;
mod key;
mod signature;
mod subject;

use rustls_pki_types::pem::SectionKind;

use crate::{
    Error, PublicKey,
    der::{self, Reader},
    pem,
};

pub(crate) use signature::choose as signature_algorithm;

pub use extensions::{RequestedExtension, RequestedName, Wish};
pub use subject::{AttributeType, RequestedAttribute, RequestedSubject, StringType};

/// A certificate request whose own signature has been checked: the sender holds the key, and the
/// key is none of the weak ones.
#[derive(Clone, Debug)]
pub struct SigningRequest {
    der: Vec<u8>,
    public_key: PublicKey,
    subject: RequestedSubject,
    extensions: Vec<RequestedExtension>,
    /// Attributes other than extensions, by their object identifiers.
    attributes: Vec<String>,
}

impl SigningRequest {
    /// The size in bytes above which no request is read, as PEM or as DER: 64 KiB. A real one with
    /// a hundred names has less than 4 KiB.
    pub const MAX_SIZE: usize = 64 * 1024;

    /// Reads the `CERTIFICATE REQUEST` of a PEM text, of which there is exactly one, and checks it
    /// as [`SigningRequest::from_der`] does. Java's label `NEW CERTIFICATE REQUEST` is read too.
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        check_size(text)?;
        let renamed;
        let text = if contains(text, b"-----BEGIN NEW CERTIFICATE REQUEST-----") {
            let all = String::from_utf8_lossy(text);
            renamed = all.replace(" NEW CERTIFICATE REQUEST-----", " CERTIFICATE REQUEST-----");
            renamed.as_bytes()
        } else {
            text
        };
        let sections = pem::sections(text)?;
        let mut requests = sections.iter().filter(|(kind, _)| *kind == SectionKind::Csr);
        match (requests.next(), requests.next()) {
            (Some((_, der)), None) => Self::from_der(der),
            (Some(_), Some(_)) => {
                Err(Error::malformed("PEM text", "it holds more than one certificate request"))
            }
            (None, _) => {
                let found = pem::describe(text, &sections, "CERTIFICATE REQUEST");
                Err(Error::PemKind { wanted: "CERTIFICATE REQUEST", found })
            }
        }
    }

    /// Reads a DER request and checks its key and its signature.
    ///
    /// # Errors
    /// * [`Error::TooLarge`] above [`SigningRequest::MAX_SIZE`];
    /// * [`Error::UnsupportedKey`] for keys that are weak or not supported: RSA below 2048 bits or
    ///   with another exponent than 65537, curves other than P-256 and P-384, points that are not on
    ///   their curve, Ed25519 points of a small order, and keys in an unusual encoding;
    /// * [`Error::UnsupportedSignature`] for MD5, SHA-1, RSASSA-PSS and what does not fit the key;
    /// * [`Error::Signature`] when the signature is not the key's own;
    /// * [`Error::Malformed`] for everything that is no PKCS#10, and for bytes behind it.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let (request, signed) = Self::read(der)?;
        signature::verify(&request.public_key, signed.algorithm, signed.signature, signed.info)?;
        Ok(request)
    }

    /// Reads all of it but looks at no signature.
    fn read(der: &[u8]) -> Result<(Self, Signed<'_>), Error> {
        check_size(der)?;
        let mut reader = Reader::new(der, WHAT);
        let mut outer = reader.inside(der::SEQUENCE)?;
        reader.end()?;
        let info = outer.tagged(der::SEQUENCE)?;
        let algorithm = outer.tagged(der::SEQUENCE)?;
        let signature = outer.tagged(der::BIT_STRING)?;
        outer.end()?;

        let mut fields = Reader::new(info.content, WHAT);
        if fields.tagged(der::INTEGER)?.content != [0] {
            return Err(fields.malformed("its version is not 1"));
        }
        let subject = RequestedSubject::read(fields.tagged(der::SEQUENCE)?.content)?;
        let public_key = PublicKey::from_spki(fields.tagged(der::SEQUENCE)?.raw)?;
        key::check(&public_key)?;
        let (extensions, attributes) = match fields.optional(ATTRIBUTES)? {
            Some(attributes) => extensions::read(attributes.content)?,
            None => (Vec::new(), Vec::new()),
        };
        fields.end()?;

        let signed =
            Signed { algorithm: algorithm.content, signature: signature.content, info: info.raw };
        Ok((Self { der: der.to_vec(), public_key, subject, extensions, attributes }, signed))
    }

    /// The key that the request is for.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The subject that was asked for, as it was written.
    pub const fn requested_subject(&self) -> &RequestedSubject {
        &self.subject
    }

    /// The extensions that were asked for, in their order.
    pub fn requested_extensions(&self) -> &[RequestedExtension] {
        &self.extensions
    }

    /// The names that were asked for, of all kinds.
    pub fn requested_names(&self) -> impl Iterator<Item = &RequestedName> {
        self.extensions.iter().flat_map(|extension| match &extension.wish {
            Wish::SubjectAltName(names) => names.as_slice(),
            _ => &[],
        })
    }

    /// The attributes other than extensions, such as a challenge password, by their object
    /// identifiers.
    pub fn other_attributes(&self) -> &[String] {
        &self.attributes
    }

    /// The DER bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The request as PEM, under the label that the Kubernetes API wants.
    pub fn to_pem(&self) -> String {
        pem::write("CERTIFICATE REQUEST", &self.der).to_string()
    }
}

/// What a signature is over, and how it is made.
struct Signed<'a> {
    algorithm: &'a [u8],
    signature: &'a [u8],
    info: &'a [u8],
}

/// A request whose signature does not hold, or is of a kind that is not taken: for showing, and for no decision.
#[derive(Clone, Debug)]
pub struct UnprovenRequest {
    public_key: PublicKey,
    subject: RequestedSubject,
    extensions: Vec<RequestedExtension>,
}

impl UnprovenRequest {
    /// Reads a DER request of which nothing is wrong but the signature.
    ///
    /// # Errors
    /// Those of [`SigningRequest::from_der`], but for those of the signature.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let (SigningRequest { public_key, subject, extensions, .. }, _) =
            SigningRequest::read(der)?;
        Ok(Self { public_key, subject, extensions })
    }

    /// The key that the request names, which its sender may not have.
    pub const fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// The subject that was asked for, as it was written.
    pub const fn requested_subject(&self) -> &RequestedSubject {
        &self.subject
    }

    /// The extensions that were asked for, in their order.
    pub fn requested_extensions(&self) -> &[RequestedExtension] {
        &self.extensions
    }
}

const WHAT: &str = "certificate request";

/// `[0] IMPLICIT SET OF Attribute`.
const ATTRIBUTES: u8 = 0xa0;

fn check_size(bytes: &[u8]) -> Result<(), Error> {
    let limit = SigningRequest::MAX_SIZE;
    if bytes.len() > limit { Err(Error::TooLarge { what: WHAT, limit }) } else { Ok(()) }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}
