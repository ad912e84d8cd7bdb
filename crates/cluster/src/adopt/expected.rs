//! Files that are broken or not there, whose names say what they have to be: the entries for them.
//! A file of no such name is left out like any other.

use std::collections::HashSet;

use kubepki_ca::{Subject, SubjectAltName};
use kubepki_model::Slot;

use super::{
    Note,
    describe::Inventory,
    leaves::Leaf,
    pairs::{base, missing_key},
    role::Role,
};
use crate::{
    spec::{
        CLUSTER_AUTHORITY, CertificatePolicy, ConnectionSpec, CustomFiles, EntryContent, EntrySpec,
        LeafSpec, Usages,
    },
    store::StorePath,
};

impl Inventory<'_> {
    /// Describes what defective files have to be, as far as the others say it, and marks in the notes
    /// what is described. Those whose names say nothing are left out.
    pub(super) fn expect(
        &self,
        custom: &mut CustomFiles,
        policy: &CertificatePolicy,
        notes: &mut Vec<Note>,
    ) {
        for note in notes.iter_mut() {
            let Note::Defective { path, why, is_described } = note else { continue };
            let Some(file) = StorePath::new(path.clone()).ok().filter(is_well_known) else {
                *note = Note::LeftOut { path: path.clone(), why: why.clone() };
                continue;
            };
            if !is_in(custom, &file)
                && let Some(entry) = self.expected(&file, policy)
                && !paths(&entry.content).iter().any(|path| is_in(custom, path))
                && !custom.entries.iter().any(|it| it.name == entry.name && it.host == entry.host)
            {
                custom.entries.push(entry);
            }
            *is_described = is_in(custom, &file);
        }
        // One is enough for a pair of which both halves are told.
        let mut told = HashSet::new();
        notes.retain(|note| match note {
            Note::Defective { path, is_described: true, .. } => {
                StorePath::new(path.clone()).map_or(true, |path| told.insert(base(&path)))
            }
            _ => true,
        });
    }

    fn expected(&self, file: &StorePath, policy: &CertificatePolicy) -> Option<EntrySpec> {
        let role = Role::of_file(file.as_str())?;
        let is_kubeconfig = [".conf", ".kubeconfig"].iter().any(|it| file.as_str().ends_with(it));
        let (certificate, key) = pair(file)?;
        let content = match &role {
            Role::ServiceAccount if file.as_str().ends_with(".pem") => return None,
            Role::ServiceAccount => EntryContent::KeyPair {
                algorithm: policy.service_account_key_algorithm,
                public: StorePath::new(format!("{}.pub", base(file))).ok()?,
                key,
            },
            Role::Known(_, name) if is_kubeconfig => {
                let connection = ConnectionSpec {
                    cluster: self.cluster.name.value.to_string(),
                    server: self.cluster.endpoint.value.url(),
                    user: (*name).to_owned(),
                    trust: self.trust(),
                };
                let leaf = self.expected_leaf(&role, file, policy)?;
                EntryContent::Kubeconfig { leaf, path: file.clone(), connection }
            }
            _ if is_kubeconfig => return None,
            _ => {
                let leaf = self.expected_leaf(&role, file, policy)?;
                EntryContent::Certificate { leaf, certificate, key, kubeconfig: None }
            }
        };
        let host = match role {
            Role::ServiceAccount => None,
            _ => self.hosts.control_plane_or_only(),
        };
        Some(EntrySpec { name: role.name(), host: host.cloned(), role: None, content })
    }

    fn expected_leaf(
        &self,
        role: &Role,
        file: &StorePath,
        policy: &CertificatePolicy,
    ) -> Option<LeafSpec> {
        let has = |name: &str| self.authorities.all.iter().any(|it| it.name == name);
        let (mut names, mut usages) = (Vec::new(), Usages::Client);
        let mut issuer = CLUSTER_AUTHORITY.to_owned();
        let subject = match role {
            Role::Apiserver => {
                issuer = self.trust();
                usages = Usages::Server;
                names = self.apiserver_names();
                if let Some(host) = self.hosts.only() {
                    names.push(SubjectAltName::Dns(host.name.dns_name().clone()));
                    names.extend(host.addresses.iter().copied().map(SubjectAltName::Ip));
                }
                Subject::new("kube-apiserver")
            }
            Role::Etcd(_) => {
                // A member's two certificates have the same names.
                let is_sibling = |leaf: &&Leaf<'_>| {
                    matches!(leaf.role, Role::Etcd(_)) && leaf.path().parent() == file.parent()
                };
                let sibling = self.leaves.iter().find(is_sibling)?;
                usages = Usages::Both;
                issuer.clone_from(&sibling.issuer.name);
                names = sibling.certificate.subject_alt_names().to_vec();
                sibling.certificate.subject().clone()
            }
            Role::Known(_, name) => Subject::new(*name),
            Role::Named(name) => {
                let (_, common_name, authority) = CLIENTS.iter().find(|(it, ..)| it == name)?;
                issuer = (*authority).to_owned();
                let subject = Subject::new(*common_name);
                match name == KUBELET_CLIENT {
                    // kubeadm has put it into the group of its administrator since there is one.
                    true => subject.with_organizations(self.group_of_admin()?),
                    false => subject,
                }
            }
            _ => return None,
        };
        names.sort();
        names.dedup();
        let is_known = has(&issuer) && (usages == Usages::Client || !names.is_empty());
        is_known.then_some(LeafSpec {
            issuer,
            subject,
            subject_alt_names: names,
            usages,
            key_algorithm: policy.key_algorithm,
            lifetime: policy.lifetime,
            keep_key: false,
            chain: false,
        })
    }

    fn group_of_admin(&self) -> Option<Vec<String>> {
        let is_admin = |leaf: &&Leaf<'_>| leaf.role == Role::User("admin".to_owned());
        let admin = self.leaves.iter().find(is_admin)?;
        Some(admin.certificate.subject().organizations.clone())
    }
}

/// Whether a file's name says what it has to be, so that it is missed.
pub(super) fn is_well_known(path: &StorePath) -> bool {
    let slot = kubepki_model::slot_of(path.as_str());
    let base = kubepki_model::base(path.as_str());
    // k3s keeps a lone `client-kubelet.key`, which is no defect.
    let is_kubelet = base == "kubelet" || base.ends_with("/kubelet");
    Role::of_file(path.as_str()).is_some() || is_kubelet || slot.is_some_and(Slot::is_authority)
}

/// A certificate's path and its key's, of which one is given.
fn pair(file: &StorePath) -> Option<(StorePath, StorePath)> {
    let text = file.as_str();
    if let Some(base) = text.strip_suffix("-key.pem") {
        return Some((StorePath::new(format!("{base}.pem")).ok()?, file.clone()));
    }
    if let Some(base) = text.strip_suffix(".key") {
        return Some((StorePath::new(format!("{base}.crt")).ok()?, file.clone()));
    }
    Some((file.clone(), missing_key(file)))
}

fn is_in(custom: &CustomFiles, path: &StorePath) -> bool {
    custom.authorities.iter().any(|it| it.certificate == *path || it.key == *path)
        || custom.entries.iter().any(|it| paths(&it.content).contains(&path))
}

fn paths(content: &EntryContent) -> Vec<&StorePath> {
    match content {
        EntryContent::Certificate { certificate, key, kubeconfig, .. } => {
            let kubeconfig = kubeconfig.as_ref().map(|(path, _)| path);
            [certificate, key].into_iter().chain(kubeconfig).collect()
        }
        EntryContent::KeyPair { key, public, .. } => vec![key, public],
        EntryContent::Kubeconfig { path, .. } => vec![path],
    }
}

const KUBELET_CLIENT: &str = "apiserver-kubelet-client";

/// kubeadm's clients: what they are called, and which CA issues them.
const CLIENTS: [(&str, &str, &str); 4] = [
    ("apiserver-etcd-client", "kube-apiserver-etcd-client", "etcd-ca"),
    (KUBELET_CLIENT, "kube-apiserver-kubelet-client", CLUSTER_AUTHORITY),
    ("etcd-healthcheck-client", "kube-etcd-healthcheck-client", "etcd-ca"),
    ("front-proxy-client", "front-proxy-client", "front-proxy-ca"),
];
