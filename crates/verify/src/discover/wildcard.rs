//! Wildcards in names, as glob(7) has them. Reads no file.

/// Whether a path has any.
pub(super) fn is_in(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Whether a name fits a pattern of `*`, `?`, `[a-z]` and `[!a-z]`. A dot in front fits itself
/// alone.
pub(super) fn fits(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<_>, Vec<_>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut of) = (0, 0);
    // Behind the last `*`, with how far the name had been read there.
    let mut star = None;
    while of < name.len() {
        let one = match pattern.get(at) {
            Some('*') => {
                star = Some((at + 1, of));
                at += 1;
                continue;
            }
            Some(_) => one(&pattern[at..], name[of]),
            None => None,
        };
        match (one, star) {
            (Some(length), _) => {
                at += length;
                of += 1;
            }
            // The `*` takes one more.
            (None, Some((behind, taken))) => {
                star = Some((behind, taken + 1));
                (at, of) = (behind, taken + 1);
            }
            (None, None) => return false,
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

/// How much of a pattern, at its beginning, fits one character.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern {
        ['?', ..] => Some(1),
        ['[', set @ ..] => {
            // A bracket that is the first of its set is one of the set.
            let from = usize::from(matches!(set, ['!' | '^', ..]));
            let Some(end) = set.iter().skip(from + 1).position(|it| *it == ']') else {
                return (c == '[').then_some(1);
            };
            let end = end + from + 1;
            (is_in_set(&set[from..end], c) != (from == 1)).then_some(end + 2)
        }
        ['\\', escaped, ..] => (*escaped == c).then_some(2),
        [plain, ..] => (*plain == c).then_some(1),
        [] => None,
    }
}

fn is_in_set(set: &[char], c: char) -> bool {
    match set {
        [first, '-', last, rest @ ..] => (*first..=*last).contains(&c) || is_in_set(rest, c),
        [one, rest @ ..] => *one == c || is_in_set(rest, c),
        [] => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_as_glob_has_it() {
        for (pattern, name) in
            [("*.conf", "a.conf"), ("*", ""), ("a*b*c", "aXbbYc"), ("[a-c]?", "bx"), ("[!a]", "b")]
        {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("*.conf", ".a.conf"),
            ("*.conf", "a.con"),
            ("[!a]", "a"),
            ("a*b", "ac"),
            ("", "a"),
            ("?", ""),
            ("[", "a"),
        ] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
        assert!(fits("[]x]", "]") && fits("[", "[") && fits(r"\*", "*") && fits(".*", ".a"));
        assert!(!fits(&"*a".repeat(50), &"a".repeat(49)));
    }
}
