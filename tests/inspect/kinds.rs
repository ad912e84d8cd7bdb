//! Each kind of thing as text for people.

use super::{bytes, check, make, masked, piped, root, said};
use crate::environment::Environment;

const PKI: &str = "hosts/server/etc/kubernetes/pki";

#[test]
fn a_server_certificate_with_the_ca_of_the_root_that_signed_it() {
    let root = root();
    check("apiserver.txt", &said(&root, &[&format!("{PKI}/apiserver.crt")]));
    // Elsewhere nobody knows the CA.
    let elsewhere = Environment::new();
    let certificate = root.path(&format!("{PKI}/apiserver.crt"));
    let alone = said(&elsewhere, &[certificate.to_str().unwrap()]);
    assert!(alone.contains("signed by    an unknown CA (ecdsa-with-SHA256)"), "{alone}");
    // Given together, the one signs the other.
    let authority = root.path("authorities/ca.crt");
    let both = [certificate.to_str().unwrap(), authority.to_str().unwrap()];
    let together = said(&elsewhere, &both).replace('\n', "").replace("               ", " ");
    let place = format!("signed by `{}`", authority.display());
    assert!(together.contains(&place.replace("by `", "by    `")), "{together}\n{place}");
}

#[test]
fn a_ca_of_the_same_name_with_another_key_is_told_apart() {
    let folder = Environment::new();
    for name in ["old", "new"] {
        let (key, out) = (format!("{name}.key"), format!("{name}.crt"));
        let ca = ["req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=kubernetes"];
        make(&folder, &[&ca[..], &["-keyout", &key, "-out", &out]].concat());
    }
    let request = ["req", "-new", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=jane"];
    make(&folder, &[&request[..], &["-keyout", "k", "-out", "csr"]].concat());
    let sign = ["x509", "-req", "-in", "csr", "-CAkey", "old.key", "-CA", "old.crt"];
    make(&folder, &[&sign[..], &["-CAcreateserial", "-out", "jane.crt"]].concat());
    let with = |authority: &str| {
        let json = folder.kubepki(&["inspect", "-o", "json", "jane.crt", authority]);
        let json: serde_json::Value = serde_json::from_str(&json.expect_success()).unwrap();
        json[0]["items"][0]["signedBy"].clone()
    };
    assert_eq!(with("old.crt"), serde_json::json!({"by": "authority", "place": "`old.crt`"}));
    assert_eq!(with("new.crt"), serde_json::json!({"by": "anotherKey", "place": "`new.crt`"}));
    let both = folder.kubepki(&["inspect", "jane.crt", "new.crt"]).expect_success();
    assert!(both.contains("  signed by    ANOTHER KEY than that of `new.crt`"), "{both}");
}

#[test]
fn a_ca_a_kubelet_and_one_above_rbac() {
    let root = root();
    check("ca.txt", &said(&root, &["authorities/ca.crt"]));
    check("kubelet.txt", &said(&root, &["hosts/node-0/etc/kubernetes/kubelet.conf"]));
    let super_admin = said(&root, &["users/super-admin.conf"]);
    assert!(super_admin.contains("meaning      member of system:masters: bypasses RBAC"));
}

#[test]
fn a_bundle_with_a_key_from_stdin() {
    let root = root();
    let mut bundle = b"some text in front\r\n".to_vec();
    for file in ["apiserver.key", "apiserver.crt", "ca.crt", "sa.pub"] {
        bundle.extend(bytes(&root, &format!("{PKI}/{file}")));
    }
    let text = String::from_utf8(bundle).unwrap().replace('\n', "\r\n");
    let elsewhere = Environment::new();
    for arguments in [&["-"][..], &[]] {
        let output = piped(&elsewhere, arguments, text.as_bytes()).expect_success();
        let heads: Vec<_> = output.lines().filter(|line| line.starts_with("stdin")).collect();
        let expected = [
            "stdin, 1 of 4: a private key",
            "stdin, 2 of 4: a server certificate",
            "stdin, 3 of 4: a CA certificate",
            "stdin, 4 of 4: a public key",
        ];
        assert_eq!(heads, expected);
        assert!(output.contains("  belongs to   number 2 of this list\n"), "{output}");
        assert!(output.contains("  signed by    number 3 here (ecdsa-with-SHA256)\n"), "{output}");
        assert!(output.contains("  key          ecdsa-p256, with its private key\n"));
    }
}

#[test]
fn a_request_says_who_would_be_who() {
    let folder = Environment::new();
    folder.write(
        "req.cnf",
        "[req]\nprompt = no\ndistinguished_name = n\nreq_extensions = e\n[n]\n0.O = dev\n1.O = system:masters\nCN = jane\n\
         [e]\nsubjectAltName = DNS:a.example, IP:10.0.0.1, email:a@b\nbasicConstraints = CA:TRUE\n\
         extendedKeyUsage = clientAuth\nkeyUsage = digitalSignature\n",
    );
    let new = ["req", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"];
    make(
        &folder,
        &[&new[..], &["-config", "req.cnf", "-keyout", "k", "-out", "jane.csr"]].concat(),
    );
    check("request.txt", &said(&folder, &["jane.csr"]));
    make(&folder, &["req", "-in", "jane.csr", "-outform", "DER", "-out", "jane.der"]);
    assert_eq!(said(&folder, &["jane.der"]), said(&folder, &["jane.csr"]).replace(".csr", ".der"));
}

#[test]
fn a_revocation_list() {
    let folder = Environment::new();
    folder.write("index", "R\t270101000000Z\t260101000000Z,keyCompromise\t7F\tunknown\t/CN=a\n");
    folder.write("number", "01\n");
    folder.write(
        "ca.cnf",
        "[ca]\ndefault_ca=l\n[l]\ndatabase=index\ncrlnumber=number\ndefault_md=sha256\n",
    );
    make(
        &folder,
        &[
            "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-subj", "/CN=ca", "-keyout", "k",
            "-out", "c",
        ],
    );
    let times = ["-crl_lastupdate", "20261101000000Z", "-crl_nextupdate", "20261120000000Z"];
    let list =
        ["ca", "-gencrl", "-config", "ca.cnf", "-keyfile", "k", "-cert", "c", "-out", "list.pem"];
    make(&folder, &[&list[..], &times].concat());
    check("list.txt", &said(&folder, &["list.pem"]));
}

#[test]
fn keys_in_every_form_show_no_byte_of_themselves() {
    let folder = Environment::new();
    make(
        &folder,
        &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "p8"],
    );
    make(&folder, &["ec", "-in", "p8", "-out", "sec1"]);
    make(&folder, &["genpkey", "-algorithm", "ED25519", "-out", "ed"]);
    make(&folder, &["genrsa", "-traditional", "-out", "rsa", "2048"]);
    make(&folder, &["pkcs8", "-topk8", "-in", "p8", "-passout", "pass:x", "-out", "sealed"]);
    make(&folder, &["pkey", "-in", "p8", "-outform", "DER", "-out", "der"]);
    let text = said(&folder, &["p8", "sec1", "ed", "rsa", "sealed", "der"]);
    check("keys.txt", &text);
    for key in ["p8", "sec1", "ed", "rsa"] {
        let pem = folder.read(key);
        let body = pem.lines().nth(1).unwrap();
        for format in ["text", "json", "yaml"] {
            let shown = said(&folder, &["-o", format, key]);
            assert!(!shown.contains(&body[..20]), "{shown}");
        }
    }
    // The fingerprint is openssl's and kubeadm's.
    make(&folder, &["pkey", "-in", "p8", "-pubout", "-outform", "DER", "-out", "public"]);
    make(&folder, &["dgst", "-sha256", "-hex", "-out", "digest", "public"]);
    let pin = folder.read("digest").trim().rsplit(' ').next().unwrap().to_owned();
    let json = folder.kubepki(&["inspect", "-o", "json", "p8"]).expect_success();
    assert!(json.contains(&format!("\"pin\": \"sha256:{pin}\"")), "{json}\n{pin}");
}

#[test]
fn a_pkcs12_container_is_opened_with_its_passphrase_alone() {
    let root = root();
    let (key, certificate) = (format!("{PKI}/apiserver.key"), format!("{PKI}/apiserver.crt"));
    let export = ["pkcs12", "-export", "-passout", "pass:geheim", "-out", "a.p12"];
    let parts = ["-inkey", &key, "-in", &certificate, "-certfile", "authorities/ca.crt"];
    make(&root, &[&export[..], &parts].concat());
    check("sealed.txt", &said(&root, &["a.p12"]));
    root.write("words", "geheim\n");
    let opened = said(&root, &["a.p12", "--passphrase-file", "words"]);
    assert!(opened.contains("a.p12, 1 of 3: a private key"), "{opened}");
    assert!(opened.contains("a.p12, 2 of 3: a server certificate"), "{opened}");
    assert!(opened.contains("belongs to   number 2 of this list"), "{opened}");
    // The passphrase of one is none of another, which may have none.
    let none = [&export[..4], &["-passout", "pass:", "-out", "none.p12"], &parts[..]].concat();
    make(&root, &none);
    let both = said(&root, &["a.p12", "none.p12", "--passphrase-file", "words"]);
    assert!(both.contains("none.p12, 1 of 3: a private key"), "{both}");
    root.write("words", "wrong\n");
    let refused = root.kubepki(&["inspect", "a.p12", "--passphrase-file", "words"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("cannot open `a.p12`\n  caused by: the passphrase is wrong"));
    assert!(said(&root, &["none.p12"]).contains("1 of 3: a private key"));
    let old = [
        &["pkcs12", "-export", "-legacy", "-passout", "pass:geheim", "-out", "old.p12"],
        &parts[..],
    ];
    make(&root, &old.concat());
    root.write("words", "geheim\n");
    let refused = root.kubepki(&["inspect", "old.p12", "--passphrase-file", "words"]);
    assert!(refused.stderr.contains("sealed with RC2, 3DES or another old cipher"), "{refused:?}");
    // That a passphrase would not help is said before anybody looks for it.
    let refused = root.kubepki(&["inspect", "old.p12"]);
    assert!(refused.stderr.contains("sealed with RC2, 3DES or another old cipher"), "{refused:?}");
    assert!(refused.stderr.contains("openssl pkcs12 -legacy -in OLD"), "{refused:?}");
}

#[test]
fn a_pkcs7_bundle_shows_its_certificates() {
    let root = root();
    let bundle = ["-certfile", "authorities/ca.crt", "-certfile", "authorities/etcd-ca.crt"];
    for (form, file) in [("PEM", "a.p7b"), ("DER", "a.p7c")] {
        let export = ["crl2pkcs7", "-nocrl", "-outform", form, "-out", file];
        make(&root, &[&export[..], &bundle].concat());
        let shown = said(&root, &[file]);
        assert!(shown.contains(&format!("{file}, 1 of 2: a CA certificate\n")), "{shown}");
        assert!(shown.contains("etcd's CA, by its name"), "{shown}");
    }
    make(&root, &["crl2pkcs7", "-nocrl", "-out", "empty.p7b"]);
    let refused = root.kubepki(&["inspect", "empty.p7b"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(refused.stderr.contains("openssl pkcs7 -print_certs"), "{refused:?}");
}

/// A self-signed certificate by a configuration of openssl's, and what is said of it.
fn said_of(folder: &Environment, key: &[&str], options: &[&str], config: &str) -> String {
    folder.write("x.cnf", &format!("[req]\nprompt=no\ndistinguished_name=n\n{config}"));
    let new = ["req", "-x509", "-nodes", "-config", "x.cnf", "-keyout", "k", "-out", "c"];
    make(folder, &[&new[..], key, options].concat());
    said(folder, &["c"]).replace("\n              ", "")
}

const P256: &[&str] = &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"];

#[test]
fn names_of_every_kind_and_encoding_are_text() {
    let folder = Environment::new();
    let config = "x509_extensions=e\n[n]\nO=caf\u{e9}\nCN=t\n[e]\nextendedKeyUsage=clientAuth\n\
                  subjectAltName=DNS:a_b,email:a@b.c,URI:spiffe://a/b,IP:fd00::1,RID:1.2.3,\
                  otherName:1.3.6.1.4.1.311.20.2.3;UTF8:jane@ad,dirName:d\n[d]\nCN=dir\n";
    // BMPStrings, as Windows writes them.
    let bmp = format!("string_mask=MASK:0x800\nutf8=yes\n{config}");
    let shown = said_of(&folder, P256, &[], &bmp);
    assert!(shown.contains("subject      O=café, CN=t\n"), "{shown}");
    assert!(shown.contains("groups       café\n"), "{shown}");
    let names = "names        DNS:a_b, email:a@b.c, URI:spiffe://a/b, IP:fd00::1, Registered ID:1.2.3, \
                 othername: Microsoft User Principal Name:jane@ad, DirName:CN=dir\n";
    assert!(shown.contains(names), "{shown}");
    // TeletexString, which Go has read in two ways.
    let shown = said_of(&folder, P256, &[], &format!("string_mask=nombstr\nutf8=yes\n{config}"));
    assert!(shown.contains("subject      O=café, CN=t\n"), "{shown}");
    assert!(shown.contains("meaning      its O is a TeletexString"), "{shown}");
}

#[test]
fn what_signed_itself_by_an_algorithm_that_is_not_verified_here() {
    let folder = Environment::new();
    let config = "[n]\nCN=ca\n";
    let curve = |name| ["-newkey", "ec", "-pkeyopt", name];
    let pss = ["-sigopt", "rsa_padding_mode:pss"];
    let rsa = ["-newkey", "rsa:2048"];
    for (key, options, name) in [
        (&curve("ec_paramgen_curve:secp256k1"), &[][..], "ecdsa-secp256k1"),
        (&curve("ec_paramgen_curve:brainpoolP256r1"), &[], "ecdsa-brainpoolP256r1"),
    ] {
        let shown = said_of(&folder, key, options, config);
        assert!(
            shown.contains("signed by    itself, by its name (this kind of signature"),
            "{shown}"
        );
        assert!(shown.contains(&format!("key          {name}\n")), "{shown}");
    }
    let shown = said_of(&folder, &curve("ec_paramgen_curve:P-521"), &[], config);
    assert!(shown.contains("signed by    itself (ecdsa-with-SHA"), "{shown}");
    assert!(shown.contains("key          ecdsa-p521\n"), "{shown}");
    for (key, options, name) in [
        (&rsa[..], &pss[..], "rsa-2048"),
        (&["-newkey", "rsa-pss"], &[], "rsa-pss"),
        (&["-newkey", "ed448"], &[], "ed448"),
    ] {
        let shown = said_of(&folder, key, options, config);
        assert!(
            shown.contains("signed by    itself, by its name (this kind of signature"),
            "{shown}"
        );
        assert!(shown.contains(&format!("key          {name}\n")), "{shown}");
    }
}

#[test]
fn serials_constraints_and_what_nobody_here_reads() {
    let folder = Environment::new();
    let shown = said_of(&folder, P256, &["-set_serial", "-5"], "[n]\nCN=a\n");
    assert!(shown.contains("serial       -05\n"), "{shown}");
    let ca = "x509_extensions=e\n[n]\nCN=ca\n[e]\nbasicConstraints=critical,CA:TRUE\n\
              nameConstraints=permitted;DNS:example.com,excluded;IP:10.0.0.0/255.0.0.0\n";
    let shown = said_of(&folder, P256, &[], ca);
    assert!(
        shown.contains("constraints  permitted DNS:example.com excluded IP:10.0.0.0/255.0.0.0\n"),
        "{shown}"
    );
    // The timestamps of a public CA's logs, broken: no component of Kubernetes looks at them.
    let broken = "x509_extensions=e\n[n]\nCN=a\n[e]\nct_precert_scts=ASN1:OCTETSTRING:abc\n";
    assert!(said_of(&folder, P256, &[], broken).contains("subject      CN=a\n"));
}

#[test]
fn dates_that_have_passed_or_not_begun() {
    let root = root();
    let jane = "users/jane.conf";
    let at = |time: &str| {
        let output = crate::clock::kubepki_at(time, &root, &["inspect", jane]);
        masked(&output.expect_success())
    };
    assert!(at("2026-11-24 12:00:00").contains("EXPIRED 2 days ago"));
    assert!(at("2026-11-20 12:00:00").contains("NOT YET VALID"));
    assert!(at("2026-11-22 09:30:00").contains(", 2 hours left"));
}
