//! Which files are what somebody kept of others: by their names, and by what lies where those names
//! point. What a program is told to read is none of them. Judges names, and no contents but a CA's.

use std::collections::{BTreeMap, HashSet};

use kubepki_inspect::{Index, PublicKey};

use super::{
    Note,
    pairs::base,
    survey::{Content, Found},
};
use crate::store::StorePath;

/// The files without what somebody kept of others, and a note for each of those.
pub(super) fn leave_out(
    found: Vec<Found>,
    others: &[StorePath],
    named: &HashSet<StorePath>,
    notes: &mut Vec<Note>,
) -> Vec<Found> {
    let is_free = |path: &&StorePath| named.contains(*path) || Kept::of(path).is_none();
    let paths = found.iter().map(|it| &it.path).chain(others);
    let live: HashSet<_> = paths.filter(is_free).map(file).collect();
    let is_there =
        |original: &str| StorePath::new(original).is_ok_and(|path| live.contains(&file(&path)));

    // A folder is kept of another where most of its files lie there too.
    let mut folders = BTreeMap::<(String, String), (usize, usize)>::new();
    for it in found.iter().filter(|it| !named.contains(&it.path)) {
        if let Some(Kept { folder: Some(folder), original, .. }) = Kept::of(&it.path) {
            let counted = folders.entry(folder).or_default();
            counted.0 += usize::from(is_there(&original));
            counted.1 += 1;
        }
    }
    folders.retain(|_, (there, all)| *there * 2 >= *all);
    for (folder, original) in folders.keys() {
        let what = format!(
            "`{folder}` is a second copy of `{original}`, and is left out: if programs read it, name it alone"
        );
        notes.push(Note::Dangerous { what });
    }

    let called: HashSet<_> = found.iter().filter_map(called_so).collect();
    let (mut kept, mut backups) = (Vec::new(), Vec::new());
    for it in found {
        let Some(name) = Kept::of(&it.path).filter(|_| !named.contains(&it.path)) else {
            kept.push(it);
            continue;
        };
        let is_copy = is_there(&name.original) && !called.contains(&base(&it.path));
        if name.is_certain {
            backups.push((it, "it is in a folder for backups or old certificates".to_owned()));
        } else if let Some(folder) = name.folder.filter(|it| folders.contains_key(it)) {
            backups
                .push((it, format!("it is in `{}`, the second copy of `{}`", folder.0, folder.1)));
        } else if is_copy {
            let why = format!("by its name it was kept of `{}`", name.original);
            backups.push((it, why));
        } else {
            kept.push(it);
        }
    }
    let kept_cas = issuers(&mut backups, &kept);
    kept.extend(kept_cas);
    notes.extend(backups.into_iter().map(|(it, why)| Note::left_out(&it.path, why)));
    kept.sort_by(|a, b| a.path.cmp(&b.path));
    kept
}

/// Takes out the CAs, and their keys, that have issued what is kept and are nowhere else: during the
/// rotation of a CA the old one has a date in its name.
fn issuers(backups: &mut Vec<(Found, String)>, kept: &[Found]) -> Vec<Found> {
    let all = kept.iter().filter_map(|it| match &it.content {
        Content::Certificates(all) => Some(all),
        _ => None,
    });
    let (cas, leaves): (Vec<_>, Vec<_>) = all.flatten().partition(|it| it.is_ca());
    let cas = Index::of(cas);
    let orphans = leaves.into_iter().filter(|it| cas.issuers_of(it).next().is_none());
    let of_backups = backups.iter().filter_map(|(it, _)| match &it.content {
        Content::Certificates(all) => Some(all),
        _ => None,
    });
    let of_backups = Index::of(of_backups.flatten().filter(|it| it.is_ca()));
    let issued: HashSet<_> = orphans.flat_map(|it| of_backups.issuers_of(it)).collect();
    let keys: HashSet<_> = issued.iter().map(|ca| of_backups.public_key(*ca).clone()).collect();
    let issued: HashSet<_> =
        issued.into_iter().map(|ca| of_backups.certificate(ca).sha256()).collect();
    let is_needed = |it: &Found| match &it.content {
        Content::Certificates(all) => all.iter().any(|ca| issued.contains(&ca.sha256())),
        Content::PrivateKey(key) => keys.contains(&PublicKey::from(key)),
        _ => false,
    };
    let (needed, others) =
        std::mem::take(backups).into_iter().partition(|(it, _): &(Found, String)| is_needed(it));
    *backups = others;
    let needed: Vec<_> = needed;
    needed.into_iter().map(|(it, _)| it).collect()
}

/// The path without its ending of a certificate that has its name from its subject: `old-worker` is a
/// host too.
fn called_so(it: &Found) -> Option<String> {
    let Content::Certificates(all) = &it.content else { return None };
    let base = base(&it.path);
    let stem = base.rsplit('/').next().unwrap_or(&base);
    let name = all.first()?.subject().common_name.as_str();
    (name == stem || name.strip_prefix("system:node:") == Some(stem)).then_some(base)
}

/// The path without its ending, and whether it is a key's.
fn file(path: &StorePath) -> (String, bool) {
    let text = path.as_str();
    (base(path), text.ends_with(".key") || text.ends_with("-key.pem"))
}

/// What the name of something that was kept says.
#[derive(Debug, PartialEq, Eq)]
struct Kept {
    /// Where that lies, or lay, of which it was kept.
    original: String,
    /// The folder that has such a name, and what it was kept of.
    folder: Option<(String, String)>,
    /// Whether nothing else is ever called so.
    is_certain: bool,
}

impl Kept {
    /// What a path says, unless it says nothing of the kind.
    fn of(path: &StorePath) -> Option<Self> {
        let names: Vec<_> = path.as_str().split('/').collect();
        let (mut original, mut folder, mut is_certain) = (Vec::new(), None, false);
        let mut is_kept = false;
        for (at, name) in names.iter().enumerate() {
            let is_folder = at + 1 < names.len();
            let without = without_marks(name, is_folder);
            is_certain |= is_certain_backup(name, is_folder);
            is_kept |= without.is_some();
            let is_first = is_folder && without.is_some() && folder.is_none();
            match without.as_deref() {
                Some("") => {}
                Some(without) => original.push(without.to_owned()),
                None => original.push((*name).to_owned()),
            }
            if is_first {
                folder = Some((names[..=at].join("/"), original.join("/")));
            }
        }
        let original = original.join("/");
        (is_kept || is_certain).then_some(Self { original, folder, is_certain })
    }
}

/// Whether a name is a backup's and nothing else's: `pki.bak`, `kubeadm-backup-certs`, `old`, or the
/// archive of a CA program. A host may be called `old-worker`.
fn is_certain_backup(name: &str, is_folder: bool) -> bool {
    let name = name.to_ascii_lowercase();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let has_word = |words: &[&str]| {
        name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| words.contains(&word))
    };
    name.ends_with('~')
        || ending.is_some_and(|ending| BACKUPS.contains(&ending))
        || (is_folder && (BACKUPS.contains(&name.as_str()) || has_word(&BACKUPS[..3])))
        || (is_folder && (ARCHIVES.contains(&name.as_str()) || name.ends_with("_by_serial")))
}

/// Where easy-rsa (3.0 to 3.2) and `openssl ca` keep a copy of all that they have ever signed; easy-rsa
/// ends the names of others with `_by_serial`.
const ARCHIVES: [&str; 4] = ["newcerts", "renewed", "revoked", "expired"];

const BACKUPS: [&str; 7] = ["bak", "backup", "backups", "old", "orig", "save", "tmp"];

const MARKS: [&str; 5] = ["copy", "expired", "previous", "prev", "outdated"];

/// The name without dates and words of things that are kept; none if it has no such.
fn without_marks(name: &str, is_folder: bool) -> Option<String> {
    let words = words(name);
    let last = words.len().saturating_sub(1);
    let (mut text, mut found, mut was_copy) = (String::new(), false, false);
    for (at, (before, word)) in words.iter().enumerate() {
        let lower = word.to_ascii_lowercase();
        let is_number = !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit());
        // `x (1).crt`, and `x.crt.1`.
        let is_counted = is_number
            && word.len() < 4
            && (before.ends_with('(') || (before == "." && at == last && at > 1 && !is_folder));
        // The month and day of `2023-04-01`.
        let follows_date =
            is_number && word.len() <= 2 && found && text_ended_with_date(&words, at);
        let is_mark = BACKUPS.contains(&lower.as_str())
            || MARKS.contains(&lower.as_str())
            || is_date(word)
            || is_counted
            || follows_date
            || (was_copy && lower == "of");
        was_copy = lower == "copy";
        if is_mark {
            found = true;
        } else {
            let before = if found { before.trim_start_matches(')') } else { before };
            let before = if text.is_empty() && found { "" } else { before };
            text.push_str(before);
            text.push_str(word);
        }
    }
    // A leading dot or the like is no word's.
    found.then(|| text.trim_matches(|c: char| " -_.~()".contains(c)).to_owned())
}

/// Whether the words before one are the year, or the year and month, of a date.
fn text_ended_with_date(words: &[(String, String)], at: usize) -> bool {
    let is_year = |at: Option<usize>| at.is_some_and(|at| is_date(&words[at].1));
    is_year(at.checked_sub(1)) || is_year(at.checked_sub(2))
}

/// Each word with what is before it.
fn words(name: &str) -> Vec<(String, String)> {
    let mut words = vec![(String::new(), String::new())];
    for c in name.chars() {
        let is_inner = c.is_alphanumeric();
        match words.last_mut() {
            Some((_, word)) if is_inner => word.push(c),
            Some((before, word)) if word.is_empty() => before.push(c),
            _ => words.push((c.to_string(), String::new())),
        }
    }
    words
}

/// A year, a day as `20230401`, or a moment as `20230401120000` or `20230401T120000Z`.
fn is_date(word: &str) -> bool {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    let is_century = word.starts_with("19") || word.starts_with("20");
    let rest = &word[digits..];
    let is_rest = rest.is_empty()
        || rest.strip_prefix(['T', 't']).is_some_and(|time| {
            time.trim_end_matches(['Z', 'z']).bytes().all(|b| b.is_ascii_digit())
        });
    is_century && matches!(digits, 4 | 6 | 8 | 10 | 12 | 14) && is_rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_they_were_kept_of() {
        for (name, original, is_certain) in [
            ("pki-20230401/etcd/ca.crt", "pki/etcd/ca.crt", false),
            ("pki.20230401/ca.crt", "pki/ca.crt", false),
            ("pki-2023-04-01/ca.crt", "pki/ca.crt", false),
            ("pki_20230401T120000Z/ca.crt", "pki/ca.crt", false),
            ("pki/apiserver-2023.crt", "pki/apiserver.crt", false),
            ("pki/apiserver (1).crt", "pki/apiserver.crt", false),
            ("pki/apiserver - Copy.crt", "pki/apiserver.crt", false),
            ("pki/copy of apiserver.crt", "pki/apiserver.crt", false),
            ("pki/apiserver.crt.1", "pki/apiserver.crt", false),
            ("pki/apiserver-expired.crt", "pki/apiserver.crt", false),
            ("pki/2023/apiserver.crt", "pki/apiserver.crt", false),
            ("old-worker.pem", "worker.pem", false),
            ("pki/apiserver.crt.bak", "pki/apiserver.crt", true),
            ("pki/apiserver.crt~", "pki/apiserver.crt~", true),
            ("old/ca.crt", "ca.crt", true),
            ("certs_by_serial/34150A.pem", "certs_by_serial/34150A.pem", true),
            ("renewed/issued/server.crt", "renewed/issued/server.crt", true),
            ("newcerts/1000.pem", "newcerts/1000.pem", true),
            ("kubeadm-backup-certs/ca.crt", "kubeadm-certs/ca.crt", true),
        ] {
            let kept = Kept::of(&StorePath::new(name).unwrap()).expect(name);
            assert_eq!((kept.original.as_str(), kept.is_certain), (original, is_certain), "{name}");
        }
        for name in [
            "pki/ca.crt",
            "worker-1.pem",
            "node-10-0-0-1/kubelet.conf",
            "worker-1.example.com.crt",
            "ip-10-0-20-19.pem",
        ] {
            assert_eq!(Kept::of(&StorePath::new(name).unwrap()), None, "{name}");
        }
    }
}
