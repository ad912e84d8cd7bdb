//! Who somebody is for Kubernetes, by the rules of its authenticator and its node authorizer, and what
//! the names mean that its components have. Knows no RBAC of any cluster.

use kubepki_ca::{Subject, SubjectAltName};
use serde::Serialize;

/// Who the bearer of a client certificate is for the apiserver.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Identity {
    /// The user name: the CN. Empty for nobody.
    pub user: String,
    /// The groups: every O.
    pub groups: Vec<String>,
    /// The UID, where the subject has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uid: Option<String>,
    /// The node whose kubelet it is: name and group are as the node authorizer wants them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}

const NODE: &str = "system:node:";
const NODES: &str = "system:nodes";

impl Identity {
    /// The identity of a subject.
    pub fn of(subject: &Subject) -> Self {
        let named = subject.common_name.strip_prefix(NODE).filter(|name| !name.is_empty());
        let is_node = subject.organizations.iter().any(|group| group == NODES);
        Self {
            user: subject.common_name.clone(),
            groups: subject.organizations.clone(),
            uid: subject.uid.clone(),
            node: named.filter(|_| is_node).map(str::to_owned),
        }
    }

    /// What the names mean, a sentence each.
    pub(super) fn meaning(&self) -> Vec<String> {
        let mut said = Vec::new();
        let is_in = |group: &str| self.groups.iter().any(|it| it == group);
        if self.user.is_empty() {
            said.push("it has no CN: the apiserver takes its bearer for anonymous".to_owned());
        }
        if is_in("system:masters") {
            said.push(
                "member of system:masters: bypasses RBAC, and nothing but the CA takes it back"
                    .to_owned(),
            );
        }
        match (&self.node, self.user.strip_prefix(NODE)) {
            (Some(node), _) => said.push(format!("the kubelet of node {node}")),
            (None, Some(_)) => said.push(format!(
                "it is named like a node but not in {NODES}: the node authorizer passes it over"
            )),
            (None, None) if is_in(NODES) => said.push(format!(
                "it is in {NODES} but not named {NODE}NAME: the node authorizer passes it over"
            )),
            (None, None) => {}
        }
        if let Some(component) = component(&self.user) {
            said.push(component.to_owned());
        }
        if is_in("kubeadm:cluster-admins") {
            said.push(
                "an administrator, by kubeadm's binding of kubeadm:cluster-admins".to_owned(),
            );
        }
        if is_in("system:bootstrappers") {
            said.push("it may ask for a node's certificate".to_owned());
        }
        said
    }
}

/// What a server's names mean.
pub(super) fn server(subject: &Subject, names: &[SubjectAltName]) -> Vec<String> {
    let has = |wanted: &str| {
        names.iter().any(|name| matches!(name, SubjectAltName::Dns(dns) if dns.as_str() == wanted))
    };
    let identity = Identity::of(subject);
    let mut said = Vec::new();
    if has("kubernetes.default.svc") || has("kubernetes.default") {
        said.push("the apiserver, by its names".to_owned());
    }
    if let Some(node) = identity.node {
        said.push(format!("the kubelet of node {node}, as a server"));
    }
    if names.is_empty() {
        said.push("it has no subjectAltName: no program in Go takes it for any server".to_owned());
    }
    said
}

/// What a CA's name means: kubeadm's names, and ours, which have the cluster's in front and a number
/// behind.
pub(super) fn authority(subject: &Subject) -> Option<&'static str> {
    let name = subject.common_name.trim_end_matches(|it: char| it.is_ascii_digit() || it == '-');
    let is = |wanted: &str| {
        name.strip_suffix(wanted).is_some_and(|front| front.is_empty() || front.ends_with('-'))
    };
    if name == "kubernetes" || is("kubernetes-ca") {
        Some("the cluster's CA, by its name")
    } else if is("etcd-ca") {
        Some("etcd's CA, by its name")
    } else if is("front-proxy-ca") {
        Some("the front proxy's CA, by its name")
    } else {
        None
    }
}

/// The components that have names of their own, in RBAC's bootstrap policy and in kubeadm.
fn component(user: &str) -> Option<&'static str> {
    Some(match user {
        "front-proxy-client" => "the apiserver, to the API servers behind it",
        "kube-apiserver-etcd-client" => "the apiserver, to etcd",
        "kube-apiserver-kubelet-client" => "the apiserver, to kubelets",
        "kube-etcd-healthcheck-client" => "the health check of etcd",
        "kubernetes-super-admin" => "kubeadm's break-glass administrator",
        "system:kube-controller-manager" => "the controller manager",
        "system:kube-proxy" => "kube-proxy",
        "system:kube-scheduler" => "the scheduler",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(name: &str, groups: &[&str]) -> Vec<String> {
        Identity::of(&Subject::new(name).with_organizations(groups.iter().copied())).meaning()
    }

    #[test]
    fn a_node_is_one_by_name_and_group() {
        assert_eq!(said("system:node:a", &["x", "system:nodes"]), ["the kubelet of node a"]);
        assert!(said("system:node:a", &[])[0].contains("not in system:nodes"));
        assert!(said("a", &["system:nodes"])[0].contains("not named system:node:NAME"));
        assert!(said("system:node:", &["system:nodes"])[0].contains("passes it over"));
        assert!(said("system:nodes", &["system:node"]).is_empty());
    }

    #[test]
    fn the_names_of_cas_are_kubeadms_and_ours() {
        let said = |name: &str| authority(&Subject::new(name));
        for ours in ["kubernetes", "kubernetes-ca", "hard-way-kubernetes-ca-1"] {
            assert!(said(ours).is_some_and(|it| it.starts_with("the cluster's CA")), "{ours}");
        }
        assert!(said("x-etcd-ca-12").is_some_and(|it| it.starts_with("etcd's CA")));
        assert!(said("front-proxy-ca").is_some());
        assert_eq!((said("my-kubernetes"), said("notetcd-ca"), said("CA")), (None, None, None));
    }

    #[test]
    fn what_bypasses_rbac_is_said_first() {
        let said = said("system:kube-scheduler", &["a", "system:masters"]);
        assert!(said[0].contains("bypasses RBAC"), "{said:?}");
        assert_eq!(said[1], "the scheduler");
        assert!(Identity::of(&Subject::new("")).meaning()[0].contains("anonymous"));
    }
}
