//! From the spec and the table to the catalog.

use std::collections::{HashMap, HashSet};

use jiff::SignedDuration;
use kubepki_ca::{CA, CLIENT, PEER, Profile, SERVER, Subject, SubjectAltName};

use super::{
    CertificateRequest, Connection, Content, Derivation, Entry, EntryId, KeyPolicy, Leaf,
    PairFiles, Position, Secret, sans,
    table::{
        Authority, BOOTSTRAP_KUBELET, BOOTSTRAP_TOKEN, CommonName, ENCRYPTION_CONFIG, Each, Form,
        Kind, ROWS, Row, SUPER_ADMIN,
    },
};
use crate::{
    gate::Origin,
    identity::{Identity, IdentityKind},
    layout::{self, Place},
    manifest,
    spec::{ClusterSpec, HostSpec, Kubelets, Layout, Lifetime, Role, UserSpec},
    store::{Mode, StorePath},
    token,
};

pub(super) fn of_cluster(spec: &ClusterSpec) -> Vec<Entry> {
    let mut builder = Builder::new(spec);
    if spec.layout == Layout::Custom {
        builder.custom();
        for user in &spec.users {
            builder.user(user.name.as_str(), user);
        }
        return builder.entries;
    }
    for authority in Authority::ALL {
        if authority != Authority::Etcd || spec.hosts.iter().any(|host| host.has(Role::Etcd)) {
            builder.authority(authority);
        }
    }
    builder.service_account();
    builder.encryption();
    builder.bootstrap_token();
    for host in &spec.hosts {
        for row in ROWS.iter().filter(|row| is_for(row, spec, host)) {
            builder.certificate(row, host);
        }
        builder.bootstrap_kubelet(host);
        if spec.layout == Layout::Hosts {
            builder.copies(host);
        }
    }
    for user in &spec.users {
        builder.user(user.name.as_str(), user);
    }
    builder.super_admin();
    builder.text("rbac", "rbac.yaml", manifest::rbac(spec));
    builder.entries
}

pub(super) fn of_user(spec: &ClusterSpec, user: &UserSpec) -> Vec<Entry> {
    let mut builder = Builder::new(spec);
    builder.authority(Authority::Cluster);
    builder.trusted_authority();
    builder.user(user.name.as_str(), user);
    builder.entries
}

/// An identity outside the spec: its CA, and its certificate beside its key. A node has two, for
/// its kubelet dials and serves.
pub(super) fn of_identity(spec: &ClusterSpec, identity: &Identity) -> Vec<Entry> {
    let mut builder = Builder::new(spec);
    builder.authority_named(identity.issuer.as_str());
    let Some(issuer) = builder.named(identity.issuer.as_str()) else { return vec![] };
    let origin = identity.origin();
    let mut push = |name: &str, profile, names| {
        let lifetime = identity.lifetime.map(Lifetime::duration);
        let subject = identity.subject.clone();
        let mut leaf = builder.leaf(issuer, profile, subject, names, lifetime, origin);
        leaf.request.key_algorithm = identity.key_algorithm.unwrap_or(leaf.request.key_algorithm);
        builder.push(name, None, Content::Certificate { leaf, files: pair(name) });
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

fn is_for(row: &Row, spec: &ClusterSpec, host: &HostSpec) -> bool {
    let is_kubelets = matches!(row.kind, Kind::Kubelet | Kind::KubeletServer);
    if is_kubelets && spec.kubelets == Kubelets::Bootstrap {
        return false;
    }
    match row.each {
        Each::ControlPlane => host.has(Role::ControlPlane),
        Each::Etcd => host.has(Role::Etcd),
        Each::Kubelet => spec.runs_kubelet(host),
    }
}

pub(super) struct Builder<'a> {
    pub(super) spec: &'a ClusterSpec,
    pub(super) entries: Vec<Entry>,
    /// What belongs to the cluster, by name: each host asks for it.
    cluster_wide: HashMap<String, Position>,
    /// What stands in the catalog once for all hosts, in the flat layout.
    shared: HashSet<String>,
}

impl<'a> Builder<'a> {
    fn new(spec: &'a ClusterSpec) -> Self {
        Self { spec, entries: Vec::new(), cluster_wide: HashMap::new(), shared: HashSet::new() }
    }

    pub(super) fn push(
        &mut self,
        name: &str,
        host: Option<&HostSpec>,
        content: Content,
    ) -> Position {
        let host = host.map(|host| host.name.to_string());
        self.add(EntryId { name: name.to_owned(), host }, content)
    }

    pub(super) fn add(&mut self, id: EntryId, content: Content) -> Position {
        let position = self.entries.len();
        if id.host.is_none() {
            self.cluster_wide.entry(id.name.clone()).or_insert(position);
        }
        self.entries.push(Entry { id, content });
        position
    }

    fn position(&self, authority: Authority) -> Option<Position> {
        self.named(authority.name())
    }

    /// What belongs to the cluster and has this name.
    pub(super) fn named(&self, name: &str) -> Option<Position> {
        self.cluster_wide.get(name).copied()
    }

    fn authority(&mut self, authority: Authority) {
        if self.spec.layout == Layout::Custom {
            return self.custom_authority_named(authority.name());
        }
        let policy = &self.spec.certificates;
        let request = CertificateRequest {
            subject: Subject::new(format!("{}-{}-1", self.spec.name, authority.subject())),
            subject_alt_names: Vec::new(),
            profile: CA,
            lifetime: policy.ca_lifetime.duration(),
            key_algorithm: policy.key_algorithm,
        };
        let files = pair(&layout::authority(self.spec.layout, authority));
        self.push(authority.name(), None, Content::Authority { request, files });
    }

    /// The CA of this name; none where the spec has none.
    fn authority_named(&mut self, name: &str) {
        if self.spec.layout == Layout::Custom {
            self.custom_authority_named(name);
        } else if let Some(authority) = Authority::ALL.into_iter().find(|it| it.name() == name) {
            self.authority(authority);
        }
    }

    /// The CA that kubeconfigs trust, where it is not the one that issues users.
    fn trusted_authority(&mut self) {
        let trust = &self.spec.custom.trust;
        if self.spec.layout == Layout::Custom && trust != Authority::Cluster.name() {
            self.custom_authority_named(trust);
        }
    }

    fn service_account(&mut self) {
        let algorithm = self.spec.certificates.service_account_key_algorithm;
        let (key, public) = layout::service_account(self.spec.layout);
        let (key, public) = (path(key), path(public));
        let content = match (self.spec.layout, self.position(Authority::Cluster)) {
            (Layout::HardWay, Some(issuer)) => Content::Certificate {
                leaf: Leaf {
                    request: CertificateRequest {
                        subject: Subject::new("service-accounts"),
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
            _ => Content::KeyPair { algorithm, key, public },
        };
        self.push("service-account", None, content);
    }

    fn encryption(&mut self) {
        if let Some(provider) = self.spec.encryption {
            let path = path(layout::encryption_config(self.spec.layout));
            let secret = Secret::EncryptionKeys { provider };
            self.push(ENCRYPTION_CONFIG, None, Content::Secret { secret, path });
        }
    }

    fn bootstrap_token(&mut self) {
        if self.spec.kubelets == Kubelets::Bootstrap {
            let (secret, path) = (Secret::BootstrapToken, path("bootstrap-token.yaml"));
            self.push(BOOTSTRAP_TOKEN, None, Content::Secret { secret, path });
        }
    }

    /// One file for each node, or for all of them in the flat layout.
    fn bootstrap_kubelet(&mut self, host: &HostSpec) {
        let Some(of) = self.named(BOOTSTRAP_TOKEN) else { return };
        let Content::Secret { path: source, .. } = &self.entries[of].content else { return };
        let (source, Some(ca)) = (source.clone(), self.position(Authority::Cluster)) else {
            return;
        };
        let flat = self.spec.layout == Layout::HardWay;
        if !host.has(Role::Worker) || flat && !self.shared.insert(BOOTSTRAP_KUBELET.to_owned()) {
            return;
        }
        let file = format!("{BOOTSTRAP_KUBELET}.conf");
        let folder = layout::host_folder(host.name.as_str());
        let below = format!("{folder}etc/kubernetes/{file}");
        let path = path(if flat { &file } else { &below });
        let connection = Connection {
            cluster: self.spec.name.to_string(),
            server: self.spec.endpoint.url(),
            user: token::BOOTSTRAP_USER.to_owned(),
            ca,
        };
        let from = Derivation::Bootstrap { connection, source, of };
        let content = Content::Derived { path, mode: Mode::Private, from };
        self.push(BOOTSTRAP_KUBELET, Some(host).filter(|_| !flat), content);
    }

    fn certificate(&mut self, row: &Row, host: &HostSpec) {
        let Some(issuer) = self.position(row.issuer) else { return };
        let Some(place) = layout::certificate(self.spec.layout, row.kind, host.name.as_str())
        else {
            return;
        };
        let flat = self.spec.layout == Layout::HardWay;
        let per_host = !flat || matches!(row.each, Each::Etcd) || row.kind == Kind::Kubelet;
        if !per_host && !self.shared.insert(row.name.to_owned()) {
            return;
        }
        let (profile, common_name, names) = self.claims(row, host);
        let organizations: Vec<_> = row.organization.into_iter().collect();
        let subject = Subject::new(common_name).with_organizations(organizations);
        let server = match row.form {
            Form::LocalKubeconfig => format!("https://127.0.0.1:{}", self.spec.apiserver_port),
            Form::Kubeconfig | Form::Pair => self.spec.endpoint.url(),
        };
        let leaf = self.leaf(issuer, profile, subject, names, None, Origin::Component);
        self.place(row.name, Some(host).filter(|_| per_host), leaf, place, server);
    }

    /// Profile, common name and SANs. The tutorial has one certificate where others have two:
    /// the apiserver's and the kubelet's serve and dial, and the apiserver's is named as the
    /// ClusterRoleBinding of its later chapter wants it.
    fn claims(&self, row: &Row, host: &HostSpec) -> (Profile, String, Vec<SubjectAltName>) {
        let name = match row.common_name {
            CommonName::Fixed(name) => name.to_owned(),
            CommonName::Host => host.name.to_string(),
            CommonName::Node => format!("system:node:{}", host.name),
        };
        let names = |which| sans::names(which, self.spec, host);
        match (self.spec.layout, row.kind) {
            (Layout::HardWay, Kind::Apiserver) => (PEER, "kubernetes".to_owned(), names(row.names)),
            (Layout::HardWay, Kind::Kubelet) => {
                (PEER, name, names(super::table::Names::HostAndLoopback))
            }
            _ => (row.profile, name, names(row.names)),
        }
    }

    fn user(&mut self, name: &str, user: &UserSpec) {
        let lifetime = user.lifetime.map(|lifetime| lifetime.duration());
        let mut subject = Subject::new(name).with_organizations(&user.groups);
        subject.uid.clone_from(&user.uid);
        self.identity(name, subject, lifetime, Origin::User);
    }

    fn super_admin(&mut self) {
        let (name, group) = SUPER_ADMIN;
        let subject = Subject::new(name).with_organizations([group]);
        self.identity(name, subject, None, Origin::Component);
    }

    fn identity(
        &mut self,
        name: &str,
        subject: Subject,
        lifetime: Option<SignedDuration>,
        origin: Origin,
    ) {
        let Some(issuer) = self.position(Authority::Cluster) else { return };
        let leaf = self.leaf(issuer, CLIENT, subject, Vec::new(), lifetime, origin);
        let place = layout::user(self.spec.layout, name);
        let server = self.spec.endpoint.url();
        self.place(&format!("user/{name}"), None, leaf, place, server);
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
        name: &str,
        host: Option<&HostSpec>,
        leaf: Leaf,
        place: Place,
        server: String,
    ) {
        let ca = match self.spec.layout {
            Layout::Custom => self.trusted(),
            _ => self.position(Authority::Cluster),
        };
        let Some(ca) = ca else { return };
        let connection = Connection {
            cluster: self.spec.name.to_string(),
            server,
            user: leaf.request.subject.common_name.clone(),
            ca,
        };
        match place {
            Place::Pair(base) => {
                self.push(name, host, Content::Certificate { leaf, files: pair(&base) });
            }
            Place::Kubeconfig(file) => {
                self.push(name, host, Content::Kubeconfig { leaf, connection, path: path(&file) });
            }
            Place::PairAndKubeconfig(base) => {
                let of = self.push(name, host, Content::Certificate { leaf, files: pair(&base) });
                let content = Content::Derived {
                    path: path(&format!("{base}.kubeconfig")),
                    mode: Mode::Private,
                    from: Derivation::Kubeconfig { connection, of },
                };
                self.push(&format!("{name}.kubeconfig"), host, content);
            }
        }
    }

    fn text(&mut self, name: &str, file: &str, text: String) {
        let from = Derivation::Text(text);
        self.push(name, None, Content::Derived { path: path(file), mode: Mode::Public, from });
    }
}

fn pair(base: &str) -> PairFiles {
    PairFiles { certificate: path(&format!("{base}.crt")), key: path(&format!("{base}.key")) }
}

pub(super) fn path(text: &str) -> StorePath {
    // Invariant: host and user names are checked by the spec, the rest are constants of ours.
    StorePath::new(text).expect("names of the spec form no invalid path")
}
