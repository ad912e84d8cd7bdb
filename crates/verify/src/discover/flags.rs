//! The flags of a component, read as its own flag library reads them. Reads no file.

use super::Source;

/// Flags that may stand without a value; the next word is then none.
const SWITCHES: &[&str] = &[
    "allocate-node-cidrs",
    "allow-privileged",
    "anonymous-auth",
    "auto-tls",
    "client-cert-auth",
    "enable-aggregator-routing",
    "enable-bootstrap-token-auth",
    "leader-elect",
    "peer-auto-tls",
    "peer-client-cert-auth",
    "profiling",
    "register-node",
    "rotate-certificates",
    "rotate-server-certificates",
    "service-account-lookup",
    "use-service-account-credentials",
];

/// A flag as it is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its name without hyphens in front.
    pub name: String,
    /// Its value; `true` for a switch without one.
    pub value: String,
    /// Where it stands.
    pub source: Source,
    /// How its file calls it, where that is no command line: `authentication.x509.clientCAFile`.
    pub written: Option<&'static str>,
}

impl Flag {
    /// Whether its value is all there: see `is_open`.
    pub fn is_known(&self) -> bool {
        !is_open(&self.value)
    }
}

/// The flags of one component, in order; a flag may stand several times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    flags: Vec<Flag>,
    is_partial: bool,
}

impl Flags {
    /// Reads the words behind the program's name; `source` says where a word stands.
    pub fn parse(words: &[String], source: impl Fn(&str) -> Source) -> Self {
        let mut flags = Self::default();
        let mut words = words.iter().peekable();
        while let Some(word) = words.next() {
            // Go's own flag library, which etcd uses, takes one hyphen as well as two.
            let Some(name) = word.strip_prefix("--").or_else(|| word.strip_prefix('-')) else {
                // It may stand for any flag.
                flags.is_partial |= word.starts_with(['$', '`']);
                continue;
            };
            if name.is_empty() {
                break;
            }
            let (name, value) = match name.split_once('=') {
                Some((name, value)) => (name, value.to_owned()),
                None if SWITCHES.contains(&name) => (name, "true".to_owned()),
                None => match words.next_if(|next| !next.starts_with('-')) {
                    Some(value) => (name, value.clone()),
                    None => (name, "true".to_owned()),
                },
            };
            // Kubernetes takes `_` for `-` in the name of a flag.
            let name = name.replace('_', "-");
            flags.push(Flag { name, value, source: source(word), written: None });
        }
        flags
    }

    /// Adds a flag behind the others.
    pub fn push(&mut self, flag: Flag) {
        self.flags.push(flag);
    }

    /// Marks that others are set where nobody could read them.
    pub(super) fn mark_partial(&mut self) {
        self.is_partial = true;
    }

    /// Whether some may be set that are not here: absence then says nothing.
    pub fn is_partial(&self) -> bool {
        self.is_partial
    }

    /// Adds a flag that counts only where the command line does not have it.
    pub fn push_default(&mut self, flag: Flag) {
        if self.last(&flag.name).is_none() {
            self.push(flag);
        }
    }

    /// Forgets every flag, as etcd does when it is given a configuration file.
    pub(super) fn clear_except(&mut self, name: &str) {
        self.flags.retain(|flag| flag.name == name);
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Flag> {
        self.flags.iter()
    }

    /// The last one of this name, which is the one that counts, unless it is a list.
    pub fn last(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().rev().find(|flag| flag.name == name)
    }

    /// The value that counts; none when the flag is absent or empty, which is the same to them.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.last(name).map(|flag| flag.value.as_str()).filter(|value| !value.is_empty())
    }

    /// The value that counts, unless some of it is filled in at the start only.
    pub fn known(&self, name: &str) -> Option<&str> {
        self.value(name).filter(|value| !is_open(value))
    }

    /// Whether the flag is there with a value that nobody knows yet.
    pub fn is_unknown(&self, name: &str) -> bool {
        self.flags.iter().any(|flag| flag.name == name && !flag.is_known())
    }

    /// Every value of a flag that is a list, in order; commas separate too.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let given = self.flags.iter().filter(|flag| flag.name == name);
        let values = given.flat_map(|flag| flag.value.split(','));
        values.map(str::trim).filter(|value| !value.is_empty()).collect()
    }

    /// Whether a switch is on.
    pub fn is_on(&self, name: &str) -> bool {
        matches!(self.value(name), Some("true" | "t" | "T" | "TRUE" | "True" | "1"))
    }
}

/// Whether there is something in a value that only a shell, systemd or the kubelet fills in, when
/// the component starts: `$(hostname)`, `%i` of a template, a variable from elsewhere.
pub(super) fn is_open(value: &str) -> bool {
    let is_specifier = |rest: &str| rest.starts_with(|c: char| c.is_ascii_alphabetic());
    value.contains(['$', '`']) || value.split('%').skip(1).any(is_specifier)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Vec<(String, String)> {
        let words: Vec<_> = line.split(' ').map(str::to_owned).collect();
        let source = |_: &str| Source { path: "unit".into(), line: 1 };
        let flags = Flags::parse(&words, source);
        flags.iter().map(|flag| (flag.name.clone(), flag.value.clone())).collect()
    }

    #[test]
    fn every_form_of_a_flag_is_read() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let tls = || pair("tls-cert-file", "/a.crt");
        assert_eq!(parse("--tls-cert-file=/a.crt"), [tls()]);
        assert_eq!(parse("--tls-cert-file /a.crt"), [tls()]);
        assert_eq!(parse("-tls-cert-file=/a.crt"), [tls()]);
        assert_eq!(parse("--tls_cert_file /a.crt"), [tls()]);
        assert_eq!(
            parse("--client-cert-auth --x=1"),
            [pair("client-cert-auth", "true"), pair("x", "1")]
        );
        assert_eq!(
            parse("--client-cert-auth false --x"),
            [pair("client-cert-auth", "true"), pair("x", "true")]
        );
        assert_eq!(parse("serve --x=a=b -- --y=1"), [pair("x", "a=b")]);
        assert_eq!(parse("--x= -"), [pair("x", "")]);
    }

    #[test]
    fn what_is_filled_in_at_the_start_is_unknown() {
        for open in ["$(hostname -s)", "/etc/%i/a.crt", "`date`", "${HOME}/x"] {
            assert!(is_open(open), "{open}");
        }
        for known in ["", "/etc/a.crt", "100%", "a%20b"] {
            assert!(!is_open(known), "{known}");
        }
        let flags = |words: &[&str]| {
            let words: Vec<_> = words.iter().map(|word| (*word).to_owned()).collect();
            Flags::parse(&words, |_| Source { path: "unit".into(), line: 1 })
        };
        let some = flags(&["--a=%i", "$ARGS", "--b", "$C", "--d=1"]);
        assert!(some.is_partial() && some.is_unknown("a") && some.is_unknown("b"));
        assert_eq!((some.known("a"), some.known("d")), (None, Some("1")));
        assert!(!flags(&["--b", "$C"]).is_partial());
    }

    #[test]
    fn the_last_one_counts_and_lists_add_up() {
        let words: Vec<_> = ["--a=1", "--a=2,3", "--b=", "--c=true"].map(str::to_owned).into();
        let flags = Flags::parse(&words, |word| Source { path: word.into(), line: 0 });
        assert_eq!(flags.value("a"), Some("2,3"));
        assert_eq!(flags.values("a"), ["1", "2", "3"]);
        assert_eq!(flags.value("b"), None);
        assert!(flags.is_on("c") && !flags.is_on("a") && !flags.is_on("d"));
        assert_eq!(flags.last("a").unwrap().source.path.to_str(), Some("--a=2,3"));
    }
}
