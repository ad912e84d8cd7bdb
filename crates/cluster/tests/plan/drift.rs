//! What differs from the spec, from its CA, or from the mode it may have; and what is others' to
//! write.

use kubepki_ca::Certificate;
use kubepki_cluster::{Action, Issue, Store, Warning};
use kubepki_kubeconfig::Kubeconfig;

use super::{BEGIN, Cluster, SPEC, days, path};

#[test]
fn a_swapped_ca_has_everything_of_it_issued_again_and_nothing_else() {
    let (mut cluster, other) = (Cluster::applied(SPEC), Cluster::applied(SPEC));
    for path in ["authorities/ca.crt", "authorities/ca.key"] {
        cluster.put(path, &other.text(path));
    }
    let plan = cluster.plan(BEGIN);
    let has_another_issuer = |action: &Action| {
        matches!(action, Action::Renew { reasons }
            if matches!(&reasons[..], [Issue::IssuerChanged { issuer }] if issuer.to_string() == "ca"))
    };
    for (name, host) in [
        ("apiserver", "server"),
        ("apiserver-kubelet-client", "server"),
        ("controller-manager", "server"),
        ("kubelet", "node-0"),
        ("kubelet-server", "node-0"),
        ("user/jane", ""),
    ] {
        assert!(has_another_issuer(plan.action(name, host)), "{name}: {plan:?}");
    }
    for name in ["etcd-server", "apiserver-etcd-client", "front-proxy-client", "sa.key"] {
        assert_eq!(plan.action(name, "server"), &Action::Keep, "{name}");
    }
    assert!(matches!(plan.action("ca.crt", "node-0"), Action::Renew { reasons }
        if matches!(&reasons[..], [Issue::SourceChanged { of }] if of.name() == "ca")));
    cluster.apply(BEGIN);
    assert_eq!(cluster.plan(BEGIN).changes().count(), 0);
}

#[test]
fn what_else_is_in_a_kubeconfig_survives_a_renewal() {
    let mut cluster = Cluster::applied(SPEC);
    let before = cluster.text("users/jane.conf");
    let text = before.replacen(
        "current-context:",
        "extensions:\n- extension: {theme: dark}\n  name: example.com\nx-ours: kept\ncurrent-context:",
        1,
    );
    let text = text.replacen(
        "contexts:\n",
        "contexts:\n- context:\n    cluster: other\n    user: jane\n    namespace: test\n  name: other\n",
        1,
    );
    cluster.put("users/jane.conf", &text);
    assert_eq!(cluster.plan(BEGIN).changes().count(), 0, "it is hers to write into");
    cluster.apply(days(2));
    let after = cluster.text("users/jane.conf");
    for part in ["theme: dark", "name: example.com", "x-ours: kept", "namespace: test"] {
        assert!(after.contains(part), "{part} is gone");
    }
    let certificate = |text: &str| {
        let kubeconfig = Kubeconfig::parse(text).unwrap();
        let current = kubeconfig.current().unwrap();
        let pem = current.user.client_certificate_data.as_ref().unwrap();
        Certificate::from_pem(pem.as_ref()).unwrap()
    };
    assert_ne!(certificate(&before).serial(), certificate(&after).serial());
}

#[test]
fn a_kubeconfig_that_names_files_is_the_kubelets() {
    let mut cluster = Cluster::applied(SPEC);
    let name = "hosts/node-0/etc/kubernetes/kubelet.conf";
    let text = cluster.text(name);
    let lines = text.lines().filter(|line| !line.contains("client-key-data"));
    let own = "    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem";
    let lines = lines.map(|line| if line.contains("client-certificate-data") { own } else { line });
    cluster.put(name, &(lines.collect::<Vec<_>>().join("\n") + "\n"));
    let plan = cluster.plan(days(400));
    assert_eq!(plan.action("kubelet", "node-0"), &Action::Keep);
    let is_it = |warning: &Warning| matches!(warning, Warning::KubeletManaged { entry } if entry.name() == "kubelet");
    assert!(plan.warnings.iter().any(is_it), "{:?}", plan.warnings);
}

#[test]
fn a_drifted_certificate_is_renewed_for_every_reason_at_once() {
    let mut cluster = Cluster::applied(SPEC);
    cluster.respec(&SPEC.replacen("groups: [dev, oncall]", "groups: [dev], uid: \"7\"", 1));
    let Action::Renew { reasons } = cluster.plan(days(2)).user("jane").clone() else {
        panic!("kept")
    };
    let changed = |field, was: &str, now: &str| Issue::SpecChanged {
        field,
        was: was.to_owned(),
        now: now.to_owned(),
    };
    let expiring = Issue::Due { not_after: days(3), ends_with_issuer: false };
    let expected =
        [changed("groups", "[dev, oncall]", "[dev]"), changed("uid", "none", "7"), expiring];
    assert_eq!(reasons, expected);
}

#[test]
fn a_wider_mode_is_narrowed_and_no_byte_changes() {
    let mut cluster = Cluster::applied(SPEC);
    let text = cluster.text("authorities/ca.key");
    cluster.store.insert(path("authorities/ca.key"), text.clone(), 0o644);
    assert_eq!(cluster.plan(BEGIN).action("ca", ""), &Action::Narrow);
    cluster.apply(BEGIN);
    let file = cluster.store.read(&path("authorities/ca.key")).unwrap().unwrap();
    assert_eq!((file.mode, file.contents.as_slice()), (0o600, text.as_bytes()));
}
