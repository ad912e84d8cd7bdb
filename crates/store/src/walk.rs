//! Every file below a root, for a root of which nobody has a list. Follows no symbolic link, goes
//! into no hidden folder, and changes nothing.

use std::ffi::OsString;

use rustix::fs::FileType;

use super::{DirStore, MAX_FILE_SIZE, StoreError, StorePath, StoredFile, tree::Dir};

/// What a walk comes by.
#[derive(Debug)]
pub enum Visited {
    /// A file and its contents.
    File(StorePath, StoredFile),
    /// A symbolic link, by its path.
    Link(String),
    /// A file or folder whose name is no UTF-8, by its path as far as it can be shown.
    Nameless(String),
    /// A file or folder that cannot be read, by its path.
    Unreadable(String, StoreError),
}

impl DirStore {
    /// Shows `visit` every file below the root, in the order of their paths, folder by folder; false
    /// if there are more than `limit`, of which the rest is not visited.
    ///
    /// A root that does not exist has no file. What cannot be read is visited too; only a root that
    /// cannot be listed is an error.
    pub fn walk(&self, limit: usize, visit: &mut impl FnMut(Visited)) -> Result<bool, StoreError> {
        let Some(root) = self.directory() else { return Ok(true) };
        let mut walk = Walk { left: limit, visit };
        let names = walk.names(root)?;
        walk.folder(root, "", names, 0);
        Ok(walk.left > 0)
    }
}

struct Walk<'a, V> {
    left: usize,
    visit: &'a mut V,
}

impl<V: FnMut(Visited)> Walk<'_, V> {
    fn names(&self, folder: &Dir) -> Result<Vec<OsString>, StoreError> {
        let mut names = folder.names()?;
        names.sort();
        Ok(names)
    }

    fn folder(&mut self, folder: &Dir, path: &str, names: Vec<OsString>, depth: usize) {
        for name in names {
            if self.left == 0 {
                return;
            }
            let Some(name) = name.to_str() else {
                self.left -= 1;
                (self.visit)(Visited::Nameless(format!("{path}{}", name.to_string_lossy())));
                continue;
            };
            if let Err(error) = self.entry(folder, path, name, depth) {
                (self.visit)(Visited::Unreadable(format!("{path}{name}"), error));
            }
        }
    }

    fn entry(
        &mut self,
        folder: &Dir,
        path: &str,
        name: &str,
        depth: usize,
    ) -> Result<(), StoreError> {
        let Some(stat) = folder.stat(name)? else { return Ok(()) };
        match FileType::from_raw_mode(stat.st_mode) {
            FileType::Directory if !name.starts_with('.') && depth < DEEPEST => {
                if let Some(below) = folder.child(name)? {
                    let names = self.names(&below)?;
                    self.folder(&below, &format!("{path}{name}/"), names, depth + 1);
                }
            }
            FileType::RegularFile => {
                self.left -= 1;
                let path = StorePath::new(format!("{path}{name}"))?;
                if let Some(file) = folder.read(name, MAX_FILE_SIZE)? {
                    (self.visit)(Visited::File(path, file));
                }
            }
            FileType::Symlink => {
                self.left -= 1;
                (self.visit)(Visited::Link(format!("{path}{name}")));
            }
            _ => {}
        }
        Ok(())
    }
}

/// How many folders may be in each other.
const DEEPEST: usize = 32;
