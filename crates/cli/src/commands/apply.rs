//! `kubepki apply`: make it so.

use std::time::Duration;

use kubepki_cluster::{
    ApplyError, DirStore, Inventory, Plan, RenewalPolicy, apply, spec::Layout, store::Recovered,
};

use super::{plan, spec};
use crate::{context::Context, error::CommandError, exit_code, plan_text};

/// Make it so: create what is missing, issue again what drifted from the spec or is due
///
/// All files are changed together or none. An existing CA is never overwritten. A second run
/// finds nothing to do and changes no byte.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki apply                        the spec and the files are here
  kubepki apply -f cluster.yaml --dir pki
  kubepki apply --dry-run              the very plan, and nothing written")]
pub(crate) struct Args {
    /// Print the plan and stop
    #[arg(long)]
    dry_run: bool,
    /// How many seconds to wait for another run on this root
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    lock_timeout: u64,
    #[command(flatten)]
    shared: plan::Shared,
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    if args.dry_run {
        let plan = plan::show(&args.shared, context)?;
        plan::refused(&plan)?;
        return Ok(exit_code::DONE);
    }
    let read = spec::read(context, args.shared.system_masters())?;
    let wait = Some(Duration::from_secs(args.lock_timeout));
    let printer = &mut context.printer;
    let mut store = DirStore::locked(&context.global.dir, context.now, wait, |holder| {
        printer.talk(&format!("waiting for {holder}"));
    })
    .map_err(|error| spec::store_error("cannot open the root", &error))?;
    recovered(&store, context);
    let inventory = Inventory::read(&store, &read.catalog)
        .map_err(|error| spec::store_error("cannot read the root", &error))?;
    let plan = Plan::new(&read.catalog, &inventory, &RenewalPolicy::Due, context.now);
    plan::refused(&plan)?;
    let extra = read.to_keep(&store)?;
    apply(&plan, &read.catalog, &inventory, extra, &mut store, context.now).map_err(failed)?;
    plan_text::print(&plan, &read.spec, args.shared.output, context)?;
    next_steps(&plan, read.spec.layout, context);
    Ok(exit_code::DONE)
}

fn recovered(store: &DirStore, context: &mut Context) {
    let (what, time) = match store.recovered() {
        Some(Recovered::Forward { time }) => ("completed", time),
        Some(Recovered::Back { time }) => ("took back", time),
        _ => return,
    };
    let time = time.strftime("%Y-%m-%d %H:%M:%SZ");
    context.printer.talk(&format!("{what} an apply of {time} that was interrupted here"));
}

fn failed(error: ApplyError) -> CommandError {
    match error {
        ApplyError::Store(error) => {
            let what = if error.is_unchanged() {
                "cannot write the files; nothing has changed"
            } else {
                "cannot write the files"
            };
            spec::store_error(what, &error)
        }
        other => {
            CommandError::failed("cannot apply the plan; nothing has changed").caused_by(&other)
        }
    }
}

/// What the operator does with what was made.
fn next_steps(plan: &Plan, layout: Layout, context: &mut Context) {
    if plan.changes().next().is_none() {
        return;
    }
    let dir = context.global.dir.display().to_string();
    let lines: &[&str] = match layout {
        Layout::Hosts => &[
            "copy hosts/<host>/ to each host, as root, with modes kept: rsync -a hosts/<host>/ <host>:/",
            "once an apiserver runs: kubectl --kubeconfig users/super-admin.conf apply -f rbac.yaml",
            "give users/<name>.conf to its user, and keep authorities/ away from the hosts",
        ],
        Layout::HardWay => &[
            "copy the files to the hosts as the tutorial says",
            "once the apiserver runs: kubectl --kubeconfig super-admin.kubeconfig apply -f rbac.yaml",
        ],
        _ => &[
            "restart what does not reload by itself: etcd, kube-controller-manager, kube-scheduler, kubelet",
            "once the apiserver runs: kubectl --kubeconfig super-admin.conf apply -f rbac.yaml",
        ],
    };
    context.printer.talk(&format!("\nnext, in {dir}:"));
    for (number, line) in (1..).zip(lines) {
        context.printer.talk(&format!("  {number}. {line}"));
    }
}
