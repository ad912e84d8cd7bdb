//! The Kubernetes objects that go with the certificates, as YAML text.

use crate::{catalog::table::CLUSTER_ADMINS, spec::ClusterSpec};

/// The ClusterRoleBindings without which `admin` and the apiserver's kubelet client have no rights.
pub(crate) fn rbac(spec: &ClusterSpec) -> String {
    let header = format!(
        "# Made by kubepki for the cluster `{}`. Apply it once the apiserver runs, with the\n\
         # break-glass credential: kubectl --kubeconfig <super-admin> apply -f rbac.yaml\n",
        spec.name
    );
    let admins = binding("kubepki:cluster-admins", "cluster-admin", "Group", CLUSTER_ADMINS);
    // `kubernetes` is the apiserver's name in the tutorial, which has one certificate for both uses.
    let kubelet_client = match spec.layout {
        crate::spec::Layout::HardWay => "kubernetes",
        _ => "kube-apiserver-kubelet-client",
    };
    let kubelets = binding(
        "kubepki:apiserver-kubelet-client",
        "system:kubelet-api-admin",
        "User",
        kubelet_client,
    );
    header + &admins + &kubelets
}

pub(crate) fn binding(name: &str, role: &str, subject_kind: &str, subject: &str) -> String {
    format!(
        "---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {name}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {role}
subjects:
- apiGroup: rbac.authorization.k8s.io
  kind: {subject_kind}
  name: {subject}
"
    )
}
