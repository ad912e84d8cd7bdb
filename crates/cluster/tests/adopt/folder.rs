//! A folder of certificates in memory.

use jiff::SignedDuration;
use kubepki_ca::{
    CA, CLIENT, Issuer, KeyAlgorithm, PEER, Profile, SERVER, Signer, Subject, Template, Validity,
};
use kubepki_cluster::{KeyPair, MemoryStore, SubjectAltName};
use kubepki_kubeconfig::{ClientConfig, Kubeconfig, SecretSource, Source};

use super::{BEGIN, path};

/// Files, and the CAs that made them.
#[derive(Default)]
pub(crate) struct Folder {
    pub(crate) store: MemoryStore,
}

/// A certificate that is to be made.
pub(crate) struct Wanted<'a> {
    pub(crate) subject: &'a str,
    pub(crate) groups: &'a [&'a str],
    pub(crate) names: &'a [&'a str],
    pub(crate) profile: Profile,
}

/// What an apiserver is dialled by in a cluster of kubeadm's defaults.
pub(crate) const APISERVER: [&str; 6] = [
    "kubernetes",
    "kubernetes.default",
    "kubernetes.default.svc",
    "kubernetes.default.svc.cluster.local",
    "10.96.0.1",
    "cp",
];

impl Folder {
    /// kubeadm's files of one host, but for those that a test does without.
    pub(crate) fn kubeadm() -> Self {
        let mut folder = Self::default();
        let ca = folder.authority("pki/ca", "kubernetes");
        let etcd = folder.authority("pki/etcd/ca", "etcd-ca");
        folder.pair(&ca, "pki/apiserver", &server("kube-apiserver", &APISERVER));
        folder.pair(&etcd, "pki/etcd/server", &peer("cp", &["cp", "localhost", "10.0.0.1"]));
        folder.pair(
            &ca,
            "pki/apiserver-kubelet-client",
            &client("kube-apiserver-kubelet-client", &[]),
        );
        folder.kubeconfig(&ca, "scheduler.conf", &client("system:kube-scheduler", &[]));
        folder.kubeconfig(&ca, "kubelet.conf", &client("system:node:cp", &["system:nodes"]));
        folder
    }

    /// A CA in `<base>.crt` and `<base>.key`.
    pub(crate) fn authority(&mut self, base: &str, name: &str) -> Issuer {
        let template =
            template(&Wanted { subject: name, groups: &[], names: &[], profile: CA }, 3650);
        let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
        let issuer = Issuer::self_signed(&template, key).unwrap();
        self.put(&format!("{base}.crt"), issuer.certificate().to_pem());
        self.put_private(&format!("{base}.key"), issuer.signer().to_pem().to_string());
        issuer
    }

    /// A certificate in `<base>.crt` and its key in `<base>.key`.
    pub(crate) fn pair(&mut self, issuer: &Issuer, base: &str, wanted: &Wanted<'_>) {
        let (certificate, key) = made(issuer, wanted);
        self.put(&format!("{base}.crt"), certificate);
        self.put_private(&format!("{base}.key"), key);
    }

    /// A kubeconfig that trusts the CA of its certificate.
    pub(crate) fn kubeconfig(&mut self, issuer: &Issuer, file: &str, wanted: &Wanted<'_>) {
        let trusted = issuer.certificate().to_pem();
        let (certificate, key) = made(issuer, wanted);
        self.put_private(file, kubeconfig(&trusted, &certificate, &key, wanted.subject));
    }

    pub(crate) fn put(&mut self, file: &str, contents: impl Into<Vec<u8>>) {
        self.store.insert(path(file), contents, 0o644);
    }

    pub(crate) fn put_private(&mut self, file: &str, contents: impl Into<Vec<u8>>) {
        self.store.insert(path(file), contents, 0o600);
    }

    pub(crate) fn read(&self, file: &str) -> String {
        let wanted = path(file);
        let (_, found) = self.store.files().find(|(path, _)| **path == wanted).unwrap();
        String::from_utf8(found.contents.to_vec()).unwrap()
    }

    /// Gives a file another name.
    pub(crate) fn rename(&mut self, file: &str, to: &str) {
        let text = self.read(file);
        self.store.remove(&path(file));
        self.put_private(to, text);
    }
}

pub(crate) fn kubeconfig(trusted: &str, certificate: &str, key: &str, user: &str) -> String {
    let config = Kubeconfig::from(ClientConfig {
        cluster: "kubernetes".into(),
        server: "https://cp:6443".into(),
        ca: Source::Data(trusted.into()),
        user: user.into(),
        client_certificate: Source::Data(certificate.into()),
        client_key: SecretSource::Data(key.into()),
        namespace: None,
    });
    config.to_yaml().to_string()
}

pub(crate) const fn client<'a>(subject: &'a str, groups: &'a [&'a str]) -> Wanted<'a> {
    Wanted { subject, groups, names: &[], profile: CLIENT }
}

pub(crate) const fn server<'a>(subject: &'a str, names: &'a [&'a str]) -> Wanted<'a> {
    Wanted { subject, groups: &[], names, profile: SERVER }
}

pub(crate) const fn peer<'a>(subject: &'a str, names: &'a [&'a str]) -> Wanted<'a> {
    Wanted { subject, groups: &[], names, profile: PEER }
}

/// A certificate and its key, in PEM.
pub(crate) fn made(issuer: &Issuer, wanted: &Wanted<'_>) -> (String, String) {
    let key = KeyPair::generate(KeyAlgorithm::EcdsaP256).unwrap();
    (signed(issuer, wanted, &key), key.to_pem().to_string())
}

/// A certificate for a key, in PEM.
pub(crate) fn signed(issuer: &Issuer, wanted: &Wanted<'_>, key: &KeyPair) -> String {
    let issuance = issuer.prepare(&template(wanted, 365), key.public_key()).unwrap();
    issuance.sign().unwrap().to_pem()
}

fn template(wanted: &Wanted<'_>, days: i64) -> Template {
    let names = wanted.names.iter().map(|name| name.parse::<SubjectAltName>().unwrap());
    Template {
        subject: Subject::new(wanted.subject).with_organizations(wanted.groups.iter().copied()),
        subject_alt_names: names.collect(),
        profile: wanted.profile,
        validity: Validity::starting(BEGIN, SignedDuration::from_hours(24 * days)).unwrap(),
    }
}
