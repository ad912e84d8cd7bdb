//! Hand-made certificates, each put to kubepki and, in the same run, to Go, OpenSSL, GnuTLS and pyca.
//! What any of them refuses kubepki refuses, and what all accept it accepts, but for what stands in
//! `exceptions`.

mod exceptions;
mod judges;

use std::collections::{BTreeMap, BTreeSet};

use self::judges::{Case, Verdicts};

/// Cases that are not right yet.
const KNOWN: &str = include_str!("known.txt");

#[test]
fn no_judge_refuses_what_kubepki_accepts_and_all_accept_what_it_refuses_not() {
    let folder = tempfile::tempdir().unwrap();
    let cases = judges::make(folder.path());
    assert!(cases.len() >= 160, "{} cases", cases.len());
    let verdicts = Verdicts::of(&cases, folder.path());
    let wrong = cases.iter().filter_map(|case| Some((case.id.as_str(), wrong(case, &verdicts)?)));
    let wrong: BTreeMap<_, _> = wrong.collect();
    let known: BTreeSet<_> = KNOWN.lines().collect();
    let new: Vec<_> = wrong.iter().filter(|(id, _)| !known.contains(*id)).collect();
    assert!(new.is_empty(), "{} cases: {new:#?}", new.len());
}

/// What is wrong with what kubepki says of a case.
fn wrong(case: &Case, verdicts: &Verdicts) -> Option<String> {
    let ours = verdicts.ours(case);
    let refusing = verdicts.refusing(case);
    let about = || format!("{}: kubepki {ours:?}; refused by {refusing:#?}", case.title);
    // 2: a name that no server can have, and a file without any certificate.
    if !matches!(ours.code, Some(0 | 2 | 3)) {
        return Some(about());
    }
    if let Some(served) = verdicts.served(case)
        && served.is_accepted()
        && !ours.is_accepted()
    {
        return Some(format!("{} (accepted where a server sends it)", about()));
    }
    let goes_along = ours.is_accepted() == refusing.is_empty();
    match exceptions::of(&case.id, ours.is_accepted()) {
        _ if goes_along => None,
        None => Some(about()),
        Some(exception) => {
            let note = exception.note.filter(|note| !ours.checks.contains(*note))?;
            Some(format!("no `{note}`: {}", about()))
        }
    }
}
