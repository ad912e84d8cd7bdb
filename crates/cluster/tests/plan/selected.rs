//! A renewal touches what is selected and nothing else, and does what can be done.

use jiff::SignedDuration;
use kubepki_ca::{Certificate, KeyPair, Signer};
use kubepki_cluster::{Action, Issue, RenewalPolicy, Selection, SelectionError, Warning, Window};

use super::{BEGIN, Cluster, PKI, SPEC, days, path, second};

fn flat() -> String {
    SPEC.replacen("layout: hosts", "layout: hard-way", 1)
}

#[test]
fn what_is_due_is_renewed_and_what_drifted_is_mentioned() {
    let mut cluster = Cluster::applied(SPEC);
    cluster.respec(
        &SPEC
            .replace("[dev, oncall]", "[dev, sre]")
            .replace("addresses: [10.240.0.20]", "addresses: [10.240.0.21]"),
    );
    let due = || Selection::all().within(Window::Spec);
    assert_eq!(cluster.plan_of(&RenewalPolicy::Selected(due()), BEGIN).changes().count(), 0);
    let plan = cluster.renew(due(), days(2));
    // Jane's last day: the new one has the new groups too.
    assert_eq!(plan.written(), ["users/jane.conf"]);
    let Action::Renew { reasons } = plan.user("jane") else { panic!("{plan:?}") };
    assert!(
        matches!(&reasons[..], [Issue::SpecChanged { field: "groups", .. }, Issue::Due { .. }]),
        "{reasons:?}"
    );
    assert_eq!(plan.left(), [("kubelet-server of node-0".to_owned(), false)]);
    assert_eq!(cluster.plan(days(2)).written().len(), 2, "the drift is still apply's");
}

#[test]
fn a_window_counts_to_the_second() {
    let cluster = Cluster::applied(SPEC);
    let within = |span| RenewalPolicy::Selected(Selection::all().within(Window::Within(span)));
    let hundred_days = SignedDuration::from_hours(24 * 100);
    let at = days(365 - 100);
    let is_kept = |now| {
        *cluster.plan_of(&within(hundred_days), now).action("apiserver", "server") == Action::Keep
    };
    assert!(is_kept(at - second()));
    assert!(!is_kept(at));
}

#[test]
fn names_renew_exactly_what_they_name() {
    let kubernetes = "hosts/server/etc/kubernetes";
    for (names, hosts, files) in [
        (
            &["apiserver"][..],
            &[][..],
            vec![format!("{PKI}/apiserver.crt"), format!("{PKI}/apiserver.key")],
        ),
        (&["user/jane"], &[], vec!["users/jane.conf".into()]),
        (&["jane"], &[], vec!["users/jane.conf".into()]),
        (&["jane.conf"], &[], vec!["users/jane.conf".into()]),
        (&["users/jane.conf"], &[], vec!["users/jane.conf".into()]),
        (&["super-admin.conf"], &[], vec!["users/super-admin.conf".into()]),
        (&["scheduler.conf"], &["server"], vec![format!("{kubernetes}/scheduler.conf")]),
        (&["controller-manager"], &[], vec![format!("{kubernetes}/controller-manager.conf")]),
        (
            &["kubelet", "kube-proxy"],
            &["node-0"],
            vec![
                "hosts/node-0/etc/kubernetes/kube-proxy.conf".into(),
                "hosts/node-0/etc/kubernetes/kubelet.conf".into(),
            ],
        ),
    ] {
        let mut cluster = Cluster::applied(SPEC);
        let before = cluster.files();
        let plan = cluster.renew(cluster.select(names, hosts), days(1));
        assert_eq!(plan.written(), files, "{names:?} {hosts:?}");
        for step in plan.changes() {
            assert_eq!(step.action, Action::Renew { reasons: Vec::new() });
        }
        let after = cluster.files();
        let changed: Vec<_> = after
            .iter()
            .filter(|(path, bytes)| before[*path] != **bytes)
            .map(|(path, _)| path.as_str())
            .collect();
        assert_eq!(changed, files, "{names:?} {hosts:?}");
        assert_eq!(plan.left(), []);
    }
}

#[test]
fn a_host_is_renewed_as_a_whole_and_with_a_window_in_part() {
    let mut cluster = Cluster::applied(SPEC);
    let node = cluster.select(&[], &["node-0"]);
    let early =
        cluster.plan_of(&RenewalPolicy::Selected(node.clone().within(Window::Spec)), days(2));
    assert_eq!(early.changes().count(), 0, "jane is due, but on no host");
    let plan = cluster.renew(node, days(2));
    let folder = "hosts/node-0";
    assert_eq!(
        plan.written(),
        [
            format!("{folder}/etc/kubernetes/kube-proxy.conf"),
            format!("{folder}/etc/kubernetes/kubelet.conf"),
            format!("{folder}/var/lib/kubelet/pki/kubelet.crt"),
            format!("{folder}/var/lib/kubelet/pki/kubelet.key"),
        ]
    );
}

#[test]
fn all_leaves_cas_and_key_pairs_alone_in_every_layout() {
    for layout in ["hosts", "hard-way", "kubeadm"] {
        let hosts = SPEC.split_once("hosts:\n").unwrap().0;
        let one = "hosts:\n  - {name: server, roles: [control-plane, etcd], addresses: [10.240.0.10]}\nusers: [{name: jane, groups: [dev]}]\n";
        let spec = if layout == "kubeadm" { format!("{hosts}{one}") } else { SPEC.to_owned() };
        let spec = spec.replacen("layout: hosts", &format!("layout: {layout}"), 1);
        let mut cluster = Cluster::applied(&spec);
        let before = cluster.files();
        let plan = cluster.renew(Selection::all(), days(1));
        let kept: Vec<_> = cluster
            .files()
            .into_iter()
            .filter(|(path, bytes)| before[path] == *bytes)
            .map(|(path, _)| path)
            .collect();
        let is_root = |path: &String| {
            let name = path.rsplit('/').next().unwrap();
            let roots = ["ca.", "etcd-ca.", "front-proxy-ca.", "service-account.", "sa."];
            roots.iter().any(|root| name.starts_with(root))
                || ["cluster-signing.crt", "rbac.yaml", "service-accounts.key"].contains(&name)
        };
        assert!(kept.iter().all(is_root), "{layout}: {kept:?}");
        assert!(
            before.keys().filter(|path| is_root(path)).all(|path| kept.contains(path)),
            "{layout}"
        );
        assert!(plan.refused().is_empty());
        assert_eq!(cluster.plan(days(1)).changes().count(), 0, "{layout}");
    }
}

#[test]
fn a_kept_key_stays_and_one_of_another_algorithm_does_not() {
    for spec in [SPEC.to_owned(), flat()] {
        let mut cluster = Cluster::applied(&spec);
        let keys = |cluster: &Cluster| -> Vec<String> {
            let keys = cluster.files().into_iter().filter_map(|(path, bytes)| {
                let text = String::from_utf8(bytes).unwrap();
                let embedded =
                    text.lines().find(|line| line.contains("client-key-data")).map(str::to_owned);
                if path.ends_with(".key") { Some(text) } else { embedded }
            });
            keys.collect()
        };
        let (before, files) = (keys(&cluster), cluster.files());
        let plan = cluster.renew(Selection::all().reusing_keys(), days(1));
        let asked = Vec::new();
        let asked = Action::Renew { reasons: asked };
        let mut made = plan.changes().filter(|step| step.action == asked);
        assert!(made.all(|step| step.keeps_key), "{plan:?}");
        assert_eq!(keys(&cluster), before);
        assert_ne!(cluster.files(), files);
        assert_eq!(cluster.plan(days(1)).changes().count(), 0);
        assert!(cluster.renew(Selection::all(), days(1)).changes().count() > 10);
        assert_ne!(keys(&cluster), before);

        cluster.respec(&spec.replace("lifetime: 365d", "keyAlgorithm: ecdsa-p384, lifetime: 365d"));
        let before = keys(&cluster);
        let plan =
            cluster.renew(cluster.select(&["apiserver", "jane"], &[]).reusing_keys(), days(1));
        assert!(plan.changes().all(|step| !step.keeps_key), "{plan:?}");
        let new = keys(&cluster).iter().filter(|key| !before.contains(key)).count();
        // In the flat layout jane's key lies beside her kubeconfig too.
        assert_eq!(new, if spec == SPEC { 2 } else { 3 });
    }
}

#[test]
fn the_service_account_key_stays_whatever_is_asked() {
    let mut cluster = Cluster::applied(&flat());
    let (key, certificate) =
        (cluster.text("service-accounts.key"), cluster.text("service-accounts.crt"));
    let plan = cluster.renew(cluster.select(&["service-account"], &[]), days(1));
    assert_eq!(plan.written(), ["service-accounts.crt", "service-accounts.key"]);
    assert_eq!(cluster.text("service-accounts.key"), key);
    assert_ne!(cluster.text("service-accounts.crt"), certificate);
    let pair = KeyPair::from_pem(key.as_bytes()).unwrap();
    let certificate = cluster.text("service-accounts.crt");
    assert!(Certificate::from_pem(certificate.as_bytes()).unwrap().is_for(pair.public_key()));
}

#[test]
fn what_is_missing_is_applys_unless_it_is_named() {
    let mut cluster = Cluster::applied(SPEC);
    cluster.remove("users/jane.conf");
    cluster.remove("rbac.yaml");
    cluster.remove(&format!("{PKI}/ca.crt"));
    let plan = cluster.renew(Selection::all().within(Window::Spec), days(340));
    assert!(plan.written().len() > 10 && !plan.written().contains(&"users/jane.conf"));
    let left = ["ca.crt of server", "user/jane", "rbac"].map(|name| (name.to_owned(), true));
    assert_eq!(plan.left(), left);
    let plan = cluster.renew(cluster.select(&["jane"], &[]), days(340));
    assert_eq!(plan.written(), ["users/jane.conf"]);
    assert_eq!(plan.user("jane"), &Action::Create);
}

#[test]
fn modes_of_what_is_not_selected_stay() {
    let mut cluster = Cluster::applied(SPEC);
    let text = cluster.text("users/admin.conf");
    cluster.store.insert(path("users/admin.conf"), text, 0o644);
    let plan = cluster.plan_of(&RenewalPolicy::Selected(cluster.select(&["jane"], &[])), BEGIN);
    assert_eq!(plan.user("admin"), &Action::Keep);
    assert_eq!(plan.left(), [("user/admin".to_owned(), false)]);
    let plan = cluster.renew(cluster.select(&["admin"], &[]), BEGIN);
    assert_eq!(plan.written(), ["users/admin.conf"]);
    assert_eq!(cluster.plan(BEGIN).changes().count(), 0);
}

#[test]
fn without_one_cas_key_the_certificates_of_the_others_are_renewed() {
    let spec = SPEC.replacen("csrSigning: true", "csrSigning: false", 1);
    let mut cluster = Cluster::applied(&spec);
    cluster.remove("authorities/etcd-ca.key");
    let plan = cluster.renew(Selection::all(), days(1));
    let issuer_missing = |refusal: &Issue| matches!(refusal, Issue::IssuerKeyMissing { path, .. } if path.as_str() == "authorities/etcd-ca.key");
    assert_eq!(plan.refused().len(), 4);
    assert!(plan.refused().iter().all(issuer_missing), "{plan:?}");
    assert!(plan.written().contains(&"users/jane.conf"));
    assert!(!plan.written().iter().any(|path| path.contains("etcd")), "{plan:?}");
    assert!(
        cluster
            .plan_of(&RenewalPolicy::Selected(cluster.select(&["jane"], &[])), days(1))
            .refused()
            .is_empty()
    );
}

#[test]
fn a_ca_that_only_a_copy_of_is_left_is_not_put_back_by_a_renewal() {
    let mut cluster = Cluster::applied(SPEC);
    cluster.remove("authorities/ca.key");
    let plan = cluster.renew(cluster.select(&["jane", "front-proxy-client"], &[]), days(1));
    assert_eq!(plan.refused().len(), 1);
    assert_eq!(plan.written().len(), 2);
    assert_eq!(plan.left()[0], ("ca".to_owned(), true));
    cluster.remove("authorities/ca.crt");
    let refused = cluster.renew(cluster.select(&["jane"], &[]), days(1)).refused();
    assert_eq!(refused, [Issue::AuthorityMissing { path: "authorities/ca.crt".to_owned() }]);
    cluster.apply(days(1));
    assert!(cluster.renew(cluster.select(&["jane"], &[]), days(1)).refused().is_empty());
}

#[test]
fn what_cannot_be_read_is_named_and_the_rest_is_renewed() {
    let mut cluster = Cluster::applied(SPEC);
    cluster.put("users/jane.conf", "[");
    cluster.put(&format!("{PKI}/apiserver.crt"), "nothing");
    cluster.put("authorities/front-proxy-ca.crt", "nothing");
    let plan = cluster.renew(Selection::all().within(Window::Spec), days(340));
    let refused = plan.refused();
    assert_eq!(refused.len(), 3, "{refused:?}");
    assert!(refused.iter().all(|refusal| matches!(refusal, Issue::Unreadable { .. })));
    assert!(plan.written().contains(&"users/admin.conf"));
    assert_eq!(cluster.text("users/jane.conf"), "[");
    // The CA's copies have no CA to follow; only the CA itself says why.
    assert!(plan.left().contains(&("front-proxy-ca".to_owned(), false)), "{:?}", plan.left());
}

#[test]
fn a_certificate_that_ends_with_its_ca_is_renewed_when_it_is_named_only() {
    let spec = SPEC.replace("caLifetime: 3650d", "caLifetime: 365d");
    let mut cluster = Cluster::applied(&spec);
    let plan = cluster.renew(cluster.select(&["apiserver"], &[]).within(Window::Spec), days(340));
    assert_eq!(plan.changes().count(), 0);
    assert!(matches!(&plan.warnings[..], [Warning::Capped { .. }]), "{:?}", plan.warnings);
    let plan = cluster.renew(cluster.select(&["apiserver"], &[]), days(340));
    assert_eq!(plan.changes().count(), 1);
}

#[test]
fn names_that_select_nothing_are_errors() {
    let cluster = Cluster::applied(SPEC);
    let select = |names: &[&str], hosts: &[&str]| cluster.try_select(names, hosts).unwrap_err();
    for name in ["ca", "etcd-ca", "service-account", "rbac", "authorities/ca.crt"] {
        let error = select(&["apiserver", name], &[]);
        assert!(
            matches!(&error, SelectionError::NotRenewable { name: found, .. } if found == name),
            "{error:?}"
        );
    }
    let error = select(&["apiservr"], &[]);
    assert!(
        matches!(&error, SelectionError::Unknown { known, .. } if known.contains(&"apiserver".to_owned())),
        "{error:?}"
    );
    let error = select(&["apiserver"], &["node-0"]);
    assert_eq!(error, SelectionError::UnknownAtHost { name: "apiserver".into() });
    let error = select(&[], &["node-9"]);
    let known = vec!["node-0".to_owned(), "server".to_owned()];
    assert_eq!(error, SelectionError::UnknownHost { name: "node-9".into(), known });
}

/// An empty file is what a power cut leaves of a write that nobody synced.
#[test]
fn what_is_unusable_is_made_anew_where_it_is_named() {
    let unusable: &[(&str, &str, &str, &str)] = &[
        ("apiserver", PKI, "apiserver.crt", ""),
        ("apiserver", PKI, "apiserver.crt", "-----BEGIN CERTIFICATE-----\nMIIB"),
        ("apiserver", PKI, "apiserver.key", "garbage"),
        ("jane", "users", "jane.conf", ""),
        ("jane", "users", "jane.conf", "["),
        (
            "kubelet",
            "hosts/node-0/etc/kubernetes",
            "kubelet.conf",
            "apiVersion: v1\nkind: Config\n",
        ),
    ];
    for (name, folder, file, text) in unusable {
        let mut cluster = Cluster::applied(SPEC);
        cluster.put(&format!("{folder}/{file}"), text);
        let all = cluster.renew(Selection::all(), BEGIN);
        let [Issue::Unreadable { .. }] = &all.refused()[..] else { panic!("{all:?}") };
        let refused = all.refusals().next().unwrap();
        let host =
            refused.id.host.as_ref().map(|host| format!(" --host {host}")).unwrap_or_default();
        assert!(
            refused.hint.text.ends_with(&format!("`kubepki renew {}{host}`", refused.id.name()))
        );
        let plan = cluster.renew(cluster.select(&[name], &[]), BEGIN);
        assert_eq!(plan.refused(), [], "{file}: {text}");
        let is_written = |path: &&str| path.ends_with(file);
        assert_eq!(plan.written().into_iter().filter(is_written).count(), 1, "{plan:?}");
        assert_eq!(cluster.plan(BEGIN).written(), [""; 0], "{file}: {text}");
    }
}

#[test]
fn a_key_of_another_certificate_is_replaced_where_it_is_named() {
    let mut cluster = Cluster::applied(SPEC);
    let other = cluster.text(&format!("{PKI}/front-proxy-client.key"));
    cluster.put(&format!("{PKI}/apiserver.key"), &other);
    let all = cluster.plan_of(&RenewalPolicy::Selected(Selection::all()), BEGIN);
    assert!(matches!(all.refused()[..], [Issue::KeyMismatch { .. }]), "{all:?}");
    let plan = cluster.renew(cluster.select(&["apiserver"], &[]), BEGIN);
    let Action::Renew { reasons } = plan.action("apiserver", "server") else { panic!("{plan:?}") };
    assert!(matches!(reasons[..], [Issue::KeyMismatch { .. }]));
    assert_ne!(cluster.text(&format!("{PKI}/apiserver.key")), other);
}

/// In the flat layout its certificate is a leaf, whose key is the ServiceAccount key.
#[test]
fn the_service_account_key_is_not_made_anew_by_its_name() {
    for (file, text) in [("service-accounts.crt", ""), ("service-accounts.key", "garbage")] {
        let mut cluster = Cluster::applied(&flat());
        cluster.put(file, text);
        let plan = cluster.renew(cluster.select(&["service-account"], &[]), BEGIN);
        assert!(matches!(plan.refused()[..], [Issue::Unreadable { .. }]), "{plan:?}");
        assert_eq!(cluster.text(file), text);
    }
}

/// What else is in a kubeconfig stays also where the user's data is unusable.
#[test]
fn a_kubeconfig_made_anew_keeps_what_can_be_read() {
    let mut cluster = Cluster::applied(SPEC);
    let text = cluster.text("users/jane.conf");
    let line = text.lines().find(|line| line.contains("client-key-data")).unwrap();
    cluster.put("users/jane.conf", &(text.replace(line, "") + "x-mine: 1\n"));
    cluster.renew(cluster.select(&["jane"], &[]), BEGIN);
    assert!(cluster.text("users/jane.conf").contains("x-mine: 1"));
    assert_eq!(cluster.plan(BEGIN).written(), [""; 0]);
}
