//! From what was issued to the bytes of files. Writes nothing.

use std::collections::BTreeMap;

use kubepki_ca::{Certificate, KeyPair, Signer};
use kubepki_kubeconfig::Kubeconfig;
use zeroize::Zeroizing;

use super::issue::{Products, restored_from};
use crate::{
    catalog::{Catalog, Connection, Content, Derivation, Entry, Leaf, Position},
    error::ApplyError,
    observe::Observations,
    own::{self, Own},
    plan::{Action, Plan},
    store::{FileWrite, Mode, StorePath},
    token::BootstrapTokenFile,
};

/// Every file that the plan's steps write.
pub(super) fn files(
    plan: &Plan,
    catalog: &Catalog,
    observations: &Observations,
    products: &Products,
) -> Result<Vec<FileWrite>, ApplyError> {
    let mut writes = Writes { plan, catalog, observations, products, done: BTreeMap::new() };
    for (position, entry) in catalog.entries.iter().enumerate() {
        writes.entry(position, entry)?;
    }
    Ok(writes.done.into_values().collect())
}

struct Writes<'a> {
    plan: &'a Plan,
    catalog: &'a Catalog,
    observations: &'a Observations,
    products: &'a Products,
    done: BTreeMap<StorePath, FileWrite>,
}

impl Writes<'_> {
    fn entry(&mut self, position: Position, entry: &Entry) -> Result<(), ApplyError> {
        let step = &self.plan.steps[position];
        if matches!(step.action, Action::Narrow | Action::Restore { .. }) {
            for (path, mode) in entry.files().filter(|(path, _)| step.files.contains(path)) {
                let from = restored_from(self.plan, position, path).unwrap_or(path);
                let bytes = Zeroizing::new(self.existing(from)?.to_vec());
                self.push(path, bytes, mode);
            }
            return Ok(());
        }
        if !step.action.is_change() {
            return Ok(());
        }
        match &entry.content {
            Content::Authority { files, .. } => {
                if let Some(issuer) = self.products.issuers.get(&position) {
                    self.push_text(&files.certificate, issuer.certificate().to_pem());
                }
                if let Some(key) = self.products.authority_keys.get(&position) {
                    self.push(&files.key, key.clone(), Mode::Private);
                }
            }
            Content::KeyPair { key: key_path, public, .. } => {
                if let Some(key) = self.products.keys.get(&position) {
                    if step.files.contains(key_path) {
                        self.push_key(key_path, key);
                    }
                    self.push_text(public, key.public_key().to_pem());
                }
            }
            Content::Certificate { leaf, files } => {
                if let Some((certificate, key)) = self.products.leaves.get(&position) {
                    self.push_text(&files.certificate, self.with_chain(leaf, certificate));
                    // A key that stays keeps its bytes too: others may compare or copy them.
                    match step.keeps_key {
                        true => {
                            let bytes = Zeroizing::new(self.existing(&files.key)?.to_vec());
                            self.push(&files.key, bytes, Mode::Private);
                        }
                        false => self.push_key(&files.key, key),
                    }
                }
            }
            Content::Kubeconfig { leaf, connection, path } => {
                if let Some((certificate, key)) = self.products.leaves.get(&position) {
                    let pem = self.with_chain(leaf, certificate);
                    let key = key.to_pem();
                    let is_anew = step.action.is_anew();
                    let pair = [pem.as_bytes(), key.as_bytes()];
                    self.push_kubeconfig(path, connection, pair, is_anew)?;
                }
            }
            Content::Derived { path, mode, from } => self.derived(path, *mode, from)?,
            Content::Secret { path, .. } => {
                if let Some(secret) = self.products.secrets.get(&position) {
                    let contents = Zeroizing::new(secret.as_bytes().to_vec());
                    self.push(path, contents, Mode::Private);
                }
            }
        }
        Ok(())
    }

    /// The certificate, and its CA's where the spec wants that behind it.
    fn with_chain(&self, leaf: &Leaf, certificate: &Certificate) -> String {
        let issuer = self.products.issuers.get(&leaf.issuer).filter(|_| leaf.chain);
        certificate.to_pem() + &issuer.map(|ca| ca.certificate().to_pem()).unwrap_or_default()
    }

    fn derived(
        &mut self,
        path: &StorePath,
        mode: Mode,
        from: &Derivation,
    ) -> Result<(), ApplyError> {
        match from {
            Derivation::Copy { source, .. } => {
                let bytes = self.current(source)?;
                self.push(path, bytes, mode);
            }
            Derivation::Bootstrap { connection, source, .. } => {
                let changed = |path: &StorePath| ApplyError::Changed { path: path.clone() };
                let ca = self.products.trust.get(&connection.ca).ok_or_else(|| changed(path))?;
                let token = BootstrapTokenFile::parse(&self.current(source)?);
                let token = token.map_err(|_| changed(source))?;
                let text = token.kubeconfig(connection, &ca.issuing().to_pem());
                self.push(path, Zeroizing::new(text.as_bytes().to_vec()), mode);
            }
            Derivation::Kubeconfig { connection, of } => {
                let Content::Certificate { files, .. } = &self.catalog.entries[*of].content else {
                    return Err(ApplyError::Changed { path: path.clone() });
                };
                let (certificate, key) =
                    (self.current(&files.certificate)?, self.current(&files.key)?);
                self.push_kubeconfig(path, connection, [&certificate, &key], false)?;
            }
            Derivation::Text(text) => {
                self.push(path, Zeroizing::new(text.clone().into_bytes()), mode);
            }
        }
        Ok(())
    }

    /// The bytes a file has after this change. Entries come after those they are made from, so
    /// what is written anew has been written already.
    fn current(&self, path: &StorePath) -> Result<Zeroizing<Vec<u8>>, ApplyError> {
        match self.done.get(path) {
            Some(write) => Ok(write.contents.clone()),
            None => Ok(Zeroizing::new(self.existing(path)?.to_vec())),
        }
    }

    fn existing(&self, path: &StorePath) -> Result<&[u8], ApplyError> {
        self.observations.contents(path).ok_or_else(|| ApplyError::Changed { path: path.clone() })
    }

    /// Keeps whatever else is in the kubeconfig that is there, unless that is unusable and made anew.
    fn push_kubeconfig(
        &mut self,
        path: &StorePath,
        connection: &Connection,
        [certificate, key]: [&[u8]; 2],
        is_anew: bool,
    ) -> Result<(), ApplyError> {
        let changed = || ApplyError::Changed { path: path.clone() };
        let trust = self.products.trust.get(&connection.ca).ok_or_else(changed)?;
        let mut kubeconfig = match self.observations.contents(path).map(Kubeconfig::parse) {
            Some(Ok(found)) if !is_anew || Own::find(&found, connection).is_ok() => found,
            Some(Err(_)) if !is_anew => return Err(changed()),
            // Of what leads nowhere nothing can be kept, and it was named to be made anew.
            Some(_) | None => Kubeconfig::default(),
        };
        own::update(&mut kubeconfig, connection, trust.issuing(), certificate, key);
        let text = match self.observations.contents(path) {
            Some(before) => kubeconfig.to_yaml_like(before),
            None => kubeconfig.to_yaml(),
        };
        self.push(path, Zeroizing::new(text.as_bytes().to_vec()), Mode::Private);
        Ok(())
    }

    fn push_key(&mut self, path: &StorePath, key: &KeyPair) {
        let text = key.to_pem();
        self.push(path, Zeroizing::new(text.as_bytes().to_vec()), Mode::Private);
    }

    fn push_text(&mut self, path: &StorePath, text: String) {
        self.push(path, Zeroizing::new(text.into_bytes()), Mode::Public);
    }

    fn push(&mut self, path: &StorePath, contents: Zeroizing<Vec<u8>>, mode: Mode) {
        self.done.insert(path.clone(), FileWrite { path: path.clone(), contents, mode });
    }
}
