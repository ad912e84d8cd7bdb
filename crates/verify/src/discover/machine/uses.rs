//! Who uses which file: by flags, by fixed names, and by way of kubeconfigs. Judges nothing.

use std::path::{Path, PathBuf};

use kubepki_inspect::kubeconfig::{FieldSource, KubeconfigFile};

use super::{FoundFile, Machine, read_file};
use crate::{
    discover::{Component, ComponentKind, FILES, Flag, PAIRS, Role, Source, Wants},
    read::{Tree, TreeError},
};

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

impl Machine {
    /// What a kubelet makes or asks for itself lies in its own folder under fixed names.
    pub(super) fn add_kubelets_own(&mut self, tree: &Tree) {
        for (index, component) in self.components.iter().enumerate() {
            let flags = &component.flags;
            if component.kind != ComponentKind::Kubelet || flags.value("tls-cert-file").is_some() {
                continue;
            }
            let folder = component.certificates();
            let names = if flags.is_on("rotate-server-certificates") {
                ["kubelet-server-current.pem", "kubelet-server-current.pem"]
            } else {
                ["kubelet.crt", "kubelet.key"]
            };
            let roles = [Role::ServingCertificate, Role::ServingKey];
            for (name, role) in names.into_iter().zip(roles) {
                let Some(path) = component.outside(&folder.join(name)) else { continue };
                // A kubelet that never ran has none yet.
                if !matches!(tree.stat(&path), Err(TreeError::Missing)) {
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
    pub(super) fn add_named_by_kubeconfigs(&mut self, tree: &Tree) {
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

/// The files that the flags of a component name.
pub(super) fn named_by((index, component): (usize, &Component)) -> Vec<Use> {
    let flags = FILES.iter().filter(|(kind, ..)| *kind == component.kind);
    let uses = flags.flat_map(|(_, name, role)| {
        let given: Vec<_> = component.flags.iter().filter(|flag| flag.name == *name).collect();
        // Keys of service accounts add up, and pairs for names; of another flag the last one counts.
        let counting = match role {
            Role::ServiceAccountKey | Role::SniCertificate => given.as_slice(),
            _ => &given[given.len().saturating_sub(1)..],
        };
        let counting = counting.iter().filter(|flag| !flag.value.is_empty());
        let uses = counting.flat_map(|flag| {
            files_of(flag, *role).into_iter().map(|(value, role)| {
                let named = PathBuf::from(value);
                // Where it lies is not known either.
                let path = match flag.is_known() {
                    true => component.outside(&named),
                    false => Some(named.clone()),
                };
                Use {
                    component: index,
                    flag: flag.name.clone(),
                    role,
                    path,
                    named,
                    source: flag.source.clone(),
                    written: flag.written,
                    via: None,
                }
            })
        });
        uses.collect::<Vec<_>>()
    });
    let missing = component.missing.iter().map(|missing| Use {
        component: index,
        flag: "EnvironmentFile".to_owned(),
        role: Role::Configuration,
        path: Some(missing.path.clone()),
        named: missing.path.clone(),
        source: missing.source.clone(),
        written: Some("EnvironmentFile"),
        via: None,
    });
    uses.chain(missing).collect()
}

/// The files that one flag names: `a.crt,a.key:api.example.com` is two.
fn files_of(flag: &Flag, role: Role) -> Vec<(&str, Role)> {
    if role != Role::SniCertificate {
        return vec![(&flag.value, role)];
    }
    let pair = flag.value.split(':').next().unwrap_or_default();
    match pair.split_once(',') {
        Some((certificate, key)) => vec![(certificate, role), (key, Role::SniKey)],
        None => Vec::new(),
    }
}

/// The paths that the current context of a kubeconfig leads to.
fn named_in(kubeconfig: &KubeconfigFile) -> Vec<(Role, &String)> {
    let Some(context) = kubeconfig.context(&kubeconfig.current_context) else { return Vec::new() };
    let (cluster, user) = kubeconfig.entries_of(context);
    let mut named = Vec::new();
    if let Some(FieldSource::Path(path)) = cluster.and_then(|it| it.authority.as_ref()) {
        named.push((Role::ApiserverCa, path));
    }
    if let Some(FieldSource::Path(path)) = user.and_then(|it| it.certificate.as_ref()) {
        named.push((Role::ClientCertificate, path));
    }
    if let Some(FieldSource::Path(path)) = user.and_then(|it| it.key.as_ref()) {
        named.push((Role::ClientKey, path));
    }
    named
}

/// A path that a file names, from the folder of that file.
pub(super) fn beside(file: &Path, named: &str) -> PathBuf {
    file.parent().unwrap_or(Path::new("/")).join(named)
}
