//! `admin` has its rights from the manifest that `apply` makes, and from nothing else;
//! `super-admin` has them from its group, and so can apply it.

use kubepki_testkit::wait_for;

use super::running::Cluster;

const ANYTHING: [&str; 4] = ["auth", "can-i", "*", "*"];

pub(super) fn have_no_rights_before_the_manifest_and_all_after_it(cluster: &Cluster) {
    let refusal = cluster.as_user("admin", &["get", "namespaces"]).expect_failure();
    assert!(refusal.contains(r#"(Forbidden): namespaces is forbidden: User "admin""#), "{refusal}");
    let answer = cluster.as_user("admin", &ANYTHING);
    assert_eq!((answer.code, answer.stdout.as_str()), (Some(1), "no\n"));
    cluster.as_user("super-admin", &ANYTHING).expect_success();

    let manifest = cluster.rbac_manifest();
    cluster.as_user("super-admin", &["apply", "-f", manifest.to_str().unwrap()]).expect_success();
    // The authorizer watches the bindings, a moment behind.
    wait_for("the admin's rights", || cluster.as_user("admin", &ANYTHING).into_result());
    cluster.as_user("admin", &["create", "namespace", "made-by-admin"]).expect_success();
    // Who may do everything may name anybody, who then has the rights of that name alone.
    let as_nobody = [&ANYTHING[..], &["--as", "nobody"]].concat();
    assert_eq!(cluster.as_user("admin", &as_nobody).stdout, "no\n");
}
