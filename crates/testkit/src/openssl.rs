//! OpenSSL's command as a judge of certificates, keys and requests. Never reads the machine's own
//! trust store.

use std::path::Path;

use crate::programs::{self, Output};
use crate::{Purpose, Verification};

/// Verifies a chain with `openssl verify -x509_strict`, its purpose, and every host and address.
///
/// # Errors
///
/// What openssl complains of.
pub fn verify(question: &Verification<'_>) -> Result<(), String> {
    let hosts =
        question.hosts.iter().map(|host| ["-verify_hostname".to_owned(), (*host).to_owned()]);
    let addresses = question.addresses.iter().map(|ip| ["-verify_ip".to_owned(), ip.to_string()]);
    let mut names: Vec<_> = hosts.chain(addresses).map(Vec::from).collect();
    if names.is_empty() {
        names.push(Vec::new());
    }
    // openssl takes one name at a time: of several options the last wins.
    names.iter().try_for_each(|name| verify_one(question, name))
}

fn verify_one(question: &Verification<'_>, name: &[String]) -> Result<(), String> {
    let purpose = match question.purpose {
        Purpose::Any => "any",
        Purpose::ClientAuth => "sslclient",
        Purpose::ServerAuth => "sslserver",
    };
    let mut command = programs::command("openssl");
    command
        .args(["verify", "-x509_strict", "-check_ss_sig", "-no-CApath", "-no-CAstore"])
        .args(["-purpose", purpose])
        .args(name)
        .arg("-CAfile")
        .arg(question.authority)
        // Intermediates come with the leaf, as a TLS server sends them.
        .arg("-untrusted")
        .arg(question.certificate)
        .arg(question.certificate);
    programs::finish(command, b"").into_result().map(drop)
}

/// Prints the first certificate of a PEM file as `openssl x509 -text` does.
///
/// # Panics
///
/// When openssl cannot read it.
pub fn text(certificate: &Path) -> String {
    on_file(&["x509", "-noout", "-text"], certificate).expect_success()
}

/// Prints a PKCS#10 request as `openssl req -text` does, after a check of its signature.
///
/// # Errors
///
/// What openssl complains of.
pub fn request_text(request: &Path) -> Result<String, String> {
    let output = on_file(&["req", "-noout", "-text", "-verify"], request);
    // OpenSSL 3.0 says "verify failure" and exits with 0.
    if output.stderr.to_lowercase().contains("verify failure") {
        return Err(output.stderr);
    }
    output.into_result()
}

/// Makes a P-256 key and a PKCS#10 request for it. `subject` is written as `/O=dev/CN=jane`;
/// `names` are written as `DNS:host` or `IP:10.0.0.1`.
///
/// # Panics
///
/// When openssl refuses.
pub fn new_request(key: &Path, request: &Path, subject: &str, names: &[&str]) {
    let mut command = programs::command("openssl");
    command
        .args(["req", "-new", "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
        .args(["-utf8", "-subj", subject])
        .arg("-keyout")
        .arg(key)
        .arg("-out")
        .arg(request);
    if !names.is_empty() {
        command.args(["-addext", &format!("subjectAltName={}", names.join(","))]);
    }
    programs::finish(command, b"").expect_success();
}

/// Tells whether a private key file and the first certificate of a PEM file hold the same public
/// key.
///
/// # Panics
///
/// When openssl cannot read one of them.
pub fn key_matches(key: &Path, certificate: &Path) -> bool {
    public_key(key) == on_file(&["x509", "-noout", "-pubkey"], certificate).expect_success()
}

/// Prints the public half of a private key file as a PEM `PUBLIC KEY`.
///
/// # Panics
///
/// When openssl cannot read it or finds the key inconsistent.
pub fn public_key(key: &Path) -> String {
    on_file(&["pkey", "-check", "-noout"], key).expect_success();
    on_file(&["pkey", "-pubout"], key).expect_success()
}

/// Connects to a TLS server on 127.0.0.1 and verifies the chain it sends and one of its names.
/// Returns what openssl says of the connection, the server's certificate among it.
///
/// # Errors
///
/// What openssl complains of.
pub fn connect(port: u16, authority: &Path, host: &str) -> Result<String, String> {
    let mut command = programs::command("openssl");
    command
        .args(["s_client", "-connect", &format!("127.0.0.1:{port}"), "-servername", host])
        .args(["-verify_return_error", "-verify_hostname", host, "-x509_strict"])
        .args(["-no-CApath", "-no-CAstore", "-CAfile"])
        .arg(authority);
    let said = programs::finish(command, b"").into_result()?;
    if said.contains("Verify return code: 0 (ok)") { Ok(said) } else { Err(said) }
}

/// Runs openssl with any arguments.
pub fn run(arguments: &[&str]) -> Output {
    programs::run("openssl", arguments.iter().copied())
}

fn on_file(arguments: &[&str], file: &Path) -> Output {
    let mut command = programs::command("openssl");
    command.args(arguments).arg("-in").arg(file);
    programs::finish(command, b"")
}
