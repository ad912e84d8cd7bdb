//! The keys and lifetimes of all certificates of a cluster.

use kubepki_ca::{KeyAlgorithm, SubjectAltName};

use super::{
    error::choose,
    error::{InvalidValue, Problem, quote},
    lifetime::Lifetime,
    path::FieldPath,
    raw::RawCertificates,
};

/// What holds for all certificates of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificatePolicy {
    /// The algorithm of the keys of CAs and certificates.
    pub key_algorithm: KeyAlgorithm,
    /// The algorithm of the key that signs ServiceAccount tokens: RSA or ECDSA.
    pub service_account_key_algorithm: KeyAlgorithm,
    /// How long certificates are good for; at most `ca_lifetime`.
    pub lifetime: Lifetime,
    /// How long CAs are good for.
    pub ca_lifetime: Lifetime,
    /// How long before its end a certificate is renewed; less than `lifetime`.
    pub renew_before: Lifetime,
    /// What apiserver certificates are good for beside the names that are known anyway.
    pub apiserver_sans: Vec<SubjectAltName>,
}

impl Default for CertificatePolicy {
    fn default() -> Self {
        Self {
            key_algorithm: KeyAlgorithm::EcdsaP256,
            service_account_key_algorithm: KeyAlgorithm::Rsa2048,
            lifetime: Lifetime::of_days(365),
            ca_lifetime: Lifetime::of_days(3650),
            renew_before: Lifetime::of_days(30),
            apiserver_sans: Vec::new(),
        }
    }
}

impl CertificatePolicy {
    pub(super) fn understand(raw: RawCertificates, at: &FieldPath) -> Result<Self, Problem> {
        let default = Self::default();
        let key_algorithm = match &raw.key_algorithm {
            None => default.key_algorithm,
            Some(name) => choose("key algorithm", name, KeyAlgorithm::ALL, KeyAlgorithm::name)
                .map_err(|invalid| invalid.in_field(&at.field("keyAlgorithm")))?,
        };
        let service_account_key_algorithm = match &raw.service_account_key_algorithm {
            None => default.service_account_key_algorithm,
            Some(name) => {
                choose("ServiceAccount key algorithm", name, TOKEN_ALGORITHMS, KeyAlgorithm::name)
                    .map_err(|invalid| invalid.in_field(&at.field("serviceAccountKeyAlgorithm")))?
            }
        };
        let lifetime = |name, text: &Option<String>, default| match text {
            None => Ok(default),
            Some(text) => text.parse().map_err(|e: InvalidValue| e.in_field(&at.field(name))),
        };
        let policy = Self {
            key_algorithm,
            service_account_key_algorithm,
            lifetime: lifetime("lifetime", &raw.lifetime, default.lifetime)?,
            ca_lifetime: lifetime("caLifetime", &raw.ca_lifetime, default.ca_lifetime)?,
            renew_before: lifetime("renewBefore", &raw.renew_before, default.renew_before)?,
            apiserver_sans: sans(&raw.apiserver_sans, &at.field("apiserverSANs"))?,
        };
        policy.compare_lifetimes(&raw, at)?;
        Ok(policy)
    }

    fn compare_lifetimes(&self, raw: &RawCertificates, at: &FieldPath) -> Result<(), Problem> {
        // Of two fields that disagree, the one that was written is the one to mend.
        let written = |first: (&'static str, bool), second: &'static str| {
            at.field(if first.1 { first.0 } else { second })
        };
        let Self { lifetime, ca_lifetime, renew_before, .. } = self;
        if lifetime > ca_lifetime {
            return Err(beyond_ca(*lifetime, *ca_lifetime)
                .in_field(&written(("lifetime", raw.lifetime.is_some()), "caLifetime")));
        }
        if renew_before >= lifetime {
            return Err(InvalidValue::new(format!(
                "with `renewBefore` {renew_before}, a certificate of `lifetime` {lifetime} is due at once"
            ))
            .hinted("write a `renewBefore` shorter than `lifetime`, such as a third of it")
            .in_field(&written(("renewBefore", raw.renew_before.is_some()), "lifetime")));
        }
        Ok(())
    }
}

/// A certificate never outlives its CA.
pub(super) fn beyond_ca(lifetime: Lifetime, ca_lifetime: Lifetime) -> InvalidValue {
    InvalidValue::new(format!("the lifetime {lifetime} is longer than the CA's {ca_lifetime}"))
        .hinted("write a shorter `lifetime`, or a longer `caLifetime`")
}

/// The algorithms that have a name in JSON Web Tokens and that the apiserver signs with.
const TOKEN_ALGORITHMS: [KeyAlgorithm; 5] = [
    KeyAlgorithm::Rsa2048,
    KeyAlgorithm::Rsa3072,
    KeyAlgorithm::Rsa4096,
    KeyAlgorithm::EcdsaP256,
    KeyAlgorithm::EcdsaP384,
];

fn sans(texts: &[String], at: &FieldPath) -> Result<Vec<SubjectAltName>, Problem> {
    let read = |(index, text): (usize, &String)| {
        if let Some((_, rest)) = text.split_once("://") {
            let host = rest.split(['/', ':']).next().unwrap_or(rest);
            let message = format!("{} is a URL, and clients compare the host alone", quote(text));
            return Err(InvalidValue::new(message)
                .hinted(format!("write {}", quote(host)))
                .in_field(&at.item(index)));
        }
        text.parse().map_err(|error: kubepki_ca::Error| {
            InvalidValue::new(error.to_string())
                .hinted("write a DNS name or an IP address, without a port")
                .in_field(&at.item(index))
        })
    };
    texts.iter().enumerate().map(read).collect()
}
