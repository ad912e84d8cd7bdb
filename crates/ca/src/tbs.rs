//! The to-be-signed bytes: rcgen's template with our own issuer and subject Names, and the
//! signed certificate around them. docs/design/0002-names-are-ours.md says why.

use std::cell::RefCell;

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyUsagePurpose, PublicKeyData, SerialNumber,
    SigningKey,
};
use time::OffsetDateTime;

use crate::{
    Error, ExtendedKeyUsage, KeyAlgorithm, KeyUsage, Profile, PublicKey, SignatureAlgorithm,
    SubjectAltName, Template,
    der::{self, Value},
};

/// What a certificate takes over from its issuer.
pub(crate) struct IssuerFields<'a> {
    /// The issuer's subject Name, encoded.
    pub(crate) name: &'a [u8],
    /// The issuer's subject key identifier.
    pub(crate) key_identifier: &'a [u8],
    /// How the issuer signs.
    pub(crate) algorithm: SignatureAlgorithm,
}

/// Encodes the TBSCertificate (RFC 5280, 4.1).
pub(crate) fn encode(
    template: &Template,
    key: &PublicKey,
    issuer: &IssuerFields<'_>,
    serial: &[u8],
) -> Result<Vec<u8>, Error> {
    let subject = template.subject.to_der()?;
    let params = params(template, key, serial)?;
    let mut issuer_params = CertificateParams::default();
    issuer_params.key_identifier_method = KeyIdMethod::PreSpecified(issuer.key_identifier.to_vec());
    let capture = Capture { algorithm: rcgen_algorithm(issuer.algorithm), tbs: RefCell::default() };
    let unbuildable = |error: rcgen::Error| Error::malformed("template", error);
    params
        .signed_by(&Subject(key), &rcgen::Issuer::from_params(&issuer_params, &capture))
        .map_err(unbuildable)?;
    with_names(&capture.tbs.into_inner(), issuer.name, &subject)
}

/// Puts the signature behind the TBS bytes: the certificate (RFC 5280, 4.1.1).
pub(crate) fn signed(tbs: &[u8], signature: &[u8]) -> Result<Vec<u8>, Error> {
    let algorithm = fields(tbs)?[SIGNATURE_ALGORITHM];
    Ok(yasna::construct_der(|writer| {
        writer.write_sequence(|certificate| {
            certificate.next().write_der(tbs);
            certificate.next().write_der(algorithm);
            certificate.next().write_bitvec_bytes(signature, signature.len() * 8);
        });
    }))
}

/// Positions in a version 3 TBSCertificate: version, serialNumber, signature, issuer, validity,
/// subject, subjectPublicKeyInfo, extensions.
const SIGNATURE_ALGORITHM: usize = 2;
const ISSUER: usize = 3;
const SUBJECT: usize = 5;

fn with_names(tbs: &[u8], issuer: &[u8], subject: &[u8]) -> Result<Vec<u8>, Error> {
    let fields = fields(tbs)?;
    Ok(yasna::construct_der(|writer| {
        writer.write_sequence(|sequence| {
            for (position, field) in fields.iter().enumerate() {
                sequence.next().write_der(match position {
                    ISSUER => issuer,
                    SUBJECT => subject,
                    _ => field,
                });
            }
        });
    }))
}

/// The encoded fields of a TBSCertificate, exactly the eight of version 3 with extensions.
fn fields(tbs: &[u8]) -> Result<[&[u8]; 8], Error> {
    let fields = Value::only(tbs).and_then(|tbs| tbs.fields(der::SEQUENCE));
    let fields = fields.map_err(|flaw| Error::malformed("template", flaw))?;
    Ok(fields.map(|field| field.raw))
}

fn params(template: &Template, key: &PublicKey, serial: &[u8]) -> Result<CertificateParams, Error> {
    let Template { subject: _, subject_alt_names, profile, validity } = template;
    let mut params = CertificateParams::default();
    // A placeholder: rcgen marks the SAN as critical when its own subject is empty.
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "placeholder");
    params.serial_number = Some(SerialNumber::from_slice(serial));
    params.not_before = offset(validity.not_before())?;
    params.not_after = offset(validity.not_after())?;
    params.is_ca = match profile.path_length() {
        Some(depth) => IsCa::Ca(BasicConstraints::Constrained(depth)),
        None => IsCa::ExplicitNoCa,
    };
    params.key_usages = key_usages(profile, key.algorithm());
    params.extended_key_usages = profile.extended_key_usage().iter().filter_map(purpose).collect();
    params.custom_extensions.extend(subject_alt_name(subject_alt_names));
    params.use_authority_key_identifier_extension = true;
    params.key_identifier_method = KeyIdMethod::PreSpecified(key.key_identifier());
    Ok(params)
}

fn offset(time: jiff::Timestamp) -> Result<OffsetDateTime, Error> {
    OffsetDateTime::from_unix_timestamp(time.as_second())
        .map_err(|error| Error::malformed("template", error))
}

/// Our own extension, because rcgen knows four of the nine kinds of names.
fn subject_alt_name(names: &[SubjectAltName]) -> Option<CustomExtension> {
    const SUBJECT_ALT_NAME: &[u64] = &[2, 5, 29, 17];
    let mut names = names.to_vec();
    names.sort();
    names.dedup();
    let content = || SubjectAltName::all_to_der(&names);
    (!names.is_empty()).then(|| CustomExtension::from_oid_content(SUBJECT_ALT_NAME, content()))
}

fn key_usages(profile: &Profile, algorithm: KeyAlgorithm) -> Vec<KeyUsagePurpose> {
    let wanted = profile.key_usage(algorithm);
    [
        (KeyUsage::DIGITAL_SIGNATURE, KeyUsagePurpose::DigitalSignature),
        (KeyUsage::KEY_ENCIPHERMENT, KeyUsagePurpose::KeyEncipherment),
        (KeyUsage::KEY_CERT_SIGN, KeyUsagePurpose::KeyCertSign),
        (KeyUsage::CRL_SIGN, KeyUsagePurpose::CrlSign),
    ]
    .into_iter()
    .filter(|(usage, _)| wanted.contains(*usage))
    .map(|(_, purpose)| purpose)
    .collect()
}

fn purpose(usage: &ExtendedKeyUsage) -> Option<ExtendedKeyUsagePurpose> {
    match usage {
        ExtendedKeyUsage::ClientAuth => Some(ExtendedKeyUsagePurpose::ClientAuth),
        ExtendedKeyUsage::ServerAuth => Some(ExtendedKeyUsagePurpose::ServerAuth),
        // No profile of this crate has another one.
        ExtendedKeyUsage::Any | ExtendedKeyUsage::Other(_) => None,
    }
}

const fn rcgen_algorithm(algorithm: SignatureAlgorithm) -> &'static rcgen::SignatureAlgorithm {
    match algorithm {
        SignatureAlgorithm::EcdsaSha256 => &rcgen::PKCS_ECDSA_P256_SHA256,
        SignatureAlgorithm::EcdsaSha384 => &rcgen::PKCS_ECDSA_P384_SHA384,
        SignatureAlgorithm::Ed25519 => &rcgen::PKCS_ED25519,
        SignatureAlgorithm::RsaPkcs1Sha256 => &rcgen::PKCS_RSA_SHA256,
    }
}

/// The subject's public key, as rcgen takes it.
struct Subject<'a>(&'a PublicKey);

impl PublicKeyData for Subject<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0.key_bits()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        rcgen_algorithm(self.0.algorithm().signature_algorithm())
    }

    fn subject_public_key_info(&self) -> Vec<u8> {
        self.0.spki().to_vec()
    }
}

/// Takes the bytes rcgen wants signed, and signs nothing.
struct Capture {
    algorithm: &'static rcgen::SignatureAlgorithm,
    tbs: RefCell<Vec<u8>>,
}

impl PublicKeyData for Capture {
    fn der_bytes(&self) -> &[u8] {
        &[]
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        self.algorithm
    }
}

impl SigningKey for Capture {
    fn sign(&self, tbs: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        self.tbs.replace(tbs.to_vec());
        Ok(Vec::new())
    }
}
