//! A kubeconfig written into the text that it was read from: comments, order and form stay, and so does
//! every byte outside what is new. Keeps no copy of a secret.

use zeroize::Zeroizing;

use crate::{
    Kubeconfig,
    spans::{Outline, Shape},
    splice::spliced,
    tree,
    write::{self, Sink},
};

impl Kubeconfig {
    /// Writes the file in the form of `before`: only the values that differ from what that text says
    /// are written anew. Where an entry of that text is gone or has moved, the file is written as
    /// [`Kubeconfig::to_yaml`] does, below the comments of that text.
    ///
    /// What comes out always means this kubeconfig: it is read again.
    pub fn to_yaml_like(&self, before: &[u8]) -> Zeroizing<String> {
        self.in_form_of(before).unwrap_or_else(|| self.to_yaml())
    }

    fn in_form_of(&self, before: &[u8]) -> Option<Zeroizing<String>> {
        let text = std::str::from_utf8(before).ok()?;
        let old = Self::parse(text).ok()?;
        let outline = Outline::of(text)?;
        let means_this =
            |text: &Zeroizing<String>| Self::parse(text.as_str()).is_ok_and(|read| read == *self);
        let (was, now) = (tree::kubeconfig(&old, None), tree::kubeconfig(self, None));
        let in_place = match outline.root.shape {
            Shape::Absent => None,
            _ => spliced(text, &outline, &was, &now),
        };
        in_place.filter(means_this).or_else(|| {
            let comments = outline.comments.iter().map(|comment| &text[comment.clone()]);
            let comments: Vec<_> = comments.collect();
            let whole = self.to_yaml();
            let write = |out: &mut dyn Sink| {
                for comment in &comments {
                    out.push(comment);
                    out.push("\n");
                }
                out.push(&whole);
            };
            Some(write::measured(write)).filter(means_this)
        })
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

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

    /// Comments, quotes, blank lines and line ends where people and programs put them.
    const CORPUS: [&str; 7] = [
        TEXT,
        "# head\n\n---\n# first\napiVersion: v1 # one\nkind: Config\n\n# which\ncurrent-context: \"a\"   # now\ncontexts: # all\n\n# a's\n-   context:\n      # the cluster\n      cluster: c # c\n\n      user: jane\n    # its name\n    name: a # b\n# between\n- name: 'b'\n  context: {cluster: c, user: jane} # flow\n# behind\nclusters:\n    - name: c\n      cluster:\n         server: https://c:6443 # lb\n         certificate-authority: ca.crt # by path\nusers:\n- # odd\n  name: jane\n  user:\n    client-certificate: jane.crt # c\n    # k\n    client-key: 'jane.key' # d\n# the end\n...\n# after the end\n",
        "{\n  \"apiVersion\": \"v1\",\n  \"kind\": \"Config\",\n  \"current-context\": \"a\",\n  \"contexts\": [\n    {\"name\": \"a\", \"context\": {\"cluster\": \"c\", \"user\": \"jane\"}}\n  ],\n  \"clusters\": [{\"name\": \"c\", \"cluster\": {\"server\": \"https://c:6443\"}}],\n  \"users\": [{\"name\": \"jane\", \"user\": {\"token\": \"t\"}}]\n}\n",
        "current-context: a\r\ncontexts:\r\n- context: # c\r\n    cluster: c\r\n    user: jane\r\n  # n\r\n  name: a\r\nusers:\r\n- name: jane\r\n  user: {} # none\r\n",
        "contexts:\n- name: a\n  context:\n    user: jane\n    cluster: c\n    extensions:\n    - name: x # ours\n      extension: |\n        # no comment\n        text\n    # last\nusers: # none yet\n# current\ncurrent-context: a",
        "\u{feff}contexts: [ {name: a, context: {cluster: c, # c\n  user: jane}}, # a\n  # b\n  {name: 'b', context: {cluster: c}},\n]\ncurrent-context:\n  a # a\n",
        "users: [] # nobody\ncontexts:\n  # first\n  - name: a # named\n    context:\n      cluster: c\n      user: \"jane\" # j\n\n\n  # second\n  - name: z\n    context: {}\nx-note: >-\n  # text\n  too\n\n# end",
    ];

    /// One change each, and the texts that it writes in the place of what.
    type Change = (fn(&mut Kubeconfig), fn(&str) -> bool);

    /// Changes that write one value, and whether what is new of the text may be so.
    const CHANGES: [Change; 4] = [
        (|config| config.current_context = "z".into(), |new| new.contains('z')),
        (|config| config.set_namespace("a", "web").unwrap(), |new| new.contains("web")),
        (|config| config.rename_context("a", "q").unwrap(), |new| new.contains('q')),
        (
            |config| {
                config.users.push(crate::NamedUser { name: "v".into(), ..Default::default() });
            },
            |new| new.contains("name: v") || new.contains("\"name\": \"v\""),
        ),
    ];

    /// What `new` has that `old` has not, if `new` is `old` with some parts replaced by longer ones.
    fn common(old: &str, new: &str) -> (usize, usize) {
        let start = old.bytes().zip(new.bytes()).take_while(|(one, other)| one == other).count();
        let rest = old.len().min(new.len()) - start;
        let pairs = old.bytes().rev().zip(new.bytes().rev());
        (start, pairs.take(rest).take_while(|(one, other)| one == other).count())
    }

    #[test]
    fn every_byte_outside_a_changed_value_stays() {
        for text in CORPUS {
            for (change, is_new) in CHANGES {
                let mut config = Kubeconfig::parse(text).unwrap();
                change(&mut config);
                let new = config.to_yaml_like(text.as_bytes());
                assert_eq!(Kubeconfig::parse(new.as_str()).unwrap(), config, "{}", new.as_str());
                // Line by line: of each line that is gone a new one stands in its place, and differs in
                // one value alone.
                let kept = |line: &&str| new.lines().any(|other| other == *line);
                let gone: Vec<_> = text.lines().filter(|line| !kept(line)).collect();
                let added = |line: &&str| !text.lines().any(|other| other == *line);
                let added: Vec<_> = new.lines().filter(added).collect();
                assert!(gone.len() <= 2, "{gone:#?} {}", new.as_str());
                assert!(added.iter().any(|line| is_new(line)), "{added:?}");
                for line in gone {
                    let (start, end) = added.iter().map(|other| common(line, other)).max().unwrap();
                    let value = &line[start..line.len() - end];
                    assert!(value.len() <= 3, "{line:?} lost {value:?} in {added:?}");
                }
                for comment in Outline::of(text).unwrap().comments {
                    assert!(new.contains(&text[comment.clone()]), "{}", &text[comment]);
                }
                assert_eq!(text.contains('\r'), new.contains('\r'));
            }
        }
    }

    #[test]
    fn embedded_files_stand_where_their_paths_stood() {
        let text = CORPUS[1];
        let mut config = Kubeconfig::parse(text).unwrap();
        config
            .flatten(|path| Ok::<_, crate::Error>(Zeroizing::new(path.as_bytes().to_vec())))
            .unwrap();
        let expected = text
            .replace("client-certificate: jane.crt", "client-certificate-data: amFuZS5jcnQ=")
            .replace("client-key: 'jane.key'", "client-key-data: 'amFuZS5rZXk='")
            .replace("certificate-authority: ca.crt", "certificate-authority-data: Y2EuY3J0");
        assert_eq!(config.to_yaml_like(text.as_bytes()).as_str(), expected);
    }

    #[test]
    fn fields_and_entries_are_added_beside_their_like() {
        let text = "\
users: [] # nobody
contexts:
# first
- name: a # named
  context: # of a
    cluster: c # c
    # whose
    user: jane
# last
clusters:
- {name: c, cluster: {server: 'https://c'}} # one
";
        let mut config = Kubeconfig::parse(text).unwrap();
        config.set_namespace("a", "web").unwrap();
        let expected = text.replace("cluster: c # c\n", "cluster: c # c\n    namespace: web\n");
        assert_eq!(config.to_yaml_like(text.as_bytes()).as_str(), expected);
        config.clusters[0].cluster.tls_server_name = Some("c.local".into());
        let other =
            "users: [{name: v, user: {token: t}}]\ncontexts: [{name: b, context: {user: v}}]\n";
        config.merge(Kubeconfig::parse(other).unwrap());
        let expected = expected
            .replace("users: [] # nobody\n", "users: # nobody\n- name: v\n  user:\n    token: t\n")
            .replace(
                "    user: jane\n",
                "    user: jane\n- context:\n    cluster: \"\"\n    user: v\n  name: b\n",
            )
            .replace("'https://c'", "'https://c', tls-server-name: c.local");
        assert_eq!(config.to_yaml_like(text.as_bytes()).as_str(), expected);
    }

    #[test]
    fn what_has_no_place_in_the_text_is_written_anew_below_its_comments() {
        let mut config = Kubeconfig::parse(TEXT).unwrap();
        config.users.reverse();
        let expected = format!(
            "# Ours; ask ops before you touch it.\n# the only one\n# both\n{}",
            config.to_yaml().as_str()
        );
        assert_eq!(config.to_yaml_like(TEXT.as_bytes()).as_str(), expected);
        for text in ["", "x: [", "\u{0}", "? current-context\n: a\n"] {
            assert_eq!(config.to_yaml_like(text.as_bytes()), config.to_yaml(), "{text:?}");
        }
        let own = config.to_yaml();
        assert_eq!(config.to_yaml_like(own.as_bytes()), own);
    }

    #[test]
    fn a_value_that_stands_there_twice_is_replaced_where_it_is_meant() {
        let twice = TEXT.replace("{token: abc}", "{client-key-data: b2xkIGtleQ==}");
        let expected = twice
            .replacen("b2xkIGtleQ==", &STANDARD.encode("a new key"), 1)
            .replace("b2xkIGNlcnQ=", &STANDARD.encode("new cert"));
        assert_eq!(renewed(&twice).to_yaml_like(twice.as_bytes()).as_str(), expected);
    }

    #[test]
    fn any_text_is_taken() {
        let mut config = Kubeconfig::parse(TEXT).unwrap();
        config.current_context = "z".into();
        for text in CORPUS {
            for end in 0..text.len() {
                let Some(start) = text.get(..end) else { continue };
                let new = config.to_yaml_like(start.as_bytes());
                assert_eq!(Kubeconfig::parse(new.as_str()).unwrap(), config);
            }
        }
        for text in [
            "#",
            "- #",
            "-",
            ":",
            "'#",
            "\"\\#",
            "? #\n: #",
            "{#",
            "a: {\n#\n}\n#",
            "- - - #\n",
            "a: |",
            "--- #",
        ] {
            assert_eq!(
                Kubeconfig::parse(config.to_yaml_like(text.as_bytes()).as_str()).unwrap(),
                config
            );
        }
    }
}
