//! The layouts `kubeadm` and `hard-way` are those of kubeadm and of the tutorial: their own
//! programs make the same files, and kubeadm takes ours for its own.

use std::{collections::BTreeSet, fs, path::Path};

use kubepki_testkit::{kubeadm, tutorial};

use super::{applied, spec};

/// A port that nobody listens on, for kubeconfigs that nobody uses.
const PORT: u16 = 6443;

#[test]
fn the_kubeadm_layout_has_kubeadms_files() {
    let ours = applied(&spec::example("kubeadm"));
    let theirs = tempfile::tempdir().unwrap();
    kubeadm::make_pki(theirs.path(), PORT);
    let mut expected = files(&theirs.path().join("etc/kubernetes"));
    // kubeadm makes the first from v1.29 on; the second is what our `admin` has its rights from.
    for more in ["super-admin.conf", "rbac.yaml"] {
        assert!(expected.insert(more.to_owned()), "{more}");
    }
    assert_eq!(files(&ours.path("root")), expected);
}

#[test]
fn the_hard_way_layout_has_the_tutorials_files() {
    let spec = spec::example("hard-way").replace("\nlayout: hosts\n", "\nlayout: hard-way\n");
    let ours = applied(&spec);
    let theirs = tempfile::tempdir().unwrap();
    tutorial::make_pki(theirs.path(), PORT);
    let mut expected = files(theirs.path());
    // What openssl leaves on its way.
    expected.retain(|name| !name.ends_with(".csr") && name != "ca.conf" && name != "ca.srl");
    assert!(expected.len() > 20, "{expected:?}");
    let ours = files(&ours.path("root"));
    let missing: Vec<_> = expected.difference(&ours).collect();
    assert!(missing.is_empty(), "{missing:?} are not in {ours:?}");
}

/// kubeadm checks what it finds (CA, chain, key, SANs, server of each kubeconfig) and makes anew
/// or refuses what it does not like.
#[test]
fn kubeadm_takes_our_files_for_its_own() {
    let ours = applied(&spec::example("kubeadm"));
    let root = ours.path("root");
    let folder = root.to_str().unwrap();
    ours.write("kubeadm.yaml", &configuration(folder));
    let config = ours.path("kubeadm.yaml");
    let config = config.to_str().unwrap();
    let before = ours.snapshot();

    let said =
        kubeadm::run(&["init", "phase", "certs", "all", "--config", config]).expect_success();
    for name in ["ca", "etcd/ca", "front-proxy-ca"] {
        assert!(said.contains(&format!("Using existing {name} certificate authority")), "{said}");
    }
    assert_eq!(said.matches("Using existing").count(), 10, "{said}");
    assert!(said.contains("Using the existing \"sa\" key"), "{said}");
    let phase =
        ["init", "phase", "kubeconfig", "all", "--config", config, "--kubeconfig-dir", folder];
    let said = kubeadm::run(&phase).expect_success();
    assert_eq!(said.matches("Using existing kubeconfig file").count(), 4, "{said}");
    assert_eq!(ours.snapshot(), before);
}

/// The files below a folder, but for what kubepki keeps for itself.
fn files(root: &Path) -> BTreeSet<String> {
    let (mut folders, mut files) = (vec![root.to_owned()], BTreeSet::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(root).unwrap().display().to_string());
            }
        }
    }
    files.retain(|file| !file.starts_with(".kubepki/"));
    files
}

/// The example's cluster in kubeadm's words; the socket and the version keep it from looking at
/// this machine and at the internet.
fn configuration(folder: &str) -> String {
    format!(
        "apiVersion: kubeadm.k8s.io/v1beta2
kind: InitConfiguration
nodeRegistration: {{name: server, criSocket: /run/containerd/containerd.sock}}
localAPIEndpoint: {{advertiseAddress: 10.240.0.10, bindPort: 6443}}
---
apiVersion: kubeadm.k8s.io/v1beta2
kind: ClusterConfiguration
kubernetesVersion: v1.20.2
certificatesDir: {folder}/pki
networking: {{serviceSubnet: 10.96.0.0/12}}
"
    )
}
