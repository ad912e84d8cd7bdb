//! Somebody's kubeconfigs, found as kubectl finds them, read as one, and changed in place. Knows
//! no certificate.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use kubepki_kubeconfig::{ClientConfig, Error, Kubeconfig, Replace, SetCurrent};
use zeroize::Zeroizing;

use crate::{
    context::Environment,
    error::CommandError,
    files::{self, InPlace, SecretFile},
};

/// The files of one run, the most important first.
pub(crate) struct Chain {
    paths: Vec<PathBuf>,
    /// Whether they were named on the command line, and so have to be there.
    named: bool,
    current_dir: Option<PathBuf>,
}

/// A kubeconfig that was read.
pub(crate) struct Loaded {
    /// Its path as it was named.
    pub(crate) path: PathBuf,
    /// The absolute path of its folder, from which its relative paths count.
    pub(crate) folder: PathBuf,
    /// Its permission bits.
    pub(crate) mode: u32,
    pub(crate) config: Kubeconfig,
}

impl Chain {
    /// The named files, else those of `$KUBECONFIG`, else `~/.kube/config`.
    ///
    /// As with kubectl, an empty `$KUBECONFIG` is none, and so is an empty path in it; a file that
    /// is listed twice counts where it comes first.
    pub(crate) fn find(named: &[PathBuf], environment: &Environment) -> Result<Self, CommandError> {
        let current_dir = environment.current_dir.clone();
        let listed = environment.kubeconfig.as_ref().filter(|list| !list.is_empty());
        let mut paths: Vec<PathBuf> = match listed {
            _ if !named.is_empty() => named.to_vec(),
            Some(list) => std::env::split_paths(list).filter(|p| p != Path::new("")).collect(),
            None => vec![default_path(environment)?],
        };
        let mut seen = std::collections::BTreeSet::new();
        paths.retain(|path| seen.insert(path.clone()));
        Ok(Self { paths, named: !named.is_empty(), current_dir })
    }

    /// Reads the files that are there; at least one has to be.
    pub(crate) fn read(&self) -> Result<Vec<Loaded>, CommandError> {
        self.read_for(None)
    }

    /// As [`Chain::read`], to write what is read into a file of this user: none of the paths may lead
    /// where somebody else makes it lead.
    pub(crate) fn read_for(&self, user: Option<u32>) -> Result<Vec<Loaded>, CommandError> {
        match user {
            None => self.read_by(files::read_secret, |text| Kubeconfig::parse(text)),
            Some(_) => self.read_by(files::read_placed, |text| Kubeconfig::parse(text)),
        }
    }

    /// Reads the files with whatever their lists hold twice, which kubectl refuses.
    pub(crate) fn read_with_duplicates(&self) -> Result<Vec<Loaded>, CommandError> {
        self.read_by(files::read_secret, |text| Kubeconfig::parse_with_duplicates(text))
    }

    fn read_by(
        &self,
        read: fn(&Path) -> Result<Option<SecretFile>, CommandError>,
        parse: fn(&[u8]) -> Result<Kubeconfig, Error>,
    ) -> Result<Vec<Loaded>, CommandError> {
        let mut loaded = Vec::new();
        for path in &self.paths {
            let Some(file) = read(path)? else {
                if self.named {
                    return Err(missing(path));
                }
                continue;
            };
            let config = parse(&file.contents).map_err(|error| not_one(path, &error))?;
            let folder = absolute_folder_of(path, self.current_dir.as_deref());
            loaded.push(Loaded { path: path.clone(), folder, mode: file.mode, config });
        }
        match (loaded.is_empty(), self.paths.first()) {
            (true, Some(path)) => Err(missing(path)),
            (true, None) => Err(CommandError::usage("`$KUBECONFIG` names no file")),
            (false, _) => Ok(loaded),
        }
    }
}

/// Puts the files together as kubectl does. Where they lie in different folders, or the result is
/// for another folder, their relative paths become absolute; kubectl leaves them to point elsewhere.
pub(crate) fn merged(
    loaded: Vec<Loaded>,
    for_folder: Option<&Path>,
) -> Result<Kubeconfig, CommandError> {
    let home = for_folder.map(Path::to_path_buf);
    let home = home.or_else(|| loaded.first().map(|first| first.folder.clone()));
    let one_folder = loaded.iter().all(|file| Some(&file.folder) == home.as_ref());
    let mut merged: Option<Kubeconfig> = None;
    for mut file in loaded {
        if !one_folder {
            file.config.resolve_paths(&file.folder).map_err(|error| refused(&error))?;
        }
        match &mut merged {
            Some(first) => first.merge(file.config),
            None => merged = Some(file.config),
        }
    }
    Ok(merged.unwrap_or_default())
}

/// Reads a file that a kubeconfig in `folder` names; for another user only one that they may read: the
/// kubeconfig is theirs, and so is what it names.
pub(crate) fn read_named(
    folder: &Path,
    path: &str,
    for_user: Option<u32>,
) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    let path = folder.join(path);
    let missing = || {
        CommandError::usage(format!("cannot read `{}`", path.display()))
            .because("there is no such file")
    };
    let Some(user) = for_user else {
        return Ok(files::read_secret(&path)?.ok_or_else(missing)?.contents);
    };
    files::read_for(&path, user)?.ok_or_else(missing)
}

/// What became of a file.
pub(crate) enum Written {
    /// It says already what it should.
    Unchanged,
    /// It was replaced; the one before is in the backup.
    Replaced { backup: PathBuf },
    /// It was made.
    New,
}

/// Changes a kubeconfig under client-go's lock. A change that changes nothing writes nothing. A file that is
/// not there is an empty one if `or_new`. The change is told who the file belongs to, if that is neither
/// this user nor root: what it reads for them must be theirs to read.
pub(crate) fn update<T>(
    path: &Path,
    or_new: bool,
    now: Timestamp,
    change: impl FnOnce(&mut Kubeconfig, Option<u32>) -> Result<T, CommandError>,
) -> Result<(T, Written), CommandError> {
    let open = if or_new { InPlace::open_or_make_folder } else { InPlace::open };
    let file = open(path)?.ok_or_else(|| missing_folder(path, or_new))?;
    let text = match (file.contents(), or_new) {
        (Some(text), _) => text,
        (None, true) => &[],
        (None, false) => return Err(missing(path)),
    };
    let parse = || Kubeconfig::parse(text).map_err(|error| not_one(path, &error));
    let (before, mut after) = (parse()?, parse()?);
    let result = change(&mut after, file.foreign_owner())?;
    if before == after && file.contents().is_some() {
        return Ok((result, Written::Unchanged));
    }
    let backup = file.replace(after.to_yaml_like(text).as_bytes(), now)?;
    Ok((result, backup.map_or(Written::New, |backup| Written::Replaced { backup })))
}

/// Changes two kubeconfigs under their locks, both or neither, and returns their backups.
pub(crate) fn update_both(
    paths: [&Path; 2],
    now: Timestamp,
    change: impl FnOnce([&mut Kubeconfig; 2]) -> Result<(), CommandError>,
) -> Result<Vec<PathBuf>, CommandError> {
    // In sorted order, so that two processes cannot deadlock.
    let is_sorted = paths[0] <= paths[1];
    let open = |path: &Path| InPlace::open(path)?.ok_or_else(|| missing(path));
    let (first, second) = if is_sorted {
        let first = open(paths[0])?;
        (first, open(paths[1])?)
    } else {
        let second = open(paths[1])?;
        (open(paths[0])?, second)
    };
    let read = |file: &InPlace, path: &Path| {
        let text = file.contents().ok_or_else(|| missing(path))?;
        Kubeconfig::parse(text).map_err(|error| not_one(path, &error))
    };
    let (mut one, mut other) = (read(&first, paths[0])?, read(&second, paths[1])?);
    change([&mut one, &mut other])?;
    let text = |file: &InPlace, config: &Kubeconfig| {
        config.to_yaml_like(file.contents().unwrap_or_default())
    };
    let (one, other) = (text(&first, &one), text(&second, &other));
    InPlace::replace_both([(&first, one.as_bytes()), (&second, other.as_bytes())], now)
}

/// Adds a client's cluster, user and context to a kubeconfig that may be anybody's, or makes it,
/// and returns the context's name. Everything else in the file stays; so does `current-context`,
/// unless it is asked for or the file had no context.
///
/// # Errors
/// Names an entry of the same name that belongs to another cluster or user, unless it may be
/// replaced; nothing has changed then.
pub(crate) fn merge_into(
    path: &Path,
    client: ClientConfig,
    replace: Replace,
    current: SetCurrent,
    now: Timestamp,
) -> Result<(String, Written), CommandError> {
    update(path, true, now, |config, owner| add(config, path, owner, client, replace, current))
}

/// Finds out whether [`merge_into`] would refuse a client, whose certificate and key need not be
/// there yet.
pub(crate) fn check_merge(
    path: &Path,
    client: ClientConfig,
    replace: Replace,
) -> Result<(), CommandError> {
    let Some(file) = InPlace::open(path)? else { return Ok(()) };
    let Some(text) = file.contents() else { return Ok(()) };
    let config = Kubeconfig::parse(text).map_err(|error| not_one(path, &error));
    let owner = file.foreign_owner();
    add(&mut config?, path, owner, client, replace, SetCurrent::IfFirst).map(drop)
}

fn add(
    config: &mut Kubeconfig,
    path: &Path,
    owner: Option<u32>,
    client: ClientConfig,
    replace: Replace,
    current: SetCurrent,
) -> Result<String, CommandError> {
    let folder = folder_of(path);
    let read = |named: &str| read_named(&folder, named, owner).ok().map(|bytes| bytes.to_vec());
    config.add_client(client, replace, current, read).map_err(|error| {
        let path = path.display();
        CommandError::usage(format!("cannot merge into `{path}`; nothing has changed"))
            .caused_by(&error)
            .hint("merge into another file, or replace that entry with `--overwrite`")
    })
}

/// The kubeconfig when nothing else is said: `~/.kube/config`.
pub(crate) fn default_path(environment: &Environment) -> Result<PathBuf, CommandError> {
    let home = environment.home.as_ref().filter(|home| !home.is_empty());
    let home = home.ok_or_else(|| {
        CommandError::usage("cannot find a kubeconfig")
            .because("neither `$KUBECONFIG` nor `$HOME` is set")
            .hint("name one with `--kubeconfig`")
    })?;
    Ok(Path::new(home).join(".kube/config"))
}

/// The folder of a file.
pub(crate) fn folder_of(path: &Path) -> PathBuf {
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}

/// The absolute path of the folder of a file, in the form in which folders are compared.
pub(crate) fn absolute_folder_of(path: &Path, current_dir: Option<&Path>) -> PathBuf {
    let folder = folder_of(path);
    match current_dir {
        Some(current_dir) => current_dir.join(folder).components().collect(),
        None => folder,
    }
}

/// An error of the format that is the user's to mend.
pub(crate) fn refused(error: &Error) -> CommandError {
    let refused = CommandError::usage(error.to_string());
    match error {
        Error::NoSuchContext { .. } | Error::UnknownContext { .. } => {
            refused.hint("list the contexts with `kubepki kubeconfig get-contexts`")
        }
        Error::UnknownCluster { .. } | Error::UnknownUser { .. } => {
            refused.hint("find the defect with `kubepki kubeconfig check`")
        }
        _ => refused,
    }
}

fn missing_folder(path: &Path, or_new: bool) -> CommandError {
    if !or_new {
        return missing(path);
    }
    let folder = folder_of(path);
    CommandError::failed(format!("cannot write `{}`", path.display()))
        .because(format!("there is no directory `{}`", folder.display()))
        .hint(format!("create it first: mkdir -p {}", crate::shell::word(&folder)))
}

fn missing(path: &Path) -> CommandError {
    CommandError::usage(format!("cannot read `{}`", path.display()))
        .because("there is no such file")
        .hint("name a kubeconfig with `--kubeconfig` or `$KUBECONFIG`")
}

/// The text is not shown: the place may hold a key.
fn not_one(path: &Path, error: &Error) -> CommandError {
    CommandError::usage(format!("`{}` is not a kubeconfig", path.display())).caused_by(error)
}

#[cfg(test)]
mod tests;
