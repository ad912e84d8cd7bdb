//! A client added to a kubeconfig that is somebody's own: nothing of theirs is replaced unasked.
//! Opens no file.

use crate::{AuthInfo, ClientConfig, Cluster, Error, Kubeconfig, Source};

/// What becomes of entries that belong to somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// They stay, and the client is refused.
    Never,
    /// They are replaced.
    Anything,
}

/// What becomes of `current-context`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetCurrent {
    /// It stays, unless the file had no context at all.
    IfFirst,
    /// The client's context becomes the current one.
    Yes,
}

/// An entry that has the client's name and is somebody else's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    /// The cluster of this name trusts another CA.
    #[error("cluster {cluster:?} is there already, with another CA")]
    Authority {
        /// The cluster's name.
        cluster: String,
    },
    /// The context of this name is for another cluster or user.
    #[error("context {context:?} is there already, for user {user:?} at cluster {cluster:?}")]
    Context {
        /// The context's name.
        context: String,
        /// The cluster it names.
        cluster: String,
        /// The user it names.
        user: String,
    },
    /// The user of this name has credentials of another kind.
    #[error("user {user:?} is there already, with `{field}`")]
    Credentials {
        /// The user's name.
        user: String,
        /// The field that holds them.
        field: &'static str,
    },
    /// The cluster of this name is another server.
    #[error("cluster {cluster:?} is there already, with the server {server:?}")]
    Server {
        /// The cluster's name.
        cluster: String,
        /// The server it has.
        server: String,
    },
    /// The user of this name is used at another cluster.
    #[error(
        "user {user:?} is there already, and context {context:?} uses it at cluster {cluster:?}"
    )]
    User {
        /// The user's name.
        user: String,
        /// A context that uses it.
        context: String,
        /// That context's cluster.
        cluster: String,
    },
}

impl Kubeconfig {
    /// Adds the client's cluster, user and context `<user>@<cluster>`, and returns that name.
    ///
    /// An entry of the same name is the client's own if it says the same: a cluster with the same
    /// server and CA, a context of this user at this cluster, a user with a client certificate
    /// that no context uses at another cluster. That user's certificate and key are replaced.
    /// `read` reads a CA file that an entry names, to compare it; `None` if it cannot.
    ///
    /// # Errors
    ///
    /// `Conflict` when an entry is somebody else's, unless it is to be replaced. Nothing has
    /// changed then.
    pub fn add_client(
        &mut self,
        client: ClientConfig,
        replace: Replace,
        current: SetCurrent,
        read: impl FnMut(&str) -> Option<Vec<u8>>,
    ) -> Result<String, Error> {
        if replace == Replace::Never {
            self.conflict(&client, read)?;
        }
        let sets_current = current == SetCurrent::Yes
            || (self.contexts.is_empty() && self.current_context.is_empty());
        let context = self.put_client(client);
        if sets_current {
            self.current_context.clone_from(&context);
        }
        Ok(context)
    }

    fn conflict(
        &self,
        client: &ClientConfig,
        mut read: impl FnMut(&str) -> Option<Vec<u8>>,
    ) -> Result<(), Conflict> {
        let clusters = self.clusters.iter().find(|entry| entry.name == client.cluster);
        if let Some(found) = clusters.map(|entry| &entry.cluster) {
            let cluster = client.cluster.clone();
            if found.server.trim_end_matches('/') != client.server.trim_end_matches('/') {
                return Err(Conflict::Server { cluster, server: found.server.clone() });
            }
            if !has_ca(found, &client.ca, &mut read) {
                return Err(Conflict::Authority { cluster });
            }
        }
        let name = client.context();
        if let Some(entry) = self.context(&name)
            && (entry.context.cluster != client.cluster || entry.context.user != client.user)
        {
            let (cluster, user) = (entry.context.cluster.clone(), entry.context.user.clone());
            return Err(Conflict::Context { context: name, cluster, user });
        }
        let users = self.users.iter().find(|entry| entry.name == client.user);
        if let Some(field) = users.and_then(|entry| other_credentials(&entry.user)) {
            return Err(Conflict::Credentials { user: client.user.clone(), field });
        }
        let elsewhere = self.contexts.iter().find(|entry| {
            entry.context.user == client.user && entry.context.cluster != client.cluster
        });
        match elsewhere {
            Some(entry) if users.is_some() => Err(Conflict::User {
                user: client.user.clone(),
                context: entry.name.clone(),
                cluster: entry.context.cluster.clone(),
            }),
            _ => Ok(()),
        }
    }
}

fn has_ca(
    found: &Cluster,
    wanted: &Source,
    read: &mut impl FnMut(&str) -> Option<Vec<u8>>,
) -> bool {
    let wanted = match wanted {
        Source::Data(data) => Some(data.as_ref().to_vec()),
        Source::Path(path) => read(path),
    };
    let found = match (&found.certificate_authority_data, &found.certificate_authority) {
        (Some(data), _) => Some(data.as_ref().to_vec()),
        (None, Some(path)) => read(path),
        (None, None) => None,
    };
    match (found, wanted) {
        (Some(found), Some(wanted)) => found.trim_ascii() == wanted.trim_ascii(),
        _ => false,
    }
}

fn other_credentials(user: &AuthInfo) -> Option<&'static str> {
    let unnamed = ["exec", "auth-provider"];
    let unnamed = unnamed.into_iter().find(|name| user.other.get(name).is_some());
    let named = [
        ("token", user.token.is_some()),
        ("tokenFile", user.token_file.is_some()),
        ("username", user.username.is_some()),
        ("password", user.password.is_some()),
    ];
    unnamed.or_else(|| named.into_iter().find(|(_, is_there)| *is_there).map(|(name, _)| name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecretSource;

    fn jane() -> ClientConfig {
        ClientConfig {
            cluster: "prod".into(),
            server: "https://lb:6443".into(),
            ca: Source::Data("CA\n".into()),
            user: "jane".into(),
            client_certificate: Source::Data("CERT".into()),
            client_key: SecretSource::Data("KEY".into()),
            namespace: None,
        }
    }

    fn add(text: &str, replace: Replace) -> (Result<String, Error>, Kubeconfig) {
        let mut config = Kubeconfig::parse(text).unwrap();
        let read = |path: &str| (path == "ca.crt").then(|| b"CA".to_vec());
        (config.add_client(jane(), replace, SetCurrent::IfFirst, read), config)
    }

    #[test]
    fn the_clients_own_entries_are_renewed_and_the_current_context_stays() {
        for cluster in [
            "{server: 'https://lb:6443', certificate-authority-data: Q0E=, x-team: blue}",
            "{server: 'https://lb:6443/', certificate-authority: ca.crt}",
        ] {
            let (added, config) = add(
                &format!(
                    "current-context: other
clusters: [{{name: prod, cluster: {cluster}}}]
users: [{{name: jane, user: {{client-certificate: old.crt, client-key: old.key}}}}]
contexts: [{{name: jane@prod, context: {{cluster: prod, user: jane, namespace: web}}}}]
"
                ),
                Replace::Never,
            );
            assert_eq!(added.unwrap(), "jane@prod");
            assert_eq!(config.current_context, "other");
            assert_eq!(config.users[0].user.client_key_data, Some("KEY".into()));
            assert_eq!(config.users[0].user.client_certificate, None);
            assert_eq!(config.contexts[0].context.namespace.as_deref(), Some("web"));
            assert_eq!(
                (config.clusters.len(), config.users.len(), config.contexts.len()),
                (1, 1, 1)
            );
        }
    }

    #[test]
    fn the_first_context_becomes_the_current_one() {
        assert_eq!(add("", Replace::Never).1.current_context, "jane@prod");
        let others = "contexts: [{name: a, context: {cluster: b, user: c}}]";
        assert_eq!(add(others, Replace::Never).1.current_context, "");
    }

    #[test]
    fn what_is_somebody_elses_is_refused_and_unchanged_unless_told() {
        let right = "{server: 'https://lb:6443', certificate-authority-data: Q0E=}";
        for (text, word) in [
            ("clusters: [{name: prod, cluster: {server: 'https://lb:7443'}}]".to_owned(), "server"),
            (
                "clusters: [{name: prod, cluster: {server: 'https://lb:6443', certificate-authority-data: Q0I=}}]"
                    .to_owned(),
                "another CA",
            ),
            (
                "clusters: [{name: prod, cluster: {server: 'https://lb:6443', certificate-authority: b}}]"
                    .to_owned(),
                "another CA",
            ),
            ("users: [{name: jane, user: {token: abc}}]".to_owned(), "`token`"),
            ("users: [{name: jane, user: {exec: {command: x}}}]".to_owned(), "`exec`"),
            (
                format!(
                    "clusters: [{{name: prod, cluster: {right}}}]
users: [{{name: jane}}]
contexts: [{{name: k, context: {{cluster: dev, user: jane}}}}]"
                ),
                "context \"k\" uses it",
            ),
            (
                "contexts: [{name: jane@prod, context: {cluster: prod, user: joe}}]".to_owned(),
                "context \"jane@prod\"",
            ),
        ] {
            let (refused, config) = add(&text, Replace::Never);
            let error = refused.unwrap_err().to_string();
            assert!(error.contains(word) && !error.contains("abc"), "{text}: {error}");
            assert_eq!(config, Kubeconfig::parse(&text).unwrap());
            let (replaced, config) = add(&text, Replace::Anything);
            assert_eq!(replaced.unwrap(), "jane@prod");
            assert_eq!(config.context("jane@prod").unwrap().context.user, "jane");
        }
    }
}
