//! The `Date` of an HTTP answer (RFC 9110, 6.6.1): what time it is for the peer. Believes nothing else of it.

use jiff::Timestamp;

/// The largest head of an answer that is looked at, in bytes.
pub(super) const LARGEST: usize = 16 * 1024;

/// The request that any HTTP server answers, be it with an error.
pub(super) fn request(host: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: kubepki\r\nConnection: close\r\n\r\n")
}

/// Whether the head of an answer is complete.
pub(super) fn is_complete(answer: &[u8]) -> bool {
    answer.windows(4).any(|window| window == b"\r\n\r\n")
}

/// The date of an answer.
pub(super) fn of(answer: &[u8]) -> Option<Timestamp> {
    let head = String::from_utf8_lossy(answer);
    let mut lines = head.lines();
    lines.next().filter(|status| status.starts_with("HTTP/1."))?;
    lines.take_while(|line| !line.is_empty()).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let date = name.eq_ignore_ascii_case("date").then(|| value.trim())?;
        jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_is_read_and_nothing_else() {
        let answer = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n";
        assert!(is_complete(answer));
        assert_eq!(of(answer).unwrap().to_string(), "1994-11-06T08:49:37Z");
        assert_eq!(of(b"HTTP/1.1 200 OK\r\n\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"), None);
        assert_eq!(of(b"SSH-2.0\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n"), None);
    }
}
