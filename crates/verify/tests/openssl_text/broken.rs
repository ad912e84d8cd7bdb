//! Certificates with octets changed: what openssl prints is what we print, and nothing panics.

use std::fs;

use kubepki_verify::text;

use crate::judge::{self, Workshop};

/// A certificate with much in it.
const EXTENSIONS: &str = "\
basicConstraints = critical, CA:TRUE, pathlen:3
keyUsage = critical, digitalSignature, keyCertSign
extendedKeyUsage = serverAuth, clientAuth, 1.2.3.4.5
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always, issuer:always
subjectAltName = DNS:a.b, email:a@b, URI:http://x/y, IP:1.2.3.4, dirName:names, RID:1.2.3.4, otherName:1.2.3.4;UTF8:x
crlDistributionPoints = point, bare, URI:http://c/1
certificatePolicies = 1.2.3.4, @policy
nameConstraints = permitted;DNS:.x.y, permitted;IP:10.0.0.0/255.0.0.0, excluded;dirName:names
policyConstraints = requireExplicitPolicy:3
policyMappings = 1.2.3:1.2.4
authorityInfoAccess = OCSP;URI:http://o/
tlsfeature = status_request
nsCertType = client
nsComment = hello
1.2.3.4.5.6 = ASN1:UTF8String:hello
";

#[test]
fn a_certificate_with_octets_changed_prints_the_same_here_and_there() {
    const ROUNDS: usize = 600;
    let der = the_same_in_every_run();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let changed: Vec<_> = (0..ROUNDS).map(|_| random.change(&der)).collect();
    let (half, other) = changed.split_at(ROUNDS / 2);
    let (one, two) = std::thread::scope(|scope| {
        let one = scope.spawn(|| compare(half));
        (compare(other), one.join().unwrap())
    });
    let differences = [one.differences, two.differences].concat();
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n\n"));
    // Most of the changes leave a certificate.
    let printed = one.printed + two.printed;
    let refused = one.refused + two.refused;
    assert!(printed > ROUNDS / 3, "only {printed} were printed");
    assert!(refused * 100 < printed, "{refused} of {printed} were refused");
}

/// A certificate whose every octet but the signature's is known: of a fixed key, at a fixed time.
fn the_same_in_every_run() -> Vec<u8> {
    // An Ed25519 key (RFC 8410, 7) that is 32 times seven.
    let mut key = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
    key.extend([7; 32]);
    let workshop = Workshop::new();
    fs::write(workshop.path("fixed.der"), key).unwrap();
    workshop.run(&["pkey", "-inform", "DER", "-in", "fixed.der", "-out", "fixed.pem"]);
    let further = ["-key", "fixed.pem", "-subj", "/C=US/O=Org/CN=jane", "-set_serial", "77"];
    let mut der = workshop.certificate(EXTENSIONS, &further);
    let is_time = |octets: &[u8]| octets.starts_with(b"\x17\x0d") && octets[14] == b'Z';
    let times: Vec<_> = (0..der.len() - 15).filter(|at| is_time(&der[*at..])).collect();
    assert_eq!(times.len(), 2);
    for (at, time) in times.iter().zip([b"261121000000Z", b"271121000000Z"]) {
        der[at + 2..at + 15].copy_from_slice(time);
    }
    der
}

#[derive(Default)]
struct Comparison {
    printed: usize,
    refused: usize,
    differences: Vec<String>,
}

fn compare(all: &[Vec<u8>]) -> Comparison {
    let mut comparison = Comparison::default();
    for der in all {
        let ours = text::certificate(der);
        let Some(theirs) = judge::text("x509", der) else { continue };
        // What OpenSSL says of a key that it cannot load has addresses in it.
        if theirs.windows(14).any(|window| window == b"Unable to load") {
            continue;
        }
        comparison.printed += 1;
        let difference = match ours {
            Ok(ours) => judge::difference(&ours, &theirs),
            // OpenSSL reads more of BER than DER has, such as strings in pieces.
            Err(_) => {
                comparison.refused += 1;
                None
            }
        };
        let hex = || der.iter().map(|octet| format!("{octet:02x}")).collect::<String>();
        comparison.differences.extend(difference.map(|it| format!("{it}\n{}", hex())));
    }
    comparison
}

/// Numbers that look random and are the same in every run (xorshift64).
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(below).unwrap()).unwrap()
    }

    /// A copy with one to three octets changed, outside of the signature. The bit of a tag that says
    /// whether there are values inside stays: BER lets strings come in pieces there, DER does not.
    fn change(&mut self, der: &[u8]) -> Vec<u8> {
        let mut changed = der.to_vec();
        for _ in 0..=self.next(3) {
            let at = self.next(der.len() - 80);
            let octet = match self.next(4) {
                0 => u8::try_from(self.next(256)).unwrap(),
                1 => der[at] ^ (1 << self.next(8)),
                2 => der[at].wrapping_add(1),
                _ => der[self.next(der.len() - 80)],
            };
            changed[at] = octet & !0x20 | der[at] & 0x20;
        }
        changed
    }
}
