//! A command of the operator's own, run for each host of which files changed. It is told names and
//! paths, never a secret.

use std::{
    io,
    path::Path,
    process::{Command, Stdio},
};

use kubepki_cluster::{HostWork, StorePath};

use crate::error::CommandError;

/// Runs `sh -c <command>` to its end; what it prints goes to stderr.
///
/// # Errors
/// When it cannot be started, or ends with something else than 0.
pub(crate) fn run(command: &str, root: &Path, work: &HostWork) -> Result<(), CommandError> {
    let host = &work.host;
    let failed = || CommandError::failed(format!("the hook for `{host}` failed"));
    let lines = |words: Vec<&str>| words.join("\n");
    let files = work.files.iter().map(|file| StorePath::as_str(&file.path)).collect();
    let restart = work.restart.iter().map(|component| component.name()).collect();
    let status = Command::new("sh")
        .args(["-c", command])
        .env("KUBEPKI_HOST", host)
        .env("KUBEPKI_FILES", lines(files))
        .env("KUBEPKI_RESTART", lines(restart))
        .env("KUBEPKI_DIR", root)
        .stdin(Stdio::null())
        // What is on stdout is for programs.
        .stdout(io::stderr())
        .status()
        .map_err(|error| failed().because("cannot run `sh`").caused_by(&error))?;
    if status.success() { Ok(()) } else { Err(failed().because(format!("it ended with {status}"))) }
}
