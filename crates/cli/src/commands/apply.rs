//! `kubepki apply`: make it so.

use std::time::Duration;

use kubepki_cluster::{Action, EntryId, Slot, spec::Layout};
use kubepki_pki::{Outcome, Plan};

use super::plan;
use crate::{
    context::Context,
    error::CommandError,
    exit_code, pki,
    plan_text::{self, Tense},
    rollout_text,
};

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

impl Args {
    /// Whether it has no effect but what it prints.
    pub(crate) const fn only_prints(&self) -> bool {
        self.dry_run
    }
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    if args.dry_run {
        plan::show(&args.shared, context)?;
        return Ok(exit_code::DONE);
    }
    let pki = pki::open(context, Duration::from_secs(args.lock_timeout))?;
    let done = pki.apply(args.shared.allow(), context.now);
    let done = done.and_then(|outcome| Ok((outcome, &pki.spec()?.spec)));
    let (Outcome { plan, rollout }, spec) = done.map_err(|error| pki::failed(error, context))?;
    let told = Some(&rollout).filter(|rollout| !rollout.is_empty());
    plan_text::print_with(&plan, spec, told, Tense::Done, args.shared.output, context)?;
    next_steps(&plan, spec.layout, context);
    rollout_text::print(&rollout, Tense::Done, context);
    Ok(exit_code::DONE)
}

/// What the operator does with what was made, and no more than that. What was made again is told
/// by host.
fn next_steps(plan: &Plan, layout: Layout, context: &mut Context) {
    let has = |is_meant: fn(&EntryId) -> bool| {
        // A narrower mode is nobody else's business.
        let is_new = |action: &Action| matches!(action, Action::Create | Action::Restore { .. });
        let mut changes = plan.changes().filter(|step| is_new(&step.action));
        changes.any(|step| is_meant(&step.id))
    };
    // In the flat layouts a host's files are those of the cluster.
    let hosts = match layout {
        Layout::Hosts => has(|id| id.host.is_some()),
        _ => has(|id| !matches!(id.slot, Slot::BootstrapToken | Slot::Rbac) && !id.slot.is_user()),
    };
    let rbac = has(|id| id.slot == Slot::Rbac);
    let users = has(|id| id.slot.is_user());
    let (files, super_admin, user): (&[&str], _, _) = match layout {
        Layout::Hosts => (
            &[
                "bring each host above its own files:",
                "  kubepki host push <host> --ssh root@<host>",
            ],
            "users/super-admin.conf",
            "users/<name>.conf",
        ),
        Layout::HardWay => (
            &["copy the files to the hosts as the tutorial says"],
            "super-admin.kubeconfig",
            "<name>.kubeconfig",
        ),
        _ => (
            &[
                "restart what does not reload its files by itself:",
                "  etcd, kube-controller-manager, kube-scheduler, kubelet",
            ],
            "super-admin.conf",
            "its kubeconfig",
        ),
    };
    let mut steps: Vec<Vec<String>> = Vec::new();
    if hosts {
        steps.push(files.iter().map(|line| (*line).to_owned()).collect());
    }
    if rbac {
        steps.push(vec![
            "once an apiserver runs, give its clients their rights:".to_owned(),
            format!("  kubectl --kubeconfig {super_admin} apply -f rbac.yaml"),
        ]);
    }
    if has(|id| id.slot == Slot::BootstrapToken) {
        steps.push(vec![
            "within 24 hours, let kubelets ask for their certificates:".to_owned(),
            format!("  kubectl --kubeconfig {super_admin} apply -f bootstrap-token.yaml"),
        ]);
    }
    if users {
        steps.push(vec![format!("give each user above {user}, and nobody the CAs' keys")]);
    }
    if steps.is_empty() {
        return;
    }
    let dir = context.global.dir.display().to_string();
    let place = if dir == "." { String::new() } else { format!(", in {dir}") };
    context.printer.talk("");
    context.printer.talk(&format!("next{place}:"));
    for (number, lines) in (1..).zip(steps) {
        for (line, text) in lines.iter().enumerate() {
            let number = if line == 0 { format!("{number}.") } else { "  ".to_owned() };
            context.printer.talk(&format!("  {number} {text}"));
        }
    }
}
