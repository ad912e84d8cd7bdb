//! The spec of a PKI: found, read and understood once.
#![expect(clippy::disallowed_methods, reason = "a spec may lie outside the root, behind a link")]

use std::{
    fs::{self, File},
    io::{self, Read},
    os::unix::fs::FileTypeExt,
    path::Path,
};

use kubepki_cluster::{
    Allow, Catalog, ClusterSpec, SpecError, Store, StorePath, SystemMasters,
    store::{FileWrite, Mode},
};

use crate::{Event, Pki, PkiError, RefusedSpec};

/// A spec as it was read.
#[derive(Debug)]
pub struct SpecFile {
    /// What it is called: a path, most often.
    pub name: String,
    /// What it says.
    pub spec: ClusterSpec,
    /// The files that follow from it.
    pub catalog: Catalog,
    text: Vec<u8>,
    /// Why it is refused where nobody has allowed `system:masters`.
    masters: Option<SpecError>,
}

/// The largest spec that is read, in bytes: 1 MiB.
const LARGEST: u64 = 1024 * 1024;

impl SpecFile {
    /// Where the root keeps the spec of the last apply.
    pub(crate) const KEPT: &str = ".kubepki/cluster.yaml";

    /// The text of the spec of the last apply.
    pub(crate) fn kept(store: &impl Store) -> Result<Option<Vec<u8>>, PkiError> {
        let kept = store.read(&kept()?).map_err(PkiError::unreadable)?;
        Ok(kept.map(|kept| kept.contents.to_vec()))
    }

    pub(crate) fn parse(name: String, text: Vec<u8>) -> Result<Self, PkiError> {
        let parsed = match ClusterSpec::parse(&text, SystemMasters::Refused) {
            Ok(spec) => Ok((spec, None)),
            Err(refused) => {
                ClusterSpec::parse(&text, SystemMasters::Allowed).map(|spec| (spec, Some(refused)))
            }
        };
        let made = parsed.and_then(|(spec, masters)| match Catalog::of_cluster(&spec) {
            Ok(catalog) => Ok((spec, catalog, masters)),
            Err(error) => Err(error.in_spec(&spec, &text)),
        });
        match made {
            Ok((spec, catalog, masters)) => Ok(Self { name, spec, catalog, text, masters }),
            Err(error) => Err(PkiError::Spec(Box::new(RefusedSpec { name, text, error }))),
        }
    }

    /// Refuses a spec with `system:masters` where nobody has allowed that.
    fn check(&self, allow: Allow) -> Result<(), PkiError> {
        match &self.masters {
            Some(error) if !allow.system_masters => {
                let (name, text) = (self.name.clone(), self.text.clone());
                Err(PkiError::Spec(Box::new(RefusedSpec { name, text, error: error.clone() })))
            }
            _ => Ok(()),
        }
    }

    /// The copy that the root keeps, where that is not the same already.
    pub(crate) fn to_keep(&self, store: &impl Store) -> Result<Vec<FileWrite>, PkiError> {
        let path = kept()?;
        let old = store.read(&path).map_err(PkiError::unreadable)?;
        if old.is_some_and(|file| *file.contents == self.text) {
            return Ok(Vec::new());
        }
        Ok(vec![FileWrite { path, contents: self.text.clone().into(), mode: Mode::Public }])
    }
}

impl Pki {
    /// The spec: the one that was given, else `cluster.yaml` in the root, else that of the last apply.
    ///
    /// # Errors
    /// [`PkiError::NoSpec`], or why there is one that cannot be used.
    pub fn spec(&self) -> Result<&SpecFile, PkiError> {
        match self.spec_if_any()? {
            Some(spec) => Ok(spec),
            None => {
                let found = self.inherited();
                Err(PkiError::NoSpec { path: self.below("cluster.yaml"), found })
            }
        }
    }

    /// The spec, unless it has what nobody has allowed.
    ///
    /// # Errors
    /// As [`Pki::spec`]; [`PkiError::Spec`] for a user in `system:masters`.
    pub fn spec_for(&self, allow: Allow) -> Result<&SpecFile, PkiError> {
        let spec = self.spec()?;
        spec.check(allow)?;
        Ok(spec)
    }

    /// The spec alone, where nothing else is needed of the handle.
    ///
    /// # Errors
    /// As [`Pki::spec_if_any`].
    pub fn into_spec(mut self) -> Result<Option<SpecFile>, PkiError> {
        self.spec_if_any()?;
        Ok(self.spec.take().flatten())
    }

    /// The same as [`Pki::spec`] where there is one.
    ///
    /// # Errors
    /// Why there is one that cannot be used.
    pub fn spec_if_any(&self) -> Result<Option<&SpecFile>, PkiError> {
        if let Some(spec) = self.spec.get() {
            return Ok(spec.as_ref());
        }
        let found = match &self.given_spec {
            Some((name, text)) => Some((name.clone(), text.clone())),
            None => self.find_spec()?,
        };
        let spec = found.map(|(name, text)| SpecFile::parse(name, text)).transpose()?;
        Ok(self.spec.get_or_init(|| spec).as_ref())
    }

    fn find_spec(&self) -> Result<Option<(String, Vec<u8>)>, PkiError> {
        let path = self.below("cluster.yaml");
        let text = read(&path);
        match text.map_err(|source| PkiError::SpecUnreadable { path: path.clone(), source })? {
            Some(text) if text.len() as u64 > LARGEST => Err(PkiError::SpecTooLarge { path }),
            Some(text) => Ok(Some((path.display().to_string(), text))),
            None => {
                let Some(text) = SpecFile::kept(&self.read()?)? else { return Ok(None) };
                let path = self.below(SpecFile::KEPT);
                let name = path.display().to_string();
                self.tell(&Event::KeptSpec { path });
                Ok(Some((name, text)))
            }
        }
    }

    /// What in a root without a spec says that it has a PKI all the same.
    fn inherited(&self) -> Option<&'static str> {
        let store = self.read().ok()?;
        let is_there = |path: &&&str| match StorePath::new(**path).map(|path| store.read(&path)) {
            Ok(Ok(found)) => found.is_some(),
            // What is no file, or may not be read, is there.
            Ok(Err(_)) => true,
            Err(_) => false,
        };
        ["pki/ca.crt", "ca.crt", "ca.pem", "tls"].iter().find(is_there).copied()
    }
}

fn kept() -> Result<StorePath, PkiError> {
    StorePath::new(SpecFile::KEPT).map_err(PkiError::unreadable)
}

/// Reads a text up to the limit and one byte more; `None` where there is no file.
fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut text)?;
    Ok(Some(text))
}

/// Opens what can be read to its end: a FIFO or a device would block, or never end.
fn open(path: &Path) -> io::Result<File> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_dir() {
        return Err(io::Error::other("it is a directory"));
    }
    if kind.is_fifo() || kind.is_socket() || kind.is_block_device() {
        return Err(io::Error::other("it is not a regular file"));
    }
    tracing::debug!(path = %path.display(), "read the spec");
    File::open(path)
}
