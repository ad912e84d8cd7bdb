//! The files of one machine, below a root folder that need not be `/`. Only reads, and leads no
//! link out of the root.

use std::{
    ffi::OsString,
    fs::{File, Metadata, OpenOptions},
    io::{self, Read},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::{Component, Path, PathBuf},
};

use thiserror::Error;
use zeroize::Zeroizing;

/// The largest file that is read, in bytes: 1 MiB.
pub const LARGEST: u64 = 1 << 20;

/// How many symbolic links one path may go through, as in Linux.
const MOST_LINKS: u32 = 40;

/// A machine's file system below a folder, such as a mounted disk or a copy; `/` is this machine.
#[derive(Clone, Debug)]
pub struct Tree {
    root: PathBuf,
}

/// A file that was read. Its bytes may be a key's, and are wiped when it is dropped.
pub struct TreeFile {
    /// What is in it.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Where it lies and to whom it belongs.
    pub stat: Stat,
}

/// Where a file lies once every link is followed, and to whom it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Its path as the machine knows it, without links.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
    /// The number of its owner.
    pub uid: u32,
    /// The number of its group.
    pub gid: u32,
}

/// Why a file of the machine could not be read; fits after "cannot read `<path>`:".
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The system refuses.
    #[error("the system refuses")]
    Io(#[source] io::Error),
    /// Nothing is there.
    #[error("there is no such file")]
    Missing,
    /// It is a folder, a device, a pipe or a socket.
    #[error("it is no regular file")]
    NotAFile,
    /// It has more bytes than [`LARGEST`].
    #[error("it is larger than {LARGEST} bytes")]
    TooLarge,
    /// Its links lead in a circle.
    #[error("it goes through more than {MOST_LINKS} symbolic links")]
    TooManyLinks,
}

impl Tree {
    /// The file system below `root`.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Says whether the root folder belongs to root, so that the owners of files say something:
    /// in a copy that somebody made, everything is theirs.
    pub fn has_owners(&self) -> bool {
        std::fs::metadata(&self.root).is_ok_and(|metadata| metadata.uid() == 0)
    }

    /// Reads a file by the path under which the machine knows it.
    ///
    /// # Errors
    ///
    /// All of [`TreeError`].
    pub fn read(&self, path: &Path) -> Result<TreeFile, TreeError> {
        let resolved = self.resolve(path)?;
        let real = self.real(&resolved);
        let metadata = std::fs::symlink_metadata(&real).map_err(TreeError::of)?;
        if !metadata.is_file() {
            return Err(TreeError::NotAFile);
        }
        let mut bytes = Zeroizing::new(Vec::new());
        let file = open(&real).map_err(TreeError::of)?;
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(TreeError::of)?;
        if bytes.len() as u64 > LARGEST {
            return Err(TreeError::TooLarge);
        }
        Ok(TreeFile { bytes, stat: stat_of(resolved, &metadata) })
    }

    /// Looks where a file or folder lies and to whom it belongs.
    ///
    /// # Errors
    ///
    /// [`TreeError::Missing`], [`TreeError::TooManyLinks`] and [`TreeError::Io`].
    pub fn stat(&self, path: &Path) -> Result<Stat, TreeError> {
        let resolved = self.resolve(path)?;
        let metadata = std::fs::symlink_metadata(self.real(&resolved)).map_err(TreeError::of)?;
        Ok(stat_of(resolved, &metadata))
    }

    /// The names of what lies in a folder, sorted; none when there is no such folder.
    ///
    /// # Errors
    ///
    /// [`TreeError::Io`] and [`TreeError::TooManyLinks`].
    pub fn names(&self, folder: &Path) -> Result<Vec<OsString>, TreeError> {
        let listed = self.resolve(folder).and_then(|resolved| {
            std::fs::read_dir(self.real(&resolved))
                .and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect())
                .map_err(TreeError::of)
        });
        match listed {
            Ok(names) => {
                let mut names: Vec<OsString> = names;
                names.sort();
                Ok(names)
            }
            Err(TreeError::Missing) => Ok(Vec::new()),
            Err(TreeError::Io(error)) if error.kind() == io::ErrorKind::NotADirectory => {
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }

    /// Follows every link of a path as the machine would: an absolute target begins at the root
    /// folder, and `..` does not lead out of it.
    fn resolve(&self, path: &Path) -> Result<PathBuf, TreeError> {
        let mut resolved = PathBuf::from("/");
        let mut rest = parts(path);
        let mut links = 0;
        while let Some(part) = rest.pop() {
            if part == ".." {
                resolved.pop();
                continue;
            }
            let next = resolved.join(&part);
            match std::fs::symlink_metadata(self.real(&next)) {
                Ok(metadata) if metadata.is_symlink() => {
                    links += 1;
                    if links > MOST_LINKS {
                        return Err(TreeError::TooManyLinks);
                    }
                    let target = std::fs::read_link(self.real(&next)).map_err(TreeError::of)?;
                    if target.is_absolute() {
                        resolved = PathBuf::from("/");
                    }
                    rest.extend(parts(&target));
                }
                Ok(_) => resolved = next,
                Err(error) => return Err(TreeError::of(error)),
            }
        }
        Ok(resolved)
    }

    /// Where a path of the machine lies here.
    fn real(&self, path: &Path) -> PathBuf {
        self.root.join(path.strip_prefix("/").unwrap_or(path))
    }
}

impl TreeError {
    /// What it says, with the system's word where there is one.
    pub fn in_words(&self) -> String {
        match self {
            Self::Io(error) => error.to_string(),
            other => other.to_string(),
        }
    }

    fn of(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            _ => Self::Io(error),
        }
    }
}

/// The names on a path, the last one first.
fn parts(path: &Path) -> Vec<OsString> {
    let names = path.components().rev().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        _ => None,
    });
    names.collect()
}

/// Opens without waiting, should a pipe have taken the file's place a moment ago.
fn open(path: &Path) -> io::Result<File> {
    const O_NONBLOCK: i32 = 0o4000;
    tracing::debug!(path = %path.display(), "read");
    OpenOptions::new().read(true).custom_flags(O_NONBLOCK).open(path)
}

fn stat_of(path: PathBuf, metadata: &Metadata) -> Stat {
    let (mode, uid, gid) = (metadata.mode() & 0o7777, metadata.uid(), metadata.gid());
    Stat { path, mode, uid, gid }
}
