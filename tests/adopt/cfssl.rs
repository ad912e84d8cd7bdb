//! A flat folder of cfssl's: other names, organizational units, SHA-512 signatures.

use super::{adopt, defects, made_by};

#[test]
fn cfssls_names_are_understood_and_its_one_defect_is_named_and_mended() {
    let environment = made_by("cfssl.sh");
    let said = adopt(&environment, "pki", &["--name", "by-hand"]);
    assert!(said.contains("10.32.0.0/24"), "{said}");
    let defect = "apiserver: +[DNS:kubernetes.default.svc.cluster.local] -[]";
    assert_eq!(defects(&environment, "pki"), [defect]);
    let spec = environment.read("pki/cluster.yaml");
    for text in [
        "certificate: ca.pem\n    key: ca-key.pem\n    commonName: Kubernetes\n    organizations: [Kubernetes]\n    keyAlgorithm: rsa-4096\n",
        "name: kubelet\n    host: worker-0\n",
        "addresses: [10.240.0.20, 203.0.113.20]\n",
        "name: service-account\n    certificate: service-account.pem\n",
        "keepKey: true\n",
        "name: by-hand\n",
        "  lifetime: 365d\n",
    ] {
        assert!(spec.contains(text), "{text:?} is not in {spec}");
    }
    environment.kubepki(&["apply", "--dir", "pki"]).expect_success();
    assert_eq!(defects(&environment, "pki"), [""; 0]);
}
