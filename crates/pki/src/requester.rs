//! Who asks: the user and the machine, as the system knows them.

use kubepki_ledger::Requester;

/// Who runs this process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The user of the operating system.
    pub user: String,
    /// The name of the machine.
    pub host: String,
}

impl Operator {
    /// The real user of this process, and what this machine calls itself.
    ///
    /// Variables such as `USER` hold what their owner likes, so they are not asked.
    pub fn of_process() -> Self {
        let id = nix::unistd::Uid::current();
        let named = nix::unistd::User::from_uid(id).ok().flatten();
        let user = named.map_or_else(|| format!("uid {id}"), |user| user.name);
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self { user, host }
    }

    pub(crate) fn by(&self, verb: &str) -> Requester {
        let Self { user, host } = self.clone();
        Requester { verb: verb.to_owned(), user, host }
    }
}
