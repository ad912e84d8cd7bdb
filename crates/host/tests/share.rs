//! What a host gets, over all layouts: all it needs, and never what is another's.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

use std::collections::BTreeSet;

use kubepki_cluster::{
    Allow, Catalog, ClusterSpec, Component, HostRole, MemoryStore, Plan, RenewalPolicy, Slot,
    Store, SystemMasters,
    catalog::{Content, Entry},
    make, observe,
    store::Mode,
};
use kubepki_host::{Bundle, BundleError, BundleKey, HostFile, Part, Share};

const HOSTS: &str = "
  - {name: cp-0, roles: [control-plane, etcd], addresses: [10.0.0.10]}
  - {name: cp-1, roles: [control-plane, worker], addresses: [10.0.0.11]}
  - {name: db, roles: [etcd], addresses: [10.0.0.12]}
  - {name: node-0, roles: [worker], addresses: [10.0.0.20]}
  - {name: node-1, roles: [worker, etcd], addresses: [10.0.0.21]}
";

const ONE: &str = "
  - {name: server, roles: [control-plane, etcd, worker], addresses: [10.0.0.10]}
";

fn cluster(layout: &str, signing: bool) -> (ClusterSpec, Catalog) {
    let hosts = if layout == "hosts" { HOSTS } else { ONE };
    of_hosts(layout, signing, hosts)
}

fn of_hosts(layout: &str, signing: bool, hosts: &str) -> (ClusterSpec, Catalog) {
    with(layout, signing, hosts, "")
}

/// With more fields of the spec.
fn with(layout: &str, signing: bool, hosts: &str, more: &str) -> (ClusterSpec, Catalog) {
    let text = format!(
        "apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.demo.example
serviceCIDRs: [10.32.0.0/24]
layout: {layout}
csrSigning: {signing}
certificates: {{serviceAccountKeyAlgorithm: ecdsa-p256}}
{more}hosts:{hosts}users:
  - {{name: admin, groups: [kubepki:cluster-admins]}}
  - {{name: jane, groups: [dev]}}
"
    );
    let spec = ClusterSpec::parse(text, SystemMasters::Refused).unwrap();
    let catalog = Catalog::of_cluster(&spec).unwrap();
    (spec, catalog)
}

/// Every layout, with every mixture of roles that it allows.
fn all() -> Vec<(ClusterSpec, Catalog)> {
    let hard_way = HOSTS
        .replace("  - {name: cp-1, roles: [control-plane, worker], addresses: [10.0.0.11]}\n", "");
    let mut all = Vec::new();
    for signing in [true, false] {
        all.push(cluster("hosts", signing));
        all.push(cluster("kubeadm", signing));
        all.push(cluster("hard-way", signing));
        all.push(of_hosts("hard-way", signing, &hard_way));
        let secrets = "encryption: secretbox\nkubelets: bootstrap\n";
        all.push(with("hosts", signing, HOSTS, secrets));
        all.push(with("kubeadm", signing, ONE, "encryption: secretbox\n"));
        all.push(with("hard-way", signing, &hard_way, secrets));
    }
    all
}

fn share(spec: &ClusterSpec, catalog: &Catalog, name: &str) -> Share {
    let host = spec.hosts.iter().find(|host| host.name.as_str() == name).unwrap();
    Share::of(spec, catalog, host).unwrap()
}

/// The files of the root that hold the private key of a CA, wherever they are copied to.
fn authority_keys(catalog: &Catalog) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for entry in catalog.entries() {
        if let Content::Authority { files, .. } = &entry.content {
            keys.insert(files.key.to_string());
        }
    }
    for entry in catalog.entries() {
        if let Content::Derived { path, from, .. } = &entry.content {
            let text = format!("{from:?}");
            if keys.iter().any(|key| text.contains(&format!("{key:?}"))) {
                keys.insert(path.to_string());
            }
        }
    }
    keys
}

#[test]
fn a_worker_gets_no_ca_key_no_other_hosts_key_and_no_users_credential() {
    let mut workers = 0;
    for (spec, catalog) in all() {
        let keys = authority_keys(&catalog);
        assert!(keys.len() >= 3);
        for host in &spec.hosts {
            let share = share(&spec, &catalog, host.name.as_str());
            for file in &share.files {
                let owner = file.entry.host.as_deref();
                assert!(owner.is_none() || owner == Some(host.name.as_str()), "{file:#?}");
            }
            if host.has(HostRole::ControlPlane) {
                continue;
            }
            workers += 1;
            for HostFile { source, entry, slot, .. } in &share.files {
                assert!(!keys.contains(source.as_str()), "{} gets {source}", host.name);
                assert!(!entry.slot.is_user(), "{} gets {source}", host.name);
                assert_ne!(*slot, Slot::ServiceAccount, "{} gets {source}", host.name);
                assert_ne!(*slot, Slot::EncryptionConfig, "{} gets {source}", host.name);
            }
        }
    }
    assert!(workers > 8, "{workers}");
}

#[test]
fn a_ca_key_goes_to_control_planes_that_sign_requests_and_to_no_other() {
    for (spec, catalog) in all() {
        let keys = authority_keys(&catalog);
        for host in &spec.hosts {
            let share = share(&spec, &catalog, host.name.as_str());
            let found: Vec<_> =
                share.files.iter().filter(|file| keys.contains(file.source.as_str())).collect();
            let wanted = spec.csr_signing && host.has(HostRole::ControlPlane);
            assert_eq!(found.len(), usize::from(wanted), "{}: {found:#?}", host.name);
            for file in found {
                assert_eq!((file.slot, file.part), (Slot::ClusterCa, Part::Key));
                assert_eq!(file.readers, [Component::KubeControllerManager]);
                assert_eq!(file.mode, Mode::Private);
            }
        }
    }
}

#[test]
fn a_folder_of_a_host_is_that_hosts_share() {
    for (spec, catalog) in all() {
        if spec.layout.name() != "hosts" {
            continue;
        }
        for host in &spec.hosts {
            let folder = format!("hosts/{}/", host.name);
            let files = catalog.files().map(|(path, _)| path.to_string());
            let expected: BTreeSet<_> =
                files.filter_map(|path| path.strip_prefix(&folder).map(str::to_owned)).collect();
            let share = share(&spec, &catalog, host.name.as_str());
            let found: Vec<_> = share.files.iter().map(|file| file.target.to_string()).collect();
            assert!(!found.is_empty());
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{}", host.name);
        }
    }
}

/// Whatever is left in the root has a reason to stay there.
#[test]
fn what_no_host_gets_stays_for_a_reason() {
    for (spec, catalog) in all() {
        let shares: Vec<_> =
            spec.hosts.iter().map(|host| share(&spec, &catalog, host.name.as_str())).collect();
        let given: BTreeSet<_> =
            shares.iter().flat_map(|share| &share.files).map(|file| file.source.as_str()).collect();
        for entry in catalog.entries() {
            for (path, _) in entry.files() {
                let stays = stays(&spec, entry, path.as_str());
                assert!(given.contains(path.as_str()) != stays, "{}: {path}", spec.layout);
            }
        }
    }
}

fn stays(spec: &ClusterSpec, entry: &Entry, path: &str) -> bool {
    let name = entry.id.name();
    match spec.layout.name() {
        "hosts" => entry.id.host.is_none(),
        "kubeadm" => {
            let of_person =
                name.starts_with("user/") && !matches!(path, "admin.conf" | "super-admin.conf");
            let key = path.ends_with("ca.key") && (path != "pki/ca.key" || !spec.csr_signing);
            of_person || key || name == "rbac"
        }
        _ => {
            let key = path.ends_with("ca.key") && (path != "ca.key" || !spec.csr_signing);
            // What a kubeconfig embeds; the kubelet's pair serves too.
            let embedded = matches!(&*name, "controller-manager" | "scheduler" | "kube-proxy")
                && !path.ends_with(".kubeconfig");
            let applied = matches!(&*name, "rbac" | "bootstrap-token");
            name.starts_with("user/") || key || embedded || applied
        }
    }
}

#[test]
fn every_file_has_a_place_of_its_own_a_purpose_and_a_reader() {
    for (spec, catalog) in all() {
        for host in &spec.hosts {
            let share = share(&spec, &catalog, host.name.as_str());
            let places: BTreeSet<_> = share.files.iter().map(HostFile::path).collect();
            assert_eq!(places.len(), share.files.len());
            for file in &share.files {
                assert!(!file.purpose.is_empty() && !file.readers.is_empty(), "{file:#?}");
                let private =
                    matches!(file.part, Part::Configuration | Part::Key | Part::Kubeconfig);
                assert_eq!(file.mode == Mode::Private, private, "{file:#?}");
            }
        }
    }
}

/// By what their flags name, in each layout; the places of the tutorial are those of its chapters.
#[test]
fn components_find_their_files() {
    use Component::{Etcd, KubeApiserver, KubeControllerManager, KubeProxy, Kubelet};
    use Part::{Certificate, Key, Kubeconfig, Public};
    let expected = [
        (KubeApiserver, Slot::ClusterCa, Certificate, "pki/ca.crt", "ca.crt"),
        (KubeApiserver, Slot::Apiserver, Key, "pki/apiserver.key", "kube-api-server.key"),
        (
            KubeApiserver,
            Slot::ApiserverKubeletClient,
            Certificate,
            "pki/apiserver-kubelet-client.crt",
            "kube-api-server.crt",
        ),
        (KubeApiserver, Slot::EtcdCa, Certificate, "pki/etcd/ca.crt", "etcd-ca.crt"),
        (KubeApiserver, Slot::ServiceAccount, Public, "pki/sa.pub", "service-accounts.crt"),
        (KubeApiserver, Slot::ServiceAccount, Key, "pki/sa.key", "service-accounts.key"),
        (KubeControllerManager, Slot::ClusterCa, Key, "pki/ca.key", "ca.key"),
        (
            KubeControllerManager,
            Slot::ControllerManager,
            Kubeconfig,
            "controller-manager.conf",
            "kube-controller-manager.kubeconfig",
        ),
        (Etcd, Slot::EtcdCa, Certificate, "pki/etcd/ca.crt", "/etc/etcd/etcd-ca.crt"),
        (Etcd, Slot::EtcdPeer, Key, "pki/etcd/peer.key", "/etc/etcd/peer.key"),
        (Kubelet, Slot::Kubelet, Kubeconfig, "kubelet.conf", "/var/lib/kubelet/kubeconfig"),
        (Kubelet, Slot::ClusterCa, Certificate, "pki/ca.crt", "/var/lib/kubelet/ca.crt"),
    ];
    let kubeadm = cluster("kubeadm", true);
    let kubeadm = share(&kubeadm.0, &kubeadm.1, "server");
    let tutorial = cluster("hard-way", true);
    let tutorial = share(&tutorial.0, &tutorial.1, "server");
    let hosts = of_hosts("hosts", true, ONE);
    let hosts = share(&hosts.0, &hosts.1, "server");
    let path = |share: &Share, component, slot, part| {
        share.find(component, slot, part).map(HostFile::path)
    };
    for (component, slot, part, standard, flat) in expected {
        let standard = Some(format!("/etc/kubernetes/{standard}"));
        let flat = if flat.starts_with('/') {
            flat.to_owned()
        } else {
            format!("/var/lib/kubernetes/{flat}")
        };
        assert_eq!(path(&kubeadm, component, slot, part), standard);
        assert_eq!(path(&hosts, component, slot, part), standard);
        assert_eq!(path(&tutorial, component, slot, part), Some(flat));
    }
    let kubelet = |share: &Share| path(share, Kubelet, Slot::KubeletServer, Key);
    assert_eq!(kubelet(&hosts).unwrap(), "/var/lib/kubelet/pki/kubelet.key");
    assert_eq!(kubelet(&tutorial).unwrap(), "/var/lib/kubelet/kubelet.key");
    assert_eq!(kubelet(&kubeadm), None);
    let signing =
        |share: &Share| path(share, KubeControllerManager, Slot::SigningCertificate, Certificate);
    assert_eq!(signing(&hosts).unwrap(), "/etc/kubernetes/pki/cluster-signing.crt");
    assert_eq!(signing(&kubeadm).unwrap(), "/etc/kubernetes/pki/ca.crt");
    let proxy = path(&tutorial, KubeProxy, Slot::KubeProxy, Kubeconfig);
    assert_eq!(proxy.unwrap(), "/var/lib/kube-proxy/kubeconfig");
}

/// What a share has, a bundle may bring: for every layout and mixture of roles, and for no more.
#[test]
fn every_share_can_be_signed_and_no_other_hosts_can() {
    let key = BundleKey::generate().unwrap();
    let (mut signed, mut refused) = (0, 0);
    for (spec, catalog) in all() {
        let mut store = MemoryStore::default();
        fill(&mut store, &catalog);
        let shares: Vec<_> =
            spec.hosts.iter().map(|host| share(&spec, &catalog, host.name.as_str())).collect();
        for share in &shares {
            let bundle = Bundle::collect("demo", share, &store, None).unwrap();
            if let Err(error) = bundle.sign(&key) {
                panic!("{}, {}: {error}", spec.layout, share.host);
            }
            signed += 1;
            // The files of each other host under this one's name and roles.
            for other in shares.iter().filter(|other| other.shape.roles != share.shape.roles) {
                let known = |file: &&HostFile| {
                    share.files.iter().any(|own| {
                        (&own.target, own.slot, own.part) == (&file.target, file.slot, file.part)
                    })
                };
                if other.files.iter().all(|file| known(&file)) {
                    continue;
                }
                let mixed = Share { files: other.files.clone(), ..share.clone() };
                let bundle = Bundle::collect("demo", &mixed, &store, None).unwrap();
                let error = bundle.sign(&key).unwrap_err();
                assert!(matches!(error, BundleError::Manifest { .. }), "{error}");
                refused += 1;
            }
        }
    }
    assert!(signed > 20 && refused > 20, "{signed} {refused}");
}

/// Files of the right kinds; which certificates they are does not matter.
fn fill(store: &mut MemoryStore, catalog: &Catalog) {
    let now = "2026-11-21T00:00:00Z".parse().unwrap();
    let observations = observe(store, catalog).complete().unwrap();
    let plan = Plan::new(catalog, &observations, &RenewalPolicy::Due, Allow::default(), now);
    let made = make(&plan, catalog, &observations, now).unwrap();
    store.commit(made.files, now).unwrap();
}
