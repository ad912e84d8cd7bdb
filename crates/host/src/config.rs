//! The configuration that uses the files: the command line of each component of a host, and the
//! files it names. Every path is one that [`Share`] has. Reads no file.

mod apiserver;
mod cluster;
mod controller_manager;
mod error;
mod etcd;
mod flag;
mod kube_proxy;
mod kubelet;
pub mod render;
mod scheduler;

use std::collections::BTreeMap;

use kubepki_cluster::{Catalog, ClusterSpec, Component, HostRole, Layout, Slot, spec::HostSpec};
use serde::Serialize;

pub use error::ConfigError;
pub use flag::Argument;

use crate::share::{HostFile, Part, Share};
use cluster::Facts;
use flag::{Flag, Table, Value};

/// What the programs of one host are started with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Configuration {
    /// The host.
    pub host: String,
    /// Its programs, in the order in which they are started.
    pub components: Vec<ComponentConfiguration>,
}

/// What one program is started with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ComponentConfiguration {
    /// The program.
    pub component: Component,
    /// Its arguments, sorted by name.
    pub arguments: Vec<Argument>,
    /// A configuration file that the arguments name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<ConfigurationFile>,
}

/// A file of configuration without secrets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigurationFile {
    /// Where it goes on the host, from `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// Every program that is configured, in the order in which they are started.
const ORDER: [(Component, &Table); 6] = [
    (Component::Etcd, &etcd::TABLE),
    (Component::KubeApiserver, &apiserver::TABLE),
    (Component::KubeControllerManager, &controller_manager::TABLE),
    (Component::KubeScheduler, &scheduler::TABLE),
    (Component::Kubelet, &kubelet::TABLE),
    (Component::KubeProxy, &kube_proxy::TABLE),
];

impl Configuration {
    /// The configuration of a host's programs.
    ///
    /// # Errors
    /// [`ConfigError`] when the layout does not say where files go, when it lacks a file that a program
    /// needs, or when `extraArgs` has a flag that follows from the files.
    pub fn of(spec: &ClusterSpec, catalog: &Catalog, host: &HostSpec) -> Result<Self, ConfigError> {
        let share = Share::of(spec, catalog, host)?;
        let facts = Facts { spec, host, share: &share };
        let runs = |component| match component {
            Component::Etcd => host.has(HostRole::Etcd),
            Component::Kubelet => host.has(HostRole::Worker) || spec.layout == Layout::Kubeadm,
            // kubeadm runs it as a DaemonSet, with a ServiceAccount.
            Component::KubeProxy => {
                share.find(component, Slot::KubeProxy, Part::Kubeconfig).is_some()
            }
            _ => host.has(HostRole::ControlPlane),
        };
        let components = ORDER.into_iter().filter(|(component, _)| runs(*component));
        let components = components.map(|(component, table)| facts.component(component, table));
        Ok(Self { host: host.name.to_string(), components: components.collect::<Result<_, _>>()? })
    }
}

impl Facts<'_> {
    fn component(
        &self,
        component: Component,
        table: &Table,
    ) -> Result<ComponentConfiguration, ConfigError> {
        let extra = self.extra(component);
        let mut arguments = Vec::new();
        for flag in table.flags {
            let Some(value) = self.value(component, flag)? else { continue };
            let replaced = extra.is_some_and(|extra| extra.contains_key(flag.name));
            if replaced && flag.is_identity() {
                return Err(ConfigError::NotYours { component, flag: flag.name });
            }
            if !replaced {
                arguments.push(Argument { name: flag.name.to_owned(), value, why: flag.why });
            }
        }
        let more =
            extra.into_iter().flatten().filter(|(name, _)| !table.in_file.contains(&&***name));
        arguments.extend(more.map(|(name, value)| Argument {
            name: name.clone(),
            value: value.clone(),
            why: "`extraArgs` of the spec",
        }));
        arguments.sort_by(|a, b| a.name.cmp(&b.name));
        let file = table.file.map(|file| file(self)).transpose()?;
        Ok(ComponentConfiguration { component, arguments, file })
    }

    /// The flags that the spec adds to a component's own.
    fn extra(&self, component: Component) -> Option<&BTreeMap<String, String>> {
        self.spec.extra_args.get(&component)
    }

    /// The value of a flag; none where this version or this layout has no such flag.
    fn value(&self, component: Component, flag: &Flag) -> Result<Option<String>, ConfigError> {
        let minor = self.minor();
        if flag.until.is_some_and(|until| minor >= until) {
            return Ok(None);
        }
        Ok(match flag.value {
            Value::Text(text) => Some(text.to_owned()),
            Value::Beside(text, slot) => {
                let is_there = self.share.find(component, slot, Part::Certificate).is_some();
                is_there.then(|| text.to_owned())
            }
            Value::Fact(fact) => fact(self),
            Value::Needed(fact, field) => {
                let value = fact(self);
                let is_given = self.extra(component).is_some_and(|it| it.contains_key(flag.name));
                if value.is_none() && !is_given {
                    let host = self.host.name.to_string();
                    return Err(ConfigError::Unknown { component, flag: flag.name, host, field });
                }
                value
            }
            Value::File(slot, part) => Some(self.file(component, slot, part)?.path()),
            Value::OptionalFile(slot, part) => {
                self.share.find(component, slot, part).map(HostFile::path)
            }
        })
    }

    /// A file of the host that a component reads.
    fn file(&self, component: Component, slot: Slot, part: Part) -> Result<&HostFile, ConfigError> {
        self.share.find(component, slot, part).ok_or_else(|| ConfigError::NoFile {
            component,
            name: slot.name(),
            layout: self.spec.layout,
            host: self.host.name.to_string(),
        })
    }
}
