//! The keys that encrypt Secrets: made once, put back from copies, never overwritten. Bootstrap
//! tokens: made once, and again when they have expired.

use kubepki_cluster::{
    Action, MemoryStore, Reason, Refusal, Store, StorePath,
    encryption::{EncryptionConfig, EncryptionFiles, EncryptionFilesError, Phase, RotationStep},
    spec::EncryptionProvider,
};

use super::{BEGIN, Cluster, SPEC, days, path};

const SOURCE: &str = "authorities/encryption-config.yaml";
const COPY: &str = "hosts/server/etc/kubernetes/encryption-config.yaml";

fn spec(provider: &str) -> String {
    format!("{SPEC}encryption: {provider}\n")
}

fn mode(store: &MemoryStore, name: &str) -> u32 {
    store.read(&path(name)).unwrap().unwrap().mode & 0o777
}

#[test]
fn a_key_is_made_once_and_goes_to_the_control_plane_alone() {
    let mut cluster = Cluster::applied(&spec("secretbox"));
    let text = cluster.text(SOURCE);
    let config = EncryptionConfig::parse(text.as_bytes()).unwrap();
    assert!(config.keys().map(ToString::to_string).eq(["key1 (secretbox)"]));
    assert_eq!(cluster.text(COPY), text);
    for name in [SOURCE, COPY] {
        assert_eq!(mode(&cluster.store, name), 0o600);
    }
    let files = cluster.files();
    let found = files.keys().filter(|name| name.contains("encryption"));
    assert!(found.eq([SOURCE, COPY]));
    assert_eq!(cluster.plan(days(300)).action("encryption-config", ""), &Action::Keep);
    // Another provider is for the next key.
    cluster.respec(&spec("aescbc"));
    assert_eq!(cluster.plan(BEGIN).changes().count(), 0);
    // And none is an entry less.
    cluster.respec(&spec("none"));
    assert!(cluster.plan(BEGIN).steps.iter().all(|step| !step.id.name().contains("encryption")));
    assert!(!format!("{:?}", cluster.plan(BEGIN)).contains(text.split('"').nth(3).unwrap()));
}

#[test]
fn every_layout_has_a_place() {
    let hosts = SPEC.split_once("layout: hosts\n").unwrap();
    let one = "  - {name: node-0, roles: [worker], addresses: [10.240.0.20]}\n";
    let flat = format!("{}layout: hard-way\n{}encryption: aesgcm\n", hosts.0, hosts.1);
    let kubeadm = format!("{}layout: kubeadm\n{}encryption: aesgcm\n", hosts.0, hosts.1);
    for (spec, file) in
        [(flat, "encryption-config.yaml"), (kubeadm.replace(one, ""), "pki/encryption-config.yaml")]
    {
        assert!(Cluster::applied(&spec).text(file).contains("aesgcm"));
    }
}

#[test]
fn a_lost_key_comes_back_from_a_copy() {
    let mut cluster = Cluster::applied(&spec("secretbox"));
    let before = cluster.text(SOURCE);
    cluster.remove(SOURCE);
    let plan = cluster.plan(BEGIN);
    let wanted = Action::Restore { from: vec![path(COPY)] };
    assert_eq!(plan.action("encryption-config", ""), &wanted);
    cluster.apply(BEGIN);
    assert_eq!(cluster.text(SOURCE), before);
    cluster.remove(COPY);
    cluster.apply(BEGIN);
    assert_eq!(cluster.text(COPY), before);
}

#[test]
fn what_cannot_be_read_is_refused_and_stays() {
    for broken in [SOURCE, COPY] {
        let mut cluster = Cluster::applied(&spec("secretbox"));
        let secret = cluster.text(SOURCE).split('"').nth(3).unwrap().to_owned();
        let text = cluster.text(SOURCE).replacen("kind: EncryptionConfiguration", "kind: X", 1);
        cluster.put(broken, &text);
        if broken == COPY {
            cluster.remove(SOURCE);
        }
        let refused = cluster.plan(BEGIN).refused();
        let [refusal @ Refusal::Unreadable { path, .. }] = &refused[..] else {
            panic!("{refused:?}")
        };
        assert_eq!(path.as_str(), broken);
        assert!(!format!("{refusal} {refusal:?}").contains(&secret));
        let plan = cluster.plan(BEGIN);
        let id = plan.refusals().next().unwrap().0;
        assert!(!refusal.hint(id).contains("reissue"), "{}", refusal.hint(id));
    }
}

#[test]
fn a_rotation_writes_the_file_and_its_copies() {
    let mut cluster = Cluster::applied(&spec("secretbox"));
    let first = cluster.text(SOURCE);
    let steps = [
        (RotationStep::Add, Phase::Added),
        (RotationStep::Promote, Phase::Promoted),
        (RotationStep::Drop, Phase::Stable),
    ];
    for (step, phase) in steps {
        let files = EncryptionFiles::read(&cluster.catalog, &cluster.store).unwrap();
        let (writes, config) = files.after(step, EncryptionProvider::Secretbox).unwrap();
        assert!(writes.iter().map(|write| write.path.as_str()).eq([SOURCE, COPY]));
        assert_eq!(config.phase(), Ok(phase));
        cluster.store.commit(writes, BEGIN).unwrap();
        assert_eq!(cluster.text(SOURCE), cluster.text(COPY));
        assert_eq!(mode(&cluster.store, COPY), 0o600);
        assert_eq!(cluster.plan(BEGIN).changes().count(), 0, "{step:?}");
    }
    let secret = first.split('"').nth(3).unwrap();
    assert!(!cluster.text(SOURCE).contains(secret));
}

#[test]
fn a_rotation_begins_only_where_all_is_well() {
    let mut cluster = Cluster::applied(&spec("secretbox"));
    let read = |cluster: &Cluster| EncryptionFiles::read(&cluster.catalog, &cluster.store).err();
    assert_eq!(read(&cluster).map(|error| error.to_string()), None);
    let text = cluster.text(COPY);
    cluster.put(COPY, "other");
    assert!(matches!(read(&cluster), Some(EncryptionFilesError::Differs { .. })));
    cluster.put(COPY, &text);
    cluster.put(SOURCE, "kind: X\n");
    assert!(matches!(read(&cluster), Some(EncryptionFilesError::Unreadable { .. })));
    cluster.remove(SOURCE);
    let missing: StorePath = path(SOURCE);
    assert!(
        matches!(read(&cluster), Some(EncryptionFilesError::Missing { path }) if path == missing)
    );
    cluster.respec(SPEC);
    assert!(matches!(read(&cluster), Some(EncryptionFilesError::None)));
}

const TOKEN: &str = "bootstrap-token.yaml";
const BOOTSTRAP: &str = "hosts/node-0/etc/kubernetes/bootstrap-kubelet.conf";

fn bootstrapping() -> Cluster {
    Cluster::applied(&format!("{SPEC}kubelets: bootstrap\n"))
}

fn secret_of(manifest: &str) -> &str {
    manifest.split("token-secret: \"").nth(1).unwrap().split('"').next().unwrap()
}

#[test]
fn a_kubelet_gets_a_token_instead_of_certificates() {
    let cluster = bootstrapping();
    for name in [TOKEN, BOOTSTRAP] {
        assert_eq!(mode(&cluster.store, name), 0o600);
    }
    assert!(cluster.text(BOOTSTRAP).contains(secret_of(&cluster.text(TOKEN))));
    assert!(cluster.text(BOOTSTRAP).contains("server: https://api.demo.example:6443"));
    let given = cluster.files();
    assert!(given.keys().all(|name| !name.ends_with("/kubelet.conf") && !name.contains("var/lib")));
    assert!(given.contains_key("hosts/node-0/etc/kubernetes/kube-proxy.conf"));
    let plan = cluster.plan(BEGIN);
    assert_eq!(plan.changes().count(), 0, "{plan:?}");
    assert!(!format!("{plan:?}").contains(secret_of(&cluster.text(TOKEN))));
}

#[test]
fn an_expired_token_is_made_anew_with_what_holds_it() {
    let mut cluster = bootstrapping();
    let before = cluster.text(TOKEN);
    assert_eq!(cluster.plan(days(1) - super::second()).changes().count(), 0);
    let plan = cluster.plan(days(1));
    let reasons = vec![Reason::Expired { not_after: days(1) }];
    assert_eq!(plan.action("bootstrap-token", ""), &Action::Renew { reasons });
    assert_eq!(plan.written(), [TOKEN, BOOTSTRAP]);
    cluster.apply(days(1));
    let after = cluster.text(TOKEN);
    assert_ne!(secret_of(&after), secret_of(&before));
    assert!(cluster.text(BOOTSTRAP).contains(secret_of(&after)));
    assert_eq!(cluster.plan(days(1)).changes().count(), 0);
}

#[test]
fn a_bootstrap_kubeconfig_follows_its_token_and_the_endpoint() {
    let mut cluster = bootstrapping();
    let (token, good) = (cluster.text(TOKEN), cluster.text(BOOTSTRAP));
    cluster.put(BOOTSTRAP, &good.replacen("token:", "token: x", 1));
    assert_eq!(cluster.plan(BEGIN).written(), [BOOTSTRAP]);
    cluster.apply(BEGIN);
    assert_eq!(cluster.text(BOOTSTRAP), good);
    cluster.respec(&format!("{}kubelets: bootstrap\n", SPEC.replacen("api.demo", "other.demo", 1)));
    cluster.apply(BEGIN);
    assert!(cluster.text(BOOTSTRAP).contains("https://other.demo.example:6443"));
    assert_eq!(cluster.text(TOKEN), token);
    cluster.put(TOKEN, &token.replacen("kind: Secret", "kind: Other", 1));
    let refused = cluster.plan(BEGIN).refused();
    assert!(matches!(&refused[..], [Refusal::Unreadable { path, .. }] if path.as_str() == TOKEN));
}

#[test]
fn the_flat_layout_has_one_file_for_all_nodes() {
    let cluster = Cluster::applied(&format!(
        "{}kubelets: bootstrap\n",
        SPEC.replacen("layout: hosts", "layout: hard-way", 1)
    ));
    assert!(cluster.text("bootstrap-kubelet.conf").contains(secret_of(&cluster.text(TOKEN))));
    assert!(!cluster.files().keys().any(|name| name.starts_with("node-0")));
}
