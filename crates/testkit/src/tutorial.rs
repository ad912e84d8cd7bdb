//! The PKI of the tutorial "Kubernetes the hard way", as a peer: made by openssl and kubectl
//! through `tests/interop/tutorial.sh`.

use std::path::Path;

use crate::control_plane::point_kubeconfig_at;
use crate::programs;

/// The script, for those who measure it.
pub const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/interop/tutorial.sh");
/// The cluster's name in the tutorial's kubeconfigs.
pub const CLUSTER: &str = "kubernetes-the-hard-way";

/// Makes the tutorial's files in the empty or absent `folder`, with keys of 2048 bits to save
/// time, and points all kubeconfigs to an apiserver on 127.0.0.1 at `port`.
///
/// # Panics
///
/// When openssl or kubectl refuses.
pub fn make_pki(folder: &Path, port: u16) {
    let mut command = programs::command("bash");
    command.arg(SCRIPT).arg(folder).env("RSA_BITS", "2048");
    command.env("KUBECTL", programs::find("kubectl"));
    programs::finish(command, b"").expect_success();
    let server = format!("https://127.0.0.1:{port}");
    for name in
        ["admin", "kube-controller-manager", "kube-proxy", "kube-scheduler", "node-0", "node-1"]
    {
        let kubeconfig = folder.join(name).with_extension("kubeconfig");
        point_kubeconfig_at(&kubeconfig, CLUSTER, &server);
    }
}
