//! Issuance: prepare, which lints, then sign, which happens once and checks what it made.

use std::fmt;

use jiff::Timestamp;
use ring::rand::{SecureRandom, SystemRandom};

use crate::{
    Certificate, Error, KeyPair, KeyUsage, PublicKey, Purpose, Signature, SignatureAlgorithm,
    Signer, Template, TrustBundle, lint, tbs,
};

/// A CA: its certificate and the key that belongs to it, wherever that is.
pub struct Issuer<S = KeyPair> {
    certificate: Certificate,
    signer: S,
    algorithm: SignatureAlgorithm,
    key_identifier: Vec<u8>,
}

impl<S: Signer> Issuer<S> {
    /// Makes a CA that signs its own certificate.
    ///
    /// # Errors
    /// [`Error::NotAnIssuer`] when the template's profile is not a CA's, and all of [`Issuer::prepare`].
    pub fn self_signed(template: &Template, signer: S) -> Result<Self, Error> {
        let subject = || template.subject.to_string();
        if template.profile.path_length().is_none() {
            return Err(Error::NotAnIssuer {
                subject: subject(),
                reason: "its profile is no CA's",
            });
        }
        let key = signer.public_key();
        let (algorithm, key_identifier) =
            (key.algorithm().signature_algorithm(), key.key_identifier());
        let name = template.subject.to_der()?;
        let fields = Fields {
            name: &name,
            key_identifier: &key_identifier,
            algorithm,
            validity: template.validity,
            path_length: None,
            self_signed: true,
        };
        let certificate = fields.prepare(template, key, &signer)?.sign()?;
        Ok(Self { certificate, signer, algorithm, key_identifier })
    }

    /// Takes an existing CA: it must say `CA:TRUE` and `keyCertSign`, and the key must be its own.
    pub fn load(certificate: Certificate, signer: S) -> Result<Self, Error> {
        let refuse =
            |reason| Err(Error::NotAnIssuer { subject: certificate.subject().to_string(), reason });
        if !certificate.is_ca() {
            return refuse("its BasicConstraints do not say CA:TRUE");
        }
        if certificate.key_usage().is_some_and(|usage| !usage.contains(KeyUsage::KEY_CERT_SIGN)) {
            return refuse("its KeyUsage lacks keyCertSign");
        }
        let key = signer.public_key();
        if !certificate.is_for(key) {
            return Err(Error::KeyMismatch { subject: certificate.subject().to_string() });
        }
        let algorithm = key.algorithm().signature_algorithm();
        // A CA without the identifier is found through its key alone; ours is as good as any.
        let key_identifier = certificate
            .subject_key_identifier()
            .map_or_else(|| key.key_identifier(), <[u8]>::to_vec);
        Ok(Self { certificate, signer, algorithm, key_identifier })
    }

    /// The CA's certificate.
    pub const fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// The CA's key.
    pub const fn signer(&self) -> &S {
        &self.signer
    }

    /// Fills the template for `key`, lints the result, and returns the right to sign it once.
    ///
    /// The validity is capped to this issuer's.
    ///
    /// # Errors
    /// [`Error::IssuerExpired`] or [`Error::IssuerNotYetValid`] when nothing is left of the validity,
    /// [`Error::Lint`] for the first rule that is broken.
    pub fn prepare(&self, template: &Template, key: &PublicKey) -> Result<Issuance<'_, S>, Error> {
        let own = self.certificate.validity();
        let validity = template.validity.within(own).map_err(|_| {
            let issuer = self.certificate.subject().to_string();
            if template.validity.not_after() <= own.not_before() {
                return Error::IssuerNotYetValid { issuer, not_before: own.not_before() };
            }
            Error::IssuerExpired { issuer, not_after: own.not_after() }
        })?;
        let fields = Fields {
            name: self.certificate.subject_name(),
            key_identifier: &self.key_identifier,
            algorithm: self.algorithm,
            validity: own,
            path_length: self.certificate.path_length(),
            self_signed: false,
        };
        fields.prepare(&Template { validity, ..template.clone() }, key, &self.signer)
    }
}

impl<S> fmt::Debug for Issuer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { certificate, signer: _, algorithm: _, key_identifier: _ } = self;
        f.debug_struct("Issuer").field("certificate", certificate).finish_non_exhaustive()
    }
}

/// The right to sign one linted certificate once.
#[must_use = "nothing is signed until `sign` is called"]
pub struct Issuance<'a, S> {
    subject: String,
    tbs: Vec<u8>,
    algorithm: SignatureAlgorithm,
    signer: &'a S,
}

impl<S> fmt::Debug for Issuance<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, tbs: _, algorithm, signer: _ } = self;
        f.debug_struct("Issuance")
            .field("subject", subject)
            .field("algorithm", algorithm)
            .finish_non_exhaustive()
    }
}

impl<S: Signer> Issuance<'_, S> {
    /// Signs, then reads the result back: its signed bytes are the linted ones, and the signature
    /// verifies under the issuer's public key.
    pub fn sign(self) -> Result<Certificate, Error> {
        let (certificate, signature) = self.signed()?;
        self.signer
            .public_key()
            .verify(certificate.tbs(), signature.as_bytes())
            .map_err(|_| Error::Signature { what: "certificate" })?;
        Ok(certificate)
    }

    /// Signs, then reads the result back: its signed bytes are the linted ones, and path validation
    /// by rustls-webpki, which verifies the signature too, takes it for `purpose` at the time `at`.
    ///
    /// The same assurance as [`Issuance::sign`] and [`TrustBundle::verify`] after it, with one
    /// verification of the signature instead of two.
    pub fn sign_for(
        self,
        trust: &TrustBundle,
        purpose: Purpose,
        at: Timestamp,
    ) -> Result<Certificate, Error> {
        let (certificate, _) = self.signed()?;
        trust.verify(&certificate, purpose, at)?;
        Ok(certificate)
    }

    /// The certificate, whose signature nobody has verified yet, and that signature.
    fn signed(&self) -> Result<(Certificate, Signature), Error> {
        let signature = self.signer.sign(&self.tbs, self.algorithm)?;
        let certificate = Certificate::from_der(&tbs::signed(&self.tbs, signature.as_bytes())?)?;
        if certificate.tbs() != self.tbs {
            return Err(Error::SignedDiffers { subject: self.subject.clone() });
        }
        Ok((certificate, signature))
    }
}

type Fields<'a> = lint::Issued<'a>;

impl Fields<'_> {
    fn prepare<'s, S: Signer>(
        &self,
        template: &Template,
        key: &PublicKey,
        signer: &'s S,
    ) -> Result<Issuance<'s, S>, Error> {
        let issuer = tbs::IssuerFields {
            name: self.name,
            key_identifier: self.key_identifier,
            algorithm: self.algorithm,
        };
        let subject = template.subject.to_string();
        let tbs = tbs::encode(template, key, &issuer, &serial_number()?)?;
        let findings = lint::run(&tbs, &template.profile, key.algorithm(), self)?;
        match findings.into_iter().next() {
            Some(finding) => Err(Error::Lint { subject, finding: Box::new(finding) }),
            None => Ok(Issuance { subject, tbs, algorithm: self.algorithm, signer }),
        }
    }
}

/// 128 random bits behind an octet that keeps them positive and of one length (RFC 5280, 4.1.2.2).
fn serial_number() -> Result<[u8; 17], Error> {
    let mut serial = [1; 17];
    SystemRandom::new().fill(&mut serial[1..]).map_err(|_| Error::Random)?;
    Ok(serial)
}
