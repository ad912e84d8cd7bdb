//! What in a kubeconfig belongs to an entry: read, compared with the spec, and set; everything else
//! is left as it is. Opens no file.

use kubepki_ca::{Certificate, PublicKey};
use kubepki_kubeconfig::{
    AuthInfo, ClientConfig, Cluster, Context, Error, Kubeconfig, NamedCluster, SecretSource, Source,
};

use super::{AuthorityName, Issue, Observation, Observer};
use crate::{
    catalog::{Connection, Content, PairFiles, Position},
    store::StorePath,
};

/// The entries of a kubeconfig that a connection is about.
pub(crate) struct ClientEntries<'a> {
    pub(crate) context: &'a Context,
    pub(crate) cluster: &'a Cluster,
    pub(crate) user: &'a AuthInfo,
}

impl<'a> ClientEntries<'a> {
    /// The connection's user at its cluster; where there is no context of the two, the entries
    /// that `current-context` leads to, which then differ from the connection.
    pub(crate) fn find(kubeconfig: &'a Kubeconfig, wanted: &Connection) -> Result<Self, Error> {
        let named = kubeconfig.context_of(&wanted.cluster, &wanted.user).and_then(|entry| {
            let clusters = &kubeconfig.clusters;
            let cluster = clusters.iter().find(|entry| entry.name == wanted.cluster)?;
            let user = kubeconfig.users.iter().find(|entry| entry.name == wanted.user)?;
            Some(Self { context: &entry.context, cluster: &cluster.cluster, user: &user.user })
        });
        // A `current-context` that leads nowhere is refused in any case: kubectl cannot use the file.
        let current = kubeconfig.current()?;
        let (context, cluster, user) = (current.context, current.cluster, current.user);
        Ok(named.unwrap_or(Self { context, cluster, user }))
    }
}

/// What a kubeconfig says that is neither certificate nor key.
#[derive(Debug, Default)]
pub(crate) struct ObservedKubeconfig {
    /// The user of the entry's context, where that leads somewhere.
    pub(crate) user: Option<String>,
    /// Whether that user's certificate is in a file of its own.
    pub(crate) names_files: bool,
    /// Whether it has further users.
    pub(crate) has_others: bool,
}

impl Observer<'_> {
    /// Reads the client certificate of a kubeconfig, and compares all around it.
    pub(super) fn kubeconfig(
        &self,
        path: &StorePath,
        wanted: &Connection,
        embeds: Option<(&PairFiles, Position)>,
    ) -> Observation {
        let mut seen = Observation::default();
        let Some(text) = self.files.contents(path) else {
            seen.issues.push(self.files.absence(path));
            return seen;
        };
        match Kubeconfig::parse(text) {
            Err(error) => seen.issues.push(Issue::unreadable(path, &error)),
            Ok(kubeconfig) => {
                let has_others = kubeconfig.users.len() > 1;
                seen.kubeconfig = Some(ObservedKubeconfig { has_others, ..Default::default() });
                if let Err(why) = self.client(&kubeconfig, path, wanted, &mut seen) {
                    seen.issues.push(Issue::unreadable(path, &why));
                }
                if let Some((files, of)) = embeds {
                    self.compare_with_pair(&kubeconfig, text, wanted, (files, of), &mut seen);
                }
            }
        }
        seen
    }

    fn client(
        &self,
        kubeconfig: &Kubeconfig,
        path: &StorePath,
        wanted: &Connection,
        seen: &mut Observation,
    ) -> Result<(), String> {
        let present = ClientEntries::find(kubeconfig, wanted).map_err(|error| error.to_string())?;
        let names_files = present.user.client_certificate.is_some();
        if let Some(observed) = &mut seen.kubeconfig {
            observed.user = Some(present.context.user.clone());
            observed.names_files = names_files;
        }
        if names_files {
            return Ok(());
        }
        let absent = |field| format!("its user has no {field}");
        let certificate = present.user.client_certificate_data.as_ref();
        let certificate = certificate.ok_or_else(|| absent("client-certificate-data"))?;
        let certificate =
            Certificate::from_pem(certificate.as_ref()).map_err(|error| error.to_string())?;
        let key = present.user.client_key_data.as_ref();
        let key = key.ok_or_else(|| absent("client-key-data"))?;
        let key = PublicKey::of_private_pem(key.expose()).map_err(|error| error.to_string())?;
        if !certificate.is_for(&key) {
            let (certificate, key) = (path.to_string(), path.to_string());
            seen.issues.push(Issue::KeyMismatch { certificate, key });
        }
        for (field, was, now) in [
            ("cluster", &present.context.cluster, &wanted.cluster),
            ("server", &present.cluster.server, &wanted.server),
            ("user", &present.context.user, &wanted.user),
        ] {
            if was != now {
                let (was, now) = (was.clone(), now.clone());
                seen.issues.push(Issue::SpecChanged { field, was, now });
            }
        }
        if let Some(ca) = self.certificate_of(wanted.ca)
            && !self.trusts(present.cluster, ca, wanted.ca)
        {
            let authority = AuthorityName::Entry(self.catalog.entries[wanted.ca].id.clone());
            seen.issues.push(Issue::TrustChanged { authority });
        }
        seen.certificate = Some(certificate);
        seen.key = Some(key);
        Ok(())
    }

    /// Whether the CAs of a cluster include this one. Most often its data is the CA's own file.
    fn trusts(&self, cluster: &Cluster, ca: &Certificate, position: Position) -> bool {
        let own = match &self.catalog.entries[position].content {
            Content::Authority { files, .. } => self.files.contents(&files.certificate),
            _ => None,
        };
        let data = cluster.certificate_authority_data.as_ref().map(AsRef::as_ref);
        data.is_some() && data == own || trusts(cluster, ca)
    }

    /// A kubeconfig whose certificate and key also lie beside it should change nothing when it is
    /// made from them again.
    fn compare_with_pair(
        &self,
        kubeconfig: &Kubeconfig,
        text: &[u8],
        wanted: &Connection,
        (files, of): (&PairFiles, Position),
        seen: &mut Observation,
    ) {
        let parts = [&files.certificate, &files.key].map(|path| self.files.contents(path));
        let is_same = match (self.certificate_of(wanted.ca), parts, Kubeconfig::parse(text)) {
            (Some(ca), [Some(certificate), Some(key)], Ok(mut after)) => {
                update(&mut after, wanted, ca, certificate, key);
                *kubeconfig == after
            }
            // What is missing is told where it is.
            _ => true,
        };
        if !is_same {
            let of = self.catalog.entries[of].id.clone();
            seen.issues.push(Issue::SourceChanged { of });
        }
    }
}

/// Whether the cluster's embedded CAs include this one. More of them are a rotation under way.
fn trusts(cluster: &Cluster, ca: &Certificate) -> bool {
    let data = cluster.certificate_authority_data.as_ref();
    let bundle = data.and_then(|data| Certificate::all_from_pem(data.as_ref()).ok());
    bundle.is_some_and(|bundle| bundle.contains(ca))
}

/// Sets the connection's server and CA, and its user's certificate and key, everything embedded.
/// A bundle that includes the CA stays.
pub(crate) fn update(
    kubeconfig: &mut Kubeconfig,
    connection: &Connection,
    ca: &Certificate,
    certificate: &[u8],
    key: &[u8],
) {
    let named = |entry: &&NamedCluster| entry.name == connection.cluster;
    let present = kubeconfig.clusters.iter().find(named).map(|entry| &entry.cluster);
    let bundle = present.filter(|cluster| trusts(cluster, ca));
    let bundle = bundle.and_then(|cluster| cluster.certificate_authority_data.clone());
    kubeconfig.update_client(ClientConfig {
        cluster: connection.cluster.clone(),
        server: connection.server.clone(),
        ca: Source::Data(bundle.unwrap_or_else(|| ca.to_pem().into())),
        user: connection.user.clone(),
        client_certificate: Source::Data(certificate.to_vec().into()),
        client_key: SecretSource::Data(key.to_vec().into()),
        namespace: None,
    });
}
