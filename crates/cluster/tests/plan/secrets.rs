//! The keys that encrypt Secrets: made once, put back from copies, never overwritten.

use kubepki_cluster::{
    Action, MemoryStore, Refusal, Store, StorePath,
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
    assert!(cluster.plan(BEGIN).steps.iter().all(|step| !step.id.name.contains("encryption")));
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
        assert!(!refusal.hint(id).contains("made anew"), "{}", refusal.hint(id));
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
