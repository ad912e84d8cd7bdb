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

    /// Sets the cluster's server and CA and the user's certificate and key, where they stand.
    ///
    /// As [`Kubeconfig::set_client`] where there is no context of this user at this cluster. One
    /// that is there is taken under the name it has, and then `current-context` stays, unless it
    /// names no context.
    pub fn update_client(&mut self, client: ClientConfig) {
        let own = self.context_of(&client.cluster, &client.user).map(|entry| entry.name.clone());
        let Some(context_name) = own else { return self.set_client(client) };
        self.put_identity(client, &context_name);
        if self.context(&self.current_context).is_none() {
            self.current_context = context_name;
        }
    }

    /// A context of this user at this cluster: the current one, else the one that is named after
    /// both, else the first.
    pub fn context_of(&self, cluster: &str, user: &str) -> Option<&NamedContext> {
        let name = format!("{user}@{cluster}");
        let mut own: Vec<_> = self
            .contexts
            .iter()
            .filter(|entry| entry.context.cluster == cluster && entry.context.user == user)
            .collect();
        own.sort_by_key(|entry| (entry.name != self.current_context, entry.name != name));
        own.first().copied()
    }

    /// Sets the three entries, and returns the context's name.
    pub(crate) fn put_client(&mut self, client: ClientConfig) -> String {
        let context_name = client.context();
        self.put_identity(client, &context_name);
        context_name
    }

    fn put_identity(&mut self, client: ClientConfig, context_name: &str) {
        let cluster = &mut entry(&mut self.clusters, &client.cluster).cluster;
        cluster.server = client.server;
        cluster.insecure_skip_tls_verify = false;
        (cluster.certificate_authority, cluster.certificate_authority_data) = client.ca.split();

        let user = &mut entry(&mut self.users, &client.user).user;
        (user.client_certificate, user.client_certificate_data) = client.client_certificate.split();
        (user.client_key, user.client_key_data) = client.client_key.split();

        let context = &mut entry(&mut self.contexts, context_name).context;
        context.cluster = client.cluster;
        context.user = client.user;
        if client.namespace.is_some() {
            context.namespace = client.namespace;
        }
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
    fn update_client_takes_a_context_of_any_name_and_leaves_the_current_one() {
        let text = FOREIGN.replace("name: jane@prod", "name: work").replace(
            "contexts:\n",
            "contexts:\n- context:\n    cluster: other\n    user: joe\n  name: elsewhere\n",
        );
        let mut config = Kubeconfig::parse(&text).unwrap();
        let renewed = || client(Source::Data("CA".into()), SecretSource::Data("KEY".into()));
        config.update_client(renewed());
        assert_eq!((config.contexts.len(), config.users.len()), (2, 1));
        assert_eq!(config.current_context, "elsewhere");
        let work = &config.context("work").unwrap().context;
        assert_eq!(work.namespace.as_deref(), Some("team-a"));
        assert_eq!(config.users[0].user.client_key_data, Some("KEY".into()));

        config.current_context = "gone".into();
        config.update_client(renewed());
        assert_eq!(config.current_context, "work");
    }

    #[test]
    fn of_several_contexts_the_current_one_counts_first() {
        let mut config = Kubeconfig::default();
        for name in ["a", "jane@prod", "b"] {
            let context = &mut entry(&mut config.contexts, name).context;
            (context.cluster, context.user) = ("prod".into(), "jane".into());
        }
        let name = |config: &Kubeconfig| config.context_of("prod", "jane").unwrap().name.clone();
        assert_eq!(name(&config), "jane@prod");
        config.current_context = "b".into();
        assert_eq!(name(&config), "b");
        assert!(config.context_of("prod", "joe").is_none());
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
