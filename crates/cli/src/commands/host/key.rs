//! The key with which a root signs its bundles; `kubepki host key` shows what machines know it by.

use kubepki_cluster::{DirStore, StoreError, store::StoredFile};
use kubepki_host::BundleKey;

use crate::{commands::spec, context::Context, error::CommandError, exit_code};

/// Show the key that signs this root's bundles, as machines know it
///
/// A machine learns the key with its first bundle and takes no bundle of another key from then on.
/// The key is made with the first bundle and kept in `.kubepki/bundle.key`. Where it is lost, the
/// next bundle has a new one, which machines learn with `host install --trust`, or by `host push`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  kubepki host key
  ssh root@node-0 kubepki host install node-0.tar.gz --trust $(kubepki host key)")]
pub(super) struct Args {}

pub(super) fn run(_: &Args, context: &mut Context) -> Result<u8, CommandError> {
    let store = DirStore::read_only(&context.global.dir)
        .map_err(|error| pki::store("cannot read the root", &error))?;
    let Some(key) = read(&store)? else {
        return Err(CommandError::usage("there is no key yet")
            .because("this root has made no bundle")
            .hint("`kubepki host bundle` makes the key with the first one"));
    };
    context.printer.print(key.fingerprint().as_str());
    Ok(exit_code::DONE)
}

/// The key of a root, made where it is missing.
pub(super) fn of_root(store: DirStore, context: &mut Context) -> Result<BundleKey, CommandError> {
    if let Some(key) = read(&store)? {
        return Ok(key);
    }
    // Its lock keeps every writer away, this one too.
    drop(store);
    let failed = |error: &StoreError| pki::store("cannot keep the key for bundles", error);
    let printer = &mut context.printer;
    let wait = Some(pki::WAIT);
    let mut store = DirStore::locked(&context.global.dir, context.now, wait, |holder| {
        printer.talk(&format!("waiting for {holder}"));
    })
    .map_err(|error| failed(&error))?;
    spec::recovered(&store, "change", context);
    // Somebody else may have made it meanwhile.
    if let Some(key) = read(&store)? {
        return Ok(key);
    }
    let key = BundleKey::generate().map_err(|error| {
        CommandError::failed("cannot make the key for bundles").caused_by(&error)
    })?;
    store.keep_bundle_key(key.to_pem().as_bytes()).map_err(|error| failed(&error))?;
    Ok(key)
}

fn read(store: &DirStore) -> Result<Option<BundleKey>, CommandError> {
    let cannot = || CommandError::failed("cannot use the key for bundles, `.kubepki/bundle.key`");
    let found = store.bundle_key();
    let found =
        found.map_err(|error| pki::store("cannot read the key for bundles", &error))?;
    let Some(StoredFile { contents, mode, .. }) = found else { return Ok(None) };
    if mode & 0o077 != 0 {
        return Err(cannot()
            .because(format!("others can read or change it: its mode is {mode:04o}"))
            .hint("if nobody has, say `chmod 600` to it; otherwise remove it, and have machines trust the next one"));
    }
    let key = BundleKey::from_pem(&contents).map_err(|error| {
        cannot()
            .caused_by(&error)
            .hint("restore it from a backup, or remove it and have machines trust the next one")
    })?;
    Ok(Some(key))
}
