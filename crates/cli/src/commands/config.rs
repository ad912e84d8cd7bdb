//! `kubepki config`: how each host starts its programs, with the files that it gets.

use std::path::PathBuf;

use clap::ValueEnum;
use kubepki_cluster::{Component, spec::HostSpec};
use kubepki_host::{Configuration, Form};
use kubepki_report::{Line, Page, Style, View, wrap};
use serde::Serialize;

use super::{Format, spec};
use crate::{
    context::Context,
    error::CommandError,
    exit_code,
    files::{self, Access, IfExists, NewFile, named_folder},
};

/// Write the configuration of each host's programs: units, static Pods or flags
///
/// Configures etcd, the control plane, the kubelets and kube-proxy with the files that `kubepki host
/// show` lists. The flags are those of the spec's `kubernetesVersion`, and those of `extraArgs` in the
/// spec.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki config --host server                      print systemd units
  kubepki config --form static-pod --out machines   machines/HOST/etc/...
  kubepki config --host server --component etcd --form flags
  kubepki config --host node-0 --why                each flag with its reason")]
pub(crate) struct Args {
    /// A host of the spec (repeatable) [default: all hosts]
    #[arg(long, value_name = "HOST")]
    host: Vec<String>,
    /// A program (repeatable) [default: all programs of the host]
    #[arg(long, value_enum, value_name = "PROGRAM")]
    component: Vec<Program>,
    /// What starts the programs
    #[arg(long, visible_alias = "format", value_enum, default_value_t, value_name = "FORM")]
    form: StartedBy,
    /// Write the files below DIR/HOST instead of printing them
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output", "why"], value_parser = named_folder)]
    out: Option<PathBuf>,
    /// Replace files that exist
    #[arg(long, requires = "out")]
    overwrite: bool,
    /// Print each flag with the reason for it
    #[arg(long, conflicts_with = "output")]
    why: bool,
    /// The format of the output
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
    /// A shell: command lines
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
        return Err(CommandError::usage("these hosts run none of these programs")
            .hint("check `roles` of the hosts in the spec"));
    }
    let form = match args.form {
        StartedBy::Flags => Form::Flags,
        StartedBy::StaticPod => Form::StaticPod,
        StartedBy::Systemd => Form::Systemd,
    };
    if args.why || args.output != Format::Text {
        args.output.show(&Configurations(configurations), context)?;
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

/// Each flag with its reason; documents have the paths too.
#[derive(Serialize)]
#[serde(transparent)]
struct Configurations(Vec<Configuration>);

impl View for Configurations {
    const KIND: Option<&'static str> = None;

    fn lines(&self, page: Page) -> Vec<Line> {
        let mut lines = Vec::new();
        for Configuration { host, components, .. } in &self.0 {
            for component in components {
                let heading = format!("{} on {host}", component.component);
                lines.push(Line::new().styled(Style::Bold, &heading));
                for argument in &component.arguments {
                    lines.push(format!("  {}", argument.text()).into());
                    lines.extend(wrap("      ", argument.why, page.columns));
                }
            }
        }
        lines
    }
}
