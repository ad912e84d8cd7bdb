//! The gate as a table: which identity, by which CA and from where, needs which flag. Every
//! privilege has one flag that opens it, and no other does.

use kubepki_ca::{CLIENT, Issuer, KeyAlgorithm, KeyPair, PEER, Profile, SERVER, Subject, Template};

use super::*;
use crate::SystemMasters;

const SPEC: &str = "
apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.example.com
serviceCIDRs: [10.32.0.0/24]
layout: custom
authorities:
- {name: ca, certificate: ca.crt, key: ca.key, commonName: ca}
- {name: etcd-ca, certificate: etcd/ca.crt, key: etcd/ca.key, commonName: etcd}
- {name: front-proxy-ca, certificate: front.crt, key: front.key, commonName: front}
- {name: members, certificate: members.crt, key: members.key, commonName: members}
- {name: others, certificate: others.crt, key: others.key, commonName: others}
- {name: headers, certificate: headers.crt, key: headers.key, commonName: headers}
entries:
- {name: etcd-peer, certificate: peer.crt, key: peer.key, issuer: members, commonName: peer,
   usages: [client, server], subjectAltNames: [peer]}
- {name: a, role: front-proxy-client, certificate: a.crt, key: a.key, issuer: headers, commonName: a}
- {name: ops, certificate: ops.crt, key: ops.key, commonName: ops, organizations: [oncall]}
hosts:
- {name: node-0, roles: [worker], addresses: [10.0.0.2]}
- {name: server, roles: [control-plane], addresses: [10.0.0.1]}
users:
- {name: jane, groups: [dev], uid: u-1}
";

fn gate() -> Gate {
    Gate::of(&ClusterSpec::parse(SPEC, SystemMasters::Refused).unwrap())
}

fn request(subject: &Subject, profile: Profile) -> CertificateRequest {
    CertificateRequest {
        subject: subject.clone(),
        subject_alt_names: vec!["x.example.com".parse().unwrap()],
        profile,
        lifetime: SignedDuration::from_hours(1),
        key_algorithm: KeyAlgorithm::EcdsaP256,
    }
}

fn of(name: &str, groups: &[&str]) -> Subject {
    Subject::new(name).with_organizations(groups.iter().copied())
}

/// Each flag alone.
fn flags() -> [(&'static str, Allow); 6] {
    let none = Allow::default();
    [
        ("beyond-spec", Allow { beyond_spec: true, ..none }),
        ("cluster-admin", Allow { cluster_admin: true, ..none }),
        ("etcd-client", Allow { etcd_client: true, ..none }),
        ("front-proxy", Allow { front_proxy: true, ..none }),
        ("system-identity", Allow { system_identity: true, ..none }),
        ("system-masters", Allow { system_masters: true, ..none }),
    ]
}

/// Who needs which flag, by the CA of users: none needs no flag, and `never` has none.
const IDENTITIES: &[(&str, &[&str], &str)] = &[
    ("joe", &["dev"], "none"),
    ("jane", &["dev"], "none"),
    ("jane", &["ops"], "beyond-spec"),
    ("ops", &["dev"], "beyond-spec"),
    ("ops", &["oncall"], "none"),
    ("joe", &["system:masters"], "system-masters"),
    ("joe", &["dev", "system:masters"], "system-masters"),
    ("joe", &["dev, system:masters"], "never"),
    ("joe", &["kubepki:cluster-admins"], "cluster-admin"),
    ("joe", &["kubeadm:cluster-admins"], "cluster-admin"),
    ("joe", &["system:monitoring"], "system-identity"),
    ("joe", &["system:kube-controller-manager"], "system-identity"),
    ("joe", &["system:nodes"], "never"),
    ("joe", &["System:masters"], "never"),
    ("system:node:node-0", &["system:nodes"], "none"),
    ("system:node:server", &["system:nodes"], "never"),
    ("system:node:node-9", &["system:nodes"], "never"),
    ("system:node:node-0", &[], "never"),
    ("system:node:node-0", &["system:nodes", "dev"], "never"),
    ("system:admin", &[], "system-identity"),
    ("system:kube-controller-manager", &[], "system-identity"),
    ("system:kube-scheduler", &["dev"], "system-identity"),
    ("kubernetes-admin", &[], "system-identity"),
    ("kubernetes-super-admin", &[], "system-identity"),
    ("kube-apiserver-kubelet-client", &[], "system-identity"),
    ("kube-etcd", &[], "system-identity"),
    ("front-proxy-client", &[], "system-identity"),
    ("aggregator", &[], "system-identity"),
    ("Aggregator", &[], "never"),
    ("kubernetes-adm1n", &[], "never"),
];

#[test]
fn every_identity_needs_its_own_flag_and_no_other_opens_it() {
    let gate = gate();
    let pass = |subject: &Subject, profile, issuer: &str, allow| {
        gate.pass(&request(subject, profile), issuer, Origin::Asked, allow, || None).is_ok()
    };
    for (name, groups, wanted) in IDENTITIES {
        let subject = of(name, groups);
        for profile in [CLIENT, PEER] {
            let free = pass(&subject, profile, "ca", Allow::default());
            assert_eq!(free, *wanted == "none", "{subject}");
            for (flag, allow) in flags() {
                let passed = pass(&subject, profile, "ca", allow);
                assert_eq!(passed, *wanted == "none" || *wanted == flag, "{subject} {flag}");
            }
            let passed = pass(&subject, profile, "ca", Allow::EVERYTHING);
            assert_eq!(passed, *wanted != "never", "{subject}");
        }
        // A server's certificate speaks for nobody.
        assert!(pass(&subject, SERVER, "ca", Allow::default()), "{subject}");
    }
}

#[test]
fn clients_of_other_cas_need_the_flag_of_what_believes_them() {
    let gate = gate();
    for (issuer, flag, own) in [
        ("etcd-ca", "etcd-client", "kube-etcd"),
        ("members", "etcd-client", "kube-apiserver-etcd-client"),
        ("front-proxy-ca", "front-proxy", "front-proxy-client"),
        ("headers", "front-proxy", "aggregator"),
        ("others", "none", "joe"),
    ] {
        for profile in [CLIENT, PEER] {
            let pass = |subject: Subject, allow| {
                let request = request(&subject, profile);
                gate.pass(&request, issuer, Origin::Asked, allow, || None).is_ok()
            };
            for name in ["joe", "jane", own] {
                assert_eq!(
                    pass(of(name, &[]), Allow::default()),
                    flag == "none",
                    "{issuer} {name}"
                );
                for (given, allow) in flags() {
                    let passed = pass(of(name, &[]), allow);
                    assert_eq!(passed, flag == "none" || flag == given, "{issuer} {name} {given}");
                }
            }
            // The names count by every CA: an apiserver may be told to believe it tomorrow.
            let masters = || of("joe", &["system:masters"]);
            for (given, allow) in flags() {
                let passed = pass(masters(), allow);
                assert_eq!(passed, flag == "none" && given == "system-masters", "{issuer} {given}");
            }
            assert!(pass(masters(), Allow::EVERYTHING), "{issuer}");
        }
    }
}

/// What is in an entry's place counts for what its CA has signed, and for nothing else.
#[test]
fn what_is_held_is_not_new() {
    let gate = gate();
    let now: Timestamp = "2026-11-20T12:00:00Z".parse().unwrap();
    let certificate = |subject: &Subject, profile| {
        let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let lifetime = SignedDuration::from_hours(1);
        let validity = Validity::starting(now, lifetime).unwrap();
        let ca = Template {
            subject: Subject::new("ca"),
            subject_alt_names: vec![],
            profile: kubepki_ca::CA,
            validity,
        };
        let ca = Issuer::self_signed(&ca, key).unwrap();
        let template = Template {
            subject: subject.clone(),
            subject_alt_names: vec!["x.example.com".parse().unwrap()],
            profile,
            validity,
        };
        let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        ca.prepare(&template, kubepki_ca::Signer::public_key(&key)).unwrap().sign().unwrap()
    };
    let masters = of("jane", &["system:masters"]);
    for (held, wanted, issuer, passes) in [
        (certificate(&masters, CLIENT), &masters, "ca", true),
        (certificate(&masters, PEER), &masters, "ca", true),
        // A server's certificate gave nothing.
        (certificate(&masters, SERVER), &masters, "ca", false),
        (certificate(&of("jane", &["dev"]), CLIENT), &masters, "ca", false),
        // One group with the name inside is another group.
        (certificate(&of("jane", &["dev, system:masters"]), CLIENT), &masters, "ca", false),
        (certificate(&of("jane", &["kubeadm:cluster-admins"]), CLIENT), &masters, "ca", false),
        (
            certificate(&of("system:kube-scheduler", &[]), CLIENT),
            &of("system:admin", &[]),
            "ca",
            false,
        ),
        (
            certificate(&of("system:kube-scheduler", &[]), CLIENT),
            &of("system:kube-scheduler", &["system:kube-scheduler"]),
            "ca",
            true,
        ),
        (certificate(&of("system:masters", &[]), CLIENT), &masters, "ca", false),
        (certificate(&of("a", &[]), CLIENT), &of("a", &[]), "etcd-ca", true),
        // Another name may be let in where the first was not.
        (certificate(&of("a", &[]), CLIENT), &of("b", &[]), "front-proxy-ca", false),
    ] {
        for origin in [Origin::Entry, Origin::User] {
            let request = request(wanted, CLIENT);
            let passed =
                gate.pass(&request, issuer, origin, Allow::default(), || Some(held.clone()));
            assert_eq!(passed.is_ok(), passes, "{} {wanted} {issuer}", held.subject());
        }
    }
}

#[test]
fn a_spec_makes_its_own_admins_and_nobody_else() {
    let gate = gate();
    for (origin, group, passes) in [
        (Origin::User, "kubepki:cluster-admins", true),
        (Origin::User, "kubeadm:cluster-admins", false),
        (Origin::User, "system:masters", false),
        (Origin::User, "dev", true),
        (Origin::Entry, "kubepki:cluster-admins", false),
        (Origin::Entry, "dev", true),
        (Origin::Component, "system:masters", true),
    ] {
        let request = request(&of("joe", &[group]), CLIENT);
        let passed = gate.pass(&request, "ca", origin, Allow::default(), || None);
        assert_eq!(passed.is_ok(), passes, "{origin:?} {group}");
    }
}

#[test]
fn bindings_that_give_too_much_or_to_too_many_need_a_flag() {
    use crate::manifest::{BindingRole, BindingSubject};
    let none = Allow::default();
    let admin = Allow { cluster_admin: true, ..none };
    let system = Allow { system_identity: true, ..none };
    let masters = Allow { system_masters: true, ..none };
    let everywhere = BindingRole::Cluster;
    let within = |role, namespace| BindingRole::ClusterInNamespace { role, namespace };
    let (user, group) = (BindingSubject::User("joe"), BindingSubject::Group);
    for (subject, role, key) in [
        (user, everywhere("view"), none),
        (user, everywhere("mine"), none),
        (user, within("admin", "web"), none),
        (group("dev"), everywhere("view"), none),
        (user, everywhere("cluster-admin"), admin),
        (user, within("cluster-admin", "web"), admin),
        (user, everywhere("admin"), admin),
        (user, everywhere("edit"), admin),
        (user, within("edit", "kube-system"), admin),
        (user, everywhere("system:node"), system),
        (group("system:authenticated"), everywhere("view"), system),
        (group("system:unauthenticated"), within("view", "web"), system),
        (group("system:serviceaccounts"), everywhere("view"), system),
        (group("system:serviceaccounts:web"), everywhere("view"), system),
        (group("system:nodes"), everywhere("view"), system),
        (group("system:masters"), everywhere("view"), masters),
        (group("kubeadm:cluster-admins"), everywhere("view"), admin),
    ] {
        for allow in [none, admin, system, masters] {
            let passed = check_binding(subject, role, allow).is_ok();
            assert_eq!(passed, key == none || allow == key, "{subject:?} {role:?} {allow:?}");
        }
    }
    let look_alike = group("System:authenticated");
    assert!(check_binding(look_alike, everywhere("view"), Allow::EVERYTHING).is_err());
}
