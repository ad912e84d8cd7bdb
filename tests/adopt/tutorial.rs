//! The tutorial's flat folder, made by openssl: its two defects are named and mended, and every file
//! keeps its name.

use kubepki_testkit::{openssl, tutorial};

use super::{adopt, defects};
use crate::environment::Environment;

const DEFECTS: [&str; 3] = [
    "apiserver: +[DNS:kubernetes.default.svc.cluster.local] -[]",
    "scheduler: organizations [system:kube-scheduler]",
    "scheduler.kubeconfig: sourceChanged",
];

#[test]
fn the_tutorials_own_defects_are_named_and_mended() {
    let environment = Environment::new();
    tutorial::make_pki(&environment.path("pki"), 6443);
    let said = adopt(&environment, "pki", &[]);
    assert!(said.contains("10.32.0.0/24") && said.contains("`--service-cidr`"), "{said}");
    assert!(said.contains("system:masters"), "{said}");
    assert_eq!(defects(&environment, "pki"), DEFECTS);

    let kept = ["ca.crt", "ca.key", "service-accounts.key", "service-accounts.crt", "admin.crt"];
    let kept = || kept.map(|file| environment.read(&format!("pki/{file}")));
    let (before, files) = (kept(), names(&environment));
    environment.kubepki(&["apply", "--dir", "pki"]).expect_success();
    assert_eq!(before, kept());
    assert_eq!(files, names(&environment));
    assert_eq!(defects(&environment, "pki"), [""; 0]);
    let text = openssl::text(&environment.path("pki/kube-api-server.crt"));
    assert!(text.contains("DNS:kubernetes.default.svc.cluster.local"), "{text}");
    let chain = openssl::run(&[
        "verify",
        "-CAfile",
        environment.path("pki/ca.crt").to_str().unwrap(),
        environment.path("pki/kube-scheduler.crt").to_str().unwrap(),
    ]);
    chain.expect_success();
    // The kubeconfig keeps the name that the tutorial gives its context.
    let kubeconfig = environment.read("pki/kube-scheduler.kubeconfig");
    assert!(kubeconfig.contains("current-context: default"), "{kubeconfig}");
}

/// Every file that is none of kubepki's own.
fn names(environment: &Environment) -> Vec<String> {
    let files = environment.snapshot().into_iter().map(|(path, ..)| path);
    files.filter(|path| !path.contains(".kubepki")).collect()
}
