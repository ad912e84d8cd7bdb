//! Specs that are YAML, and wrong: exit 2, with the line shown.

use super::{Environment, SPEC, USAGE, refuses};

/// Replaces a part of the spec; `apply` and `plan` have to refuse what comes of it.
#[track_caller]
fn refuses_with(name: &str, was: &str, now: &str) {
    assert!(SPEC.contains(was), "{was:?} is not in the spec");
    let environment = Environment::of_spec(&SPEC.replacen(was, now, 1));
    refuses(name, USAGE, &environment, &["apply"]);
    refuses(name, USAGE, &environment, &["plan"]);
}

#[test]
fn an_unknown_field() {
    refuses_with("unknown-field", "layout: hosts", "layuot: hosts");
}

#[test]
fn an_unknown_field_of_a_host() {
    refuses_with("unknown-field-of-a-host", "    podCIDR", "    podSubnet");
}

#[test]
fn a_missing_field() {
    refuses_with("missing-field", "endpoint: api.demo.example:6443\n", "");
}

#[test]
fn a_duplicate_field() {
    refuses_with("duplicate-field", "csrSigning: true", "domain: example.com");
}

#[test]
fn a_value_of_another_type() {
    refuses_with("wrong-type", "[10.32.0.0/24]", "10.32.0.0/24");
}

#[test]
fn a_duplicate_host() {
    refuses_with("duplicate-host", "name: node-0", "name: server");
}

#[test]
fn an_address_of_two_hosts() {
    refuses_with("duplicate-address", "[10.240.0.20]", "[10.240.0.10]");
}

#[test]
fn a_duplicate_user() {
    refuses_with("duplicate-user", "name: jane", "name: admin");
}

#[test]
fn an_invalid_host_name() {
    refuses_with("host-name", "name: node-0", "name: Node_0");
}

#[test]
fn a_host_name_that_would_leave_the_root() {
    refuses_with("host-name-with-a-path", "name: node-0", "name: ../../etc");
}

#[test]
fn an_invalid_cluster_name() {
    refuses_with("cluster-name", "name: demo", "name: \"demo cluster\"");
}

#[test]
fn an_invalid_user_name() {
    refuses_with("user-name", "name: jane", "name: ../jane");
}

#[test]
fn an_invalid_address() {
    refuses_with("address", "[10.240.0.20]", "[10.240.0.256]");
}

#[test]
fn an_invalid_endpoint() {
    refuses_with("endpoint", "api.demo.example:6443", "https://api.demo.example:6443");
}

#[test]
fn an_invalid_san() {
    refuses_with("san", "[203.0.113.10]", "[203.0.113.10, \"api!1.example.com\"]");
}

#[test]
fn an_address_of_a_cidr_that_is_no_network() {
    refuses_with("service-cidr", "10.32.0.0/24", "10.32.0.1/24");
}

#[test]
fn a_pod_cidr_that_is_no_network() {
    refuses_with("pod-cidr", "10.200.0.0/24", "10.200.0.7/24");
}

#[test]
fn networks_that_overlap() {
    refuses_with("overlapping-networks", "10.200.0.0/24", "10.32.0.0/16");
}

#[test]
fn roles_that_overlap() {
    refuses_with("overlapping-roles", "[worker]", "[worker, worker]");
}

#[test]
fn an_unknown_role() {
    refuses_with("unknown-role", "[worker]", "[node]");
}

#[test]
fn a_host_without_a_role() {
    refuses_with("no-role", "[worker]", "[]");
}

#[test]
fn a_host_without_an_address() {
    refuses_with("no-address", "[10.240.0.20]", "[]");
}

#[test]
fn no_host_at_all() {
    let (before, rest) = SPEC.split_once("hosts:\n").unwrap();
    let (_, users) = rest.split_once("users:\n").unwrap();
    let environment = Environment::of_spec(&format!("{before}hosts: []\nusers:\n{users}"));
    refuses("empty-hosts", USAGE, &environment, &["apply"]);
}

#[test]
fn no_control_plane_host() {
    refuses_with("no-control-plane", "[control-plane, etcd]", "[etcd]");
}

#[test]
fn a_lifetime_beyond_the_cas() {
    refuses_with("lifetime", "lifetime: 365d", "lifetime: 3651d");
}

#[test]
fn a_users_lifetime_beyond_the_cas() {
    refuses_with("user-lifetime", "lifetime: 24h", "lifetime: 3651d");
}

#[test]
fn a_renewal_that_is_due_at_once() {
    refuses_with("renew-before", "renewBefore: 30d", "renewBefore: 365d");
}

#[test]
fn an_unknown_key_algorithm() {
    refuses_with("key-algorithm", "keyAlgorithm: ecdsa-p256", "keyAlgorithm: rsa-1024");
}

#[test]
fn a_service_account_key_that_signs_no_tokens() {
    let (was, now) =
        ("serviceAccountKeyAlgorithm: ecdsa-p256", "serviceAccountKeyAlgorithm: ed25519");
    refuses_with("service-account-key-algorithm", was, now);
}

#[test]
fn an_unknown_layout() {
    refuses_with("unknown-layout", "layout: hosts", "layout: flat");
}

#[test]
fn two_hosts_in_the_layout_of_one() {
    refuses_with("kubeadm-with-two-hosts", "layout: hosts", "layout: kubeadm");
}

#[test]
fn two_documents() {
    let environment = Environment::of_spec(&format!("{SPEC}---\n{SPEC}"));
    refuses("two-documents", USAGE, &environment, &["apply"]);
}

#[test]
fn system_masters_without_the_flag() {
    refuses_with("system-masters", "[dev, oncall]", "[dev, \"system:masters\"]");
}

#[test]
fn system_masters_with_the_flag_is_no_error() {
    let text = SPEC.replacen("[dev, oncall]", "[dev, \"system:masters\"]", 1);
    let environment = Environment::of_spec(&text);
    environment.kubepki(&["apply", "--danger-system-masters"]).expect_success();
    // And is asked for again by the next run, whose spec still says so.
    assert_eq!(environment.kubepki(&["plan"]).code, Some(USAGE));
}

#[test]
fn a_host_named_as_a_ca_in_the_flat_layout() {
    refuses_flat("flat-host-named-ca", "name: node-0", "name: ca");
}

#[test]
fn a_user_named_as_a_ca_in_the_flat_layout() {
    refuses_flat("flat-user-named-ca", "name: jane", "name: ca");
}

#[test]
fn a_user_named_as_a_host_in_the_flat_layout() {
    refuses_flat("flat-user-named-as-a-host", "name: jane", "name: node-0");
}

#[track_caller]
fn refuses_flat(name: &str, was: &str, now: &str) {
    let text = SPEC.replacen("layout: hosts", "layout: hard-way", 1).replacen(was, now, 1);
    refuses(name, USAGE, &Environment::of_spec(&text), &["apply"]);
}

/// The place stays in view in a line of any length, and no line of the output gets long.
#[test]
fn a_long_line() {
    let sans: Vec<_> = (0..200).map(|n| format!("api-{n}.example.com")).collect();
    let list = format!("[{}, \"no good\", {}]", sans[..100].join(", "), sans[100..].join(", "));
    let environment = Environment::of_spec(&SPEC.replacen("[203.0.113.10]", &list, 1));
    refuses("long-line", USAGE, &environment, &["apply"]);
}
