//! Signed certificate timestamps (RFC 6962, 3.3), which certificates of public CAs hold. Checks none.

use jiff::Timestamp;

use crate::text::{
    element::{Element, OCTET_STRING},
    page::{Page, hex},
};

/// The list of timestamps.
pub(super) fn put(page: &mut Page, indent: usize, value: &Element<'_>) -> Option<()> {
    let mut list = Bytes(super::tagged(value, OCTET_STRING)?.content);
    let mut stamps = Bytes(list.counted()?);
    list.end()?;
    let mut is_first = true;
    while stamps.end().is_none() {
        page.put(if is_first { "" } else { "\n" });
        is_first = false;
        put_stamp(page, indent, stamps.counted()?)?;
    }
    Some(())
}

fn put_stamp(page: &mut Page, indent: usize, stamp: &[u8]) -> Option<()> {
    page.put_at(indent, "Signed Certificate Timestamp:\n");
    page.put_at(indent + 4, "Version   : ");
    let mut parts = Bytes(stamp);
    if parts.take(1)? != [0] {
        page.put("unknown\n");
        page.put_at(indent + 16, lines(indent, stamp));
        return Some(());
    }
    let log = parts.take(32)?;
    let time = parts.take(8)?.iter().fold(0, |time, octet| time << 8 | u64::from(*octet));
    let extensions = parts.counted()?;
    // OpenSSL reads no others: SHA-256 with RSA or ECDSA (RFC 5246, 7.4.1.4.1).
    let algorithm = match parts.take(2)? {
        [4, 1] => "sha256WithRSAEncryption",
        [4, 3] => "ecdsa-with-SHA256",
        _ => return None,
    };
    let signature = parts.counted()?;
    parts.end()?;
    page.put("v1 (0x0)\n");
    page.put_at(indent + 4, format!("Log ID    : {}\n", lines(indent, log)));
    page.put_at(indent + 4, format!("Timestamp : {}\n", moment(time)?));
    let extensions = match extensions {
        [] => "none".to_owned(),
        octets => lines(indent, octets),
    };
    page.put_at(indent + 4, format!("Extensions: {extensions}\n"));
    page.put_at(indent + 4, format!("Signature : {algorithm}\n"));
    page.put_at(indent + 16, lines(indent, signature));
    Some(())
}

/// Hex in lines of sixteen, the further ones indented.
fn lines(indent: usize, octets: &[u8]) -> String {
    let lines: Vec<_> = octets.chunks(16).map(|line| hex(line, ":")).collect();
    lines.join(&format!(":\n{:indent$}", "", indent = indent + 16))
}

/// Milliseconds since 1970.
fn moment(milliseconds: u64) -> Option<String> {
    let time = Timestamp::from_millisecond(i64::try_from(milliseconds).ok()?).ok()?;
    Some(time.strftime("%b %e %H:%M:%S.%3f %Y GMT").to_string())
}

/// Octets with lengths in front (RFC 5246, 4.3).
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn counted(&mut self) -> Option<&'a [u8]> {
        let count = self.take(2)?.iter().fold(0, |count, octet| count << 8 | usize::from(*octet));
        self.take(count)
    }

    fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}
