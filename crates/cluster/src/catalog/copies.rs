//! What each host gets of the CAs, of the ServiceAccount key and of what is made once, in the layout
//! `hosts`. Copies bytes, makes none.

use super::{
    Content, Derivation, Part,
    builder::{Builder, path},
    table::ENCRYPTION_CONFIG,
};
use crate::{
    layout,
    spec::{HostSpec, Role},
    store::Mode,
};

impl Builder<'_> {
    /// What a host gets of the CAs and of the ServiceAccount key.
    pub(super) fn copies(&mut self, host: &HostSpec) {
        use Part::{Certificate, Key, Public};
        let is_control_plane = host.has(Role::ControlPlane);
        if is_control_plane || host.has(Role::Worker) {
            self.copy(host, "ca", Certificate, "ca.crt", Mode::Public);
        }
        if is_control_plane || host.has(Role::Etcd) {
            self.copy(host, "etcd-ca", Certificate, "etcd/ca.crt", Mode::Public);
        }
        if is_control_plane {
            self.copy(host, "front-proxy-ca", Certificate, "front-proxy-ca.crt", Mode::Public);
            self.copy(host, "service-account", Key, "sa.key", Mode::Private);
            self.copy(host, "service-account", Public, "sa.pub", Mode::Public);
            let file = "../encryption-config.yaml";
            self.copy(host, ENCRYPTION_CONFIG, Part::Secret, file, Mode::Private);
        }
        if is_control_plane && self.spec.csr_signing {
            // The controller manager refuses a bundle here, so it is never the trust file.
            self.copy(host, "ca", Certificate, "cluster-signing.crt", Mode::Public);
            self.copy(host, "ca", Key, "ca.key", Mode::Private);
        }
    }

    fn copy(&mut self, host: &HostSpec, of: &str, part: Part, name: &str, mode: Mode) {
        let Some(of) = self.named(of) else { return };
        let source = match (&self.entries[of].content, part) {
            (Content::Authority { files, .. }, Part::Certificate) => files.certificate.clone(),
            (Content::Authority { files, .. }, Part::Key) => files.key.clone(),
            (Content::KeyPair { key, .. }, Part::Key) => key.clone(),
            (Content::KeyPair { public, .. }, Part::Public) => public.clone(),
            (Content::Secret { path, .. }, Part::Secret) => path.clone(),
            _ => return,
        };
        let folder = layout::host_folder(host.name.as_str());
        // All but what is no certificate and no key lies in `pki`.
        let (path, name) = match name.strip_prefix("../") {
            Some(name) => (path(&format!("{folder}etc/kubernetes/{name}")), name),
            None => (path(&format!("{folder}etc/kubernetes/pki/{name}")), name),
        };
        let from = Derivation::Copy { part, source, of };
        self.push(name, Some(host), Content::Derived { path, mode, from });
    }
}
