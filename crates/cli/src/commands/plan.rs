//! `kubepki plan`: show what `apply` would do. Writes nothing.

use kubepki_pki::{Allow, PkiError, Plan, RenewalPolicy};

use super::{Format, permissions};
use crate::{
    context::Context,
    error::CommandError,
    exit_code, pki,
    plan_text::{self, Tense},
};

/// Show what `apply` would change, and why
///
/// Writes nothing. Counts the unchanged entries; `-v` lists them.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki plan
  kubepki plan --exit-code -q          in CI: 0 nothing to do, 3 changes
  kubepki plan -o json | jq '.steps[] | select(.action == \"renew\")'")]
pub(crate) struct Args {
    /// Exit with 3 if there is something to do
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    pub(super) shared: Shared,
}

/// The options of `plan` and `apply`.
#[derive(Debug, clap::Args)]
pub(super) struct Shared {
    /// The format of the output
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
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let plan = show(&args.shared, context)?;
    let found = args.exit_code && plan.changes().next().is_some();
    Ok(if found { exit_code::FOUND } else { exit_code::DONE })
}

/// Prints the plan, and refuses one that cannot be carried out.
pub(super) fn show(shared: &Shared, context: &mut Context) -> Result<Plan, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    let made = pki.plan(&RenewalPolicy::Due, shared.allow(), context.now).and_then(|plan| {
        let spec = &pki.spec()?.spec;
        Ok((plan, spec))
    });
    let (plan, spec) = made.map_err(|error| pki::failed(error, context))?;
    plan_text::print(&plan, spec, Tense::ToDo, shared.output, context)?;
    PkiError::unless_feasible(&plan).map_err(|error| pki::failed(error, context))?;
    Ok(plan)
}
