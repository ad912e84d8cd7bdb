//! `kubepki renew`: issue again what is due, or what is asked for, and nothing else.

mod timer;

use std::{path::PathBuf, time::Duration};

use kubepki_cluster::{
    Afterwards, DirStore, Inventory, KubernetesVersion, Plan, Recorder, RenewalPolicy, Selection,
    SelectionError, Window, apply, spec::Lifetime,
};

use super::{apply::failed, plan, spec};
use crate::{
    afterwards_text,
    context::Context,
    error::CommandError,
    exit_code, hook,
    plan_text::{self, Tense},
};

/// Issue again what is due, or what is named, and nothing else
///
/// Certificates are made from the spec, not from the old certificates. All files are changed
/// together or none, and `kubepki undo` puts them back. CAs and the ServiceAccount key are never
/// touched. What else differs from the spec stays as it is and is mentioned.
///
/// At the end it says what has to happen now: which files to copy to which host, which component
/// reads them, and whether that has to be restarted.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki renew                        what is due by the spec's renewBefore
  kubepki renew --within 60d           what ends within 60 days
  kubepki renew apiserver user/jane    these, on every host that has them
  kubepki renew --host node-0          everything of one host
  kubepki renew --all --reuse-key
  kubepki renew --hook 'kubepki host push $KUBEPKI_HOST'
  kubepki renew --print-timer systemd

A hook runs once for each host of which files changed, with `sh -c`, after all
files are in place. It is told KUBEPKI_HOST, KUBEPKI_FILES (one a line, below
KUBEPKI_DIR) and KUBEPKI_RESTART (the components to restart, one a line).")]
pub(crate) struct Args {
    /// Entries, as `kubepki plan` or kubeadm names them: apiserver, user/jane, admin.conf
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Renew what ends within this time [default: the spec's renewBefore]
    #[arg(long, value_name = "TIME")]
    within: Option<Lifetime>,
    /// Renew what is made for this host (repeatable)
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,
    /// Renew every certificate, whatever time is left
    #[arg(long, conflicts_with_all = ["names", "within", "host"])]
    all: bool,
    /// Keep each private key that is there and of the spec's algorithm [default: new keys]
    #[arg(long)]
    reuse_key: bool,
    /// Print the plan and stop
    #[arg(long)]
    dry_run: bool,
    /// Run this command for each host of which files changed
    #[arg(long, value_name = "COMMAND")]
    hook: Option<String>,
    /// The version of Kubernetes that runs, which decides what has to be restarted [default: the
    /// spec's]
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<KubernetesVersion>,
    /// Print what runs this renewal regularly, and renew nothing
    #[arg(long, value_enum, value_name = "KIND", conflicts_with = "dry_run")]
    print_timer: Option<timer::Kind>,
    /// How many seconds to wait for another run on this root
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    lock_timeout: u64,
    #[command(flatten)]
    shared: plan::Shared,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    if let Some(kind) = args.print_timer {
        return timer::print(kind, args, context);
    }
    let read = spec::read(context, args.shared.system_masters())?;
    let policy = RenewalPolicy::Selected(selection(args, &read)?);
    let unreadable = |error| spec::store_error("cannot read the root", &error);
    if args.dry_run {
        let store = DirStore::read_only(&context.global.dir).map_err(unreadable)?;
        let inventory = Inventory::read(&store, &read.catalog).map_err(unreadable)?;
        let plan = Plan::new(&read.catalog, &inventory, &policy, context.now);
        report(&plan, &read, Tense::ToDo, args, context)?;
        plan::refuse_masters(&read, &plan, args.shared.system_masters())?;
        refused(&plan)?;
        return Ok(exit_code::DONE);
    }
    let mut store = spec::lock(context, Duration::from_secs(args.lock_timeout))?;
    let inventory = Inventory::read(&store, &read.catalog).map_err(unreadable)?;
    let plan = Plan::new(&read.catalog, &inventory, &policy, context.now);
    plan::refuse_masters(&read, &plan, args.shared.system_masters())?;
    let feasible = plan.feasible();
    let mut recorder = Recorder { ledger: store.ledger(), requester: Context::requester("renew") };
    let catalog = &read.catalog;
    apply(&feasible, catalog, &inventory, vec![], &mut store, &mut recorder, context.now)
        .map_err(failed)?;
    // A hook may run kubepki.
    drop((store, recorder));
    let afterwards = report(&plan, &read, Tense::Done, args, context)?;
    let hooked = run_hooks(args, &afterwards, context);
    refused(&plan)?;
    hooked?;
    Ok(exit_code::DONE)
}

fn selection(args: &Args, read: &spec::Read) -> Result<Selection, CommandError> {
    let selection = Selection::of(&read.catalog, &args.names, &args.host).map_err(no_selection)?;
    let is_chosen = args.all || !args.names.is_empty() || !args.host.is_empty();
    let selection = match args.within {
        Some(within) => selection.within(Window::Within(within.duration())),
        None if is_chosen => selection,
        None => selection.within(Window::Spec),
    };
    Ok(if args.reuse_key { selection.reusing_keys() } else { selection })
}

fn no_selection(error: SelectionError) -> CommandError {
    let message = error.to_string();
    let hint = match error {
        SelectionError::NotRenewable { .. } => {
            "renew certificates; `kubepki plan -v` names them".to_owned()
        }
        SelectionError::Unknown { known, .. } => {
            let users = known.iter().filter(|name| name.starts_with("user/")).count();
            let mut shown: Vec<_> =
                known.into_iter().filter(|name| !name.starts_with("user/")).collect();
            if users > 0 {
                shown.push(format!("user/<name> of {users} users"));
            }
            format!("there are {}", shown.join(", "))
        }
        SelectionError::UnknownHost { known, .. } if known.len() <= 20 => {
            format!("there are {}", known.join(", "))
        }
        _ => "`kubepki plan -v` names every entry of every host".to_owned(),
    };
    CommandError::usage(message).hint(hint)
}

/// Prints the plan and what follows from it.
fn report(
    plan: &Plan,
    read: &spec::Read,
    tense: Tense,
    args: &Args,
    context: &mut Context,
) -> Result<Afterwards, CommandError> {
    let changed = plan.changes().flat_map(|step| &step.files);
    let version = args.kubernetes_version.or(read.spec.kubernetes_version);
    let afterwards = Afterwards::of(&read.spec, &read.catalog, changed, version);
    let format = args.shared.output;
    plan_text::print_with(plan, &read.spec, Some(&afterwards), tense, format, context)?;
    left(plan, context);
    afterwards_text::print(&afterwards, tense, context);
    Ok(afterwards)
}

/// Mentions what differs and was not asked for.
fn left(plan: &Plan, context: &mut Context) {
    let missing = plan.left.iter().filter(|left| left.missing).count();
    let differ = plan.left.len() - missing;
    let verb =
        |count, one: &str, many: &str| if count == 1 { one.to_owned() } else { many.to_owned() };
    let parts: Vec<_> = [
        (differ, format!("{differ} more {} from the spec", verb(differ, "differs", "differ"))),
        (missing, format!("{missing} {} missing", verb(missing, "is", "are"))),
    ]
    .into_iter()
    .filter_map(|(count, text)| (count > 0).then_some(text))
    .collect();
    if !parts.is_empty() {
        context.printer.talk(&format!("{}: see `kubepki plan`", parts.join(", and ")));
    }
}

/// Runs the hook for every host, also after one has failed.
fn run_hooks(
    args: &Args,
    afterwards: &Afterwards,
    context: &mut Context,
) -> Result<(), CommandError> {
    let Some(command) = &args.hook else { return Ok(()) };
    let root = absolute_root(context);
    let mut errors = Vec::new();
    for work in &afterwards.hosts {
        context.printer.talk(&format!("running the hook for {}", work.host));
        if let Err(error) = hook::run(command, &root, work) {
            errors.push(error);
        }
    }
    let Some(last) = errors.pop() else { return Ok(()) };
    for error in &errors {
        context.printer.error(error);
    }
    Err(last
        .hint("the renewal stays; run the command yourself, or take it back with `kubepki undo`"))
}

/// The root's path from the top, without a look at the file system.
fn absolute_root(context: &Context) -> PathBuf {
    let dir = &context.global.dir;
    let root = match &context.environment.current_dir {
        Some(current) => current.join(dir),
        None => dir.clone(),
    };
    root.components().filter(|part| *part != std::path::Component::CurDir).collect()
}

/// The error of a renewal of which a part could not be done.
fn refused(plan: &Plan) -> Result<(), CommandError> {
    let mut refusals = plan.refusals();
    let Some((id, refusal)) = refusals.next() else { return Ok(()) };
    let error = CommandError::failed(format!("cannot renew `{id}`"));
    let error = error.because(refusal.to_string()).hint(refusal.hint(id));
    Err(match refusals.count() {
        0 => error,
        more => error.hint(format!("{more} more could not be renewed, as listed above")),
    })
}
