//! SIGKILL at the entry of each system call of a `renew` and of an `undo`, and errors of the system:
//! afterwards all files are old or all are new.

use std::{collections::BTreeMap, fs};

use super::{
    errors::{self, calls_in, is_of_the_journals_folder, one_error},
    kill::{self, Point, all_reached},
    root::{Node, Root, SPEC, Tree},
    strace::{Call, inject, trace},
    sweep::{Outcome, sweep},
    whole::{
        each_is_one_of, history_is_of, is_artifact, is_unchanged, is_whole, judged_by_openssl,
        pairs_match, secrets_are_private,
    },
};

const RENEW: &[&str] = &["renew", "--all", "--quiet"];
const UNDO: &[&str] = &["undo", "--quiet"];

/// Brings what was interrupted to its end, and changes nothing else.
const REPAIR: &[&str] = &["renew", "--within", "1s"];

#[test]
fn a_renewal_may_be_killed_anywhere() {
    let prepared = Root::applied();
    let (old, (calls, good)) = (prepared.tree(), traced(&prepared, RENEW));
    let points = kill::points(&calls.0, &calls.1, usize::MAX);
    let missed = sweep("killed renewal", &points, |point| {
        let Some((root, killed)) = killed(&prepared, RENEW, point)? else {
            return Ok(Outcome::Missed);
        };
        let now = root.tree();
        each_is_one_of(&killed, &[&old, &now])?;
        history_is_of(&old, &now)?;
        pairs_match(&now)?;
        if artifacts(&now) != artifacts(&old) {
            all_are_renewed(&old, &now)?;
            is_whole(&root, &good)?;
        }
        if point.1 % 16 == 1 {
            judged_by_openssl(&root, &now)?;
        }
        Ok(Outcome::Held)
    });
    all_reached("killed renewal", &missed);
}

#[test]
fn an_undo_may_be_killed_anywhere() {
    let prepared = to_be_undone();
    let (old, (calls, good)) = (prepared.tree(), traced(&prepared, UNDO));
    assert!(artifacts(&old) != artifacts(&good));
    let points = kill::points(&calls.0, &calls.1, usize::MAX);
    let missed = sweep("killed undo", &points, |point| {
        let Some((root, killed)) = killed(&prepared, UNDO, point)? else {
            return Ok(Outcome::Missed);
        };
        let now = root.tree();
        each_is_one_of(&killed, &[&old, &now, &good])?;
        let is_new = artifacts(&now) == artifacts(&good);
        if !is_new && artifacts(&now) != artifacts(&old) {
            return Err("some files are old and some are new".to_owned());
        }
        history_is_of(&old, &now)?;
        // It can be done, or be undone.
        let next = root.kubepki(UNDO);
        let expected = if is_new { &old } else { &good };
        if !next.succeeded() || artifacts(&root.tree()) != artifacts(expected) {
            return Err(format!("the next undo does something else: {next:#?}"));
        }
        Ok(Outcome::Held)
    });
    all_reached("killed undo", &missed);
}

#[test]
fn an_error_in_a_renewal_changes_nothing() {
    fails("error in renewal", &Root::applied(), RENEW);
}

#[test]
fn an_error_in_an_undo_changes_nothing() {
    fails("error in undo", &to_be_undone(), UNDO);
}

fn fails(name: &str, prepared: &Root, args: &[&str]) {
    let before = prepared.tree();
    let calls = calls_in(&Root::copy_of(prepared), args);
    let points = errors::points(&calls);
    let missed = sweep(name, &points, |(call, error)| {
        fail(prepared, &before, args, call, error).map_err(|said| {
            format!("{name}, {error} of {} number {}, {}: {said}", call.name, call.n, call.text)
        })
    });
    assert!(missed.is_empty(), "{name}: {} points were never reached", missed.len());
}

fn fail(
    prepared: &Root,
    before: &Tree,
    args: &[&str],
    call: &Call,
    error: &str,
) -> Result<Outcome, String> {
    let root = Root::copy_of(prepared);
    let rule = format!("{}:error={error}:when={}", call.name, call.n);
    let run = inject(&root, args, &[rule]);
    if run.succeeded() && is_of_the_journals_folder(call) {
        return Ok(Outcome::Held);
    }
    if run.succeeded() {
        return Err(format!("it does not matter: {run:#?}"));
    }
    one_error(&run)?;
    is_unchanged(&root, before).map_err(|said| format!("{said}: {run:#?}"))?;
    Ok(Outcome::Held)
}

/// A root to which a change was applied that replaced files and made some, in new folders too; its
/// spec is the old one again.
fn to_be_undone() -> Root {
    let root = Root::changed();
    root.kubepki(&["apply"]).expect_success();
    fs::write(root.path().join("cluster.yaml"), SPEC).unwrap();
    root
}

/// The calls of a good run with the folder it ran in, and what it made.
fn traced(prepared: &Root, args: &[&str]) -> ((Vec<Call>, std::path::PathBuf), Tree) {
    let root = Root::copy_of(prepared);
    let calls = trace(&root, args);
    let tree = root.tree();
    ((calls, root.path().to_owned()), tree)
}

/// A run that was killed and then repaired, and what it left before that; none if it was missed.
fn killed(
    prepared: &Root,
    args: &[&str],
    (name, n): &Point,
) -> Result<Option<(Root, Tree)>, String> {
    let at = |error: String| format!("{name} number {n}: {error}");
    let root = Root::copy_of(prepared);
    let run = inject(&root, args, &[format!("{name}:signal=SIGKILL:when={n}")]);
    match run.code {
        None => {}
        Some(0) => return Ok(None),
        Some(_) => return Err(at(format!("not killed: {run:#?}"))),
    }
    let killed = root.tree();
    secrets_are_private(&killed).map_err(at)?;
    let reader = root.kubepki(&["undo", "--list"]);
    if !reader.succeeded() || root.tree() != killed {
        return Err(at(format!("a reader is at a loss or writes: {reader:#?}")));
    }
    let repaired = root.kubepki(REPAIR);
    if !repaired.succeeded() {
        return Err(at(format!("the next run fails: {repaired:#?}")));
    }
    Ok(Some((root, killed)))
}

fn artifacts(tree: &Tree) -> BTreeMap<&str, &Node> {
    let files = tree.iter().filter(|(path, _)| is_artifact(path));
    files.map(|(path, node)| (path.as_str(), node)).collect()
}

/// Complains of a certificate or a user's file that is still the old one.
fn all_are_renewed(old: &Tree, now: &Tree) -> Result<(), String> {
    let is_leaf = |path: &str| {
        path.ends_with(".conf") || path.ends_with("/apiserver.crt") || path.ends_with("/peer.key")
    };
    let kept = artifacts(old)
        .into_keys()
        .filter(|path| is_leaf(path))
        .find(|path| old[*path] == now[*path]);
    kept.map_or(Ok(()), |path| Err(format!("`{path}` is the old one")))
}
