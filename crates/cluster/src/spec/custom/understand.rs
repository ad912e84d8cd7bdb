//! From the sections `authorities`, `entries`, `places` and `trust` as they were written to files that
//! are all different and CAs that are all there.

use std::collections::{HashMap, HashSet};

use kubepki_ca::{KeyAlgorithm, Subject};

use super::{
    super::{
        ClusterSpec, Layout,
        error::choose,
        error::{InvalidValue, Problem, quote},
        group::is_invisible,
        path::FieldPath,
        raw::{RawAuthority, RawEntry},
    },
    AuthoritySpec, CLUSTER_AUTHORITY, CustomFiles, EntryContent, EntrySpec, entry,
};
use crate::store::StorePath;

/// The sections of the layout `custom` as they were written.
pub(in super::super) struct Written {
    pub(in super::super) authorities: Option<Vec<RawAuthority>>,
    pub(in super::super) entries: Option<Vec<RawEntry>>,
    pub(in super::super) places: Option<String>,
    pub(in super::super) trust: Option<String>,
}

impl Written {
    /// Understands them for a spec whose other fields are understood already.
    pub(in super::super) fn understand(self, spec: &ClusterSpec) -> Result<CustomFiles, Problem> {
        let root = FieldPath::root();
        if spec.layout != Layout::Custom {
            return self.absent(&root, spec.layout);
        }
        let mut seen = Seen::default();
        let at = root.field("authorities");
        let authorities = self.authorities.unwrap_or_default();
        let authorities = authorities.into_iter().enumerate();
        let authorities = authorities
            .map(|(index, raw)| authority(raw, spec, &at.item(index), &mut seen))
            .collect::<Result<Vec<_>, _>>()?;
        if !authorities.iter().any(|authority| authority.name == CLUSTER_AUTHORITY) {
            return Err(InvalidValue::new(format!("there is no CA `{CLUSTER_AUTHORITY}`"))
                .hinted(format!(
                    "name the CA that issues users `{CLUSTER_AUTHORITY}`; `kubepki adopt` writes this layout"
                ))
                .in_field(&at));
        }
        let trust = match self.trust {
            None => CLUSTER_AUTHORITY.to_owned(),
            Some(trust) => known_authority(trust, &authorities, &root.field("trust"))?,
        };
        let places = match self.places {
            None => None,
            Some(text) => {
                let places = text.parse();
                Some(
                    places
                        .map_err(|invalid: InvalidValue| invalid.in_field(&root.field("places")))?,
                )
            }
        };
        let at = root.field("entries");
        let scope = entry::Scope { spec, authorities: &authorities, trust: &trust };
        let mut entries = Vec::new();
        for (index, raw) in self.entries.unwrap_or_default().into_iter().enumerate() {
            let at = at.item(index);
            let entry = scope.entry(raw, &at)?;
            seen.entry(&entry, &at)?;
            entries.push(entry);
        }
        check_users(spec, &entries)?;
        Ok(CustomFiles { authorities, entries, places, trust })
    }

    fn absent(self, root: &FieldPath, layout: Layout) -> Result<CustomFiles, Problem> {
        let written = [
            ("authorities", self.authorities.is_some()),
            ("entries", self.entries.is_some()),
            ("places", self.places.is_some()),
            ("trust", self.trust.is_some()),
        ];
        match written.into_iter().find(|(_, is_written)| *is_written) {
            None => Ok(CustomFiles::default()),
            Some((field, _)) => {
                let message = format!("the layout `{layout}` knows its files itself");
                let hint = format!("remove `{field}`, or use `layout: custom`");
                Err(InvalidValue::new(message).hinted(hint).in_field(&root.field(field)))
            }
        }
    }
}

fn authority(
    raw: RawAuthority,
    spec: &ClusterSpec,
    at: &FieldPath,
    seen: &mut Seen,
) -> Result<AuthoritySpec, Problem> {
    check_name(&raw.name).map_err(|invalid| invalid.in_field(&at.field("name")))?;
    let certificate = path(raw.certificate, &at.field("certificate"))?;
    let key = path(raw.key, &at.field("key"))?;
    seen.name(&raw.name, None, at)?;
    seen.file(&certificate, &at.field("certificate"))?;
    seen.file(&key, &at.field("key"))?;
    let common_name = match raw.common_name {
        Some(name) => attribute(name, &at.field("commonName"))?,
        None => format!("{}-{}-1", spec.name, raw.name),
    };
    let organizations = attributes(raw.organizations, &at.field("organizations"))?;
    Ok(AuthoritySpec {
        certificate,
        key,
        subject: Subject::new(common_name).with_organizations(organizations),
        key_algorithm: algorithm(raw.key_algorithm, spec.certificates.key_algorithm, at)?,
        name: raw.name,
    })
}

/// What may stand once in a spec, and the field where it stands.
#[derive(Default)]
struct Seen {
    names: HashSet<(String, Option<String>)>,
    files: HashMap<StorePath, FieldPath>,
}

impl Seen {
    fn name(&mut self, name: &str, host: Option<&str>, at: &FieldPath) -> Result<(), Problem> {
        if self.names.insert((name.to_owned(), host.map(str::to_owned))) {
            return Ok(());
        }
        let of = host.map(|host| format!(" of `{host}`")).unwrap_or_default();
        Err(InvalidValue::new(format!("the name {}{of} is there already", quote(name)))
            .hinted("give each CA and each entry a name of its own, or a `host`")
            .in_field(&at.field("name")))
    }

    fn file(&mut self, path: &StorePath, at: &FieldPath) -> Result<(), Problem> {
        match self.files.insert(path.clone(), at.clone()) {
            None => Ok(()),
            Some(first) => {
                Err(InvalidValue::new(format!("`{path}` is the file of `{first}` already"))
                    .hinted("describe each file once")
                    .in_field(at))
            }
        }
    }

    fn entry(&mut self, entry: &EntrySpec, at: &FieldPath) -> Result<(), Problem> {
        let host = entry.host.as_ref().map(super::super::HostName::as_str);
        self.name(&entry.name, host, at)?;
        let mut file = |name, path| self.file(path, &at.field(name));
        match &entry.content {
            EntryContent::Certificate { certificate, key, kubeconfig, .. } => {
                file("certificate", certificate)?;
                file("key", key)?;
                if let Some((path, _)) = kubeconfig {
                    file("kubeconfig", path)?;
                    self.name(&format!("{}.kubeconfig", entry.name), host, at)?;
                }
                Ok(())
            }
            EntryContent::KeyPair { key, public, .. } => {
                file("key", key)?;
                file("public", public)
            }
            EntryContent::Kubeconfig { path, .. } => file("kubeconfig", path),
        }
    }
}

/// A user and an entry of one name could not be told apart.
fn check_users(spec: &ClusterSpec, entries: &[EntrySpec]) -> Result<(), Problem> {
    let names: HashSet<_> = entries.iter().map(|entry| entry.name.as_str()).collect();
    for (index, user) in spec.users.iter().enumerate() {
        if names.contains(format!("user/{}", user.name).as_str()) {
            let at = FieldPath::root().field("users").item(index).field("name");
            let message = format!("`user/{}` is an entry already", user.name);
            return Err(InvalidValue::new(message).hinted("keep one of the two").in_field(&at));
        }
    }
    Ok(())
}

/// The name of a CA or an entry: what the command line can name and a terminal can show.
fn check_name(name: &str) -> Result<(), InvalidValue> {
    let inner = |b: u8| b.is_ascii_alphanumeric() || b"._@-/".contains(&b);
    let is_good = name.bytes().all(inner)
        && name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
        && name.len() <= LONGEST_NAME;
    if is_good {
        return Ok(());
    }
    Err(InvalidValue::new(format!("{} cannot name an entry", quote(name))).hinted(format!(
        "begin with a letter or digit, go on with those and `.`, `_`, `@`, `-`, `/`, at most {LONGEST_NAME}"
    )))
}

const LONGEST_NAME: usize = 128;

pub(super) fn entry_name(name: String, at: &FieldPath) -> Result<String, Problem> {
    check_name(&name).map_err(|invalid| invalid.in_field(at))?;
    Ok(name)
}

pub(super) fn known_authority(
    name: String,
    authorities: &[AuthoritySpec],
    at: &FieldPath,
) -> Result<String, Problem> {
    if authorities.iter().any(|authority| authority.name == name) {
        return Ok(name);
    }
    let known: Vec<_> = authorities.iter().map(|authority| authority.name.as_str()).collect();
    Err(InvalidValue::new(format!("{} is no CA of this spec", quote(&name)))
        .hinted(format!("write one of {}", known.join(", ")))
        .in_field(at))
}

pub(super) fn path(text: String, at: &FieldPath) -> Result<StorePath, Problem> {
    let invalid = |message: String| {
        InvalidValue::new(message)
            .hinted("write a path below the PKI root, such as `pki/ca.crt`")
            .in_field(at)
    };
    let path = StorePath::new(text).map_err(|error| invalid(error.to_string()))?;
    if path.is_reserved() {
        return Err(invalid(format!("`{path}` belongs to kubepki itself")));
    }
    Ok(path)
}

pub(super) fn algorithm(
    name: Option<String>,
    default: KeyAlgorithm,
    at: &FieldPath,
) -> Result<KeyAlgorithm, Problem> {
    let choose =
        |name: String| choose("key algorithm", &name, KeyAlgorithm::ALL, KeyAlgorithm::name);
    let chosen = name.map_or(Ok(default), choose);
    chosen.map_err(|invalid| invalid.in_field(&at.field("keyAlgorithm")))
}

pub(super) fn attributes(texts: Vec<String>, at: &FieldPath) -> Result<Vec<String>, Problem> {
    let texts = texts.into_iter().enumerate();
    texts.map(|(index, text)| attribute(text, &at.item(index))).collect()
}

pub(super) fn attribute(text: String, at: &FieldPath) -> Result<String, Problem> {
    check_attribute(&text).map_err(|invalid| invalid.in_field(at))?;
    Ok(text)
}

/// The value of an attribute of a subject: it is found, not chosen, so it may be more than a new
/// user's name or group may, but it can be seen, and issued again (RFC 5280, A.1).
pub(crate) fn check_attribute(text: &str) -> Result<(), InvalidValue> {
    let length = text.chars().count();
    let reason = if length == 0 || length > LONGEST_ATTRIBUTE {
        format!("it has {length} characters")
    } else if text.chars().any(|c| c.is_control() || is_invisible(c)) {
        "it has a character that cannot be seen".to_owned()
    } else {
        return Ok(());
    };
    Err(InvalidValue::new(format!("{} cannot be in a subject: {reason}", quote(text)))
        .hinted(format!("use 1 to {LONGEST_ATTRIBUTE} characters that can be seen")))
}

const LONGEST_ATTRIBUTE: usize = 64;
