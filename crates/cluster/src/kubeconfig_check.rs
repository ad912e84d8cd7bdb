//! The certificates and keys of anybody's kubeconfig, looked into: what has expired, what does not
//! fit, what trusts a CA that is no more. Opens no file: a callback reads those that are named.

use jiff::{SignedDuration, Timestamp};
use kubepki_ca::{Certificate, PublicKey};
use kubepki_kubeconfig::{AuthInfo, Cluster, Kubeconfig};
use kubepki_model::{EntryId, Slot};
use zeroize::Zeroizing;

use crate::{
    catalog::{Catalog, Entry, Position},
    observe::{AuthorityName, Issue, Observations},
    spec::ClusterSpec,
};

/// The cluster of a PKI root, to compare a kubeconfig with.
#[derive(Debug)]
pub struct PresentCluster {
    name: String,
    server: String,
    id: EntryId,
    authority: Certificate,
}

impl PresentCluster {
    /// Takes the cluster's CA out of what was read of a root; `None` when there is none, or none
    /// that can be read, which is `plan`'s to say.
    pub fn new(spec: &ClusterSpec, catalog: &Catalog, observations: &Observations) -> Option<Self> {
        let is_it = |(_, entry): &(Position, &Entry)| entry.id == EntryId::of(Slot::ClusterCa);
        let (position, entry) = catalog.entries().iter().enumerate().find(is_it)?;
        let authority = observations.of(position).certificate.clone()?;
        let (name, server) = (spec.name.to_string(), spec.endpoint.url());
        Some(Self { name, server, id: entry.id.clone(), authority })
    }

    fn name(&self) -> AuthorityName {
        AuthorityName::Entry(self.id.clone())
    }

    fn is(&self, name: &str, cluster: &Cluster) -> bool {
        self.name == name || self.server == cluster.server.trim_end_matches('/')
    }
}

/// Something that is wrong with a certificate or key of a kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateFinding {
    /// What is wrong.
    pub issue: Issue,
    /// The list of the kubeconfig: `clusters` or `users`.
    pub list: &'static str,
    /// The entry's name.
    pub name: String,
    /// The field, without `-data`.
    pub field: &'static str,
}

impl CertificateFinding {
    /// The issue and the field that it is in.
    pub fn message(&self) -> String {
        match &self.issue {
            // Their sentences name the field.
            Issue::KeyMismatch { .. } | Issue::NotAnAuthority { .. } | Issue::Unreadable { .. } => {
                self.issue.to_string()
            }
            issue => format!("`{}`: {issue}", self.field),
        }
    }
}

/// Looks into every certificate and key of a kubeconfig. `read` reads a file that it names, or
/// says why it cannot; what ends earlier than `within` from `now` ends soon.
pub fn check_certificates(
    kubeconfig: &Kubeconfig,
    present: Option<&PresentCluster>,
    within: SignedDuration,
    now: Timestamp,
    read: impl FnMut(&str) -> Result<Zeroizing<Vec<u8>>, String>,
) -> Vec<CertificateFinding> {
    let mut check = Check { present, within, now, read, found: Vec::new() };
    for entry in &kubeconfig.clusters {
        check.cluster(&entry.name, &entry.cluster);
    }
    for entry in &kubeconfig.users {
        let contexts = kubeconfig.contexts.iter().filter(|c| c.context.user == entry.name);
        let mut clusters = contexts.filter_map(|c| {
            kubeconfig.clusters.iter().find(|cluster| cluster.name == c.context.cluster)
        });
        let present =
            present.filter(|present| clusters.any(|entry| present.is(&entry.name, &entry.cluster)));
        check.user(&entry.name, &entry.user, present);
    }
    check.found
}

struct Check<'a, R> {
    present: Option<&'a PresentCluster>,
    within: SignedDuration,
    now: Timestamp,
    read: R,
    found: Vec<CertificateFinding>,
}

/// The entry and field that is looked into.
#[derive(Clone, Copy)]
struct Place<'a> {
    list: &'static str,
    name: &'a str,
    field: &'static str,
}

impl<R: FnMut(&str) -> Result<Zeroizing<Vec<u8>>, String>> Check<'_, R> {
    fn cluster(&mut self, name: &str, cluster: &Cluster) {
        let place = Place { list: "clusters", name, field: "certificate-authority" };
        let data = cluster.certificate_authority_data.as_ref().map(AsRef::as_ref);
        let Some(text) = self.text(place, data, cluster.certificate_authority.as_deref()) else {
            return;
        };
        let Some(authorities) = self.certificates(place, &text) else { return };
        for authority in &authorities {
            self.validity(place, authority);
        }
        if !authorities.iter().all(Certificate::is_ca) {
            let why = "its BasicConstraints do not say CA:TRUE".to_owned();
            self.push(place, Issue::NotAnAuthority { path: place.field.to_owned(), why });
        }
        if let Some(present) = self.present.filter(|present| present.is(name, cluster))
            && !authorities.contains(&present.authority)
        {
            let authority = present.name();
            self.push(place, Issue::TrustChanged { authority });
        }
    }

    fn user(&mut self, name: &str, user: &AuthInfo, present: Option<&PresentCluster>) {
        let place = Place { list: "users", name, field: "client-certificate" };
        let data = user.client_certificate_data.as_ref().map(AsRef::as_ref);
        let text = self.text(place, data, user.client_certificate.as_deref());
        let chain = text.and_then(|text| self.certificates(place, &text));
        for certificate in chain.iter().flatten() {
            self.validity(place, certificate);
        }
        let leaf = chain.as_ref().and_then(|chain| chain.first());
        if let (Some(leaf), Some(present)) = (leaf, present)
            && !leaf.is_issued_by(&present.authority)
        {
            let issuer = present.name();
            self.push(place, Issue::IssuerChanged { issuer });
        }
        let place = Place { list: "users", name, field: "client-key" };
        let data = user.client_key_data.as_ref().map(|key| key.expose());
        let Some(text) = self.text(place, data, user.client_key.as_deref()) else { return };
        match PublicKey::of_private_pem(&text) {
            Ok(key) if leaf.is_some_and(|leaf| !leaf.is_for(&key)) => {
                let (certificate, key) = ("client-certificate".to_owned(), place.field.to_owned());
                self.push(place, Issue::KeyMismatch { certificate, key });
            }
            Ok(_) => {}
            Err(error) => {
                self.push(place, Issue::unreadable(&place.field, &error));
            }
        }
    }

    /// The PEM text; the data wins over the file, as it does for client-go.
    fn text(
        &mut self,
        place: Place<'_>,
        data: Option<&[u8]>,
        path: Option<&str>,
    ) -> Option<Zeroizing<Vec<u8>>> {
        if let Some(data) = data {
            return Some(Zeroizing::new(data.to_vec()));
        }
        match (self.read)(path?) {
            Ok(text) => Some(text),
            Err(why) => {
                self.push(place, Issue::unreadable(&place.field, &why));
                None
            }
        }
    }

    fn certificates(&mut self, place: Place<'_>, text: &[u8]) -> Option<Vec<Certificate>> {
        match Certificate::all_from_pem(text) {
            Ok(certificates) => Some(certificates),
            Err(error) => {
                self.push(place, Issue::unreadable(&place.field, &error));
                None
            }
        }
    }

    fn validity(&mut self, place: Place<'_>, certificate: &Certificate) {
        let (not_before, not_after) =
            (certificate.validity().not_before(), certificate.validity().not_after());
        if not_after < self.now {
            self.push(place, Issue::Expired { not_after });
        } else if not_before > self.now {
            self.push(place, Issue::NotYetValid { not_before });
        } else if not_after.duration_since(self.now) < self.within {
            self.push(place, Issue::Due { not_after, ends_with_issuer: false });
        }
    }

    fn push(&mut self, place: Place<'_>, issue: Issue) {
        let Place { list, name, field } = place;
        self.found.push(CertificateFinding { issue, list, name: name.to_owned(), field });
    }
}
