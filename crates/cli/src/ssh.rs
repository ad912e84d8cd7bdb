//! The way to a machine: the operator's own ssh, with the keys, agents and jump hosts it knows.
//! Decides nothing about what runs there.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::{Command, Stdio},
    thread,
};

use crate::{error::CommandError, trace};

/// Which machine is spoken to.
pub(crate) struct Ssh {
    /// As ssh takes it.
    pub(crate) destination: String,
    /// Its configuration file, if not the usual.
    pub(crate) config: Option<PathBuf>,
}

/// How a command on the other side ended.
pub(crate) enum Ended {
    /// The connection failed, before or while it ran.
    Lost {
        /// What ssh said.
        complaint: String,
    },
    /// The command failed.
    Refused {
        /// What it said.
        complaint: String,
    },
    /// It did its work.
    Well {
        /// What it printed.
        output: String,
    },
}

impl Ssh {
    /// Runs a command over there, with `input` on its stdin and never in its arguments.
    pub(crate) fn run(&self, command: &str, input: &[u8]) -> Result<Ended, CommandError> {
        let mut ssh = Command::new("ssh");
        if let Some(config) = &self.config {
            ssh.arg("-F").arg(config);
        }
        // The destination is the user's word, and must not become an option.
        ssh.args(["-T", "--", &self.destination, command]);
        let (output, took) = trace::timed(|| exchange(ssh, input));
        tracing::debug!(destination = self.destination, ?took, "run ssh");
        let output = output.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => CommandError::failed("cannot connect to the host")
                .because("there is no `ssh` on the PATH")
                .hint("install it (Debian: openssh-client), or use `kubepki host bundle`"),
            _ => CommandError::failed("cannot run ssh").caused_by(&error),
        })?;
        let complaint = last_lines(&output.stderr);
        Ok(match output.status.code() {
            Some(0) => Ended::Well { output: String::from_utf8_lossy(&output.stdout).into_owned() },
            // What ssh itself fails with (ssh(1), EXIT STATUS); none is a signal.
            Some(255) | None => Ended::Lost { complaint },
            Some(_) => Ended::Refused { complaint },
        })
    }
}

fn exchange(mut command: Command, input: &[u8]) -> io::Result<std::process::Output> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let stdin = child.stdin.take();
    thread::scope(|scope| {
        // From a thread of its own: a large input and a large answer would wait for each other.
        scope.spawn(move || {
            // A command that ends before it has read everything says why on stderr.
            stdin.map(|mut pipe| pipe.write_all(input))
        });
        child.wait_with_output()
    })
}

/// The end of what was said.
pub(crate) fn last_lines(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines[lines.len().saturating_sub(3)..].join("; ");
    match last.as_str() {
        "" => "it printed nothing".to_owned(),
        last => last.chars().take(400).collect(),
    }
}
