//! What each profile gives and refuses. The hostile requests are in tests/escalation.

use kubepki_ca::{KeyAlgorithm, KeyPair};

use super::*;

const SPEC: &str = "apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.demo.example
serviceCIDRs: [10.32.0.0/24]
certificates: {apiserverSANs: [lb.demo.example, 203.0.113.7]}
hosts:
  - {name: server, roles: [control-plane, etcd], addresses: [10.240.0.10]}
  - {name: node-0, roles: [worker], addresses: [10.240.0.20], names: [node-0.demo.example]}
users:
  - {name: jane, groups: [dev, oncall], uid: u-1, lifetime: 24h}
";

fn spec() -> ClusterSpec {
    ClusterSpec::parse(SPEC, crate::SystemMasters::Refused).unwrap()
}

fn decide(
    profile: RequestProfile,
    options: PolicyOptions,
    subject: Subject,
    names: &[&str],
) -> Result<Grant, Rule> {
    let names: Vec<_> = names.iter().map(|name| name.parse().unwrap()).collect();
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    let request = SigningRequest::create(&subject, &names, &key).unwrap();
    let spec = spec();
    let policy = Policy::new(&spec, profile, options).unwrap();
    policy.decide(&request).map_err(|refused| refused.rule)
}

fn user(subject: Subject, options: PolicyOptions) -> Result<Grant, Rule> {
    decide(RequestProfile::User, options, subject, &[])
}

fn of(cn: &str, groups: &[&str]) -> Subject {
    Subject::new(cn).with_organizations(groups.iter().copied())
}

fn permitted(allow: Allow) -> PolicyOptions {
    PolicyOptions { allow, ..PolicyOptions::default() }
}

#[test]
fn a_user_gets_the_groups_asked_for_or_those_that_are_named() {
    let grant = user(of("joe", &["dev", "ops team"]), PolicyOptions::default()).unwrap();
    assert_eq!(*grant.subject(), of("joe", &["dev", "ops team"]));
    assert_eq!(grant.lifetime(), SignedDuration::from_hours(24 * 365));
    let options = PolicyOptions {
        groups: vec!["view".to_owned()],
        lifetime: Some("1h".parse().unwrap()),
        ..PolicyOptions::default()
    };
    let grant = user(of("joe", &["dev"]), options.clone()).unwrap();
    assert_eq!(*grant.subject(), of("joe", &["view"]));
    assert_eq!(grant.lifetime(), SignedDuration::from_hours(1));
    assert_eq!(user(of("joe", &["system:masters"]), options), Err(Rule::SystemMasters));
}

#[test]
fn a_user_of_the_spec_gets_no_more_than_the_spec_says() {
    let grant = user(of("jane", &["oncall"]), PolicyOptions::default()).unwrap();
    assert_eq!(
        *grant.subject(),
        Subject { uid: Some("u-1".to_owned()), ..of("jane", &["oncall"]) }
    );
    assert_eq!(grant.lifetime(), SignedDuration::from_hours(24));
    let more = user(of("jane", &["dev", "ops"]), PolicyOptions::default());
    assert_eq!(more, Err(Rule::GroupBeyondSpec));
    let other = Subject { uid: Some("u-2".to_owned()), ..of("jane", &[]) };
    assert_eq!(user(other, PolicyOptions::default()), Err(Rule::Uid));
}

#[test]
fn each_permission_opens_one_door() {
    let none = Allow::default();
    let masters = Allow { system_masters: true, ..none };
    let admins = Allow { cluster_admin: true, ..none };
    let system = Allow { system_identity: true, ..none };
    for (subject, rule, key) in [
        (of("joe", &["system:masters"]), Rule::SystemMasters, masters),
        (of("joe", &["kubepki:cluster-admins"]), Rule::ClusterAdmins, admins),
        (of("joe", &["kubeadm:cluster-admins"]), Rule::ClusterAdmins, admins),
        (of("joe", &["system:monitoring"]), Rule::SystemIdentity, system),
        (of("system:kube-scheduler", &[]), Rule::SystemIdentity, system),
        (of("kube-apiserver-kubelet-client", &[]), Rule::SystemIdentity, system),
        (of("kubernetes", &[]), Rule::SystemIdentity, system),
    ] {
        for permissions in [none, masters, admins, system] {
            let decided = user(subject.clone(), permitted(permissions));
            if permissions == key {
                assert_eq!(*decided.unwrap().subject(), subject);
            } else {
                assert_eq!(decided, Err(rule), "{subject} {permissions:?}");
            }
        }
    }
    let all = Allow { system_masters: true, cluster_admin: true, system_identity: true, ..none };
    for (subject, rule) in [
        (of("system:node:node-0", &[]), Rule::NodeName),
        (of("joe", &["system:nodes"]), Rule::NodeGroup),
        (of("joe", &["system:Masters"]), Rule::LookAlike),
        (of("joe", &["kubepki:other"]), Rule::Group),
        (of("super-admin", &[]), Rule::CommonName),
        (of("Kubernetes", &[]), Rule::LookAlike),
    ] {
        assert_eq!(user(subject.clone(), permitted(all)), Err(rule), "{subject}");
    }
}

#[test]
fn a_node_is_a_host_of_the_spec_and_nothing_else() {
    let client = |subject, names: &[&str]| {
        decide(RequestProfile::NodeClient, PolicyOptions::default(), subject, names)
    };
    let node = || of("system:node:node-0", &["system:nodes"]);
    assert_eq!(*client(node(), &[]).unwrap().subject(), node());
    assert_eq!(client(node(), &["node-0"]), Err(Rule::San));
    assert_eq!(client(of("system:node:node-0", &[]), &[]), Err(Rule::NodeGroup));
    let more = of("system:node:node-0", &["system:nodes", "dev"]);
    assert_eq!(client(more, &[]), Err(Rule::NodeGroup));
    let no_kubelet = of("system:node:server", &["system:nodes"]);
    assert_eq!(client(no_kubelet, &[]), Err(Rule::NodeName));
    for name in ["system:node:node-9", "system:node:", "system:node:NODE-0", "node-0"] {
        assert_eq!(client(of(name, &["system:nodes"]), &[]), Err(Rule::NodeName), "{name}");
    }
    let server = |names: &[&str]| {
        decide(RequestProfile::NodeServer, PolicyOptions::default(), node(), names)
    };
    let grant = server(&["node-0.demo.example", "10.240.0.20", "10.240.0.20"]).unwrap();
    assert_eq!(grant.subject_alt_names().len(), 2);
    assert_eq!(grant.profile(), SERVER);
    assert_eq!(server(&[]), Err(Rule::NoName));
    for other in ["server", "10.240.0.10", "localhost", "127.0.0.1", "::ffff:10.240.0.20"] {
        assert_eq!(server(&["node-0", other]), Err(Rule::San), "{other}");
    }
    assert_eq!(server(&["*.demo.example"]), Err(Rule::Wildcard));
    assert_eq!(server(&["spiffe://node-0"]), Err(Rule::SanKind));
}

fn as_server(names: &[&str], cn: &str, allowed: &[&str]) -> Result<Grant, Rule> {
    let names_allowed = allowed.iter().map(|name| name.parse().unwrap()).collect();
    let options = PolicyOptions { names: names_allowed, ..PolicyOptions::default() };
    decide(RequestProfile::Server, options, of(cn, &["Acme"]), names)
}

/// Whoever serves under one of these names is taken for the apiserver or for a host.
#[test]
fn names_of_the_clusters_own_servers_are_named_one_by_one() {
    const OWN: [&str; 21] = [
        "api.demo.example",
        "lb.demo.example",
        "203.0.113.7",
        "server",
        "node-0",
        "node-0.demo.example",
        "10.240.0.10",
        "10.240.0.20",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "KUBERNETES.Default.SVC",
        "10.32.0.1",
        "localhost",
        "127.0.0.1",
        "::1",
        "::ffff:10.240.0.10",
        "API.demo.example",
        "metrics-server.kube-system.svc",
        "*.demo.example",
        "*.default.svc",
    ];
    let hook = "hook.web.svc";
    for own in OWN {
        let refused = as_server(&[hook, own], hook, &[]).unwrap_err();
        assert!(matches!(refused, Rule::San | Rule::Wildcard), "{own}: {refused:?}");
        if own.starts_with('*') {
            // It covers names of the cluster's own.
            assert_eq!(as_server(&[hook, own], hook, &[own]), Err(Rule::Wildcard), "{own}");
            let covered = [own, "api.demo.example", "lb.demo.example", "node-0.demo.example"];
            let all = [&covered[..], &["kubernetes.default.svc"]].concat();
            as_server(&[hook, own], hook, &all).unwrap();
        } else {
            as_server(&[hook, own], hook, &[own]).unwrap();
            // Under its CN alone, too.
            assert!(as_server(&[hook], own, &[]).is_err(), "{own}");
            // A wildcard that would be good for it allows the wildcard, and not the name.
            assert!(as_server(&[hook, own], hook, &["*.demo.example"]).is_err(), "{own}");
        }
    }
    for name in ["kubernetes", "Kubernetes"] {
        assert_eq!(as_server(&[hook], name, &["kubernetes"]), Err(Rule::SystemIdentity));
    }
    assert_eq!(as_server(&["spiffe://server"], hook, &[]), Err(Rule::SanKind));
}

#[test]
fn servers_and_clients_have_names_of_services_or_allowed_ones() {
    for name in ["hook.web.svc", "hook.web.svc.cluster.local"] {
        let grant = as_server(&[name], name, &[]).unwrap();
        assert_eq!(*grant.subject(), of(name, &[]));
        assert_eq!(grant.notices(), [Notice { asked: "O=Acme".to_owned() }]);
    }
    for (name, rule) in [
        ("a.b.c.svc", Rule::San),
        ("web.svc", Rule::San),
        ("cluster.local", Rule::San),
        ("example.com", Rule::San),
        ("*.web.svc", Rule::Wildcard),
    ] {
        let hook = "hook.web.svc";
        assert_eq!(as_server(&[hook, name], hook, &[]), Err(rule), "{name}");
        as_server(&[hook, name], hook, &[name]).unwrap();
    }
    assert_eq!(as_server(&["hook.web.svc"], "other", &[]), Err(Rule::CommonName));
    assert_eq!(
        as_server(&["hook.web.svc"], "*.demo.example", &["*.demo.example"]),
        Err(Rule::Wildcard)
    );
    let named = PolicyOptions { names: vec!["jane".parse().unwrap()], ..Default::default() };
    let client = decide(RequestProfile::Client, named, of("jane", &[]), &[]);
    assert_eq!(client, Err(Rule::CommonName), "the spec's user is none of its clients");
    let client = decide(RequestProfile::Client, PolicyOptions::default(), of("server", &[]), &[]);
    assert_eq!(client.unwrap().profile(), CLIENT);
}

#[test]
fn options_that_do_not_go_with_the_profile_are_refused() {
    let spec = spec();
    let group = PolicyOptions { groups: vec!["dev".to_owned()], ..PolicyOptions::default() };
    let name = PolicyOptions { names: vec!["a".parse().unwrap()], ..PolicyOptions::default() };
    let long = PolicyOptions { lifetime: Some("3651d".parse().unwrap()), ..Default::default() };
    let masters = PolicyOptions { groups: vec!["system:masters".to_owned()], ..Default::default() };
    for (profile, options) in [
        (RequestProfile::NodeClient, group),
        (RequestProfile::NodeServer, name.clone()),
        (RequestProfile::User, name),
        (RequestProfile::User, long),
        (RequestProfile::User, masters),
        (RequestProfile::Server, permitted(Allow { cluster_admin: true, ..Default::default() })),
    ] {
        let error = Policy::new(&spec, profile, options).unwrap_err();
        assert!(error.hint().is_some(), "{error}");
    }
}
