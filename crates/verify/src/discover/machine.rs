//! Who uses which file of a machine, and what is in it. Judges nothing.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::Arc,
};

use kubepki_ca::Certificate;

use super::{
    Component, ComponentKind, Discovery, FILES, PAIRS, Role, Source, Unread, Wants, discover,
};
use crate::{
    artifact::{self, Artifact, Form, ReadError},
    key::PublicKey,
    kubeconfig::{ClusterEntry, Given, KubeconfigFile, UserEntry},
    read::{Stat, Tree, TreeError},
};

/// The PKI of a machine: its components, the files that they use, and what is in those.
#[derive(Debug)]
pub struct Machine {
    /// The name that the machine gives itself, where it is known.
    pub host: Option<String>,
    /// What starts on it.
    pub components: Vec<Component>,
    /// Who uses which file, component by component.
    pub uses: Vec<Use>,
    /// The files by the path by which they are used, and those that lie beside them.
    pub files: BTreeMap<PathBuf, FoundFile>,
    /// The files that declare the components, with who may change them.
    pub declarations: BTreeMap<PathBuf, Stat>,
    /// What else could not be read.
    pub unread: Vec<Unread>,
    /// Whether the owners of files are the machine's own.
    pub has_owners: bool,
    /// The numbers of the machine's users, by name.
    pub users: BTreeMap<String, u32>,
}

/// A file in the hands of a component.
#[derive(Clone, Debug)]
pub struct Use {
    /// The component, as an index of [`Machine::components`].
    pub component: usize,
    /// The flag that names the file, without hyphens.
    pub flag: String,
    /// What the file is to the component.
    pub role: Role,
    /// The path as the component knows it.
    pub named: PathBuf,
    /// The path on the machine; none when its container does not see it.
    pub path: Option<PathBuf>,
    /// Where the file is named.
    pub source: Source,
    /// How its file calls the flag, where it is no command line.
    pub written: Option<&'static str>,
    /// The kubeconfig that names the file, where it is not the flag itself.
    pub via: Option<PathBuf>,
}

/// A file that somebody uses.
#[derive(Debug)]
pub struct FoundFile {
    /// Where it lies and to whom it belongs; none when it is not there.
    pub stat: Option<Stat>,
    /// How it is written, where that is unusual.
    pub form: Option<Form>,
    /// What is in it. Configuration files, which others read, hold nothing.
    pub contents: Result<Vec<Artifact>, FileError>,
}

/// Why nothing is known of a file's contents; fits after its path and a colon.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// Nothing is there.
    #[error("there is no such file")]
    Missing,
    /// The system did not let us read it.
    #[error("{0}")]
    Unreadable(String),
    /// It is not of a PKI, or broken.
    #[error(transparent)]
    Unusable(#[from] ReadError),
}

impl Machine {
    /// Reads the PKI of the machine whose files lie below a folder.
    pub fn read(tree: &Tree) -> Self {
        let Discovery { components, unread } = discover(tree);
        let mut machine = Self {
            host: host(tree),
            components,
            uses: Vec::new(),
            files: BTreeMap::new(),
            declarations: BTreeMap::new(),
            unread,
            has_owners: tree.has_owners(),
            users: users(tree),
        };
        machine.uses = machine.components.iter().enumerate().flat_map(named_by).collect();
        machine.declarations = machine.declared(tree);
        machine.add_kubelets_own(tree);
        for used in &machine.uses {
            if let Some(path) = &used.path {
                let is_ours = used.role.wants() != Wants::Anything;
                let file = || read_file(tree, path, is_ours);
                machine.files.entry(path.clone()).or_insert_with(file);
            }
        }
        machine.add_named_by_kubeconfigs(tree);
        machine.add_neighbours(tree);
        machine
    }

    /// The uses of one role by components of one kind.
    pub fn uses_of(&self, kind: ComponentKind, role: Role) -> impl Iterator<Item = &Use> {
        self.uses
            .iter()
            .filter(move |it| it.role == role && self.components[it.component].kind == kind)
    }

    /// The component that uses a file.
    pub fn component_of(&self, used: &Use) -> &Component {
        &self.components[used.component]
    }

    /// The first component of a kind, with its index.
    pub fn component(&self, kind: ComponentKind) -> Option<(usize, &Component)> {
        self.components.iter().enumerate().find(|(_, component)| component.kind == kind)
    }

    /// The use behind a flag of a component, the last one where there are several.
    pub fn used_by(&self, component: usize, flag: &str) -> Option<&Use> {
        let mut uses = self.uses.iter().rev();
        uses.find(|it| it.component == component && it.flag == flag && it.via.is_none())
    }

    /// What is in the file of a use; nothing where it cannot be read.
    pub fn artifacts(&self, used: &Use) -> &[Artifact] {
        let file = used.path.as_ref().and_then(|path| self.files.get(path));
        file.map_or(&[], FoundFile::artifacts)
    }

    /// The certificates in the file of a use, in order.
    pub fn certificates(&self, used: &Use) -> Vec<Arc<Certificate>> {
        certificates(self.artifacts(used))
    }

    /// The client certificate of a kubeconfig's current context, with what is sent along.
    pub fn client_of(&self, path: &Path) -> Option<Vec<Arc<Certificate>>> {
        let (_, user) = self.current(path)?;
        match user?.certificate.as_ref()? {
            Given::Data(data) => data.as_ref().ok().cloned(),
            Given::Path(named) => self.certificates_at(&beside(path, named)),
        }
    }

    /// The CAs by which a kubeconfig's current context knows its server.
    pub fn authority_of(&self, path: &Path) -> Option<Vec<Arc<Certificate>>> {
        let (cluster, _) = self.current(path)?;
        match cluster?.authority.as_ref()? {
            Given::Data(data) => data.as_ref().ok().cloned(),
            Given::Path(named) => self.certificates_at(&beside(path, named)),
        }
    }

    fn certificates_at(&self, path: &Path) -> Option<Vec<Arc<Certificate>>> {
        let found = certificates(self.files.get(path)?.artifacts());
        (!found.is_empty()).then_some(found)
    }

    /// The cluster and the user of a kubeconfig's current context.
    pub fn current(&self, path: &Path) -> Option<(Option<&ClusterEntry>, Option<&UserEntry>)> {
        let kubeconfig = self.files.get(path)?.kubeconfig()?;
        Some(kubeconfig.entries_of(kubeconfig.context(&kubeconfig.current_context)?))
    }

    /// What each file is for, by the flags that name it; not for those that have several uses.
    pub(crate) fn roles(&self) -> BTreeMap<PathBuf, crate::role::Role> {
        let mut roles = BTreeMap::new();
        let mut doubtful = BTreeSet::new();
        for used in &self.uses {
            let role = used.role.in_cluster(self.component_of(used).kind);
            let (Some(path), Some(role)) = (&used.path, role) else { continue };
            if roles.insert(path.clone(), role).is_some_and(|before| before != role) {
                doubtful.insert(path.clone());
            }
        }
        roles.retain(|path, _| !doubtful.contains(path));
        roles
    }

    /// Every file that a component or a flag of it comes from.
    fn declared(&self, tree: &Tree) -> BTreeMap<PathBuf, Stat> {
        let sources = self.components.iter().flat_map(|component| {
            let flags = component.flags.iter().map(|flag| &flag.source.path);
            flags.chain([&component.source.path])
        });
        let stats = sources.filter_map(|path| Some((path.clone(), tree.stat(path).ok()?)));
        stats.collect()
    }

    /// What a kubelet makes or asks for itself lies in its own folder under fixed names.
    fn add_kubelets_own(&mut self, tree: &Tree) {
        for (index, component) in self.components.iter().enumerate() {
            let flags = &component.flags;
            if component.kind != ComponentKind::Kubelet || flags.value("tls-cert-file").is_some() {
                continue;
            }
            let folder = Path::new(flags.value("cert-dir").unwrap_or("/var/lib/kubelet/pki"));
            let names = if flags.is_on("rotate-server-certificates") {
                ["kubelet-server-current.pem", "kubelet-server-current.pem"]
            } else {
                ["kubelet.crt", "kubelet.key"]
            };
            let roles = [Role::ServingCertificate, Role::ServingKey];
            for (name, role) in names.into_iter().zip(roles) {
                let Some(path) = component.outside(&folder.join(name)) else { continue };
                // A kubelet that never ran has none yet.
                if tree.stat(&path).is_ok() {
                    self.uses.push(Use {
                        component: index,
                        flag: "cert-dir".to_owned(),
                        role,
                        named: path.clone(),
                        path: Some(path),
                        source: component.source_of("cert-dir").clone(),
                        written: None,
                        via: None,
                    });
                }
            }
        }
    }

    /// The files that kubeconfigs name instead of holding their contents.
    fn add_named_by_kubeconfigs(&mut self, tree: &Tree) {
        let mut added = Vec::new();
        for used in &self.uses {
            let is_kubeconfig = used.role.wants() == Wants::Kubeconfig;
            let Some(path) = used.path.as_ref().filter(|_| is_kubeconfig) else { continue };
            let Some(kubeconfig) = self.files.get(path).and_then(FoundFile::kubeconfig) else {
                continue;
            };
            for (role, named) in named_in(kubeconfig) {
                let inside = beside(&used.named, named);
                let outside = self.components[used.component].outside(&inside);
                let source = Source { path: path.clone(), line: 0 };
                added.push(Use {
                    named: inside,
                    path: outside,
                    role,
                    source,
                    via: Some(path.clone()),
                    ..used.clone()
                });
            }
        }
        for used in added {
            if let Some(path) = &used.path {
                let file = || read_file(tree, path, true);
                self.files.entry(path.clone()).or_insert_with(file);
            }
            self.uses.push(used);
        }
        self.uses.sort_by_key(|used| used.component);
    }

    /// What lies beside the private keys that are used and is of a PKI too, and kubeadm's
    /// kubeconfigs. Folders without a key, such as that of the public CAs, are nobody's business.
    fn add_neighbours(&mut self, tree: &Tree) {
        let keys = self.files.iter().filter(|(_, file)| file.holds_private_key());
        let mut folders: BTreeSet<_> = keys.filter_map(|(path, _)| path.parent()).collect();
        folders.insert(Path::new("/etc/kubernetes"));
        folders.insert(Path::new("/etc/kubernetes/pki"));
        let places = self.files.values().filter_map(|file| Some(file.stat.as_ref()?.path.clone()));
        // A file under two names is there once.
        let mut known: BTreeSet<_> = places.collect();
        let mut found = Vec::new();
        for folder in folders {
            for name in tree.names(folder).unwrap_or_default() {
                let path = folder.join(&name);
                let Ok(stat) = tree.stat(&path) else { continue };
                if is_rotated_out(&name)
                    || self.files.contains_key(&path)
                    || !known.insert(stat.path)
                {
                    continue;
                }
                let file = read_file(tree, &path, true);
                if !file.artifacts().is_empty() {
                    found.push((path, file));
                }
            }
        }
        self.files.extend(found);
    }
}

impl Use {
    /// The flag as its file has it: `--tls-cert-file`, `tlsCertFile`, or a field of a kubeconfig.
    pub fn flag_text(&self) -> String {
        match (self.written, &self.via) {
            (Some(written), None) => written.to_owned(),
            (None, None) => format!("--{}", self.flag),
            (_, Some(via)) => {
                let field = match self.role {
                    Role::ApiserverCa => "certificate-authority",
                    Role::ClientKey => "client-key",
                    _ => "client-certificate",
                };
                let name = via.file_name().unwrap_or(via.as_os_str());
                format!("{field} of {}", name.display())
            }
        }
    }

    /// The flag of the key that belongs to this certificate.
    pub fn flag_of_key(&self, kind: ComponentKind) -> Option<&'static str> {
        PAIRS.iter().find(|(of, flag, _)| *of == kind && *flag == self.flag).map(|(.., key)| *key)
    }
}

impl FoundFile {
    /// What is in it; nothing where it cannot be read.
    pub fn artifacts(&self) -> &[Artifact] {
        self.contents.as_deref().unwrap_or_default()
    }

    /// The kubeconfig that it is.
    pub fn kubeconfig(&self) -> Option<&KubeconfigFile> {
        self.artifacts().iter().find_map(|artifact| match artifact {
            Artifact::Kubeconfig(kubeconfig) => Some(&**kubeconfig),
            _ => None,
        })
    }

    /// Whether one of the things in it is a private key.
    pub fn holds_private_key(&self) -> bool {
        self.artifacts().iter().any(|artifact| matches!(artifact, Artifact::PrivateKey(_)))
    }

    /// Whether it holds what nobody but its user may read.
    pub fn is_secret(&self) -> bool {
        self.artifacts().iter().any(|artifact| match artifact {
            Artifact::Kubeconfig(kubeconfig) => kubeconfig
                .users
                .iter()
                .any(|user| matches!(user.key, Some(Given::Data(_))) || !user.others.is_empty()),
            Artifact::Pkcs12(_) | Artifact::PrivateKey(_) => true,
            _ => false,
        })
    }
}

/// The certificates among artifacts.
pub(crate) fn certificates(artifacts: &[Artifact]) -> Vec<Arc<Certificate>> {
    let only = artifacts.iter().filter_map(|artifact| match artifact {
        Artifact::Certificate(certificate) => Some(Arc::clone(certificate)),
        _ => None,
    });
    only.collect()
}

/// The public keys among artifacts: of public keys, private keys and certificates.
pub(crate) fn public_keys(artifacts: &[Artifact]) -> Vec<PublicKey> {
    let keys = artifacts.iter().filter_map(|artifact| match artifact {
        Artifact::Certificate(certificate) => PublicKey::of(certificate),
        Artifact::PrivateKey(key) => key.public_key().cloned(),
        Artifact::PublicKey(key) => Some(key.clone()),
        _ => None,
    });
    keys.collect()
}

/// The files that the flags of a component name.
fn named_by((index, component): (usize, &Component)) -> Vec<Use> {
    let flags = FILES.iter().filter(|(kind, ..)| *kind == component.kind);
    let uses = flags.flat_map(|(_, name, role)| {
        let given: Vec<_> = component.flags.iter().filter(|flag| flag.name == *name).collect();
        // Only the keys of service accounts add up; of another flag the last one counts.
        let counting = match role {
            Role::ServiceAccountKey => given.as_slice(),
            _ => &given[given.len().saturating_sub(1)..],
        };
        let counting = counting.iter().filter(|flag| !flag.value.is_empty());
        let uses = counting.map(|flag| {
            let named = PathBuf::from(&flag.value);
            Use {
                component: index,
                flag: flag.name.clone(),
                role: *role,
                path: component.outside(&named),
                named,
                source: flag.source.clone(),
                written: flag.written,
                via: None,
            }
        });
        uses.collect::<Vec<_>>()
    });
    uses.collect()
}

/// The paths that the current context of a kubeconfig leads to.
fn named_in(kubeconfig: &KubeconfigFile) -> Vec<(Role, &String)> {
    let Some(context) = kubeconfig.context(&kubeconfig.current_context) else { return Vec::new() };
    let (cluster, user) = kubeconfig.entries_of(context);
    let mut named = Vec::new();
    if let Some(Given::Path(path)) = cluster.and_then(|it| it.authority.as_ref()) {
        named.push((Role::ApiserverCa, path));
    }
    if let Some(Given::Path(path)) = user.and_then(|it| it.certificate.as_ref()) {
        named.push((Role::ClientCertificate, path));
    }
    if let Some(Given::Path(path)) = user.and_then(|it| it.key.as_ref()) {
        named.push((Role::ClientKey, path));
    }
    named
}

/// What a kubelet had before: it keeps every certificate that it ever got beside the present one.
fn is_rotated_out(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    let is_kubelets = name.starts_with("kubelet-client-") || name.starts_with("kubelet-server-");
    is_kubelets && name.ends_with(".pem")
}

/// A path that a file names, from the folder of that file.
fn beside(file: &Path, named: &str) -> PathBuf {
    file.parent().unwrap_or(Path::new("/")).join(named)
}

fn read_file(tree: &Tree, path: &Path, is_ours: bool) -> FoundFile {
    let file = match tree.read(path) {
        Ok(file) => file,
        Err(error) => {
            let stat = tree.stat(path).ok();
            let contents = match error {
                TreeError::Missing => Err(FileError::Missing),
                other => Err(FileError::Unreadable(other.in_words())),
            };
            return FoundFile { stat, form: None, contents };
        }
    };
    let contents = if is_ours { artifact::read(&file.bytes) } else { Ok(Vec::new()) };
    let form = Form::of(&file.bytes).filter(|_| is_ours);
    FoundFile { stat: Some(file.stat), form, contents: contents.map_err(FileError::from) }
}

fn host(tree: &Tree) -> Option<String> {
    let file = tree.read(Path::new("/etc/hostname")).ok()?;
    let text = String::from_utf8_lossy(&file.bytes);
    let name = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    name.map(str::to_owned)
}

fn users(tree: &Tree) -> BTreeMap<String, u32> {
    let Ok(file) = tree.read(Path::new("/etc/passwd")) else { return BTreeMap::new() };
    let text = String::from_utf8_lossy(&file.bytes);
    let users = text.lines().filter_map(|line| {
        let mut fields = line.split(':');
        Some((fields.next()?.to_owned(), fields.nth(1)?.parse().ok()?))
    });
    users.collect()
}
