//! GnuTLS, which shares no code with openssl, accepts every certificate for what it is for.

use kubepki_testkit::certtool;

use super::{made::Made, openssl::each_use};

pub(super) fn judge(made: &Made) {
    for certificate in &made.certificates {
        each_use(certificate, |question| {
            certtool::verify(question)
                .unwrap_or_else(|e| panic!("{}: {question:?}: {e}", certificate.found_in));
        });
    }
}
