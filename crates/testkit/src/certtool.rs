//! GnuTLS' certtool as a second judge of certificates, with no code in common with OpenSSL. Never
//! reads the machine's own trust store.

use crate::programs;
use crate::{Purpose, Verification};

/// Verifies a chain with `certtool --verify`, its purpose, and every host and address.
///
/// # Errors
///
/// What certtool complains of.
pub fn verify(question: &Verification<'_>) -> Result<(), String> {
    let mut names: Vec<_> = question.hosts.iter().map(|host| Some((*host).to_owned())).collect();
    names.extend(question.addresses.iter().map(|address| Some(address.to_string())));
    if names.is_empty() {
        names.push(None);
    }
    // certtool takes one name at a time; an address is a host name to it.
    names.iter().try_for_each(|name| verify_one(question, name.as_deref()))
}

fn verify_one(question: &Verification<'_>, name: Option<&str>) -> Result<(), String> {
    let mut command = programs::command("certtool");
    command.arg("--verify");
    command.arg("--load-ca-certificate").arg(question.authority);
    command.arg("--infile").arg(question.certificate);
    if let Some(name) = name {
        command.args(["--verify-hostname", name]);
    }
    match question.purpose {
        Purpose::Any => {}
        Purpose::ClientAuth => drop(command.args(["--verify-purpose", "1.3.6.1.5.5.7.3.2"])),
        Purpose::ServerAuth => drop(command.args(["--verify-purpose", "1.3.6.1.5.5.7.3.1"])),
    }
    let said = programs::finish(command, b"").into_result()?;
    // Its exit code has been 0 for some refusals; what it says is the verdict.
    if said.contains("Chain verification output: Verified.") { Ok(()) } else { Err(said) }
}
