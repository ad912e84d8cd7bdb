//! Every file that the spec has in a root, times every way to damage it: `verify` exits with 3 and
//! names the file, and `status --check` agrees. Neither hangs.

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use kubepki_testkit::programs::{self, Output};

use super::document;
use crate::environment::Environment;

/// The layouts, with everything that a root may have.
const SPECS: &[&str] = &[HOSTS, BOOTSTRAP, HARD_WAY, KUBEADM, CUSTOM];

const HOSTS: &str = "layout: hosts
csrSigning: true
encryption: secretbox
hosts:
  - {name: server, roles: [control-plane, etcd], addresses: [10.240.0.10]}
  - {name: node-0, roles: [worker], addresses: [10.240.0.20]}
users:
  - {name: admin, groups: [kubepki:cluster-admins]}
  - {name: jane, groups: [dev]}
";

const BOOTSTRAP: &str = "layout: hosts
kubelets: bootstrap
hosts:
  - {name: server, roles: [control-plane, etcd], addresses: [10.240.0.10]}
  - {name: node-0, roles: [worker], addresses: [10.240.0.20]}
";

const HARD_WAY: &str = "layout: hard-way
encryption: aescbc
hosts:
  - {name: server, roles: [control-plane, etcd], addresses: [10.240.0.10]}
  - {name: node-0, roles: [worker], addresses: [10.240.0.20]}
users:
  - {name: admin, groups: [kubepki:cluster-admins]}
";

const KUBEADM: &str = "layout: kubeadm
encryption: aesgcm
hosts:
  - {name: server, roles: [control-plane, etcd, worker], addresses: [10.240.0.10]}
users:
  - {name: admin, groups: [kubepki:cluster-admins]}
";

/// Certificates and keys that no name brings together.
const CUSTOM: &str = "layout: custom
hosts: []
authorities:
  - {name: ca, certificate: certs/root.pem, key: keys/root.secret}
entries:
  - {name: web, certificate: certs/web.pem, key: keys/web.secret, commonName: web, usages: [server], subjectAltNames: [web.example]}
  - {name: bot, certificate: certs/bot.pem, key: keys/bot.secret, commonName: bot, usages: [client]}
  - {name: joe, certificate: certs/joe.pem, key: keys/joe.secret, kubeconfig: confs/joe.yaml, commonName: joe, usages: [client]}
  - {name: ann, kubeconfig: confs/ann.yaml, commonName: ann, usages: [client]}
  - {name: sa, key: keys/tokens.secret, public: certs/tokens.public}
users:
  - {name: admin, groups: [kubepki:cluster-admins]}
";

fn made(spec: &str) -> Environment {
    let head = "apiVersion: kubepki/v1alpha1\nkind: Cluster\nname: demo\nendpoint: api.demo:6443\ndomain: cluster.local\nserviceCIDRs: [10.32.0.0/24]\n";
    let environment = Environment::of_spec(&format!("{head}{spec}"));
    environment.apply();
    environment
}

/// The files of the spec, each with its contents.
fn files(environment: &Environment) -> Vec<(String, Vec<u8>)> {
    let all = environment.snapshot().into_iter();
    let of_spec = all.filter(|(path, ..)| {
        !path.starts_with(".kubepki") && path != "cluster.yaml" && environment.path(path).is_file()
    });
    of_spec.map(|(path, _, contents)| (path, contents)).collect()
}

/// What lies there instead: a name, and how it gets there. It gets the file's path, its contents, and
/// those of another file of the same kind.
type Damage = (&'static str, fn(&Path, &[u8], Option<&[u8]>) -> bool);

const DAMAGES: &[Damage] = &[
    ("missing", |_, _, _| true),
    ("empty", |path, _, _| write(path, b"")),
    ("blank", |path, _, _| write(path, b" \n\n\t\n")),
    ("text", |path, _, _| write(path, b"x\n")),
    ("more text", |path, _, _| write(path, b"404 page not found\n".repeat(200))),
    ("yaml", |path, _, _| write(path, b"a: 1\n")),
    ("binary", |path, was, _| {
        write(path, was.iter().map(|it| it.rotate_left(3) ^ 0xa5).collect::<Vec<_>>())
    }),
    ("folder", |path, _, _| fs::create_dir(path).is_ok()),
    ("full folder", |path, was, _| {
        fs::create_dir(path).unwrap();
        write(&path.join("ca.crt"), was)
    }),
    ("dangling link", |path, _, _| symlink("nowhere", path).is_ok()),
    ("link loop", |path, _, _| symlink(path, path).is_ok()),
    ("link to a folder", |path, _, _| symlink("/", path).is_ok()),
    ("link to a device", |path, _, _| symlink("/dev/zero", path).is_ok()),
    ("fifo", |path, _, _| {
        let mut command = Command::new("mkfifo");
        command.arg(path);
        programs::finish(command, b"").code == Some(0)
    }),
    ("half", |path, was, _| write(path, &was[..was.len() / 2])),
    // With five less, a kubeconfig's key has lost the end of its last line and nothing else.
    ("end cut off", |path, was, _| write(path, &was[..was.len() - 7])),
    ("end overwritten by NULs", |path, was, _| {
        let mut text = was.to_vec();
        text[was.len() / 2..].fill(0);
        write(path, text)
    }),
    ("NULs", |path, was, _| write(path, vec![0; was.len()])),
    ("huge", |path, _, _| {
        write(path, b"x");
        fs::OpenOptions::new().write(true).open(path).unwrap().set_len(1 << 33).is_ok()
    }),
    ("huge text", |path, was, _| write(path, was.repeat((2 << 20) / was.len()))),
    ("another's", |path, _, other| other.is_some_and(|other| write(path, other))),
    ("another label", |path, was, _| {
        let label =
            if was.starts_with(b"-----BEGIN CERT") { "X509 CERTIFICATE" } else { "CERTIFICATE" };
        relabelled(was, label).is_some_and(|text| write(path, text))
    }),
    ("a foreign label", |path, was, _| {
        relabelled(was, "KUBERNETES THING").is_some_and(|text| write(path, text))
    }),
];

fn write(path: &Path, contents: impl AsRef<[u8]>) -> bool {
    fs::write(path, contents).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).is_ok()
}

/// A PEM text with another label; none for what is no PEM.
fn relabelled(text: &[u8], label: &str) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let (was, _) = text.strip_prefix("-----BEGIN ")?.split_once("-----")?;
    Some(text.replace(&format!(" {was}-----"), &format!(" {label}-----")))
}

/// What kind of thing a text is, so that one is taken for another.
fn kind(text: &[u8]) -> &'static str {
    let has = |what: &str| text.windows(what.len()).any(|it| it == what.as_bytes());
    match () {
        () if text.starts_with(b"-----BEGIN CERTIFICATE") => "certificate",
        () if has("PRIVATE KEY-----") => "private key",
        () if has("PUBLIC KEY-----") => "public key",
        () if has("kind: Config") => "kubeconfig",
        () => "yaml",
    }
}

/// `KUBEPKI_SWEEP=full` damages each file alone in every way; the default each in a few, and all of them
/// at once in every way.
#[test]
fn whatever_is_damaged_is_an_error_that_names_it_and_status_agrees() {
    let wrong = thread::scope(|scope| {
        let all: Vec<_> = SPECS.iter().map(|spec| scope.spawn(|| damage_all(spec))).collect();
        all.into_iter().flat_map(|it| it.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(wrong.is_empty(), "{} cells:\n{}", wrong.len(), wrong.join("\n"));
}

fn damage_all(spec: &str) -> Vec<String> {
    let environment = made(spec);
    let files = files(&environment);
    assert!(files.len() > 8, "{files:?}");
    let layout = spec.lines().next().unwrap();
    let mut wrong = Vec::new();
    let is_full = std::env::var("KUBEPKI_SWEEP").is_ok_and(|it| it == "full");
    for (number, (damage, plant)) in DAMAGES.iter().enumerate() {
        // What one of them says alone, where the others are whole.
        let is_of_two = matches!(*damage, "missing" | "another's");
        for (index, (name, was)) in files.iter().enumerate() {
            if is_full || is_of_two || number == index % DAMAGES.len() {
                let of_kind = |it: &&(String, Vec<u8>)| kind(&it.1) == kind(was) && it.1 != *was;
                let other = files.iter().find(of_kind).map(|(_, contents)| contents.as_slice());
                let damaged = Damaged::new(&environment, name, |path| plant(path, was, other));
                if damaged.is_planted {
                    let is_fine = *damage == "missing" && is_kept_elsewhere(&environment, name);
                    let why = judge(&environment, &[name], is_fine, Environment::kubepki);
                    wrong.extend(why.map(|why| format!("{layout}: {name}: {damage}: {why}")));
                }
            }
        }
        if !is_of_two {
            let all = files.iter().map(|(name, was)| {
                (name, Damaged::new(&environment, name, |path| plant(path, was, None)))
            });
            let all: Vec<_> = all.filter(|(_, damaged)| damaged.is_planted).collect();
            let names: Vec<_> = all.iter().map(|(name, _)| name.as_str()).collect();
            let why = judge(&environment, &names, false, Environment::kubepki);
            wrong.extend(why.map(|why| format!("{layout}: all: {damage}: {why}")));
        }
    }
    let (after, code) = super::json(&environment, &["--strict"]);
    assert_eq!((&after["findings"], code), (&serde_json::json!([]), 0));
    wrong
}

/// A file with something else in its place, which comes back in the end.
struct Damaged {
    path: PathBuf,
    kept: PathBuf,
    is_planted: bool,
}

impl Damaged {
    fn new(environment: &Environment, name: &str, plant: impl FnOnce(&Path) -> bool) -> Self {
        let path = environment.path(name);
        let kept = environment.path(&format!(".kubepki/kept-{}", name.replace('/', "-")));
        fs::rename(&path, &kept).unwrap();
        let is_planted = plant(&path);
        Self { path, kept, is_planted }
    }
}

impl Drop for Damaged {
    fn drop(&mut self) {
        match fs::symlink_metadata(&self.path) {
            Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(&self.path).unwrap(),
            Ok(_) => fs::remove_file(&self.path).unwrap(),
            Err(_) => {}
        }
        fs::rename(&self.kept, &self.path).unwrap();
    }
}

/// The key of a CA may be kept where no network reaches it, unless a host has a copy.
fn is_kept_elsewhere(environment: &Environment, name: &str) -> bool {
    let is_key = ["ca.key", "root.secret"].iter().any(|end| name.ends_with(end));
    let copy = environment.path("hosts/server/etc/kubernetes/pki/ca.key");
    is_key && !name.starts_with("hosts/") && (name != "authorities/ca.key" || !copy.exists())
}

/// Why the verdict on a root in which these files are damaged is wrong; none where it is right.
fn judge(
    environment: &Environment,
    damaged: &[&str],
    is_fine: bool,
    run: impl Fn(&Environment, &[&str]) -> Output,
) -> Option<String> {
    let began = Instant::now();
    let verify = run(environment, &["verify", "-o", "json"]);
    let status = run(environment, &["status", "--check", "-q"]);
    if began.elapsed() > Duration::from_secs(30) {
        return Some(format!("it took {:?}", began.elapsed()));
    }
    let wanted = Some(if is_fine { 0 } else { 3 });
    if (verify.code, status.code) != (wanted, wanted) {
        return Some(format!("verify {:?} {}, status {status:?}", verify.code, verify.stderr));
    }
    let document = document(&verify);
    let findings = document["findings"].as_array().unwrap();
    let errors: Vec<_> = findings.iter().filter(|it| it["severity"] == "error").collect();
    let is_named = |name: &&&str| {
        let file = Path::new(name).file_name().unwrap().to_str().unwrap();
        errors.iter().any(|finding| {
            finding["path"] == **name
                || finding["also"].as_array().unwrap().iter().any(|it| it["path"] == **name)
                || finding["what"].as_str().unwrap().contains(&format!("`{file}`"))
        })
    };
    let unnamed: Vec<_> = damaged.iter().filter(|name| !is_named(name)).collect();
    (!is_fine && !unnamed.is_empty()).then(|| format!("no error names {unnamed:?}: {document:#}"))
}

/// As somebody else than root, who may read everything.
#[test]
fn what_may_not_be_read_is_an_error_that_names_it() {
    const NOBODY: u32 = 65534;
    let program = tempfile::tempdir().unwrap();
    fs::set_permissions(program.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let program = program.path().join("kubepki");
    fs::copy(env!("CARGO_BIN_EXE_kubepki"), &program).unwrap();
    for spec in SPECS {
        let environment = made(spec);
        let files = files(&environment);
        give(environment.root(), NOBODY);
        let run = |environment: &Environment, args: &[&str]| {
            if fs::metadata("/proc/self").unwrap().uid() != 0 {
                return environment.kubepki(args);
            }
            let mut command = programs::command("setpriv");
            command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(&program);
            command.args(args).current_dir(environment.root()).env_clear();
            programs::finish(command, b"")
        };
        let clean = run(&environment, &["verify", "--strict"]);
        assert_eq!(clean.code, Some(0), "{clean:?}");
        for (name, _) in &files {
            let path = environment.path(name);
            let mode = fs::metadata(&path).unwrap().permissions();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
            let wrong = judge(&environment, &[name], false, run);
            assert_eq!(wrong, None, "{spec}: {name}");
            fs::set_permissions(&path, mode).unwrap();
        }
    }
}

fn give(path: &Path, user: u32) {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return;
    }
    chown(path, Some(user), Some(user)).unwrap();
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| give(&entry.unwrap().path(), user));
    }
}
