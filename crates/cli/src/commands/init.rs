//! `kubepki init`: write a commented spec.

use std::path::PathBuf;

use kubepki_cluster::{
    ClusterSpec, SystemMasters,
    spec::{
        ClusterName, Endpoint, HostArg, InitOptions, KeyAlgorithm, Layout, Machines, ServiceCidr,
    },
};

use super::spec;
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists, Target},
    pki,
};

/// Write a commented `cluster.yaml` to fill in
///
/// Without options, the spec has one control-plane host and two workers with example addresses.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki init
  kubepki init --machines machines.txt       the tutorial's file
  kubepki init --name prod --endpoint lb.example.com:6443 \\
    --host cp-0=control-plane+etcd@10.0.0.10 --host node-0=worker@10.0.0.20")]
pub(crate) struct Args {
    /// Read the hosts from a machines.txt of the tutorial: `IPV4_ADDRESS FQDN HOSTNAME POD_SUBNET`
    #[arg(long, value_name = "FILE", conflicts_with = "host")]
    machines: Option<PathBuf>,
    /// The cluster's name
    #[arg(long)]
    name: Option<ClusterName>,
    /// The server of kubeconfigs: a host name, an address or a load balancer
    #[arg(long, value_name = "HOST[:PORT]")]
    endpoint: Option<Endpoint>,
    /// A host (repeatable)
    #[arg(long, value_name = "NAME=ROLE[+ROLE]@ADDRESS[,ADDRESS]")]
    host: Vec<HostArg>,
    /// The network of Services; for dual stack, a second one of the other family
    #[arg(long, value_name = "CIDR")]
    service_cidr: Vec<ServiceCidr>,
    /// The layout of the files: hosts, kubeadm or hard-way
    #[arg(long)]
    layout: Option<Layout>,
    /// The key algorithm: ecdsa-p256, ecdsa-p384, rsa-2048, rsa-3072, rsa-4096 or ed25519
    #[arg(long, value_name = "ALGORITHM")]
    key_algorithm: Option<KeyAlgorithm>,
    /// Print the spec instead of writing it
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    /// Whether it has no effect but what it prints.
    pub(crate) const fn only_prints(&self) -> bool {
        self.dry_run
    }
}

pub(crate) fn run(args: Args, context: &mut Context) -> Result<u8, CommandError> {
    let dry_run = args.dry_run;
    let text = options(args)?.to_yaml();
    // What the options say together is checked as any other spec is.
    ClusterSpec::parse(&text, SystemMasters::Refused)
        .map_err(|error| pki::spec("the new cluster.yaml", text.as_bytes(), &error))?;
    let path = context.global.file.clone().unwrap_or_else(|| spec::default_path(context));
    let target = if dry_run { Target::Stdout } else { Target::of(path) };
    let refuse = IfExists::Refuse("edit it, or name another file with `--file`");
    target.write(text.as_bytes(), Access::Everybody, refuse, context)?;
    if target == Target::Stdout {
        return Ok(exit_code::DONE);
    }
    context.printer.talk("next: check the names and addresses in it, then run `kubepki plan`");
    Ok(exit_code::DONE)
}

fn options(args: Args) -> Result<InitOptions, CommandError> {
    let layout = args.layout.unwrap_or(Layout::Hosts);
    let mut options = match (&args.machines, args.host.is_empty()) {
        (Some(path), _) => {
            let text = files::try_read(path, "--machines")?.ok_or_else(|| {
                CommandError::usage(format!("there is no file `{}`", path.display()))
                    .hint("name the file with `--machines`, or the hosts with `--host`")
            })?;
            let name = path.display().to_string();
            let machines = Machines::parse(&text);
            InitOptions::from_machines(machines.map_err(|error| pki::spec(&name, &text, &error))?)
        }
        (None, true) => InitOptions::template(layout),
        (None, false) => {
            let template = InitOptions::template(layout);
            InitOptions::new(template.name, args.host.into_iter().map(|host| host.0).collect())
        }
    };
    options.layout = layout;
    options.name = args.name.unwrap_or(options.name);
    options.endpoint = args.endpoint.unwrap_or(options.endpoint);
    options.key_algorithm = args.key_algorithm.unwrap_or(options.key_algorithm);
    if !args.service_cidr.is_empty() {
        options.service_cidrs = args.service_cidr.into_iter().map(|cidr| cidr.0).collect();
    }
    Ok(options)
}
