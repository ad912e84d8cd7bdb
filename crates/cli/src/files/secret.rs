//! Files with secrets in them: read into memory that is wiped.

use std::{
    io::{self, Read},
    os::unix::fs::MetadataExt,
    path::Path,
};

use kubepki_cluster::{StoreError, store::Place};
use zeroize::Zeroizing;

use super::{LARGEST, open};
use crate::error::CommandError;

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
        let error = CommandError::usage(format!("there is no passphrase in `{}`", path.display()));
        return Err(error.hint("write the passphrase to the first line, in UTF-8"));
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
        return Err(unreadable()
            .because("it is larger than 1 MiB")
            .hint("check that this is the right file"));
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
    read.map_err(|error| unreadable().caused_by(&error).hint("name a readable file"))?;
    if archive.len() as u64 > LIMIT {
        return Err(unreadable()
            .because("it is larger than 64 MiB")
            .hint("check that this is the right file"));
    }
    Ok(archive)
}

/// As [`read_secret`], by a way on which nobody else decides what is found; a pipe is its own way.
pub(crate) fn read_placed(path: &Path) -> Result<Option<SecretFile>, CommandError> {
    if path.starts_with("/dev") || path.starts_with("/proc") {
        return read_secret(path);
    }
    let unreadable = |error: StoreError| {
        let unreadable = CommandError::usage(format!("cannot read `{}`", path.display()));
        unreadable.caused_by(&error)
    };
    let Some(place) = Place::find(path).map_err(unreadable)? else { return Ok(None) };
    let known = place.read(LARGEST).map_err(unreadable)?;
    Ok(known.map(|known| SecretFile { contents: known.file.contents, mode: known.file.mode }))
}

/// Reads a file on behalf of a user whom this process has more rights than; `None` when there is none.
pub(crate) fn read_for(path: &Path, user: u32) -> Result<Option<Zeroizing<Vec<u8>>>, CommandError> {
    let unreadable = || CommandError::usage(format!("cannot read `{}`", path.display()));
    let failed = |error: StoreError| unreadable().caused_by(&error);
    let Some(place) = Place::find(path).map_err(failed)? else { return Ok(None) };
    let Some(known) = place.read(LARGEST).map_err(failed)? else { return Ok(None) };
    if !place.is_readable_by(user, &known) {
        return Err(unreadable()
            .because(format!("user {user}, who owns the kubeconfig, may not read it"))
            .hint("run it as that user, or change the owner of the kubeconfig"));
    }
    Ok(Some(known.file.contents))
}
