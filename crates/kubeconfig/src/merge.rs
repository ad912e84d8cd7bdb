//! Several kubeconfigs to one, by kubectl's precedence: whatever comes first wins. Opens no file.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Fields, Kubeconfig, NamedCluster, NamedContext, NamedUser, Value, fields::Node};

/// An entry that a merge leaves out, though no other says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overshadowed {
    /// `cluster`, `user` or `context`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
}

impl Kubeconfig {
    /// Returns the entries of `later` that [`Kubeconfig::merge`] would leave out because of another
    /// one of the same name here. Those that say the same are not among them: nobody misses them.
    pub fn overshadows(&self, later: &Self) -> Vec<Overshadowed> {
        let mut found = Vec::new();
        overshadowed(&self.clusters, &later.clusters, "cluster", name_of_cluster, &mut found);
        overshadowed(&self.users, &later.users, "user", name_of_user, &mut found);
        overshadowed(&self.contexts, &later.contexts, "context", name_of_context, &mut found);
        found
    }

    /// Adds what `later` has and this one has not, as kubectl reads `KUBECONFIG=this:later`.
    ///
    /// An entry is taken whole or not at all: nothing of `later`'s entry of the same name is
    /// mixed in. `current-context` and every other field stay where they are set. Paths stay as
    /// they are; see [`Kubeconfig::resolve_paths`] for files that lie in different folders.
    pub fn merge(&mut self, later: Self) {
        let Self {
            api_version: _,
            kind: _,
            preferences,
            clusters,
            users,
            contexts,
            current_context,
            other,
        } = later;
        extend(&mut self.clusters, clusters, name_of_cluster);
        extend(&mut self.users, users, name_of_user);
        extend(&mut self.contexts, contexts, name_of_context);
        if self.current_context.is_empty() {
            self.current_context = current_context;
        }
        extend_fields(&mut self.preferences, preferences);
        extend_fields(&mut self.other, other);
    }
}

fn name_of_cluster(entry: &NamedCluster) -> &str {
    &entry.name
}

fn name_of_user(entry: &NamedUser) -> &str {
    &entry.name
}

fn name_of_context(entry: &NamedContext) -> &str {
    &entry.name
}

fn overshadowed<T: PartialEq>(
    list: &[T],
    later: &[T],
    kind: &'static str,
    name: fn(&T) -> &str,
    found: &mut Vec<Overshadowed>,
) {
    let first: BTreeMap<&str, &T> = list.iter().map(|entry| (name(entry), entry)).collect();
    let lost = later.iter().filter(|entry| first.get(name(entry)).is_some_and(|f| f != entry));
    found.extend(lost.map(|entry| Overshadowed { kind, name: name(entry).to_owned() }));
}

fn extend<T>(list: &mut Vec<T>, later: Vec<T>, name: fn(&T) -> &str) {
    let taken: BTreeSet<String> = list.iter().map(|entry| name(entry).to_owned()).collect();
    list.extend(later.into_iter().filter(|entry| !taken.contains(name(entry))));
}

/// Adds fields that are not set. `extensions` is a list of named things, to client-go as much of a
/// list as `clusters` is.
fn extend_fields(fields: &mut Fields, later: Fields) {
    for (key, value) in later {
        match fields.get_mut(&key) {
            Some(Value(Node::List(items))) if key == "extensions" => {
                if let Value(Node::List(more)) = value {
                    extend(items, more, name_of_extension);
                }
            }
            Some(present) if present.is_set() => {}
            _ => {
                fields.insert(key, value);
            }
        }
    }
}

fn name_of_extension(value: &Value) -> &str {
    value.as_fields().and_then(|fields| fields.get("name")?.as_text()).unwrap_or_default()
}
