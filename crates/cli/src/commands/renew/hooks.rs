//! The hook of a renewal, for each host of which files changed and for each that still waits for it.

use kubepki_cluster::{Afterwards, DirStore, HostWork, StoreError, Undelivered};

use super::{Args, version};
use crate::{commands::spec, context::Context, error::CommandError, hook};

/// The hosts for which the hook has to run.
pub(super) struct Waiting {
    /// Those that waited before this run.
    before: Undelivered,
    now: Undelivered,
    /// The work of this run.
    works: Vec<HostWork>,
}

impl Waiting {
    pub(super) fn read(
        store: &DirStore,
        read: &spec::Read,
        context: &mut Context,
    ) -> Result<Self, CommandError> {
        let kept = store.undelivered().map_err(failed)?;
        let mut before = match kept.map(|file| Undelivered::parse(&file.contents)) {
            Some(None) => {
                let text = "`.kubepki/undelivered.json` cannot be read, and is made anew: which hosts wait for the hook is not known";
                context.printer.warning(text);
                Undelivered::default()
            }
            Some(Some(known)) => known,
            None => Undelivered::default(),
        };
        // Who is no longer in the spec can be brought nothing.
        before.retain(&before.works(&read.spec, &read.catalog, None));
        Ok(Self { now: before.clone(), before, works: Vec::new() })
    }

    /// Says who waits, where nobody is brought anything now.
    pub(super) fn mention(&self, args: &Args, context: &mut Context) {
        if self.before.is_empty() || (args.hook.is_some() && !args.dry_run) {
            return;
        }
        const SHOWN: usize = 8;
        let mut names: Vec<_> = self.before.hosts().take(SHOWN).collect();
        let more = self.before.hosts().count() - names.len();
        let more = format!("{more} more");
        if more != "0 more" {
            names.push(&more);
        }
        let text =
            format!("files changed for {}, and the hook has not succeeded since", names.join(", "));
        context.printer.warning(&text);
        context.printer.hint("`kubepki renew --hook <COMMAND>` runs it again for these");
    }

    /// Puts on record who will wait, before a file changes: whoever ends this run in between leaves
    /// no host without its files and nobody who knows.
    pub(super) fn expect(
        &mut self,
        afterwards: &Afterwards,
        store: &mut DirStore,
    ) -> Result<(), CommandError> {
        self.works.clone_from(&afterwards.hosts);
        self.now.add(&self.works);
        if self.now == self.before { Ok(()) } else { self.keep(store).map_err(failed) }
    }

    /// Nothing has changed after all.
    pub(super) fn take_back(&mut self, store: &mut DirStore) {
        if self.now != self.before {
            self.now = self.before.clone();
            // Should this fail too, the hook runs once for nothing.
            let _ = self.keep(store);
        }
    }

    /// Runs the hook for every host, also after one has failed, and remembers the failed.
    pub(super) fn run(
        &self,
        command: &str,
        args: &Args,
        read: &spec::Read,
        context: &mut Context,
    ) -> Result<(), CommandError> {
        let root = context.absolute_root();
        let (mut done, mut errors) = (Vec::new(), Vec::new());
        for work in self.works(args, read) {
            let again =
                if self.before.hosts().any(|host| host == work.host) { ", again" } else { "" };
            context.printer.talk(&format!("running the hook for {}{again}", work.host));
            match hook::run(command, &root, &work, args.hook_timeout) {
                Ok(()) => done.push(work.host),
                Err(error) => errors.push(error),
            }
        }
        let forgotten = self.forget(&done, args, context);
        let Some(last) = errors.pop() else { return forgotten };
        for error in errors.iter().chain(forgotten.as_ref().err()) {
            context.printer.error(error);
        }
        Err(last
            .hint(
                "the renewal stays, and the next `renew --hook` runs the hook again for this host",
            )
            .hint("or take the renewal back with `kubepki undo`"))
    }

    /// All that waits, with what it waited for before.
    fn works(&self, args: &Args, read: &spec::Read) -> Vec<HostWork> {
        if self.before.is_empty() {
            return self.works.clone();
        }
        self.now.works(&read.spec, &read.catalog, version(args, read))
    }

    /// Takes who has been served off the record, unless another run has added to it by now.
    fn forget(
        &self,
        done: &[String],
        args: &Args,
        context: &mut Context,
    ) -> Result<(), CommandError> {
        if done.is_empty() {
            return Ok(());
        }
        let wait = std::time::Duration::from_secs(args.lock_timeout);
        let mut store = spec::lock(context, wait)?;
        let kept = store.undelivered().map_err(failed)?;
        let kept = kept.and_then(|file| Undelivered::parse(&file.contents));
        let mut now = kept.unwrap_or_default();
        for host in done {
            now.forget(host, &self.now);
        }
        store.keep_undelivered(now.to_json().as_deref()).map_err(failed)
    }

    fn keep(&self, store: &mut DirStore) -> Result<(), StoreError> {
        store.keep_undelivered(self.now.to_json().as_deref())
    }
}

fn failed(error: StoreError) -> CommandError {
    spec::store_error("cannot remember for whom the hook has to run", &error)
}
