//! `kubepki apply`: make the files match the spec.

use std::time::Duration;

use kubepki_cluster::{Action, EntryId, Slot, spec::Layout};
use kubepki_pki::{Outcome, Plan};

use super::plan;
use crate::{
    context::Context,
    error::CommandError,
    exit_code, pki,
    plan_text::{self, Tense},
    rollout,
};

/// Make the files match the spec: create what is missing, reissue what drifted or is due
///
/// Changes all files or none. Never overwrites an existing CA. A second run changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki apply                        in the folder of the spec
  kubepki apply -f cluster.yaml --dir pki
  kubepki apply --dry-run              print the plan, write nothing")]
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
    let (Outcome { plan, rollout: todo }, spec) =
        done.map_err(|error| pki::failed(error, context))?;
    let told = Some(&todo).filter(|todo| !todo.is_empty());
    plan_text::print_with(&plan, spec, told, Tense::Done, args.shared.output, context)?;
    next_steps(&plan, spec.layout, context);
    rollout::print(&todo, Tense::Done, context);
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
            &["copy each host's files to it:", "  kubepki host push <host> --ssh root@<host>"],
            "users/super-admin.conf",
            "users/<name>.conf",
        ),
        Layout::HardWay => (
            &["copy the files to the hosts as in the tutorial"],
            "super-admin.kubeconfig",
            "<name>.kubeconfig",
        ),
        _ => (
            &[
                "restart the components that do not reload their files:",
                "  etcd, kube-controller-manager, kube-scheduler, kubelet",
            ],
            "super-admin.conf",
            "kubeconfig",
        ),
    };
    let mut steps: Vec<Vec<String>> = Vec::new();
    if hosts {
        steps.push(files.iter().map(|line| (*line).to_owned()).collect());
    }
    if rbac {
        steps.push(vec![
            "when an apiserver runs, create the role bindings:".to_owned(),
            format!("  kubectl --kubeconfig {super_admin} apply -f rbac.yaml"),
        ]);
    }
    if has(|id| id.slot == Slot::BootstrapToken) {
        steps.push(vec![
            "within 24 hours, allow kubelets to request certificates:".to_owned(),
            format!("  kubectl --kubeconfig {super_admin} apply -f bootstrap-token.yaml"),
        ]);
    }
    if users {
        steps.push(vec![format!("give each user their own {user}; never hand out CA keys")]);
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
