//! Bundles that somebody has changed, by whomever they are signed: each is refused as a whole, and
//! nothing is written.

use std::{
    fs,
    io::{Read, Write},
    path::Path,
    rc::Rc,
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use kubepki_ca::{KeyAlgorithm, KeyPair, Signer};
use kubepki_testkit::programs;
use serde_json::{Value, json};
use tar::{Builder, EntryType, Header};

use super::{applied, bundle, machine, tree};
use crate::environment::Environment;

/// An entry of an archive that is made here.
#[derive(Clone)]
struct Entry {
    path: Vec<u8>,
    kind: EntryType,
    mode: u32,
    contents: Vec<u8>,
    link: Option<&'static str>,
}

/// A bundle taken apart.
#[derive(Clone)]
struct Parts {
    manifest: Value,
    /// What signs the manifest; without one there is no signature.
    key: Option<Rc<KeyPair>>,
    entries: Vec<Entry>,
}

impl Parts {
    fn of(archive: &Path, key: KeyPair) -> Self {
        let gzip = GzDecoder::new(fs::File::open(archive).unwrap());
        let mut archive = tar::Archive::new(gzip);
        let mut entries: Vec<_> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let mut entry = entry.unwrap();
                let mut contents = Vec::new();
                Read::read_to_end(&mut entry, &mut contents).unwrap();
                let header = entry.header();
                let (path, mode) = (header.path_bytes().to_vec(), header.mode().unwrap());
                Entry { path, kind: header.entry_type(), mode, contents, link: None }
            })
            .collect();
        let manifest = serde_json::from_slice(&entries.remove(0).contents).unwrap();
        assert_eq!(entries.remove(0).path, SIGNATURE.as_bytes());
        Self { manifest, key: Some(key.into()), entries }
    }

    /// The number of the file whose path ends so.
    fn position(&self, end: &str) -> usize {
        self.entries.iter().position(|entry| entry.path.ends_with(end.as_bytes())).unwrap()
    }

    /// Gives a file other contents, and lists them.
    fn replace(&mut self, at: usize, contents: &[u8]) {
        let listed = &mut self.manifest["files"][at];
        listed["sha256"] = digest(contents).into();
        listed["size"] = contents.len().into();
        self.entries[at].contents = contents.to_vec();
    }

    /// Puts a file into the place of the first of the manifest, or behind the last.
    fn plant(&mut self, path: &str, name: &str, kind: &str, contents: &[u8], is_new: bool) {
        let sha256 = digest(contents);
        let listed = json!({
            "path": path, "name": name, "kind": kind, "sha256": sha256, "size": contents.len(),
            "mode": "0600", "readers": ["kubelet"],
        });
        let entry = Entry::file(path, 0o600, contents);
        let files = self.manifest["files"].as_array_mut().unwrap();
        if is_new {
            files.push(listed);
            self.entries.push(entry);
        } else {
            files[0] = listed;
            self.entries[0] = entry;
        }
    }

    /// The archive, written as kubepki does but for what was changed.
    fn tar(&self) -> Vec<u8> {
        let mut tar = Builder::new(Vec::new());
        // As serde_json has sorted the fields, so does a reader not care; kubepki's own order is
        // restored so that nothing but the change is to be found.
        let manifest = ordered(&self.manifest);
        append(&mut tar, &Entry::file(MANIFEST, 0o644, manifest.as_bytes()));
        if let Some(key) = &self.key {
            append(&mut tar, &Entry::file(SIGNATURE, 0o644, &signature(key, &manifest)));
        }
        self.entries.iter().for_each(|entry| append(&mut tar, entry));
        tar.into_inner().unwrap()
    }
}

const MANIFEST: &str = "kubepki-manifest.json";
const SIGNATURE: &str = "kubepki-manifest.sig";

fn signature(key: &KeyPair, manifest: &str) -> Vec<u8> {
    let message = format!("kubepki bundle manifest\0{manifest}");
    key.sign(message.as_bytes(), key.public_key().algorithm().signature_algorithm())
        .unwrap()
        .into_bytes()
}

/// The public half as it stands in a manifest.
fn signer(key: &KeyPair) -> String {
    key.public_key().spki().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn stranger() -> KeyPair {
    KeyPair::generate(KeyAlgorithm::Ed25519).unwrap()
}

fn digest(contents: &[u8]) -> String {
    let digest = programs::finish(programs::command("sha256sum"), contents).expect_success();
    digest[..64].to_owned()
}

impl Entry {
    fn file(path: &str, mode: u32, contents: &[u8]) -> Self {
        let (path, contents) = (path.as_bytes().to_vec(), contents.to_vec());
        Self { path, kind: EntryType::Regular, mode, contents, link: None }
    }

    fn special(path: &str, kind: EntryType, link: Option<&'static str>) -> Self {
        Self { kind, link, ..Self::file(path, 0o644, b"") }
    }
}

fn append(tar: &mut Builder<Vec<u8>>, entry: &Entry) {
    let mut header = Header::new_ustar();
    // Past the checks of the library, which would write no such path.
    header.as_old_mut().name[..entry.path.len()].copy_from_slice(&entry.path);
    header.set_entry_type(entry.kind);
    header.set_mode(entry.mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(entry.contents.len() as u64);
    if let Some(link) = entry.link {
        header.set_link_name_literal(link).unwrap();
    }
    header.set_cksum();
    tar.append(&header, entry.contents.as_slice()).unwrap();
}

fn gzip(tar: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    gzip.write_all(tar).unwrap();
    gzip.finish().unwrap()
}

/// The contents; none for what is not gzip.
fn gunzip(archive: &[u8]) -> Option<Vec<u8>> {
    let mut tar = Vec::new();
    GzDecoder::new(archive).read_to_end(&mut tar).ok()?;
    Some(tar)
}

/// A manifest with its fields in kubepki's order.
fn ordered(manifest: &Value) -> String {
    let file = |file: &Value| {
        let readers: Vec<_> = file["readers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| format!("\n        {one}"))
            .collect();
        format!(
            "\n    {{\n      \"path\": {},\n      \"name\": {},\n      \"kind\": {},\n      \"sha256\": {},\n      \"size\": {},\n      \
             \"mode\": {},\n      \"readers\": [{}\n      ]\n    }}",
            file["path"],
            file["name"],
            file["kind"],
            file["sha256"],
            file["size"],
            file["mode"],
            readers.join(",")
        )
    };
    let files: Vec<_> = manifest["files"].as_array().unwrap().iter().map(file).collect();
    let authorities: Vec<_> = manifest["authorities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| format!("\n    {one}"))
        .collect();
    let roles = manifest["shape"]["roles"].as_array().unwrap();
    let roles: Vec<_> = roles.iter().map(|one| format!("\n      {one}")).collect();
    let places = match &manifest["shape"]["places"] {
        Value::Null => String::new(),
        places => format!("    \"places\": {places},\n"),
    };
    format!(
        "{{\n  \"format\": {},\n  \"cluster\": {},\n  \"host\": {},\n  \"serial\": {},\n  \
         \"signer\": {},\n  \"shape\": {{\n    \"layout\": {},\n{places}    \"roles\": [{}\n    ]\n  }},\n  \
         \"authorities\": [{}\n  ],\n  \
         \"files\": [{}\n  ]\n}}\n",
        manifest["format"],
        manifest["cluster"],
        manifest["host"],
        manifest["serial"],
        manifest["signer"],
        manifest["shape"]["layout"],
        roles.join(","),
        authorities.join(","),
        files.join(",")
    )
}

struct Trial {
    environment: Environment,
    parts: Parts,
    whole: Vec<u8>,
}

impl Trial {
    fn new() -> Self {
        let environment = applied("hard-way");
        let archive = bundle(&environment, "node-0");
        let key = KeyPair::from_pem(environment.read(".kubepki/bundle.key").as_bytes()).unwrap();
        let (parts, whole) = (Parts::of(&archive, key), fs::read(&archive).unwrap());
        let trial = Self { environment, parts, whole };
        // Taken apart and put together it is the same, so each change below is the only one.
        assert_eq!(gzip(&trial.parts.tar()), trial.whole);
        machine(&trial.environment, "machine");
        trial
    }

    #[track_caller]
    fn refused(&self, archive: &[u8], complaint: &str) {
        fs::write(self.environment.path("hostile.tar.gz"), archive).unwrap();
        let args = ["host", "install", "hostile.tar.gz", "--root", "machine"];
        let refused = self.environment.kubepki(&args);
        assert_eq!(refused.code, Some(2), "{complaint}: {refused:?}");
        assert!(refused.stderr.contains(complaint), "{complaint}: {}", refused.stderr);
        assert!(refused.stderr.contains("nothing was written"), "{}", refused.stderr);
        let strange = |c: char| c.is_control() && c != '\n';
        assert!(!refused.stderr.contains(strange) && refused.stderr.len() < 1000);
        let left = tree(&self.environment.path("machine"));
        assert!(left.is_empty(), "{complaint}: {:?}", left.keys());
    }

    /// Refused, when the parts are changed like this.
    #[track_caller]
    fn changed(&self, complaint: &str, change: impl FnOnce(&mut Parts)) {
        let mut parts = self.parts.clone();
        change(&mut parts);
        self.refused(&gzip(&parts.tar()), complaint);
    }

    /// Refused with one more entry, listed or not.
    #[track_caller]
    fn with(&self, complaint: &str, entry: &Entry) {
        self.changed(complaint, |parts| parts.entries.push(entry.clone()));
    }
}

#[test]
fn what_is_cut_short_or_changed_is_refused() {
    let trial = Trial::new();
    for cut in
        [0, 1, 9, 10, 200, trial.whole.len() / 2, trial.whole.len() - 9, trial.whole.len() - 1]
    {
        trial.refused(&trial.whole[..cut], "");
    }
    let tar = gunzip(&trial.whole);
    let mut refused = 0;
    for at in (0..trial.whole.len()).step_by(1 + trial.whole.len() / 60) {
        let mut changed = trial.whole.clone();
        changed[at] ^= 0x10;
        // Some bits are not part of the contents: the header has a date, and a repeated piece may be
        // copied from either of two equal places.
        if gunzip(&changed) != tar {
            trial.refused(&changed, "");
            refused += 1;
        }
    }
    assert!(refused > 50, "{refused} changed archives are different");
    trial.refused(b"nonsense", "it is no gzip file");
    trial.refused(&gzip(b"nonsense"), "");
    trial.refused(&gzip(b""), "its first file is not `kubepki-manifest.json`");
    trial.refused(&[trial.whole.as_slice(), b"more"].concat(), "not as kubepki writes it");
    let tar = trial.parts.tar();
    trial.refused(&gzip(&[tar.as_slice(), &[0; 512]].concat()), "not as kubepki writes it");
    trial.refused(&gzip(&[tar.as_slice(), b"hidden"].concat()), "not as kubepki writes it");
    trial.refused(&[gzip(&tar[..1024]), gzip(&tar[1024..])].concat(), "");
}

#[test]
fn contents_that_are_not_the_manifests_are_refused() {
    let trial = Trial::new();
    trial.changed("is not the file that the manifest lists", |parts| {
        parts.entries[1].contents[100] ^= 1;
    });
    trial.changed("is not the file that the manifest lists", |parts| {
        parts.entries[1].contents.pop();
    });
    trial.changed("is in the manifest, and not in the archive", |parts| {
        parts.entries.pop();
    });
    trial.changed("is there twice", |parts| parts.entries.push(parts.entries[0].clone()));
    trial.changed("is not as kubepki writes it", |parts| parts.entries.swap(0, 1));
    trial.changed("has mode 0644, wider than the manifest's 0600", |parts| {
        parts.entries.iter_mut().for_each(|entry| entry.mode = 0o644);
    });
    trial.changed("has mode 4600, wider than the manifest's 0600", |parts| {
        parts.entries[0].mode = 0o4600;
    });
    trial.changed("has mode 0400, not the manifest's 0600", |parts| parts.entries[0].mode = 0o400);
}

#[test]
fn paths_that_leave_the_root_or_the_folders_of_kubernetes_are_refused() {
    let trial = Trial::new();
    for path in ["../etc/kubernetes/x", "/etc/kubernetes/x", "etc/../../x", "etc//x", "./etc/x", ""]
    {
        trial.with("a path in it is refused", &Entry::file(path, 0o600, b"x"));
        trial.changed("its manifest is refused", |parts| {
            parts.manifest["files"][0]["path"] = path.into();
        });
    }
    let mut escape = Entry::file("etc/kubernetes/x", 0o600, b"x");
    escape.path = b"etc/\x1b[2Jx".to_vec();
    trial.with("a path in it is refused", &escape);
    for path in [
        "etc/passwd",
        "etc/kubernetes",
        "root/.ssh/authorized_keys",
        "etc/cron.d/x",
        "var/lib/kubepki/journal",
        "etc/kubernetesx/y",
    ] {
        trial.with("is not in the manifest", &Entry::file(path, 0o600, b"x"));
        trial.changed("lies in no folder of Kubernetes or etcd", |parts| {
            parts.manifest["files"][0]["path"] = path.into();
            parts.entries[0].path = path.as_bytes().to_vec();
        });
    }
    trial.changed("has a character other than", |parts| {
        parts.manifest["files"][0]["path"] = "etc/kubernetes/a b".into();
    });
}

#[test]
fn what_is_no_regular_file_is_refused() {
    let trial = Trial::new();
    for (kind, link, complaint) in [
        (EntryType::Symlink, Some("/etc/shadow"), "is a symbolic link"),
        (EntryType::Link, Some("etc/kubernetes/kubelet.conf"), "is a hard link"),
        (EntryType::Char, None, "is a character device"),
        (EntryType::Block, None, "is a block device"),
        (EntryType::Fifo, None, "is a FIFO"),
        (EntryType::Directory, None, "is a directory"),
        (EntryType::GNULongName, None, "is an entry of another kind"),
        (EntryType::GNUSparse, None, "is an entry of another kind"),
        (EntryType::XHeader, None, "is an entry of another kind"),
        (EntryType::XGlobalHeader, None, "is an entry of another kind"),
    ] {
        trial.with(complaint, &Entry::special("etc/kubernetes/x", kind, link));
        // In the place of a file of the manifest, and in front of it.
        trial.changed(complaint, |parts| {
            let path = String::from_utf8(parts.entries[2].path.clone()).unwrap();
            parts.entries[2] = Entry::special(&path, kind, link);
        });
    }
}

#[test]
fn manifests_that_break_a_rule_are_refused() {
    let trial = Trial::new();
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 9] = [
        ("its format is 1, and this kubepki reads 2", |it| it["format"] = 1.into()),
        ("the name of its cluster or host is invalid", |it| it["host"] = "../x".into()),
        ("the name of its cluster or host is invalid", |it| it["cluster"] = "".into()),
        ("the digest of an authority is invalid", |it| it["authorities"][0] = "x".into()),
        ("a mode is neither 0600 nor 0644", |it| it["files"][0]["mode"] = "0666".into()),
        ("a mode is neither 0600 nor 0644", |it| it["files"][0]["mode"] = "4755".into()),
        ("has an invalid digest", |it| it["files"][0]["sha256"] = "0".repeat(63).into()),
        ("is larger than 1 MiB", |it| it["files"][0]["size"] = json!(1_u64 << 40)),
        ("is listed twice", |it| it["files"][1] = it["files"][0].clone()),
    ];
    for (complaint, change) in changes {
        trial.changed(complaint, |parts| change(&mut parts.manifest));
    }
    let mut tar = Builder::new(Vec::new());
    trial.parts.entries.iter().for_each(|entry| append(&mut tar, entry));
    let without = tar.into_inner().unwrap();
    trial.refused(&gzip(&without), "its first file is not `kubepki-manifest.json`");
    let mut tar = Builder::new(Vec::new());
    append(&mut tar, &trial.parts.entries[0]);
    append(&mut tar, &Entry::file(MANIFEST, 0o644, ordered(&trial.parts.manifest).as_bytes()));
    trial.refused(&gzip(&tar.into_inner().unwrap()), "its first file is not");
    for text in ["", "{}", "[]", "nonsense", "{\"format\": 2}", "{\"format\": 2, \"more\": 2}"] {
        let mut tar = Builder::new(Vec::new());
        append(&mut tar, &Entry::file(MANIFEST, 0o644, text.as_bytes()));
        trial.refused(&gzip(&tar.into_inner().unwrap()), "its manifest is refused");
    }
}

/// Small files that become large ones, and headers that promise what is not there.
#[test]
fn what_would_fill_the_memory_is_refused() {
    let trial = Trial::new();
    let bomb = gzip(&vec![0; 80 << 20]);
    assert!(bomb.len() < 1 << 20);
    trial.refused(&bomb, "it holds more than 64 MiB");
    let large = vec![b'x'; (1 << 20) + 1];
    trial.changed("is larger than 1 MiB", |parts| parts.entries[0].contents = large.clone());
    let mut parts = trial.parts.clone();
    parts.entries.truncate(1);
    let mut tar = parts.tar();
    // The size field of the second header, far beyond the end of the archive.
    let second = tar.windows(14).position(|window| window == b"etc/kubernetes").map(|at| at / 512);
    let manifest_blocks = ordered(&trial.parts.manifest).len().div_ceil(512) + 1 + 2;
    assert!(second.is_some());
    let header = manifest_blocks * 512;
    tar[header + 124..header + 135].copy_from_slice(b"00003777777");
    let sum: u32 = (0..512)
        .map(|at| if (148..156).contains(&at) { 32 } else { u32::from(tar[header + at]) })
        .sum();
    tar[header + 148..header + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    trial.refused(&gzip(&tar), "");
}

const POD: &[u8] =
    b"apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {hostPID: true, containers: \
    [{name: x, image: x, securityContext: {privileged: true}}]}\n";

/// Whoever signs it, and on a machine that knows no key yet, a bundle brings only files that a share of such a
/// host has, with what such files hold.
#[test]
fn what_no_share_has_is_refused_from_everybody() {
    let mut trial = Trial::new();
    let trial_ca = other_ca();
    for key in [None, Some(stranger())] {
        if let Some(key) = key {
            trial.parts.manifest["signer"] = signer(&key).into();
            trial.parts.key = Some(key.into());
        }
        for (path, name, kind) in [
            ("etc/kubernetes/manifests/x.yaml", "kubelet", "kubeconfig"),
            ("etc/kubernetes/manifests/x.yaml", "ca", "certificate"),
            ("etc/kubernetes/pki/x.crt", "ca", "certificate"),
            ("etc/kubernetes/admin.conf", "user/admin", "kubeconfig"),
            ("etc/kubernetes/pki/ca.key", "ca", "key"),
            ("etc/kubernetes/pki/apiserver.key", "apiserver", "key"),
            ("var/lib/kubelet/config.yaml", "kubelet", "configuration"),
            ("var/lib/kubelet/kubeadm-flags.env", "kubelet", "configuration"),
            ("var/lib/rancher/k3s/server/manifests/x.yaml", "kubelet", "kubeconfig"),
        ] {
            let complaint = format!("`{path}` is no place of `{name}` on a host of its kind");
            for is_new in [true, false] {
                trial.changed(&complaint, |parts| parts.plant(path, name, kind, POD, is_new));
            }
        }
        trial.changed("`etc/kubernetes/kubelet.conf` is no place of `ca`", |parts| {
            let at = parts.position("kubelet.conf");
            parts.manifest["files"][at]["name"] = "ca".into();
            parts.manifest["files"][at]["kind"] = "certificate".into();
        });
        // Under the names that an adopted PKI may have, it holds what it says.
        for (path, name, kind, complaint) in [
            ("etc/kubernetes/manifests/x.yaml", "kubelet", "kubeconfig", "is no place of"),
            ("etc/kubernetes/x.yaml", "kubelet", "kubeconfig", "holds no kubeconfig"),
            ("etc/kubernetes/x.yaml", "ca", "certificate", "holds no certificate"),
            ("etc/kubernetes/x.yaml", "apiserver", "key", "is no place of"),
        ] {
            trial.changed(complaint, |parts| {
                parts.manifest["shape"]["layout"] = "custom".into();
                parts.manifest["shape"]["places"] = "/etc/kubernetes".into();
                let files = parts.manifest["files"].as_array_mut().unwrap();
                files.truncate(1);
                parts.entries.truncate(1);
                parts.plant(path, name, kind, POD, false);
            });
        }
        trial.changed("has a credential that a program is run for", |parts| {
            let at = parts.position("kubelet.conf");
            let text = String::from_utf8(parts.entries[at].contents.clone()).unwrap();
            let exec = "user:\n    exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, \
                        interactiveMode: Never}\n";
            let text = text.replacen("user:\n", exec, 1);
            parts.replace(at, text.as_bytes());
        });
        trial.changed("its manifest names other CAs than its files", |parts| {
            let at = parts.position("pki/ca.crt");
            let other = &trial_ca;
            parts.replace(at, other.as_bytes());
        });
        for (field, value) in
            [("layout", json!("kubeadm")), ("layout", json!("x")), ("roles", json!([]))]
        {
            trial
                .changed("its manifest is refused", |parts| parts.manifest["shape"][field] = value);
        }
        trial.changed("its manifest is refused", |parts| {
            parts.manifest["shape"]["roles"] = json!(["worker\", \"etcd"]);
        });
    }
}

/// What was not signed, or signed by another key than it says, on a machine that knows no key yet.
#[test]
fn what_nobody_has_signed_is_refused() {
    let trial = Trial::new();
    trial.changed("nobody has signed it", |parts| parts.key = None);
    let mismatch = "the key that it names has not signed it";
    trial.changed(mismatch, |parts| parts.key = Some(stranger().into()));
    trial.changed(mismatch, |parts| parts.manifest["signer"] = signer(&stranger()).into());
    let other = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    trial.changed("its signer is no Ed25519 key", |parts| {
        parts.manifest["signer"] = signer(&other).into();
        parts.key = Some(other.into());
    });
    // Each field of the manifest is under the signature.
    let signed = signature(trial.parts.key.as_ref().unwrap(), &ordered(&trial.parts.manifest));
    type Change = fn(&mut Value);
    let changes: [(&str, Change); 7] = [
        ("host", |it| it["host"] = "node-9".into()),
        ("cluster", |it| it["cluster"] = "other".into()),
        ("serial", |it| it["serial"] = 4_000_000_000_u64.into()),
        ("authorities", |it| it["authorities"] = json!(["0".repeat(64)])),
        ("digest", |it| it["files"][0]["sha256"] = "0".repeat(64).into()),
        ("size", |it| it["files"][0]["size"] = 1.into()),
        ("readers", |it| it["files"][0]["readers"] = json!(["etcd"])),
    ];
    for (_, change) in changes {
        let mut parts = trial.parts.clone();
        change(&mut parts.manifest);
        let mut tar = Builder::new(Vec::new());
        append(&mut tar, &Entry::file(MANIFEST, 0o644, ordered(&parts.manifest).as_bytes()));
        append(&mut tar, &Entry::file(SIGNATURE, 0o644, &signed));
        parts.entries.iter().for_each(|entry| append(&mut tar, entry));
        trial.refused(&gzip(&tar.into_inner().unwrap()), mismatch);
    }
}

/// The certificate of a CA that nobody here knows.
fn other_ca() -> String {
    let environment = applied("hard-way");
    environment.read("authorities/ca.crt")
}
