//! Where a result goes, as an option names it: a file or folder, or stdout for `-`. What cannot go to
//! stdout refuses `-`, so that no file is ever called so.

use std::path::{Path, PathBuf};

use super::{Access, IfExists, check_targets, write};
use crate::{context::Context, error::CommandError};

/// Where a result goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A file, or a folder for files.
    Path(PathBuf),
    /// Standard output.
    Stdout,
}

impl Target {
    /// What an option or default names.
    pub(crate) fn of(path: PathBuf) -> Self {
        if path.as_os_str() == "-" { Self::Stdout } else { Self::Path(path) }
    }

    /// Reads the value of an option for what can go to stdout.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        match text {
            "" => Err("name a file, or `-` for stdout".to_owned()),
            text => Ok(Self::of(text.into())),
        }
    }

    /// The path; none for stdout.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Path(path) => Some(path),
            Self::Stdout => None,
        }
    }

    /// Finds out whether the file can be written, before what goes into it is made.
    pub(crate) fn check(&self, if_exists: IfExists) -> Result<(), CommandError> {
        check_targets(self.path(), if_exists)
    }

    /// Writes a result there, complete or not at all, and says which file it is.
    pub(crate) fn write(
        &self,
        contents: &[u8],
        access: Access,
        if_exists: IfExists,
        context: &mut Context,
    ) -> Result<(), CommandError> {
        let Some(path) = self.path() else {
            context.printer.data(contents);
            return Ok(());
        };
        write(path, contents, access, if_exists)?;
        context.printer.talk(&format!("wrote `{}`", path.display()));
        Ok(())
    }
}

/// Reads the value of an option that names a file to be written or changed, never stdout.
pub(crate) fn named_file(text: &str) -> Result<PathBuf, String> {
    never_stdout(text, "a file")
}

/// Reads the value of an option that names a folder for several files, never stdout.
pub(crate) fn named_folder(text: &str) -> Result<PathBuf, String> {
    never_stdout(text, "a folder")
}

fn never_stdout(text: &str, what: &str) -> Result<PathBuf, String> {
    match text {
        "" => Err(format!("name {what}")),
        "-" => Err(format!("this cannot go to stdout: name {what}")),
        text => Ok(text.into()),
    }
}
