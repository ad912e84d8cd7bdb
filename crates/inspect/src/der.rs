//! The few looks at DER that need no grammar. Never panics on any bytes.

/// How long the first structure says it is, its tag and length included.
pub(crate) fn length(bytes: &[u8]) -> Option<usize> {
    let (header, content) = header(bytes)?;
    header.checked_add(content)
}

/// The content of the first structure, as far as it is there.
pub(crate) fn content(bytes: &[u8]) -> Option<&[u8]> {
    let (header, content) = header(bytes)?;
    let end = header.checked_add(content)?.min(bytes.len());
    bytes.get(header..end)
}

/// The first structure of `bytes` with this tag: its content, and what follows it.
pub(crate) fn take(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    if *bytes.first()? != tag {
        return None;
    }
    let (header, content) = header(bytes)?;
    let end = header.checked_add(content)?;
    Some((bytes.get(header..end)?, bytes.get(end..)?))
}

/// Writes a structure.
pub(crate) fn write(tag: u8, content: &[&[u8]]) -> Vec<u8> {
    let length: usize = content.iter().map(|part| part.len()).sum();
    let octets = length.to_be_bytes();
    let short: Vec<u8> = octets.into_iter().skip_while(|octet| *octet == 0).collect();
    let mut der = vec![tag];
    match u8::try_from(length) {
        Ok(length) if length < 0x80 => der.push(length),
        // A length has at most eight octets.
        _ => {
            der.push(0x80 | short.len() as u8);
            der.extend(short);
        }
    }
    content.iter().for_each(|part| der.extend_from_slice(part));
    der
}

/// The lengths of the header and of the content.
fn header(bytes: &[u8]) -> Option<(usize, usize)> {
    let first = *bytes.get(1)?;
    if first < 0x80 {
        return Some((2, usize::from(first)));
    }
    let count = usize::from(first & 0x7f);
    if !(1..=4).contains(&count) {
        return None;
    }
    let octets = bytes.get(2..2 + count)?;
    let length = octets.iter().fold(0_usize, |length, octet| length << 8 | usize::from(*octet));
    Some((2 + count, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_taken_apart() {
        for size in [0, 1, 127, 128, 255, 256, 70_000] {
            let content = vec![7; size];
            let der = write(0x30, &[&content]);
            assert_eq!(length(&der), Some(der.len()));
            assert_eq!(take(&der, 0x30), Some((content.as_slice(), [].as_slice())));
            assert!(take(&der[..der.len() - 1], 0x30).is_none(), "{size}");
        }
        assert_eq!(length(&[0x30, 0x85, 1, 1, 1, 1, 1]), None);
        assert_eq!(length(&[0x30]), None);
    }
}
