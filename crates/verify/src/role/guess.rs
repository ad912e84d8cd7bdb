//! Roles by the names of files, by what certificates say of themselves, and by ports.

use std::path::Path;

use kubepki_ca::{Certificate, ExtendedKeyUsage, Subject, SubjectAltName};
use kubepki_model::{CertificateFacts, CommonName, Ending, TABLE};

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

/// The role of a leaf by what it says of itself, for a file whose name says nothing: by the common name
/// that the table of slots fixes, by a node's name, and by the names that an apiserver has to serve.
///
/// Users are not guessed: anybody may have their names. Nor are members of etcd, whose common names are
/// those of hosts.
pub(crate) fn of_certificate(certificate: &Certificate) -> Option<Role> {
    let usages = certificate.extended_key_usage();
    let allows = |usage: ExtendedKeyUsage| {
        usages.is_empty() || usages.contains(&usage) || usages.contains(&ExtendedKeyUsage::Any)
    };
    let serves = allows(ExtendedKeyUsage::ServerAuth);
    let serves_only = serves && !allows(ExtendedKeyUsage::ClientAuth);
    let has_names = !certificate.subject_alt_names().is_empty();
    match of_subject(certificate.subject()) {
        Some(Role::Kubelet) if serves_only => return Some(Role::KubeletServer),
        Some(Role::ControllerManager) if serves_only && has_names => {
            return Some(Role::ControllerManagerServer);
        }
        Some(Role::Scheduler) if serves_only && has_names => return Some(Role::SchedulerServer),
        // There is no serving certificate of it.
        Some(Role::KubeProxy) if serves_only && has_names => return None,
        Some(role) => return Some(role),
        None => {}
    }
    if serves_the_api(certificate) {
        return Some(Role::Apiserver);
    }
    let role = of_common_name(&certificate.subject().common_name)?;
    // Names of programs, which clients are given too; a program that is no server has no names.
    let is_so = match role {
        Role::Apiserver => serves,
        Role::ControllerManagerServer | Role::SchedulerServer => serves || has_names,
        _ => true,
    };
    is_so.then_some(role)
}

/// Whether it has a name under which Pods look for the apiserver.
fn serves_the_api(certificate: &Certificate) -> bool {
    certificate.subject_alt_names().iter().any(|name| match name {
        SubjectAltName::Dns(name) => {
            let name = name.as_str();
            name == "kubernetes.default" || name.starts_with("kubernetes.default.svc")
        }
        _ => false,
    })
}

/// The slot whose certificates all have this common name.
fn of_common_name(name: &str) -> Option<Role> {
    let is_fixed =
        |facts: &CertificateFacts| matches!(facts.common_name, CommonName::Fixed(it) if it == name);
    let row = TABLE
        .iter()
        .filter(|row| !row.slot.is_user())
        .find(|row| [&row.certificate, &row.hard_way].into_iter().flatten().any(is_fixed));
    row.map(|row| row.slot)
}

/// The name without what tells a certificate from its key; none for what is named as neither.
pub(crate) fn stem(path: &Path) -> Option<&str> {
    let name = path.file_name()?.to_str()?;
    match kubepki_model::form_of(name)? {
        Ending::Files | Ending::Kubeconfig => Some(kubepki_model::base(name)),
        Ending::Yaml => None,
    }
}
