//! THE TABLE of who reads which file, and whether they notice that it changed. Facts only, each
//! with its source; what is not in a source is not claimed, and counts as a restart.

use serde::Serialize;

use crate::{
    catalog::table::{Each, ROWS},
    component::Component,
    spec::{KubernetesVersion, Layout, Role},
};

/// Whether a host with these roles runs a program.
pub(crate) fn runs_on(component: Component, layout: Layout, has: impl Fn(Role) -> bool) -> bool {
    match component {
        Component::KubeApiserver | Component::KubeControllerManager | Component::KubeScheduler => {
            has(Role::ControlPlane)
        }
        Component::Etcd | Component::Etcdctl => has(Role::Etcd),
        Component::Kubelet | Component::KubeProxy => has(Role::Worker) || layout == Layout::Kubeadm,
        Component::Kubectl => false,
    }
}

/// What a program does about a file that changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "effect", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Effect {
    /// It reads the file whenever it runs; nothing has to be done.
    NextRun,
    /// It reads the file again by itself, within minutes or at its next connection.
    Reloads {
        /// The first version of Kubernetes that does; none where every version does.
        #[serde(skip_serializing_if = "Option::is_none")]
        since: Option<KubernetesVersion>,
    },
    /// It goes on with the old one until it is started again.
    Restart,
}

impl Effect {
    /// The effect in one version, or in any that is not known.
    #[must_use]
    pub fn in_version(self, version: Option<KubernetesVersion>) -> Self {
        match (self, version) {
            (Self::Reloads { since: Some(since) }, Some(version)) if version < since => {
                Self::Restart
            }
            (Self::Reloads { .. }, Some(_)) => Self::Reloads { since: None },
            (effect, _) => effect,
        }
    }
}

/// Who reads the files of an entry of this name; nobody for those that no program reads.
///
/// `is_pair` says of a certificate that also stands in a kubeconfig of its own, in the flat layout,
/// that its pair of files is meant.
pub(crate) fn readers(
    layout: Layout,
    name: &str,
    is_pair: bool,
) -> impl Iterator<Item = (Component, Effect)> {
    let flat = layout == Layout::HardWay;
    let name = name.strip_suffix(".kubeconfig").unwrap_or(name).to_owned();
    TABLE.iter().filter_map(move |row| {
        let is_it = row.entries.contains(&name.as_str());
        let is_form = match row.form {
            Form::Any => true,
            Form::Flat => flat,
            // Where every file is named, a pair beside a kubeconfig is there to serve with.
            Form::FlatPair => (flat || layout == Layout::Custom) && is_pair,
            Form::Kubeconfig => !is_pair,
            Form::NotFlat => !flat,
        };
        (is_it && is_form).then_some((row.component, row.effect))
    })
}

/// The roles of the hosts for which an entry is made that names no host: one for all in the flat
/// layouts.
pub(crate) fn roles(name: &str) -> &'static [Role] {
    let name = name.strip_suffix(".kubeconfig").unwrap_or(name);
    match name {
        "ca" => &[Role::ControlPlane, Role::Worker],
        "etcd-ca" => &[Role::ControlPlane, Role::Etcd],
        "encryption-config" | "front-proxy-ca" | "service-account" => &[Role::ControlPlane],
        "bootstrap-kubelet" => &[Role::Worker],
        _ => match ROWS.iter().find(|row| row.name == name).map(|row| row.each) {
            Some(Each::ControlPlane) => &[Role::ControlPlane],
            Some(Each::Etcd) => &[Role::Etcd],
            Some(Each::Kubelet) => &[Role::Worker],
            None => &[],
        },
    }
}

/// Where a row holds.
#[derive(Clone, Copy)]
enum Form {
    Any,
    /// In the flat layout.
    Flat,
    /// For the pair of files beside a kubeconfig, in the flat layout.
    FlatPair,
    /// For a kubeconfig.
    Kubeconfig,
    NotFlat,
}

struct Row {
    entries: &'static [&'static str],
    form: Form,
    component: Component,
    effect: Effect,
}

const fn since(minor: u16) -> Effect {
    Effect::Reloads { since: Some(KubernetesVersion::one(minor)) }
}

const ALWAYS: Effect = Effect::Reloads { since: None };

#[rustfmt::skip]
const TABLE: &[Row] = &[
    // kubernetes/kubernetes#84200, CHANGELOG-1.17: the serving certificate is read every minute.
    Row { entries: &["apiserver"], form: Form::NotFlat, component: Component::KubeApiserver, effect: since(17) },
    // The flat layout has it dial the kubelets too, as below.
    Row { entries: &["apiserver"], form: Form::Flat, component: Component::KubeApiserver, effect: since(18) },
    // kubernetes/kubernetes#79083, CHANGELOG-1.18: client-go reads client certificate files again,
    // every five minutes and for new connections.
    Row { entries: &["apiserver-kubelet-client"], form: Form::Any, component: Component::KubeApiserver, effect: since(18) },
    // etcd-io/etcd#7829, since etcd 3.2: its library, which the apiserver dials with, reads the pair
    // for each connection. CHANGELOG-1.17 has no older library.
    Row { entries: &["apiserver-etcd-client"], form: Form::Any, component: Component::KubeApiserver, effect: since(17) },
    // kubernetes/kubernetes#92791, CHANGELOG-1.20.
    Row { entries: &["front-proxy-client"], form: Form::Any, component: Component::KubeApiserver, effect: since(20) },
    // What a kubeconfig embeds is read at the start and never again: #79083 is about files, and
    // kubernetes/kubernetes#4672 says why data is not.
    Row { entries: &["controller-manager"], form: Form::Kubeconfig, component: Component::KubeControllerManager, effect: Effect::Restart },
    Row { entries: &["scheduler"], form: Form::Kubeconfig, component: Component::KubeScheduler, effect: Effect::Restart },
    Row { entries: &["kubelet"], form: Form::Kubeconfig, component: Component::Kubelet, effect: Effect::Restart },
    Row { entries: &["kube-proxy"], form: Form::Kubeconfig, component: Component::KubeProxy, effect: Effect::Restart },
    // kubernetes/kubernetes#84200 is in the library that both serve with.
    Row { entries: &["controller-manager-server"], form: Form::Any, component: Component::KubeControllerManager, effect: since(17) },
    Row { entries: &["scheduler-server"], form: Form::Any, component: Component::KubeScheduler, effect: since(17) },
    // kubernetes/kubernetes#124574, the gate ReloadKubeletServerCertificateFile, on since 1.31.
    Row { entries: &["kubelet-server"], form: Form::Any, component: Component::Kubelet, effect: since(31) },
    Row { entries: &["kubelet"], form: Form::FlatPair, component: Component::Kubelet, effect: since(31) },
    // etcd-io/etcd#7829: read for each connection, since etcd 3.2.
    Row { entries: &["etcd-server", "etcd-peer"], form: Form::Any, component: Component::Etcd, effect: ALWAYS },
    Row { entries: &["etcd-healthcheck-client"], form: Form::Any, component: Component::Etcdctl, effect: Effect::NextRun },
    // kubernetes/kubernetes#90360, CHANGELOG-1.19: both bundles of client CAs.
    Row { entries: &["ca", "ca.crt", "front-proxy-ca", "front-proxy-ca.crt"], form: Form::Any, component: Component::KubeApiserver, effect: since(19) },
    // kubernetes/kubernetes#137410 is open: `--root-ca-file` is read at the start.
    Row { entries: &["ca", "ca.crt"], form: Form::Any, component: Component::KubeControllerManager, effect: Effect::Restart },
    // kubernetes/kubernetes#86816, CHANGELOG-1.18: the pair that signs requests.
    Row { entries: &["ca.key", "cluster-signing.crt"], form: Form::Any, component: Component::KubeControllerManager, effect: since(18) },
    // kubernetes/kubernetes#136762 is young, and its kubeconfig embeds the CA.
    Row { entries: &["ca", "ca.crt"], form: Form::Any, component: Component::Kubelet, effect: Effect::Restart },
    // etcd-io/etcd#11555 is open; the apiserver reads `--etcd-cafile` when it makes its client.
    Row { entries: &["etcd-ca", "etcd/ca.crt"], form: Form::Any, component: Component::Etcd, effect: Effect::Restart },
    Row { entries: &["etcd-ca", "etcd/ca.crt"], form: Form::Any, component: Component::KubeApiserver, effect: Effect::Restart },
    // Read at the start. In the flat layout only the certificate around the key is ever renewed.
    Row { entries: &["service-account", "sa.key", "sa.pub"], form: Form::NotFlat, component: Component::KubeApiserver, effect: Effect::Restart },
    Row { entries: &["service-account", "sa.key"], form: Form::NotFlat, component: Component::KubeControllerManager, effect: Effect::Restart },
    Row { entries: &["service-account"], form: Form::Flat, component: Component::KubeApiserver, effect: Effect::NextRun },
    // Read only where there is no kubeconfig yet.
    Row { entries: &["bootstrap-kubelet"], form: Form::Any, component: Component::Kubelet, effect: Effect::NextRun },
    // `--encryption-provider-config-automatic-reload` (CHANGELOG-1.26) is off unless asked for.
    Row { entries: &["encryption-config", "encryption-config.yaml"], form: Form::Any, component: Component::KubeApiserver, effect: Effect::Restart },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_certificate_of_the_catalog_has_a_reader() {
        for layout in [Layout::Hosts, Layout::Kubeadm, Layout::HardWay] {
            for row in ROWS {
                assert!(readers(layout, row.name, false).count() > 0, "{}", row.name);
            }
        }
    }

    #[test]
    fn a_version_decides_between_reload_and_restart() {
        let version = |text: &str| Some(text.parse().unwrap());
        let effect = since(31);
        assert_eq!(effect.in_version(None), effect);
        assert_eq!(effect.in_version(version("v1.30.9")), Effect::Restart);
        assert_eq!(effect.in_version(version("1.31")), ALWAYS);
        assert_eq!(effect.in_version(version("1.99")), ALWAYS);
        assert_eq!(Effect::Restart.in_version(version("1.99")), Effect::Restart);
        for wrong in ["", "v1", "latest", "1.x", "v1.-3", "1.99999"] {
            assert!(wrong.parse::<KubernetesVersion>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_flat_kubelet_reads_two_things() {
        let effects = |is_pair| -> Vec<_> {
            readers(Layout::HardWay, "kubelet", is_pair).map(|(_, effect)| effect).collect()
        };
        assert_eq!(effects(true), [since(31)]);
        assert_eq!(effects(false), [Effect::Restart]);
    }
}
