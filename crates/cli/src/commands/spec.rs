//! Finding and reading the spec, and opening the root.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use kubepki_cluster::{
    Allow, Catalog, ClusterSpec, DirStore, Plan, RenewalPolicy, SpecError, Store, StoreError,
    StorePath, SystemMasters, observe,
    store::{FileWrite, Mode, Recovered},
};

use crate::{
    context::Context,
    error::{CommandError, Snippet},
    files,
};

/// A spec as it was read.
pub(super) struct Read {
    pub(super) spec: ClusterSpec,
    pub(super) catalog: Catalog,
    text: Vec<u8>,
}

impl Read {
    /// The copy of the spec that the root keeps, if it is not the same already.
    pub(super) fn to_keep(&self, store: &impl Store) -> Result<Vec<FileWrite>, CommandError> {
        let path = kept()?;
        let same = store
            .read(&path)
            .map_err(|error| store_error("cannot read the root", &error))?
            .is_some_and(|file| *file.contents == self.text);
        let contents = self.text.clone().into();
        let write = FileWrite { path, contents, mode: Mode::Public };
        Ok(if same { Vec::new() } else { vec![write] })
    }
}

/// Reads the spec: the named file, else `cluster.yaml` in the root, else that of the last apply.
pub(super) fn read(context: &mut Context, policy: SystemMasters) -> Result<Read, CommandError> {
    let (name, text) = find(context)?;
    understand(&name, text, policy)
}

fn understand(name: &str, text: Vec<u8>, policy: SystemMasters) -> Result<Read, CommandError> {
    let spec = ClusterSpec::parse(&text, policy).map_err(|error| refused(name, &text, &error))?;
    let catalog = Catalog::of_cluster(&spec)
        .map_err(|error| refused(name, &text, &error.in_spec(&spec, &text)))?;
    Ok(Read { spec, catalog, text })
}

/// Reads the spec as [`read`] does, if one was named or there is one.
pub(super) fn read_if_any(
    context: &mut Context,
    policy: SystemMasters,
) -> Result<Option<Read>, CommandError> {
    let found = find_if_any(context)?;
    found.map(|(name, text)| understand(&name, text, policy)).transpose()
}

/// The root and its catalog where there is a spec; says nothing of why there is none, but of one
/// that cannot be read.
pub(super) fn try_open(
    context: &mut Context,
    policy: SystemMasters,
) -> Option<(DirStore, Catalog)> {
    match read_if_any(context, policy) {
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

fn find(context: &mut Context) -> Result<(String, Vec<u8>), CommandError> {
    find_if_any(context)?.ok_or_else(|| {
        let path = default_path(context);
        let error = CommandError::usage(format!("there is no spec at `{}`", path.display()));
        let Some(found) = inherited(&context.global.dir) else {
            return error.hint("write one with `kubepki init`, or name one with `--file`");
        };
        let dir = context.global.dir.display();
        error
            .hint(format!(
                "`{found}` is here: have what is there described with `kubepki adopt {dir}`"
            ))
            .hint(format!("or look at it without a spec: `kubepki status --path {dir}`"))
    })
}

/// What in a root without a spec says that it has a PKI all the same.
fn inherited(root: &Path) -> Option<&'static str> {
    let store = DirStore::read_only(root).ok()?;
    let is_there = |path: &&&str| match StorePath::new(**path).map(|path| store.read(&path)) {
        Ok(Ok(found)) => found.is_some(),
        // What is no file, or may not be read, is there.
        Ok(Err(_)) => true,
        Err(_) => false,
    };
    ["pki/ca.crt", "ca.crt", "ca.pem", "tls"].iter().find(is_there).copied()
}

fn find_if_any(context: &mut Context) -> Result<Option<(String, Vec<u8>)>, CommandError> {
    if let Some(path) = &context.global.file {
        let is_stdin = path == Path::new("-");
        let name = if is_stdin { "stdin".to_owned() } else { path.display().to_string() };
        let text = files::try_read(path, "--file")?.ok_or_else(|| {
            CommandError::usage(format!("there is no spec at `{}`", path.display()))
                .hint("write one with `kubepki init`, or name another with `--file`")
        })?;
        return Ok(Some((name, text)));
    }
    let path = default_path(context);
    if let Some(text) = files::try_read(&path, "--file")? {
        return Ok(Some((path.display().to_string(), text)));
    }
    let root = &context.global.dir;
    let store = DirStore::read_only(root);
    let store = store.map_err(|error| store_error("cannot read the root", &error))?;
    let kept = store.read(&kept()?).map_err(|error| store_error("cannot read the root", &error))?;
    let Some(kept) = kept else { return Ok(None) };
    let name = below(root, KEPT).display().to_string();
    context.printer.talk(&format!("using the spec of the last apply, `{name}`"));
    Ok(Some((name, kept.contents.to_vec())))
}

/// Where the spec is looked for and `init` writes it.
pub(super) fn default_path(context: &Context) -> PathBuf {
    below(&context.global.dir, "cluster.yaml")
}

/// A path below the root, without a `./` that nobody has written.
pub(super) fn below(root: &Path, path: &str) -> PathBuf {
    if root == Path::new(".") { path.into() } else { root.join(path) }
}

/// An error in the spec, with the line shown.
pub(super) fn refused(name: &str, text: &[u8], error: &SpecError) -> CommandError {
    let message = match error.field() {
        Some(field) => format!("`{field}` in `{name}`: {}", error.message()),
        None => format!("`{name}`: {}", error.message()),
    };
    let mut refused = CommandError::usage(message);
    refused.snippet = error.location().map(|(line, column)| {
        let shown = text.split(|byte| *byte == b'\n').nth(line.saturating_sub(1));
        let text = String::from_utf8_lossy(shown.unwrap_or_default()).into_owned();
        Box::new(Snippet { file: name.to_owned(), line, column, text })
    });
    match error.hint() {
        Some(hint) => refused.hint(hint),
        None => refused,
    }
}

/// How long to wait for another run on a root, where nobody says how long.
pub(super) const WAIT: Duration = Duration::from_secs(60);

/// Opens the root as the only one who may write it, and says what was waited for and recovered.
pub(super) fn lock(context: &mut Context, wait: Duration) -> Result<DirStore, CommandError> {
    let printer = &mut context.printer;
    let store = DirStore::locked(&context.global.dir, context.now, Some(wait), |holder| {
        printer.talk(&format!("waiting for {holder}"));
    })
    .map_err(|error| store_error("cannot open the root", &error))?;
    recovered(&store, "apply", context);
    Ok(store)
}

/// Says what was left of an earlier run, of which `what` names the work, and has been put right.
pub(super) fn recovered(store: &DirStore, what: &str, context: &mut Context) {
    let (ended, time) = match store.recovered() {
        Some(Recovered::Forward { time }) => ("completed", time),
        Some(Recovered::Back { time }) => ("took back", time),
        _ => return,
    };
    let time = time.strftime("%Y-%m-%d %H:%M:%SZ");
    context.printer.talk(&format!("{ended} an {what} of {time} that was interrupted here"));
}

/// What `apply` would do in a root.
pub(super) fn plan(read: &Read, store: &DirStore, context: &Context) -> Result<Plan, CommandError> {
    let observations = observe(store, &read.catalog)
        .complete()
        .map_err(|error| store_error("cannot read the root", &error))?;
    Ok(Plan::new(&read.catalog, &observations, &RenewalPolicy::Due, Allow::default(), context.now))
}

/// An error of the store, with its own hint.
pub(super) fn store_error(what: &str, error: &StoreError) -> CommandError {
    let failed = CommandError::failed(what).caused_by(error);
    match error.hint() {
        Some(hint) => failed.hint(hint),
        None => failed,
    }
}

/// The text of the spec of the last apply, as the root keeps it.
pub(super) fn kept_text(
    store: &DirStore,
) -> Result<Option<zeroize::Zeroizing<Vec<u8>>>, CommandError> {
    let file = store.read(&kept()?).map_err(|error| store_error("cannot read the root", &error))?;
    Ok(file.map(|file| file.contents))
}

/// Where the root keeps the spec of the last apply.
const KEPT: &str = ".kubepki/cluster.yaml";

fn kept() -> Result<StorePath, CommandError> {
    StorePath::new(KEPT).map_err(|error| store_error("cannot read the root", &error))
}
