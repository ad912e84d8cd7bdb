//! A kubeconfig written into the text that it was read from: comments, order and form stay where
//! nothing but embedded certificates and keys is new. Keeps no copy of a secret.

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{Kubeconfig, Secret, comments};

impl Kubeconfig {
    /// Writes the file in the form of `before`, where only embedded certificates and keys differ
    /// from what that text says; else as [`Kubeconfig::to_yaml`] does, with the comments of that text.
    ///
    /// What comes out always means this kubeconfig: it is read again.
    pub fn to_yaml_like(&self, before: &[u8]) -> Zeroizing<String> {
        let plain = || self.to_yaml();
        self.amended(before).or_else(|| self.with_comments(before)).unwrap_or_else(plain)
    }

    fn with_comments(&self, before: &[u8]) -> Option<Zeroizing<String>> {
        let written = comments::carried(std::str::from_utf8(before).ok()?, &self.to_yaml())?;
        let means_the_same = Self::parse(written.as_str()).is_ok_and(|read| read == *self);
        means_the_same.then_some(written)
    }

    fn amended(&self, before: &[u8]) -> Option<Zeroizing<String>> {
        let text = std::str::from_utf8(before).ok()?;
        let old = Self::parse(text).ok()?;
        if old.to_yaml().as_str() == text {
            // It has no form of its own.
            return None;
        }
        let mut changes = Changes { text, all: Vec::new() };
        for now in &self.users {
            let was = &old.users.iter().find(|entry| entry.name == now.name)?.user;
            let [was_certificate, certificate] = [was, &now.user]
                .map(|user| user.client_certificate_data.as_ref().map(AsRef::as_ref));
            changes.add(was_certificate, certificate)?;
            let [was_key, key] =
                [was, &now.user].map(|user| user.client_key_data.as_ref().map(Secret::expose));
            changes.add(was_key, key)?;
        }
        for now in &self.clusters {
            let was = &old.clusters.iter().find(|entry| entry.name == now.name)?.cluster;
            let [was, now] = [was, &now.cluster]
                .map(|cluster| cluster.certificate_authority_data.as_ref().map(AsRef::as_ref));
            changes.add(was, now)?;
        }
        let written = changes.made();
        let means_the_same = Self::parse(written.as_str()).is_ok_and(|read| read == *self);
        means_the_same.then_some(written)
    }
}

/// Values of a text to be replaced.
struct Changes<'a> {
    text: &'a str,
    /// Where a value begins, how long it is, and the new one.
    all: Vec<(usize, usize, Zeroizing<String>)>,
}

impl Changes<'_> {
    /// Replaces one value; none where it does not stand in the text once, on one line.
    fn add(&mut self, was: Option<&[u8]>, now: Option<&[u8]>) -> Option<()> {
        if was == now {
            return Some(());
        }
        let (was, now) = (was?, now?);
        let encoded = |bytes| Zeroizing::new(STANDARD.encode(bytes));
        let (was, now) = (encoded(was), encoded(now));
        let mut places = self.text.match_indices(was.as_str());
        let (start, _) = places.next().filter(|_| !was.is_empty())?;
        if places.next().is_some() {
            return None;
        }
        self.all.push((start, was.len(), now));
        Some(())
    }

    fn made(mut self) -> Zeroizing<String> {
        self.all.sort_by_key(|(start, ..)| *start);
        let more: usize = self.all.iter().map(|(.., now)| now.len()).sum();
        // Never grows: a smaller buffer would stay behind with the secrets in it.
        let mut out = Zeroizing::new(String::with_capacity(self.text.len() + more));
        let mut at = 0;
        for (start, length, now) in &self.all {
            // Two values that lie in one another mean no text; reading it again tells.
            out.push_str(self.text.get(at..*start).unwrap_or_default());
            out.push_str(now);
            at = start + length;
        }
        out.push_str(self.text.get(at..).unwrap_or_default());
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# Ours; ask ops before you touch it.
kind: Config
apiVersion: v1
current-context: a   # the only one
users:
  - name: jane
    user: {client-key-data: 'b2xkIGtleQ==', \"client-certificate-data\": b2xkIGNlcnQ=} # both
  - name: robot
    user: {token: abc}
clusters: [{name: c, cluster: {server: 'https://c:6443', certificate-authority-data: Y2E=}}]
contexts: [{name: a, context: {user: jane, cluster: c}}]\r
";

    fn renewed(text: &str) -> Kubeconfig {
        let mut config = Kubeconfig::parse(text).unwrap();
        config.users[0].user.client_key_data = Some(b"a new key".to_vec().into());
        config.users[0].user.client_certificate_data = Some(b"new cert".to_vec().into());
        config
    }

    #[test]
    fn only_what_is_new_is_replaced() {
        let expected = TEXT
            .replace("b2xkIGtleQ==", &STANDARD.encode("a new key"))
            .replace("b2xkIGNlcnQ=", &STANDARD.encode("new cert"));
        assert_eq!(renewed(TEXT).to_yaml_like(TEXT.as_bytes()).as_str(), expected);
    }

    #[test]
    fn what_cannot_be_put_in_place_is_written_anew() {
        let mut server = renewed(TEXT);
        server.clusters[0].cluster.server = "https://d:6443".into();
        let kept = server.to_yaml_like(TEXT.as_bytes());
        let is_comment = |line: &&str| line.trim_start().starts_with('#');
        let bare: Vec<_> = kept.lines().filter(|line| !is_comment(line)).collect();
        assert_eq!(bare.len(), server.to_yaml().lines().count());
        assert_eq!(kept.matches('#').count(), TEXT.matches('#').count());
        // The old key stands there twice, once as somebody else's.
        let twice = TEXT.replace("{token: abc}", "{client-key-data: b2xkIGtleQ==}");
        let config = renewed(&twice);
        let kept = config.to_yaml_like(twice.as_bytes());
        assert_eq!(Kubeconfig::parse(kept.as_str()).unwrap(), config);
        for text in ["", "x: [", "\u{0}"] {
            assert_eq!(config.to_yaml_like(text.as_bytes()), config.to_yaml());
        }
        let own = config.to_yaml();
        assert_eq!(config.to_yaml_like(own.as_bytes()), own);
    }
}
