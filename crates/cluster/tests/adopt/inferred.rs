//! What the files say, and what follows from it.

use kubepki_ca::Certificate;
use kubepki_cluster::{
    adopt::{AdoptOptions, Note},
    spec::{EntryContent, SubjectAltName},
};

use super::{
    Folder,
    folder::{APISERVER, client, kubeconfig, made, peer, server},
};

#[test]
fn a_clean_folder_has_an_empty_plan() {
    let folder = Folder::kubeadm();
    let adopted = folder.adopt();
    assert_eq!(adopted.defects(), [""; 0]);
    assert_eq!(adopted.plan().warnings, []);
    assert_eq!(adopted.left_out(), []);
    assert_eq!(
        adopted.names(),
        [
            "ca",
            "etcd-ca",
            "apiserver-kubelet-client of cp",
            "apiserver of cp",
            "etcd-server of cp",
            "kubelet of cp",
            "scheduler of cp",
        ]
    );
    let host = &adopted.spec.hosts[0];
    assert_eq!(host.name.as_str(), "cp");
    assert_eq!(host.roles.len(), 3);
    assert_eq!(host.addresses, ["10.0.0.1".parse::<std::net::IpAddr>().unwrap()]);
    assert_eq!(adopted.spec.service_cidrs[0].to_string(), "10.96.0.0/12");
    assert_eq!(adopted.spec.endpoint.url(), "https://cp:6443");
    assert_eq!(adopted.spec.certificates.lifetime.to_string(), "365d");
}

#[test]
fn a_flag_says_more_than_a_guess_and_an_option_more_than_both() {
    let mut folder = Folder::kubeadm();
    folder.put("manifests/kube-apiserver.yaml", "  - --service-cluster-ip-range=10.96.0.0/16\n");
    let adopted = folder.adopt();
    assert_eq!(adopted.spec.service_cidrs[0].to_string(), "10.96.0.0/16");
    assert_eq!(adopted.defects(), [""; 0]);
    let options = AdoptOptions {
        name: Some("other".parse().unwrap()),
        endpoint: Some("lb.example.com".parse().unwrap()),
        domain: Some(kubepki_cluster::DnsName::parse("example.org").unwrap()),
        service_cidrs: vec!["10.9.0.0/24".parse().unwrap()],
        ..AdoptOptions::default()
    };
    let yaml = folder.try_adopt(options).unwrap().yaml;
    for text in ["name: other", "lb.example.com:6443", "domain: example.org", "[10.9.0.0/24]"] {
        assert!(yaml.contains(text), "{text} is not in {yaml}");
    }
}

#[test]
fn two_cas_of_one_name_are_told_apart_by_their_signatures() {
    let mut folder = Folder::kubeadm();
    let other = folder.authority("other/ca", "kubernetes");
    folder.pair(&other, "other/web", &server("web", &["web.example.com"]));
    let adopted = folder.adopt();
    assert_eq!(adopted.defects(), [""; 0]);
    let of = |name: &str| {
        let entry = adopted.spec.custom.entries.iter().find(|entry| entry.name == name).unwrap();
        match &entry.content {
            EntryContent::Certificate { leaf, .. } => leaf.issuer.clone(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((of("web").as_str(), of("apiserver").as_str()), ("other/ca", "ca"));
}

#[test]
fn the_ca_of_clients_is_the_one_that_issued_them_whatever_its_file() {
    let mut folder = Folder::default();
    let web = folder.authority("a-web", "web");
    folder.pair(&web, "web-1", &server("web-1", &["web-1.example.com"]));
    let ours = folder.authority("z-cluster", "cluster");
    folder.pair(&ours, "node", &client("system:node:n", &["system:nodes"]));
    let adopted = folder.adopt();
    assert_eq!(adopted.names(), ["ca", "a-web", "kubelet of n", "web-1"]);
    assert!(adopted.adoption.yaml.contains("name: ca\n    certificate: z-cluster.crt"));
    assert!(adopted.adoption.notes.iter().any(|note| note.to_string().contains("z-cluster.crt")));
}

#[test]
fn k3s_has_a_ca_for_servers_and_files_with_a_chain() {
    let mut folder = Folder::default();
    let clients = folder.authority("tls/client-ca", "k3s-client-ca");
    let servers = folder.authority("tls/server-ca", "k3s-server-ca");
    let chained = |issuer: &kubepki_ca::Issuer, (certificate, key): (String, String)| {
        (certificate + &issuer.certificate().to_pem(), key)
    };
    let mut put = |base: &str, (certificate, key): (String, String)| {
        folder.put(&format!("tls/{base}.crt"), certificate);
        folder.put_private(&format!("tls/{base}.key"), key);
    };
    let apiserver =
        made(&servers, &server("kube-apiserver", &[&APISERVER[..], &["127.0.0.1"]].concat()));
    put("serving-kube-apiserver", chained(&servers, apiserver));
    let admin = chained(&clients, made(&clients, &client("system:admin", &["system:masters"])));
    put("client-admin", admin.clone());
    let scheduler = made(&clients, &client("system:kube-scheduler", &[]));
    put("client-scheduler", chained(&clients, scheduler));
    let trusted = servers.certificate().to_pem();
    folder.put_private("k3s.yaml", kubeconfig(&trusted, &admin.0, &admin.1, "default"));
    folder.put("tls/client-ca.nochain.crt", clients.certificate().to_pem());

    let adopted = folder.adopt();
    assert_eq!(adopted.defects(), [""; 0]);
    assert_eq!(
        adopted.names(),
        ["ca", "server-ca", "user/admin", "user/admin.kubeconfig", "scheduler", "apiserver"]
    );
    assert_eq!(adopted.spec.custom.trust, "server-ca");
    assert_eq!(
        adopted.left_out(),
        [("tls/client-ca.nochain.crt", "it is a copy of `tls/client-ca.crt`")]
    );
    let yaml = &adopted.adoption.yaml;
    assert_eq!(yaml.matches("chain: true").count(), 3, "{yaml}");
    assert!(yaml.contains("user: default\n"), "{yaml}");
}

#[test]
fn what_cannot_be_kept_as_it_is_is_left_out_with_its_reason() {
    let mut folder = Folder::kubeadm();
    let stranger = Folder::default().authority("x", "stranger");
    let unused = Folder::default().authority("x", "unused");
    let ca = folder.authority("pki/second-ca", "second");
    folder.pair(&stranger, "pki/strange", &client("strange", &[]));
    let (certificate, _) = made(&ca, &client("keyless", &[]));
    folder.put("pki/keyless.crt", certificate);
    let (certificate, key) = made(&ca, &client("chained", &[]));
    folder.put("pki/chained.crt", certificate + &stranger.certificate().to_pem());
    folder.put_private("pki/chained.key", key);
    let (certificate, key) = made(&ca, &client("both", &[]));
    folder.put_private("pki/both.pem", certificate + &key);
    folder.put_private("pki/lonely.key", made(&ca, &client("x", &[])).1);
    folder.put("pki/unused-ca.crt", unused.certificate().to_pem());
    folder.put("pki/old/apiserver.crt", folder.read("pki/apiserver.crt"));
    let text = folder.read("kubelet.conf");
    let rotated = "client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem";
    folder.put("rotated.conf", text.replace("client-certificate-data: ", &format!("{rotated} # ")));
    folder.put("token.conf", "kind: Config\ncurrent-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\nclusters: [{name: c, cluster: {server: https://c}}]\nusers: [{name: u, user: {token: t}}]\n");
    folder.put("broken.kubeconfig", "current-context: [");
    let adopted = folder.adopt();
    assert_eq!(adopted.defects(), [""; 0]);
    let left_out: Vec<_> =
        adopted.left_out().iter().map(|(path, why)| format!("{path}: {why}")).collect();
    let find = |path: &str| {
        let prefix = format!("{path}: ");
        let found = left_out.iter().find_map(|line| line.strip_prefix(&prefix));
        found.unwrap_or_else(|| panic!("{path} is not in {left_out:#?}"))
    };
    for (path, why) in [
        ("pki/strange.crt", "issued"),
        ("pki/keyless.crt", "its private key is not here"),
        ("pki/chained.crt", "other certificates than its CA's follow it"),
        ("pki/both.pem", "a certificate and a private key in one file"),
        ("pki/lonely.key", "without a certificate"),
        ("pki/unused-ca.crt", "has issued nothing here"),
        ("pki/old/apiserver.crt", "backups"),
        ("rotated.conf", "the kubelet renews itself"),
        ("token.conf", "has no certificate"),
        ("broken.kubeconfig", ""),
    ] {
        assert!(find(path).contains(why), "{path}: {}", find(path));
    }
    assert_eq!(left_out.len(), 10, "{left_out:#?}");
}

#[test]
fn an_address_of_several_hosts_is_no_hosts() {
    let mut folder = Folder::kubeadm();
    let ca = folder.authority("second", "second");
    for host in ["a", "b"] {
        let names = [host, "vip.example.com", "10.0.0.100", &format!("10.0.0.{}", host.len() + 1)];
        let subject = format!("system:node:{host}");
        folder.pair(&ca, host, &server(&subject, &names[..3]));
    }
    let adopted = folder.adopt();
    let host = adopted.spec.hosts.iter().find(|host| host.name.as_str() == "a").unwrap();
    assert!(host.addresses.is_empty());
    assert_eq!(host.names[0].as_str(), "vip.example.com");
}

#[test]
fn names_that_a_certificate_has_are_kept() {
    let mut folder = Folder::kubeadm();
    let ca = folder.authority("second", "second");
    let names = ["*.example.com", "10.0.0.7", "fd00::1", "spiffe://a/b"];
    folder.pair(&ca, "gateway", &peer("gateway: \"a\" #1", &names));
    let adopted = folder.adopt();
    assert_eq!(adopted.defects(), [""; 0]);
    let text = folder.read("gateway.crt");
    let found = Certificate::from_pem(text.as_bytes()).unwrap();
    let uri = SubjectAltName::uri("spiffe://a/b").unwrap();
    assert!(found.subject_alt_names().contains(&uri));
}

/// Whoever keeps a copy before a change gives it a date; what is live has the tool's name.
#[test]
fn what_was_kept_of_the_live_files_is_left_out() {
    let live = |adopted: &super::Adopted<'_>| {
        let yaml = &adopted.adoption.yaml;
        assert!(yaml.contains("certificate: pki/apiserver.crt\n"), "{yaml}");
        assert!(!yaml.contains("2023"), "{yaml}");
        assert_eq!(adopted.defects(), [""; 0]);
        assert_eq!(adopted.names().len(), 7);
    };
    let files = ["ca", "apiserver", "apiserver-kubelet-client", "etcd/ca", "etcd/server"];
    for tree in ["pki-20230401", "pki.20230401", "2023-04-01"] {
        let mut folder = Folder::kubeadm();
        for file in files {
            let (is, was) = (format!("pki/{file}"), format!("{tree}/{file}"));
            let is = if tree.starts_with('2') { is.replace("pki/", "") } else { is };
            if is != format!("pki/{file}") {
                continue;
            }
            folder.put(&format!("{was}.crt"), folder.read(&format!("{is}.crt")));
            folder.put_private(&format!("{was}.key"), folder.read(&format!("{is}.key")));
        }
        live(&folder.adopt());
        if !tree.starts_with('2') {
            let notes = folder.adopt().adoption.notes;
            let warned = format!("`{tree}` is a second copy of `pki`");
            assert!(notes.iter().any(|note| note.to_string().starts_with(&warned)), "{notes:?}");
        }
        // And the same where the live ones were renewed since.
        let ca = folder.authority("pki/ca", "kubernetes");
        folder.pair(&ca, "pki/apiserver", &server("kube-apiserver", &APISERVER));
        folder.pair(
            &ca,
            "pki/apiserver-kubelet-client",
            &client("kube-apiserver-kubelet-client", &[]),
        );
        folder.kubeconfig(&ca, "scheduler.conf", &client("system:kube-scheduler", &[]));
        folder.kubeconfig(&ca, "kubelet.conf", &client("system:node:cp", &["system:nodes"]));
        live(&folder.adopt());
    }
    let mut folder = Folder::kubeadm();
    for kept in ["apiserver-2023", "apiserver (2023)", "apiserver-expired-2023"] {
        folder.put(&format!("pki/{kept}.crt"), folder.read("pki/apiserver.crt"));
        folder.put_private(&format!("pki/{kept}.key"), folder.read("pki/apiserver.key"));
    }
    live(&folder.adopt());
}

#[test]
fn what_flags_name_is_live_whatever_it_is_called() {
    let mut folder = Folder::kubeadm();
    for ending in ["crt", "key"] {
        folder.put_private(
            &format!("pki/apiserver-2023.{ending}"),
            folder.read(&format!("pki/apiserver.{ending}")),
        );
    }
    folder.put(
        "manifests/kube-apiserver.yaml",
        "  - --tls-cert-file=/etc/kubernetes/pki/apiserver-2023.crt\n  - --tls-private-key-file=/etc/kubernetes/pki/apiserver-2023.key\n",
    );
    let adopted = folder.adopt();
    let yaml = &adopted.adoption.yaml;
    assert!(yaml.contains("pki/apiserver-2023.crt\n    key: pki/apiserver-2023.key\n"), "{yaml}");
    let left_out = adopted.left_out();
    assert!(
        left_out.contains(&("pki/apiserver.crt", "it is a copy of `pki/apiserver-2023.crt`")),
        "{left_out:?}"
    );
}

#[test]
fn a_host_may_be_called_old() {
    let mut folder = Folder::kubeadm();
    let ca = folder.authority("second", "second");
    for host in ["old-worker", "worker", "tmp-1", "save.example.com"] {
        let subject = format!("system:node:{host}");
        folder.pair(&ca, host, &client(&subject, &["system:nodes"]));
    }
    let adopted = folder.adopt();
    assert_eq!(adopted.left_out(), []);
    assert_eq!(adopted.spec.hosts.len(), 5);
}

/// While a CA is replaced, its file has the new one first and the old one behind it.
#[test]
fn every_ca_of_a_bundle_is_an_issuer() {
    let mut folder = Folder::kubeadm();
    let old = folder.read("pki/ca.crt");
    folder.authority("pki/ca", "kubernetes");
    folder.put("pki/ca.crt", folder.read("pki/ca.crt") + &old);
    let adopted = folder.adopt();
    assert_eq!(adopted.left_out(), []);
    assert_eq!(adopted.names().len(), 7);
    assert!(
        adopted.defects().contains(&"apiserver of cp: not issued by the present `ca`".to_owned()),
        "{:?}",
        adopted.defects()
    );
    // The new one has another name, so that nothing but the signature tells.
    folder.authority("pki/ca", "kubernetes-2");
    folder.put("pki/ca.crt", folder.read("pki/ca.crt") + &old);
    assert_eq!((folder.adopt().left_out(), folder.adopt().names().len()), (vec![], 7));
}

/// Each control plane of one folder has its own files, and a name of its role beside its host's.
#[test]
fn of_several_control_planes_each_has_its_folder() {
    let mut folder = Folder::default();
    let ca = folder.authority("cp-0/pki/ca", "kubernetes");
    let etcd = folder.authority("cp-0/pki/etcd/ca", "etcd-ca");
    for host in ["cp-0", "cp-1", "cp-2"] {
        let names = [&APISERVER[..5], &[host]].concat();
        folder.pair(&ca, &format!("{host}/pki/apiserver"), &server("kube-apiserver", &names));
        folder.pair(&etcd, &format!("{host}/pki/etcd/server"), &peer(host, &[host]));
        let etcd_client = client("kube-apiserver-etcd-client", &[]);
        folder.pair(&etcd, &format!("{host}/pki/apiserver-etcd-client"), &etcd_client);
        let scheduler = client("system:kube-scheduler", &[]);
        folder.kubeconfig(&ca, &format!("{host}/scheduler.conf"), &scheduler);
    }
    for file in ["ca.crt", "ca.key", "etcd/ca.crt", "etcd/ca.key"] {
        folder.put_private(&format!("cp-1/pki/{file}"), folder.read(&format!("cp-0/pki/{file}")));
    }
    let adopted = folder.adopt();
    assert!(adopted.left_out().iter().all(|(_, why)| why.starts_with("it is a copy of")));
    let defective = |note: &Note| matches!(note, Note::Defective { .. });
    assert!(!adopted.adoption.notes.iter().any(defective), "{:?}", adopted.adoption.notes);
    let names = adopted.names();
    assert_eq!(names.len(), 14, "{names:?}");
    for host in &adopted.spec.hosts {
        assert_eq!(host.roles.len(), 2, "{host:?}");
        for name in ["apiserver", "apiserver-etcd-client", "etcd-server", "scheduler"] {
            assert!(names.contains(&format!("{name} of {}", host.name)), "{names:?}");
        }
    }
}

#[test]
fn keys_that_are_elsewhere_and_further_users_are_told() {
    let mut folder = Folder::kubeadm();
    folder.store.remove(&super::path("pki/ca.key"));
    let more = "users:\n- name: second\n  user:\n    token: t";
    folder.put_private("scheduler.conf", folder.read("scheduler.conf").replace("users:", more));
    let notes: Vec<_> = folder.adopt().adoption.notes.iter().map(ToString::to_string).collect();
    for told in
        ["`ca` has no key here", "`scheduler.conf` has more than its current user: `second`"]
    {
        assert!(notes.iter().any(|note| note.starts_with(told)), "{notes:?}");
    }
}

/// Who reads a file follows from its role, where its name is another.
#[test]
fn a_role_says_who_reads_what_is_called_otherwise() {
    use kubepki_cluster::{Catalog, Component, Rollout};

    let mut folder = Folder::kubeadm();
    let ca = folder.authority("second", "second");
    folder.pair(&ca, "old-name/kube-apiserver", &server("kube-apiserver", &APISERVER));
    let adopted = folder.adopt();
    let yaml = &adopted.adoption.yaml;
    assert!(yaml.contains("role: apiserver\n"), "{yaml}");
    assert_eq!(yaml.matches("role: ").count(), 1, "{yaml}");
    let catalog = Catalog::of_cluster(&adopted.spec).unwrap();
    let entry = adopted.spec.custom.entries.iter().find(|entry| entry.role.is_some()).unwrap();
    let EntryContent::Certificate { certificate, .. } = &entry.content else { panic!("{entry:?}") };
    let work = Rollout::of(&adopted.spec, &catalog, [certificate], None);
    let readers = &work.hosts[0].files[0].readers;
    assert_eq!(readers[0].component, Component::KubeApiserver);
    let wrong = yaml.replace("role: apiserver\n", "role: apisrver\n");
    let error =
        kubepki_cluster::ClusterSpec::parse(&wrong, kubepki_cluster::SystemMasters::Refused)
            .unwrap_err();
    assert!(error.message().contains("no role of an entry"), "{error}");
}

/// Whoever adopts the folder of etcd alone.
#[test]
fn the_name_of_the_adopted_folder_tells_what_is_in_it() {
    let mut folder = Folder::default();
    let ca = folder.authority("ca", "etcd-ca");
    folder.pair(&ca, "server", &peer("cp", &["cp"]));
    folder.pair(&ca, "healthcheck-client", &client("kube-etcd-healthcheck-client", &[]));
    let options = AdoptOptions { called: Some("etcd".to_owned()), ..AdoptOptions::default() };
    let yaml = folder.try_adopt(options).unwrap().yaml;
    for name in ["name: etcd-server\n", "name: etcd-healthcheck-client\n"] {
        assert!(yaml.contains(name), "{yaml}");
    }
}
