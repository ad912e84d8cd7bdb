//! Certificates, described. Says what one may be used for, not whether it is any good.

use jiff::{SignedDuration, Timestamp};
use kubepki_ca::{Certificate, ExtendedKeyUsage, KeyUsage, Validity};
use serde::Serialize;
use x509_parser::{certificate::X509Certificate, der_parser::asn1_rs::FromDer as _};

use super::{
    authorities::{self, Authorities, SignedBy},
    hex,
    identity::{self, Identity},
    key::KeyView,
};
use crate::{
    encoding::{self, OTHER, Odd},
    text::{self, magnitude},
};

/// A certificate.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CertificateView {
    /// What it is, in words that fit after "it is": `a client certificate`.
    pub what: String,
    /// What its names mean in Kubernetes, a sentence each.
    pub meaning: Vec<String>,
    /// Who its bearer is for the apiserver; none for what is no client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The subject's Name.
    pub subject: String,
    /// The issuer's Name.
    pub issuer: String,
    /// Who signed it, among the CAs at hand.
    pub signed_by: SignedBy,
    /// What it is known as, where it is a CA that others are compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub known_as: Option<String>,
    /// What it may be used for, such as `TLS client`.
    pub good_for: Vec<String>,
    /// Whether it is a CA's.
    pub is_ca: bool,
    /// How many CAs may follow below it; none for any number, and for what is no CA.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_length: Option<u32>,
    /// The key usages of RFC 5280; none when the extension is absent.
    pub key_usage: Vec<String>,
    /// The extended key usages; none when the extension is absent.
    pub extended_key_usage: Vec<String>,
    /// The names it is good for, as `DNS:` and so on.
    pub subject_alt_names: Vec<String>,
    /// When it is valid.
    #[serde(flatten)]
    pub period: Period,
    /// Which names it may issue for, a name each, such as `permitted DNS:example.com`; none for any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub name_constraints: Vec<String>,
    /// The serial number, in lower-case hex, with a `-` in front of a negative one.
    pub serial: String,
    /// The algorithm of the signature, by OpenSSL's name.
    pub signature_algorithm: String,
    /// The public key.
    pub public_key: KeyView,
    /// SHA-256 of the DER, in lower-case hex: `X509SHA256` of an audit log's credential id.
    pub sha256: String,
    /// The identifier of its key, in lower-case hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject_key_identifier: Option<String>,
    /// The identifier of its issuer's key, in lower-case hex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority_key_identifier: Option<String>,
    /// Whether its private key lies beside it.
    pub private_key_is_here: bool,
}

/// From when until when something is valid.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Period {
    /// The first moment.
    pub not_before: Timestamp,
    /// The last moment.
    pub not_after: Timestamp,
    /// How that looks now.
    pub state: State,
    /// Seconds until the last moment; negative after it.
    pub seconds_left: i64,
}

/// Whether something is valid now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum State {
    /// No longer.
    Expired,
    /// Not yet.
    NotYetValid,
    /// It is.
    Valid,
}

impl Period {
    pub(super) fn of(validity: Validity, now: Timestamp) -> Self {
        let (not_before, not_after) = (validity.not_before(), validity.not_after());
        let state = match () {
            () if now < not_before => State::NotYetValid,
            () if now > not_after => State::Expired,
            () => State::Valid,
        };
        let left: SignedDuration = not_after.duration_since(now);
        Self { not_before, not_after, state, seconds_left: left.as_secs() }
    }
}

impl CertificateView {
    pub(super) fn of(certificate: &Certificate, known: &Authorities, now: Timestamp) -> Self {
        let usages = Usages::of(certificate);
        let names = certificate.subject_alt_names();
        let is_client = !certificate.is_ca() && usages.client;
        let identity = is_client.then(|| Identity::of(certificate.subject()));
        let mut meaning = Vec::new();
        if certificate.is_ca() {
            meaning.extend(identity::authority(certificate.subject()).map(str::to_owned));
        } else if usages.is_explicit_server {
            meaning.extend(identity::server(certificate.subject(), names));
        }
        meaning.extend(identity.iter().flat_map(Identity::meaning));
        meaning.extend(encodings(certificate, is_client));
        let path_length = certificate.path_length();
        let identifier = |octets: Option<&[u8]>| octets.map(hex);
        Self {
            what: usages.what(certificate),
            meaning,
            identity,
            subject: text::name_in_words(certificate.subject_name()),
            issuer: authorities::issuer(certificate),
            signed_by: known.issuer_of(certificate),
            known_as: known.reference(certificate).map(str::to_owned),
            good_for: usages.good_for(certificate),
            is_ca: certificate.is_ca(),
            path_length,
            key_usage: certificate.key_usage().map_or_else(Vec::new, |usage| split(&usage)),
            extended_key_usage: usages.names.clone(),
            subject_alt_names: alternative_names(certificate),
            name_constraints: extension(certificate, "2.5.29.30", text::name_constraints),
            period: Period::of(certificate.validity(), now),
            serial: serial(certificate.serial_octets()),
            signature_algorithm: text::signature_algorithm(certificate),
            public_key: KeyView::of_certificate(certificate),
            sha256: hex(&certificate.sha256()),
            subject_key_identifier: identifier(certificate.subject_key_identifier()),
            authority_key_identifier: identifier(certificate.authority_key_identifier()),
            private_key_is_here: false,
        }
    }
}

/// What comes of the way in which its names are written: of its issuer only whether Go reads them.
fn encodings(certificate: &Certificate, is_client: bool) -> Option<String> {
    let (subject, issuer) = (certificate.subject_name(), certificate.issuer_name());
    let mut all = encoding::odd(subject).into_iter().chain(encoding::odd(issuer));
    if all.any(|(_, odd)| matches!(odd, Odd::Refused(_))) {
        return Some("nobody: Go refuses the way in which one of its names is written".to_owned());
    }
    let is_old = |(name, odd): &(&str, Odd)| *name != OTHER && *odd == Odd::Old(encoding::TELETEX);
    let old = encoding::odd(subject).into_iter().find(is_old).filter(|_| is_client);
    old.map(|(name, _)| {
        format!(
            "its {name} is a TeletexString: apiservers before Go 1.25 take the octets as they are"
        )
    })
}

/// What a certificate may be, by its extended key usages. An absent extension allows everything.
pub(super) struct Usages {
    client: bool,
    server: bool,
    is_explicit_server: bool,
    others: Vec<String>,
    /// All of them by their names.
    pub(super) names: Vec<String>,
}

impl Usages {
    fn of(certificate: &Certificate) -> Self {
        Self::of_list(certificate.extended_key_usage())
    }

    pub(super) fn of_list(list: &[ExtendedKeyUsage]) -> Self {
        let has = |wanted: &ExtendedKeyUsage| list.contains(wanted);
        let any = list.is_empty() || has(&ExtendedKeyUsage::Any);
        let is_other = |it: &&ExtendedKeyUsage| matches!(it, ExtendedKeyUsage::Other(_));
        Self {
            client: any || has(&ExtendedKeyUsage::ClientAuth),
            server: any || has(&ExtendedKeyUsage::ServerAuth),
            is_explicit_server: has(&ExtendedKeyUsage::ServerAuth),
            others: list.iter().filter(is_other).map(usage_name).collect(),
            names: list.iter().map(usage_name).collect(),
        }
    }

    /// Whether a client may be it.
    pub(super) const fn is_client(&self) -> bool {
        self.client
    }

    fn what(&self, certificate: &Certificate) -> String {
        if certificate.is_ca() {
            let is_root = certificate.subject_name() == certificate.issuer_name();
            return if is_root { "a CA certificate" } else { "an intermediate CA certificate" }
                .to_owned();
        }
        match (self.server, self.client, certificate.extended_key_usage().is_empty()) {
            (_, _, true) => "a certificate for any use",
            (true, true, _) => "a server and client certificate",
            (true, false, _) => "a server certificate",
            (false, true, _) => "a client certificate",
            (false, false, _) => "a certificate",
        }
        .to_owned()
    }

    fn good_for(&self, certificate: &Certificate) -> Vec<String> {
        let may = |usage: KeyUsage| certificate.key_usage().is_none_or(|it| it.contains(usage));
        let mut uses = Vec::new();
        if certificate.is_ca() {
            if may(KeyUsage::KEY_CERT_SIGN) {
                uses.push("signing certificates".to_owned());
            }
            if may(KeyUsage::CRL_SIGN) {
                uses.push("signing revocation lists".to_owned());
            }
            return uses;
        }
        for (is_so, usage) in [(self.server, "TLS server"), (self.client, "TLS client")] {
            if is_so {
                uses.push(usage.to_owned());
            }
        }
        uses.extend(self.others.iter().cloned());
        uses
    }
}

/// The usage by its name, or OpenSSL's where it is no usage of TLS.
fn usage_name(usage: &ExtendedKeyUsage) -> String {
    match usage {
        ExtendedKeyUsage::Other(oid) => text::object_name(oid).unwrap_or(oid).to_owned(),
        other => other.to_string(),
    }
}

fn split(usage: &KeyUsage) -> Vec<String> {
    let names = usage.to_string();
    names.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Every name that it is good for, of kinds too that nothing in Kubernetes looks at.
fn alternative_names(certificate: &Certificate) -> Vec<String> {
    extension(certificate, "2.5.29.17", text::alternative_names)
}

/// What an extension says; nothing where it is not there.
fn extension(
    certificate: &Certificate,
    wanted: &str,
    words: fn(&[u8]) -> Option<Vec<String>>,
) -> Vec<String> {
    // What was read once can be read again.
    let Ok((_, parsed)) = X509Certificate::from_der(certificate.der()) else { return Vec::new() };
    let mut extensions = parsed.extensions().iter();
    let found = extensions.find(|extension| extension.oid.to_id_string() == wanted);
    found.map_or_else(Vec::new, |found| {
        words(found.value).unwrap_or_else(|| vec!["what cannot be read".to_owned()])
    })
}

/// Two's complement in hex; what is negative as openssl writes it.
fn serial(octets: &[u8]) -> String {
    match octets {
        [first, ..] if first & 0x80 != 0 => format!("-{}", magnitude(octets)),
        _ => hex(octets),
    }
}
