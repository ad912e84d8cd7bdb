//! `kubepki plan`: show what `apply` would do. Writes nothing.

use std::path::Path;

use kubepki_cluster::{
    Allow, DirStore, Issue, Plan, RenewalPolicy, SystemMasters, observe, plan::Refused,
};

use super::{Format, permissions, spec};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    plan_text::{self, Tense},
};

/// Show what `apply` would do, with the reason of each step
///
/// Nothing is written. Entries that stay as they are are counted, and named with `-v`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki plan
  kubepki plan --exit-code -q          in CI: 0 nothing to do, 3 something
  kubepki plan -o json | jq '.steps[] | select(.action == \"renew\")'")]
pub(crate) struct Args {
    /// Exit with 3 when there is something to do
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    pub(super) shared: Shared,
}

/// The options of `plan` and `apply`.
#[derive(Debug, clap::Args)]
pub(super) struct Shared {
    /// How to print the plan
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(super) output: Format,
    #[command(flatten)]
    permissions: permissions::Flags,
    #[command(flatten)]
    authorities: permissions::Authorities,
}

impl Shared {
    pub(super) fn allow(&self) -> Allow {
        self.authorities.added_to(self.permissions.allow())
    }

    pub(super) fn system_masters(&self) -> SystemMasters {
        if self.allow().system_masters { SystemMasters::Allowed } else { SystemMasters::Refused }
    }
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let plan = show(&args.shared, context)?;
    refused(&plan, context)?;
    let found = args.exit_code && plan.changes().next().is_some();
    Ok(if found { exit_code::FOUND } else { exit_code::DONE })
}

/// Makes and prints the plan without a lock of one's own.
pub(super) fn show(shared: &Shared, context: &mut Context) -> Result<Plan, CommandError> {
    let read = spec::read(context, shared.system_masters())?;
    let unreadable = |error| spec::store_error("cannot read the root", &error);
    let store = DirStore::read_only(&context.global.dir).map_err(unreadable)?;
    if store.pending_recovery() {
        context.printer.warning("a run was interrupted here; `kubepki apply` completes it first");
    }
    let observations = observe(&store, &read.catalog).complete().map_err(unreadable)?;
    let plan =
        Plan::new(&read.catalog, &observations, &RenewalPolicy::Due, shared.allow(), context.now);
    plan_text::print(&plan, &read.spec, Tense::ToDo, shared.output, context)?;
    forbidden(&plan)?;
    Ok(plan)
}

/// The error of a plan by which somebody would get a privilege that nobody has allowed.
pub(super) fn forbidden(plan: &Plan) -> Result<(), CommandError> {
    let mut found = plan.refusals().filter_map(|refused| match refused.issue {
        Issue::Forbidden { privilege } => Some((refused.id, privilege)),
        _ => None,
    });
    let Some((id, privilege)) = found.next() else { return Ok(()) };
    let message = format!("`{id}` would be new {}", privilege.claim);
    let error = CommandError::usage(message).because(&privilege.why).hint(privilege.rule.hint());
    let rest: Vec<_> = found.collect();
    if rest.is_empty() {
        return Err(error);
    }
    let mut rules: Vec<_> = rest.iter().map(|(_, privilege)| privilege.rule).collect();
    rules.sort();
    rules.dedup();
    rules.retain(|rule| *rule != privilege.rule);
    let error = error.hint(format!("{} more like it: see `kubepki plan`", rest.len()));
    Err(rules.into_iter().fold(error, |error, rule| error.hint(rule.hint())))
}

/// The error of a plan that cannot be carried out.
pub(super) fn refused(plan: &Plan, context: &Context) -> Result<(), CommandError> {
    let mut refusals = plan.refusals();
    let Some(Refused { id, issue, hint }) = refusals.next() else { return Ok(()) };
    let root = context.global.dir.as_path();
    // A refusal names paths below the root.
    let place = match root == Path::new(".") {
        true => String::new(),
        false => format!(" in `{}`", root.display()),
    };
    let error = CommandError::failed(format!("cannot make `{id}`{place}"));
    let error = error.because(issue.to_string()).hint(hint.to_string());
    Err(match refusals.count() {
        0 => error,
        more => error.hint(format!("{more} more like it: see `kubepki plan`")),
    })
}
