//! Why a step is taken, why none can be, and what is worth a warning: values, no sentences of
//! their own but `Display`.

use std::fmt;

use jiff::Timestamp;
use kubepki_model::{Part, Slot};
use serde::Serialize;

use crate::{catalog::EntryId, gate::Privilege, store::StorePath};

/// Why an entry is made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Reason {
    /// Its text is not the one that follows from the spec.
    ContentsChanged,
    /// Its certificate has expired.
    Expired {
        /// When.
        not_after: Timestamp,
    },
    /// Its certificate is due.
    Expiring {
        /// When it expires.
        not_after: Timestamp,
    },
    /// It was issued by, or trusts, another CA than the one there is.
    IssuerChanged {
        /// The CA.
        issuer: EntryId,
    },
    /// One of its files is missing.
    Missing {
        /// The file.
        path: StorePath,
    },
    /// The names it is good for differ from the spec's.
    NamesChanged {
        /// Names that the spec has and it has not.
        added: Vec<String>,
        /// Names that it has and the spec has not.
        removed: Vec<String>,
    },
    /// Somebody asked for it, whatever time is left.
    Requested,
    /// What it is made from is made again, or differs.
    SourceChanged {
        /// What it is made from.
        of: EntryId,
    },
    /// It differs from the spec.
    SpecChanged {
        /// What differs.
        field: &'static str,
        /// What it is.
        was: String,
        /// What the spec says.
        now: String,
    },
    /// It cannot be used as it is, and was named to be made anew.
    Unusable {
        /// Why.
        why: Refusal,
    },
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ContentsChanged => f.write_str("its text is not the one for this spec"),
            Self::Expired { not_after } => write!(f, "expired {}", date(*not_after)),
            Self::Expiring { not_after } => write!(f, "expires {}", date(*not_after)),
            Self::IssuerChanged { issuer } => write!(f, "not issued by the present `{issuer}`"),
            Self::Missing { path } => write!(f, "`{path}` is missing"),
            Self::NamesChanged { added, removed } => {
                let signed = |sign: char, names: &[String]| -> Vec<String> {
                    names.iter().map(|name| format!("{sign}{name}")).collect()
                };
                f.write_str(&[signed('+', added), signed('-', removed)].concat().join(" "))
            }
            Self::Requested => f.write_str("asked for"),
            Self::SourceChanged { of } => write!(f, "follows `{of}`"),
            Self::SpecChanged { field, was, now } => write!(f, "{field}: {was} -> {now}"),
            Self::Unusable { why } => why.fmt(f),
        }
    }
}

/// Why nothing can be done about an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "refusal", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Refusal {
    /// The CA is gone, but certificates that it issued are not.
    AuthorityLost {
        /// Where the CA's certificate should be.
        path: StorePath,
        /// A certificate that it issued.
        issued: StorePath,
    },
    /// The CA's certificate is not there, and a renewal makes and restores none.
    AuthorityMissing {
        /// Where it should be.
        path: StorePath,
    },
    /// The certificate of a CA or key pair is gone, its key is not.
    CertificateMissing {
        /// The missing file.
        path: StorePath,
    },
    /// A CA has expired.
    Expired {
        /// Its certificate.
        path: StorePath,
        /// When.
        not_after: Timestamp,
        /// Its key, where that is at hand.
        #[serde(skip_serializing_if = "Option::is_none")]
        key: Option<StorePath>,
    },
    /// It would give a privilege that is new, and that nobody has allowed.
    Forbidden {
        /// The privilege.
        privilege: Privilege,
    },
    /// Something has to be issued, and the CA's key is not there.
    IssuerKeyMissing {
        /// The CA.
        issuer: EntryId,
        /// Where its key should be.
        path: StorePath,
    },
    /// A private key that is never made anew is missing.
    KeyMissing {
        /// Where it should be.
        path: StorePath,
    },
    /// A key does not belong to the certificate or public key beside it.
    KeyMismatch {
        /// The certificate or public key.
        certificate: StorePath,
        /// The private key.
        key: StorePath,
    },
    /// A certificate in a CA's place may not issue.
    NotAnAuthority {
        /// The certificate.
        path: StorePath,
        /// What it lacks.
        why: String,
    },
    /// A CA is not valid yet.
    NotYetValid {
        /// Its certificate.
        path: StorePath,
        /// When it begins.
        not_before: Timestamp,
    },
    /// A file cannot be understood.
    Unreadable {
        /// The file.
        path: StorePath,
        /// The parser's word.
        why: String,
    },
}

impl Refusal {
    /// What the user can do about it, for the entry that is refused.
    pub fn hint(&self, id: &EntryId) -> String {
        // To remove the files of these so that they are made anew would end the trust in all that
        // they have signed.
        let is_kept = id.host.is_none() && id.part.is_none() && id.slot.is_never_replaced();
        match self {
            Self::AuthorityLost { path, .. } => format!(
                "restore `{path}`; to start with another CA, use an empty root"
            ),
            Self::AuthorityMissing { .. } => {
                "`kubepki apply` creates the CA, or restores it from a copy".to_owned()
            }
            Self::CertificateMissing { path } => {
                format!("restore `{path}` from a backup or from `.kubepki/history`")
            }
            // The same name, key and key identifier: what the CA has signed stays good.
            Self::Expired { path, key: Some(key), .. } => {
                let [path, new, key] =
                    [path.to_string(), format!("{path}.new"), key.to_string()].map(quoted);
                format!(
                    "reissue it with the same key, in the root, then run `kubepki apply`: openssl x509 -in {path} -signkey {key} -days 3650 -set_serial 0x$(openssl rand -hex 16) -out {new} && mv {new} {path}"
                )
            }
            Self::Expired { key: None, .. } => {
                "a CA is never overwritten: restore its key, or reissue its certificate elsewhere, or start in an empty root".to_owned()
            }
            Self::Forbidden { privilege } => privilege.rule.hint().to_owned(),
            Self::IssuerKeyMissing { path, .. } => {
                format!("restore `{path}` to issue certificates")
            }
            Self::KeyMissing { path } => format!(
                "restore `{path}` from a backup or from `.kubepki/history`; tokens signed with it depend on it"
            ),
            Self::KeyMismatch { .. } if is_kept => "restore the right key from a backup".to_owned(),
            Self::KeyMismatch { key, .. } => anew("the right key", key, id),
            Self::NotYetValid { .. } => "check the clock of this machine with `date`".to_owned(),
            Self::NotAnAuthority { .. } => "replace it by the certificate of the CA".to_owned(),
            Self::Unreadable { path, .. } if is_kept => {
                format!("restore `{path}` from a backup or from `.kubepki/history`")
            }
            Self::Unreadable { path, .. } => anew(&format!("`{path}`"), path, id),
        }
    }
}

/// A path as a word of the shell.
fn quoted(path: String) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    match path.chars().all(is_plain) && !path.starts_with('-') {
        true => path,
        false => format!("'./{}'", path.replace('\'', r"'\''")),
    }
}

/// How a file that is not kept for ever is made anew: by the name of its entry, where it is a
/// certificate of its own.
fn anew(what: &str, path: &StorePath, id: &EntryId) -> String {
    if id.part == Some(Part::Kubeconfig) || id.slot == Slot::BootstrapToken {
        return format!("restore {what} from a backup, or remove `{path}` so that it is reissued");
    }
    let host = id.host.as_ref().map(|host| format!(" --host {host}")).unwrap_or_default();
    format!(
        "restore {what} from a backup, or reissue it (the old files stay in .kubepki/history): `kubepki renew {}{host}`",
        id.name()
    )
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AuthorityLost { path, issued } => {
                write!(f, "`{path}` is gone, but `{issued}` that it issued is there")
            }
            Self::AuthorityMissing { path } => write!(f, "there is no CA at `{path}`"),
            Self::CertificateMissing { path } => {
                write!(f, "`{path}` is missing beside its private key")
            }
            Self::Expired { path, not_after, .. } => {
                write!(f, "the CA in `{path}` expired {}", date(*not_after))
            }
            Self::Forbidden { privilege } => {
                write!(f, "it would be new {}: {}", privilege.claim, privilege.why)
            }
            Self::IssuerKeyMissing { issuer, path } => {
                write!(f, "no private key for issuer `{issuer}` at `{path}`")
            }
            Self::KeyMissing { path } => write!(f, "the private key `{path}` is missing"),
            Self::KeyMismatch { certificate, key } if certificate == key => {
                write!(f, "the private key in `{key}` is not that of the certificate in it")
            }
            Self::KeyMismatch { certificate, key } => {
                write!(f, "`{key}` is not the private key of `{certificate}`")
            }
            Self::NotAnAuthority { path, why } => write!(f, "`{path}` is no CA certificate: {why}"),
            Self::NotYetValid { path, not_before } => {
                write!(f, "the CA in `{path}` is valid from {} only", date(*not_before))
            }
            Self::Unreadable { path, why } => write!(f, "cannot read `{path}`: {why}"),
        }
    }
}

/// Something that calls for attention, but for no step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "warning", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Warning {
    /// A CA differs from the spec, and stays as it is.
    AuthorityDiffers {
        /// The CA.
        #[serde(flatten)]
        entry: EntryId,
        /// What differs.
        field: &'static str,
        /// What it is.
        was: String,
        /// What the spec says.
        now: String,
    },
    /// A certificate ends with its CA, before the lifetime that the spec gives it.
    Capped {
        /// The certificate.
        #[serde(flatten)]
        entry: EntryId,
        /// When both end.
        not_after: Timestamp,
    },
    /// The kubelet renews this certificate itself.
    KubeletManaged {
        /// The kubeconfig.
        #[serde(flatten)]
        entry: EntryId,
    },
    /// A certificate is not valid yet: a clock is wrong.
    NotYetValid {
        /// The certificate.
        #[serde(flatten)]
        entry: EntryId,
        /// When it begins.
        not_before: Timestamp,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AuthorityDiffers { entry, field, was, now } => write!(
                f,
                "`{entry}` keeps its {field} `{was}`, though the spec says `{now}`: a CA is never overwritten"
            ),
            Self::Capped { entry, not_after } => {
                write!(f, "`{entry}` ends {}, together with its CA", date(*not_after))
            }
            Self::KubeletManaged { entry } => {
                write!(f, "`{entry}` names files that the kubelet renews itself, and is left alone")
            }
            Self::NotYetValid { entry, not_before } => {
                write!(f, "`{entry}` is valid from {} only: is a clock wrong?", date(*not_before))
            }
        }
    }
}

/// The minute, in UTC: some certificates live for hours.
fn date(at: Timestamp) -> impl fmt::Display {
    at.strftime("%Y-%m-%d %H:%MZ")
}
