//! From the spec and the table to the catalog.

use std::collections::{HashMap, HashSet};

use jiff::SignedDuration;
use kubepki_ca::{CA, CLIENT, PEER, Profile, SERVER, Subject, SubjectAltName};
use kubepki_model::{
    CertificateFacts, CommonName, EntryId, Form, HostRole, Layout, Part, Place, ProfileName, Scope,
    Slot, SlotFacts, TABLE,
};

use super::{
    CertificateRequest, Connection, Content, Derivation, Entry, KeyPolicy, Leaf, PairFiles,
    Position, Secret, sans,
};
use crate::{
    gate::Origin,
    identity::{Identity, IdentityKind},
    manifest,
    spec::{ClusterSpec, HostSpec, Kubelets, Lifetime, UserSpec},
    store::{Mode, StorePath},
    token,
};

pub(super) fn of_cluster(spec: &ClusterSpec) -> Vec<Entry> {
    let mut builder = Builder::new(spec);
    if spec.layout == Layout::Custom {
        builder.custom();
        for user in &spec.users {
            builder.user(user);
        }
        return builder.entries;
    }
    let users = TABLE.iter().position(|row| row.scope == Scope::User).unwrap_or(TABLE.len());
    let (before, after) = TABLE.split_at(users);
    for row in before {
        builder.of_cluster(row);
    }
    for host in &spec.hosts {
        for row in TABLE {
            builder.of_host(row, host);
        }
        if spec.layout == Layout::Hosts {
            builder.copies(host);
        }
    }
    for user in &spec.users {
        builder.user(user);
    }
    for row in after {
        builder.of_cluster(row);
    }
    builder.entries
}

pub(super) fn of_user(spec: &ClusterSpec, user: &UserSpec) -> Vec<Entry> {
    let mut builder = Builder::new(spec);
    builder.authority(&EntryId::of(Slot::ClusterCa));
    builder.trusted_authority();
    builder.user(user);
    builder.entries
}

/// An identity outside the spec: its CA, and its certificate beside its key. A node has two, for
/// its kubelet dials and serves.
pub(super) fn of_identity(spec: &ClusterSpec, identity: &Identity) -> Vec<Entry> {
    let mut builder = Builder::new(spec);
    let issuer = EntryId::named(identity.issuer.as_str());
    builder.authority(&issuer);
    let Some(issuer) = builder.position(&issuer) else { return vec![] };
    let origin = identity.origin();
    let mut push = |name: &str, profile, names| {
        let lifetime = identity.lifetime.map(Lifetime::duration);
        let subject = identity.subject.clone();
        let mut leaf = builder.leaf(issuer, profile, subject, names, lifetime, origin);
        leaf.request.key_algorithm = identity.key_algorithm.unwrap_or(leaf.request.key_algorithm);
        builder.add(EntryId::named(name), Content::Certificate { leaf, files: pair(name) });
    };
    let names = identity.subject_alt_names.clone();
    if identity.kind == IdentityKind::Node {
        push("client", CLIENT, Vec::new());
        push("serving", SERVER, names);
    } else {
        push("client", identity.profile(), names);
    }
    if identity.issuer.is_of_users() {
        builder.trusted_authority();
    }
    builder.entries
}

pub(super) struct Builder<'a> {
    pub(super) spec: &'a ClusterSpec,
    pub(super) entries: Vec<Entry>,
    /// What belongs to the cluster: each host asks for it.
    cluster_wide: HashMap<EntryId, Position>,
    /// What stands in the catalog once for all hosts, in the flat layout.
    shared: HashSet<Slot>,
}

impl<'a> Builder<'a> {
    fn new(spec: &'a ClusterSpec) -> Self {
        Self { spec, entries: Vec::new(), cluster_wide: HashMap::new(), shared: HashSet::new() }
    }

    /// Adds what programs read as what its name says.
    pub(super) fn add(&mut self, id: EntryId, content: Content) -> Position {
        let slot = id.slot;
        self.push(Entry { id, slot, content })
    }

    pub(super) fn push(&mut self, entry: Entry) -> Position {
        let position = self.entries.len();
        if entry.id.host.is_none() {
            self.cluster_wide.entry(entry.id.clone()).or_insert(position);
        }
        self.entries.push(entry);
        position
    }

    /// What belongs to the cluster and is called so.
    pub(super) fn position(&self, id: &EntryId) -> Option<Position> {
        self.cluster_wide.get(id).copied()
    }

    fn of_slot(&self, slot: Slot) -> Option<Position> {
        self.position(&EntryId::of(slot))
    }

    /// Adds what the cluster has one of.
    fn of_cluster(&mut self, row: &SlotFacts) {
        let has_etcd = || self.spec.hosts.iter().any(|host| host.has(HostRole::Etcd));
        let is_wanted = match row.scope {
            Scope::Cluster => true,
            Scope::ClusterWithEtcd => has_etcd(),
            _ => false,
        };
        let Some(place) = row.paths.of(self.spec.layout).filter(|_| is_wanted) else { return };
        match (row.form, place) {
            (Form::Pair, _) => self.authority(&EntryId::of(row.slot)),
            (Form::KeyPair, Place::KeyPair { key, public }) => {
                self.key_pair(row, path(key), path(public));
            }
            (Form::Kubeconfig, _) => {
                let Some(facts) = &row.certificate else { return };
                let name = facts.common_name.text();
                let subject = Subject::new(name).with_organizations(facts.organization);
                self.identity(EntryId::of(row.slot), name, subject, None, Origin::Component);
            }
            (Form::Manifest | Form::Secret, Place::File(file)) => self.file(row.slot, path(file)),
            _ => {}
        }
    }

    /// Adds what a host has one of.
    fn of_host(&mut self, row: &SlotFacts, host: &HostSpec) {
        let is_wanted = match row.scope {
            Scope::ControlPlane => host.has(HostRole::ControlPlane),
            Scope::Etcd => host.has(HostRole::Etcd),
            Scope::Kubelet => self.spec.runs_kubelet(host) && self.is_of_kubelets(row.slot),
            _ => false,
        };
        let Some(place) = row.paths.of(self.spec.layout).filter(|_| is_wanted) else { return };
        let is_shared = self.spec.layout == Layout::HardWay && !place.is_of_host();
        if is_shared && self.shared.contains(&row.slot) {
            return;
        }
        let place = place.named(host.name.as_str());
        let id = match is_shared {
            true => EntryId::of(row.slot),
            false => EntryId::of(row.slot).on(host.name.as_str()),
        };
        let added = match (row.form, place) {
            (Form::TokenKubeconfig(of), Place::Kubeconfig(file)) => {
                self.token_kubeconfig(id, of, &file)
            }
            (_, place) => self.certificate(id, row, host, place),
        };
        if added.is_some() && is_shared {
            self.shared.insert(row.slot);
        }
    }

    /// A kubelet is given its certificates, or the means to ask for them.
    fn is_of_kubelets(&self, slot: Slot) -> bool {
        let bootstraps = self.spec.kubelets == Kubelets::Bootstrap;
        match slot {
            Slot::Kubelet | Slot::KubeletServer => !bootstraps,
            Slot::BootstrapKubelet => bootstraps,
            _ => true,
        }
    }

    /// Adds the CA of this name, unless there is none.
    fn authority(&mut self, id: &EntryId) {
        if self.spec.layout == Layout::Custom {
            return self.custom_authority_named(&id.name());
        }
        let Some(row) = id.slot.facts().filter(|_| id.slot.is_authority()) else { return };
        let Some(Place::Pair(base)) = row.paths.of(self.spec.layout) else { return };
        let Some(facts) = &row.certificate else { return };
        let policy = &self.spec.certificates;
        let name = format!("{}-{}-1", self.spec.name, facts.common_name.text());
        let request = CertificateRequest {
            subject: Subject::new(name),
            subject_alt_names: Vec::new(),
            profile: CA,
            lifetime: policy.ca_lifetime.duration(),
            key_algorithm: policy.key_algorithm,
        };
        self.add(id.clone(), Content::Authority { request, files: pair(base) });
    }

    /// The CA that kubeconfigs trust, where it is not the one that issues users.
    fn trusted_authority(&mut self) {
        let trust = EntryId::named(&self.spec.custom.trust);
        if self.spec.layout == Layout::Custom && trust.slot != Slot::ClusterCa {
            self.authority(&trust);
        }
    }

    fn key_pair(&mut self, row: &SlotFacts, key: StorePath, public: StorePath) {
        let algorithm = self.spec.certificates.service_account_key_algorithm;
        let facts = row.certificate_in(self.spec.layout);
        let facts = facts.and_then(|facts| Some((facts, self.of_slot(facts.issuer?)?)));
        let content = match facts {
            Some((facts, issuer)) => Content::Certificate {
                leaf: Leaf {
                    request: CertificateRequest {
                        subject: Subject::new(facts.common_name.text()),
                        subject_alt_names: Vec::new(),
                        profile: CLIENT,
                        lifetime: self.spec.certificates.ca_lifetime.duration(),
                        key_algorithm: algorithm,
                    },
                    // Only its key is read, so its dates matter to nobody.
                    renew_before: SignedDuration::ZERO,
                    key_policy: KeyPolicy::Kept,
                    issuer,
                    chain: false,
                    origin: Origin::Component,
                },
                files: PairFiles { certificate: public, key },
            },
            None => Content::KeyPair { algorithm, key, public },
        };
        self.add(EntryId::of(row.slot), content);
    }

    /// Adds a file that holds no certificate.
    fn file(&mut self, slot: Slot, path: StorePath) {
        let content = match slot {
            Slot::BootstrapToken if self.spec.kubelets == Kubelets::Bootstrap => {
                Content::Secret { secret: Secret::BootstrapToken, path }
            }
            Slot::EncryptionConfig => match self.spec.encryption {
                Some(provider) => {
                    Content::Secret { secret: Secret::EncryptionKeys { provider }, path }
                }
                None => return,
            },
            Slot::Rbac => {
                let from = Derivation::Text(manifest::rbac(self.spec));
                Content::Derived { path, mode: Mode::Public, from }
            }
            _ => return,
        };
        self.add(EntryId::of(slot), content);
    }

    /// A kubeconfig with a token, for each node or in the flat layout for all of them.
    fn token_kubeconfig(&mut self, id: EntryId, of: Slot, file: &str) -> Option<Position> {
        let of = self.of_slot(of)?;
        let Content::Secret { path: source, .. } = &self.entries[of].content else { return None };
        let source = source.clone();
        let connection = Connection {
            cluster: self.spec.name.to_string(),
            server: self.spec.endpoint.url(),
            user: token::BOOTSTRAP_USER.to_owned(),
            ca: self.of_slot(Slot::ClusterCa)?,
        };
        let from = Derivation::Bootstrap { connection, source, of };
        let content = Content::Derived { path: path(file), mode: Mode::Private, from };
        Some(self.add(id, content))
    }

    fn certificate(
        &mut self,
        id: EntryId,
        row: &SlotFacts,
        host: &HostSpec,
        place: Place<String>,
    ) -> Option<Position> {
        let facts = row.certificate_in(self.spec.layout)?;
        let issuer = self.of_slot(facts.issuer?)?;
        let (profile, common_name, names) = self.claims(facts, host)?;
        let subject = Subject::new(common_name).with_organizations(facts.organization);
        let server = match row.form {
            Form::LocalKubeconfig => format!("https://127.0.0.1:{}", self.spec.apiserver_port),
            _ => self.spec.endpoint.url(),
        };
        let leaf = self.leaf(issuer, profile, subject, names, None, Origin::Component);
        self.place(id, leaf, place, server)
    }

    /// Profile, common name and SANs; none for a CA's.
    fn claims(
        &self,
        facts: &CertificateFacts,
        host: &HostSpec,
    ) -> Option<(Profile, String, Vec<SubjectAltName>)> {
        let name = match facts.common_name {
            CommonName::Fixed(name) => name.to_owned(),
            CommonName::Host => host.name.to_string(),
            CommonName::Node => format!("system:node:{}", host.name),
            CommonName::Authority(_) | CommonName::User => return None,
        };
        let profile = match facts.profile {
            ProfileName::Ca => return None,
            ProfileName::Client => CLIENT,
            ProfileName::Peer => PEER,
            ProfileName::Server => SERVER,
        };
        Some((profile, name, sans::names(facts.names, self.spec, host)))
    }

    fn user(&mut self, user: &UserSpec) {
        let name = user.name.as_str();
        let lifetime = user.lifetime.map(|lifetime| lifetime.duration());
        let mut subject = Subject::new(name).with_organizations(&user.groups);
        subject.uid.clone_from(&user.uid);
        self.identity(EntryId::user(name), name, subject, lifetime, Origin::User);
    }

    fn identity(
        &mut self,
        id: EntryId,
        name: &str,
        subject: Subject,
        lifetime: Option<SignedDuration>,
        origin: Origin,
    ) {
        let Some(issuer) = self.of_slot(Slot::ClusterCa) else { return };
        let paths = id.slot.facts().map(|facts| facts.paths);
        let Some(place) = paths.and_then(|paths| paths.of(self.spec.layout)) else { return };
        let leaf = self.leaf(issuer, CLIENT, subject, Vec::new(), lifetime, origin);
        self.place(id, leaf, place.named(name), self.spec.endpoint.url());
    }

    fn leaf(
        &self,
        issuer: Position,
        profile: Profile,
        subject: Subject,
        subject_alt_names: Vec<SubjectAltName>,
        lifetime: Option<SignedDuration>,
        origin: Origin,
    ) -> Leaf {
        let policy = &self.spec.certificates;
        let lifetime = lifetime.unwrap_or_else(|| policy.lifetime.duration());
        Leaf {
            request: CertificateRequest {
                subject,
                subject_alt_names,
                profile,
                lifetime,
                key_algorithm: policy.key_algorithm,
            },
            // A short-lived certificate would otherwise be due from the moment it is made.
            renew_before: policy.renew_before.duration().min(lifetime / 3),
            key_policy: KeyPolicy::Fresh,
            issuer,
            chain: false,
            origin,
        }
    }

    fn place(
        &mut self,
        id: EntryId,
        leaf: Leaf,
        place: Place<String>,
        server: String,
    ) -> Option<Position> {
        let ca = match self.spec.layout {
            Layout::Custom => self.trusted(),
            _ => self.of_slot(Slot::ClusterCa),
        }?;
        let connection = Connection {
            cluster: self.spec.name.to_string(),
            server,
            user: leaf.request.subject.common_name.clone(),
            ca,
        };
        Some(match place {
            Place::Pair(base) => self.add(id, Content::Certificate { leaf, files: pair(&base) }),
            Place::Kubeconfig(file) => {
                self.add(id, Content::Kubeconfig { leaf, connection, path: path(&file) })
            }
            Place::PairAndKubeconfig(base) => {
                let kubeconfig = id.clone().part(Part::Kubeconfig);
                let of = self.add(id, Content::Certificate { leaf, files: pair(&base) });
                let content = Content::Derived {
                    path: path(&format!("{base}.kubeconfig")),
                    mode: Mode::Private,
                    from: Derivation::Kubeconfig { connection, of },
                };
                self.add(kubeconfig, content)
            }
            Place::File(_) | Place::KeyPair { .. } => return None,
        })
    }
}

fn pair(base: &str) -> PairFiles {
    PairFiles { certificate: path(&format!("{base}.crt")), key: path(&format!("{base}.key")) }
}

pub(super) fn path(text: &str) -> StorePath {
    // Invariant: host and user names are checked by the spec, the rest are constants of ours.
    StorePath::new(text).expect("names of the spec form no invalid path")
}
