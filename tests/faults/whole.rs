//! What must be true of a root whatever happened to the run: nothing torn, widened or left over.

use std::collections::{BTreeMap, BTreeSet};

use kubepki_testkit::openssl;

use super::root::{Node, Root, Tree};

/// The files that the operator's eye falls on, without the store's own.
pub(crate) fn is_artifact(path: &str) -> bool {
    !path.starts_with(".kubepki") || path == ".kubepki/cluster.yaml"
}

/// Kinds and modes of all but the history: what a good run leaves behind, whatever the keys.
pub(crate) fn shape(tree: &Tree) -> BTreeMap<&str, u32> {
    let kept = tree.iter().filter(|(path, _)| !path.starts_with(".kubepki/history"));
    kept.map(|(path, node)| (path.as_str(), node.mode)).collect()
}

/// Complains of a root in which more than the ledger has changed, or of a broken ledger.
///
/// What was signed was recorded, also where it could not be written then; with the first row the
/// store's folder stays.
pub(crate) fn is_unchanged(root: &Root, before: &Tree) -> Result<(), String> {
    // It also brings an interrupted record to its end, as any run does.
    let check = root.kubepki(&["ledger", "check"]);
    if check.code == Some(0) && is_same_but_for_the_ledger(&root.tree(), before) {
        Ok(())
    } else {
        Err(format!("the tree has changed, or its ledger: {check:#?}"))
    }
}

/// Whether two trees differ in nothing but what a recorded row adds to a root.
pub(crate) fn is_same_but_for_the_ledger(tree: &Tree, before: &Tree) -> bool {
    let ledger = ".kubepki/ledger.db";
    let began = tree.contains_key(ledger) && !before.contains_key(".kubepki");
    let added =
        |path: &str| path == ledger || began && [".kubepki", ".kubepki/lock"].contains(&path);
    let rest = |tree: &Tree| -> Tree {
        let nodes = tree.iter().filter(|(path, _)| !added(path));
        nodes.map(|(path, node)| (path.clone(), node.clone())).collect()
    };
    rest(tree) == rest(before)
}

/// Complains of a private key that somebody else may read, finished or not, wherever it lies, and
/// of a folder of keys that somebody else may enter.
pub(crate) fn secrets_are_private(tree: &Tree) -> Result<(), String> {
    for (path, node) in tree {
        let folder = node.is_directory() && (path == "authorities" || path.starts_with(".kubepki"));
        let secret = holds(node, "PRIVATE KEY") || holds(node, "client-key-data");
        if (folder || secret) && node.mode & 0o077 != 0 {
            return Err(format!("`{path}` has mode {:o}", node.mode));
        }
    }
    Ok(())
}

/// Complains of an artifact that is none of what it was in `versions`: torn, or wider.
pub(crate) fn each_is_one_of(tree: &Tree, versions: &[&Tree]) -> Result<(), String> {
    let paths: BTreeSet<_> = versions
        .iter()
        .copied()
        .chain([tree])
        .flat_map(Tree::keys)
        .filter(|p| is_artifact(p))
        .collect();
    for path in paths {
        let node = tree.get(path);
        // A file that all versions have is never missing for a moment.
        if !versions.iter().any(|version| version.get(path) == node) {
            return Err(match node {
                Some(node) => format!("`{path}` is neither old nor new, mode {:o}", node.mode),
                None => format!("`{path}` is gone"),
            });
        }
    }
    Ok(())
}

/// Complains of an old file without its copy in the history, and of a copy that is no old file.
pub(crate) fn history_is_of(old: &Tree, now: &Tree) -> Result<(), String> {
    let replaced: Vec<_> = old
        .iter()
        .filter(|(path, node)| {
            is_artifact(path) && !node.is_directory() && now.get(*path) != Some(node)
        })
        .collect();
    let mut kept: Vec<_> = now
        .iter()
        .filter_map(|(path, node)| {
            let target = path.strip_prefix(".kubepki/history/")?.split_once('/')?.1;
            (!old.contains_key(path) && !node.is_directory()).then(|| (target.to_owned(), node))
        })
        .collect();
    kept.sort_by(|a, b| a.0.cmp(&b.0));
    let same = replaced.len() == kept.len()
        && replaced.iter().zip(&kept).all(|(old, kept)| *old.0 == kept.0 && old.1 == kept.1);
    if same {
        return Ok(());
    }
    let names = kept.iter().map(|kept| kept.0.as_str()).collect::<Vec<_>>().join(" ");
    Err(format!("the history has [{names}], not the {} replaced files", replaced.len()))
}

/// Complains of a key that is not that of the certificate, public key or kubeconfig beside it.
///
/// The public point at the end of a P-256 key has to be in the other file; [`judged_by_openssl`]
/// tells whether it belongs to the private number too.
pub(crate) fn pairs_match(tree: &Tree) -> Result<(), String> {
    let mut count = 0;
    for (path, node) in tree.iter().filter(|(path, _)| is_artifact(path)) {
        let (key, others) = if let Some(stem) = path.strip_suffix(".key") {
            let others = ["crt", "pub"].iter().filter_map(|end| tree.get(&format!("{stem}.{end}")));
            (der(&node.contents), others.map(|other| der(&other.contents)).collect::<Vec<_>>())
        } else if path.ends_with(".conf") {
            let of = |field| der(&base64(value(node, field)));
            (of("client-key-data"), vec![of("client-certificate-data")])
        } else {
            continue;
        };
        let point = key.last_chunk::<65>().filter(|point| point[0] == 4);
        let point = point.ok_or_else(|| format!("`{path}` holds no P-256 key"))?;
        let is_in = |other: &Vec<u8>| other.windows(65).any(|window| window == point);
        if others.is_empty() || !others.iter().all(is_in) {
            return Err(format!("`{path}` does not match what is beside it"));
        }
        count += 1;
    }
    // The small spec has 21 or more; a check that looked at none would pass.
    if count < 20 { Err(format!("only {count} pairs were found")) } else { Ok(()) }
}

/// Complains of a key file that openssl finds inconsistent or unlike its certificate.
pub(crate) fn judged_by_openssl(root: &Root, tree: &Tree) -> Result<(), String> {
    for path in tree.keys().filter(|path| is_artifact(path)) {
        let Some(stem) = path.strip_suffix(".key") else { continue };
        let certificate = root.path().join(format!("{stem}.crt"));
        if certificate.exists() && !openssl::key_matches(&root.path().join(path), &certificate) {
            return Err(format!("openssl finds that `{path}` does not match its certificate"));
        }
    }
    Ok(())
}

/// Everything that a root must be after a good run: the shape, whole pairs, nothing left to do.
pub(crate) fn is_whole(root: &Root, wanted: &Tree) -> Result<(), String> {
    let tree = root.tree();
    let (found, wanted) = (shape(&tree), shape(wanted));
    for path in found.keys().chain(wanted.keys()) {
        let mode = |modes: &BTreeMap<&str, u32>| {
            modes.get(path).map_or("nothing".to_owned(), |mode| format!("mode {mode:o}"))
        };
        let (found, wanted) = (mode(&found), mode(&wanted));
        if found != wanted {
            return Err(format!("`{path}` has {found}, not {wanted}"));
        }
    }
    secrets_are_private(&tree)?;
    pairs_match(&tree)?;
    let plan = root.kubepki(&["plan", "--exit-code"]);
    if plan.code != Some(0) { Err(format!("plan finds something: {plan:#?}")) } else { Ok(()) }
}

fn holds(node: &Node, text: &str) -> bool {
    node.contents.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The value of a field of a kubeconfig, which is on one line.
fn value<'a>(node: &'a Node, field: &str) -> &'a str {
    let text = std::str::from_utf8(&node.contents).unwrap_or_default();
    let line =
        text.lines().find_map(|line| line.trim_start().strip_prefix(field)?.strip_prefix(": "));
    line.unwrap_or_default()
}

/// The bytes of the first PEM block.
fn der(pem: &[u8]) -> Vec<u8> {
    let text = std::str::from_utf8(pem).unwrap_or_default();
    let body = text.lines().skip(1).take_while(|line| !line.starts_with("-----END "));
    base64(&body.collect::<String>())
}

fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u32, 0);
    for byte in text.bytes() {
        let Some(digit) = DIGITS.iter().position(|digit| *digit == byte) else { break };
        held = held << 6 | u32::try_from(digit).unwrap();
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    bytes
}
