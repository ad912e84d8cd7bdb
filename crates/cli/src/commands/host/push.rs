//! `kubepki host push`: bundle and install at once, over the system's ssh.

use std::path::PathBuf;

use kubepki_host::push::{Answer, Target};

use super::{bundle_error, print::Outcome};
use crate::{
    commands::Format,
    context::Context,
    error::CommandError,
    exit_code,
    ssh::{Ended, Ssh},
};

/// Bring a host its files over ssh, all or none
///
/// Nothing of kubepki has to be there: a shell, tar, gzip, sha256sum and flock do. Everything is
/// sent, checked and laid beside its place first; a connection that breaks leaves the host as it
/// was. What is replaced is kept below /var/lib/kubepki/history.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki host push node-0 --ssh root@10.240.0.20 --diff
  kubepki host push node-0 --ssh root@10.240.0.20
  kubepki host push node-0 --ssh admin@node-0 --sudo")]
pub(super) struct Args {
    /// The host
    #[arg(value_name = "NAME")]
    name: String,
    /// Where ssh finds it: HOST, USER@HOST or `ssh://USER@HOST:PORT` [default: NAME]
    #[arg(long, value_name = "DESTINATION")]
    ssh: Option<String>,
    /// ssh's own configuration file
    #[arg(long, value_name = "FILE")]
    ssh_config: Option<PathBuf>,
    /// Become root there with `sudo`, which must not ask for a password
    #[arg(long)]
    sudo: bool,
    /// The folder over there that stands for `/`
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: String,
    /// Put them there also where the host has newer ones
    #[arg(long)]
    allow_older: bool,
    /// Say what would change over there, and stop; no private key is read back
    #[arg(long, visible_alias = "dry-run")]
    diff: bool,
    /// How to print what changes
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    if !args.root.starts_with('/') || args.root.contains(|c: char| c.is_control()) {
        return Err(CommandError::usage("`--root` is refused")
            .because("it is no absolute path")
            .hint("write it from `/` on"));
    }
    let bundle = super::bundle(&args.name, context)?;
    let archive = bundle.archive().map_err(|error| {
        bundle_error(CommandError::failed(format!("cannot bundle `{}`", args.name)), &error)
    })?;
    let target = Target { root: &args.root, sudo: args.sudo, older: args.allow_older };
    let destination = args.ssh.clone().unwrap_or_else(|| args.name.clone());
    let ssh = Ssh { destination, config: args.ssh_config.clone() };
    let manifest = bundle.manifest();
    let ended = match args.diff {
        true => ssh.run(&target.look(manifest), b""),
        false => ssh.run(&target.install(manifest), &archive),
    }?;
    let answer = match ended {
        Ended::Well { said } => Answer::parse(&said).filter(|it| !it.changes.is_empty()),
        Ended::Refused { complaint } => return Err(refused(args, &ssh, &complaint)),
        Ended::Lost { complaint } => return Err(lost(args, &ssh, &complaint)),
    };
    let Some(Answer { changes, left_over, recovered }) = answer else {
        return Err(CommandError::failed(format!("cannot read what `{}` says", ssh.destination))
            .because("something else prints there, or no shell of POSIX runs")
            .hint("a profile must print nothing for commands: see `kubepki host push --diff`"));
    };
    if recovered {
        context.printer.talk(match args.diff {
            true => "an earlier push was interrupted there; the next one completes it first",
            false => "completed an earlier push that was interrupted there",
        });
    }
    Outcome { manifest, changes, left_over, dry: args.diff }.print(args.output, context)?;
    Ok(exit_code::DONE)
}

fn refused(args: &Args, ssh: &Ssh, complaint: &str) -> CommandError {
    let what = if args.diff { "compare the files on" } else { "install on" };
    let error = CommandError::failed(format!("cannot {what} `{}`", ssh.destination));
    let hint = match complaint {
        said if said.contains("sudo:") => "let this user run `sudo -n sh`, or log in as root",
        said if said.contains("Permission denied") => "log in as root, or use `--sudo`",
        said if said.contains("newer files") => {
            "is this the right root, and not an old copy? if it is, say `--allow-older`"
        }
        said if said.contains("files of ") => {
            "is it the right machine? to give it to another host or cluster, move its \
             `/var/lib/kubepki/installed.json` away first"
        }
        _ => "`kubepki host push --diff` says how things stand there",
    };
    error.because(complaint).hint(hint)
}

/// Nobody knows how far it got, but it is all or none.
fn lost(args: &Args, ssh: &Ssh, complaint: &str) -> CommandError {
    let error = CommandError::failed(format!("the connection to `{}` failed", ssh.destination));
    error.because(complaint).hint(match args.diff {
        true => "can you log in with `ssh`? `--ssh` says where to",
        false => "all files there are old or all are new: push again, or see with `--diff`",
    })
}
