//! Comma-separated values (RFC 4180), for spreadsheets that take some texts for formulas.

use std::borrow::Cow;

use crate::escape;

/// A record with the end of its line.
pub fn csv_record<T: AsRef<str>>(fields: impl IntoIterator<Item = T>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let fields = fields.into_iter().map(|field| cell(field.as_ref()).into_owned());
    // Invariant: nothing that is written to memory fails.
    let record = writer.write_record(fields).ok().and_then(|()| writer.into_inner().ok());
    record.unwrap_or_default()
}

/// A cell that no spreadsheet takes for a formula: with a quote before it where it begins like one
/// (OWASP, CSV Injection). A number and the name of a flag are none.
fn cell(text: &str) -> Cow<'_, str> {
    let text = escape(text);
    let begins = text.trim_start().starts_with([
        '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\u{fe62}', '\u{fe63}',
        '\u{fe66}', '\u{fe6b}', '\u{2212}',
    ]);
    // Tabs and line ends are escaped, so that a quoted field cannot begin with one.
    if begins && !is_number(&text) && !is_flag(&text) {
        return Cow::Owned(format!("'{text}"));
    }
    text
}

fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `--tls-cert-file`: nothing in it can be called or computed.
fn is_flag(text: &str) -> bool {
    text.strip_prefix("--").is_some_and(|name| {
        name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_a_formula() {
        for text in
            ["=1+1", "+x", "-x", "@SUM(A1)", "--2+cmd|' /C calc'!A0", " =1", "＝1", "－1", "--a(b)"]
        {
            assert_eq!(cell(text), format!("'{text}"));
        }
        for text in ["--tls-cert-file", "-12", "0", "CN==x", "", "'=1"] {
            assert_eq!(cell(text), text);
        }
        assert_eq!(cell("\t=1"), r"\t=1");
        assert_eq!(cell("\r=1\u{202e}"), r"\r=1\u{202e}");
    }

    #[test]
    fn fields_have_quotes_where_they_need_them() {
        assert_eq!(csv_record(["a", "b,c", "d\"e", "f\ng"]), b"a,\"b,c\",\"d\"\"e\",f\\ng\n");
    }
}
