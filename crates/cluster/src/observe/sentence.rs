//! How each [`Issue`] reads: a word, a sentence, and what helps. Nothing else in this crate says it.

use std::fmt;

use jiff::Timestamp;

use super::{Issue, mend::Mend};
use crate::catalog::Entry;

impl Issue {
    /// It in a word or two.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::AuthorityExpired { .. } | Self::Expired { .. } => "expired",
            Self::IssuerExpired { .. } => "CA expired",
            Self::KeyMismatch { .. } => "key mismatch",
            Self::AuthorityLost { .. }
            | Self::AuthorityMissing { .. }
            | Self::CertificateMissing { .. }
            | Self::FieldMissing { .. }
            | Self::IssuerKeyMissing { .. }
            | Self::KeyMissing { .. }
            | Self::Missing { .. } => "missing",
            Self::Inaccessible { .. } | Self::Unreadable { .. } => "unreadable",
            Self::Unreachable { .. } => "unreachable",
            Self::NotACertificate { .. } => "no certificate",
            Self::NotAnAuthority { .. } => "no CA",
            Self::IssuerChanged { .. } | Self::TrustChanged { .. } => "issuer changed",
            Self::AuthorityNotYetValid { .. } | Self::NotYetValid { .. } => "not yet valid",
            Self::Due { .. } => "due",
            Self::Forbidden { .. } => "forbidden",
            Self::OutlivesIssuer { .. } => "outlives its CA",
            Self::ContentsChanged
            | Self::NamesChanged { .. }
            | Self::SourceChanged { .. }
            | Self::SpecChanged { .. } => "drifted",
            Self::TooOpen { .. } => "too open",
        }
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AuthorityExpired { path, not_after, .. } => {
                write!(f, "the CA in `{path}` expired {}", minute(*not_after))
            }
            Self::AuthorityLost { path, issued } => {
                write!(f, "`{path}` is gone, but `{issued}` that it issued is there")
            }
            Self::AuthorityMissing { path } => write!(f, "there is no CA at `{path}`"),
            Self::AuthorityNotYetValid { path, not_before } => {
                write!(f, "the CA in `{path}` is valid from {} only", minute(*not_before))
            }
            Self::CertificateMissing { path } => {
                write!(f, "`{path}` is missing beside its private key")
            }
            Self::ContentsChanged => f.write_str("its text is not the one for this spec"),
            Self::Due { not_after, ends_with_issuer: false } => {
                write!(f, "expires {}", minute(*not_after))
            }
            Self::Due { not_after, ends_with_issuer: true } => {
                write!(f, "expires {}, together with its CA", minute(*not_after))
            }
            Self::Expired { not_after } => write!(f, "expired {}", minute(*not_after)),
            Self::FieldMissing { field } => write!(f, "its user has no `{field}`"),
            Self::Forbidden { privilege } => {
                write!(f, "it would be new {}: {}", privilege.claim, privilege.why)
            }
            Self::Inaccessible { path, why, .. } | Self::Unreadable { path, why } => {
                write!(f, "cannot read `{path}`: {why}")
            }
            Self::IssuerChanged { issuer } => write!(f, "not issued by the present `{issuer}`"),
            Self::IssuerExpired { issuer, not_after } => {
                write!(f, "its CA `{issuer}` expired {}", minute(*not_after))
            }
            Self::IssuerKeyMissing { issuer, path } => {
                write!(f, "no private key for issuer `{issuer}` at `{path}`")
            }
            Self::KeyMismatch { certificate, key } if certificate == key => {
                write!(f, "the private key in `{key}` is not that of the certificate in it")
            }
            Self::KeyMismatch { certificate, key } => {
                write!(f, "`{key}` is not the private key of `{certificate}`")
            }
            Self::KeyMissing { path } => write!(f, "the private key `{path}` is missing"),
            Self::Missing { path } => write!(f, "`{path}` is missing"),
            Self::NamesChanged { added, removed } => {
                let signed = |sign: char, names: &[String]| -> Vec<String> {
                    names.iter().map(|name| format!("{sign}{name}")).collect()
                };
                f.write_str(&[signed('+', added), signed('-', removed)].concat().join(" "))
            }
            Self::NotACertificate { holds } => {
                write!(f, "its name promises a certificate, and it holds {holds}")
            }
            Self::NotAnAuthority { path, why } => write!(f, "`{path}` is no CA certificate: {why}"),
            Self::NotYetValid { not_before } => {
                write!(f, "valid from {} only: is a clock wrong?", minute(*not_before))
            }
            Self::OutlivesIssuer { issuer, not_after } => {
                write!(f, "its CA `{issuer}` ends before it, {}", minute(*not_after))
            }
            Self::SourceChanged { of } => write!(f, "follows `{of}`"),
            Self::SpecChanged { field, was, now } => write!(f, "{field}: {was} -> {now}"),
            Self::TooOpen { path, mode, widest } => {
                write!(f, "`{path}` has mode {mode:04o}; {widest:04o} is the widest it should have")
            }
            Self::TrustChanged { authority } => {
                write!(f, "does not trust the present `{authority}`")
            }
            Self::Unreachable { why } => f.write_str(why),
        }
    }
}

/// What helps against an [`Issue`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// A sentence, with its commands.
    pub text: String,
    /// The commands, to be run one after the other in the root by a shell. Without any, only a
    /// person can do something.
    pub commands: Vec<String>,
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Hint {
    fn person(text: impl Into<String>) -> Self {
        Self { text: text.into(), commands: Vec::new() }
    }

    /// A sentence that ends with its only command.
    fn run(text: &str, command: String) -> Self {
        Self { text: format!("{text}: `{command}`"), commands: vec![command] }
    }
}

impl Issue {
    /// What helps, for the entry that it is about.
    ///
    /// Renewing it takes these flags, where it would give a privilege.
    pub(crate) fn hint(&self, entry: &Entry, flags: &[&str]) -> Hint {
        match self {
            Self::AuthorityExpired { path, key: Some(key), .. } => lengthen(path, key),
            Self::AuthorityExpired { key: None, path, .. } => Hint::person(format!(
                "restore the CA's key, or put a renewed certificate of the CA into `{path}`; to start again with a new CA, use an empty root"
            )),
            Self::AuthorityLost { path, .. } => Hint::person(format!(
                "restore `{path}` from a backup or from `.kubepki/history`; to start again with a new CA, use an empty root"
            )),
            Self::AuthorityMissing { .. } => {
                Hint::run("create the CA, or restore it from a copy", "kubepki apply".to_owned())
            }
            Self::AuthorityNotYetValid { .. } | Self::NotYetValid { .. } => {
                Hint::run("check the clock of this machine", "date".to_owned())
            }
            Self::CertificateMissing { path } => Hint::person(restore(path)),
            Self::Forbidden { privilege } => Hint::person(privilege.rule.hint()),
            Self::Inaccessible { path, hint, .. } => Hint::person(
                hint.clone().unwrap_or_else(|| format!("make `{path}` readable and run again")),
            ),
            Self::IssuerKeyMissing { path, .. } => {
                Hint::person(format!("restore `{path}` to issue certificates"))
            }
            Self::KeyMissing { path } => {
                Hint::person(format!("{}; tokens that it signed depend on it", restore(path)))
            }
            Self::KeyMismatch { key, .. } => replace("the right key", key, entry, flags),
            Self::NotAnAuthority { path, .. } => {
                Hint::person(format!("put the CA's own certificate into `{path}`"))
            }
            Self::Unreadable { path, .. } => replace(&format!("`{path}`"), path, entry, flags),
            Self::Due { .. }
            | Self::Expired { .. }
            | Self::IssuerChanged { .. }
            | Self::NamesChanged { .. }
            | Self::SpecChanged { .. }
            | Self::TrustChanged { .. }
                if Mend::of(entry) == Mend::Renew =>
            {
                Hint::run("reissue it", renew(entry, flags))
            }
            _ => Hint::run("put it right", "kubepki apply".to_owned()),
        }
    }
}

fn restore(path: &str) -> String {
    format!("restore `{path}` from a backup or from `.kubepki/history`")
}

/// How a file that cannot be used gets replaced. What is never issued or generated anew can only be
/// restored: all that a CA has signed would lose its trust. So is a file of another entry, on which
/// this one depends: to reissue this one would not help.
fn replace(what: &str, path: &str, entry: &Entry, flags: &[&str]) -> Hint {
    let is_its_own = entry.files().any(|(file, _)| file.as_str() == path);
    let mend = if is_its_own { Mend::of(entry) } else { Mend::Restore };
    match mend {
        Mend::Restore => {
            Hint::person(format!("restore {what} from a backup or from `.kubepki/history`"))
        }
        Mend::Remove => {
            let commands = vec![format!("rm {}", word(path)), "kubepki apply".to_owned()];
            let text = format!(
                "restore {what} from a backup, or create it again: `{}`",
                commands.join(" && ")
            );
            Hint { text, commands }
        }
        Mend::Renew => Hint::run(
            &format!(
                "restore {what} from a backup, or reissue it (the old files stay in .kubepki/history)"
            ),
            renew(entry, flags),
        ),
    }
}

fn renew(entry: &Entry, flags: &[&str]) -> String {
    let id = &entry.id;
    let host = id.host.as_ref().map(|host| format!(" --host {}", word(host))).unwrap_or_default();
    let flags: String = flags.iter().map(|flag| format!(" {flag}")).collect();
    format!("kubepki renew {}{host}{flags}", word(&id.name()))
}

/// The same name, key and key identifier: what the CA has signed stays good.
fn lengthen(path: &str, key: &str) -> Hint {
    let [path, new, key] =
        [path.to_owned(), format!("{path}.new"), key.to_owned()].map(|path| word(&path));
    let commands = vec![
        format!(
            "openssl x509 -in {path} -signkey {key} -days 3650 -set_serial 0x$(openssl rand -hex 16) -out {new} && mv {new} {path}"
        ),
        "kubepki apply".to_owned(),
    ];
    let text = format!(
        "reissue it with the same key, in the root, then run `{}`: {}",
        commands[1], commands[0]
    );
    Hint { text, commands }
}

/// A name or path as a word of the shell.
fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./@:".contains(c);
    match text.chars().all(is_plain) && !text.starts_with('-') {
        true => text.to_owned(),
        false => format!("'./{}'", text.replace('\'', r"'\''")),
    }
}

/// The minute, in UTC: some certificates live for hours.
pub(crate) fn minute(at: Timestamp) -> impl fmt::Display {
    at.strftime("%Y-%m-%d %H:%MZ")
}
