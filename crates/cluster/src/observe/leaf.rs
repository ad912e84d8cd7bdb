//! Certificates: beside their keys or in kubeconfigs, as they are, as the spec wants them, and by
//! whom they were issued.

use kubepki_ca::{Certificate, PublicKey};
use kubepki_kubeconfig::Kubeconfig;
use kubepki_model::Slot;

use super::{
    AuthorityName, Issue, Observation, Observations, Observer, client::ClientEntries, drift,
};
use crate::{
    catalog::{Connection, Content, Entry, KeyPolicy, Leaf, PairFiles},
    store::StorePath,
};

impl Observer<'_> {
    pub(super) fn pair(&self, slot: Slot, leaf: &Leaf, files: &PairFiles) -> Observation {
        let PairFiles { certificate: certificate_path, key: key_path } = files;
        let mut seen = Observation::default();
        match self.files.contents(certificate_path).map(Certificate::from_pem) {
            None => seen.issues.push(self.files.absence(certificate_path)),
            Some(Err(error)) => seen.issues.push(Issue::unreadable(certificate_path, &error)),
            Some(Ok(certificate)) => seen.certificate = Some(certificate),
        }
        match self.files.contents(key_path).map(PublicKey::of_private_pem) {
            None => seen.issues.push(match self.files.absence(key_path) {
                // Others hold the public half: it is not generated anew.
                Issue::Missing { path }
                    if leaf.key_policy == KeyPolicy::Kept
                        && self.files.contents(certificate_path).is_some() =>
                {
                    Issue::KeyMissing { path }
                }
                absence => absence,
            }),
            Some(Err(error)) => seen.issues.push(Issue::unreadable(key_path, &error)),
            Some(Ok(key)) => seen.key = Some(key),
        }
        if let (Some(certificate), Some(key)) = (&seen.certificate, &seen.key)
            && !certificate.is_for(key)
        {
            let (certificate, key) = (certificate_path.to_string(), key_path.to_string());
            seen.issues.push(Issue::KeyMismatch { certificate, key });
        }
        self.compare(slot, leaf, &mut seen);
        seen
    }

    pub(super) fn leaf_in_kubeconfig(
        &self,
        slot: Slot,
        leaf: &Leaf,
        connection: &Connection,
        path: &StorePath,
    ) -> Observation {
        let mut seen = self.kubeconfig(path, connection, None);
        self.compare(slot, leaf, &mut seen);
        seen
    }

    /// Compares a certificate with its CA and with the spec.
    fn compare(&self, slot: Slot, leaf: &Leaf, seen: &mut Observation) {
        let Some(certificate) = &seen.certificate else { return };
        if let Some(ca) = self.certificate_of(leaf.issuer)
            && !certificate.is_issued_by(ca)
        {
            let issuer = AuthorityName::Entry(self.catalog.entries[leaf.issuer].id.clone());
            let trusts_another = |it: &Issue| matches!(it, Issue::TrustChanged { authority } if *authority == issuer);
            // Both follow from another CA in its place, which one of them says.
            seen.issues.retain(|it| !trusts_another(it));
            seen.issues.push(Issue::IssuerChanged { issuer });
        }
        seen.issues.extend(drift::drift(slot, &leaf.request, certificate));
    }
}

impl Observations {
    /// What `read` makes of the private key of an entry, beside its certificate or in its kubeconfig.
    pub(crate) fn existing_key<K>(
        &self,
        entry: &Entry,
        read: impl Fn(&[u8]) -> Result<K, kubepki_ca::Error>,
    ) -> Option<K> {
        match &entry.content {
            Content::Certificate { files, .. } => read(self.contents(&files.key)?).ok(),
            Content::Kubeconfig { connection, path, .. } => {
                let kubeconfig = Kubeconfig::parse(self.contents(path)?).ok()?;
                let user = ClientEntries::find(&kubeconfig, connection).ok()?.user;
                read(user.client_key_data.as_ref()?.expose()).ok()
            }
            _ => None,
        }
    }
}

impl Observation {
    /// The certificate in its place, where its key is with it and this CA has signed it. One that
    /// the CA has not signed, or whose key is not here, gives nobody anything.
    pub(crate) fn held(&self, ca: &Certificate) -> Option<Certificate> {
        let certificate = self.certificate.as_ref()?;
        let is_whole = certificate.is_for(self.key.as_ref()?) && certificate.is_issued_by(ca);
        is_whole.then(|| certificate.clone())
    }
}
