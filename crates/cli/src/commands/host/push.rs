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

/// Copy a host's files to it over ssh, all or none
///
/// The host needs no kubepki: a shell, tar, gzip, sha256sum and flock are enough. It sends and checks
/// all files before it replaces the first one, so a broken connection leaves the host as it was. Keeps
/// replaced files below /var/lib/kubepki/history.
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
    /// The destination for ssh: HOST, USER@HOST or `ssh://USER@HOST:PORT` [default: NAME]
    #[arg(long, value_name = "DESTINATION")]
    ssh: Option<String>,
    /// The configuration file for ssh
    #[arg(long, value_name = "FILE")]
    ssh_config: Option<PathBuf>,
    /// Become root with `sudo`, which must not ask for a password
    #[arg(long)]
    sudo: bool,
    /// The folder on the host that is its `/`
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: String,
    /// Allow files that are older than those on the host
    #[arg(long)]
    allow_older: bool,
    /// Print what would change and stop; reads no private key from the host
    #[arg(long, visible_alias = "dry-run")]
    diff: bool,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

pub(super) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    if !args.root.starts_with('/') || args.root.contains(|c: char| c.is_control()) {
        return Err(CommandError::usage("cannot use this `--root`")
            .because("it is not an absolute path")
            .hint("begin it with `/`"));
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
        Ended::Well { output } => Answer::parse(&output).filter(|it| !it.changes.is_empty()),
        Ended::Refused { complaint } => return Err(refused(args, &ssh, &complaint)),
        Ended::Lost { complaint } => return Err(lost(args, &ssh, &complaint)),
    };
    let Some(Answer { changes, left_over, recovered }) = answer else {
        return Err(CommandError::failed(format!(
            "cannot read the answer of `{}`",
            ssh.destination
        ))
        .because("another program prints there, or its shell is not a POSIX shell")
        .hint("make the login profile print nothing, then try `kubepki host push --diff`"));
    };
    if recovered {
        context.printer.talk(match args.diff {
            true => "an earlier push was interrupted; the next one completes it first",
            false => "completed an earlier push that was interrupted",
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
            "check that this is the current root, not an old copy; then use `--allow-older`"
        }
        said if said.contains("files of ") => {
            "check that this is the right machine; to use it for another host or cluster, first \
             move away its `/var/lib/kubepki/installed.json`"
        }
        _ => "compare with `kubepki host push --diff`",
    };
    error.because(complaint).hint(hint)
}

/// Nobody knows how far it got, but it is all or none.
fn lost(args: &Args, ssh: &Ssh, complaint: &str) -> CommandError {
    let error = CommandError::failed(format!("the connection to `{}` failed", ssh.destination));
    error.because(complaint).hint(match args.diff {
        true => "check that you can log in with `ssh`; set the destination with `--ssh`",
        false => "either all files are old or all are new: push again, or compare with `--diff`",
    })
}
