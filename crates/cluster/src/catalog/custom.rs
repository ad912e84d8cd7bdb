//! The catalog of the layout `custom`: what the spec says, one by one. Derives no path and no name.

use jiff::SignedDuration;
use kubepki_ca::CA;
use kubepki_model::{EntryId, Slot};

use super::{
    CertificateRequest, Connection, Content, Derivation, Entry, KeyPolicy, Leaf, PairFiles,
    Position, builder::Builder,
};
use crate::{
    gate::Origin,
    spec::{AuthoritySpec, ConnectionSpec, EntryContent, EntrySpec, LeafSpec},
    store::Mode,
};

impl Builder<'_> {
    /// Every CA and every entry.
    pub(super) fn custom(&mut self) {
        let custom = &self.spec.custom;
        for authority in &custom.authorities {
            self.custom_authority(authority);
        }
        for entry in &custom.entries {
            self.custom_entry(entry);
        }
    }

    /// The CA of this name, unless there is none.
    pub(super) fn custom_authority_named(&mut self, name: &str) {
        let is_it = |authority: &&AuthoritySpec| authority.name == name;
        if let Some(authority) = self.spec.custom.authorities.iter().find(is_it) {
            self.custom_authority(authority);
        }
    }

    /// The CA that the kubeconfigs of new users trust.
    pub(super) fn trusted(&self) -> Option<Position> {
        self.authority_at(&EntryId::named(&self.spec.custom.trust))
            .or_else(|| self.authority_at(&EntryId::of(Slot::ClusterCa)))
    }

    fn authority_at(&self, id: &EntryId) -> Option<Position> {
        let is_authority = |position: &Position| {
            matches!(self.entries[*position].content, Content::Authority { .. })
        };
        self.position(id).filter(is_authority)
    }

    fn custom_authority(&mut self, authority: &AuthoritySpec) {
        let AuthoritySpec { name, certificate, key, subject, key_algorithm } = authority;
        let request = CertificateRequest {
            subject: subject.clone(),
            subject_alt_names: Vec::new(),
            profile: CA,
            lifetime: self.spec.certificates.ca_lifetime.duration(),
            key_algorithm: *key_algorithm,
        };
        let files = PairFiles { certificate: certificate.clone(), key: key.clone() };
        self.add(EntryId::named(name), Content::Authority { request, files });
    }

    fn custom_entry(&mut self, entry: &EntrySpec) {
        match &entry.content {
            EntryContent::KeyPair { algorithm, key, public } => {
                let (algorithm, key, public) = (*algorithm, key.clone(), public.clone());
                self.entry(entry, "", Content::KeyPair { algorithm, key, public });
            }
            EntryContent::Certificate { leaf, certificate, key, kubeconfig } => {
                let Some(leaf) = self.custom_leaf(leaf) else { return };
                let files = PairFiles { certificate: certificate.clone(), key: key.clone() };
                let of = self.entry(entry, "", Content::Certificate { leaf, files });
                let Some((path, connection)) = kubeconfig else { return };
                let Some(connection) = self.custom_connection(connection) else { return };
                let from = Derivation::Kubeconfig { connection, of };
                let path = path.clone();
                self.entry(
                    entry,
                    ".kubeconfig",
                    Content::Derived { path, mode: Mode::Private, from },
                );
            }
            EntryContent::Kubeconfig { leaf, path, connection } => {
                let Some(leaf) = self.custom_leaf(leaf) else { return };
                let Some(connection) = self.custom_connection(connection) else { return };
                self.entry(entry, "", Content::Kubeconfig { leaf, connection, path: path.clone() });
            }
        }
    }

    fn entry(&mut self, entry: &EntrySpec, ending: &str, content: Content) -> Position {
        let host = entry.host.as_ref().map(ToString::to_string);
        let id = EntryId::named(&format!("{}{ending}", entry.name)).at(host);
        self.push(Entry { id, slot: entry.slot(), content })
    }

    /// The spec has checked that its CA is there.
    fn custom_leaf(&self, leaf: &LeafSpec) -> Option<Leaf> {
        let lifetime = leaf.lifetime.duration();
        let renew_before = self.spec.certificates.renew_before.duration().min(lifetime / 3);
        let (key_policy, renew_before) = match leaf.keep_key {
            // Only its key is read, so its dates matter to nobody.
            true => (KeyPolicy::Kept, SignedDuration::ZERO),
            false => (KeyPolicy::Fresh, renew_before),
        };
        Some(Leaf {
            request: CertificateRequest {
                subject: leaf.subject.clone(),
                subject_alt_names: leaf.subject_alt_names.clone(),
                profile: leaf.usages.profile(),
                lifetime,
                key_algorithm: leaf.key_algorithm,
            },
            renew_before,
            key_policy,
            issuer: self.authority_at(&EntryId::named(&leaf.issuer))?,
            origin: Origin::Entry,
            chain: leaf.chain,
        })
    }

    fn custom_connection(&self, connection: &ConnectionSpec) -> Option<Connection> {
        let ConnectionSpec { cluster, server, user, trust } = connection;
        let ca = self.authority_at(&EntryId::named(trust))?;
        Some(Connection {
            cluster: cluster.clone(),
            server: server.clone(),
            user: user.clone(),
            ca,
        })
    }
}
