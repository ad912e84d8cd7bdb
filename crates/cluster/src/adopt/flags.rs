//! What the flags of static Pods, units and scripts say: which files programs read, and what for.
//! Knows flags in any file format: `--flag=value`, `--flag value`, and items of a YAML list.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::survey::ENDINGS;
use crate::store::StorePath;

/// The flags whose files verify or sign ServiceAccount tokens (kube-apiserver,
/// kube-controller-manager).
const TOKEN_FLAGS: [&str; 3] = [
    "--service-account-key-file",
    "--service-account-signing-key-file",
    "--service-account-private-key-file",
];

/// The words of a text that has flags; of any other text, none.
pub(super) struct Flags(Vec<String>);

impl Flags {
    pub(super) fn of(contents: &[u8]) -> Self {
        if !contents.windows(2).any(|two| two == b"--") {
            return Self(Vec::new());
        }
        let text = String::from_utf8_lossy(contents);
        let words = text.split(|c: char| c.is_whitespace() || "=,\"'\\[]".contains(c));
        Self(words.filter(|word| !word.is_empty() && *word != "-").map(str::to_owned).collect())
    }

    /// What follows a flag, wherever it stands.
    fn values<'a>(&'a self, flag: &'a str) -> impl Iterator<Item = &'a str> {
        let followed = self.0.iter().zip(self.0.iter().skip(1));
        followed.filter(move |(word, _)| *word == flag).map(|(_, value)| value.as_str())
    }

    /// The paths from `/` of files of a PKI.
    pub(super) fn paths(&self) -> impl Iterator<Item = String> {
        let is_path = |word: &&String| {
            word.starts_with('/') && ENDINGS.iter().chain([&".conf"]).any(|end| word.ends_with(end))
        };
        self.0.iter().filter(is_path).cloned()
    }

    /// The paths of the keys that verify or sign ServiceAccount tokens. An apiserver that is told of
    /// none verifies with its TLS key (kube-apiserver, `--service-account-key-file`).
    pub(super) fn token_keys(&self) -> Vec<String> {
        let is_apiserver = self.0.iter().any(|word| word == "--etcd-servers");
        let fallback = is_apiserver && self.values(TOKEN_FLAGS[0]).next().is_none();
        let fallback = fallback.then_some("--tls-private-key-file");
        let flags = TOKEN_FLAGS.into_iter().chain(fallback);
        flags.flat_map(|flag| self.values(flag)).map(str::to_owned).collect()
    }

    /// The networks of Services, separated by commas.
    pub(super) fn service_range(&self) -> Option<String> {
        let at = self.0.iter().position(|word| word == "--service-cluster-ip-range")?;
        let is_range =
            |word: &&String| word.bytes().all(|b| b.is_ascii_hexdigit() || b":./".contains(&b));
        let ranges: Vec<_> =
            self.0[at + 1..].iter().take_while(is_range).map(String::as_str).collect();
        (!ranges.is_empty()).then(|| ranges.join(","))
    }
}

/// Of each path of a machine, the file here that has the most of it.
pub(super) fn named<'a>(
    flagged: &BTreeSet<String>,
    paths: impl Iterator<Item = &'a StorePath>,
) -> HashSet<StorePath> {
    let mut longest = HashMap::<&str, &StorePath>::new();
    for path in paths {
        for machine in flagged {
            let is_its_end =
                machine.strip_suffix(path.as_str()).is_some_and(|folder| folder.ends_with('/'));
            let is_longer = longest
                .get(machine.as_str())
                .is_none_or(|it| it.as_str().len() < path.as_str().len());
            if is_its_end && is_longer {
                longest.insert(machine, path);
            }
        }
    }
    longest.into_values().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_in_every_form() {
        for text in [
            "- --service-account-key-file=/a/sa.pub\n- --service-cluster-ip-range=10.0.0.0/16,fd00::/108\n",
            "ExecStart=/usr/bin/kube-apiserver \\\n  --service-account-key-file /a/sa.pub \\\n --service-cluster-ip-range '10.0.0.0/16,fd00::/108'",
            "command: [\"--service-account-key-file\", \"/a/sa.pub\", \"--service-cluster-ip-range\", \"10.0.0.0/16,fd00::/108\"]",
            "command:\n- --service-account-key-file\n- /a/sa.pub\n- --service-cluster-ip-range\n- 10.0.0.0/16,fd00::/108\n- --v\n",
        ] {
            let flags = Flags::of(text.as_bytes());
            assert_eq!(flags.token_keys(), ["/a/sa.pub"], "{text}");
            assert_eq!(flags.service_range().as_deref(), Some("10.0.0.0/16,fd00::/108"), "{text}");
        }
    }

    #[test]
    fn an_apiserver_without_a_token_key_verifies_with_its_tls_key() {
        let tls = "--etcd-servers=https://e:2379 --tls-private-key-file=/a/apiserver.key";
        assert_eq!(Flags::of(tls.as_bytes()).token_keys(), ["/a/apiserver.key"]);
        let own = format!("{tls} --service-account-key-file=/a/sa.pub");
        assert_eq!(Flags::of(own.as_bytes()).token_keys(), ["/a/sa.pub"]);
        let kubelet = "--tls-private-key-file=/a/kubelet.key";
        assert_eq!(Flags::of(kubelet.as_bytes()).token_keys(), [""; 0]);
    }
}
