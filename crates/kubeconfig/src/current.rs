//! Which server, which user: `current-context` followed to its entries. Changes nothing.

use crate::{AuthInfo, Cluster, Context, Error, Kubeconfig};

/// The entries `current-context` leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Current<'a> {
    /// The context's name.
    pub name: &'a str,
    /// The context.
    pub context: &'a Context,
    /// The cluster the context names.
    pub cluster: &'a Cluster,
    /// The user the context names.
    pub user: &'a AuthInfo,
}

impl Kubeconfig {
    /// Follows `current-context`.
    ///
    /// # Errors
    ///
    /// `NoCurrentContext` when it is empty, and `UnknownContext`, `UnknownCluster` or `UnknownUser`
    /// when a name on the way is not there.
    pub fn current(&self) -> Result<Current<'_>, Error> {
        let name = self.current_context.as_str();
        if name.is_empty() {
            return Err(Error::NoCurrentContext);
        }
        let named = self
            .contexts
            .iter()
            .find(|entry| entry.name == name)
            .ok_or_else(|| Error::UnknownContext { context: name.into() })?;
        let context = &named.context;
        let cluster =
            self.clusters.iter().find(|entry| entry.name == context.cluster).ok_or_else(|| {
                Error::UnknownCluster { context: name.into(), cluster: context.cluster.clone() }
            })?;
        let user = self.users.iter().find(|entry| entry.name == context.user).ok_or_else(|| {
            Error::UnknownUser { context: name.into(), user: context.user.clone() }
        })?;
        Ok(Current { name, context, cluster: &cluster.cluster, user: &user.user })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(yaml: &str) -> Error {
        Kubeconfig::parse(yaml).unwrap().current().unwrap_err()
    }

    #[test]
    fn each_dangling_name_is_named() {
        assert_eq!(error_of(""), Error::NoCurrentContext);
        assert_eq!(error_of("current-context: a"), Error::UnknownContext { context: "a".into() });
        let contexts =
            "current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n";
        assert_eq!(
            error_of(contexts),
            Error::UnknownCluster { context: "a".into(), cluster: "c".into() }
        );
        assert_eq!(
            error_of(&format!("{contexts}clusters: [{{name: c}}]")),
            Error::UnknownUser { context: "a".into(), user: "u".into() }
        );
    }
}
