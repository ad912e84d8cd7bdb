//! A cluster that `kubepki apply` made: every certificate in it, with its key, its CA and what it
//! has to be. A file of which nothing is known fails the test.

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use super::{applied, expected::Expected, kubeconfig::Kubeconfig, spec::Spec};
use crate::environment::Environment;

/// A certificate, wherever it was found.
pub(super) struct Found {
    /// The file it was found in, below the root.
    pub(super) found_in: String,
    pub(super) file: PathBuf,
    /// The CA that has to have signed it, as its keeper holds it.
    pub(super) authority: PathBuf,
    /// The CAs that must not have.
    pub(super) strangers: Vec<PathBuf>,
    pub(super) expected: Expected,
}

/// A cluster that `kubepki apply` made.
pub(super) struct Made {
    pub(super) spec: Spec,
    /// All of them, those embedded in kubeconfigs too; copies are listed once.
    pub(super) certificates: Vec<Found>,
    /// Every private key with the file of a certificate or public key of it.
    pub(super) keys: Vec<(PathBuf, PathBuf)>,
    pub(super) kubeconfigs: Vec<Kubeconfig>,
    /// Where each certificate is listed, by its contents.
    listed: HashMap<Vec<u8>, usize>,
    extracted: TempDir,
    environment: Environment,
}

impl Made {
    /// Applies a spec in an empty folder.
    pub(super) fn of(text: &str) -> Self {
        let environment = applied(text);
        let mut made = Self {
            spec: Spec::read(text),
            certificates: Vec::new(),
            keys: Vec::new(),
            kubeconfigs: Vec::new(),
            listed: HashMap::new(),
            extracted: tempfile::tempdir().unwrap(),
            environment,
        };
        for (path, _, contents) in made.environment.snapshot() {
            if let Some(path) = path.strip_prefix("root/")
                && made.root().join(path).is_file()
            {
                made.take(path, &contents);
            }
        }
        made
    }

    /// The PKI root.
    pub(super) fn root(&self) -> PathBuf {
        self.environment.path("root")
    }

    /// A CA's certificate, by the name of [`Expected::authority`].
    pub(super) fn authority(&self, name: &str) -> PathBuf {
        let file = match (self.spec.layout.as_str(), name) {
            ("kubeadm", "kubernetes-ca") => "pki/ca.crt",
            ("kubeadm", "etcd-ca") => "pki/etcd/ca.crt",
            ("kubeadm", _) => "pki/front-proxy-ca.crt",
            ("hard-way", "kubernetes-ca") => "ca.crt",
            ("hard-way", name) => &format!("{name}.crt"),
            (_, "kubernetes-ca") => "authorities/ca.crt",
            (_, name) => &format!("authorities/{name}.crt"),
        };
        self.root().join(file)
    }

    fn take(&mut self, path: &str, contents: &[u8]) {
        let file = self.root().join(path);
        let extension = Path::new(path).extension().unwrap_or_default().to_string_lossy();
        match extension.as_ref() {
            "crt" => self.certificate(path, file),
            "key" => self.key(file),
            "conf" | "kubeconfig" => {
                let folder = self.extracted.path().join(path);
                let kubeconfig = Kubeconfig::read(&file, &folder);
                self.certificate(path, kubeconfig.certificate.clone());
                self.keys.push((kubeconfig.key.clone(), kubeconfig.certificate.clone()));
                self.kubeconfigs.push(kubeconfig);
            }
            _ => {
                let known =
                    path.ends_with(".pub") || path == "rbac.yaml" || path.starts_with(".kubepki/");
                assert!(known, "{path} is unknown");
                let text = String::from_utf8_lossy(contents);
                assert!(!text.contains("PRIVATE KEY") && !text.contains("CERTIFICATE"), "{path}");
            }
        }
    }

    fn certificate(&mut self, path: &str, file: PathBuf) {
        let expected = Expected::at(path, &self.spec);
        let expected = expected.unwrap_or_else(|| panic!("{path} should not be there"));
        let next = self.certificates.len();
        let listed = *self.listed.entry(fs::read(&file).unwrap()).or_insert(next);
        if listed != next {
            let Found { found_in, expected: first, .. } = &self.certificates[listed];
            assert_eq!(&expected, first, "{path} is a copy of {found_in}");
            return;
        }
        let others = ["kubernetes-ca", "etcd-ca", "front-proxy-ca"].into_iter();
        let others = others.filter(|name| *name != expected.authority);
        let strangers = others.map(|name| self.authority(name)).filter(|ca| ca.is_file()).collect();
        let authority = self.authority(expected.authority);
        let found_in = path.to_owned();
        self.certificates.push(Found { found_in, file, authority, strangers, expected });
    }

    fn key(&mut self, key: PathBuf) {
        let public = ["crt", "pub"].map(|extension| key.with_extension(extension));
        let public = public.into_iter().find(|file| file.is_file());
        let public = public.unwrap_or_else(|| panic!("{} is the key of nothing", key.display()));
        self.keys.push((key, public));
    }
}
