//! A renewed kubeconfig keeps whatever else is in it.

use kubepki_ca::Certificate;
use kubepki_cluster::{Action, Issue};
use kubepki_kubeconfig::Kubeconfig;

use super::{BEGIN, Cluster, SPEC, days};

const JANE: &str = "users/jane.conf";

/// What other tools and people put into a kubeconfig.
fn enriched(text: &str) -> String {
    text.replace("current-context: jane@demo", "current-context: other")
        .replace("  name: jane@demo", "  name: work")
        .replace("    user: jane\n", "    namespace: team-a\n    user: jane\n    x-colour: blue\n")
        .replace("clusters:\n", "clusters:\n- cluster:\n    server: https://other:6443\n    x-note: kept\n  name: other\n")
        .replace("contexts:\n", "contexts:\n- context:\n    cluster: other\n    user: joe\n  name: other\n")
        .replace("users:\n", "users:\n- name: joe\n  user:\n    token: abc\n")
        + "x-top:\n- 1\n"
}

/// Without what a renewal may change.
fn rest(text: &str) -> Vec<String> {
    let changes = ["client-certificate-data", "client-key-data"];
    let is_kept = |line: &&str| !changes.iter().any(|field| line.contains(field));
    text.lines().filter(is_kept).map(str::to_owned).collect()
}

#[test]
fn other_users_contexts_and_fields_stay() {
    for layout in ["hosts", "hard-way"] {
        let spec = SPEC.replacen("layout: hosts", &format!("layout: {layout}"), 1);
        let file = if layout == "hosts" { JANE } else { "jane.kubeconfig" };
        let mut cluster = Cluster::applied(&spec);
        let text = enriched(&cluster.text(file));
        let text = format!("# ask ops first\n{text}x-more: {{b: 1, a: 2}}   # why\n");
        assert!(text.contains("name: work") && text.contains("team-a"), "{text}");
        cluster.put(file, &text);
        assert_eq!(cluster.plan(BEGIN).changes().count(), 0, "nothing of ours differs");
        let plan = cluster.renew(cluster.select(&["jane"], &[]), days(1));
        assert!(plan.written().contains(&file));
        let renewed = cluster.text(file);
        assert_ne!(renewed, text);
        assert_eq!(rest(&renewed), rest(&text));
        assert_eq!(cluster.plan(days(1)).changes().count(), 0);
    }
}

#[test]
fn a_bundle_with_the_present_ca_stays_and_one_without_it_does_not() {
    for layout in ["hosts", "hard-way"] {
        let spec = SPEC.replacen("layout: hosts", &format!("layout: {layout}"), 1);
        let (file, ca) = if layout == "hosts" {
            (JANE, "authorities/ca.crt")
        } else {
            ("jane.kubeconfig", "ca.crt")
        };
        let mut cluster = Cluster::applied(&spec);
        let other = Cluster::applied(&spec);
        let with_ca = |cluster: &mut Cluster, pem: String| {
            let mut kubeconfig = Kubeconfig::parse(cluster.text(file).as_bytes()).unwrap();
            kubeconfig.clusters[0].cluster.certificate_authority_data = Some(pem.into());
            let text = kubeconfig.to_yaml().to_string();
            cluster.put(file, &text);
        };
        let bundle = other.text(ca) + &cluster.text(ca);
        with_ca(&mut cluster, bundle.clone());
        assert_eq!(cluster.plan(BEGIN).changes().count(), 0);
        cluster.renew(cluster.select(&["jane"], &[]), days(1));
        let embedded = |cluster: &Cluster| {
            let kubeconfig = Kubeconfig::parse(cluster.text(file).as_bytes()).unwrap();
            let data = kubeconfig.clusters[0].cluster.certificate_authority_data.as_ref().unwrap();
            Certificate::all_from_pem(data.as_ref()).unwrap()
        };
        assert_eq!(embedded(&cluster), Certificate::all_from_pem(bundle.as_bytes()).unwrap());

        with_ca(&mut cluster, other.text(ca));
        assert_eq!(cluster.plan(days(1)).changes().count(), 1);
        cluster.apply(days(1));
        assert_eq!(
            embedded(&cluster),
            Certificate::all_from_pem(cluster.text(ca).as_bytes()).unwrap()
        );
    }
}

#[test]
fn another_server_is_mended_in_place() {
    let mut cluster = Cluster::applied(SPEC);
    cluster.put(JANE, &enriched(&cluster.text(JANE)));
    cluster.respec(&SPEC.replace("api.demo.example:6443", "lb.demo.example:443"));
    let plan = cluster.plan(BEGIN);
    let Action::Renew { reasons } = plan.user("jane") else { panic!("{plan:?}") };
    assert!(matches!(&reasons[..], [Issue::SpecChanged { field: "server", .. }]), "{reasons:?}");
    cluster.apply(BEGIN);
    let text = cluster.text(JANE);
    assert!(text.contains("https://lb.demo.example:443") && text.contains("https://other:6443"));
    assert!(text.contains("name: work") && text.contains("current-context: other"));
}

#[test]
fn a_kubeconfig_that_cannot_be_read_is_not_written_over() {
    let mut cluster = Cluster::applied(&SPEC.replacen("layout: hosts", "layout: hard-way", 1));
    cluster.put("jane.kubeconfig", "users: [");
    let plan = cluster.renew(cluster.select(&["jane"], &[]), days(1));
    assert!(matches!(&plan.refused()[..], [Issue::Unreadable { .. }]), "{plan:?}");
    assert_eq!(cluster.text("jane.kubeconfig"), "users: [");
}
