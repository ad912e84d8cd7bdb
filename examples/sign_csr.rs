//! Signs a certificate request with a CA made on the spot: the key comes from the request, and
//! everything else from us.
//!
//! `openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout jane.key \
//!    -subj /O=system:masters/CN=jane | cargo run --example sign_csr`
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "an example is a whole program"
)]

use std::{
    error::Error,
    io::{self, Read},
};

use jiff::{SignedDuration, Timestamp};
use kubepki_ca::{
    CA, CLIENT, Issuer, KeyAlgorithm, KeyPair, Purpose, SigningRequest, Subject, Template,
    TrustBundle, Validity,
};

fn main() -> Result<(), Box<dyn Error>> {
    let now = Timestamp::now();
    let ca = Issuer::self_signed(
        &Template {
            subject: Subject::new("example-ca-1"),
            subject_alt_names: vec![],
            profile: CA,
            validity: Validity::starting(now, SignedDuration::from_hours(24 * 3650))?,
        },
        KeyPair::generate(KeyAlgorithm::EcdsaP256)?,
    )?;

    let mut text = Vec::new();
    io::stdin().read_to_end(&mut text)?;
    let request = SigningRequest::from_pem(&text)?;
    eprintln!("asked for: {}", request.requested_subject());

    // What was asked for is a wish; who gets what is decided here.
    let template = Template {
        subject: Subject::new("jane").with_organizations(["dev", "oncall"]),
        subject_alt_names: vec![],
        profile: CLIENT,
        validity: Validity::starting(now, SignedDuration::from_hours(24))?,
    };
    let certificate = ca.prepare(&template, request.public_key())?.sign()?;

    let trust = TrustBundle::new(ca.certificate().clone(), vec![]);
    trust.verify(&certificate, Purpose::Client, now)?;
    eprintln!("signed:    {}", certificate.subject());
    print!("{}", certificate.to_pem());
    Ok(())
}
