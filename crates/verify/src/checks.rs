//! THE TABLE: every check by its name, and the run over all of them. Each group is a file, whose
//! checks are constants and whose `run` looks at the input and changes nothing.

pub(crate) mod authorities;
pub(crate) mod contents;
pub(crate) mod files;
pub mod flags;
pub(crate) mod kubeconfigs;
pub(crate) mod live;
pub(crate) mod paths;
pub(crate) mod root;
pub(crate) mod time;

use rayon::prelude::*;

use crate::{
    check::{Check, Finding},
    index::CertificateIndex,
    input::Input,
};

/// A group of checks: its rows of the table, and its run.
struct Group {
    checks: &'static [&'static Check],
    run: fn(&Input, &CertificateIndex<'_>) -> Vec<Finding>,
}

const GROUPS: &[Group] = &[
    Group { checks: files::CHECKS, run: files::run },
    Group { checks: authorities::CHECKS, run: authorities::run },
    Group { checks: contents::CHECKS, run: contents::run },
    Group { checks: kubeconfigs::CHECKS, run: kubeconfigs::run },
    Group { checks: flags::CHECKS, run: flags::run },
    Group { checks: root::CHECKS, run: root::run },
    Group { checks: live::CHECKS, run: live::run },
    Group { checks: time::CHECKS, run: time::run },
];

/// Every check, group by group.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    GROUPS.iter().flat_map(|group| group.checks.iter().copied())
}

/// The check of this name.
pub fn named(name: &str) -> Option<&'static Check> {
    checks().find(|check| check.name == name)
}

/// Runs every check: the worst findings first, then by place.
pub fn run(input: &Input) -> Vec<Finding> {
    let index = CertificateIndex::of(input);
    let found = GROUPS.par_iter().flat_map_iter(|group| (group.run)(input, &index));
    let found = found.collect();
    let mut findings = match &input.asked {
        Some(asked) => paths::answer(input, &index, asked, found),
        None => paths::without_spares(&index, found),
    };
    findings.par_sort_by(|a, b| {
        let by_place = a.check.severity.cmp(&b.check.severity).then_with(|| a.place.cmp(&b.place));
        let name = |it: &Finding| (it.check.number, it.check.name);
        by_place.then_with(|| name(a).cmp(&name(b)))
    });
    findings
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_table_is_whole() {
        let mut names = BTreeSet::new();
        for check in checks() {
            assert!(names.insert(check.name), "{} is there twice", check.name);
            let is_kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
            assert!(check.name.chars().all(is_kebab), "{}", check.name);
            assert!((1..=40).contains(&check.number), "{}", check.name);
            assert!(!check.title.ends_with('.'), "{}: the title is no sentence", check.name);
            for text in [check.why, check.mend] {
                assert!(text.ends_with('.'), "{}: {text:?} is no sentence", check.name);
            }
            assert!(!check.source.is_empty(), "{}", check.name);
        }
        assert!(names.len() >= 40, "{} checks", names.len());
    }
}
