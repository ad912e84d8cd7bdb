//! One kubeconfig, merged from those of two clusters, drives both.

use super::running::Cluster;

pub(super) fn a_merged_kubeconfig_drives_both_clusters(cluster: &Cluster) {
    let elsewhere = Cluster::start_named("hosts", "elsewhere");
    let (here, there) = (cluster.user("admin"), elsewhere.user("super-admin"));
    let [here, there] = [here, there].map(|path| path.display().to_string());
    let merge = |first: &str, second: &str, output: &str| {
        cluster.kubepki(&["kubeconfig", "merge", first, second, "-o", output])
    };
    let merged = merge(&here, &there, "both.conf");
    assert_eq!(merged.stderr.matches("warning:").count(), 0, "{}", merged.stderr);
    merged.expect_success();

    let both = cluster.scratch("both.conf");
    let kubectl = |arguments: &[&str]| cluster.plane.kubectl(&both, arguments);
    let contexts = [("admin@loopback", "east"), ("super-admin@elsewhere", "west")];
    for (context, name) in contexts {
        kubectl(&["--context", context, "create", "configmap", name]).expect_success();
    }
    // Each reached its own cluster: the one has what the other has not.
    for (mine, (context, name)) in contexts.into_iter().enumerate() {
        kubectl(&["--context", context, "get", "configmap", name]).expect_success();
        let other = contexts[1 - mine].1;
        let missing = kubectl(&["--context", context, "get", "configmap", other]).expect_failure();
        assert!(missing.contains("(NotFound)"), "{missing}");
    }
    // Without `--context`, the first file's.
    kubectl(&["get", "configmap", "east"]).expect_success();

    // Of two users of one name the first is kept, as by kubectl, and somebody is told: the second
    // cluster does not know that user.
    let theirs = elsewhere.user("admin").display().to_string();
    let output = merge(&here, &theirs, "first.conf");
    assert!(output.stderr.contains("warning: left out user \"admin\" of"), "{}", output.stderr);
    output.expect_success();
    let first = cluster.scratch("first.conf");
    let get = ["--context", "admin@elsewhere", "get", "namespaces"];
    let refused = cluster.plane.kubectl(&first, &get).expect_failure();
    assert!(refused.contains("Unauthorized") || refused.contains("logged in"), "{refused}");
}
