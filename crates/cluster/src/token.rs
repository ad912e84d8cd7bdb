//! Tokens: bootstrap tokens for kubelets that have no certificate yet, and lines of a static token
//! file. Reads no clock; a token is shown by nothing but the texts made for it.

mod manifest_file;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use kubepki_kubeconfig::{
    AuthInfo, Cluster, Context, Kubeconfig, NamedCluster, NamedContext, NamedUser,
};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use crate::{
    gate::{Allow, check_group, check_user},
    manifest::binding,
    spec::{ClusterSpec, InvalidValue, Lifetime, check_uid, quote},
};

pub use manifest_file::{BootstrapTokenError, BootstrapTokenFile};

/// The name of the user in a bootstrap kubeconfig, which no apiserver sees.
pub(crate) const BOOTSTRAP_USER: &str = "kubelet-bootstrap";

/// How long the token of a catalog is good for: what `kubeadm init` gives its own.
pub(crate) const BOOTSTRAP_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// The operating system gave no random bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the operating system gave no random bytes")]
pub struct NoRandom;

/// A bootstrap token, `<6 characters>.<16 characters>` of a-z and 0-9.
pub struct BootstrapToken {
    id: String,
    secret: Zeroizing<String>,
}

impl BootstrapToken {
    /// Makes a new token.
    pub fn generate() -> Result<Self, NoRandom> {
        Ok(Self { id: characters(6)?.to_string(), secret: characters(16)? })
    }

    /// The public half, which names the Secret.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The Secret that makes the apiserver take the token, and the three ClusterRoleBindings that
    /// let its holder get a certificate and a node renew its own, as YAML.
    pub fn manifest(&self, groups: &[BootstrapGroup], expires: Timestamp) -> Zeroizing<String> {
        let Self { id, secret } = self;
        let groups: Vec<_> = groups.iter().map(|group| group.0.as_str()).collect();
        let groups = match groups.as_slice() {
            [] => String::new(),
            some => format!("  auth-extra-groups: {}\n", some.join(",")),
        };
        let expiration = expires.strftime("%Y-%m-%dT%H:%M:%SZ");
        let mut text = Zeroizing::new(format!(
            "# Made by kubepki. It holds a token: whoever has it can join a node until it expires.
apiVersion: v1
kind: Secret
metadata:
  name: bootstrap-token-{id}
  namespace: kube-system
type: bootstrap.kubernetes.io/token
stringData:
  description: kubelet TLS bootstrapping, made by kubepki
  token-id: \"{id}\"
  token-secret: \"{}\"
  expiration: \"{expiration}\"
  usage-bootstrap-authentication: \"true\"
{groups}",
            secret.as_str()
        ));
        binding_texts().for_each(|binding| text.push_str(&binding));
        text
    }

    /// A kubeconfig that a kubelet takes as `--bootstrap-kubeconfig`; `ca` is PEM.
    pub fn kubeconfig(&self, spec: &ClusterSpec, ca: &str) -> Zeroizing<String> {
        self.kubeconfig_for(spec.name.as_str(), &spec.endpoint.url(), ca)
    }

    /// The same for a cluster's name and its apiserver's URL.
    pub(crate) fn kubeconfig_for(
        &self,
        cluster: &str,
        server: &str,
        ca: &str,
    ) -> Zeroizing<String> {
        let (cluster, user) = (cluster.to_owned(), BOOTSTRAP_USER.to_owned());
        let token = Zeroizing::new(format!("{}.{}", self.id, self.secret.as_str()));
        let context = format!("{user}@{cluster}");
        let config = Kubeconfig {
            clusters: vec![NamedCluster {
                name: cluster.clone(),
                cluster: Cluster {
                    server: server.to_owned(),
                    certificate_authority_data: Some(ca.into()),
                    ..Cluster::default()
                },
                ..NamedCluster::default()
            }],
            users: vec![NamedUser {
                name: user.clone(),
                user: AuthInfo { token: Some(token.to_string().into()), ..AuthInfo::default() },
                ..NamedUser::default()
            }],
            contexts: vec![NamedContext {
                name: context.clone(),
                context: Context { cluster, user, ..Context::default() },
                ..NamedContext::default()
            }],
            current_context: context,
            ..Kubeconfig::default()
        };
        config.to_yaml()
    }
}

impl fmt::Debug for BootstrapToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, secret: _ } = self;
        f.debug_struct("BootstrapToken").field("id", id).finish_non_exhaustive()
    }
}

fn binding_texts() -> impl Iterator<Item = String> {
    BINDINGS.iter().map(|(name, role, group)| binding(name, role, "Group", group))
}

/// Who may ask for a node's first certificate, whose request is approved by itself, and whose
/// renewal is (kubelet TLS bootstrapping in the documentation of Kubernetes).
const BINDINGS: [(&str, &str, &str); 3] = [
    ("kubepki:kubelet-bootstrap", "system:node-bootstrapper", "system:bootstrappers"),
    (
        "kubepki:node-autoapprove-bootstrap",
        "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
        "system:bootstrappers",
    ),
    (
        "kubepki:node-autoapprove-certificate-rotation",
        "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
        "system:nodes",
    ),
];

/// A group of a bootstrap token beside `system:bootstrappers`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BootstrapGroup(String);

/// Reads `system:bootstrappers:<a-z, 0-9, :, ->` (BootstrapGroupPattern of Kubernetes).
impl std::str::FromStr for BootstrapGroup {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b":-".contains(&b);
        let rest = text.strip_prefix("system:bootstrappers:").unwrap_or_default();
        let ends_well = rest.bytes().last().is_some_and(|b| b.is_ascii_alphanumeric());
        if ends_well && rest.len() <= 256 && rest.bytes().all(is_inner) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidValue::new(format!("{} is no group of a bootstrap token", quote(text)))
                .hinted("write `system:bootstrappers:<name>` with a-z, 0-9, `:` and `-`"))
        }
    }
}

impl Default for BootstrapGroup {
    /// `system:bootstrappers:kubepki`.
    fn default() -> Self {
        Self("system:bootstrappers:kubepki".to_owned())
    }
}

/// When a bootstrap token that is made `now` expires.
pub fn expiration(now: Timestamp, lifetime: Lifetime) -> Result<Timestamp, InvalidValue> {
    now.checked_add(lifetime.duration()).map_err(|_| {
        InvalidValue::new("the expiration is beyond the year 9999").hinted("write less")
    })
}

/// A user for the apiserver's `--token-auth-file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaticUser {
    name: String,
    groups: Vec<String>,
    uid: String,
}

impl StaticUser {
    /// Checks the name, the groups and the UID, which is the name where none is given.
    pub fn new(
        name: &str,
        groups: Vec<String>,
        uid: Option<String>,
        allow: Allow,
    ) -> Result<Self, InvalidValue> {
        check_user(name, allow)?;
        groups.iter().try_for_each(|group| check_group(group, allow))?;
        uid.as_deref().map_or(Ok(()), check_uid)?;
        Ok(Self { name: name.to_owned(), groups, uid: uid.unwrap_or_else(|| name.to_owned()) })
    }

    /// A line with a new token: token, user, UID and groups as CSV.
    pub fn line(&self) -> Result<Zeroizing<String>, NoRandom> {
        let Self { name, groups, uid } = self;
        // 40 of 36 characters are 206 bits.
        let token = characters(40)?;
        // Reserved in full, so that no reallocation leaves a copy of the token behind.
        let length = name.len() + uid.len() + groups.iter().map(String::len).sum::<usize>();
        let mut line = Zeroizing::new(String::with_capacity(64 + 3 * length + groups.len()));
        line.push_str(&token);
        for field in [name, uid] {
            line.push(',');
            line.push_str(&csv(field));
        }
        if !groups.is_empty() {
            line.push(',');
            // One field that holds all groups, and so in quotes even where CSV would need none.
            line.push_str(&quoted(&groups.join(",")));
        }
        line.push('\n');
        Ok(line)
    }
}

/// A CSV field (RFC 4180, 2), in quotes where it needs them.
fn csv(field: &str) -> String {
    let needs_quotes = field.contains([',', '"', '\r', '\n']) || field.starts_with([' ', '#']);
    if needs_quotes { quoted(field) } else { field.to_owned() }
}

fn quoted(field: &str) -> String {
    format!("\"{}\"", field.replace('"', "\"\""))
}

/// Random characters of a-z and 0-9, each as likely as any other.
fn characters(count: usize) -> Result<Zeroizing<String>, NoRandom> {
    const ALPHABET: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let random = SystemRandom::new();
    let mut text = Zeroizing::new(String::with_capacity(count));
    let mut octets = Zeroizing::new([0_u8; 64]);
    while text.len() < count {
        random.fill(octets.as_mut()).map_err(|_| NoRandom)?;
        // 252 = 7 * 36: what is above would make the first characters likelier.
        let even = octets.iter().filter(|octet| **octet < 252);
        let letters = even.map(|octet| char::from(ALPHABET[usize::from(*octet) % 36]));
        let missing = count - text.len();
        text.extend(letters.take(missing));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_kubernetes_form_and_never_show() {
        let token = BootstrapToken::generate().unwrap();
        let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        assert!(token.id.len() == 6 && token.id.bytes().all(is_plain));
        assert!(token.secret.len() == 16 && token.secret.bytes().all(is_plain));
        assert!(!format!("{token:?}").contains(token.secret.as_str()));
        assert_ne!(BootstrapToken::generate().unwrap().id, token.id);
    }

    #[test]
    fn static_lines_are_csv_with_all_groups_in_one_field() {
        let none = Allow::default();
        let line = |user: &str, groups: &[&str], uid: Option<&str>| {
            let groups: Vec<_> = groups.iter().map(|g| (*g).to_owned()).collect();
            StaticUser::new(user, groups, uid.map(str::to_owned), none).map(|u| u.line().unwrap())
        };
        let fields = line("jane", &["dev", "a \"b\""], Some("7,8")).unwrap();
        let (token, rest) = fields.split_once(',').unwrap();
        assert_eq!(token.len(), 40);
        assert_eq!(rest, "jane,\"7,8\",\"dev,a \"\"b\"\"\"\n");
        assert!(line("jane", &[], None).unwrap().ends_with(",jane,jane\n"));
        assert!(line("jane", &["system:masters"], None).is_err());
        assert!(line("a,b", &[], None).is_err());
        assert!(line("jane", &["a,b"], None).is_err());
    }

    #[test]
    fn bootstrap_groups_are_bootstrappers() {
        for bad in ["system:masters", "system:bootstrappers:", "system:bootstrappers:A", "x"] {
            assert!(bad.parse::<BootstrapGroup>().is_err(), "{bad}");
        }
        assert!(
            "system:bootstrappers:kubeadm:default-node-token".parse::<BootstrapGroup>().is_ok()
        );
    }
}
