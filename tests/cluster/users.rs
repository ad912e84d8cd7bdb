//! A user is seen with every group of its certificate: a right of each takes effect, and no other.

use std::{collections::BTreeSet, path::Path};

use kubepki_testkit::wait_for;

use super::running::Cluster;

pub(super) fn have_the_rights_of_each_of_their_groups(cluster: &Cluster) {
    let ask = |resource: &str| cluster.as_user("jane", &["get", resource]);
    for resource in ["configmaps", "pods", "secrets"] {
        refused(ask(resource).expect_failure(), resource);
    }
    let everybodys = rights_of_everybody(cluster);
    let janes = || rights(cluster, &cluster.user("jane"));
    assert_eq!(janes(), everybodys);
    // Bound one after the other, so that neither group can stand for both.
    cluster.create(&reader("dev", "configmaps"));
    wait_for("the rights of dev", || ask("configmaps").into_result());
    refused(ask("pods").expect_failure(), "pods");
    cluster.create(&reader("oncall", "pods"));
    wait_for("the rights of oncall", || ask("pods").into_result());
    ask("configmaps").expect_success();

    let more: BTreeSet<_> = &janes() - &everybodys;
    let of = |resource: &str| format!("{resource} [] [] [get list]");
    assert_eq!(more, BTreeSet::from([of("configmaps"), of("pods")]));
    refused(ask("secrets").expect_failure(), "secrets");
    let answer = cluster.as_user("jane", &["auth", "can-i", "delete", "pods"]);
    assert_eq!(answer.stdout, "no\n");
}

/// What kubectl lists for the user of a kubeconfig, a line for each right.
pub(super) fn rights(cluster: &Cluster, kubeconfig: &Path) -> BTreeSet<String> {
    lines(&cluster.plane.kubectl(kubeconfig, &["auth", "can-i", "--list"]).expect_success())
}

/// What kubectl lists for a user without any role: the right to ask for one's rights, and the like.
pub(super) fn rights_of_everybody(cluster: &Cluster) -> BTreeSet<String> {
    let nobody = ["--as", "nobody-knows", "--as-group", "system:authenticated"];
    let list = ["auth", "can-i", "--list"];
    lines(&cluster.as_user("super-admin", &[&list[..], &nobody].concat()).expect_success())
}

fn lines(table: &str) -> BTreeSet<String> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    table.lines().skip(1).map(words).collect()
}

fn refused(complaint: String, resource: &str) {
    let expected = format!(r#"(Forbidden): {resource} is forbidden: User "jane" cannot list"#);
    assert!(complaint.contains(&expected), "{complaint}");
}

/// A role that reads one resource, bound to a group.
fn reader(group: &str, resource: &str) -> String {
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: {group}, namespace: default}}
rules:
- {{apiGroups: [''], resources: [{resource}], verbs: [get, list]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: {group}, namespace: default}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {group}}}
subjects:
- {{apiGroup: rbac.authorization.k8s.io, kind: Group, name: {group}}}
"
    )
}
