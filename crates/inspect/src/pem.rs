//! PEM (RFC 7468) read with distrust: where a section is broken, the line is named. Skips nothing
//! silently inside a section, which is where Go's parser does.

use base64::{Engine, engine::general_purpose::STANDARD};
use memchr::memmem;
use zeroize::Zeroizing;

use crate::artifact::ReadError;

/// One section of a PEM text.
pub(crate) struct Section {
    pub(crate) label: String,
    pub(crate) der: Zeroizing<Vec<u8>>,
    /// Whether its headers say that it is encrypted (RFC 1421, as OpenSSL once wrote keys).
    pub(crate) is_encrypted: bool,
    /// The line of its beginning, counted from 1.
    pub(crate) line: usize,
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

/// Whether there is a PEM section: a BEGIN at the start of a line. One that is indented counts
/// where the text begins with it; further down it belongs to a YAML or a script.
pub(crate) fn begins_somewhere(text: &[u8]) -> bool {
    text.trim_ascii_start().starts_with(BEGIN)
        || memmem::find_iter(text, BEGIN).any(|at| at > 0 && text.get(at - 1) == Some(&b'\n'))
}

/// Reads every section, in order.
pub(crate) fn sections(text: &[u8]) -> Result<Vec<Section>, ReadError> {
    each(text).into_iter().collect()
}

/// Reads every section, in order, with an error in the place of one that is broken. Where one cannot
/// be told from what follows it, the error is the last.
pub(crate) fn each(text: &[u8]) -> Vec<Result<Section, ReadError>> {
    let mut sections = Vec::new();
    let end = read(text, &mut sections);
    sections.extend(end.err().map(Err));
    sections
}

fn read(text: &[u8], sections: &mut Vec<Result<Section, ReadError>>) -> Result<(), ReadError> {
    let mut open: Option<Open> = None;
    for (index, (rest, line)) in lines(text).enumerate() {
        let number = index + 1;
        let broken = |reason| Err(ReadError::Pem { line: number, reason });
        match (&mut open, line) {
            (None, line) if line.starts_with(BEGIN) => open = Some(Open::new(line, number, rest)?),
            (None, line) if line.trim_ascii_start().starts_with(BEGIN) => {
                return broken("the BEGIN line is indented, so that no program takes it for one");
            }
            (None, line) if line.starts_with(END) => return broken("an END line without a BEGIN"),
            (None, _) => {}
            (Some(_), line) if line.starts_with(BEGIN) => {
                return broken("a section begins inside another, whose END line is missing");
            }
            (Some(section), line) if line.starts_with(END) => {
                section.check_end(line, number)?;
                sections.push(section.finish());
                open = None;
            }
            (Some(section), line) => section.take(line),
        }
    }
    match open {
        Some(section) => {
            let reason = "a section begins here and has no END line: the file is cut off";
            Err(ReadError::Pem { line: section.line, reason })
        }
        None => Ok(()),
    }
}

struct Open {
    label: String,
    line: usize,
    body: Zeroizing<Vec<u8>>,
    is_encrypted: bool,
}

impl Open {
    /// A section that begins with this line; `rest` is the text from there on.
    fn new(begin: &[u8], line: usize, rest: &[u8]) -> Result<Self, ReadError> {
        let reason = "the BEGIN line is broken";
        let label = label(begin, BEGIN).ok_or(ReadError::Pem { line, reason })?;
        // Reserved for the whole section at once, so that growth leaves no copy of a key behind.
        let capacity = memmem::find(rest, END).unwrap_or(rest.len());
        let body = Zeroizing::new(Vec::with_capacity(capacity));
        Ok(Self { label, line, body, is_encrypted: false })
    }

    /// A line of the body or one of the old headers, `Proc-Type: 4,ENCRYPTED`.
    fn take(&mut self, line: &[u8]) {
        if self.body.is_empty() && line.contains(&b':') {
            self.is_encrypted |= line.windows(9).any(|window| window == b"ENCRYPTED");
        } else {
            let parts = line.split(u8::is_ascii_whitespace);
            parts.for_each(|part| self.body.extend_from_slice(part));
        }
    }

    fn check_end(&self, end: &[u8], line: usize) -> Result<(), ReadError> {
        if label(end, END).as_ref() != Some(&self.label) {
            let reason = "the END line does not fit its BEGIN line";
            return Err(ReadError::Pem { line, reason });
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<Section, ReadError> {
        let reason = if self.body.is_empty() {
            "a section begins here and is empty"
        } else {
            "a section begins here that is not base64"
        };
        let broken = ReadError::Pem { line: self.line, reason };
        let der = STANDARD.decode(&*self.body).ok().filter(|der| !der.is_empty()).ok_or(broken)?;
        let label = std::mem::take(&mut self.label);
        let is_encrypted = self.is_encrypted;
        Ok(Section { label, der: Zeroizing::new(der), is_encrypted, line: self.line })
    }
}

/// The lines, whatever ends them, without spaces behind them, each with the text from there on.
fn lines(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let from_here = rest?;
        // Of `\r\n` the `\r` goes with the spaces.
        let line = match memchr::memchr(b'\n', from_here) {
            Some(end) => {
                rest = Some(&from_here[end + 1..]);
                &from_here[..end]
            }
            None => {
                rest = None;
                from_here
            }
        };
        Some((from_here, line.trim_ascii_end()))
    })
}

fn label(line: &[u8], prefix: &[u8]) -> Option<String> {
    let label = line.strip_prefix(prefix)?.strip_suffix(b"-----")?;
    let is_plain = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    label.iter().all(is_plain).then(|| String::from_utf8_lossy(label).into_owned())
}
