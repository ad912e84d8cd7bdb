//! The audit of a machine: every file of its PKI with who uses it and what is wrong with it. Reads
//! and writes nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::Timestamp;
use kubepki_ca::Certificate;
use kubepki_inspect::{
    artifact::Artifact,
    key::PublicKey,
    kubeconfig::{FieldSource, KubeconfigFile, beside},
    signature::is_issued_by,
};

use crate::{
    check::{Check, Finding, Severity},
    checks,
    discover::{Component, ComponentKind, FoundFile, Machine, Role, Source, Unread, Use},
    input::Input,
    read::Stat,
};

/// What an audit found out about a machine.
#[derive(Debug)]
pub struct Audit {
    /// The name that the machine gives itself, where it is known.
    pub host: Option<String>,
    /// What starts on it.
    pub components: Vec<Component>,
    /// The files of its PKI, by path.
    pub files: Vec<AuditedFile>,
    /// What is wrong, the worst first.
    pub findings: Vec<Finding>,
    /// What could not be read, those of the files above among them.
    pub unread: Vec<Unread>,
}

/// A file with who uses it.
#[derive(Debug)]
pub struct AuditedFile {
    /// Its path as the machine knows it.
    pub path: PathBuf,
    /// Where it lies and to whom it belongs; none when it is not there.
    pub stat: Option<Stat>,
    /// The name of its owner, else the number.
    pub owner: Option<String>,
    /// What is in it.
    pub holds: Vec<Held>,
    /// Why that is not known.
    pub error: Option<String>,
    /// Who uses it; nobody, for what lies beside the others.
    pub uses: Vec<UsedBy>,
    /// What is wrong with it or with a flag that names it, each check once.
    pub findings: Vec<&'static Check>,
}

/// One thing that a file holds.
#[derive(Clone, Debug)]
pub struct Held {
    /// What it is: `certificate`, `CA certificate`, `private key`, and so on.
    pub kind: &'static str,
    /// The algorithm of a key.
    pub algorithm: Option<String>,
    /// The certificate that it is.
    pub certificate: Option<Arc<Certificate>>,
    /// Whose it is in a kubeconfig: `user jane`, `cluster prod`.
    pub entry: Option<String>,
}

/// A flag that names a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsedBy {
    /// The component.
    pub component: ComponentKind,
    /// The flag or field.
    pub flag: String,
    /// What the file is to the component.
    pub role: Role,
    /// Where the file is named.
    pub source: Source,
}

impl Audit {
    /// Runs every check over a machine, for a moment.
    pub fn of(machine: Machine, now: Timestamp) -> Self {
        let host = machine.host.clone();
        let components = machine.components.clone();
        let mut unread = machine.unread.clone();
        unread.extend(machine.files.iter().filter_map(|(path, file)| {
            Some(Unread { path: path.clone(), reason: file.closed()?.to_string() })
        }));
        unread.sort();
        unread.dedup_by(|a, b| a.path == b.path);
        let mut files = files(&machine);
        let followed = followed(&machine);
        let mut findings = exact(checks::run(&Input::of_machine(machine, now)));
        findings.retain(|finding| {
            let is_followed = || finding.place.path().is_some_and(|path| followed.contains(path));
            finding.check.name != "missing-file" || !is_followed()
        });
        for file in &mut files {
            let here = findings.iter().filter(|finding| {
                let mut places = std::iter::once(&finding.place).chain(&finding.also);
                places.any(|place| place.path() == Some(&file.path))
            });
            for finding in here {
                if !file.findings.contains(&finding.check) {
                    file.findings.push(finding.check);
                }
            }
        }
        Self { host, components, files, findings, unread }
    }

    /// How many findings are this bad.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.check.severity == severity).count()
    }
}

/// The kubeconfigs of which other findings say what is wrong with the files that they name: those of
/// components, which look where their containers do, and those that name what cannot be read.
fn followed(machine: &Machine) -> BTreeSet<PathBuf> {
    let is_closed = |path: &Path| machine.files.get(path).is_some_and(|it| it.closed().is_some());
    let naming = machine.files.iter().filter(|(path, file)| {
        let mut named = file.kubeconfig().into_iter().flat_map(KubeconfigFile::paths);
        named.any(|named| is_closed(&beside(path, named)))
    });
    let used = machine.uses.iter().filter_map(|used| used.via.clone());
    used.chain(naming.map(|(path, _)| path.clone())).collect()
}

/// Checks of flags that say more exactly what the other one says of the same file.
const EXACT: &[(&str, &str)] = &[
    ("bootstrap-ca-differs", "stale-authority"),
    ("etcd-ca-shared", "etcd-shares-authority"),
    ("kubeconfig-ca-differs", "stale-authority"),
    ("requestheader-ca-is-client-ca", "front-proxy-shares-authority"),
];

/// Leaves out what another finding says more exactly.
fn exact(findings: Vec<Finding>) -> Vec<Finding> {
    let said: BTreeSet<_> = findings
        .iter()
        .flat_map(|finding| {
            let general = EXACT.iter().filter(|(exact, _)| *exact == finding.check.name);
            general.flat_map(|(_, general)| paths(finding).map(|path| (*general, path)))
        })
        .collect();
    let is_said =
        |finding: &Finding| paths(finding).any(|path| said.contains(&(finding.check.name, path)));
    findings.into_iter().filter(|finding| !is_said(finding)).collect()
}

fn paths(finding: &Finding) -> impl Iterator<Item = PathBuf> {
    let places = std::iter::once(&finding.place).chain(&finding.also);
    places.filter_map(|place| place.path().map(Path::to_path_buf))
}

fn files(machine: &Machine) -> Vec<AuditedFile> {
    let mut uses: BTreeMap<&PathBuf, Vec<&Use>> = BTreeMap::new();
    for used in &machine.uses {
        if let Some(path) = &used.path {
            uses.entry(path).or_default().push(used);
        }
    }
    let names: BTreeMap<_, _> = machine.users.iter().map(|(name, uid)| (*uid, name)).collect();
    let file = |(path, file): (&PathBuf, &FoundFile)| {
        let used = uses.get(path).map(Vec::as_slice).unwrap_or_default();
        let by = used.iter().map(|used| UsedBy {
            component: machine.component_of(used).kind,
            flag: used.flag_text(),
            role: used.role,
            source: used.source.clone(),
        });
        let owner = file.stat.as_ref().map(|stat| match names.get(&stat.uid) {
            Some(name) => (*name).clone(),
            None => stat.uid.to_string(),
        });
        AuditedFile {
            path: path.clone(),
            stat: file.stat.clone(),
            owner,
            holds: file.artifacts().iter().flat_map(held).collect(),
            error: file.contents.as_ref().err().map(ToString::to_string),
            uses: by.collect(),
            findings: Vec::new(),
        }
    };
    machine.files.iter().map(file).collect()
}

fn held(artifact: &Artifact) -> Vec<Held> {
    let one = |kind, algorithm| Held { kind, algorithm, certificate: None, entry: None };
    vec![match artifact {
        Artifact::Certificate(certificate) => Held::of(certificate, None),
        Artifact::Kubeconfig(kubeconfig) => return held_by_kubeconfig(kubeconfig),
        Artifact::Pkcs12(_) => one("PKCS#12 container", None),
        Artifact::Pkcs7(_) => one("PKCS#7 structure", None),
        Artifact::PrivateKey(key) => one("private key", key.public_key().map(ToString::to_string)),
        Artifact::PublicKey(key) => one("public key", Some(key.to_string())),
        Artifact::Request(_) | Artifact::UnprovenRequest(_) => one("certificate request", None),
        Artifact::RevocationList(_) => one("revocation list", None),
    }]
}

/// The certificates in a kubeconfig; the kubeconfig itself where it has none.
fn held_by_kubeconfig(kubeconfig: &KubeconfigFile) -> Vec<Held> {
    let mut held = Vec::new();
    for cluster in &kubeconfig.clusters {
        if let Some(certificates) = cluster.authority.as_ref().and_then(FieldSource::data) {
            let entry = format!("cluster {}", cluster.name);
            held.extend(certificates.iter().map(|it| Held::of(it, Some(entry.clone()))));
        }
    }
    for user in &kubeconfig.users {
        if let Some(certificates) = user.certificate.as_ref().and_then(FieldSource::data) {
            let entry = format!("user {}", user.name);
            held.extend(certificates.iter().map(|it| Held::of(it, Some(entry.clone()))));
        }
    }
    if held.is_empty() {
        let (algorithm, certificate, entry) = (None, None, None);
        held.push(Held { kind: "kubeconfig", algorithm, certificate, entry });
    }
    held
}

impl Held {
    fn of(certificate: &Arc<Certificate>, entry: Option<String>) -> Self {
        let kind = if certificate.is_ca() { "CA certificate" } else { "certificate" };
        let key = PublicKey::of(certificate);
        Self {
            kind,
            algorithm: Some(key.to_string()),
            certificate: Some(Arc::clone(certificate)),
            entry,
        }
    }

    /// Whether it is a certificate that signed itself.
    pub fn is_self_signed(&self) -> bool {
        self.certificate.as_deref().is_some_and(|it| is_issued_by(it, it))
    }

    /// The issuer's name, where it is a certificate.
    pub fn issuer(&self) -> Option<String> {
        checks::flags::issuer_of(self.certificate.as_ref()?)
    }
}
