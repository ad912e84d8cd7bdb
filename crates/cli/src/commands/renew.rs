//! `kubepki renew`: renew what is due, or what is named, and nothing else.

mod hooks;
mod timer;

use std::{path::Path, time::Duration};

use kubepki_cluster::{
    KubernetesVersion, Plan, RenewalPolicy, Rollout, Selection, SelectionError, Window,
    plan::Refused, spec::Lifetime,
};
use kubepki_pki::{PkiError, Renewal, Renewed, SpecFile};

use super::plan;
use crate::{
    context::Context,
    error::CommandError,
    exit_code, pki,
    plan_text::{self, Tense},
    rollout,
};

/// Renew certificates that are due, or that you name
///
/// Issues from the spec, not from the old certificates. Changes all files or none; `kubepki undo`
/// restores them. Never changes CAs or the ServiceAccount key. If other entries differ from the spec,
/// it says so and leaves them.
///
/// At the end it prints which files to copy to which host, and which components to restart.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki renew                        what is due by the spec's renewBefore
  kubepki renew --within 60d           what expires within 60 days
  kubepki renew apiserver user/jane    these entries, on all their hosts
  kubepki renew --host node-0          all entries of one host
  kubepki renew --all --reuse-key
  kubepki renew --hook 'kubepki host push $KUBEPKI_HOST'
  kubepki renew --print-timer systemd

A hook runs with `sh -c`, once for each host whose files changed, after all
files are written. It gets the variables KUBEPKI_HOST, KUBEPKI_FILES (one a
line, below KUBEPKI_DIR) and KUBEPKI_RESTART (the components to restart, one a
line). If it fails, the next `renew --hook` runs it again for that host, even
if nothing is due.")]
pub(crate) struct Args {
    /// Entries, by their names in `kubepki plan` or kubeadm: apiserver, user/jane, admin.conf
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Renew what expires within this time [default: the spec's renewBefore]
    #[arg(long, value_name = "TIME")]
    within: Option<Lifetime>,
    /// Renew all entries of this host (repeatable)
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,
    /// Renew every certificate
    #[arg(long, conflicts_with_all = ["names", "within", "host"])]
    all: bool,
    /// Keep private keys that have the spec's algorithm [default: new keys]
    #[arg(long)]
    reuse_key: bool,
    /// Print the plan and stop
    #[arg(long)]
    dry_run: bool,
    /// Run this command for each host whose files changed
    #[arg(long, value_name = "COMMAND")]
    hook: Option<String>,
    /// Stop a hook after this time, as failed
    #[arg(long, value_name = "TIME", default_value = HOOK_TIMEOUT)]
    hook_timeout: Lifetime,
    /// The version of Kubernetes, which decides what to restart [default: the spec's]
    #[arg(long, value_name = "VERSION")]
    kubernetes_version: Option<KubernetesVersion>,
    /// Print a timer for this renewal and stop
    #[arg(long, value_enum, value_name = "KIND", conflicts_with = "dry_run")]
    print_timer: Option<timer::TimerKind>,
    /// How many seconds to wait for another run on this root
    #[arg(long, value_name = "SECONDS", default_value_t = pki::WAIT.as_secs())]
    lock_timeout: u64,
    #[command(flatten)]
    shared: plan::Shared,
}

/// How long a hook may take, where nobody says how long.
const HOOK_TIMEOUT: &str = "10m";

impl Args {
    /// Whether it has no effect but what it prints.
    pub(crate) const fn only_prints(&self) -> bool {
        self.dry_run || self.print_timer.is_some()
    }
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let pki = pki::open(context, Duration::from_secs(args.lock_timeout))?;
    let allow = args.shared.allow();
    let spec = pki.spec_for(allow).map_err(|error| pki::failed(error, context))?;
    let selection = selection(args, spec, context)?;
    if let Some(kind) = args.print_timer {
        return timer::print(kind, args, spec, context);
    }
    if args.dry_run {
        let policy = RenewalPolicy::Selected(selection);
        let failed = |error| pki::failed(error, context);
        let plan = pki.plan(&policy, allow, context.now).map_err(failed)?;
        let rollout = pki.rollout(&plan, args.kubernetes_version).map_err(failed)?;
        let pending = pki.pending().map_err(failed)?;
        report(&plan, spec, &rollout, Tense::ToDo, args, context)?;
        hooks::mention(&pending, args, context);
        PkiError::unless_allowed(&plan).map_err(|error| pki::failed(error, context))?;
        refused(&plan)?;
        return Ok(exit_code::DONE);
    }
    let will_deliver = args.hook.is_some();
    let kubernetes_version = args.kubernetes_version;
    let renewal = Renewal { selection, kubernetes_version, will_deliver };
    let renewed = pki.renew(&renewal, allow, context.now);
    let renewed = renewed.map_err(|error| pki::failed(error, context))?;
    let Renewed { plan, rollout, pending } = &renewed;
    report(plan, spec, rollout, Tense::Done, args, context)?;
    hooks::mention(pending.before(), args, context);
    let hooked = match &args.hook {
        Some(command) => hooks::run(command, &pki, pending, args, context),
        None => Ok(()),
    };
    refused(plan)?;
    hooked?;
    Ok(exit_code::DONE)
}

fn selection(args: &Args, spec: &SpecFile, context: &Context) -> Result<Selection, CommandError> {
    let names: Vec<_> = args.names.iter().map(|name| below_root(name, context)).collect();
    let selection = Selection::of(&spec.catalog, &names, &args.host).map_err(no_selection)?;
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
            "only certificates can be renewed; `kubepki plan -v` lists them".to_owned()
        }
        SelectionError::Unknown { known, near: Some(near), .. } => {
            return CommandError::usage(message)
                .hint(format!("did you mean `{near}`?"))
                .hint(there_are(known));
        }
        SelectionError::Unknown { known, .. } => there_are(known),
        SelectionError::UnknownHost { known, .. } if known.len() <= 20 => {
            format!("there are {}", known.join(", "))
        }
        _ => "`kubepki plan -v` lists all entries of all hosts".to_owned(),
    };
    CommandError::usage(message).hint(hint)
}

fn there_are(known: Vec<String>) -> String {
    const FEW: usize = 8;
    let (users, mut shown): (Vec<_>, Vec<_>) =
        known.into_iter().partition(|name| name.starts_with("user/"));
    match users.len() {
        0..=FEW => shown.extend(users),
        many => shown.push(format!("user/<name> of {many} users")),
    }
    format!("there are {}", shown.join(", "))
}

/// A name as the catalog has it: a file may be named as it is from here.
fn below_root(name: &str, context: &Context) -> String {
    let root = context.absolute_root();
    let below = Path::new(name).strip_prefix(&root).ok();
    let below = below.or_else(|| Path::new(name).strip_prefix(&context.global.dir).ok());
    let below = below.and_then(Path::to_str).filter(|below| !below.is_empty());
    below.unwrap_or(name).to_owned()
}

/// Prints the plan and what follows from it.
fn report(
    plan: &Plan,
    file: &SpecFile,
    afterwards: &Rollout,
    tense: Tense,
    args: &Args,
    context: &mut Context,
) -> Result<(), CommandError> {
    let format = args.shared.output;
    plan_text::print_with(plan, &file.spec, Some(afterwards), tense, format, context)?;
    left(plan, context);
    rollout::print(afterwards, tense, context);
    Ok(())
}

/// Mentions what differs and was not asked for.
fn left(plan: &Plan, context: &mut Context) {
    let missing = plan.left.iter().filter(|left| left.missing).count();
    let refused = plan.left.iter().filter(|left| left.refused).count();
    let differ = plan.left.len() - missing - refused;
    let verb =
        |count, one: &str, many: &str| if count == 1 { one.to_owned() } else { many.to_owned() };
    let parts: Vec<_> = [
        (differ, format!("{differ} more {} from the spec", verb(differ, "differs", "differ"))),
        (missing, format!("{missing} {} missing", verb(missing, "is", "are"))),
        (refused, format!("{refused} {} broken", verb(refused, "is", "are"))),
    ]
    .into_iter()
    .filter_map(|(count, text)| (count > 0).then_some(text))
    .collect();
    if !parts.is_empty() {
        context.printer.talk(&format!("{}: see `kubepki plan`", parts.join(", and ")));
    }
}

/// The error of a renewal of which a part could not be done.
fn refused(plan: &Plan) -> Result<(), CommandError> {
    let mut refusals = plan.refusals();
    let Some(Refused { id, issue, hint }) = refusals.next() else { return Ok(()) };
    let error = CommandError::failed(format!("cannot renew `{id}`"));
    let error = error.because(issue.to_string()).hint(hint.to_string());
    Err(match refusals.count() {
        0 => error,
        more => error.hint(format!("cannot renew {more} more, as listed above")),
    })
}
