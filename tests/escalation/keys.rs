//! Attempts with keys that anybody can sign for, signatures that are none, and files that are no
//! requests.

use crate::{
    bytes::*,
    requests::{
        Case, OpensslKey, case, ec_spki, ecdsa_sha256, info, p256_point, p256_sign, p256_spki,
        request, request_der, signed,
    },
};

pub(crate) fn cases() -> Vec<Case> {
    [weak_keys(), odd_keys(), signatures(), files()].concat()
}

fn joe() -> Vec<u8> {
    subject("joe", &["dev"])
}

fn user(name: &str, rule: &str, what: &str, text: Vec<u8>) -> Case {
    case("user", name, &format!("refuse {rule}"), what, text)
}

fn csr(der: &[u8]) -> Vec<u8> {
    pem("CERTIFICATE REQUEST", der)
}

fn weak_keys() -> Vec<Case> {
    let rsa = |bits: &str, more: &[&str]| {
        let bits = format!("rsa_keygen_bits:{bits}");
        OpensslKey::new(&[&["-algorithm", "RSA", "-pkeyopt", &bits], more].concat())
    };
    let ec = |curve: &str, more: &[&str]| {
        let curve = format!("ec_paramgen_curve:{curve}");
        OpensslKey::new(&[&["-algorithm", "EC", "-pkeyopt", &curve], more].concat())
    };
    let exponent = |e: &str| rsa("2048", &["-pkeyopt", &format!("rsa_keygen_pubexp:{e}")]);
    let explicit = ["-pkeyopt", "ec_param_enc:explicit"];
    let keys = [
        ("rsa-512", "RSA of 512 bits", rsa("512", &[])),
        ("rsa-1024", "RSA of 1024 bits", rsa("1024", &[])),
        ("rsa-2040", "RSA of 2040 bits", rsa("2040", &[])),
        ("rsa-2047", "RSA of 2047 bits", rsa("2047", &[])),
        ("rsa-e-3", "RSA with the exponent 3", exponent("3")),
        ("rsa-e-17", "RSA with the exponent 17", exponent("17")),
        ("rsa-e-large", "RSA with a large exponent", exponent("4294967297")),
        (
            "rsa-pss",
            "an RSASSA-PSS key",
            OpensslKey::new(&["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"]),
        ),
        ("ec-p192", "the curve P-192", ec("P-192", &[])),
        ("ec-p224", "the curve P-224", ec("P-224", &[])),
        ("ec-p521", "the curve P-521", ec("P-521", &[])),
        ("ec-k256", "the curve secp256k1", ec("secp256k1", &[])),
        ("ec-brainpool", "a Brainpool curve", ec("brainpoolP256r1", &[])),
        ("ec-explicit", "P-256 by its parameters, which may be others'", ec("P-256", &explicit)),
        ("ed448", "Ed448", OpensslKey::new(&["-algorithm", "ED448"])),
    ];
    keys.iter()
        .map(|(name, what, key)| user(&format!("key-{name}"), "key", what, key.request(&[])))
        .collect()
}

fn odd_keys() -> Vec<Case> {
    let p256 = oid("1.2.840.10045.3.1.7");
    // The signature is that of another key: nobody has one for these, unless by a weakness.
    let unsigned = |spki: &[u8]| {
        let info = info(&joe(), spki, &[]);
        csr(&signed(&info, &ecdsa_sha256(), &p256_sign(&info)))
    };
    let mut off_curve = p256_point();
    off_curve[64] ^= 1;
    let point = p256_point();
    let compressed = [&[2 + (point[64] & 1)], &point[1..33]].concat();
    let hybrid = [&[6 + (point[64] & 1)], &point[1..]].concat();
    let origin = [&[4_u8][..], &[0; 64]].concat();
    let beyond = [&[4_u8][..], &[0xff; 64]].concat();
    let wrong_curve = ec_spki(&oid("1.3.132.0.34"), &point);
    // DER wants unused bits to be zero; others would be broken in a second way.
    let even = [&point[..64], &[point[64] & 0xfe]].concat();
    let unused_bits =
        sequence(&[&sequence(&[&oid("1.2.840.10045.2.1"), &p256]), &tlv(3, &[&[1], &even])]);
    let trailing = sequence(&[
        &sequence(&[&oid("1.2.840.10045.2.1"), &p256]),
        &tlv(3, &[&[0], &point]),
        &tlv(5, &[]),
    ]);
    let no_curve = sequence(&[
        &sequence(&[&oid("1.2.840.10045.2.1"), &tlv(5, &[])]),
        &tlv(3, &[&[0], &point]),
    ]);
    let mut all = vec![
        user(
            "point-off-curve",
            "key",
            "a point that is not on the curve",
            unsigned(&ec_spki(&p256, &off_curve)),
        ),
        user("point-origin", "key", "the point (0, 0)", unsigned(&ec_spki(&p256, &origin))),
        user(
            "point-beyond",
            "key",
            "coordinates beyond the field",
            unsigned(&ec_spki(&p256, &beyond)),
        ),
        user("point-infinity", "key", "the point at infinity", unsigned(&ec_spki(&p256, &[0]))),
        user(
            "point-compressed",
            "key",
            "a compressed point",
            unsigned(&ec_spki(&p256, &compressed)),
        ),
        user("point-hybrid", "key", "a hybrid point", unsigned(&ec_spki(&p256, &hybrid))),
        user("point-empty", "key", "no point", unsigned(&ec_spki(&p256, &[]))),
        user(
            "point-wrong-curve",
            "key",
            "a P-256 point said to be on P-384",
            unsigned(&wrong_curve),
        ),
        user("key-unused-bits", "key", "a key of no whole octets", unsigned(&unused_bits)),
        user("key-no-curve", "key", "an EC key of no curve", unsigned(&no_curve)),
        user("key-trailing", "key", "something behind the key", unsigned(&trailing)),
    ];
    // With the neutral element as key, (R, s) = (neutral, 0) is a signature over everything.
    let neutral = [&[1_u8][..], &[0; 31]].concat();
    let mut order_2 = [0xff_u8; 32];
    (order_2[0], order_2[31]) = (0xec, 0x7f);
    for (name, key) in
        [("neutral", neutral.as_slice()), ("order-2", &order_2), ("order-4", &[0; 32])]
    {
        let spki = sequence(&[&sequence(&[&oid("1.3.101.112")]), &tlv(3, &[&[0], key])]);
        let info = info(&joe(), &spki, &[]);
        let signature = [neutral.as_slice(), &[0; 32]].concat();
        let text = csr(&signed(&info, &sequence(&[&oid("1.3.101.112")]), &signature));
        let what = format!("an Ed25519 point of small order ({name}), for which anybody can sign");
        all.push(user(&format!("ed25519-{name}"), "key", &what, text));
    }
    // RSA: an even modulus, a negative one, and one with zeros before it.
    let rsa = |modulus: &[u8], exponent: &[u8]| {
        let bits = sequence(&[&tlv(2, &[modulus]), &tlv(2, &[exponent])]);
        let algorithm = sequence(&[&oid("1.2.840.113549.1.1.1"), &tlv(5, &[])]);
        unsigned(&sequence(&[&algorithm, &tlv(3, &[&[0], &bits])]))
    };
    let even = [&[0_u8][..], &[0xfe; 256]].concat();
    let short = [&[0_u8][..], &[0x7f; 256]].concat();
    all.extend([
        user("rsa-even", "key", "an even modulus", rsa(&even, &[1, 0, 1])),
        user("rsa-negative", "key", "a negative modulus", rsa(&[0xff; 256], &[1, 0, 1])),
        user("rsa-padded", "key", "2047 bits in the length of 2048", rsa(&short, &[1, 0, 1])),
        user(
            "rsa-e-padded",
            "key",
            "an exponent with zeros before it",
            rsa(&[&[0_u8][..], &[0xff; 256]].concat(), &[0, 1, 0, 1]),
        ),
        user(
            "rsa-e-1",
            "key",
            "the exponent 1, for which everything is a signature",
            rsa(&[&[0_u8][..], &[0xff; 256]].concat(), &[1]),
        ),
    ]);
    all
}

fn signatures() -> Vec<Case> {
    let rsa = OpensslKey::new(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]);
    let ed25519 = OpensslKey::new(&["-algorithm", "ED25519"]);
    let with = |key: &OpensslKey, algorithm: &str, digest: &str| {
        let info = info(&joe(), &key.spki(), &[]);
        let algorithm = sequence(&[&oid(algorithm), &tlv(5, &[])]);
        csr(&signed(&info, &algorithm, &key.sign(digest, &info)))
    };
    let other = OpensslKey::new(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]);
    let harmless = info(&joe(), &p256_spki(), &[]);
    let masters = info(&subject("joe", &["system:masters"]), &p256_spki(), &[]);
    let renamed = info(&subject("jim", &["dev"]), &p256_spki(), &[]);
    let named = info(&joe(), &p256_spki(), &[asking(&[san(&[dns("a")])])]);
    let stolen = info(&joe(), &other.spki(), &[]);
    let sha256 = ecdsa_sha256();
    let good = p256_sign(&harmless);
    let zero = sequence(&[&tlv(2, &[&[0]]), &tlv(2, &[&[0]])]);
    let mut bent = good.clone();
    *bent.last_mut().unwrap() ^= 1;
    let swapped = |info: &[u8], signature: &[u8]| csr(&signed(info, &sha256, signature));
    let null = sequence(&[&oid("1.2.840.10045.4.3.2"), &tlv(5, &[])]);
    vec![
        user(
            "signature-md5",
            "signature-algorithm",
            "RSA with MD5",
            with(&rsa, "1.2.840.113549.1.1.4", "-md5"),
        ),
        user(
            "signature-sha1",
            "signature-algorithm",
            "RSA with SHA-1",
            with(&rsa, "1.2.840.113549.1.1.5", "-sha1"),
        ),
        user(
            "signature-sha224",
            "signature-algorithm",
            "RSA with SHA-224",
            with(&rsa, "1.2.840.113549.1.1.14", "-sha224"),
        ),
        user(
            "signature-pss",
            "signature-algorithm",
            "RSASSA-PSS",
            rsa.request(&["-sha256", "-sigopt", "rsa_padding_mode:pss"]),
        ),
        user(
            "signature-ec-sha1",
            "signature-algorithm",
            "ECDSA with SHA-1",
            with(&other, "1.2.840.10045.4.1", "-sha1"),
        ),
        user(
            "signature-said-sha1",
            "signature-algorithm",
            "a good signature said to be ECDSA with SHA-1",
            csr(&signed(&harmless, &sequence(&[&oid("1.2.840.10045.4.1")]), &good)),
        ),
        user(
            "signature-other-kind",
            "signature-algorithm",
            "an RSA algorithm with an EC key",
            csr(&signed(
                &harmless,
                &sequence(&[&oid("1.2.840.113549.1.1.11"), &tlv(5, &[])]),
                &good,
            )),
        ),
        user(
            "signature-none",
            "signature-algorithm",
            "no algorithm that signs",
            csr(&signed(
                &harmless,
                &sequence(&[&oid("1.2.840.113549.1.1.1"), &tlv(5, &[])]),
                &good,
            )),
        ),
        user(
            "signature-ed25519-as-ec",
            "signature-algorithm",
            "an Ed25519 key with ECDSA",
            csr(&signed(&info(&joe(), &ed25519.spki(), &[]), &sha256, &good)),
        ),
        user("signature-bent", "signature", "one bit changed", swapped(&harmless, &bent)),
        user("signature-empty", "signature", "an empty signature", swapped(&harmless, &[])),
        user("signature-zero", "signature", "r = s = 0", swapped(&harmless, &zero)),
        user(
            "signature-stolen",
            "signature",
            "somebody else's key",
            swapped(&stolen, &p256_sign(&stolen)),
        ),
        user(
            "signature-renamed",
            "signature",
            "another name after it was signed",
            swapped(&renamed, &good),
        ),
        user(
            "signature-masters",
            "signature",
            "system:masters put in after it was signed",
            swapped(&masters, &good),
        ),
        user(
            "signature-named",
            "signature",
            "a subjectAltName put in after it was signed",
            swapped(&named, &good),
        ),
        user(
            "signature-bits",
            "malformed",
            "a signature of no whole octets",
            csr(&sequence(&[&harmless, &sha256, &tlv(3, &[&[3], &good])])),
        ),
        case(
            "user",
            "signature-null",
            "sign WITHOUT",
            "ECDSA with a NULL that should not be there: harmless",
            csr(&signed(&harmless, &null, &good)),
        ),
    ]
}

fn files() -> Vec<Case> {
    let der = request_der(&joe(), &[]);
    let good = request(&joe(), &[]);
    let text = String::from_utf8(good.clone()).unwrap();
    let masters = request(&subject("joe", &["system:masters"]), &[]);
    let mut wrong_version = sequence(&[&tlv(2, &[&[1]]), &joe(), &p256_spki(), &tlv(0xa0, &[])]);
    let signature = p256_sign(&wrong_version);
    wrong_version = signed(&wrong_version, &ecdsa_sha256(), &signature);
    let behind_info =
        sequence(&[&tlv(2, &[&[0]]), &joe(), &p256_spki(), &tlv(0xa0, &[]), &tlv(5, &[])]);
    let behind_info = signed(&behind_info, &ecdsa_sha256(), &p256_sign(&behind_info));
    let content = &der[if der[1] == 0x81 { 3 } else { 4 }..];
    let indefinite = [&[0x30, 0x80], content, &[0, 0]].concat();
    let long_length = [&[0x30, 0x84, 0, 0, 0, content.len() as u8], content].concat();
    let key = OpensslKey::new(&["-algorithm", "ED25519"]);
    let certificate = key.request(&["-x509", "-days", "1"]);
    let huge = subject("joe", &vec!["dev"; 8000]);
    vec![
        user("file-empty", "malformed", "nothing", Vec::new()),
        user("file-text", "malformed", "no PEM", b"joe wants to be an admin\n".to_vec()),
        user(
            "file-two",
            "malformed",
            "a good request, then one for system:masters",
            [good.clone(), masters.clone()].concat(),
        ),
        user(
            "file-two-first",
            "malformed",
            "one for system:masters, then a good request",
            [masters, good.clone()].concat(),
        ),
        user("file-certificate", "malformed", "a certificate", certificate.clone()),
        user(
            "file-certificate-as-request",
            "malformed",
            "a certificate under the label of a request",
            String::from_utf8(certificate)
                .unwrap()
                .replace("CERTIFICATE", "CERTIFICATE REQUEST")
                .into_bytes(),
        ),
        user("file-public-key", "malformed", "a public key", pem("PUBLIC KEY", &p256_spki())),
        user(
            "file-truncated",
            "malformed",
            "a request without its end",
            good[..good.len() - 60].to_vec(),
        ),
        user("file-cut", "malformed", "a request with half its octets", csr(&der[..der.len() / 2])),
        user(
            "file-trailing",
            "malformed",
            "octets behind the request",
            csr(&[der.clone(), vec![5, 0]].concat()),
        ),
        user("file-behind-info", "malformed", "a field too many", csr(&behind_info)),
        user("file-version", "malformed", "version 2", csr(&wrong_version)),
        user("file-indefinite", "malformed", "BER's indefinite length", csr(&indefinite)),
        user("file-long-length", "malformed", "a length with zeros", csr(&long_length)),
        user(
            "file-not-base64",
            "malformed",
            "no base64",
            text.replacen("MI", "M!", 1).into_bytes(),
        ),
        user("file-zeros", "malformed", "zeros", csr(&[0; 300])),
        user(
            "file-nested",
            "malformed",
            "a thousand sequences, one in the other",
            csr(&(0..1000).fold(Vec::new(), |inner, _| sequence(&[&inner]))),
        ),
        user("file-huge", "size", "8000 groups", request(&huge, &[])),
        case(
            "user",
            "file-java",
            "sign WITHOUT",
            "Java's label, which is harmless",
            text.replace(" CERTIFICATE REQUEST", " NEW CERTIFICATE REQUEST").into_bytes(),
        ),
    ]
}
