//! `kubepki rotate encryption-key`: one step of the change of the key that encrypts Secrets.

use std::time::Duration;

use clap::ValueEnum;
use kubepki_cluster::{
    Rollout, StorePath,
    encryption::{
        EncryptionConfig, EncryptionFilesError, KeyName, Phase, RotationError, RotationStep,
    },
};
use kubepki_pki::{EncryptionKeys, PkiError, Rewritten};
use kubepki_report::pad;
use serde::Serialize;

use crate::{
    commands::Format, context::Context, error::CommandError, exit_code, pki, plan_text::Tense,
    rollout_text,
};

/// Change the key that encrypts Secrets in etcd, one step at a time
///
/// Without a step it shows the names of the keys and which step is next; the file itself says
/// where the rotation stands. A step changes the file and every copy of it, or none. Between two
/// steps the file has to reach every control-plane host and every apiserver has to be restarted:
/// an apiserver that does not know the key which another one writes with cannot read its Secrets.
///
/// The new key is for the provider that the spec names, so this is also how to change that.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki rotate encryption-key              where it stands, and what is next
  kubepki rotate encryption-key add          a new key that reads; restart apiservers
  kubepki rotate encryption-key promote      it writes too; restart apiservers, then:
    kubectl get secrets -A -o json | kubectl replace -f -
  kubepki rotate encryption-key drop --secrets-rewritten     the old key goes")]
pub(crate) struct Args {
    /// The step
    #[arg(value_enum, value_name = "STEP")]
    step: Option<Step>,
    /// Every Secret has been written again since the new key was promoted; what was not cannot be
    /// read once the old key is gone
    #[arg(long)]
    secrets_rewritten: bool,
    /// Print what would be done and stop
    #[arg(long, requires = "step")]
    dry_run: bool,
    /// How many seconds to wait for another run on this root
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    lock_timeout: u64,
    /// How to print the result
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Add a new key behind the one that writes
    Add,
    /// Put the new key first, so that it writes
    Promote,
    /// Drop every key but the first
    Drop,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let pki = pki::open(context, Duration::from_secs(args.lock_timeout))?;
    let rewritten = if args.secrets_rewritten { Rewritten::Yes } else { Rewritten::Unknown };
    let keys = match args.step {
        None => pki.encryption_keys(),
        Some(step) if args.dry_run => pki.plan_encryption_keys(step.understood()),
        Some(step) => pki.rotate_encryption_keys(step.understood(), rewritten, context.now),
    };
    report(&keys.map_err(|error| failed(error, context))?, args, context)?;
    Ok(exit_code::DONE)
}

fn failed(error: PkiError, context: &Context) -> CommandError {
    match error {
        PkiError::Encryption(error) => unusable(&error),
        PkiError::NotRewritten { resources } => CommandError::failed("cannot drop the old key yet")
            .because("what it has encrypted and nobody has written again would be lost")
            .hint(format!("write all of it again: `{}`", rewrite(&resources)))
            .hint("then say so with `--secrets-rewritten`"),
        PkiError::Rotation(error) => out_of_order(&error),
        error => pki::failed(error, context),
    }
}

fn unusable(error: &EncryptionFilesError) -> CommandError {
    let failed = CommandError::failed("cannot rotate the encryption key").caused_by(error);
    match error {
        EncryptionFilesError::None => {
            failed.hint("add `encryption: secretbox` to the spec, and `kubepki apply`")
        }
        EncryptionFilesError::Missing { .. } | EncryptionFilesError::Differs { .. } => {
            failed.hint("`kubepki plan` shows what is wrong, `kubepki apply` mends it")
        }
        EncryptionFilesError::Store(source) => {
            source.hint().into_iter().fold(failed, CommandError::hint)
        }
        EncryptionFilesError::Unreadable { path, .. } => {
            failed.hint(format!("bring `{path}` back from a backup or from `.kubepki/history`"))
        }
        _ => failed,
    }
}

fn out_of_order(error: &RotationError) -> CommandError {
    let failed = CommandError::failed(error.to_string());
    match error {
        RotationError::Ambiguous => {
            failed.hint("give the newest key a name that ends in the highest number")
        }
        RotationError::OutOfOrder { phase, .. } => {
            failed.hint(format!("next is `kubepki rotate encryption-key {}`", phase.next().name()))
        }
        _ => failed,
    }
}

impl Step {
    const fn understood(self) -> RotationStep {
        match self {
            Self::Add => RotationStep::Add,
            Self::Promote => RotationStep::Promote,
            Self::Drop => RotationStep::Drop,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    api_version: &'static str,
    kind: &'static str,
    path: &'a StorePath,
    phase: Option<Phase>,
    next: Option<RotationStep>,
    /// The first one writes.
    keys: Vec<&'a KeyName>,
    files: &'a [StorePath],
    afterwards: &'a Rollout,
}

fn report(shown: &EncryptionKeys, args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let EncryptionKeys { config, path, changed, rollout } = shown;
    let phase = config.phase();
    let document = Document {
        api_version: "kubepki/v1alpha1",
        kind: "EncryptionKeys",
        path,
        phase: phase.as_ref().ok().copied(),
        next: phase.as_ref().ok().map(|phase| phase.next()),
        keys: config.keys().collect(),
        files: changed,
        afterwards: rollout,
    };
    args.output.print(&document, context)?;
    if args.output == Format::Text {
        text(shown, args.dry_run, context);
    }
    if args.dry_run {
        return Ok(());
    }
    rollout_text::print(rollout, Tense::Done, context);
    match phase {
        Ok(phase) => then(phase, !changed.is_empty(), config, context),
        Err(error) => {
            context.printer.warning(&error.to_string());
            out_of_order(&error).hints().iter().for_each(|hint| context.printer.hint(hint));
        }
    }
    Ok(())
}

fn text(shown: &EncryptionKeys, dry_run: bool, context: &mut Context) {
    let EncryptionKeys { config, path, changed, .. } = shown;
    context.printer.heading(path.as_str());
    let width = config.keys().map(|key| key.name.len()).max().unwrap_or(0);
    for (position, KeyName { provider, name }) in config.keys().enumerate() {
        let does = if position == 0 { "writes and reads" } else { "reads" };
        let name = pad(name, width);
        context.printer.print(format!("  {name}  {:9}  {does}", provider.name()));
    }
    if !changed.is_empty() {
        let title = if dry_run { "plan" } else { "done" };
        let files = if changed.len() == 1 { "file" } else { "files" };
        context.printer.print("");
        context.printer.print(format!("{title}: {} {files}", changed.len()));
    }
}

/// What comes after the restart, and before the next step.
fn then(phase: Phase, is_done: bool, config: &EncryptionConfig, context: &mut Context) {
    let restarted = "once every apiserver runs with this file:";
    let next = format!("  kubepki rotate encryption-key {}", phase.next().name());
    let lines = match phase {
        // A rotation has ended; the next one is years away.
        Phase::Stable if is_done => return,
        Phase::Stable => vec!["to begin a rotation:".to_owned(), next],
        Phase::Added => vec![restarted.to_owned(), next],
        Phase::Promoted => vec![
            restarted.to_owned(),
            format!("  {}", rewrite(config.resources())),
            format!("{next} --secrets-rewritten"),
        ],
    };
    context.printer.talk("");
    lines.iter().for_each(|line| context.printer.talk(line));
}

/// Writes everything again, with the key that writes now.
fn rewrite(resources: &[String]) -> String {
    format!("kubectl get {} -A -o json | kubectl replace -f -", resources.join(","))
}
