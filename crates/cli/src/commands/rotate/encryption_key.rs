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
use kubepki_report::{Line, Page, Style, Table, View, count};
use serde::Serialize;

use crate::{
    commands::Format, context::Context, error::CommandError, exit_code, pki, plan_text::Tense,
    rollout,
};

/// Rotate the key that encrypts Secrets in etcd, one step at a time
///
/// Without a step, shows the names of the keys and the next step. A step changes the file and all its
/// copies, or none. After each step, copy the file to every control-plane host and restart every
/// apiserver: an apiserver cannot read Secrets that another one encrypted with a key that it does not
/// know.
///
/// The new key is for the provider in the spec. To change the provider, change the spec and rotate.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki rotate encryption-key              show the keys and the next step
  kubepki rotate encryption-key add          add a key; restart the apiservers
  kubepki rotate encryption-key promote      encrypt with it; restart; then:
    kubectl get secrets -A -o json | kubectl replace -f -
  kubepki rotate encryption-key drop --secrets-rewritten     remove the old key")]
pub(crate) struct Args {
    /// The step
    #[arg(value_enum, value_name = "STEP")]
    step: Option<Step>,
    /// Confirm that every Secret was rewritten after the new key was promoted; you lose all others
    #[arg(long)]
    secrets_rewritten: bool,
    /// Print what would change and stop
    #[arg(long, requires = "step")]
    dry_run: bool,
    /// How many seconds to wait for another run on this root
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    lock_timeout: u64,
    /// The format of the output
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Step {
    /// Add a new key that only decrypts
    Add,
    /// Put the new key first, so that it encrypts
    Promote,
    /// Remove all keys except the first
    Drop,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let pki = pki::open(context, Duration::from_secs(args.lock_timeout))?;
    let rewritten = if args.secrets_rewritten { Rewritten::Yes } else { Rewritten::Unknown };
    let keys = match args.step {
        None => pki.encryption_keys(),
        Some(step) if args.dry_run => pki.plan_encryption_keys(step.rotation_step()),
        Some(step) => pki.rotate_encryption_keys(step.rotation_step(), rewritten, context.now),
    };
    report(&keys.map_err(|error| failed(error, context))?, args, context)?;
    Ok(exit_code::DONE)
}

fn failed(error: PkiError, context: &Context) -> CommandError {
    match error {
        PkiError::Encryption(error) => unusable(&error),
        PkiError::NotRewritten { resources } => CommandError::failed("cannot drop the old key yet")
            .because("you would lose the Secrets that it encrypted and that were not rewritten")
            .hint(format!("rewrite all of them: `{}`", rewrite(&resources)))
            .hint("then confirm with `--secrets-rewritten`"),
        PkiError::Rotation(error) => out_of_order(&error),
        error => pki::failed(error, context),
    }
}

fn unusable(error: &EncryptionFilesError) -> CommandError {
    let failed = CommandError::failed("cannot rotate the encryption key").caused_by(error);
    match error {
        EncryptionFilesError::None => {
            failed.hint("add `encryption: secretbox` to the spec, then run `kubepki apply`")
        }
        EncryptionFilesError::Missing { .. } | EncryptionFilesError::Differs { .. } => {
            failed.hint("see what is wrong with `kubepki plan`; fix it with `kubepki apply`")
        }
        EncryptionFilesError::Store(source) => {
            source.hint().into_iter().fold(failed, CommandError::hint)
        }
        EncryptionFilesError::Unreadable { path, .. } => {
            failed.hint(format!("restore `{path}` from a backup or from `.kubepki/history`"))
        }
        _ => failed,
    }
}

fn out_of_order(error: &RotationError) -> CommandError {
    let failed = CommandError::failed(error.to_string());
    match error {
        RotationError::Ambiguous => {
            failed.hint("rename the newest key: its name must end in the highest number")
        }
        RotationError::OutOfOrder { phase, .. } => failed.hint(format!(
            "the next step is `kubepki rotate encryption-key {}`",
            phase.next().name()
        )),
        _ => failed,
    }
}

impl Step {
    const fn rotation_step(self) -> RotationStep {
        match self {
            Self::Add => RotationStep::Add,
            Self::Promote => RotationStep::Promote,
            Self::Drop => RotationStep::Drop,
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EncryptionKeysView<'a> {
    path: &'a StorePath,
    phase: Option<Phase>,
    next: Option<RotationStep>,
    /// The first one writes.
    keys: Vec<&'a KeyName>,
    files: &'a [StorePath],
    afterwards: &'a Rollout,
    #[serde(skip)]
    tense: Tense,
}

impl View for EncryptionKeysView<'_> {
    const KIND: Option<&'static str> = Some("EncryptionKeys");

    fn lines(&self, _: Page) -> Vec<Line> {
        let mut lines = vec![Line::new().styled(Style::Bold, self.path.as_str())];
        let mut table = Table::new(["", "", ""]).at_least([0, 9, 0]);
        for (position, KeyName { provider, name }) in self.keys.iter().enumerate() {
            let does = if position == 0 { "encrypts and decrypts" } else { "decrypts" };
            table.row([&format!("  {name}"), provider.name(), does]);
        }
        lines.extend(table.rows());
        if !self.files.is_empty() {
            lines.push(Line::new());
            let files = count(self.files.len(), "file");
            lines.push(format!("{}: {files}", self.tense.title()).into());
        }
        lines
    }
}

fn report(shown: &EncryptionKeys, args: &Args, context: &mut Context) -> Result<(), CommandError> {
    let EncryptionKeys { config, path, changed, rollout: todo } = shown;
    let phase = config.phase();
    let view = EncryptionKeysView {
        path,
        phase: phase.as_ref().ok().copied(),
        next: phase.as_ref().ok().map(|phase| phase.next()),
        keys: config.keys().collect(),
        files: changed,
        afterwards: todo,
        tense: if args.dry_run { Tense::ToDo } else { Tense::Done },
    };
    args.output.show(&view, context)?;
    if args.dry_run {
        return Ok(());
    }
    rollout::print(todo, Tense::Done, context);
    match phase {
        Ok(phase) => then(phase, !changed.is_empty(), config, context),
        Err(error) => {
            context.printer.warning(&error.to_string());
            out_of_order(&error).hints().iter().for_each(|hint| context.printer.hint(hint));
        }
    }
    Ok(())
}

/// What comes after the restart, and before the next step.
fn then(phase: Phase, is_done: bool, config: &EncryptionConfig, context: &mut Context) {
    let restarted = "after every apiserver runs with this file:";
    let next = format!("  kubepki rotate encryption-key {}", phase.next().name());
    let lines = match phase {
        // A rotation has ended; the next one is years away.
        Phase::Stable if is_done => return,
        Phase::Stable => vec!["to start a rotation:".to_owned(), next],
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
