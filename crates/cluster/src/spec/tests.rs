//! Specs as people write them, good and bad.

mod custom;
mod hostile;
mod init;
mod rules;
mod yaml;

use super::*;

/// The example of the reference, with every line that a test may change.
const SPEC: &str = "\
apiVersion: kubepki/v1alpha1
kind: Cluster
name: hard-way
endpoint: server.kubernetes.local:6443     # what kubeconfigs point at
domain: cluster.local
serviceCIDRs: [10.32.0.0/24]               # one, or two for dual stack
layout: hosts                              # hosts | kubeadm | hard-way
csrSigning: true
certificates:
  keyAlgorithm: ecdsa-p256
  lifetime: 365d
  caLifetime: 3650d
  renewBefore: 30d
  apiserverSANs: [api.example.com, 203.0.113.10]
hosts:
  - name: server
    roles: [control-plane, etcd]
    addresses: [10.240.0.10]
    names: [server.kubernetes.local]
  - name: node-0
    roles: [worker]
    addresses: [10.240.0.20]
    podCIDR: 10.200.0.0/24
users:
  - name: admin
    groups: [kubepki:cluster-admins]
  - name: jane
    groups: [dev, oncall]
    lifetime: 24h
";

const MINIMAL: &str = "\
apiVersion: kubepki/v1alpha1
kind: Cluster
name: c
endpoint: c.example.com
serviceCIDRs: [10.32.0.0/24]
hosts: [{name: s, roles: [control-plane], addresses: [10.0.0.1]}]
";

fn parse(text: &str) -> Result<ClusterSpec, SpecError> {
    ClusterSpec::parse(text, SystemMasters::Refused)
}

/// The example with one place changed.
fn changed(old: &str, new: &str) -> String {
    assert_eq!(SPEC.matches(old).count(), 1, "{old}");
    SPEC.replace(old, new)
}

/// What one bad spec is answered with.
#[track_caller]
fn assert_error(text: &str, field: &str, location: (usize, usize), message: &str, hint: &str) {
    let error = parse(text).expect_err(text);
    let found = (
        error.field().unwrap_or_default(),
        error.location(),
        error.message(),
        error.hint().unwrap_or_default(),
    );
    assert_eq!(found, (field, Some(location), message, hint), "{text}");
}

#[test]
fn the_example_of_the_reference_is_understood() {
    let spec = parse(SPEC).unwrap();
    let day = 86_400;
    assert_eq!(spec.name.as_str(), "hard-way");
    assert_eq!(spec.endpoint.url(), "https://server.kubernetes.local:6443");
    assert_eq!(spec.domain.as_str(), "cluster.local");
    assert_eq!(spec.service_cidrs, ["10.32.0.0/24".parse().unwrap()]);
    assert_eq!((spec.layout, spec.csr_signing, spec.apiserver_port), (Layout::Hosts, true, 6443));
    assert_eq!(spec.certificates.lifetime.duration().as_secs(), 365 * day);
    assert_eq!(
        spec.certificates.apiserver_sans,
        ["api.example.com".parse().unwrap(), "203.0.113.10".parse().unwrap()]
    );
    let [server, node] = &spec.hosts[..] else { panic!("{:?}", spec.hosts) };
    assert_eq!(server.roles, BTreeSet::from([HostRole::ControlPlane, HostRole::Etcd]));
    assert!(node.has(HostRole::Worker) && !node.has(HostRole::Etcd));
    assert_eq!(node.pod_cidr, Some("10.200.0.0/24".parse().unwrap()));
    assert_eq!(spec.users[1].groups, ["dev", "oncall"]);
    assert_eq!(spec.users[1].lifetime.unwrap().duration().as_secs(), day);
}

#[test]
fn what_is_not_written_has_its_default() {
    let spec = parse(MINIMAL).unwrap();
    assert_eq!(spec.endpoint.to_string(), "c.example.com:6443");
    assert_eq!(spec.domain.as_str(), "cluster.local");
    assert_eq!((spec.layout, spec.csr_signing, spec.apiserver_port), (Layout::Hosts, true, 6443));
    let CertificatePolicy {
        key_algorithm,
        service_account_key_algorithm,
        lifetime,
        ca_lifetime,
        renew_before,
        apiserver_sans,
    } = spec.certificates;
    assert_eq!(
        (key_algorithm.name(), service_account_key_algorithm.name()),
        ("ecdsa-p256", "rsa-2048")
    );
    let lifetimes = [lifetime, ca_lifetime, renew_before].map(|lifetime| lifetime.to_string());
    assert_eq!(lifetimes, ["365d", "3650d", "30d"]);
    assert!(apiserver_sans.is_empty() && spec.hosts[0].names.is_empty());
    let [admin] = &spec.users[..] else { panic!("{:?}", spec.users) };
    assert_eq!(
        (admin.name.as_str(), &admin.groups[..]),
        ("admin", &["kubepki:cluster-admins".to_owned()][..])
    );
    assert_eq!((&admin.uid, admin.lifetime), (&None, None));
}

#[test]
fn an_empty_list_of_users_is_no_user() {
    assert_eq!(parse(&format!("{MINIMAL}users: []\n")).unwrap().users, []);
}

#[test]
fn users_may_be_masters_where_that_was_insisted_on() {
    let text = changed("dev, oncall", "dev, 'system:masters'");
    let spec = ClusterSpec::parse(text, SystemMasters::Allowed).unwrap();
    assert_eq!(spec.users[1].groups, ["dev", "system:masters"]);
}

#[test]
fn a_user_from_the_command_line_keeps_the_same_rules() {
    let new = |name, group: &str| {
        UserSpec::new(name, vec!["dev".into(), group.into()], None, None, SystemMasters::Refused)
    };
    assert!(new("jane", "oncall").is_ok());
    for (name, group, field) in [
        ("system:x", "a", "name"),
        ("jane", "system:nodes", "groups[1]"),
        ("jane", "dev", "groups[1]"),
    ] {
        let error = new(name, group).unwrap_err();
        assert_eq!((error.field(), error.location()), (Some(field), None));
    }
}

#[test]
fn what_is_unusual_but_right_is_accepted() {
    for text in [
        changed("[10.32.0.0/24]", "[fd00:10:96::/112, 10.32.0.0/31]"),
        changed("addresses: [10.240.0.20]", "addresses: [127.0.0.1, '::1', 'fe80::1']"),
        changed("server.kubernetes.local:6443     #", "\"[fd00::1]:8443\" #"),
        changed("api.example.com, 203.0.113.10", "a.example.com, a.example.com, '*.example.com'"),
        changed("groups: [dev, oncall]", "groups: ['R & D', Entwickler-ÄÖ, 'a=b+c\\d']"),
        changed("groups: [dev, oncall]", "groups: []\n    uid: 1000"),
        changed("name: jane", "name: Jane.Doe_1@example.com"),
        changed("  renewBefore: 30d\n", "  serviceAccountKeyAlgorithm: ecdsa-p384\n"),
        changed("layout: hosts", "layout: hard-way"),
        changed("caLifetime: 3650d", "caLifetime: 365d"),
        MINIMAL.replace("kind", "layout: kubeadm\nkind"),
        changed("csrSigning: true", "csrSigning: false\napiserverPort: 443"),
        SPEC.replace('\n', "\r\n"),
        format!("\u{feff}{SPEC}"),
        format!("%YAML 1.1\n---\n{SPEC}...\n"),
        SPEC.replace("[10.240.0.10]", "&a [10.240.0.10]"),
    ] {
        if let Err(error) = parse(&text) {
            panic!("{error}\n{text}");
        }
    }
}
