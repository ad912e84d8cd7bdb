//! Files with secrets in them: read into memory that is wiped, written complete or not at all, for
//! their owner alone, and with the one before kept as a backup.

use std::{
    ffi::OsString,
    fs::{DirBuilder, File, Metadata, Permissions},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, fchown},
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::{
    LARGEST,
    lock::parent,
    open,
    outputs::{self, Access, IfExists},
};
use crate::error::CommandError;

/// How many backups of a file are kept; older ones are removed.
const KEPT_BACKUPS: usize = 10;

/// A file that was read.
pub(crate) struct SecretFile {
    /// Its bytes, wiped when dropped.
    pub(crate) contents: Zeroizing<Vec<u8>>,
    /// Its permission bits.
    pub(crate) mode: u32,
}

/// Says whether there is anything at a path; a link that leads nowhere counts.
pub(crate) fn exists(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Reads the passphrase in the file that `--passphrase-file` names: its first line.
pub(crate) fn read_passphrase(path: &Path) -> Result<Zeroizing<String>, CommandError> {
    let text = Zeroizing::new(super::read(path, "--passphrase-file")?);
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = std::str::from_utf8(line.strip_suffix(b"\r").unwrap_or(line)).unwrap_or_default();
    if line.is_empty() {
        let error = CommandError::usage(format!("no passphrase in `{}`", path.display()));
        return Err(error.hint("its first line is taken, which must be UTF-8 and not empty"));
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// Reads a file of at most 1 MiB; `None` when there is none.
pub(crate) fn read_secret(path: &Path) -> Result<Option<SecretFile>, CommandError> {
    let unreadable = || CommandError::usage(format!("cannot read `{}`", path.display()));
    let file = match open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable().caused_by(&error)),
    };
    // Room for all of it, so that it never moves and leaves no copy behind.
    let mut contents = Zeroizing::new(Vec::with_capacity(LARGEST as usize + 2));
    let read = file.metadata().and_then(|metadata| {
        file.take(LARGEST + 1).read_to_end(&mut contents)?;
        Ok(metadata.mode() & 0o7777)
    });
    let mode = read.map_err(|error| unreadable().caused_by(&error))?;
    if contents.len() as u64 > LARGEST {
        return Err(unreadable().because("it is larger than 1 MiB").hint("is it the right file?"));
    }
    Ok(Some(SecretFile { contents, mode }))
}

/// Reads an archive with keys in it, or stdin for `-`, up to 64 MiB.
pub(crate) fn read_archive(path: &Path) -> Result<Zeroizing<Vec<u8>>, CommandError> {
    const LIMIT: u64 = 64 * 1024 * 1024;
    let unreadable = || CommandError::usage(format!("cannot read `{}`", path.display()));
    let mut archive = Zeroizing::new(Vec::new());
    let read = if path == Path::new("-") {
        io::stdin().lock().take(LIMIT + 1).read_to_end(&mut archive)
    } else {
        open(path).and_then(|file| {
            let size = file.metadata()?.len().min(LIMIT);
            // Room for all of it, so that it never moves and leaves no copy behind.
            archive.reserve(usize::try_from(size).unwrap_or(0) + 2);
            file.take(LIMIT + 1).read_to_end(&mut archive)
        })
    };
    read.map_err(|error| unreadable().caused_by(&error).hint("name a file that you may read"))?;
    if archive.len() as u64 > LIMIT {
        return Err(unreadable().because("it is larger than 64 MiB").hint("is it the right file?"));
    }
    Ok(archive)
}

/// Replaces a file, or makes it, and returns where the one before is
/// kept: beside it as `<file>.bak-<time>`.
///
/// A symbolic link stays: its target is replaced, because people keep `~/.kube/config` elsewhere,
/// and kubectl follows it too. The owner stays, so that root may do it for somebody; the mode
/// becomes 0600, or stays narrower.
pub(crate) fn replace(
    path: &Path,
    contents: &[u8],
    now: Timestamp,
) -> Result<Option<PathBuf>, CommandError> {
    let failed = |error: io::Error| {
        CommandError::failed(format!("cannot write `{}`; nothing has changed", path.display()))
            .caused_by(&error)
    };
    let target = match std::fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound && exists(path) => {
            return Err(CommandError::usage(format!("cannot write `{}`", path.display()))
                .because("it is a symbolic link that leads nowhere")
                .hint("make its target, or remove the link"));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let hint = IfExists::Refuse("somebody made it just now: run again");
            outputs::write(path, contents, Access::Owner, hint)?;
            return Ok(None);
        }
        Err(error) => return Err(failed(error)),
    };
    let before = read_secret(&target)?;
    let Some(before) = before else { return Err(failed(io::ErrorKind::NotFound.into())) };
    let metadata = std::fs::metadata(&target).map_err(failed)?;
    if !metadata.is_file() {
        return Err(CommandError::usage(format!("cannot write `{}`", path.display()))
            .because("it is no regular file"));
    }
    let backup = keep(&target, &before.contents, &metadata, now).map_err(failed)?;
    let folder = parent(&target);
    let write = || -> io::Result<()> {
        let file = staged(folder, contents, metadata.mode() & 0o600, Some(&metadata))?;
        file.persist(&target).map_err(|error| error.error)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|error| {
        // Nothing was replaced, so there is nothing to keep.
        let _ = std::fs::remove_file(&backup);
        failed(error)
    })?;
    discard_old_backups(&target);
    Ok(Some(backup))
}

/// A complete file under a name of its own.
fn staged(
    folder: &Path,
    contents: &[u8],
    mode: u32,
    owner: Option<&Metadata>,
) -> io::Result<NamedTempFile> {
    let mut file = outputs::tempfile_in(folder)?;
    file.write_all(contents)?;
    let own = file.as_file().metadata()?;
    if let Some(owner) = owner.filter(|owner| (owner.uid(), owner.gid()) != (own.uid(), own.gid()))
    {
        fchown(file.as_file(), Some(owner.uid()), Some(owner.gid()))?;
    }
    file.as_file().set_permissions(Permissions::from_mode(mode))?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn keep(target: &Path, contents: &[u8], owner: &Metadata, now: Timestamp) -> io::Result<PathBuf> {
    let folder = parent(target);
    let mut prefix = backup_prefix(target);
    prefix.push(now.strftime("%Y%m%dT%H%M%S%.6fZ").to_string());
    for number in 1.. {
        let mut name = prefix.clone();
        if number > 1 {
            name.push(format!("-{number}"));
        }
        let backup = folder.join(name);
        let file = staged(folder, contents, owner.mode() & 0o600, Some(owner))?;
        match file.persist_noclobber(&backup) {
            Ok(_) => return Ok(backup),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists && number < 100 => {}
            Err(error) => return Err(error.error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Each holds private keys that may be good for years, so they are not left to pile up.
fn discard_old_backups(target: &Path) {
    let prefix = backup_prefix(target);
    let Ok(entries) = std::fs::read_dir(parent(target)) else { return };
    let mut backups: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.file_name()))
        .filter(|name| is_backup(name, &prefix))
        .collect();
    backups.sort();
    let too_many = backups.len().saturating_sub(KEPT_BACKUPS);
    for name in backups.into_iter().take(too_many) {
        // It is tried again the next time.
        let _ = std::fs::remove_file(parent(target).join(name));
    }
}

/// Only names that [`keep`] makes: `20261120T120000.123456Z`, and `-2` after it.
fn is_backup(name: &std::ffi::OsStr, prefix: &std::ffi::OsStr) -> bool {
    let Some(time) = name
        .as_encoded_bytes()
        .strip_prefix(prefix.as_encoded_bytes())
        .filter(|time| time.len() >= 23)
    else {
        return false;
    };
    let (time, number) = time.split_at(23);
    let number_fits = match number {
        [] => true,
        [b'-', digits @ ..] => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    number_fits
        && time.iter().zip(b"00000000T000000.000000Z").all(|(byte, form)| match form {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        })
}

fn backup_prefix(target: &Path) -> OsString {
    let mut prefix = target.file_name().unwrap_or_default().to_owned();
    prefix.push(".bak-");
    prefix
}

/// Makes the folder that is to hold a file, for its owner alone: `~/.kube` on a new machine. Only
/// the last folder, because a whole missing path is a wrong path.
pub(crate) fn make_folder_of(path: &Path) -> Result<(), CommandError> {
    let folder = parent(path);
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            let what = format!("cannot make the directory `{}`", folder.display());
            Err(CommandError::failed(what).caused_by(&error))
        }
        _ => Ok(()),
    }
}
