//! Certificates that openssl makes: every extension it knows, and names, numbers, dates and keys of
//! every kind.

use crate::judge::{Workshop, same_certificate};

/// Lines of openssl's configuration. Those with `DER` hold what no tool makes.
const EXTENSIONS: &[&str] = &[
    "basicConstraints = critical, CA:TRUE, pathlen:3",
    "basicConstraints = CA:FALSE",
    "basicConstraints = DER:30:00",
    "basicConstraints = DER:30:06:01:01:ff:02:01:ff",
    "keyUsage = critical, digitalSignature, nonRepudiation, keyEncipherment, dataEncipherment, \
     keyAgreement, keyCertSign, cRLSign, encipherOnly, decipherOnly",
    "keyUsage = DER:03:01:00",
    "keyUsage = DER:03:02:07:ff",
    "extendedKeyUsage = serverAuth, clientAuth, codeSigning, emailProtection, timeStamping, \
     OCSPSigning, ipsecIKE, msCodeInd, msCodeCom, msCTLSign, msEFS, 1.2.3.4.5, anyExtendedKeyUsage",
    "extendedKeyUsage = DER:30:00",
    "subjectKeyIdentifier = hash",
    "2.5.29.14 = DER:04:00",
    "2.5.29.14 = DER:04:01:05:ff",
    "2.5.29.14 = DER:04:05:00",
    "authorityKeyIdentifier = keyid:always, issuer:always",
    "2.5.29.35 = DER:30:00",
    "2.5.29.35 = DER:30:03:82:01:85",
    "2.5.29.35 = DER:30:03:80:01:85",
    "subjectAltName = DNS:a.b, email:a@b, URI:http://x/y, IP:1.2.3.4, IP:2001:db8::1, RID:1.2.3.4, \
     dirName:names, RID:2.5.29.15",
    "subjectAltName = otherName:1.2.3.4;UTF8:héllo, otherName:1.3.6.1.4.1.311.20.2.3;UTF8:u@x, \
     otherName:1.2.3;INTEGER:5, otherName:1.2.3.5;IA5:xx, otherName:1.3.6.1.5.5.7.8.9;UTF8:s@x, \
     otherName:1.3.6.1.5.5.7.8.7;IA5:_s.x, otherName:1.3.6.1.5.5.7.8.5;UTF8:x@y, \
     otherName:1.3.6.1.5.5.7.8.8;UTF8:realm",
    "subjectAltName = otherName:1.3.6.1.4.1.311.20.2.3;IA5:u@x",
    "subjectAltName = DER:30:00",
    "subjectAltName = DER:30:05:87:03:01:02:03",
    "subjectAltName = DER:30:08:82:06:61:00:62:e9:1b:0a",
    "subjectAltName = DER:30:08:82:06:61:01:62:e9:1b:0a",
    "subjectAltName = DER:30:04:a3:02:30:00",
    "subjectAltName = DER:30:06:a5:04:a1:02:0c:00",
    "issuerAltName = DNS:i.b, IP:10.0.0.1",
    "certificateIssuer = DER:30:03:82:01:61",
    "crlDistributionPoints = point, bare, URI:http://c/1",
    "crlDistributionPoints = DER:30:02:30:00",
    "crlDistributionPoints = DER:30:06:30:04:81:02:00:00",
    "freshestCRL = URI:http://f/1",
    "issuingDistributionPoint = critical, DER:30:03:81:01:ff",
    "issuingDistributionPoint = DER:30:00",
    "issuingDistributionPoint = critical, @idp\n[idp]\nfullname = URI:http://a/b\nindirectCRL = TRUE\n\
     onlysomereasons = keyCompromise",
    "certificatePolicies = 1.2.3.4, 1.5.6.7.8, @policy, 2.5.29.32.0",
    "certificatePolicies = DER:30:00",
    "certificatePolicies = DER:30:0e:30:0c:06:02:2a:03:30:06:30:04:06:02:2a:04",
    "certificatePolicies = DER:30:10:30:0e:06:02:2a:03:30:08:30:06:06:02:2a:04:05:00",
    "nameConstraints = critical, permitted;DNS:.x.y, permitted;IP:10.0.0.0/255.0.0.0, \
     permitted;dirName:names, excluded;email:@foo, excluded;IP:2001:db8::/ffff:ffff::, \
     excluded;URI:.x, excluded;otherName:1.2.3;UTF8:x",
    "nameConstraints = excluded;DNS:x",
    "nameConstraints = DER:30:00",
    "nameConstraints = DER:30:0a:a0:08:30:06:87:04:01:02:03:04",
    "policyConstraints = requireExplicitPolicy:3, inhibitPolicyMapping:1",
    "policyConstraints = DER:30:00",
    "policyMappings = 1.2.3:1.2.4, 1.2.5:anyPolicy",
    "policyMappings = DER:30:00",
    "inhibitAnyPolicy = 2",
    "inhibitAnyPolicy = DER:02:10:7f:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff",
    "inhibitAnyPolicy = DER:02:11:00:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff:ff",
    "crlNumber = DER:02:01:85",
    "2.5.29.27 = DER:02:01:05",
    "2.5.29.21 = DER:0a:01:07",
    "2.5.29.21 = DER:0a:01:0a",
    "2.5.29.23 = DER:06:03:2a:03:04",
    "2.5.29.24 = DER:18:0f:32:30:32:36:30:31:30:31:30:30:30:30:30:30:5a",
    "2.5.29.24 = DER:18:0f:32:30:32:36:30:32:33:30:30:30:30:30:30:30:5a",
    "2.5.29.16 = DER:30:00",
    "2.5.29.16 = DER:30:22:80:0f:32:30:32:36:30:31:30:31:30:30:30:30:30:30:5a:\
     81:0f:32:30:32:37:30:31:30:31:30:30:30:30:30:30:5a",
    "authorityInfoAccess = OCSP;URI:http://o/, caIssuers;URI:http://i/, 1.2.3.4;DNS:xx",
    "authorityInfoAccess = DER:30:00",
    "subjectInfoAccess = caRepository;URI:http://r/, 1.2.3.4;email:a@b",
    "1.3.6.1.5.5.7.48.1.5 = DER:05:00",
    "1.3.6.1.4.1.11129.2.4.3 = critical, ASN1:NULL",
    "1.3.6.1.4.1.11129.2.4.3 = DER:04:00",
    "tlsfeature = status_request, status_request_v2, 77",
    "1.3.6.1.5.5.7.1.24 = DER:30:00",
    "nsCertType = client, server, email, objsign, reserved, sslCA, emailCA, objCA",
    "nsComment = hello world\nnsBaseUrl = http://x\nnsCaRevocationUrl = http://c\nnsSslServerName = s",
    "nsComment = DER:16:00",
    "1.2.3.4.5.6 = ASN1:UTF8String:hello",
    "1.2.3.4.5.7 = critical, DER:04:02:00:ff:0a:0d:7f:7e",
    "2.999.12345678901234567890.1 = DER:05:00",
    // Known, but broken, cut off, or followed by something.
    "basicConstraints = DER:30:03:02:01",
    "basicConstraints = DER:30:00:ff:ff",
    "keyUsage = DER:04:01:00",
    "subjectAltName = DER:30:03:8a:01:00",
    "certificatePolicies = DER:31:00",
    "crlNumber = DER:02:02:00:01",
    "2.5.29.14 = DER:04:05:01",
    "subjectAltName = DER:30:81:04:82:02:61:62",
];

#[test]
fn every_extension() {
    let workshop = Workshop::new();
    for lines in EXTENSIONS {
        same_certificate(&workshop.certificate(lines, &[]), lines);
    }
}

#[test]
fn timestamps_of_transparency_logs() {
    let workshop = Workshop::new();
    let stamp = |version: u8, extensions: &[u8], algorithm: [u8; 2]| {
        let mut stamp = vec![version];
        stamp.extend(0..32);
        stamp.extend(1_700_000_000_123_u64.to_be_bytes());
        stamp.extend(counted(extensions));
        stamp.extend(algorithm);
        stamp.extend(counted(&[7; 70]));
        counted(&stamp)
    };
    let lists = [
        vec![],
        stamp(0, b"", [4, 3]),
        [stamp(0, b"", [4, 1]), stamp(0, b"abc", [4, 3])].concat(),
        [stamp(0, b"", [4, 3]), stamp(3, b"", [4, 3])].concat(),
        stamp(0, b"", [9, 9]),
    ];
    for list in lists {
        let list = counted(&list);
        let wrapped = [&[4, 0x82][..], &counted(&list)].concat();
        let hex: Vec<_> = wrapped.iter().map(|octet| format!("{octet:02x}")).collect();
        let line = format!("1.3.6.1.4.1.11129.2.4.2 = DER:{}", hex.join(":"));
        same_certificate(&workshop.certificate(&line, &[]), &line);
    }
}

/// Octets behind their number in two octets.
fn counted(octets: &[u8]) -> Vec<u8> {
    let count = u16::try_from(octets.len()).unwrap();
    [&count.to_be_bytes()[..], octets].concat()
}

#[test]
fn names_in_every_string() {
    const SUBJECTS: &[&str] = &[
        "/C=US/ST=Washington/L=Seattle/O=a/O=b/OU=c/CN=jane/emailAddress=a@b/UID=u-1",
        "/CN=jane+O=dev+O=ops/CN=second",
        "/CN=Ünïcödé ÿ€ 漢字 🦀",
        "/CN= leading and trailing ",
        "/CN=#hash/CN=#/CN= /CN=a#b",
        "/CN=a,b\\+c;d<e>f=g\"h\\\\i\\/j'k(l)",
        "/1.3.6.1.4.1.57683.2=uid-1/1.2.3.4=x/2.5.4.5=serial/DC=com/DC=example",
        "/CN=tab\there",
        "/title=t/GN=g/SN=s/pseudonym=p/street=st/postalCode=1/businessCategory=b/jurisdictionC=US",
    ];
    let workshop = Workshop::new();
    for mask in ["default", "nombstr", "utf8only", "MASK:0x800", "MASK:0x100", "MASK:0x4"] {
        for subject in SUBJECTS {
            let sections = format!("keyUsage = digitalSignature\n[req]\nstring_mask = {mask}");
            // OpenSSL itself refuses what a string cannot hold.
            let made = std::panic::catch_unwind(|| {
                let further = ["-utf8", "-multivalue-rdn", "-subj", subject];
                workshop.certificate(&sections, &further)
            });
            match made {
                Ok(der) => same_certificate(&der, &format!("{subject} in {mask}")),
                Err(_) => assert_ne!(mask, "utf8only", "{subject}"),
            }
        }
    }
    let empty = workshop.certificate("keyUsage = digitalSignature", &["-subj", "/"]);
    same_certificate(&empty, "no name at all");
}

#[test]
fn serial_numbers_of_any_size_and_sign() {
    const SERIALS: &[&str] = &[
        "0",
        "1",
        "127",
        "128",
        "-1",
        "-2",
        "-128",
        "-129",
        "0x7fffffffffffffff",
        "0x8000000000000000",
        "-0x7fffffffffffffff",
        "-0x8000000000000000",
        "-0x8000000000000001",
        "0xffffffffffffffff",
        "0x0123456789abcdef0123456789abcdef01234567",
        "-0x0123456789abcdef0123456789abcdef01234567",
    ];
    let workshop = Workshop::new();
    for serial in SERIALS {
        let der = workshop.certificate("", &["-set_serial", serial]);
        same_certificate(&der, serial);
    }
}

#[test]
fn dates_until_the_end_of_time() {
    let workshop = Workshop::new();
    for days in ["1", "3650", "9000", "36500", "2900000"] {
        same_certificate(&workshop.certificate("", &["-days", days]), days);
    }
}

#[test]
fn keys_and_signatures_of_every_kind() {
    let workshop = Workshop::new();
    let rsa = |bits: &str| {
        vec![
            "-algorithm".into(),
            "RSA".into(),
            "-pkeyopt".into(),
            format!("rsa_keygen_bits:{bits}"),
        ]
    };
    let plain = |algorithm: &str| vec!["-algorithm".to_owned(), algorithm.to_owned()];
    let curve = |name: &str, option: &str| {
        let curve = format!("ec_paramgen_curve:{name}");
        let mut words = plain("EC");
        words.extend(["-pkeyopt".to_owned(), curve, "-pkeyopt".to_owned(), option.to_owned()]);
        words
    };
    let named = "ec_param_enc:named_curve";
    let mut pss = plain("RSA-PSS");
    pss.extend(["-pkeyopt".into(), "rsa_keygen_bits:1024".into()]);
    let mut strict = pss.clone();
    for option in ["md:sha256", "mgf1_md:sha384", "saltlen:32"] {
        strict.extend(["-pkeyopt".into(), format!("rsa_pss_keygen_{option}")]);
    }
    let mut odd = rsa("2048");
    odd.extend(["-pkeyopt".into(), "rsa_keygen_pubexp:0x1000000000000000f".into()]);
    let mut keys = vec![rsa("1024"), rsa("2048"), rsa("2049"), rsa("3072"), odd, pss, strict];
    keys.extend([plain("ED25519"), plain("ED448")]);
    keys.extend(["P-256", "P-384", "P-521"].map(|name| curve(name, named)));
    keys.extend(["P-256", "P-384", "secp256k1"].map(|name| curve(name, "ec_param_enc:explicit")));
    let curves = ["P-224", "secp256k1", "brainpoolP256r1", "sect233k1", "wap-wsg-idm-ecid-wtls7"];
    keys.extend(curves.map(|name| curve(name, named)));
    for key in keys {
        let mut words = vec!["genpkey".to_owned(), "-out".to_owned(), "other.pem".to_owned()];
        words.extend(key);
        let words: Vec<_> = words.iter().map(String::as_str).collect();
        workshop.run(&words);
        same_certificate(&workshop.certificate("", &["-key", "other.pem"]), &words.join(" "));
    }
    let salted = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:20", "-sha1"];
    workshop.run(&["genrsa", "-out", "rsa.pem", "2048"]);
    for further in [salted.as_slice(), &["-sha512"], &["-sha1"], &["-md5"], &["-sha3-256"]] {
        let further = [&["-key", "rsa.pem"], further].concat();
        same_certificate(&workshop.certificate("", &further), &further.join(" "));
    }
    workshop.run(&["ec", "-in", "key.pem", "-conv_form", "compressed", "-out", "compressed.pem"]);
    same_certificate(&workshop.certificate("", &["-key", "compressed.pem"]), "a compressed point");
    workshop.run(&["dsaparam", "-out", "dsa.params", "1024"]);
    workshop.run(&["gendsa", "-out", "dsa.pem", "dsa.params"]);
    same_certificate(&workshop.certificate("", &["-key", "dsa.pem"]), "DSA");
}
