//! Finding and reading the spec, and opening the root.

use std::path::{Path, PathBuf};

use kubepki_pki::SpecFile;

use crate::{context::Context, error::CommandError, pki};

/// Reads the spec: the named file, else `cluster.yaml` in the root, else that of the last apply.
pub(super) fn read(context: &Context) -> Result<SpecFile, CommandError> {
    let pki = pki::open(context, pki::WAIT)?;
    let spec = pki.spec().map(drop).and_then(|()| pki.into_spec());
    let failed = |error| pki::failed(error, context);
    spec.map_err(failed)?.ok_or_else(|| CommandError::usage("there is no spec"))
}

/// Where the spec is looked for and `init` writes it.
pub(super) fn default_path(context: &Context) -> PathBuf {
    below(&context.global.dir, "cluster.yaml")
}

/// A path below the root, without a `./` that nobody has written.
pub(super) fn below(root: &Path, path: &str) -> PathBuf {
    if root == Path::new(".") { path.into() } else { root.join(path) }
}
