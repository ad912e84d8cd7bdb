//! Check 8, of what servers send: a chain has to end in a CA that lies in a file. Whoever answers at
//! an address can make a CA and send it along.

use kubepki_inspect::text::name_in_words;

use super::table::{ISSUER_NOT_GIVEN, UNKNOWN_AUTHORITY};
use crate::{
    check::Finding,
    index::{CertificateIndex, Issued, PlacedCertificate},
};

/// A certificate whose signature holds, and that only what was served vouches for.
pub(super) fn run<'a>(
    index: &CertificateIndex<'a>,
    known: &PlacedCertificate<'a>,
) -> Option<Finding> {
    // A file's own certificate that signed itself is what the file's readers trust.
    let is_judged = match known.issued {
        Issued::By(_) => !known.certificate.is_ca() || known.is_served(),
        Issued::BySelf => known.is_served() && !known.is_in_file(),
        Issued::Unknown => known.is_served() && known.certificate.is_ca(),
        Issued::ByAnother(_) | Issued::Perhaps(_) => false,
    };
    if !is_judged || index.is_anchored(known) {
        return None;
    }
    let from = match index.issuer(known) {
        Some(_) => {
            let last = index.chain(known).last().unwrap_or(known);
            format!("it comes from `{}`, which a server sent along", last.certificate.subject())
        }
        None if known.issued == Issued::BySelf => "it is signed by itself".to_owned(),
        None => format!("its issuer is `{}`", name_in_words(known.certificate.issuer_name())),
    };
    Some(match index.has_authorities {
        true => {
            let what = format!(
                "{from}, and none of the CAs in the files is above it: somebody else may answer \
                 there, or the file is not that of the server's CA"
            );
            known.found(&UNKNOWN_AUTHORITY, what)
        }
        false => {
            let what = format!(
                "{from}: whether the right server answers is not known without the file of its CA"
            );
            known.found(&ISSUER_NOT_GIVEN, what)
        }
    })
}
