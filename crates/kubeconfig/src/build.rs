//! From the facts about one client to a kubeconfig, new or changed. Invents no name and no path.

use crate::{Data, Kubeconfig, NamedCluster, NamedContext, NamedUser, Secret};

/// What one client needs to speak to one cluster.
#[derive(Debug, PartialEq, Eq)]
pub struct ClientConfig {
    /// The cluster's name.
    pub cluster: String,
    /// The API server's URL.
    pub server: String,
    /// The certificates of the CAs to trust.
    pub ca: Source,
    /// The user's name.
    pub user: String,
    /// The client certificate, with any intermediates.
    pub client_certificate: Source,
    /// The client's private key.
    pub client_key: SecretSource,
    /// The namespace of the context; `None` leaves it as it is.
    pub namespace: Option<String>,
}

/// Where PEM text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In the kubeconfig itself.
    Data(Data),
    /// In a file; a relative path counts from the kubeconfig's folder.
    Path(String),
}

/// Where secret PEM text is.
#[derive(Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// In the kubeconfig itself.
    Data(Secret),
    /// In a file; a relative path counts from the kubeconfig's folder.
    Path(String),
}

impl ClientConfig {
    /// Returns the name of its context, `<user>@<cluster>`, as kubeadm names it.
    pub fn context(&self) -> String {
        format!("{}@{}", self.user, self.cluster)
    }
}

impl From<ClientConfig> for Kubeconfig {
    /// Makes a kubeconfig of one context, `<user>@<cluster>`, as kubeadm names it.
    fn from(client: ClientConfig) -> Self {
        let mut config = Self::default();
        config.set_client(client);
        config
    }
}

impl Kubeconfig {
    /// Sets the cluster and the user of these names and the context `<user>@<cluster>`, and makes
    /// it the current one.
    ///
    /// Everything else stays: other entries, and the other fields of these entries. Embedding
    /// clears the path of the same field and the other way round, and giving a CA clears
    /// `insecure-skip-tls-verify`, because client-go refuses the two together.
    pub fn set_client(&mut self, client: ClientConfig) {
        self.current_context = self.put_client(client);
    }

    /// Sets the three entries, and returns the context's name.
    pub(crate) fn put_client(&mut self, client: ClientConfig) -> String {
        let context_name = client.context();

        let cluster = &mut entry(&mut self.clusters, &client.cluster).cluster;
        cluster.server = client.server;
        cluster.insecure_skip_tls_verify = false;
        (cluster.certificate_authority, cluster.certificate_authority_data) = client.ca.split();

        let user = &mut entry(&mut self.users, &client.user).user;
        (user.client_certificate, user.client_certificate_data) = client.client_certificate.split();
        (user.client_key, user.client_key_data) = client.client_key.split();

        let context = &mut entry(&mut self.contexts, &context_name).context;
        context.cluster = client.cluster;
        context.user = client.user;
        if client.namespace.is_some() {
            context.namespace = client.namespace;
        }

        context_name
    }
}

impl Source {
    fn split(self) -> (Option<String>, Option<Data>) {
        match self {
            Self::Data(data) => (None, Some(data)),
            Self::Path(path) => (Some(path), None),
        }
    }
}

impl SecretSource {
    fn split(self) -> (Option<String>, Option<Secret>) {
        match self {
            Self::Data(data) => (None, Some(data)),
            Self::Path(path) => (Some(path), None),
        }
    }
}

fn entry<'a, T: Named>(list: &'a mut Vec<T>, name: &str) -> &'a mut T {
    let at = list.iter().position(|entry| entry.name() == name).unwrap_or_else(|| {
        list.push(T::new(name.to_owned()));
        list.len() - 1
    });
    &mut list[at]
}

trait Named {
    fn name(&self) -> &str;
    fn new(name: String) -> Self;
}

macro_rules! named {
    ($($type:ty)*) => {$(
        impl Named for $type {
            fn name(&self) -> &str {
                &self.name
            }

            fn new(name: String) -> Self {
                Self { name, ..Self::default() }
            }
        }
    )*};
}

named!(NamedCluster NamedContext NamedUser);

#[cfg(test)]
mod tests {
    use super::*;

    fn client(ca: Source, key: SecretSource) -> ClientConfig {
        ClientConfig {
            cluster: "prod".into(),
            server: "https://new:6443".into(),
            ca,
            user: "jane".into(),
            client_certificate: Source::Path("jane.crt".into()),
            client_key: key,
            namespace: None,
        }
    }

    const FOREIGN: &str = "\
apiVersion: v1
clusters:
- cluster:
    certificate-authority: old.crt
    insecure-skip-tls-verify: true
    server: https://old:6443
    x-team: blue
  name: prod
- cluster:
    server: https://other:6443
  name: other
  x-note: 0123
contexts:
- context:
    cluster: prod
    namespace: team-a
    user: jane
    x-colour: yes
  name: jane@prod
current-context: elsewhere
kind: Config
preferences:
  colors: true
users:
- name: jane
  user:
    client-key: old.key
    exec:
      command: login
    token: abc
x-top:
- 1
";

    const CHANGED: &str = "\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0E=
    server: https://new:6443
    x-team: blue
  name: prod
- cluster:
    server: https://other:6443
  name: other
  x-note: 0123
contexts:
- context:
    cluster: prod
    namespace: team-a
    user: jane
    x-colour: yes
  name: jane@prod
current-context: jane@prod
kind: Config
preferences:
  colors: true
users:
- name: jane
  user:
    client-certificate: jane.crt
    client-key-data: S0VZ
    exec:
      command: login
    token: abc
x-top:
- 1
";

    #[test]
    fn set_client_changes_its_own_fields_only() {
        let mut config = Kubeconfig::parse(FOREIGN).unwrap();
        assert_eq!(*config.to_yaml(), FOREIGN, "not kept even before the change");
        config.set_client(client(Source::Data("CA".into()), SecretSource::Data("KEY".into())));
        assert_eq!(*config.to_yaml(), CHANGED);
    }

    #[test]
    fn a_path_clears_the_data_and_twice_is_once() {
        let mut config =
            Kubeconfig::from(client(Source::Data("CA".into()), SecretSource::Data("KEY".into())));
        for _ in 0..2 {
            config.set_client(client(Source::Path("ca".into()), SecretSource::Path("key".into())));
        }
        let expected =
            Kubeconfig::from(client(Source::Path("ca".into()), SecretSource::Path("key".into())));
        assert_eq!(config, expected);
        assert_eq!(config.users.len(), 1);
        assert_eq!(config.users[0].user.client_key_data, None);
        assert_eq!(config.clusters[0].cluster.certificate_authority_data, None);
    }
}
