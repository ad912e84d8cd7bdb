//! The configuration as text: systemd units, static Pods, or plain command lines. Decides nothing.

mod flags;
mod static_pod;
mod systemd;

use serde::Serialize;

use super::{ComponentConfiguration, Configuration, ConfigurationFile};
use kubepki_cluster::{Component, spec::KubernetesVersion};

/// How the programs of a host are started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Form {
    /// By hand or by a script: the command lines.
    Flags,
    /// By the kubelet: static Pods. The kubelet itself is a systemd unit.
    StaticPod,
    /// By systemd: units.
    Systemd,
}

impl Configuration {
    /// The files by which the host starts its programs, with those that they name.
    pub fn files(&self, form: Form, version: KubernetesVersion) -> Vec<ConfigurationFile> {
        let started = |component: &ComponentConfiguration| match form {
            Form::Flags => flags::file(component),
            Form::StaticPod if component.component != Component::Kubelet => {
                static_pod::file(component, &self.host, version)
            }
            Form::StaticPod | Form::Systemd => systemd::file(component),
        };
        let files = self.components.iter();
        files.flat_map(|it| std::iter::once(started(it)).chain(it.file.clone())).collect()
    }
}

/// A configuration of texts, numbers, lists and fields as YAML.
pub(super) fn yaml<T: Serialize>(value: &T) -> String {
    // Invariant: structs of strings, numbers and lists always have a YAML form.
    serde_yaml::to_string(value).expect("plain data serialises")
}
