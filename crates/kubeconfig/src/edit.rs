//! The small changes: another current context, another name, another namespace. Whatever a change
//! does not name stays as it is.

use crate::{Error, Kubeconfig, NamedContext};

impl Kubeconfig {
    /// Returns the context of this name.
    pub fn context(&self, name: &str) -> Option<&NamedContext> {
        self.contexts.iter().find(|entry| entry.name == name)
    }

    /// Makes the context of this name the current one.
    ///
    /// # Errors
    ///
    /// `NoSuchContext` when there is none.
    pub fn use_context(&mut self, name: &str) -> Result<(), Error> {
        self.required(name)?;
        self.current_context = name.to_owned();
        Ok(())
    }

    /// Gives a context another name; `current-context` follows.
    ///
    /// # Errors
    ///
    /// `NoSuchContext` when there is none called `from`, `ContextExists` when there is one called `to`.
    pub fn rename_context(&mut self, from: &str, to: &str) -> Result<(), Error> {
        self.required(from)?;
        if self.context(to).is_some() {
            return Err(Error::ContextExists { context: to.into() });
        }
        to.clone_into(&mut self.required(from)?.name);
        if self.current_context == from {
            self.current_context = to.to_owned();
        }
        Ok(())
    }

    /// Sets the namespace that a context uses when none is asked for.
    ///
    /// # Errors
    ///
    /// `NoSuchContext` when there is no such context.
    pub fn set_namespace(&mut self, context: &str, namespace: &str) -> Result<(), Error> {
        self.required(context)?.context.namespace = Some(namespace.to_owned());
        Ok(())
    }

    fn required(&mut self, name: &str) -> Result<&mut NamedContext, Error> {
        let found = self.contexts.iter_mut().find(|entry| entry.name == name);
        found.ok_or_else(|| Error::NoSuchContext { context: name.into() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = "\
apiVersion: v1
clusters: []
contexts:
- context:
    cluster: c
    user: u
    x-colour: yes
  name: a
  x-note: 1
- context:
    cluster: c
    user: v
  name: b
current-context: a
kind: Config
preferences: {}
users: []
x-top: 0123
";

    #[test]
    fn only_what_is_asked_for_changes() {
        let mut config = Kubeconfig::parse(TWO).unwrap();
        config.rename_context("a", "c").unwrap();
        config.set_namespace("b", "web").unwrap();
        let expected = TWO
            .replace("name: a", "name: c")
            .replace("current-context: a", "current-context: c")
            .replace("    user: v\n", "    namespace: web\n    user: v\n");
        assert_eq!(*config.to_yaml(), expected);
        config.use_context("b").unwrap();
        assert_eq!(config.current_context, "b");
    }

    #[test]
    fn what_is_not_there_and_what_is_there_already_are_refused() {
        let mut config = Kubeconfig::parse(TWO).unwrap();
        let missing = Error::NoSuchContext { context: "z".into() };
        assert_eq!(config.use_context("z"), Err(missing.clone()));
        assert_eq!(config.set_namespace("z", "web"), Err(missing.clone()));
        assert_eq!(config.rename_context("z", "y"), Err(missing));
        let taken = Error::ContextExists { context: "b".into() };
        assert_eq!(config.rename_context("a", "b"), Err(taken));
        let same = Error::ContextExists { context: "a".into() };
        assert_eq!(config.rename_context("a", "a"), Err(same));
        assert_eq!(*config.to_yaml(), TWO);
    }
}
