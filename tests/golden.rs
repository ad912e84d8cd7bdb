//! Compares what the command says with the texts in tests/golden/, byte by byte.
//! `KUBEPKI_UPDATE_GOLDEN=1 cargo test` writes them anew, for `git diff` to show.

use std::fs;

use crate::environment::repository;

/// Compares with `tests/golden/<name>`.
#[track_caller]
pub(crate) fn check(name: &str, actual: &str) {
    check_file(&format!("tests/golden/{name}"), actual);
}

/// Compares with any file of the repository.
#[track_caller]
pub(crate) fn check_file(path: &str, actual: &str) {
    let file = repository().join(path);
    if std::env::var_os("KUBEPKI_UPDATE_GOLDEN").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        return fs::write(file, actual).unwrap();
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        expected == actual,
        "{path} says something else:\n{}\nif the new text is right: \
         KUBEPKI_UPDATE_GOLDEN=1 cargo test -p kubepki --test tests",
        difference(&expected, actual)
    );
}

/// The lines between the first and the last that differ: `-` expected, `+` actual.
fn difference(expected: &str, actual: &str) -> String {
    let (was, now): (Vec<_>, Vec<_>) = (expected.lines().collect(), actual.lines().collect());
    let same = |pair: &(&&str, &&str)| pair.0 == pair.1;
    let before = was.iter().zip(&now).take_while(same).count();
    let shorter = was.len().min(now.len()) - before;
    let after = was.iter().rev().zip(now.iter().rev()).take_while(same).count().min(shorter);
    let part = |sign: char, lines: &[&str]| -> String {
        let lines = &lines[before..lines.len() - after];
        lines.iter().map(|line| format!("{sign} {line}\n")).collect()
    };
    format!("@ line {}\n{}{}", before + 1, part('-', &was), part('+', &now))
}

#[test]
fn a_difference_is_shown_and_what_is_equal_is_not() {
    let text = difference("a\nb\nc\nd\n", "a\nB\nd\n");
    assert_eq!(text, "@ line 2\n- b\n- c\n+ B\n");
    assert_eq!(difference("a\na\n", "a\na\na\n"), "@ line 3\n+ a\n");
}
