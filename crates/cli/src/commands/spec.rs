//! Finding and reading the spec, and opening the root.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use kubepki_cluster::{Allow, Catalog, DirStore, Inventory, Plan, RenewalPolicy, Store, StorePath};
use kubepki_pki::SpecFile;

use crate::{context::Context, error::CommandError, pki};

/// Reads the spec: the named file, else `cluster.yaml` in the root, else that of the last apply.
pub(super) fn read(context: &Context) -> Result<SpecFile, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    let spec = pki.spec().map(drop).and_then(|()| pki.into_spec());
    let failed = |error| pki::failed(error, context);
    spec.map_err(failed)?.ok_or_else(|| CommandError::usage("there is no spec"))
}

/// Reads the spec as [`read`] does, if one was named or there is one.
pub(super) fn read_if_any(context: &Context) -> Result<Option<SpecFile>, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    pki.into_spec().map_err(|error| pki::failed(error, context))
}

/// The root and its catalog where there is a spec; says nothing of why there is none, but of one
/// that cannot be read.
pub(super) fn try_open(context: &mut Context) -> Option<(DirStore, Catalog)> {
    match read_if_any(context) {
        Ok(read) => {
            let store = DirStore::read_only(&context.global.dir).ok()?;
            read.map(|read| (store, read.catalog))
        }
        Err(error) => {
            context.printer.warning(&format!("the root is left aside: {error}"));
            None
        }
    }
}

/// Where the spec is looked for and `init` writes it.
pub(super) fn default_path(context: &Context) -> PathBuf {
    below(&context.global.dir, "cluster.yaml")
}

/// A path below the root, without a `./` that nobody has written.
pub(super) fn below(root: &Path, path: &str) -> PathBuf {
    if root == Path::new(".") { path.into() } else { root.join(path) }
}

/// Opens the root as the only one who may write it, and says what was waited for and recovered.
pub(super) fn lock(context: &mut Context, wait: Duration) -> Result<DirStore, CommandError> {
    let printer = &mut context.printer;
    let store = DirStore::locked(&context.global.dir, context.now, Some(wait), |holder| {
        printer.talk(&format!("waiting for {holder}"));
    })
    .map_err(|error| pki::store("cannot open the root", &error))?;
    if let Some(recovered) = store.recovered() {
        pki::recovery(recovered, "apply", &mut context.printer);
    }
    Ok(store)
}

/// What `apply` would do in a root.
pub(super) fn plan(read: &SpecFile, store: &DirStore, context: &Context) -> Result<Plan, CommandError> {
    let inventory = Inventory::read(store, &read.catalog)
        .map_err(|error| pki::store("cannot read the root", &error))?;
    Ok(Plan::new(&read.catalog, &inventory, &RenewalPolicy::Due, Allow::default(), context.now))
}

/// The text of the spec of the last apply, as the root keeps it.
pub(super) fn kept_text(
    store: &DirStore,
) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, CommandError> {
    let file = store.read(&kept()?).map_err(|error| pki::store("cannot read the root", &error))?;
    Ok(file.map(|file| file.contents))
}

/// Where the root keeps the spec of the last apply.
const KEPT: &str = ".kubepki/cluster.yaml";

fn kept() -> Result<StorePath, CommandError> {
    StorePath::new(KEPT).map_err(|error| pki::store("cannot read the root", &error))
}
