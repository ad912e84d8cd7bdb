//! `kubepki config`: how each host starts its programs, with the files that it gets.

use std::path::PathBuf;

use clap::ValueEnum;
use kubepki_cluster::{Component, spec::HostSpec};
use kubepki_host::{Configuration, Form};

use super::{Format, spec};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists, NewFile},
};

/// Write the configuration that uses the files: units, static Pods or flags
///
/// For etcd, the control plane, the kubelets and kube-proxy of each host. Every path is one that
/// `kubepki host show` lists. Flags are those of the spec's `kubernetesVersion`; `extraArgs` of the
/// spec adds more.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki config --host server                      systemd units, to look at
  kubepki config --form static-pod --out machines   machines/HOST/etc/...
  kubepki config --host server --component etcd --form flags
  kubepki config --host node-0 --why                each flag with its reason")]
pub(crate) struct Args {
    /// A host of the spec; may be given several times [default: all]
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,
    /// A program; may be given several times [default: all that run on the host]
    #[arg(long, value_enum, value_name = "PROGRAM")]
    component: Vec<Program>,
    /// What starts the programs
    #[arg(long, visible_alias = "format", value_enum, default_value_t, value_name = "FORM")]
    form: StartedBy,
    /// Write the files below DIR/HOST instead of printing them
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output", "why"])]
    out: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long, requires = "out")]
    overwrite: bool,
    /// Print each flag with the reason for it
    #[arg(long, conflicts_with = "output")]
    why: bool,
    /// How to print it
    #[arg(short, long, value_enum, default_value_t, value_name = "FORMAT")]
    output: Format,
}

impl Args {
    /// Whether it has no effect but what it prints.
    pub(crate) const fn only_prints(&self) -> bool {
        self.out.is_none()
    }
}

/// Who starts the programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum StartedBy {
    /// You: command lines for a shell
    Flags,
    /// The kubelet: manifests; the kubelet itself is a unit
    StaticPod,
    /// systemd: units
    #[default]
    Systemd,
}

/// A program that is configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Program {
    Etcd,
    KubeApiserver,
    KubeControllerManager,
    KubeScheduler,
    Kubelet,
    KubeProxy,
}

impl Program {
    const fn component(self) -> Component {
        match self {
            Self::Etcd => Component::Etcd,
            Self::KubeApiserver => Component::KubeApiserver,
            Self::KubeControllerManager => Component::KubeControllerManager,
            Self::KubeScheduler => Component::KubeScheduler,
            Self::Kubelet => Component::Kubelet,
            Self::KubeProxy => Component::KubeProxy,
        }
    }
}

pub(crate) fn run(args: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let read = spec::read(context)?;
    let mut configurations = Vec::new();
    for host in chosen(&args.host, &read.spec.hosts)? {
        let mut configuration = Configuration::of(&read.spec, &read.catalog, host)
            .map_err(|error| CommandError::usage(error.to_string()).hint(error.hint()))?;
        if !args.component.is_empty() {
            let wanted = |it| args.component.iter().any(|program| program.component() == it);
            configuration.components.retain(|it| wanted(it.component));
        }
        configurations.push(configuration);
    }
    if configurations.iter().all(|it| it.components.is_empty()) {
        return Err(CommandError::usage("none of these programs runs on these hosts")
            .hint("`roles` in the spec say what runs where"));
    }
    let form = match args.form {
        StartedBy::Flags => Form::Flags,
        StartedBy::StaticPod => Form::StaticPod,
        StartedBy::Systemd => Form::Systemd,
    };
    args.output.print(&configurations, context)?;
    if args.output != Format::Text {
        return Ok(exit_code::DONE);
    }
    if args.why {
        reasons(&configurations, context);
        return Ok(exit_code::DONE);
    }
    let mut all = Vec::new();
    for configuration in &configurations {
        let files = configuration.files(form, read.spec.kubernetes_version.unwrap_or_default());
        all.extend(files.into_iter().map(|file| (configuration.host.as_str(), file)));
    }
    let Some(out) = &args.out else {
        for (number, (host, file)) in all.iter().enumerate() {
            let blank = if number == 0 { "" } else { "\n" };
            let text = format!("{blank}# {host}: {}\n{}", file.path, file.text);
            context.printer.data(text.as_bytes());
        }
        return Ok(exit_code::DONE);
    };
    let new = all.iter().map(|(host, file)| NewFile {
        path: out.join(host).join(file.path.trim_start_matches('/')),
        contents: file.text.as_bytes(),
        access: Access::Everybody,
    });
    let new: Vec<_> = new.collect();
    files::write_below(out, Access::Everybody, &new, IfExists::replace_if(args.overwrite))?;
    for file in &new {
        context.printer.line(&file.path.display().to_string());
    }
    Ok(exit_code::DONE)
}

/// The hosts of these names, or all.
fn chosen<'s>(names: &[String], hosts: &'s [HostSpec]) -> Result<Vec<&'s HostSpec>, CommandError> {
    if names.is_empty() {
        return Ok(hosts.iter().collect());
    }
    let find = |name: &String| {
        hosts.iter().find(|host| host.name.as_str() == name).ok_or_else(|| {
            let known: Vec<_> = hosts.iter().take(8).map(|host| host.name.as_str()).collect();
            CommandError::usage(format!("the spec has no host `{}`", name.escape_debug()))
                .hint(format!("its hosts are {}", known.join(", ")))
        })
    };
    names.iter().map(find).collect()
}

fn reasons(configurations: &[Configuration], context: &mut Context) {
    for configuration in configurations {
        for component in &configuration.components {
            context.printer.heading(&format!("{} on {}", component.component, configuration.host));
            for argument in &component.arguments {
                context.printer.print(format!("  {}", argument.text()));
                context.printer.print(format!("      {}", argument.why));
            }
        }
    }
}
