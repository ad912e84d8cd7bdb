//! systemd's specifiers, `%i` and its kin (systemd.unit(5), "Specifiers"). Reads no file.

/// What the specifiers of a unit stand for.
pub(super) struct Specifiers {
    /// The unit's name, with its ending.
    unit: String,
    /// The machine's name, where it is known.
    host: Option<String>,
}

impl Specifiers {
    /// Those of a unit on a machine.
    pub(super) fn new(unit: impl Into<String>, host: Option<&str>) -> Self {
        Self { unit: unit.into(), host: host.map(str::to_owned) }
    }

    /// A text with every specifier replaced that is known; the others stay as they are.
    pub(super) fn expand(&self, text: &str) -> String {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('%') {
            expanded.push_str(before);
            let mut chars = after.chars();
            match chars.next() {
                Some('%') => expanded.push('%'),
                Some(letter) => match self.value(letter) {
                    Some(value) => expanded.push_str(&value),
                    None => expanded.extend(['%', letter]),
                },
                None => expanded.push('%'),
            }
            rest = chars.as_str();
        }
        expanded + rest
    }

    fn value(&self, letter: char) -> Option<String> {
        let name = self.unit.strip_suffix(".service").unwrap_or(&self.unit);
        let (prefix, instance) = match name.split_once('@') {
            // A template by itself: nobody knows of which instance.
            Some((prefix, "")) => (prefix, None),
            Some((prefix, instance)) => (prefix, Some(instance)),
            None => (name, Some("")),
        };
        Some(match letter {
            'C' => "/var/cache".to_owned(),
            'E' => "/etc".to_owned(),
            'H' => self.host.clone()?,
            'I' => unescaped(instance?),
            'L' => "/var/log".to_owned(),
            'N' => instance.map(|_| name.to_owned())?,
            'P' => unescaped(prefix),
            'S' => "/var/lib".to_owned(),
            'T' => "/tmp".to_owned(),
            'V' => "/var/tmp".to_owned(),
            'i' => instance?.to_owned(),
            'l' => self.host.as_ref()?.split('.').next()?.to_owned(),
            'n' => instance.map(|_| self.unit.clone())?,
            'p' => prefix.to_owned(),
            't' => "/run".to_owned(),
            _ => return None,
        })
    }
}

/// A name as it was before `systemd-escape`: `-` is `/`, and `\x2d` a character.
fn unescaped(name: &str) -> String {
    let mut octets = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.strip_prefix(b"x").filter(|_| *first == b'\\').and_then(|digits| {
            let (digits, after) = digits.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok()?;
            Some((u8::from_str_radix(digits, 16).ok()?, after))
        });
        let (octet, after) = match (first, escaped) {
            (_, Some(escaped)) => escaped,
            (b'-', None) => (b'/', after),
            (other, None) => (*other, after),
        };
        octets.push(octet);
        rest = after;
    }
    String::from_utf8_lossy(&octets).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_replaced_and_the_rest_stays() {
        let of = |unit: &str, text: &str| Specifiers::new(unit, Some("cp-0.lan")).expand(text);
        assert_eq!(
            of("etcd@m1.service", "/etc/%p/%i/%N-%n"),
            "/etc/etcd/m1/etcd@m1-etcd@m1.service"
        );
        assert_eq!(of("a@x-y\\x2dz.service", "%i %I"), "x-y\\x2dz x/y-z");
        assert_eq!(of("a@\\x.service", "%I"), "\\x");
        assert_eq!(of("etcd@.service", "%i %p"), "%i etcd");
        assert_eq!(of("etcd.service", "<%i> %H %l %S"), "<> cp-0.lan cp-0 /var/lib");
        assert_eq!(of("etcd.service", "100%% %z %"), "100% %z %");
        assert_eq!(Specifiers::new("a.service", None).expand("%H"), "%H");
    }
}
