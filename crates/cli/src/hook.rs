//! A command of the operator's own, run for each host of which files changed. It is told names and
//! paths, never a secret.

use std::{
    io::{self, IsTerminal},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
};

use kubepki_cluster::{HostWork, StorePath, spec::Lifetime};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::error::CommandError;

/// Runs `sh -c <command>` to its end; what it prints goes to stderr.
///
/// # Errors
/// When it cannot be started, takes longer than `limit`, or ends with something else than 0.
pub(crate) fn run(
    command: &str,
    root: &Path,
    work: &HostWork,
    limit: Lifetime,
) -> Result<(), CommandError> {
    let host = &work.host;
    let failed = || CommandError::failed(format!("the hook for `{host}` failed"));
    let lines = |words: Vec<&str>| words.join("\n");
    let files = work.files.iter().map(|file| StorePath::as_str(&file.path)).collect();
    let restart = work.restart.iter().map(|component| component.name()).collect();
    // At a terminal it stays in the foreground, where ssh may ask and Ctrl-C ends it. Elsewhere what
    // it has started is ended with it.
    let group = !io::stdin().is_terminal();
    // The command is the operator's own, and may hold a secret.
    tracing::info!(host, "run the hook");
    let mut shell = Command::new("sh");
    if group {
        shell.process_group(0);
    }
    let status = shell
        .args(["-c", command])
        .env("KUBEPKI_HOST", host)
        .env("KUBEPKI_FILES", lines(files))
        .env("KUBEPKI_RESTART", lines(restart))
        .env("KUBEPKI_DIR", root)
        .stdin(Stdio::null())
        // What is on stdout is for programs.
        .stdout(io::stderr())
        .spawn()
        .and_then(|child| finish(child, limit.duration().unsigned_abs(), group))
        .map_err(|error| failed().because("cannot run `sh`").caused_by(&error))?;
    match status {
        None => Err(failed()
            .because(format!("it was stopped after {limit}"))
            .hint("allow more time with `--hook-timeout`")),
        Some(status) if status.success() => Ok(()),
        Some(status) => Err(failed().because(format!("it ended with {status}"))),
    }
}

/// Waits for the end of a command; `None` where it had to be ended.
fn finish(mut child: Child, limit: Duration, group: bool) -> io::Result<Option<ExitStatus>> {
    if let Some(status) = wait(&mut child, limit)? {
        return Ok(Some(status));
    }
    let pid = Pid::from_child(&child);
    let send =
        |signal| if group { kill_process_group(pid, signal) } else { kill_process(pid, signal) };
    // Between the two looks it may have ended by itself, and then there is nobody to be told.
    let _ = send(Signal::TERM);
    if wait(&mut child, GRACE)?.is_none() {
        let _ = send(Signal::KILL);
        child.wait()?;
    }
    Ok(None)
}

/// Looks again and again, less and less often.
fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let (mut waited, mut step) = (Duration::ZERO, Duration::from_millis(2));
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if waited >= limit {
            return Ok(None);
        }
        step = step.min(limit - waited);
        thread::sleep(step);
        waited += step;
        step = (step * 2).min(Duration::from_millis(250));
    }
}

/// How long a hook has to clean up.
const GRACE: Duration = Duration::from_secs(5);
