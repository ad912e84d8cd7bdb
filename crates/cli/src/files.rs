//! The files outside a PKI root that a verb reads or writes: the spec, `machines.txt`, kubeconfigs.
#![expect(clippy::disallowed_methods, reason = "these files lie outside the store")]

mod lock;
mod outputs;
mod secret;

use std::{
    fs::File,
    io::{self, Read, Write},
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
};

pub(crate) use self::{
    lock::Lock,
    outputs::{NewFile, make_folders_below, write_all},
    secret::{check_folder_of, exists, make_folder_of, read_secret, replace, write_new_secret},
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
        unreadable()
            .caused_by(&error)
            .hint(format!("name a text file that you may read with `{option}`"))
    })?;
    if text.len() as u64 > LARGEST {
        let error = unreadable().because("it is larger than 1 MiB");
        return Err(error.hint("a spec of 5,000 hosts has less than 1 MiB: is it the right file?"));
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

/// Opens what can be read to its end: a FIFO or a device would block, or never end.
fn open(path: &Path) -> io::Result<File> {
    let kind = std::fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(io::Error::other("it is a directory"));
    }
    // `/dev/stdin` and `<(...)` are FIFOs that somebody has put there on purpose.
    let is_ours = path.starts_with("/dev") || path.starts_with("/proc");
    if (kind.is_fifo() || kind.is_socket() || kind.is_block_device()) && !is_ours {
        return Err(io::Error::other("it is no regular file"));
    }
    File::open(path)
}

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Everybody: 0644.
    Everybody,
    /// Its owner alone: 0600.
    Owner,
}

/// Writes a file, complete or not at all; one that exists is left as it is unless it may be replaced.
pub(crate) fn write(
    path: &Path,
    contents: &[u8],
    access: Access,
    replace: bool,
) -> Result<(), CommandError> {
    let failed = || CommandError::failed(format!("cannot write `{}`", path.display()));
    let parent = match path.parent() {
        Some(parent) if parent != Path::new("") => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let mode = match access {
        Access::Everybody => 0o644,
        Access::Owner => 0o600,
    };
    let write = || -> io::Result<()> {
        // Made with mode 0600, whatever it will have.
        let mut file = tempfile::NamedTempFile::new_in(&parent)?;
        file.write_all(contents)?;
        file.as_file().set_permissions(std::fs::Permissions::from_mode(mode))?;
        file.as_file().sync_all()?;
        let persisted = if replace { file.persist(path) } else { file.persist_noclobber(path) };
        persisted.map_err(|error| error.error)?;
        File::open(&parent)?.sync_all()
    };
    write().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => {
            CommandError::usage(format!("`{}` exists already", path.display()))
                .hint("edit it, or name another file with `--file`")
        }
        io::ErrorKind::NotFound => failed()
            .because(format!("there is no directory `{}`", parent.display()))
            .hint(format!("make it first: mkdir -p {}", parent.display())),
        _ => failed().caused_by(&error),
    })
}
