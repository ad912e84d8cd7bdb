//! Requests: with attributes and extensions, and without.

use std::fs;

use crate::judge::{self, Workshop};

#[test]
fn requests_with_attributes_and_extensions() {
    const CONFIGURATIONS: &[&str] = &[
        "",
        "[req]\nreq_extensions = wishes\n[wishes]\nsubjectAltName = DNS:a, IP:10.0.0.1\nkeyUsage = critical, digitalSignature\n1.2.3 = DER:05:00",
        "[req]\nattributes = words\n[words]\nchallengePassword = geheim\nunstructuredName = Jäne",
        "[req]\nattributes = words\nreq_extensions = wishes\n[words]\nunstructuredName = a name\n[wishes]\nextendedKeyUsage = clientAuth",
    ];
    let workshop = Workshop::new();
    for configuration in CONFIGURATIONS {
        let text = format!(
            "[req]\nprompt = no\nutf8 = yes\ndistinguished_name = subject\n[subject]\nO = dev\nCN = jäne\n{configuration}\n"
        );
        workshop.write("req.cnf", &text);
        workshop.run(&[
            "req", "-new", "-key", "key.pem", "-config", "req.cnf", "-outform", "DER", "-out",
            "req.der",
        ]);
        let der = fs::read(workshop.path("req.der")).unwrap();
        let theirs = judge::text("req", &der).unwrap();
        let ours = kubepki_verify::text::request(&der).unwrap();
        judge::same(&ours, &theirs, configuration);
    }
}
