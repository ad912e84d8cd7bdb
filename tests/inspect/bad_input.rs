//! Files that cannot be read: each gives one error that names the file and says why, and exit code 2.

use std::fs;

use super::{bytes, make, masked, piped, root};
use crate::environment::Environment;

#[track_caller]
fn refused(environment: &Environment, file: &str, why: &str) {
    let output = environment.kubepki(&["inspect", file]);
    assert_eq!((output.code, output.stdout.as_str()), (Some(2), ""), "{output:?}");
    let shown = masked(&output.stderr);
    assert!(shown.starts_with("error: ") && shown.contains(file), "{shown}");
    assert!(shown.contains(why), "{why}: {shown}");
}

#[test]
fn each_bad_file_says_what_is_wrong_with_it() {
    let root = root();
    let pem = root.read("authorities/ca.crt");
    root.write("empty", "");
    refused(&root, "empty", "it is empty");
    root.write("blank", " \n\r\n");
    refused(&root, "blank", "it is empty");
    root.write("cut.pem", &pem[..pem.len() / 2]);
    refused(&root, "cut.pem", "cut off");
    make(&root, &["x509", "-in", "authorities/ca.crt", "-outform", "DER", "-out", "ca.der"]);
    let der = bytes(&root, "ca.der");
    fs::write(root.path("cut.der"), &der[..der.len() / 2]).unwrap();
    refused(&root, "cut.der", "it is cut off");
    make(&root, &["base64", "-in", "authorities/ca.crt", "-out", "twice"]);
    refused(&root, "twice", "encoded once too often");
    refused(&root, "twice", "base64 -d");
    root.write("words", "hello world, this is no certificate\n");
    refused(&root, "words", "neither PEM nor DER");
    root.write("other.pem", "-----BEGIN DH PARAMETERS-----\nMIIB\n-----END DH PARAMETERS-----\n");
    refused(&root, "other.pem", "it is a file of Diffie-Hellman parameters");
    root.write(
        "ssh",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nMIIB\n-----END OPENSSH PRIVATE KEY-----\n",
    );
    refused(&root, "ssh", "it is a private key for ssh");
    root.write("not.crt", "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n");
    refused(
        &root,
        "not.crt",
        "the certificate on line 1 cannot be read: it is no certificate in DER",
    );
    root.write("large", &pem.repeat(2 * 1024 * 1024 / pem.len() + 1));
    refused(&root, "large", "1 MiB");
    refused(&root, "authorities", "it is a directory");
    refused(&root, "no-such-file", "there is no file");
}

#[test]
fn windows_line_ends_a_byte_order_mark_and_der_are_read() {
    let root = root();
    let plain = masked(&root.kubepki(&["inspect", "authorities/ca.crt"]).expect_success());
    let plain = plain.replace("authorities/ca.crt: a", "x: a");
    let pem = root.read("authorities/ca.crt");
    root.write("x", &format!("\u{feff}{}", pem.replace('\n', "\r\n")));
    assert_eq!(masked(&root.kubepki(&["inspect", "x"]).expect_success()), plain);
    make(&root, &["x509", "-in", "authorities/ca.crt", "-outform", "DER", "-out", "x"]);
    assert_eq!(masked(&root.kubepki(&["inspect", "x"]).expect_success()), plain);
}

#[test]
fn stdin_that_is_empty_or_too_large_says_so() {
    let folder = Environment::new();
    let output = piped(&folder, &[], b"");
    assert_eq!(output.code, Some(2));
    assert!(
        output.stderr.contains("cannot read stdin\n  caused by: it is empty\nhint: "),
        "{output:?}"
    );
    let output = piped(&folder, &["-"], &[b'a'; 2 * 1024 * 1024]);
    assert!(output.stderr.contains("larger than 1024 KiB"), "{output:?}");
    let output = folder.kubepki(&["inspect", "-", "-"]);
    assert!(output.stderr.contains("stdin can be read only once"), "{output:?}");
}

#[test]
fn one_bad_file_among_good_ones_leaves_them_shown() {
    let root = root();
    root.write("bad", "hello");
    let output = root.kubepki(&["inspect", "bad", "authorities/ca.crt", "missing"]);
    assert_eq!(output.code, Some(2));
    assert!(output.stdout.starts_with("authorities/ca.crt: a CA certificate"), "{output:?}");
    assert!(output.stderr.contains("`bad`") && output.stderr.contains("`missing`"), "{output:?}");
}

#[test]
fn names_that_would_move_a_terminals_cursor_are_shown_in_words() {
    let folder = Environment::new();
    folder.write(
        "x.cnf",
        "[req]\ndistinguished_name=n\nprompt=no\n[n]\nCN=\"a\u{1b}[2Jb\"\nO=\"x\u{7}\"\n",
    );
    let new = [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-config", "x.cnf", "-keyout", "k",
        "-out", "c",
    ];
    make(&folder, &new);
    for format in ["text", "json", "yaml"] {
        let shown = folder.kubepki(&["inspect", "-o", format, "c"]).expect_success();
        assert!(!shown.contains(['\u{1b}', '\u{7}']), "{shown:?}");
    }
}

#[test]
fn one_bad_section_of_a_bundle_leaves_the_others_shown() {
    let root = root();
    let good = root.read("authorities/ca.crt");
    let not_base64 = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    let no_certificate = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----\n";
    root.write("bundle", &[&good, not_base64, no_certificate, &good].concat());
    let output = root.kubepki(&["inspect", "bundle"]);
    assert_eq!(output.code, Some(2), "{output:?}");
    assert!(output.stdout.contains("bundle, 2 of 2: a CA certificate\n"), "{output:?}");
    let lines = good.lines().count();
    for (line, what) in
        [(lines + 1, "a section begins here that is not base64"), (lines + 4, "is no certificate")]
    {
        let said =
            output.stderr.lines().any(|it| it.contains(what) && it.contains(&line.to_string()));
        assert!(said, "{what} on line {line}: {}", output.stderr);
    }
    let json = root.kubepki(&["inspect", "-o", "json", "bundle"]);
    assert!(json.stdout.contains("\"error\": \"cannot read `bundle`"), "{json:?}");
}

#[test]
fn a_request_whose_signature_does_not_hold_is_shown_and_said_to_be_so() {
    let folder = Environment::new();
    let new = ["req", "-new", "-nodes", "-newkey", "rsa:2048", "-subj", "/O=dev/CN=jane"];
    make(&folder, &[&new[..], &["-outform", "DER", "-keyout", "k", "-out", "csr"]].concat());
    let mut der = bytes(&folder, "csr");
    *der.last_mut().unwrap() ^= 1;
    fs::write(folder.path("bad.der"), &der).unwrap();
    make(&folder, &["req", "-inform", "DER", "-in", "bad.der", "-out", "bad.pem"]);
    for file in ["bad.der", "bad.pem"] {
        let output = folder.kubepki(&["inspect", file]);
        assert_eq!(output.code, Some(2), "{output:?}");
        assert!(output.stdout.contains("  groups       dev\n"), "{output:?}");
        assert!(output.stdout.contains("  signature    INVALID"), "{output:?}");
        assert!(output.stderr.contains("does not verify"), "{output:?}");
    }
}
