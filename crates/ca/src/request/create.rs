//! Making a request: our own Name, the names as subjectAltName, and nothing else.

use yasna::{DERWriter, Tag, models::ObjectIdentifier};

use super::SigningRequest;
use crate::{Error, KeyAlgorithm, Signer, Subject, SubjectAltName};

impl SigningRequest {
    /// Makes a request and reads it back, so that what is given out is what every reader sees.
    ///
    /// Usages are not asked for: whoever signs decides on them.
    ///
    /// # Errors
    /// [`Error::InvalidSubject`] as for a certificate, and whatever the signer fails with.
    pub fn create(
        subject: &Subject,
        names: &[SubjectAltName],
        signer: &impl Signer,
    ) -> Result<Self, Error> {
        let (subject, key) = (subject.to_der()?, signer.public_key());
        let info = yasna::construct_der(|writer| {
            writer.write_sequence(|info| {
                info.next().write_u8(0);
                info.next().write_der(&subject);
                info.next().write_der(key.spki());
                info.next().write_tagged_implicit(Tag::context(0), |writer| {
                    writer.write_set(|attributes| {
                        if !names.is_empty() {
                            write_extensions(attributes.next(), names);
                        }
                    });
                });
            });
        });
        let signature = signer.sign(&info, key.algorithm().signature_algorithm())?;
        let signature = signature.as_bytes();
        let der = yasna::construct_der(|writer| {
            writer.write_sequence(|request| {
                request.next().write_der(&info);
                request.next().write_sequence(|identifier| {
                    write_algorithm(identifier, key.algorithm());
                });
                request.next().write_bitvec_bytes(signature, signature.len() * 8);
            });
        });
        Self::from_der(&der)
    }
}

fn write_algorithm(identifier: &mut yasna::DERWriterSeq<'_>, algorithm: KeyAlgorithm) {
    let oid = algorithm.signature_algorithm().oid();
    identifier.next().write_oid(&ObjectIdentifier::from_slice(oid));
    // RFC 4055, 5: NULL for RSA. RFC 5758, 3.2 and RFC 8410, 3: absent for the others.
    if algorithm.is_rsa() {
        identifier.next().write_null();
    }
}

/// The attribute `extensionRequest` with one extension, `subjectAltName`.
fn write_extensions(writer: DERWriter<'_>, names: &[SubjectAltName]) {
    const EXTENSION_REQUEST: &[u64] = &[1, 2, 840, 113549, 1, 9, 14];
    const SUBJECT_ALT_NAME: &[u64] = &[2, 5, 29, 17];
    let names = SubjectAltName::all_to_der(names);
    writer.write_sequence(|attribute| {
        attribute.next().write_oid(&ObjectIdentifier::from_slice(EXTENSION_REQUEST));
        attribute.next().write_set(|values| {
            values.next().write_sequence(|extensions| {
                extensions.next().write_sequence(|extension| {
                    extension.next().write_oid(&ObjectIdentifier::from_slice(SUBJECT_ALT_NAME));
                    extension.next().write_bytes(&names);
                });
            });
        });
    });
}
