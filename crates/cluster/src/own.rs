//! What in a kubeconfig is ours: found and changed, with everything else left as it is. Opens no file.

use kubepki_ca::Certificate;
use kubepki_kubeconfig::{
    AuthInfo, ClientConfig, Cluster, Context, Error, Kubeconfig, SecretSource, Source,
};

use crate::catalog::Connection;

/// The entries of a kubeconfig that a connection is about.
pub(crate) struct Own<'a> {
    pub(crate) context: &'a Context,
    pub(crate) cluster: &'a Cluster,
    pub(crate) user: &'a AuthInfo,
}

impl<'a> Own<'a> {
    /// The wanted user at the wanted cluster; where there is no context of the two, the entries
    /// that `current-context` leads to, which then differ from what is wanted.
    pub(crate) fn find(kubeconfig: &'a Kubeconfig, wanted: &Connection) -> Result<Self, Error> {
        let found = kubeconfig.context_of(&wanted.cluster, &wanted.user).and_then(|entry| {
            let clusters = &kubeconfig.clusters;
            let cluster = clusters.iter().find(|entry| entry.name == wanted.cluster)?;
            let user = kubeconfig.users.iter().find(|entry| entry.name == wanted.user)?;
            Some(Self { context: &entry.context, cluster: &cluster.cluster, user: &user.user })
        });
        // A `current-context` that leads nowhere is refused in any case: kubectl cannot use the file.
        let current = kubeconfig.current()?;
        let (context, cluster, user) = (current.context, current.cluster, current.user);
        Ok(found.unwrap_or(Self { context, cluster, user }))
    }
}

/// Whether the cluster's embedded CAs include this one. More of them are a rotation under way.
pub(crate) fn trusts(cluster: &Cluster, ca: &Certificate) -> bool {
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
    let named = |entry: &&kubepki_kubeconfig::NamedCluster| entry.name == connection.cluster;
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
