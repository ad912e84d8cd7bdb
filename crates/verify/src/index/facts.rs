//! What the checks want to know of a certificate beyond its usual fields. Judges nothing.

use kubepki_ca::{Certificate, DnsName};
use kubepki_inspect::{PublicKey, signature::SignatureAlgorithm};
use x509_parser::{
    certificate::X509Certificate,
    der_parser::asn1_rs::FromDer as _,
    extensions::{GeneralName, ParsedExtension},
};

use crate::{
    form,
    path::{constraints::Constraints, identity::Identity},
};

/// Fields of a certificate.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) key: PublicKey,
    /// The version: 3, or 1 for what openssl makes without extensions.
    pub(crate) version: u32,
    pub(crate) signature_algorithm: SignatureAlgorithm,
    /// The serial number, as it is encoded: two's complement.
    pub(crate) serial: Vec<u8>,
    /// Whether `BasicConstraints` is there and critical.
    pub(crate) constraints_critical: bool,
    /// How it constrains the names of what it issues.
    pub(crate) name_constraints: Option<Box<Constraints>>,
    /// Every name that constraints are held against.
    pub(crate) names: Vec<Identity>,
    /// Whether its subject is empty, and it is a CA or has no subjectAltName in its place.
    pub(crate) is_nameless: bool,
    pub(crate) subject_key_identifier: Option<Vec<u8>>,
    pub(crate) authority_key_identifier: Option<Vec<u8>>,
    /// The serial number that it says its issuer's certificate has.
    pub(crate) authority_serial: Option<Vec<u8>>,
    /// Netscape's certificate type: bit 0 is a client, bit 1 a server.
    pub(crate) netscape_type: Option<u8>,
    /// Critical extensions that are none in the Web's PKI, by their names.
    pub(crate) critical_in_vain: Vec<&'static str>,
    /// Critical extensions that no Go program knows, by their object identifiers.
    pub(crate) unknown_critical: Vec<String>,
    /// Whether there is a subjectAltName with anything in it.
    pub(crate) has_names: bool,
    /// The names of kind `dNSName` that are no DNS names.
    pub(crate) bad_dns_names: Vec<String>,
    /// What is wrong with how it is written.
    pub(crate) faults: Vec<String>,
}

/// The extensions that Go's crypto/x509 works through when they are critical.
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

/// The extensions that the Web's PKI wants not to be critical.
const NEVER_CRITICAL_IN_WEB: [(&str, &str); 3] = [
    ("2.5.29.31", "cRLDistributionPoints"),
    ("2.5.29.32", "certificatePolicies"),
    ("2.5.29.37", "extKeyUsage"),
];

const NETSCAPE_TYPE: &str = "2.16.840.1.113730.1.1";

impl Facts {
    /// Looks into a certificate.
    pub(crate) fn of(certificate: &Certificate) -> Self {
        let mut facts = Self {
            key: PublicKey::of(certificate),
            version: 3,
            signature_algorithm: SignatureAlgorithm::of(certificate),
            serial: Vec::new(),
            constraints_critical: false,
            name_constraints: None,
            names: Vec::new(),
            is_nameless: false,
            subject_key_identifier: None,
            authority_key_identifier: None,
            authority_serial: None,
            netscape_type: None,
            critical_in_vain: Vec::new(),
            unknown_critical: Vec::new(),
            has_names: false,
            bad_dns_names: Vec::new(),
            faults: form::faults(certificate.der()),
        };
        // What was read once is read again, so that this is always there.
        if let Ok((_, parsed)) = X509Certificate::from_der(certificate.der()) {
            facts.fill(&parsed);
        }
        facts
    }

    fn fill(&mut self, parsed: &X509Certificate<'_>) {
        self.version = parsed.version().0 + 1;
        self.names = Identity::of_subject(parsed.subject());
        // A SEQUENCE of nothing.
        let is_without_subject = parsed.subject().as_raw() == [0x30, 0];
        self.is_nameless = is_without_subject;
        self.serial = parsed.raw_serial().to_vec();
        for extension in parsed.extensions() {
            let oid = extension.oid.to_string();
            match extension.parsed_extension() {
                ParsedExtension::BasicConstraints(_) => {
                    self.constraints_critical = extension.critical;
                }
                ParsedExtension::SubjectKeyIdentifier(identifier) => {
                    self.subject_key_identifier = Some(identifier.0.to_vec());
                }
                ParsedExtension::AuthorityKeyIdentifier(authority) => {
                    let identifier = authority.key_identifier.as_ref();
                    self.authority_key_identifier = identifier.map(|it| it.0.to_vec());
                    self.authority_serial = authority.authority_cert_serial.map(<[u8]>::to_vec);
                }
                ParsedExtension::NameConstraints(constraints) => {
                    let constraints = Constraints::of(constraints);
                    // Go knows no other kinds of names, and may not pass over what is critical.
                    if extension.critical && constraints.has_unknown {
                        self.unknown_critical.push(oid.clone());
                    }
                    self.name_constraints = Some(Box::new(constraints));
                }
                ParsedExtension::SubjectAlternativeName(names) => {
                    // It has to be critical where it stands in for the subject.
                    if extension.critical && !is_without_subject {
                        self.critical_in_vain.push("subjectAltName");
                    }
                    self.has_names = !names.general_names.is_empty();
                    self.is_nameless &= parsed.is_ca();
                    self.names.extend(names.general_names.iter().map(Identity::of));
                    self.bad_dns_names = names.general_names.iter().filter_map(bad_name).collect();
                }
                _ if oid == NETSCAPE_TYPE => {
                    // A BIT STRING of one octet: its first bit is 0x80.
                    self.netscape_type = extension.value.get(3).map(|octet| octet.reverse_bits());
                }
                _ => {}
            }
            if extension.critical {
                let rule = NEVER_CRITICAL_IN_WEB.iter().find(|(known, _)| *known == oid);
                self.critical_in_vain.extend(rule.map(|(_, name)| *name));
            }
            if extension.critical && !KNOWN_TO_GO.contains(&oid.as_str()) {
                self.unknown_critical.push(oid);
            }
        }
    }
}

fn bad_name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => DnsName::parse(name).is_err().then(|| (*name).to_owned()),
        _ => None,
    }
}
