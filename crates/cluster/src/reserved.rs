//! THE TABLE of reserved names: common names by which components of Kubernetes, etcd and the tools
//! that install them are known. Facts only. Names and groups that begin with `system:` are reserved
//! by their prefix.

/// Who believes the clients of a CA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Realm {
    /// The apiserver: the CN is a user, each O a group.
    Apiserver,
    /// etcd: a client may read and write everything.
    Etcd,
    /// The apiserver's front proxy: a client may name any user and group in a header.
    FrontProxy,
}

/// A reserved common name, and whose clients it belongs to.
pub(crate) const NAMES: [(&str, Realm); 27] = [
    // kubeadm, the hard way, and the certificates page of Kubernetes' documentation.
    ("kubernetes", Realm::Apiserver),
    ("kube-apiserver", Realm::Apiserver),
    ("kube-apiserver-kubelet-client", Realm::Apiserver),
    ("kube-controller-manager", Realm::Apiserver),
    ("kube-scheduler", Realm::Apiserver),
    ("kube-proxy", Realm::Apiserver),
    ("kubernetes-admin", Realm::Apiserver),
    ("kubernetes-super-admin", Realm::Apiserver),
    ("kube-apiserver-etcd-client", Realm::Etcd),
    ("kube-etcd", Realm::Etcd),
    ("kube-etcd-peer", Realm::Etcd),
    ("kube-etcd-healthcheck-client", Realm::Etcd),
    ("front-proxy-client", Realm::FrontProxy),
    // The same under the names of files, which scripts use.
    ("apiserver-kubelet-client", Realm::Apiserver),
    ("apiserver-etcd-client", Realm::Etcd),
    ("etcd-client", Realm::Etcd),
    ("etcd-healthcheck-client", Realm::Etcd),
    // kops, RKE, kube-up and minikube.
    ("apiserver-aggregator", Realm::FrontProxy),
    ("aggregator", Realm::FrontProxy),
    ("kube-aggregator", Realm::FrontProxy),
    ("kube-apiserver-proxy-client", Realm::FrontProxy),
    ("kube-apiserver-requestheader-client", Realm::FrontProxy),
    ("kube-admin", Realm::Apiserver),
    ("kubecfg", Realm::Apiserver),
    ("kubelet", Realm::Apiserver),
    ("kubelet-api", Realm::Apiserver),
    ("kube-apiserver-healthcheck-client", Realm::Apiserver),
];

pub(crate) use kubepki_model::{NODES, SYSTEM_MASTERS};

/// What the user name of a node begins with.
pub(crate) const NODE_PREFIX: &str = "system:node:";

/// The group that `rbac.yaml` binds to `cluster-admin`.
pub(crate) const CLUSTER_ADMINS: &str = "kubepki:cluster-admins";

/// What `kubeadm init` binds to `cluster-admin`, and so what a cluster it made has bound.
pub(crate) const KUBEADM_ADMINS: &str = "kubeadm:cluster-admins";

#[cfg(test)]
mod tests {
    use kubepki_model::{CommonName, TABLE};

    use super::*;

    #[test]
    fn every_component_of_the_catalog_has_a_reserved_name() {
        let components = TABLE.iter().filter(|row| !row.slot.is_user());
        for facts in components.filter_map(|row| row.certificate) {
            let CommonName::Fixed(name) = facts.common_name else { continue };
            let is_reserved =
                name.starts_with("system:") || NAMES.iter().any(|(reserved, _)| *reserved == name);
            assert!(is_reserved, "{name}");
        }
    }

    #[test]
    fn no_name_is_there_twice() {
        let names: std::collections::BTreeSet<_> = NAMES.iter().map(|(name, _)| name).collect();
        assert_eq!(names.len(), NAMES.len());
    }
}
