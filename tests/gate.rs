//! The gate, at the command: whatever the verb, the CA and the form, nobody gets a privilege without
//! its flag, and with it everybody does. `crates/cluster/src/gate/tests.rs` has the whole table.

use std::fs;

use kubepki_testkit::openssl;

use crate::environment::Environment;

/// A verb with its identity, and the flag it needs; none where it needs none.
pub(crate) const ISSUE: &[(&[&str], &str)] = &[
    (&["user", "joe", "--group", "dev"], ""),
    (&["user", "joe", "--group", "system:masters"], "--danger-system-masters"),
    (&["user", "joe", "--group", "kubepki:cluster-admins"], "--cluster-admin"),
    (&["user", "joe", "--group", "kubeadm:cluster-admins"], "--cluster-admin"),
    (&["user", "joe", "--group", "system:monitoring"], "--system-identity"),
    (&["user", "jane", "--group", "ops"], "--beyond-spec"),
    (&["user", "jane", "--uid", "0"], "--beyond-spec"),
    (&["user", "kubernetes-super-admin"], "--system-identity"),
    (&["user", "aggregator"], "--system-identity"),
    (&["user", "kube-etcd"], "--system-identity"),
    (&["user", "joe", "--issuer", "etcd-ca"], "--danger-etcd-client"),
    (&["user", "joe", "--issuer", "front-proxy-ca"], "--danger-front-proxy"),
    (&["client", "backup"], ""),
    (&["client", "backup", "--issuer", "etcd-ca"], "--danger-etcd-client"),
    (&["client", "front-proxy-client", "--issuer", "front-proxy-ca"], "--danger-front-proxy"),
    (&["client", "front-proxy-client"], "--system-identity"),
    (&["client", "kube-apiserver-etcd-client", "--issuer", "etcd-ca"], "--danger-etcd-client"),
    (&["client", "kube-apiserver-kubelet-client"], "--system-identity"),
    (&["peer", "etcd-9"], ""),
    (&["peer", "etcd-9", "--issuer", "etcd-ca"], "--danger-etcd-client"),
    (&["peer", "etcd-9", "--issuer", "front-proxy-ca"], "--danger-front-proxy"),
    (&["peer", "front-proxy-client", "--issuer", "front-proxy-ca"], "--danger-front-proxy"),
    (&["peer", "kube-apiserver-kubelet-client"], "--system-identity"),
    (&["peer", "kubernetes"], "--system-identity"),
    (&["peer", "kubernetes-admin"], "--system-identity"),
    (&["node", "node-0"], ""),
    (&["node", "node-9", "--san", "10.240.0.29"], ""),
    (&["node", "node-0", "--issuer", "etcd-ca"], "--danger-etcd-client"),
    (&["node", "node-0", "--issuer", "front-proxy-ca"], "--danger-front-proxy"),
    (&["server", "web.example.com"], ""),
    (&["server", "web.example.com", "--issuer", "etcd-ca"], ""),
    (&["user", "joe", "--role", "view", "--namespace", "web"], ""),
    (&["user", "joe", "--cluster-role", "cluster-admin"], "--cluster-admin"),
    (&["user", "joe", "--role", "cluster-admin", "--namespace", "web"], "--cluster-admin"),
    (&["user", "joe", "--cluster-role", "edit"], "--cluster-admin"),
    (&["user", "joe", "--role", "edit", "--namespace", "kube-system"], "--cluster-admin"),
    (&["user", "joe", "--cluster-role", "system:node"], "--system-identity"),
    (
        &["user", "joe", "--cluster-role", "view", "--bind-group", "system:authenticated"],
        "--system-identity",
    ),
    (
        &["user", "joe", "--cluster-role", "view", "--bind-group", "system:serviceaccounts:web"],
        "--system-identity",
    ),
];

pub(crate) const FLAGS: [&str; 6] = [
    "--beyond-spec",
    "--cluster-admin",
    "--danger-etcd-client",
    "--danger-front-proxy",
    "--danger-system-masters",
    "--system-identity",
];

#[test]
fn what_is_issued_has_passed() {
    let environment = ready();
    for (args, flag) in ISSUE {
        for form in ["pair", "pem"] {
            let issue = [&["issue"], *args, &["--as", form, "--overwrite"]].concat();
            let before = environment.snapshot();
            let refused = environment.kubepki(&issue);
            if flag.is_empty() {
                refused.expect_success();
                continue;
            }
            assert_eq!(refused.code, Some(2), "{args:?}: {}", refused.stderr);
            assert!(refused.stderr.contains(flag), "{args:?}: {}", refused.stderr);
            assert!(environment.snapshot() == before, "{args:?}: something has changed");
            // No other flag opens it.
            for other in FLAGS.iter().filter(|other| *other != flag) {
                let refused = environment.kubepki(&[&issue[..], &[other]].concat());
                assert_eq!(refused.code, Some(2), "{args:?} {other}: {}", refused.stderr);
            }
            environment.kubepki(&[&issue[..], &[flag]].concat()).expect_success();
        }
    }
}

/// A name that no flag opens.
#[test]
fn a_peer_is_nobody_of_kubernetes() {
    let environment = ready();
    for name in ["system:masters", "system:node:node-0", "*.example.com", "Kubernetes", "jane"] {
        for issuer in ["ca", "front-proxy-ca"] {
            let args = ["issue", "peer", "--issuer", issuer, "--danger-front-proxy"];
            let more = ["--system-identity", "--danger-system-masters", "--", name];
            let refused = environment.kubepki(&[&args[..], &more].concat());
            let is_free = name == "jane" && issuer == "front-proxy-ca";
            assert_eq!(refused.code == Some(0), is_free, "{name} {issuer}: {}", refused.stderr);
            assert!(is_free || refused.code == Some(2), "{name} {issuer}: {}", refused.stderr);
        }
    }
}

#[test]
fn what_is_signed_has_passed() {
    let environment = ready();
    for (name, new, flag) in [
        ("joe", &["--group", "dev"][..], ""),
        ("jane", &["--group", "dev"], ""),
        ("jane", &["--group", "ops"], "--beyond-spec"),
        ("joe", &["--group", "system:masters"], "--danger-system-masters"),
        ("joe", &["--group", "kubeadm:cluster-admins"], "--cluster-admin"),
        ("joe", &["--group", "system:monitoring"], "--system-identity"),
        ("kubernetes-super-admin", &[], "--system-identity"),
    ] {
        let all = ["--cluster-admin", "--system-identity", "--danger-system-masters"];
        let _ = fs::remove_file(environment.path(&format!("{name}.key")));
        let _ = fs::remove_file(environment.path(&format!("{name}.csr")));
        environment.kubepki(&[&["csr", "new", name], new, &all].concat()).expect_success();
        let sign = ["sign", &format!("{name}.csr"), "--profile", "user"];
        let refused = environment.kubepki(&sign);
        if flag.is_empty() {
            refused.expect_success();
            continue;
        }
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{name} {new:?}");
        assert!(refused.stderr.contains(flag), "{}", refused.stderr);
        environment.kubepki(&[&sign[..], &[flag]].concat()).expect_success();
    }
    // Groups that the operator chooses are held against the spec as those that are asked for.
    let chosen = ["sign", "jane.csr", "--profile", "user", "--group", "chosen"];
    assert_eq!(environment.kubepki(&chosen).code, Some(2));
    environment.kubepki(&[&chosen[..], &["--beyond-spec"]].concat()).expect_success();
}

/// A user of the spec who would be new in a privileged group, and then is in it.
#[test]
fn what_is_applied_has_passed() {
    for (user, flag) in [
        ("{name: eve, groups: ['kubeadm:cluster-admins']}", "--cluster-admin"),
        ("{name: kube-apiserver-kubelet-client}", "--system-identity"),
        ("{name: kubernetes-super-admin}", "--system-identity"),
        ("{name: eve, groups: ['system:masters']}", "--danger-system-masters"),
    ] {
        let environment = ready();
        environment.edit("cluster.yaml", "- name: jane", &format!("- {user}\n- name: jane"));
        let before = environment.snapshot();
        for verb in [&["apply"][..], &["plan"], &["apply", "--dry-run"]] {
            let refused = environment.kubepki(verb);
            assert_eq!(refused.code, Some(2), "{user} {verb:?}: {}", refused.stderr);
            assert!(refused.stderr.contains(flag), "{user} {verb:?}: {}", refused.stderr);
        }
        assert!(environment.snapshot() == before, "{user}: something has changed");
        environment.kubepki(&["apply", flag]).expect_success();
        if flag != "--danger-system-masters" {
            // Who has it keeps it, and a renewal needs no flag.
            environment.kubepki(&["renew", "--all"]).expect_success();
        }
    }
}

/// A folder with a CA and `jane` with this subject, as `adopt` describes it; signed by the CA, by
/// another one of the same name, or by its own key.
fn adopted(organization: &str, signer: &str) -> Environment {
    let environment = Environment::new();
    let at = |name: &str| environment.path(name).display().to_string();
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    for ca in ["ca", "other"] {
        let (key_file, file) = (at(&format!("{ca}.key")), at(&format!("{ca}.crt")));
        let files = ["-keyout", &key_file, "-out", &file, "-subj", "/CN=kubernetes"];
        let more = ["-days", "3650", "-addext", "keyUsage=critical,keyCertSign"];
        openssl::run(&[&["req", "-x509"], &key[..], &files, &more].concat()).expect_success();
    }
    let (key_file, csr, file) = (at("jane.key"), at("jane.csr"), at("jane.crt"));
    let subject = format!("/O={organization}/CN=jane");
    let files = ["-keyout", &key_file, "-out", &csr, "-subj", &subject];
    openssl::run(&[&["req"], &key[..], &files].concat()).expect_success();
    environment.write("ext", "extendedKeyUsage=clientAuth\n");
    let (extensions, signer_crt, signer_key) =
        (at("ext"), at(&format!("{signer}.crt")), at(&format!("{signer}.key")));
    let of_signer = match signer {
        "self" => vec!["-key", key_file.as_str()],
        _ => vec!["-CA", &signer_crt, "-CAkey", &signer_key, "-CAcreateserial"],
    };
    let sign = ["x509", "-req", "-in", &csr, "-days", "300", "-extfile", &extensions];
    openssl::run(&[&sign[..], &of_signer, &["-out", &file]].concat()).expect_success();
    for file in ["ext", "jane.csr", "other.crt", "other.key", "other.srl", "ca.srl"] {
        let _ = fs::remove_file(environment.path(file));
    }
    environment.kubepki(&["adopt", "."]).expect_success();
    environment
}

/// What a folder claims is nobody's right: only what the CA has signed was there before.
#[test]
fn what_is_adopted_has_passed() {
    for (group, flag) in [
        ("system:masters", "--danger-system-masters"),
        ("kubeadm:cluster-admins", "--cluster-admin"),
        ("kubepki:cluster-admins", "--cluster-admin"),
        ("system:kube-controller-manager", "--system-identity"),
    ] {
        for signer in ["ca", "other", "self"] {
            let environment = adopted(group, signer);
            let refused = environment.kubepki(&["renew", "jane"]);
            if signer == "self" {
                // Nobody of the folder has issued it.
                assert!(!environment.read("cluster.yaml").contains("jane"));
                continue;
            }
            if signer == "ca" {
                refused.expect_success();
                continue;
            }
            for verb in [&["apply"][..], &["renew", "jane"], &["renew", "--all"]] {
                let refused = environment.kubepki(verb);
                assert_eq!(refused.code, Some(2), "{group} {signer}: {}", refused.stderr);
                let part = format!("`jane` would be new in `{group}`");
                assert!(refused.stderr.contains(&part), "{signer}: {}", refused.stderr);
                assert!(refused.stderr.contains(flag), "{signer}: {}", refused.stderr);
            }
            environment.kubepki(&["apply", flag]).expect_success();
        }
    }
}

/// Group names are values: one with a comma is no list, and what cannot be read held nothing.
#[test]
fn a_new_master_is_seen_whatever_was_there() {
    let masters = |environment: &Environment| {
        let spec = environment.read("cluster.yaml");
        let line = spec.lines().find(|line| line.contains("organizations: ")).unwrap();
        let indent = &line[..line.find("organizations").unwrap()];
        let new = format!("{indent}organizations: ['system:masters']");
        environment.write("cluster.yaml", &spec.replace(line, &new));
    };
    for (group, bend) in [
        ("dev, system:masters", None),
        ("dev", None),
        ("dev", Some("jane.crt")),
        ("system:masters", Some("jane.crt")),
        ("system:masters", Some("jane.key")),
    ] {
        let environment = adopted(group, "ca");
        masters(&environment);
        if let Some(file) = bend {
            environment.write(file, "garbage\n");
        }
        let before = environment.read("jane.crt");
        let refused = environment.kubepki(&["renew", "jane"]);
        assert_eq!(refused.code, Some(2), "{group} {bend:?}: {}", refused.stderr);
        assert!(refused.stderr.contains("`jane` would be new in `system:masters`"));
        assert_eq!(environment.read("jane.crt"), before);
        environment.kubepki(&["renew", "jane", "--danger-system-masters"]).expect_success();
    }
}

/// Names that are one name where a disk ignores case, and hosts on which no kubelet runs.
#[test]
fn names_that_only_differ_in_case_and_nodes_that_are_none() {
    let environment = ready();
    for (args, part) in [
        (&["user", "Jane"][..], "differ in case alone"),
        (&["user", "Super-Admin"], "break-glass"),
        (&["node", "server"], "no worker"),
    ] {
        let refused = environment.kubepki(&[&["issue"], args].concat());
        assert_eq!(refused.code, Some(2), "{args:?}: {}", refused.stderr);
        assert!(refused.stderr.contains(part), "{args:?}: {}", refused.stderr);
    }
    environment.edit("cluster.yaml", "- name: jane", "- name: Jane\n- name: jane");
    let refused = environment.kubepki(&["plan"]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("`users[1].name`"), "{}", refused.stderr);
    assert!(refused.stderr.contains("differ in case alone"), "{}", refused.stderr);
}

pub(crate) fn ready() -> Environment {
    let environment = Environment::of_spec(
        "apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.example.com
serviceCIDRs: [10.32.0.0/24]
hosts:
- {name: server, roles: [control-plane, etcd], addresses: [10.240.0.10]}
- {name: node-0, roles: [worker], addresses: [10.240.0.20]}
users:
- name: jane
  groups: [dev]
",
    );
    environment.apply();
    environment
}
