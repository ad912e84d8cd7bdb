//! Command lines cut into words, as systemd and a simple shell do. Reads no file.

/// Cuts a text into words at white space. Quotes keep a word together; a backslash gives the next
/// character its plain meaning, or stands for one (`\n`, `\x2d`); an unknown escape stays as it is.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (Some(open), c) if c == open => quote = None,
            (_, '\\') => {
                let escaped = unescape(&mut chars);
                word.get_or_insert_default().push_str(&escaped);
            }
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// What stands behind a backslash, in plain characters.
fn unescape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let Some(c) = chars.next() else { return "\\".to_owned() };
    let simple = match c {
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        's' => ' ',
        't' => '\t',
        'v' => '\u{b}',
        '\\' | '"' | '\'' | ' ' => c,
        'x' => return number(chars, 'x', 16, 2),
        'u' => return number(chars, 'u', 16, 4),
        'U' => return number(chars, 'U', 16, 8),
        '0'..='7' => {
            let rest: String = (0..2).map_while(|_| chars.next_if(|c| c.is_digit(8))).collect();
            return character(&format!("{c}{rest}"), 8).unwrap_or_else(|| format!("\\{c}{rest}"));
        }
        _ => return format!("\\{c}"),
    };
    simple.to_string()
}

fn number(
    chars: &mut std::iter::Peekable<std::str::Chars<'_>>,
    letter: char,
    radix: u32,
    count: usize,
) -> String {
    let digits: String = (0..count).map_while(|_| chars.next_if(|c| c.is_digit(radix))).collect();
    let complete = Some(&digits).filter(|digits| digits.len() == count);
    complete
        .and_then(|digits| character(digits, radix))
        .unwrap_or_else(|| format!("\\{letter}{digits}"))
}

fn character(digits: &str, radix: u32) -> Option<String> {
    char::from_u32(u32::from_str_radix(digits, radix).ok()?).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_cut_as_systemd_cuts_them() {
        assert_eq!(split("  a  b\tc "), ["a", "b", "c"]);
        assert_eq!(split(r#"--a="b c" 'd e'f"#), ["--a=b c", "d ef"]);
        assert_eq!(split(r#""" x"#), ["", "x"]);
        assert_eq!(split(r"a\x2db \u00e9 \141 \s\t"), ["a-b", "é", "a", " \t"]);
        assert_eq!(split(r#"\q \xzz "\d" \"#), [r"\q", r"\xzz", r"\d", "\\"]);
        assert_eq!(split("'open b"), ["open b"]);
        assert!(split(" ").is_empty());
    }
}
