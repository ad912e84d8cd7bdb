//! What a request asks for beside its subject, and does not get. Decides nothing.

use kubepki_ca::{
    ExtendedKeyUsage, KeyUsage, Profile, RequestedExtension, SigningRequest, SubjectAltName, Wish,
};

use super::{Notice, notice};

/// A notice for every wish that the certificate does not fulfil anyway.
pub(super) fn not_given(
    request: &SigningRequest,
    profile: &Profile,
    given: &[SubjectAltName],
) -> Vec<Notice> {
    let mut notices = Vec::new();
    for RequestedExtension { oid, wish, .. } in request.requested_extensions() {
        match wish {
            Wish::BasicConstraints { ca: true, path_length } => {
                let depth = path_length.map(|depth| format!(", pathlen:{depth}"));
                notices.push(notice(format!("CA:TRUE{}", depth.unwrap_or_default())));
            }
            Wish::BasicConstraints { .. } => {}
            Wish::KeyUsage(usage) => {
                let algorithm = request.public_key().algorithm();
                let beyond = usage.without(profile.key_usage(algorithm));
                if beyond != KeyUsage::default() {
                    notices.push(notice(format!("keyUsage {beyond}")));
                }
            }
            Wish::ExtendedKeyUsage(usages) => {
                let beyond =
                    |usage: &&ExtendedKeyUsage| !profile.extended_key_usage().contains(usage);
                let beyond: Vec<_> =
                    usages.iter().filter(beyond).map(ToString::to_string).collect();
                if !beyond.is_empty() {
                    notices.push(notice(format!("extendedKeyUsage {}", beyond.join(", "))));
                }
            }
            Wish::SubjectAltName(names) => {
                if given.is_empty() {
                    notices.extend(names.iter().map(|name| notice(name.to_string())));
                }
            }
            // Every certificate has one of its own.
            Wish::Other(name) if name == "subjectKeyIdentifier" => {}
            Wish::Other(name) => notices.push(notice(format!("extension {name}"))),
            Wish::Unreadable(name) => notices.push(notice(format!("an unreadable {name}"))),
            _ => notices.push(notice(format!("extension {oid}"))),
        }
    }
    // A challenge password (1.2.840.113549.1.9.7) and an unstructured name (.2) mean nothing here.
    const MEANINGLESS: [&str; 2] = ["1.2.840.113549.1.9.7", "1.2.840.113549.1.9.2"];
    let others = request.other_attributes().iter();
    let others = others.filter(|oid| !MEANINGLESS.contains(&oid.as_str()));
    notices.extend(others.map(|oid| notice(format!("attribute {oid}"))));
    notices
}
