//! What is wrong with one certificate of a path by itself: as the leaf, and as a CA above. Looks at no
//! other certificate and no signature.

use jiff::Timestamp;
use kubepki_ca::{ExtendedKeyUsage, KeyUsage, SubjectAltName};
use kubepki_inspect::{key::KeyKind, signature::SignatureAlgorithm};

use super::{Name, Odd, Problem, Purpose, pool::Member};
use crate::check::visible;

/// RFC 5280, 4.1.2.2, allows 20 octets; all verifiers take the one more that makes a large number positive.
pub(crate) const LONGEST_SERIAL: usize = 21;

/// What is wrong with the leaf, whoever issued it.
pub(super) fn leaf(
    member: &Member<'_>,
    purpose: Purpose,
    name: Option<&Name>,
    time: Timestamp,
) -> Vec<Problem> {
    let (certificate, facts) = (member.certificate, member.facts);
    let mut problems = any(member, time);
    let usages = certificate.extended_key_usage();
    let missing = purpose.usages().iter().find(|usage| {
        // OpenSSL and pyca do not take anyExtendedKeyUsage for one of a leaf.
        let is_any = usages.contains(&ExtendedKeyUsage::Any);
        !usages.is_empty() && (is_any || !usages.contains(usage))
    });
    problems.extend(
        missing.map(|needed| Problem::Usage { needed: needed.clone(), has: usages.to_vec() }),
    );
    let key_usage = certificate.key_usage();
    if let Some(usage) = key_usage.filter(|_| purpose != Purpose::Any) {
        let serves =
            [KeyUsage::DIGITAL_SIGNATURE, KeyUsage::KEY_ENCIPHERMENT, KeyUsage::KEY_AGREEMENT];
        let asks = [KeyUsage::DIGITAL_SIGNATURE, KeyUsage::KEY_AGREEMENT];
        let is_in = |needed: &[KeyUsage]| needed.iter().any(|it| usage.contains(*it));
        let is_good = match purpose {
            Purpose::Any => true,
            Purpose::Client => is_in(&asks),
            Purpose::EtcdPeer => is_in(&serves) && is_in(&asks),
            Purpose::Server => is_in(&serves),
        };
        problems.extend((!is_good).then_some(Problem::KeyUsage));
    }
    // Bit 0 is a client and bit 1 a server. Only OpenSSL still looks.
    let needed = match purpose {
        Purpose::Any => 0,
        Purpose::Client => 0b01,
        Purpose::EtcdPeer => 0b11,
        Purpose::Server => 0b10,
    };
    problems.extend(
        facts.netscape_type.filter(|kind| kind & needed != needed).map(|_| Problem::NetscapeType),
    );
    if !certificate.is_ca() && key_usage.is_some_and(|it| it.contains(KeyUsage::KEY_CERT_SIGN)) {
        problems.push(Problem::SignsWithoutAuthority);
    }
    if !certificate.is_ca() && facts.name_constraints.is_some() {
        problems.push(Problem::ConstrainsWithoutAuthority);
    }
    if let Some(name) = name
        && !name.is_of(certificate)
    {
        let has = certificate.subject_alt_names().iter().map(|it| visible(&it.to_string()));
        problems.push(Problem::Name { asked: name.to_string(), has: has.collect() });
    }
    problems
}

/// What is wrong with a CA that stands above `below` others.
pub(super) fn authority(
    member: &Member<'_>,
    below: usize,
    purpose: Purpose,
    time: Timestamp,
) -> Vec<Problem> {
    let (certificate, facts) = (member.certificate, member.facts);
    let mut problems = any(member, time);
    if !certificate.is_ca() {
        problems.push(Problem::NotAuthority);
    } else {
        match certificate.key_usage() {
            None => problems.push(Problem::NoKeyUsage),
            Some(usage) if !usage.contains(KeyUsage::KEY_CERT_SIGN) => {
                problems.push(Problem::CannotSign);
            }
            Some(_) => {}
        }
        if !facts.constraints_critical {
            problems.push(Problem::ConstraintsNotCritical);
        }
    }
    if let Some(allowed) = certificate.path_length()
        && usize::try_from(allowed).is_ok_and(|allowed| below > allowed)
    {
        problems.push(Problem::PathTooLong { allowed, below });
    }
    // OpenSSL and GnuTLS do not take anyExtendedKeyUsage for one of a CA.
    let usages = certificate.extended_key_usage();
    let missing = purpose.usages().iter().find(|it| !usages.is_empty() && !usages.contains(it));
    problems.extend(missing.map(|needed| Problem::UsageNotPermitted {
        needed: needed.clone(),
        allowed: usages.to_vec(),
    }));
    problems
}

/// What is wrong with any certificate of a path.
fn any(member: &Member<'_>, time: Timestamp) -> Vec<Problem> {
    let (certificate, facts) = (member.certificate, member.facts);
    let validity = certificate.validity();
    let mut problems = Vec::new();
    if validity.not_after() < time {
        problems.push(Problem::Expired { not_after: validity.not_after() });
    }
    if time < validity.not_before() {
        problems.push(Problem::NotYetValid { not_before: validity.not_before() });
    }
    match facts.serial.as_slice() {
        [first, ..] if first & 0x80 != 0 => problems.push(Problem::NegativeSerial),
        serial if serial.len() > LONGEST_SERIAL => {
            problems.push(Problem::SerialTooLong { octets: serial.len() });
        }
        _ => {}
    }
    match facts.key.kind() {
        KeyKind::Rsa { bits } if *bits < 2048 => problems.push(Problem::WeakKey { bits: *bits }),
        _ => {}
    }
    problems.extend(facts.faults.iter().map(|what| Problem::Malformed { what: what.clone() }));
    let unknown = facts.unknown_critical.iter();
    problems.extend(unknown.map(|oid| Problem::UnknownCritical { oid: oid.clone() }));
    let constraints = facts.name_constraints.iter();
    let faults = constraints.flat_map(|constraints| &constraints.faults);
    problems.extend(faults.map(|what| Problem::MalformedConstraints { what: what.clone() }));
    if facts.is_nameless {
        problems.push(Problem::Nameless);
    }
    problems
}

/// Whether a certificate says of its issuer's key or certificate what is not true of this one. Go and pyca
/// do not look; OpenSSL and GnuTLS refuse it.
pub(super) fn points_elsewhere(member: &Member<'_>, issuer: &Member<'_>) -> bool {
    let (says, has) = (member.facts, issuer.facts);
    let differ = |said: &Option<Vec<u8>>, own: Option<&Vec<u8>>| match (said, own) {
        (Some(said), Some(own)) => !said.is_empty() && said != own,
        _ => false,
    };
    differ(&says.authority_key_identifier, has.subject_key_identifier.as_ref())
        || differ(&says.authority_serial, Some(&has.serial))
}

/// What is odd about a certificate of a path and no reason to refuse it.
pub(super) fn notes(member: &Member<'_>, is_leaf: bool, purpose: Purpose) -> Vec<Odd> {
    let (certificate, facts) = (member.certificate, member.facts);
    let is_root = certificate.issuer_name() == certificate.subject_name();
    let mut odd: Vec<_> = facts.critical_in_vain.iter().map(|name| Odd::Critical(name)).collect();
    if is_leaf && certificate.is_ca() && purpose != Purpose::Any {
        odd.push(Odd::AuthorityAsLeaf);
    }
    if !is_root && facts.authority_key_identifier.is_none() {
        odd.push(Odd::NoAuthorityKeyIdentifier);
    }
    if !is_leaf && facts.subject_key_identifier.is_none() {
        odd.push(Odd::NoSubjectKeyIdentifier);
    }
    if !is_root && facts.signature_algorithm == SignatureAlgorithm::Ed25519 {
        odd.push(Odd::Ed25519);
    }
    if is_leaf && purpose == Purpose::Client && !facts.has_names {
        odd.push(Odd::NoSubjectAltName);
    }
    let is_underscored = |name: &SubjectAltName| matches!(name, SubjectAltName::Dns(name) if name.as_str().contains('_'));
    if certificate.subject_alt_names().iter().any(is_underscored) {
        odd.push(Odd::Underscore);
    }
    odd
}

impl Purpose {
    /// What a certificate has to be good for.
    const fn usages(self) -> &'static [ExtendedKeyUsage] {
        use ExtendedKeyUsage::{ClientAuth, ServerAuth};
        match self {
            Self::Any => &[],
            Self::Client => &[ClientAuth],
            Self::EtcdPeer => &[ServerAuth, ClientAuth],
            Self::Server => &[ServerAuth],
        }
    }
}
