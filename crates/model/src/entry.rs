//! The name of one thing that a cluster has: what it is, and on which host.

use std::{borrow::Cow, convert::Infallible, fmt, str::FromStr};

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::{Part, Slot, TABLE};

/// The name of an entry: `apiserver` on `server`, `user/jane`, the copy `ca.crt` on `node-0`.
///
/// Two ids are equal exactly where their texts are. As text and in JSON it is what it was: see
/// [`EntryId::name`].
///
/// ```
/// use kubepki_model::{EntryId, Slot};
///
/// let id = EntryId::named("apiserver").on("server");
/// assert_eq!((id.slot, id.host.as_deref()), (Slot::Apiserver, Some("server")));
/// assert_eq!(id.to_string(), "apiserver of server");
/// assert_eq!(id.to_string().parse(), Ok(id));
/// assert_eq!(EntryId::named("user/jane"), EntryId::user("jane"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId {
    /// What it is for.
    pub slot: Slot,
    /// Which user's, or the name of what only a spec knows; empty for every other slot.
    label: Box<str>,
    /// Which of the slot's files it is, where that is an entry of its own: a host's copy, or the
    /// kubeconfig that embeds a pair.
    pub part: Option<Part>,
    /// The host that it is made for; none for what belongs to the cluster.
    pub host: Option<String>,
}

impl EntryId {
    /// The entry of a slot that has one name, for the cluster.
    pub fn of(slot: Slot) -> Self {
        debug_assert!(!matches!(slot, Slot::Other | Slot::User), "these have names of their own");
        Self { slot, label: Box::default(), part: None, host: None }
    }

    /// The entry of a user.
    pub fn user(name: &str) -> Self {
        match name {
            "admin" => Self::of(Slot::Admin),
            "super-admin" => Self::of(Slot::SuperAdmin),
            _ => Self { slot: Slot::User, label: name.into(), part: None, host: None },
        }
    }

    /// The entry of this name, such as `apiserver`, `user/jane` or `sa.key`, for the cluster.
    pub fn named(name: &str) -> Self {
        let copy = |row: &crate::SlotFacts| {
            let is_it = |file: &&crate::FileFacts| file.copy.map(copy_name) == Some(name);
            row.files.iter().find(is_it).map(|file| (row.slot, file.part))
        };
        if let Some((slot, part)) = TABLE.iter().find_map(copy) {
            return Self::of(slot).part(part);
        }
        if let Some(base) = name.strip_suffix(KUBECONFIG).filter(|base| !base.is_empty()) {
            let base = Self::named(base);
            // The kubeconfig of a kubeconfig, or of a copy, is only a name.
            if base.part.is_none() {
                return base.part(Part::Kubeconfig);
            }
        }
        if let Some(user) = name.strip_prefix(USER).filter(|user| !user.is_empty()) {
            return Self::user(user);
        }
        match Slot::named(name) {
            Some(slot) => Self::of(slot),
            None => Self { slot: Slot::Other, label: name.into(), part: None, host: None },
        }
    }

    /// The same for one host.
    #[must_use]
    pub fn on(self, host: impl Into<String>) -> Self {
        Self { host: Some(host.into()), ..self }
    }

    /// The same for a host, or for none.
    #[must_use]
    pub fn at(self, host: Option<String>) -> Self {
        Self { host, ..self }
    }

    /// One of its files, as an entry of its own.
    #[must_use]
    pub fn part(self, part: Part) -> Self {
        Self { part: Some(part), ..self }
    }

    /// The user's name; none for what is no user's.
    pub fn user_name(&self) -> Option<&str> {
        match self.slot {
            Slot::Admin | Slot::SuperAdmin => self.slot.name().strip_prefix(USER),
            Slot::User => Some(&self.label),
            _ => None,
        }
    }

    /// What it is, without the host: `apiserver`, `user/jane`, `kubelet.kubeconfig`, `etcd/ca.crt`.
    pub fn name(&self) -> Cow<'_, str> {
        let base = match self.slot {
            Slot::User => Cow::Owned(format!("{USER}{}", self.label)),
            Slot::Other => Cow::Borrowed(&*self.label),
            slot => Cow::Borrowed(slot.name()),
        };
        let Some(part) = self.part else { return base };
        let facts = self.slot.facts().and_then(|facts| facts.file(part));
        match facts.and_then(|file| file.copy) {
            Some(copy) => Cow::Borrowed(copy_name(copy)),
            None => Cow::Owned(format!("{base}{}", ending(part))),
        }
    }
}

/// What stands before a user's name.
const USER: &str = "user/";

/// What stands behind the name of a pair, for the kubeconfig that embeds it.
const KUBECONFIG: &str = ".kubeconfig";

/// What a host's copy is called: its path below kubeadm's folders.
fn copy_name(path: &'static str) -> &'static str {
    let below = path.strip_prefix("etc/kubernetes/").unwrap_or(path);
    below.strip_prefix("pki/").unwrap_or(below)
}

const fn ending(part: Part) -> &'static str {
    match part {
        Part::Certificate => ".crt",
        Part::Configuration => ".yaml",
        Part::Key => ".key",
        Part::Kubeconfig => KUBECONFIG,
        Part::Public => ".pub",
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())?;
        self.host.iter().try_for_each(|host| write!(f, " of {host}"))
    }
}

impl FromStr for EntryId {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.rsplit_once(" of ") {
            Some((name, host)) => Self::named(name).on(host),
            None => Self::named(text),
        })
    }
}

impl Serialize for EntryId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = if self.host.is_some() { 2 } else { 1 };
        let mut object = serializer.serialize_struct("EntryId", fields)?;
        object.serialize_field("entry", &self.name())?;
        match &self.host {
            Some(host) => object.serialize_field("host", host)?,
            None => object.skip_field("host")?,
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_read_and_written_alike() {
        let of_table = TABLE.iter().filter(|row| !matches!(row.slot, Slot::Other | Slot::User));
        for row in of_table {
            let id = EntryId::named(row.name);
            assert_eq!((id.slot, id.part), (row.slot, None), "{}", row.name);
        }
        for name in [
            "ca",
            "ca.crt",
            "ca.key",
            "cluster-signing.crt",
            "etcd/ca.crt",
            "kubelet.kubeconfig",
            "user/admin",
            "user/admin.kubeconfig",
            "user/jane",
            "user/",
            "user/user/x",
            "client-ca",
            "old/ca",
            "notes.kubeconfig",
            "a.kubeconfig.kubeconfig",
            "ca.crt.kubeconfig",
            "apiserver.crt",
            ".kubeconfig",
            "",
        ] {
            let id = EntryId::named(name);
            assert_eq!(id.name(), name, "{id:?}");
            assert_eq!(id.clone().on("node-0").to_string().parse(), Ok(id.on("node-0")));
        }
    }

    #[test]
    fn a_user_of_a_known_name_has_one_id() {
        assert_eq!(EntryId::user("admin"), EntryId::of(Slot::Admin));
        assert_eq!(EntryId::named("user/super-admin"), EntryId::user("super-admin"));
        assert_eq!(EntryId::user("admin").user_name(), Some("admin"));
        assert_eq!(EntryId::user("jane").user_name(), Some("jane"));
        assert_eq!(EntryId::of(Slot::Apiserver).user_name(), None);
    }
}
