//! The files outside a PKI root that a verb reads or writes: the spec, `machines.txt`, kubeconfigs.
#![expect(clippy::disallowed_methods, reason = "these files lie outside the store")]

mod in_place;
mod outputs;
mod secret;
mod target;

use std::{
    fs::File,
    io::{self, Read},
    os::unix::fs::FileTypeExt,
    path::{Path, PathBuf},
};

pub(crate) use self::{
    in_place::{InPlace, check_in_place},
    outputs::{
        Access, IfExists, NewFile, check_targets, write, write_all, write_below, write_with,
    },
    secret::{
        SecretFile, exists, read_archive, read_for, read_passphrase, read_placed, read_secret,
    },
    target::{Target, named_file, named_folder},
};
use crate::error::CommandError;

/// The largest text that is read, in bytes: 1 MiB.
const LARGEST: u64 = 1024 * 1024;

/// Reads the text file that an option names, or stdin for `-`.
pub(crate) fn read(path: &Path, option: &str) -> Result<Vec<u8>, CommandError> {
    try_read(path, option)?.ok_or_else(|| {
        CommandError::usage(format!("cannot read `{}`", path.display()))
            .because("there is no such file")
            .hint(format!("name another file with `{option}`"))
    })
}

/// Reads the text file that an option names, or stdin for `-`; `None` when there is none.
pub(crate) fn try_read(path: &Path, option: &str) -> Result<Option<Vec<u8>>, CommandError> {
    let unreadable = || CommandError::usage(format!("cannot read `{}`", path.display()));
    let mut text = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().take(LARGEST + 1).read_to_end(&mut text)
    } else {
        match open(path) {
            Ok(file) => file.take(LARGEST + 1).read_to_end(&mut text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => Err(error),
        }
    };
    read.map_err(|error| {
        unreadable().caused_by(&error).hint(format!("name a readable text file with `{option}`"))
    })?;
    if text.len() as u64 > LARGEST {
        let error = unreadable().because("it is larger than 1 MiB");
        return Err(
            error.hint("check that this is the right file: a spec of 5,000 hosts is smaller")
        );
    }
    Ok(Some(text))
}

/// Reads a file, or stdin for `-`, up to `limit` bytes and one more.
pub(crate) fn read_beginning(path: &Path, limit: usize) -> io::Result<Vec<u8>> {
    let (mut bytes, limit) = (Vec::new(), limit as u64 + 1);
    if path == Path::new("-") {
        io::stdin().lock().take(limit).read_to_end(&mut bytes)?;
    } else {
        open(path)?.take(limit).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The files of a folder whose names end in `.<extension>`, sorted; `None` if it is no folder.
pub(crate) fn in_folder(path: &Path, extension: &str) -> io::Result<Option<Vec<PathBuf>>> {
    if path == Path::new("-") || !std::fs::metadata(path)?.is_dir() {
        return Ok(None);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let file = entry?.path();
        if file.extension().is_some_and(|it| it == extension) {
            files.push(file);
        }
    }
    files.sort();
    Ok(Some(files))
}

/// Removes a file of ours that turned out to be of no use.
pub(crate) fn discard(path: &Path) {
    // What stays is in the way of the next run, which then names it.
    let _ = std::fs::remove_file(path);
}

/// Opens what can be read to its end: a FIFO or a device would block, or never end.
fn open(path: &Path) -> io::Result<File> {
    let kind = std::fs::metadata(path)?.file_type();
    tracing::debug!(path = %path.display(), "open");
    if kind.is_dir() {
        return Err(io::Error::other("it is a directory"));
    }
    // `/dev/stdin` and `<(...)` are FIFOs that somebody has put there on purpose.
    let is_ours = path.starts_with("/dev") || path.starts_with("/proc");
    if (kind.is_fifo() || kind.is_socket() || kind.is_block_device()) && !is_ours {
        return Err(io::Error::other("it is not a regular file"));
    }
    File::open(path)
}
