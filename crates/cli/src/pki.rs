//! The handle of the root as the command uses it, and what its errors are in the command's words.

use std::{path::Path, time::Duration};

use kubepki_pki::{
    Event, LedgerError, Pki, PkiError, RefusedPlan,
    cluster::{SpecError, StoreError, catalog::EntryId, gate::Privilege, store::Recovered},
};

use crate::{
    context::Context,
    error::{CommandError, Snippet},
    files,
    printer::Printer,
};

/// How long to wait for another run on a root, where nobody says how long.
pub(crate) const WAIT: Duration = Duration::from_secs(60);

/// The PKI that `--dir` and `--file` name.
pub(crate) fn open(context: &Context, wait: Duration) -> Result<Pki, CommandError> {
    let quiet = context.global.quiet;
    let pki = Pki::open(&context.global.dir).waiting(wait);
    let pki = pki.telling(move |event| tell(event, &mut Printer::new(quiet)));
    let Some(path) = &context.global.file else { return Ok(pki) };
    let is_stdin = path == Path::new("-");
    let name = if is_stdin { "stdin".to_owned() } else { path.display().to_string() };
    let text = files::try_read(path, "--file")?.ok_or_else(|| {
        CommandError::usage(format!("there is no spec at `{}`", path.display()))
            .hint("write one with `kubepki init`, or name another with `--file`")
    })?;
    Ok(pki.with_spec(name, text))
}

pub(crate) fn tell(event: &Event, printer: &mut Printer) {
    match event {
        Event::KeptSpec { path } => {
            printer.talk(&format!("using the spec of the last apply, `{}`", path.display()));
        }
        Event::Interrupted => {
            printer.warning("an earlier run was interrupted; the next `kubepki apply`, `renew` or `undo` completes it");
        }
        Event::NoLedger { path } => {
            printer.talk(&format!("this root has not signed anything: there is no `{}`", path.display()));
        }
        Event::PendingUnreadable => printer.warning(
            "cannot read `.kubepki/undelivered.json`: it is not known which hosts wait for the hook",
        ),
        Event::Recovered(recovered) => recovery(*recovered, "apply", printer),
        Event::Waiting(holder) => printer.talk(&format!("waiting for {holder}")),
        _ => {}
    }
}

/// Says what was left of an earlier run, of which `what` names the work, and has been put right.
pub(crate) fn recovery(recovered: Recovered, what: &str, printer: &mut Printer) {
    let (ended, time) = match recovered {
        Recovered::Forward { time } => ("completed", time),
        Recovered::Back { time } => ("undid", time),
        _ => return,
    };
    let time = kubepki_report::time(time);
    printer.talk(&format!("{ended} an interrupted {what} of {time}"));
}

/// An error of the handle, with what can be done about it.
pub(crate) fn failed(error: PkiError, context: &Context) -> CommandError {
    match error {
        PkiError::Apply(error) => {
            CommandError::failed("cannot apply the plan; nothing has changed").caused_by(&*error)
        }
        PkiError::Forbidden(forbidden) => privileges(&forbidden),
        PkiError::Ledger(error) => {
            ledger("cannot record what was signed; nothing was issued", &error)
        }
        PkiError::LedgerUnreadable(error) => ledger("cannot read the ledger", &error),
        PkiError::NoSpec { path, found } => no_spec(&path, found, context),
        PkiError::Refused(refused) => {
            let RefusedPlan { entry, refusal, more } = *refused;
            let root = context.global.dir.as_path();
            // A refusal names paths below the root.
            let place = match root == Path::new(".") {
                true => String::new(),
                false => format!(" in `{}`", root.display()),
            };
            let error = CommandError::failed(format!("cannot make `{entry}`{place}"));
            let error = error.because(refusal.to_string()).hint(refusal.hint(&entry));
            match more {
                0 => error,
                more => error.hint(format!("{more} more like it: see `kubepki plan`")),
            }
        }
        PkiError::Spec(refused) => spec(&refused.name, &refused.text, &refused.error),
        PkiError::SpecTooLarge { path } => {
            let error = CommandError::usage(format!("cannot read `{}`", path.display()));
            error
                .because("it is larger than 1 MiB")
                .hint("check that this is the right file: a spec of 5,000 hosts is smaller")
        }
        PkiError::SpecUnreadable { path, source } => {
            CommandError::usage(format!("cannot read `{}`", path.display()))
                .caused_by(&source)
                .hint("name a readable text file with `--file`")
        }
        PkiError::Store { operation, source } => store(&format!("cannot {operation}"), &source),
        PkiError::Write { recorded, source } => {
            let what = match (source.is_unchanged(), recorded) {
                (true, 0) => "cannot write the files; nothing has changed",
                (true, _) => "cannot write the files; they have not changed",
                (false, _) => "cannot write the files",
            };
            let failed = store(what, &source);
            match (source.is_unchanged(), recorded) {
                (true, 1..) => failed.hint(never_given(recorded)),
                _ => failed,
            }
        }
        error => CommandError::failed(error.to_string()),
    }
}

/// The error of a plan by which somebody would get a privilege that nobody has allowed.
fn privileges(forbidden: &[(EntryId, Privilege)]) -> CommandError {
    let Some(((id, privilege), rest)) = forbidden.split_first() else {
        return CommandError::usage("this needs a privilege that no option allows");
    };
    let message = format!("`{id}` would be new {}", privilege.claim);
    let error = CommandError::usage(message).because(&privilege.why).hint(privilege.rule.hint());
    if rest.is_empty() {
        return error;
    }
    let mut rules: Vec<_> = rest.iter().map(|(_, privilege)| privilege.rule).collect();
    rules.sort();
    rules.dedup();
    rules.retain(|rule| *rule != privilege.rule);
    let error = error.hint(format!("{} more like it: see `kubepki plan`", rest.len()));
    rules.into_iter().fold(error, |error, rule| error.hint(rule.hint()))
}

fn no_spec(path: &Path, found: Option<&str>, context: &Context) -> CommandError {
    let error = CommandError::usage(format!("there is no spec at `{}`", path.display()));
    let Some(found) = found else {
        return error.hint("write one with `kubepki init`, or name one with `--file`");
    };
    let dir = crate::shell::word(&context.global.dir);
    error
        .hint(format!(
            "found an existing PKI (`{found}`); to write a spec from it, run `kubepki adopt {dir}`"
        ))
        .hint(format!("to look at it without a spec, run `kubepki status --path {dir}`"))
}

/// An error in the spec, with the line shown.
pub(crate) fn spec(name: &str, text: &[u8], error: &SpecError) -> CommandError {
    let message = match error.field() {
        Some(field) => format!("`{field}` in `{name}`: {}", error.message()),
        None => format!("`{name}`: {}", error.message()),
    };
    let mut refused = CommandError::usage(message);
    refused.snippet = error.location().map(|(line, column)| {
        let shown = text.split(|byte| *byte == b'\n').nth(line.saturating_sub(1));
        let text = String::from_utf8_lossy(shown.unwrap_or_default()).into_owned();
        Box::new(Snippet { file: name.to_owned(), line, column, text })
    });
    match error.hint() {
        Some(hint) => refused.hint(hint),
        None => refused,
    }
}

/// An error of the store, with its own hint.
pub(crate) fn store(what: &str, error: &StoreError) -> CommandError {
    let failed = CommandError::failed(what).caused_by(error);
    match error.hint() {
        Some(hint) => failed.hint(hint),
        None => failed,
    }
}

/// An error of the ledger, with its own hint.
pub(crate) fn ledger(what: &str, error: &LedgerError) -> CommandError {
    let failed = CommandError::failed(what).caused_by(error);
    match error.hint() {
        Some(hint) => failed.hint(hint),
        None => failed,
    }
}

/// The hint about certificates that are in the ledger and could not be written.
pub(crate) fn never_given(count: usize) -> String {
    match count {
        1 => "the certificate was signed and is in the ledger, but was not written".to_owned(),
        _ => {
            format!("{count} certificates were signed and are in the ledger, but were not written")
        }
    }
}
