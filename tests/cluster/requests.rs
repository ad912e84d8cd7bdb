//! `kubepki csr` against a cluster: submit, list, approve, deny, fetch; and users that
//! `kubepki issue` made, with the role bindings it sent.

use kubepki_testkit::{KeyedCertificate, Verification, openssl, wait_for};

use super::{running::Cluster, users};

const CLIENT: &str = "kubernetes.io/kube-apiserver-client";

pub(super) fn go_from_new_to_fetch(cluster: &Cluster) {
    let admin = cluster.user("admin").display().to_string();
    let kubepki = |args: &[&str]| cluster.kubepki(&[args, &["--kubeconfig", &admin]].concat());
    submit(cluster, "carol", &["--group", "dev"], CLIENT, &admin);

    let pending = kubepki(&["csr", "list", "--pending"]).expect_success();
    assert!(pending.contains("carol  Pending  kubernetes.io/kube-apiserver-client"), "{pending}");
    let early = kubepki(&["csr", "fetch", "carol"]);
    assert_eq!(early.code, Some(1));
    assert!(early.stderr.contains("kubepki csr approve carol"), "{}", early.stderr);

    kubepki(&["csr", "approve", "carol"]).expect_success();
    kubepki(&["csr", "fetch", "carol", "--wait", "60", "-o", "carol.crt"]).expect_success();
    let pair = KeyedCertificate::at(cluster.scratch("carol"));
    openssl::verify(&Verification::of_client(&pair.certificate, &cluster.files.authority)).unwrap();
    cluster.as_certificate(&pair, &["get", "configmaps"]).expect_success();

    // A decision is final, and a name that is not there is said to be so.
    let late = kubepki(&["csr", "deny", "carol", "--reason", "too late"]);
    assert!(late.stderr.contains("Approved"), "{}", late.stderr);
    let missing = kubepki(&["csr", "fetch", "nobody"]);
    assert!(missing.stderr.contains("NotFound"), "{}", missing.stderr);
    assert_eq!((late.code, missing.code), (Some(1), Some(1)));
}

pub(super) fn a_denied_request_stays_without_a_certificate(cluster: &Cluster) {
    let admin = cluster.user("admin").display().to_string();
    let kubepki = |args: &[&str]| cluster.kubepki(&[args, &["--kubeconfig", &admin]].concat());
    submit(cluster, "mallory", &[], CLIENT, &admin);
    kubepki(&["csr", "deny", "mallory", "--reason", "not one of us"]).expect_success();
    let denied = kubepki(&["csr", "fetch", "mallory", "--wait", "5"]);
    assert_eq!(denied.code, Some(1));
    assert!(denied.stderr.contains("not one of us"), "{}", denied.stderr);
}

/// A user outside the spec may do what the role says, and nothing else.
pub(super) fn an_issued_user_has_the_role_that_was_applied(cluster: &Cluster) {
    let admin = cluster.user("admin").display().to_string();
    let issue = [
        "issue",
        "user",
        "mia",
        "--file",
        "cluster.yaml",
        "--dir",
        "pki",
        "--lifetime",
        "1h",
        "--role",
        "view",
        "--namespace",
        "default",
        "--apply",
        "--kubeconfig",
        &admin,
    ];
    cluster.kubepki(&issue).expect_success();
    let mia = cluster.scratch("mia.conf");
    let may = |args: &[&str]| cluster.plane.kubectl(&mia, &[&["auth", "can-i"], args].concat());
    assert_eq!(may(&["list", "pods", "-n", "default"]).expect_success().trim(), "yes");
    // To read, and not the secrets: what Kubernetes' role `view` says.
    let more = &users::rights(cluster, &mia) - &users::rights_of_everybody(cluster);
    assert!(more.contains("pods [] [] [get list watch]"), "{more:?}");
    assert!(!more.iter().any(|right| right.starts_with("secrets")), "{more:?}");
    for right in &more {
        let verbs = right.rsplit_once('[').map_or("", |(_, verbs)| verbs.trim_end_matches(']'));
        assert!(verbs.split(' ').all(|v| ["get", "list", "watch"].contains(&v)), "{right}");
    }
    for refused in [["list", "pods", "-n", "kube-system"], ["delete", "pods", "-n", "default"]] {
        assert!(may(&refused).stdout.contains("no"), "{refused:?}");
    }
    let refused = cluster.kubepki(&["csr", "list", "--kubeconfig", &mia.display().to_string()]);
    assert!(refused.stderr.contains("Forbidden"), "{}", refused.stderr);
    assert_eq!(refused.code, Some(1));
}

pub(super) fn one_call_makes_a_kubeconfig(cluster: &Cluster) {
    let admin = cluster.user("admin").display().to_string();
    let request =
        ["csr", "request", "dave", "--group", "dev", "--wait", "60", "--kubeconfig", &admin];
    cluster.kubepki(&[&request[..], &["--approve"]].concat()).expect_success();
    let dave = cluster.scratch("dave.conf");
    cluster.plane.kubectl(&dave, &["get", "configmaps"]).expect_success();
    let refused = cluster.plane.kubectl(&dave, &["get", "pods"]).expect_failure();
    assert!(refused.contains(r#"User "dave""#), "{refused}");
}

/// The controller manager leaves other signers' requests alone; the root's CA signs them.
pub(super) fn the_root_signs_for_a_signer_of_its_own(cluster: &Cluster) {
    let admin = cluster.user("admin").display().to_string();
    let kubepki = |args: &[&str]| cluster.kubepki(&[args, &["--kubeconfig", &admin]].concat());
    let sign =
        ["csr", "sign", "erin", "--profile", "user", "--file", "cluster.yaml", "--dir", "pki"];
    submit(cluster, "erin", &["--group", "dev"], "example.com/users", &admin);
    let early = kubepki(&sign);
    assert!(early.stderr.contains("kubepki csr approve erin"), "{}", early.stderr);
    kubepki(&["csr", "approve", "erin"]).expect_success();
    kubepki(&sign).expect_success();
    kubepki(&["csr", "fetch", "erin", "--key", "erin.key", "-o", "erin.conf"]).expect_success();
    cluster.plane.kubectl(&cluster.scratch("erin.conf"), &["get", "configmaps"]).expect_success();
    let on_record =
        cluster.kubepki(&["ledger", "find", "erin", "--dir", "pki", "-o", "json"]).expect_success();
    assert!(on_record.contains("csr sign"), "{on_record}");
}

/// What a kubelet asks for itself is approved by itself; a serving certificate waits for a person.
pub(super) fn kubelets_ask_for_themselves(cluster: &Cluster) {
    cluster.create(
        "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: renew-nodes}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: system:certificates.k8s.io:certificatesigningrequests:selfnodeclient
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: Group, name: system:nodes}
",
    );
    let (node, kubelet) = cluster.kubelet();
    let kubelet = kubelet.display().to_string();
    let admin = cluster.user("admin").display().to_string();
    let client = "kubernetes.io/kube-apiserver-client-kubelet";
    submit(cluster, node, &["--profile", "node-client"], client, &kubelet);
    let fetch = ["csr", "fetch", node, "--wait", "60", "-o", "client.crt", "--kubeconfig", &admin];
    cluster.kubepki(&fetch).expect_success();

    let serving =
        ["csr", "new", node, "--profile", "node-server", "--san", "127.0.0.1", "--out", "serving"];
    std::fs::create_dir(cluster.scratch("serving")).unwrap();
    cluster.kubepki(&serving).expect_success();
    let file = format!("serving/{node}.csr");
    let manifest = [
        "csr",
        "manifest",
        &file,
        "--signer",
        "kubernetes.io/kubelet-serving",
        "--usages",
        "digital-signature,key-encipherment,server-auth",
        "--name",
        "serving",
    ];
    let manifest = cluster.kubepki(&manifest).expect_success();
    std::fs::write(cluster.scratch("serving.yaml"), manifest).unwrap();
    cluster.kubepki(&["csr", "submit", "serving.yaml", "--kubeconfig", &kubelet]).expect_success();
    let fetch = ["csr", "fetch", "serving", "--kubeconfig", &admin];
    let waiting = cluster.kubepki(&fetch);
    assert!(waiting.stderr.contains("it is not approved yet"), "{}", waiting.stderr);
    cluster.kubepki(&["csr", "approve", "serving", "--kubeconfig", &admin]).expect_success();
    let issued = cluster.kubepki(&[&fetch[..], &["--wait", "60"]].concat()).expect_success();
    assert!(issued.contains("BEGIN CERTIFICATE"), "{issued}");
}

/// A credential for a minute, which works now.
pub(super) fn a_minute_begins(cluster: &Cluster) -> std::path::PathBuf {
    let issue =
        ["issue", "user", "flash", "--file", "cluster.yaml", "--dir", "pki", "--lifetime", "1m"];
    cluster.kubepki(&issue).expect_success();
    let flash = cluster.scratch("flash.conf");
    cluster.plane.kubectl(&flash, &["auth", "can-i", "--list"]).expect_success();
    flash
}

/// It works no longer when its minute is over.
pub(super) fn a_minute_ends(cluster: &Cluster, flash: &std::path::Path) {
    let refused = wait_for("the end of the minute", || {
        let said = cluster.plane.kubectl(flash, &["auth", "can-i", "--list"]);
        if said.succeeded() { Err(said.stdout) } else { Ok(said.stderr) }
    });
    assert!(refused.contains("logged in") || refused.contains("Unauthorized"), "{refused}");
}

fn submit(cluster: &Cluster, name: &str, new: &[&str], signer: &str, kubeconfig: &str) {
    cluster.kubepki(&[&["csr", "new", name], new].concat()).expect_success();
    let file = format!("{name}.csr");
    let mut manifest = vec!["csr", "manifest", &file, "--signer", signer];
    if signer.ends_with("-kubelet") {
        // Before 1.27 a kubelet's signers wanted keyEncipherment too, whatever the key.
        manifest.extend(["--usages", "digital-signature,key-encipherment,client-auth"]);
    } else if signer != CLIENT {
        manifest.extend(["--usages", "client-auth"]);
    }
    let manifest = cluster.kubepki(&manifest).expect_success();
    let file = format!("{name}.yaml");
    std::fs::write(cluster.scratch(&file), manifest).unwrap();
    cluster.kubepki(&["csr", "submit", &file, "--kubeconfig", kubeconfig]).expect_success();
}
