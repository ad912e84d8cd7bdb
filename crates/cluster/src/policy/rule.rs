//! The rules that a request can break, by their names.

use std::fmt;

use kubepki_ca::Error;
use serde::{Serialize, Serializer};

use crate::{gate::Privilege, spec::InvalidValue};

/// A rule. Its name is what errors and tests call it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Rule {
    /// `kubepki:` groups need `--cluster-admin`.
    ClusterAdmins,
    /// One CN, and one that the profile allows.
    CommonName,
    /// Clients of etcd need `--danger-etcd-client`.
    EtcdClient,
    /// A life of the API's is 600 seconds or more.
    Expiration,
    /// Clients of the front-proxy CA need `--danger-front-proxy`.
    FrontProxy,
    /// Groups are as in a spec: 1 to 64 visible characters, no comma, none twice.
    Group,
    /// A user of the spec gets no group beyond the spec's without `--beyond-spec`.
    GroupBeyondSpec,
    /// The key is not weak.
    Key,
    /// Nothing looks like a name that Kubernetes or kubepki keeps for itself.
    LookAlike,
    /// It is a PKCS#10 request in PEM.
    Malformed,
    /// One attribute an RDN.
    MultiValuedRdn,
    /// A node has O=system:nodes and no other group, and nobody else has it.
    NodeGroup,
    /// A node is CN=system:node: and a host of the spec, and nobody else is.
    NodeName,
    /// A server has a name.
    NoName,
    /// A node asks for itself.
    Requester,
    /// Names are within the spec's, or allowed.
    San,
    /// Names are DNS names and addresses.
    SanKind,
    /// The signature is the key's own.
    Signature,
    /// The signature is made with SHA-2.
    SignatureAlgorithm,
    /// The signer of Kubernetes' own that it is for would sign it.
    Signer,
    /// It is at most 64 KiB.
    Size,
    /// CN, O and UID are UTF8String or PrintableString.
    StringType,
    /// Identities that Kubernetes or kubepki keeps for itself need `--system-identity`.
    SystemIdentity,
    /// `system:masters` needs `--danger-system-masters`.
    SystemMasters,
    /// CN, O and UID are visible text without control characters and white space around it.
    Text,
    /// At most one UID, and the spec's.
    Uid,
    /// The usages are those of the profile.
    Usages,
    /// Wildcards are allowed one by one.
    Wildcard,
}

impl Rule {
    /// The name, such as `system-masters`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClusterAdmins => "cluster-admins",
            Self::CommonName => "common-name",
            Self::EtcdClient => "etcd-client",
            Self::Expiration => "expiration",
            Self::FrontProxy => "front-proxy",
            Self::Group => "group",
            Self::GroupBeyondSpec => "group-beyond-spec",
            Self::Key => "key",
            Self::LookAlike => "look-alike",
            Self::Malformed => "malformed",
            Self::MultiValuedRdn => "multi-valued-rdn",
            Self::NodeGroup => "node-group",
            Self::NodeName => "node-name",
            Self::NoName => "no-name",
            Self::Requester => "requester",
            Self::San => "san",
            Self::SanKind => "san-kind",
            Self::Signature => "signature",
            Self::SignatureAlgorithm => "signature-algorithm",
            Self::Signer => "signer",
            Self::Size => "size",
            Self::StringType => "string-type",
            Self::SystemIdentity => "system-identity",
            Self::SystemMasters => "system-masters",
            Self::Text => "text",
            Self::Uid => "uid",
            Self::Usages => "usages",
            Self::Wildcard => "wildcard",
        }
    }

    /// What to do about it.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::ClusterAdmins => "insist with `--cluster-admin`, or give another group",
            Self::CommonName => "ask for the request again, with one CN that the profile allows",
            Self::EtcdClient => "insist with `--danger-etcd-client`, or name another CA",
            Self::Expiration => "ask again with `expirationSeconds` of 600 or more, or without it",
            Self::FrontProxy => "insist with `--danger-front-proxy`, or name another CA",
            Self::Group => "name the groups yourself with `--group`",
            Self::GroupBeyondSpec => {
                "add the group to the user in the spec, or insist with `--beyond-spec`"
            }
            Self::Key => {
                "ask for a new key: ECDSA P-256 or P-384, Ed25519, or RSA of 2048 bits and more"
            }
            Self::LookAlike => "do not sign it: somebody wants to be taken for somebody else",
            Self::Malformed => "ask for a PKCS#10 request in PEM, as `kubepki csr new` makes it",
            Self::MultiValuedRdn => "ask for the request again, with each attribute on its own",
            Self::NodeGroup => "a node asks with `--profile node-client` and O=system:nodes alone",
            Self::NodeName => {
                "a node asks for CN=system:node:<host>, and the spec has the host, as a worker"
            }
            Self::NoName => "ask for the request again, with a subjectAltName",
            Self::Requester => {
                "have the node ask itself; sign for others from a file: `kubepki sign`"
            }
            Self::San => {
                "allow the name with `--san` (server and client); a node has those of its host in the spec"
            }
            Self::SanKind => "ask for the request again, with DNS names and addresses alone",
            Self::Signature => {
                "the request was changed on its way, or the key is another's: ask again"
            }
            Self::SignatureAlgorithm => {
                "ask for a signature with SHA-256, which is openssl's default"
            }
            Self::Signer => {
                "deny it, and have it asked again: `kubepki csr manifest` knows the rules"
            }
            Self::Size => "a request has a few KiB: is it the right file?",
            Self::StringType => "ask for the request again, in UTF-8",
            Self::SystemIdentity => "insist with `--system-identity`, or choose another name",
            Self::SystemMasters => {
                "use `kubepki:cluster-admins`, or insist with `--danger-system-masters`"
            }
            Self::Text => "ask for the request again, with the plain name",
            Self::Uid => "leave the UID out, give the spec's, or insist with `--beyond-spec`",
            Self::Usages => {
                "ask again with the usages of the profile, such as `client auth` for user"
            }
            Self::Wildcard => {
                "allow this very wildcard with `--san` (server and client), and so each name of the cluster's own that it covers"
            }
        }
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a request gets no certificate. Displayed as `RULE: MESSAGE`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {message}")]
pub struct Refused {
    /// The rule that it broke.
    pub rule: Rule,
    /// What broke it, a lowercase fragment.
    pub message: String,
}

impl Refused {
    pub(crate) fn new(rule: Rule, message: impl Into<String>) -> Self {
        Self { rule, message: message.into() }
    }
}

impl From<Privilege> for Refused {
    fn from(privilege: Privilege) -> Self {
        Self { rule: privilege.rule, message: privilege.why }
    }
}

/// The rule behind an error of reading a request.
impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        let rule = match error {
            Error::Signature { .. } => Rule::Signature,
            Error::TooLarge { .. } => Rule::Size,
            Error::UnsupportedKey { .. } => Rule::Key,
            Error::UnsupportedSignature { .. } => Rule::SignatureAlgorithm,
            _ => Rule::Malformed,
        };
        Self::new(rule, error.to_string())
    }
}

/// A name or group that somebody gives by hand, and no request's: there is nobody to ask again.
impl From<Refused> for InvalidValue {
    fn from(refused: Refused) -> Self {
        let hint = match refused.rule {
            Rule::CommonName => "use letters, digits and single inner `.`, `_`, `@` or `-`",
            Rule::Group => "choose another group, without `,` and control characters",
            Rule::LookAlike => "choose a name that nobody takes for one that is kept",
            Rule::Text => "write the plain name",
            rule => rule.hint(),
        };
        Self::new(refused.message).hinted(hint)
    }
}
