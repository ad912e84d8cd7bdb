//! Roles by the names of files, by subjects and by ports.

use std::path::Path;

use kubepki_ca::Subject;
use kubepki_model::Ending;

use super::Role;

/// The role of a file by its name; `None` for a name that says nothing.
pub(crate) fn of_path(path: &Path) -> Option<Role> {
    kubepki_model::slot_of(path.to_str()?)
}

/// What listens on a port, by the defaults of the components; `apiserver` is its port where a spec
/// says it.
pub(crate) fn of_port(port: u16, apiserver: Option<u16>) -> Option<Role> {
    if port == apiserver.unwrap_or(6443) {
        return Some(Role::Apiserver);
    }
    Some(match port {
        2379 => Role::EtcdServer,
        2380 => Role::EtcdPeer,
        10250 => Role::KubeletServer,
        10257 => Role::ControllerManagerServer,
        10259 => Role::SchedulerServer,
        _ => return None,
    })
}

/// The role of a client by the name and groups that it has for Kubernetes.
pub(crate) fn of_subject(subject: &Subject) -> Option<Role> {
    let is_node = subject.common_name.starts_with("system:node:");
    Some(match subject.common_name.as_str() {
        "system:kube-controller-manager" => Role::ControllerManager,
        "system:kube-proxy" => Role::KubeProxy,
        "system:kube-scheduler" => Role::Scheduler,
        _ if is_node || subject.organizations.iter().any(|it| it == "system:nodes") => {
            Role::Kubelet
        }
        _ => return None,
    })
}

/// The name without what tells a certificate from its key; none for what is named as neither.
pub(crate) fn stem(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    match kubepki_model::form_of(name)? {
        Ending::Files | Ending::Kubeconfig => Some(kubepki_model::base(name)),
        Ending::Yaml => None,
    }
}
