//! Revocation lists: of either version, with reasons and without, empty and not.

use std::fs;

use crate::judge::{self, Workshop};

const CONFIGURATION: &str = "\
[ca]
default_ca = list
[list]
database = index.txt
crlnumber = number
default_md = sha256
default_crl_days = 30
unique_subject = no
";

#[test]
fn lists_with_reasons_and_without() {
    const REVOKED: &str = "\
R\t270101000000Z\t260101000000Z\t01\tunknown\t/CN=a
R\t270101000000Z\t260102000000Z,keyCompromise\t7F\tunknown\t/CN=b
R\t270101000000Z\t260103000000Z,keyTime,20251231000000Z\t0123456789ABCDEF0123456789ABCDEF01234567\tunknown\t/CN=c
R\t270101000000Z\t260104000000Z,holdInstruction,holdInstructionReject\t80\tunknown\t/CN=d
R\t270101000000Z\t260104000000Z,CACompromise\t8000\tunknown\t/CN=e
";
    let workshop = Workshop::new();
    let pem = [
        "req",
        "-new",
        "-x509",
        "-key",
        "key.pem",
        "-subj",
        "/O=Örg/CN=ca",
        "-utf8",
        "-out",
        "ca.pem",
    ];
    workshop.run(&pem);
    let extended = "crl_extensions = more\n[more]\nauthorityKeyIdentifier = keyid:always, issuer:always\n\
                    issuingDistributionPoint = critical, @idp\n[idp]\nfullname = URI:http://a/b\nonlyuser = TRUE\n";
    for (index, (rows, more)) in
        [("", ""), (REVOKED, ""), (REVOKED, extended), ("", extended)].iter().enumerate()
    {
        workshop.write("index.txt", rows);
        workshop.write("number", "1000\n");
        workshop.write("ca.cnf", &format!("{CONFIGURATION}{more}"));
        workshop.run(&[
            "ca", "-gencrl", "-config", "ca.cnf", "-keyfile", "key.pem", "-cert", "ca.pem", "-out",
            "list.pem",
        ]);
        workshop.run(&["crl", "-in", "list.pem", "-outform", "DER", "-out", "list.der"]);
        let der = fs::read(workshop.path("list.der")).unwrap();
        let theirs = judge::text("crl", &der).unwrap();
        let ours = kubepki_verify::text::revocation_list(&der).unwrap();
        judge::same(&ours, &theirs, &format!("list {index}"));
    }
}
