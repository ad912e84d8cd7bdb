//! The hook of a renewal, for each host of which files changed and for each that still waits for it.

use kubepki_cluster::PendingHosts;
use kubepki_pki::{Pending, Pki};
use kubepki_report::first_of;

use super::Args;
use crate::{context::Context, error::CommandError, hook, pki};

/// Says who waits, where nobody is brought anything now.
pub(super) fn mention(pending: &PendingHosts, args: &Args, context: &mut Context) {
    if pending.is_empty() || (args.hook.is_some() && !args.dry_run) {
        return;
    }
    let names: Vec<_> = pending.hosts().collect();
    let shown = first_of(&names, if context.global.verbose { names.len() } else { 8 });
    let text = format!("the hook has not succeeded since files changed for: {shown}");
    context.printer.warning(&text);
    context.printer.hint("`kubepki renew --hook <COMMAND>` runs it again for these hosts");
}

/// Runs the hook for every host, also after one has failed, and remembers the failed.
pub(super) fn run(
    command: &str,
    pki: &Pki,
    pending: &Pending,
    args: &Args,
    context: &mut Context,
) -> Result<(), CommandError> {
    let root = context.absolute_root();
    let (mut done, mut errors) = (Vec::new(), Vec::new());
    for work in pending.works() {
        let is_again = pending.before().hosts().any(|host| host == work.host);
        let again = if is_again { ", again" } else { "" };
        context.printer.talk(&format!("running the hook for {}{again}", work.host));
        match hook::run(command, &root, work, args.hook_timeout) {
            Ok(()) => done.push(work.host.clone()),
            Err(error) => errors.push(error),
        }
    }
    let forgotten = pki.delivered(&done, pending, context.now);
    let forgotten = forgotten.map_err(|error| pki::failed(error, context));
    let Some(last) = errors.pop() else { return forgotten };
    for error in errors.iter().chain(forgotten.as_ref().err()) {
        context.printer.error(error);
    }
    Err(last
        .hint("the files are renewed; the next `renew --hook` runs the hook again for this host")
        .hint("or undo the renewal with `kubepki undo`"))
}
