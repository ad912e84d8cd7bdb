//! Only what one context needs. Opens no file.

use crate::{Error, Kubeconfig};

/// The names a context leads to; `None` where it names nothing.
pub(crate) struct Needs<'a> {
    pub(crate) context: &'a str,
    pub(crate) cluster: Option<&'a str>,
    pub(crate) user: Option<&'a str>,
}

impl Kubeconfig {
    /// Drops every entry that the context of this name does not need, and makes it the current
    /// one, as `kubectl config view --minify` does. Fields outside the three lists stay.
    ///
    /// # Errors
    ///
    /// `UnknownContext`, `UnknownCluster` or `UnknownUser` when a name on the way is not there.
    pub fn minify(&mut self, context: &str) -> Result<(), Error> {
        let Needs { cluster, user, .. } = self.needs(context)?;
        let (cluster, user) = (cluster.map(str::to_owned), user.map(str::to_owned));
        self.clusters.retain(|entry| Some(&entry.name) == cluster.as_ref());
        self.users.retain(|entry| Some(&entry.name) == user.as_ref());
        self.contexts.retain(|entry| entry.name == context);
        self.current_context = context.to_owned();
        Ok(())
    }

    pub(crate) fn needs(&self, context: &str) -> Result<Needs<'_>, Error> {
        let found = self.context(context);
        let found = found.ok_or_else(|| Error::UnknownContext { context: context.into() })?;
        let named = |name| Some(name).filter(|name: &&str| !name.is_empty());
        let cluster = named(found.context.cluster.as_str());
        let user = named(found.context.user.as_str());
        if let Some(cluster) = cluster
            && !self.clusters.iter().any(|entry| entry.name == cluster)
        {
            return Err(Error::UnknownCluster { context: context.into(), cluster: cluster.into() });
        }
        if let Some(user) = user
            && !self.users.iter().any(|entry| entry.name == user)
        {
            return Err(Error::UnknownUser { context: context.into(), user: user.into() });
        }
        Ok(Needs { context: &found.name, cluster, user })
    }
}
