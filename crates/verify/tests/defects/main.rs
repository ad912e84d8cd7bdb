//! Every check finds what is planted for it, each in a PKI that is clean but for that, and finds
//! nothing else in it.
#![allow(clippy::disallowed_methods, reason = "tests look at files and clocks")]
#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]

mod asked;
mod authorities;
mod contents;
mod files;
mod kubeconfigs;
mod live;
mod names;
mod root;
mod signatures;
mod time;
mod tree;

use std::{collections::BTreeSet, panic::AssertUnwindSafe};

use kubepki_verify::checks;

use self::tree::{Tree, names, shown};

/// A defect: the name of the check that finds it, and how it is planted.
type Defect = (&'static str, fn(&mut Tree));

const GROUPS: &[&[Defect]] = &[
    files::DEFECTS,
    authorities::DEFECTS,
    contents::DEFECTS,
    kubeconfigs::DEFECTS,
    root::DEFECTS,
    live::DEFECTS,
    time::DEFECTS,
    asked::DEFECTS,
];

#[test]
fn a_clean_pki_has_no_findings() {
    let tree = Tree::clean();
    let found = tree.findings();
    assert!(found.is_empty(), "{}", shown(&found, &tree.path("")));
}

#[test]
fn files() {
    each_is_found_alone(files::DEFECTS);
}

#[test]
fn authorities() {
    each_is_found_alone(authorities::DEFECTS);
}

#[test]
fn contents() {
    each_is_found_alone(contents::DEFECTS);
}

#[test]
fn kubeconfigs() {
    each_is_found_alone(kubeconfigs::DEFECTS);
}

#[test]
fn root() {
    each_is_found_alone(root::DEFECTS);
}

#[test]
fn live() {
    each_is_found_alone(live::DEFECTS);
}

#[test]
fn time() {
    each_is_found_alone(time::DEFECTS);
}

#[test]
fn every_check_has_a_defect() {
    let planted: BTreeSet<_> =
        GROUPS.iter().flat_map(|group| group.iter()).map(|it| it.0).collect();
    // Those of flags have a table of their own, in tests/flags.rs.
    let is_of_flags = |name| checks::flags::checks().any(|check| check.name == name);
    let missing: Vec<_> = checks::checks()
        .filter(|check| !is_of_flags(check.name))
        .map(|check| check.name)
        .filter(|name| !planted.contains(name))
        .collect();
    assert!(missing.is_empty(), "no defect for {missing:?}");
    assert!(planted.len() >= 40);
}

fn each_is_found_alone(defects: &[Defect]) {
    let mut wrong = String::new();
    for (index, (name, plant)) in defects.iter().enumerate() {
        let mut tree = Tree::clean();
        let planted = std::panic::catch_unwind(AssertUnwindSafe(|| plant(&mut tree)));
        assert!(planted.is_ok(), "defect {index}, {name}, cannot be planted");
        let found = tree.findings();
        if names(&found) != [*name] {
            wrong += &format!("defect {index}, {name}:\n{}", shown(&found, &tree.path("")));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
