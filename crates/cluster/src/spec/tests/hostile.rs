//! Texts that are made to exhaust or to crash: each is answered with an error, at once, on a
//! small stack.

use std::{fmt::Write, thread, time::Duration};

use super::*;

/// Parses on a thread with a small stack, and fails if that takes long.
#[track_caller]
fn error_of(text: String) -> SpecError {
    let (sender, receiver) = std::sync::mpsc::channel();
    let parse = move || {
        // A receiver that has given up has failed the test already.
        let _ = sender.send(parse(&text).map(|_| ()));
    };
    thread::Builder::new().stack_size(256 * 1024).spawn(parse).unwrap();
    // Debug builds on a busy machine are slow; what this finds takes minutes or for ever.
    let answer = receiver.recv_timeout(Duration::from_secs(20));
    answer.expect("an answer in time").expect_err("an error")
}

#[test]
fn deep_nesting_is_refused_where_it_begins() {
    for (unit, location) in [
        ("[", Some((1, 17))),
        ("{a: ", Some((1, 65))),
        ("[{a: [", None),
        ("[\n", Some((17, 1))),
        ("- ", None),
    ] {
        let error = error_of(unit.repeat(100_000));
        assert_eq!(error.message(), "the document is nested too deeply", "{unit}");
        assert!(error.location().is_some());
        assert!(location.is_none_or(|at| error.location() == Some(at)), "{unit} {error}");
    }
    assert_eq!(error_of("? ".repeat(100_000)).message(), "expected a field name, found fields");
    let indented = (0..1000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    assert_eq!(error_of(indented).message(), "the document is nested too deeply");
}

#[test]
fn brackets_in_quotes_and_comments_are_not_nesting() {
    let brackets = "[".repeat(100);
    let text = format!("# {brackets}\n{SPEC}    uid: \"{brackets}\" # it's {brackets}\n");
    assert_eq!(parse(&text).unwrap_err().field(), Some("users[1].uid"));
}

#[test]
fn a_huge_text_is_refused() {
    for unit in ["a", "\n", "[", "\u{feff}"] {
        let error = error_of(unit.repeat(100_000_000 / unit.len()));
        assert!(error.message().contains("are too many, at most 1048576 are read"), "{error}");
    }
}

#[test]
fn long_texts_below_the_limit_are_answered() {
    for unit in [
        "a: 1\n", "- a\n", "[a],", "{},", "a ", "\"", "'", ": ", "# a\n", "!a ", "&a ", "*a ",
        "---\n", "|\n", "\t", "a: |\n", "? a\n", "'' ",
    ] {
        let _ = error_of(unit.repeat(300_000 / unit.len()));
        let _ = error_of(format!("[{}", unit.repeat(300_000 / unit.len())));
    }
}

#[test]
fn aliases_cannot_multiply() {
    let mut laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for i in 1..30 {
        let items = vec![format!("*a{}", i - 1); 10].join(",");
        writeln!(laughs, "a{i}: &a{i} [{items}]").unwrap();
    }
    let long = "x".repeat(100_000);
    let users = "  - *u\n".repeat(100_000);
    for text in [
        laughs,
        format!("a: &a {long}\nb: [{}]\n", "*a,".repeat(100_000)),
        format!("{MINIMAL}users:\n  - &u {{name: {long}}}\n{users}"),
        "a: &a [*a]\n".to_owned(),
        "&a {a: *a}\n".to_owned(),
    ] {
        let message = error_of(text).message().to_owned();
        assert!(
            ["aliases repeat more than the document holds", "the document is nested too deeply"]
                .contains(&&*message),
            "{message}"
        );
    }
}

#[test]
fn no_change_of_one_character_crashes() {
    let places: Vec<usize> = SPEC.char_indices().map(|(offset, _)| offset).collect();
    for (index, offset) in places.iter().enumerate() {
        let _ = parse(&SPEC[..*offset]);
        let strange = [
            "\0", "\t", "\r", "\n", "\u{85}", "\u{2028}", "\u{feff}", "é", "💣", "[", "}", "\"",
            "'", "|", "&a ", "*a ", "!a ", "- ", ": ", "#", "%", "? ", "~", "9",
        ];
        let inserted = strange[index % strange.len()];
        let text = format!("{}{inserted}{}", &SPEC[..*offset], &SPEC[*offset..]);
        for text in [text.clone(), text.replace(char::is_alphabetic, "é")] {
            if let Err(error) = parse(&text) {
                let (line, column) = error.location().expect("a place");
                let lines: Vec<&str> = text.split('\n').collect();
                assert!(
                    line <= lines.len() && column <= lines[line - 1].chars().count() + 1,
                    "{error}\n{text}"
                );
                assert!(error.hint().is_some(), "{error}\n{text}");
                assert!(error.to_string().len() < 800, "{error}");
            }
        }
    }
}
