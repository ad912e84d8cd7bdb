//! The bytes of a spec as text, bounded before anything parses them. Reads no file.

use super::error::{InvalidValue, SpecError};

/// The largest text that is read; a spec of 6000 hosts has about 600 KiB.
const MAX_BYTES: usize = 1 << 20;

/// Checks size, encoding and line breaks, and drops a byte order mark.
///
/// Only `\n` and `\r\n` break lines, so that everyone counts the same lines: YAML 1.1 has more.
pub(super) fn read(bytes: &[u8]) -> Result<&str, SpecError> {
    if bytes.len() > MAX_BYTES {
        let message = format!("{} bytes are too many, at most {MAX_BYTES} are read", bytes.len());
        return Err(SpecError::new(InvalidValue::new(message).hinted("is this the right file?")));
    }
    let text = match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            // The bytes up to this offset have been found to be UTF-8.
            let valid = str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
            let invalid = InvalidValue::new("the text is no UTF-8").hinted("save it as UTF-8");
            return Err(SpecError::new(invalid).at(Some(end_of(strip_mark(valid)))));
        }
    };
    let text = strip_mark(text);
    let mut rest = text.char_indices().peekable();
    while let Some((offset, c)) = rest.next() {
        let broken = match c {
            '\n' | '\t' => false,
            '\r' => rest.peek().is_none_or(|(_, next)| *next != '\n'),
            c => c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}'),
        };
        if broken {
            let message = format!("the character U+{:04X} does not belong here", u32::from(c));
            let invalid = InvalidValue::new(message).hinted("remove it, or end lines with `\\n`");
            return Err(SpecError::new(invalid).at(Some(end_of(&text[..offset]))));
        }
    }
    Ok(text)
}

/// Line and column, from 1, of the character that would follow `text`.
fn end_of(text: &str) -> (usize, usize) {
    let line = text.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = text.rsplit('\n').next().unwrap_or(text).chars().count() + 1;
    (line, column)
}

fn strip_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_plain_text_are_located() {
        for (bytes, location) in [
            (&b"a: 1\nb: \xff"[..], (2, 4)),
            (b"\xef\xbb\xbfa\xff", (1, 2)),
            (b"a: 1\rb: 2", (1, 5)),
            (b"a\r\n\xc3\xa4\x00", (2, 2)),
            ("a\u{2028}b".as_bytes(), (1, 2)),
            ("a\u{85}b".as_bytes(), (1, 2)),
        ] {
            assert_eq!(read(bytes).unwrap_err().location(), Some(location), "{bytes:?}");
        }
        assert_eq!(read(b"\xef\xbb\xbfa: \tb\r\n"), Ok("a: \tb\r\n"));
    }

    #[test]
    fn a_huge_text_is_refused_unread() {
        let error = read(&vec![0xff; MAX_BYTES + 1]).unwrap_err();
        assert_eq!(error.message(), "1048577 bytes are too many, at most 1048576 are read");
    }
}
