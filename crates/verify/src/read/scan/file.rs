//! One file: opened where links end, if it is a regular one, and read as far as it is part of a PKI.

use std::{
    fs::{self, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use kubepki_inspect::{
    artifact::{self, Artifact, Form, MAX_SIZE, ReadError},
    cache::Cache,
};
use kubepki_model::Ending;
use memchr::memmem;
use rustix::fs::OFlags;
use zeroize::Zeroizing;

use super::ScannedFile;
use crate::role::{self, Role};

/// Whether somebody asked for this very file.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Named {
    No,
    Yes,
}

/// The bytes of a regular file of at most [`MAX_SIZE`]: a FIFO would block, and a device may never end.
pub(in crate::read) fn bytes_of_file(path: &Path) -> Result<Zeroizing<Vec<u8>>, ReadError> {
    let metadata = fs::metadata(path).map_err(|error| io_error(&error))?;
    if !metadata.is_file() {
        return Err(no_regular_file(metadata.is_dir()));
    }
    let (_, bytes) = bytes(path).map_err(|error| io_error(&error))?;
    if bytes.len() > MAX_SIZE { Err(ReadError::TooLarge { limit: MAX_SIZE }) } else { Ok(bytes) }
}

/// Reads whatever lies at a path, where links end.
pub(super) fn read(path: PathBuf, named: Named, cache: &Cache) -> ScannedFile {
    match fs::metadata(&path) {
        // A FIFO would block, and a device may never end.
        Ok(metadata) if !metadata.is_file() => {
            // Of a folder nobody expects to be read, unless it has a name that tools give.
            let is_ours = named == Named::Yes
                || is_known_name(&path)
                || !metadata.is_dir() && is_pki_name(&path);
            let none = match is_ours {
                true => Err(no_regular_file(metadata.is_dir())),
                false => Ok(Vec::new()),
            };
            scanned(path, Some(&metadata), None, none)
        }
        Ok(_) => read_regular(path, named, cache),
        Err(error) => scanned(path, None, None, Err(io_error(&error))),
    }
}

pub(super) fn read_regular(path: PathBuf, named: Named, cache: &Cache) -> ScannedFile {
    let (metadata, bytes) = match bytes(&path) {
        Ok(read) => read,
        Err(error) => {
            let metadata = fs::metadata(&path).ok();
            return scanned(path, metadata.as_ref(), None, Err(io_error(&error)));
        }
    };
    let form = Form::of(&bytes);
    let is_expected = named == Named::Yes || is_known_name(&path);
    let is_ours = is_expected || is_pki_name(&path);
    let contents = match artifact::read_as(form, &bytes, cache) {
        // Whatever else is too large, a log or a database, is nobody's business.
        Err(
            ReadError::TooLarge { .. }
            | ReadError::Unknown
            | ReadError::Empty
            | ReadError::Encoded { .. },
        ) if !is_ours => Ok(Vec::new()),
        Err(ReadError::Unknown) if role::of_path(&path) == Some(Role::EncryptionConfig) => {
            encryption_config(&bytes)
        }
        Ok(found) if found.is_empty() && is_expected => Err(ReadError::Unknown),
        read => read,
    };
    scanned(path, Some(&metadata), form, contents)
}

fn scanned(
    path: PathBuf,
    metadata: Option<&Metadata>,
    form: Option<Form>,
    contents: Result<Vec<Artifact>, ReadError>,
) -> ScannedFile {
    ScannedFile {
        path,
        mode: metadata.map_or(0, |it| it.mode() & 0o7777),
        uid: metadata.map_or(0, MetadataExt::uid),
        gid: metadata.map_or(0, MetadataExt::gid),
        is_link: false,
        form,
        contents,
    }
}

/// The file up to the largest size and one more. It may hold a key.
fn bytes(path: &Path) -> io::Result<(Metadata, Zeroizing<Vec<u8>>)> {
    tracing::debug!(path = %path.display(), "read");
    // Should a FIFO have taken its place meanwhile, it ends at once.
    let nonblocking = i32::try_from(OFlags::NONBLOCK.bits()).unwrap_or_default();
    let file = OpenOptions::new().read(true).custom_flags(nonblocking).open(path)?;
    let metadata = file.metadata()?;
    let limit = MAX_SIZE as u64 + 1;
    // A whole buffer at once, so that growth leaves no copies behind.
    let capacity = usize::try_from(metadata.len().min(limit)).unwrap_or(MAX_SIZE) + 1;
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    let mut file = file.take(limit);
    // As much as the system said is all of it; else whoever writes there is waited for to the end.
    file.by_ref().take(metadata.len()).read_to_end(&mut bytes)?;
    if bytes.len() as u64 != metadata.len() || bytes.is_empty() {
        file.read_to_end(&mut bytes)?;
    }
    Ok((metadata, bytes))
}

/// Whether a file of this name is meant to hold something of a PKI.
fn is_pki_name(path: &Path) -> bool {
    const ENDINGS: [&str; 9] =
        ["cer", "crl", "crt", "csr", "key", "kubeconfig", "p12", "pem", "pfx"];
    path.extension().is_some_and(|it| ENDINGS.iter().any(|ending| it.eq_ignore_ascii_case(ending)))
}

/// Whether tools give this name to a file of a PKI, so that it has to be one. Of `kube-scheduler.yaml`
/// and the like more are manifests of Pods.
pub(super) fn is_known_name(path: &Path) -> bool {
    let slot = role::of_path(path);
    let is_yaml = path.to_str().and_then(kubepki_model::form_of) == Some(Ending::Yaml);
    slot.is_some_and(|slot| slot == Role::EncryptionConfig || !is_yaml)
}

/// A file that is called as the keys of Secrets are: it holds nothing of a PKI.
fn encryption_config(bytes: &[u8]) -> Result<Vec<Artifact>, ReadError> {
    match memmem::find(bytes, b"EncryptionConfig") {
        Some(_) => Ok(Vec::new()),
        None => {
            Err(ReadError::malformed("EncryptionConfiguration", "it does not say that it is one"))
        }
    }
}

fn no_regular_file(is_folder: bool) -> ReadError {
    let what = if is_folder { "it is a folder" } else { "it is no regular file" };
    ReadError::Io { reason: what.to_owned() }
}

fn io_error(error: &io::Error) -> ReadError {
    ReadError::Io { reason: error.to_string() }
}
