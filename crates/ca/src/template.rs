//! What is asked of an issuer: everything of a certificate but its key, issuer and serial number.

use crate::{Profile, Subject, SubjectAltName, Validity};

/// A certificate that is still to be issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Who it speaks for.
    pub subject: Subject,
    /// The names and addresses it is good for; sorted and freed of duplicates when it is issued.
    pub subject_alt_names: Vec<SubjectAltName>,
    /// What it may be used for.
    pub profile: Profile,
    /// The wanted validity; the issuer caps it to its own.
    pub validity: Validity,
}
