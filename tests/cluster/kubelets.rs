//! A kubelet's credential is one to the Node authorizer and to NodeRestriction; the apiserver's, to
//! a kubelet.

use kubepki_testkit::{Output, wait_for};

use super::running::Cluster;

pub(super) fn may_change_their_own_node_alone(cluster: &Cluster) {
    let (node, kubeconfig) = cluster.kubelet();
    let kubectl = |arguments: &[&str]| cluster.plane.kubectl(&kubeconfig, arguments);
    let register = |name: &str| {
        let object = format!("apiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\n");
        cluster.plane.kubectl_with_input(&kubeconfig, &["create", "-f", "-"], &object)
    };
    let label = |name: &str| {
        let patch = r#"{"metadata": {"labels": {"example.com/seen": "yes"}}}"#;
        kubectl(&["patch", "node", name, "-p", patch])
    };
    register(node).expect_success();
    label(node).expect_success();

    // v1.20 lets every kubelet read every Node, so the difference is in writing.
    not_its_own(&register("other"), node, "other");
    cluster.create("apiVersion: v1\nkind: Node\nmetadata: {name: other}\n");
    not_its_own(&label("other"), node, "other");

    // RBAC would not say this: the Node authorizer looks for a Pod of this node with that Secret.
    let refusal = kubectl(&["-n", "kube-system", "get", "secret", "any"]).expect_failure();
    let reason = format!("no relationship found between node '{node}' and this object");
    assert!(refusal.contains(&reason), "{refusal}");
    assert!(refusal.contains(&format!(r#"User "system:node:{node}""#)), "{refusal}");
}

/// What the apiserver dials kubelets with is a user who may do there what the apiserver must.
pub(super) fn obey_the_apiserver(cluster: &Cluster, user: &str) {
    let pair = &cluster.files.apiserver_kubelet_client;
    // A kubelet asks in this way whether to obey (webhook authorization).
    let review = |verb: &str, resource: &str, subresource: &str| {
        let object = format!(
            "apiVersion: authorization.k8s.io/v1
kind: SubjectAccessReview
spec:
  user: {user}
  groups: ['system:authenticated']
  resourceAttributes: {{verb: {verb}, resource: {resource}, subresource: '{subresource}'}}
"
        );
        let answer = ["create", "-f", "-", "-o", "jsonpath={.status.allowed}"];
        let super_admin = cluster.user("super-admin");
        cluster.plane.kubectl_with_input(&super_admin, &answer, &object).expect_success()
    };
    wait_for("the rights on kubelets", || match review("get", "nodes", "proxy").as_str() {
        "true" => Ok(()),
        other => Err(other.to_owned()),
    });
    for subresource in ["log", "metrics", "proxy", "spec", "stats"] {
        assert_eq!(review("create", "nodes", subresource), "true", "{subresource}");
    }
    assert_eq!(review("get", "secrets", ""), "false");

    // The certificate itself is that user.
    let can = |what: &[&str]| cluster.as_certificate(pair, &[&["auth", "can-i"], what].concat());
    can(&["get", "nodes", "--subresource=proxy"]).expect_success();
    assert_eq!(can(&["get", "secrets"]).stdout, "no\n");
    let refusal = cluster.as_certificate(pair, &["get", "secrets"]).expect_failure();
    assert!(refusal.contains(&format!(r#"User "{user}""#)), "{refusal}");
}

fn not_its_own(output: &Output, node: &str, other: &str) {
    let refusal = output.clone().expect_failure();
    let reason = format!(r#"node "{node}" is not allowed to modify node "{other}""#);
    assert!(refusal.contains("(Forbidden)") && refusal.contains(&reason), "{refusal}");
}
