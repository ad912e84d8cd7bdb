//! Files outside of a root: their names, and what is in them.

use super::*;

#[test]
fn no_file_reaches_the_terminal() {
    let environment = Environment::new();
    let name = hostile("f");
    let folder = format!("stuff/{}", hostile("d"));
    fs::create_dir_all(environment.path(&folder)).unwrap();
    certificate(&environment.path(&folder), "ca", "authority", true);
    certificate(&environment.path(&folder), &name, "leaf", false);
    let at = |end: &str| format!("{folder}/{name}{end}");
    environment.write(&at(".conf"), &kubeconfig());
    for (end, text) in [
        ("-1.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
        ("-2.key", hostile("-----BEGIN PRIVATE KEY-----\n").as_str()),
        ("-3.conf", hostile("kind: Config\n").as_str()),
        ("-4.conf", format!("kind: Config\nclusters: {}\n", on_one_line("x")).as_str()),
        ("-5.yaml", hostile("a: [").as_str()),
        ("-6", hostile("x").as_str()),
    ] {
        environment.write(&at(end), text);
    }
    let mut csr = programs::command("openssl");
    csr.args(["req", "-new", "-utf8", "-subj", &format!("/CN={}", hostile("cn"))]);
    csr.args(["-key", &at(".key"), "-out", &at(".csr"), "-addext", "subjectAltName=DNS:a\u{1b}b"]);
    csr.current_dir(environment.root());
    programs::finish(csr, b"").expect_success();
    let mut found = Found::default();
    for format in ["table", "wide", "json", "yaml", "csv", "kubeadm", "prometheus"] {
        found.run(&environment, &["status", "-v", "--path", "stuff", "-o", format]);
        found.run(
            &environment,
            &["status", "--path", &at(".crt"), "--kubeconfig", &at(".conf"), "-o", format],
        );
    }
    let mut every = vec![folder.clone(), at("-7")];
    every.extend(
        [
            "-1.crt", "-2.key", "-3.conf", "-4.conf", "-5.yaml", "-6", ".crt", ".key", ".conf",
            ".csr",
        ]
        .map(at),
    );
    for path in &every {
        for format in ["text", "json", "junit", "sarif"] {
            found.run(&environment, &["verify", "-v", path, "-o", format]);
        }
        for format in ["text", "json", "yaml"] {
            found.run(&environment, &["inspect", path, "-o", format]);
        }
        found.run(&environment, &["status", "--path", path]);
        found.run(&environment, &["sign", path, "--profile=user"]);
        found.run(&environment, &["csr", "manifest", path, "--signer=example.com/a"]);
        found.run(&environment, &["csr", "submit", path]);
        found.run(&environment, &["host", "install", path, "--root=stuff"]);
        found.run(&environment, &["plan", "-f", path]);
        found.run(&environment, &["adopt", path, "--out=-"]);
        for args in [
            &["view"][..],
            &["view", "-o", "json", "--raw"],
            &["view", "--flatten"],
            &["view", "--minify"],
            &["get-contexts"],
            &["get-contexts", "-o", "json"],
            &["check"],
            &["check", "-o", "json"],
            &["flatten"],
            &["use-context", &name],
            &["rename-context", &hostile("context"), &on_one_line("new")],
            &["set-namespace", "x"],
            &["split", "--out-dir", &folder],
        ] {
            let kubeconfig = format!("--kubeconfig={path}");
            found.run(&environment, &[&["kubeconfig"], args, &[&kubeconfig]].concat());
        }
        found.run(&environment, &["kubeconfig", "merge", path, &at(".conf"), "--raw"]);
        found.run(
            &environment,
            &[
                "kubeconfig",
                "new",
                "-o=-",
                "--cluster=c",
                "--user=u",
                "--server=https://x",
                "--certificate-authority",
                path,
                "--token-file",
                path,
            ],
        );
    }
    found.run(&environment, &["audit", "--root=stuff"]);
    found.finish(300);
}

/// What `adopt` writes is a file for people, with comments.
#[test]
fn no_file_reaches_an_adopted_spec() {
    let environment = Environment::new();
    fs::create_dir(environment.path("pki")).unwrap();
    certificate(&environment.path("pki"), "ca", "authority", true);
    certificate(&environment.path("pki"), &hostile("leaf"), "leaf", false);
    let sign = |name: &str, subject: &str| {
        let mut command = programs::command("openssl");
        command
            .args(["req", "-x509", "-utf8", "-CA", "ca.crt", "-CAkey", "ca.key", "-newkey", "ec"]);
        command.args(["-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", subject]);
        command.args(["-addext", "extendedKeyUsage=clientAuth"]);
        command.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.crt")]);
        command.current_dir(environment.path("pki"));
        programs::finish(command, b"").expect_success();
    };
    sign("jane", &format!("/O={}/CN={}", hostile("o"), hostile("jane")));
    sign(&hostile("kim"), &format!("/CN={}", on_one_line("kim")));
    environment.write("pki/admin.conf", &kubeconfig());
    environment.write(&format!("pki/{}.key", hostile("sa")), "x");
    let mut found = Found::default();
    for more in [&["--out=-"][..], &["-v", "--out=-"], &["--out=spec.yaml"]] {
        found.run(&environment, &[&["adopt", "pki"], more].concat());
    }
    let spec = environment.read("spec.yaml");
    found.look("spec.yaml", &spec);
    for args in [&["plan", "-v"][..], &["plan", "-o=yaml"], &["status", "-o=wide"], &["verify"]] {
        found.run(&environment, &[args, &["--dir=pki", "-f=spec.yaml"]].concat());
    }
    found.finish(7);
}

/// A machine whose units, manifests and kubeconfigs are somebody's.
#[test]
fn no_machine_reaches_the_terminal() {
    let environment = Environment::new();
    let pki = "machine/etc/kubernetes/pki";
    fs::create_dir_all(environment.path(pki)).unwrap();
    certificate(&environment.path(pki), "ca", "authority", true);
    let name = hostile("f");
    certificate(&environment.path(pki), &name, "leaf", false);
    environment.write("machine/etc/hostname", &on_one_line("host"));
    let flag = |name: &str, value: &str| {
        format!("    - {}", serde_json::to_string(&format!("--{name}={value}")).unwrap())
    };
    let flags = [
        flag("client-ca-file", "/etc/kubernetes/pki/ca.crt"),
        flag("tls-cert-file", &format!("/etc/kubernetes/pki/{name}.crt")),
        flag("tls-private-key-file", &format!("/etc/kubernetes/pki/{name}.key")),
        flag(&on_one_line("etcd-cafile"), &format!("/etc/kubernetes/pki/{name}")),
        flag("etcd-certfile", &hostile("/etc/none")),
        flag("service-cluster-ip-range", &hostile("10.0.0.0/24")),
        flag("authorization-mode", &hostile("=AlwaysAllow")),
    ];
    let manifest = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: kube-apiserver}}\nspec:\n  containers:\n  - name: kube-apiserver\n    image: {}\n    command:\n    - kube-apiserver\n{}\n",
        serde_json::to_string(&hostile("registry.k8s.io/kube-apiserver:v1.36.0")).unwrap(),
        flags.join("\n"),
    );
    let folder = "machine/etc/kubernetes";
    environment.write(&format!("{folder}/manifests/kube-apiserver.yaml"), &manifest);
    environment.write(&format!("{folder}/manifests/{name}.yaml"), &hostile("kind: ["));
    for file in ["admin.conf", "kubelet.conf"] {
        environment.write(&format!("{folder}/{file}"), &kubeconfig());
    }
    let unit = format!("[Service]\nExecStart=/usr/bin/etcd --cert-file='/x{}'\n", on_one_line("y"));
    environment.write("machine/etc/systemd/system/etcd.service", &unit);
    let mut found = Found::default();
    for format in ["table", "json", "yaml", "csv"] {
        found.run(&environment, &["audit", "-v", "--root=machine", "-o", format]);
        found.run(&environment, &["audit", "--root=machine", "-o", format, "--out=-"]);
    }
    let csv = environment.kubepki(&["audit", "--root=machine", "-o=csv"]).stdout;
    assert!(csv.contains("registry.k8s.io") || csv.contains("leaf"), "{csv}");
    found.finish(8);
}
