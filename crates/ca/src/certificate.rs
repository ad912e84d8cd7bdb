//! A certificate: its DER and the fields that matter here. Holds no private key.

use jiff::Timestamp;
use ring::digest;
use rustls_pki_types::{CertificateDer, pem::SectionKind};
use x509_parser::{
    certificate::X509Certificate,
    der_parser::asn1_rs::FromDer as _,
    error::X509Error,
    extensions::{ParsedExtension, X509Extension},
};

use crate::{
    DistinguishedName, Error, ExtendedKeyUsage, KeyUsage, PublicKey, Subject, SubjectAltName,
    Validity, pem,
};

/// A certificate as somebody signed it. Reading one checks its form, never its signature.
#[derive(Clone, Debug)]
pub struct Certificate {
    der: Vec<u8>,
    tbs: std::ops::Range<usize>,
    subject_name: Vec<u8>,
    issuer_name: Vec<u8>,
    subject: Subject,
    serial: Vec<u8>,
    validity: Validity,
    subject_alt_names: Vec<SubjectAltName>,
    key_usage: Option<KeyUsage>,
    extended_key_usage: Vec<ExtendedKeyUsage>,
    is_ca: bool,
    path_length: Option<u32>,
    spki: Vec<u8>,
    subject_key_identifier: Option<Vec<u8>>,
    signature_algorithm: Vec<u64>,
    authority_key_identifier: Option<Vec<u8>>,
    signature: Vec<u8>,
}

impl Certificate {
    /// Reads one DER certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, Error> {
        let malformed = |reason: String| Error::malformed("certificate", reason);
        let (rest, parsed) =
            X509Certificate::from_der(der).map_err(|error| malformed(reason(&error)))?;
        if !rest.is_empty() {
            return Err(malformed("bytes follow it".to_owned()));
        }
        let tbs_certificate = &parsed.tbs_certificate;
        let tbs_bytes = tbs_certificate.as_ref();
        // The TBS is a slice of `der`: it starts behind the tag and length of the outer SEQUENCE.
        let start = der.windows(tbs_bytes.len()).position(|window| window == tbs_bytes);
        let start = start.ok_or_else(|| malformed("its parts are not in it".to_owned()))?;
        let validity = Validity::new(
            moment(parsed.validity().not_before.timestamp()),
            moment(parsed.validity().not_after.timestamp()),
        )?;
        let mut certificate = Self {
            der: der.to_vec(),
            tbs: start..start + tbs_bytes.len(),
            subject_name: parsed.subject().as_raw().to_vec(),
            issuer_name: parsed.issuer().as_raw().to_vec(),
            subject: Subject::from_name(parsed.subject()),
            serial: parsed.raw_serial().to_vec(),
            validity,
            subject_alt_names: Vec::new(),
            key_usage: None,
            extended_key_usage: Vec::new(),
            is_ca: false,
            path_length: None,
            spki: parsed.public_key().raw.to_vec(),
            subject_key_identifier: None,
            // An identifier with an arc beyond 64 bits is no signature algorithm that is known.
            signature_algorithm: parsed
                .signature_algorithm
                .algorithm
                .iter()
                .map(Iterator::collect)
                .unwrap_or_default(),
            authority_key_identifier: None,
            signature: parsed.signature_value.data.to_vec(),
        };
        for extension in parsed.iter_extensions() {
            let is_read = || KNOWN_TO_GO.contains(&extension.oid.to_id_string().as_str());
            match extension.parsed_extension() {
                // Nobody here looks at what others break, such as the timestamps of public CAs.
                ParsedExtension::ParseError { .. } if !is_read() => {}
                _ => certificate.read_extension(extension)?,
            }
        }
        Ok(certificate)
    }

    /// Reads every certificate of a PEM text, in order; at least one.
    pub fn all_from_pem(text: &[u8]) -> Result<Vec<Self>, Error> {
        let sections = pem::sections(text)?;
        let certificates: Vec<_> = sections
            .iter()
            .filter(|(kind, _)| *kind == SectionKind::Certificate)
            .map(|(_, der)| Self::from_der(der))
            .collect::<Result<_, _>>()?;
        if certificates.is_empty() {
            let found = pem::describe(text, &sections, "CERTIFICATE");
            return Err(Error::PemKind { wanted: "CERTIFICATE", found });
        }
        Ok(certificates)
    }

    /// Reads the first certificate of a PEM text.
    pub fn from_pem(text: &[u8]) -> Result<Self, Error> {
        let (_, der) = pem::first(text, &[SectionKind::Certificate], "CERTIFICATE")?;
        Self::from_der(&der)
    }

    /// The certificate as PEM.
    pub fn to_pem(&self) -> String {
        pem::write("CERTIFICATE", &self.der).to_string()
    }

    /// The DER bytes.
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// SHA-256 of the DER bytes, which Kubernetes' audit logs call `X509SHA256`.
    pub fn sha256(&self) -> [u8; 32] {
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(digest::digest(&digest::SHA256, &self.der).as_ref());
        sha256
    }

    /// Who it speaks for.
    pub const fn subject(&self) -> &Subject {
        &self.subject
    }

    /// Every attribute of its subject.
    pub fn subject_attributes(&self) -> DistinguishedName {
        DistinguishedName::from_der(&self.subject_name)
    }

    /// Every attribute of its issuer's Name.
    pub fn issuer_attributes(&self) -> DistinguishedName {
        DistinguishedName::from_der(&self.issuer_name)
    }

    /// The serial number as lower-case hex.
    pub fn serial(&self) -> String {
        self.serial.iter().map(|octet| format!("{octet:02x}")).collect()
    }

    /// When it is valid.
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// The DNS names, IP addresses and URIs it is good for, as they stand in it.
    pub fn subject_alt_names(&self) -> &[SubjectAltName] {
        &self.subject_alt_names
    }

    /// The key usages; `None` when the extension is absent, which allows all of them.
    pub const fn key_usage(&self) -> Option<KeyUsage> {
        self.key_usage
    }

    /// The extended key usages; none when the extension is absent, which allows all of them.
    pub fn extended_key_usage(&self) -> &[ExtendedKeyUsage] {
        &self.extended_key_usage
    }

    /// Whether `BasicConstraints` says `CA:TRUE`.
    pub const fn is_ca(&self) -> bool {
        self.is_ca
    }

    /// The `pathLenConstraint`, where there is one.
    pub const fn path_length(&self) -> Option<u32> {
        self.path_length
    }

    /// The public key.
    ///
    /// # Errors
    /// [`Error::UnsupportedKey`] when it is of a kind or size that is not supported.
    pub fn public_key(&self) -> Result<PublicKey, Error> {
        PublicKey::from_spki(&self.spki)
    }

    /// The DER SubjectPublicKeyInfo, of whatever kind the key is.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Whether the certificate is for this public key.
    pub fn is_for(&self, key: &PublicKey) -> bool {
        self.spki == key.spki()
    }

    /// Whether `issuer`'s key signed this certificate and `issuer`'s subject is named as its issuer.
    pub fn is_issued_by(&self, issuer: &Self) -> bool {
        self.names_as_issuer(issuer)
            && issuer.public_key().is_ok_and(|key| {
                let algorithm = &self.signature_algorithm;
                key.verify_by(algorithm, self.tbs(), &self.signature).is_ok()
            })
    }

    /// Whether `issuer`'s subject is named as its issuer, whoever's key signed it.
    pub fn names_as_issuer(&self, issuer: &Self) -> bool {
        self.issuer_name == issuer.subject_name
    }

    /// Whether it says that `issuer` issued it: by Name, and by the identifier of the key where both
    /// have one (RFC 5280, 4.2.1.1). Without identifiers the signature decides; with them it is not
    /// looked at, which is what makes this much faster than [`Certificate::is_issued_by`].
    pub fn says_issued_by(&self, issuer: &Self) -> bool {
        match (&self.authority_key_identifier, &issuer.subject_key_identifier) {
            (Some(named), Some(own)) => self.issuer_name == issuer.subject_name && named == own,
            _ => self.is_issued_by(issuer),
        }
    }

    /// Whether subject and issuer are the same Name and its own key signed it.
    pub fn is_self_signed(&self) -> bool {
        self.is_issued_by(self)
    }

    /// The to-be-signed bytes.
    pub fn tbs(&self) -> &[u8] {
        &self.der[self.tbs.clone()]
    }

    /// The bits of the signature.
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// The subject's Name, encoded.
    pub fn subject_name(&self) -> &[u8] {
        &self.subject_name
    }

    /// The issuer's Name, encoded.
    pub fn issuer_name(&self) -> &[u8] {
        &self.issuer_name
    }

    /// The serial number as it is encoded: two's complement, with the highest octet first.
    pub fn serial_octets(&self) -> &[u8] {
        &self.serial
    }

    /// The identifier of its issuer's key, where it names one (RFC 5280, 4.2.1.1).
    pub fn authority_key_identifier(&self) -> Option<&[u8]> {
        self.authority_key_identifier.as_deref()
    }

    /// The identifier of its key, where it has one.
    pub fn subject_key_identifier(&self) -> Option<&[u8]> {
        self.subject_key_identifier.as_deref()
    }

    pub(crate) fn as_pki_types(&self) -> CertificateDer<'_> {
        CertificateDer::from(self.der.as_slice())
    }

    fn read_extension(&mut self, extension: &X509Extension<'_>) -> Result<(), Error> {
        match extension.parsed_extension() {
            ParsedExtension::AuthorityKeyIdentifier(authority) => {
                let identifier = authority.key_identifier.as_ref();
                self.authority_key_identifier = identifier.map(|it| it.0.to_vec());
            }
            ParsedExtension::BasicConstraints(constraints) => {
                self.is_ca = constraints.ca;
                self.path_length = constraints.path_len_constraint;
            }
            ParsedExtension::ExtendedKeyUsage(usages) => {
                self.extended_key_usage = extended_key_usages(usages);
            }
            ParsedExtension::KeyUsage(usage) => {
                self.key_usage = Some(KeyUsage::from_bits(usage.flags));
            }
            ParsedExtension::ParseError { .. } => {
                return Err(Error::malformed("certificate", "one of its extensions is broken"));
            }
            ParsedExtension::SubjectAlternativeName(_) => {
                self.subject_alt_names = SubjectAltName::all_from_der(extension.value)?;
            }
            ParsedExtension::SubjectKeyIdentifier(identifier) => {
                self.subject_key_identifier = Some(identifier.0.to_vec());
            }
            _ => {}
        }
        Ok(())
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.der == other.der
    }
}

impl Eq for Certificate {}

/// The extensions that Go's crypto/x509 reads, which refuses a certificate that breaks one.
const KNOWN_TO_GO: [&str; 10] = [
    "2.5.29.14",         // subjectKeyIdentifier
    "2.5.29.15",         // keyUsage
    "2.5.29.17",         // subjectAltName
    "2.5.29.19",         // basicConstraints
    "2.5.29.30",         // nameConstraints
    "2.5.29.31",         // cRLDistributionPoints
    "2.5.29.32",         // certificatePolicies
    "2.5.29.35",         // authorityKeyIdentifier
    "2.5.29.37",         // extKeyUsage
    "1.3.6.1.5.5.7.1.1", // authorityInfoAccess
];

/// What is wrong with DER that is no certificate, in words of people.
fn reason(error: &x509_parser::nom::Err<X509Error>) -> String {
    match error {
        x509_parser::nom::Err::Incomplete(_) => "it is cut off".to_owned(),
        x509_parser::nom::Err::Error(error) | x509_parser::nom::Err::Failure(error) => {
            match error {
                X509Error::Der(_) | X509Error::Generic | X509Error::NomError(_) => {
                    "it is no certificate in DER".to_owned()
                }
                other => other.to_string(),
            }
        }
    }
}

/// The usages of an extension, the known ones first.
pub(crate) fn extended_key_usages(
    usages: &x509_parser::extensions::ExtendedKeyUsage<'_>,
) -> Vec<ExtendedKeyUsage> {
    let known = [
        (usages.any, ExtendedKeyUsage::Any),
        (usages.server_auth, ExtendedKeyUsage::ServerAuth),
        (usages.client_auth, ExtendedKeyUsage::ClientAuth),
        (usages.code_signing, ExtendedKeyUsage::Other("1.3.6.1.5.5.7.3.3".into())),
        (usages.email_protection, ExtendedKeyUsage::Other("1.3.6.1.5.5.7.3.4".into())),
        (usages.time_stamping, ExtendedKeyUsage::Other("1.3.6.1.5.5.7.3.8".into())),
        (usages.ocsp_signing, ExtendedKeyUsage::Other("1.3.6.1.5.5.7.3.9".into())),
    ];
    let known = known.into_iter().filter(|(on, _)| *on).map(|(_, usage)| usage);
    let others = usages.other.iter().map(|oid| ExtendedKeyUsage::Other(oid.to_string()));
    known.chain(others).collect()
}

/// A moment in seconds since 1970. The end of 9999, which RFC 5280, 4.1.2.5 gives to certificates
/// without an expiry, is a day beyond jiff's range and reads as the last moment in it.
fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(if seconds < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}
