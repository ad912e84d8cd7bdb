//! The text while it is being written. Holds bytes, since what a certificate holds need not be UTF-8.

/// A text in the making.
#[derive(Debug, Default)]
pub(super) struct Page(Vec<u8>);

impl Page {
    /// Appends.
    pub(super) fn put(&mut self, text: impl AsRef<[u8]>) {
        self.0.extend_from_slice(text.as_ref());
    }

    /// Appends behind spaces.
    pub(super) fn put_at(&mut self, indent: usize, text: impl AsRef<[u8]>) {
        self.0.resize(self.0.len() + indent, b' ');
        self.put(text);
    }

    /// Appends lines of octets as lower-case hex with colons between them, every line behind
    /// spaces. A line that is not the last ends in a colon too.
    pub(super) fn put_octets(&mut self, indent: usize, octets: &[u8], per_line: usize) {
        let mut lines = octets.chunks(per_line).peekable();
        while let Some(line) = lines.next() {
            self.put_at(indent, hex(line, ":").to_lowercase());
            self.put(if lines.peek().is_some() { ":\n" } else { "\n" });
        }
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Upper-case hex, with `between` between two octets.
pub(super) fn hex(octets: &[u8], between: &str) -> String {
    let octets: Vec<_> = octets.iter().map(|octet| format!("{octet:02X}")).collect();
    octets.join(between)
}

/// The octets as C prints them: up to the first that is zero.
pub(super) fn until_nul(octets: &[u8]) -> &[u8] {
    octets.split(|octet| *octet == 0).next().unwrap_or_default()
}

/// The octets as text of a terminal of 1975: what is no graphic character of ASCII is a dot.
pub(super) fn plain(octets: &[u8]) -> Vec<u8> {
    let plain = |octet: &u8| match octet {
        b' '..=b'~' | b'\n' | b'\r' => *octet,
        _ => b'.',
    };
    octets.iter().map(plain).collect()
}
