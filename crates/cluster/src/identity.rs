//! One identity outside the spec: who may be called what, and with which rights. Issues nothing.

use kubepki_ca::{CLIENT, DnsName, PEER, Profile, SERVER, Subject, SubjectAltName};

use crate::{
    catalog::CertificateRequest,
    gate::{Allow, Gate, Origin, check_group_form, check_user_form},
    policy::Refused,
    reserved::NODES,
    spec::{
        CLUSTER_AUTHORITY, ClusterSpec, HostName, InvalidValue, KeyAlgorithm, Lifetime, check_uid,
        quote,
    },
};

/// What an identity is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdentityKind {
    /// A program that authenticates itself: `clientAuth`.
    Client,
    /// A kubelet: a client and a serving certificate.
    Node,
    /// A server that also dials, such as an etcd member: both usages.
    Peer,
    /// A server: `serverAuth`.
    Server,
    /// A person or a robot, with Kubernetes groups.
    User,
}

/// The name of the CA that issues an identity: `ca`, which the apiserver believes about users, unless
/// it is another of the spec. Every client certificate of `etcd-ca` may do everything in etcd, and one
/// of `front-proxy-ca` may speak for every user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerName(String);

impl IssuerName {
    /// Whether it is the CA that issues users.
    pub fn is_of_users(&self) -> bool {
        self.0 == CLUSTER_AUTHORITY
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn check(&self, spec: &ClusterSpec) -> Result<(), InvalidValue> {
        let names = spec.authority_names();
        if names.contains(&self.as_str()) {
            return Ok(());
        }
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        Err(InvalidValue::new(format!("{} is no CA of the spec", quote(&self.0)))
            .hinted(format!("one of {}", names.join(", "))))
    }
}

impl Default for IssuerName {
    fn default() -> Self {
        Self(CLUSTER_AUTHORITY.to_owned())
    }
}

/// Whether there is such a CA, the spec tells: [`Identity::new`].
impl From<&str> for IssuerName {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Wish {
    /// What it is for.
    pub kind: IdentityKind,
    /// The user's, host's or program's name.
    pub name: String,
    /// The groups, for users and clients.
    pub groups: Vec<String>,
    /// The user id.
    pub uid: Option<String>,
    /// The names it is good for; a node of the spec has its own.
    pub subject_alt_names: Vec<SubjectAltName>,
    /// How long it lives, where not as long as the spec says.
    pub lifetime: Option<Lifetime>,
    /// The algorithm of its key, where not the spec's.
    pub key_algorithm: Option<KeyAlgorithm>,
    /// Who issues it.
    pub issuer: IssuerName,
}

impl Wish {
    /// An identity as the spec's defaults make it, by the CA that users have theirs from, in no group.
    pub fn new(kind: IdentityKind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            groups: Vec::new(),
            uid: None,
            subject_alt_names: Vec::new(),
            lifetime: None,
            key_algorithm: None,
            issuer: IssuerName::default(),
        }
    }
}

/// A wish that may be granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// A name that is safe as a file name.
    pub file_name: String,
    pub(crate) kind: IdentityKind,
    pub(crate) subject: Subject,
    pub(crate) subject_alt_names: Vec<SubjectAltName>,
    pub(crate) lifetime: Option<Lifetime>,
    pub(crate) key_algorithm: Option<KeyAlgorithm>,
    pub(crate) issuer: IssuerName,
    pub(crate) allow: Allow,
}

impl Identity {
    /// Checks a wish.
    ///
    /// # Errors
    /// Names the rule that is broken, and the flag that would allow it where there is one.
    pub fn new(wish: Wish, allow: Allow, spec: &ClusterSpec) -> Result<Self, InvalidValue> {
        wish.issuer.check(spec)?;
        let ca_lifetime = spec.certificates.ca_lifetime;
        if wish.lifetime.is_some_and(|lifetime| lifetime > ca_lifetime) {
            return Err(InvalidValue::new(format!(
                "the lifetime is longer than the CA's {ca_lifetime}"
            ))
            .hinted("choose a shorter one: credentials of people live for hours"));
        }
        let mut identity = Self {
            file_name: wish.name.replace(':', "-"),
            kind: wish.kind,
            subject: Subject::new(&wish.name),
            subject_alt_names: wish.subject_alt_names,
            lifetime: wish.lifetime,
            key_algorithm: wish.key_algorithm,
            issuer: wish.issuer,
            allow,
        };
        identity.subject.uid.clone_from(&wish.uid);
        match wish.kind {
            IdentityKind::User | IdentityKind::Client => {
                identity.subject.organizations = wish.groups;
            }
            IdentityKind::Node => {
                only_users_have(&wish.groups, wish.uid.as_ref())?;
                identity.node(&wish.name, spec)?;
            }
            IdentityKind::Peer | IdentityKind::Server => {
                only_users_have(&wish.groups, wish.uid.as_ref())?;
                identity.server(&wish.name)?;
            }
        }
        identity.subject_alt_names.sort();
        identity.subject_alt_names.dedup();
        identity.pass(&Gate::of(spec), spec)?;
        identity.check_form()?;
        Ok(identity)
    }

    /// The user that an apiserver takes it for.
    pub fn user_name(&self) -> &str {
        &self.subject.common_name
    }

    /// What the plan will say, before anything is read.
    fn pass(&self, gate: &Gate, spec: &ClusterSpec) -> Result<(), InvalidValue> {
        let request = CertificateRequest {
            subject: self.subject.clone(),
            subject_alt_names: Vec::new(),
            profile: self.profile(),
            lifetime: spec.certificates.lifetime.duration(),
            key_algorithm: spec.certificates.key_algorithm,
        };
        gate.pass(&request, self.issuer.as_str(), self.origin(), self.allow, || None)
            .map_err(|privilege| Refused::from(*privilege))?;
        let name = self.user_name();
        if self.kind == IdentityKind::Peer && self.issuer.is_of_users() && gate.has_person(name) {
            return Err(InvalidValue::new(format!("{} is a user of the spec", quote(name)))
                .hinted("choose another name, or issue the user: `kubepki issue user`"));
        }
        Ok(())
    }

    /// How names are written. An apiserver takes a peer for a user too.
    fn check_form(&self) -> Result<(), InvalidValue> {
        let Subject { common_name, organizations, uid, .. } = &self.subject;
        match self.kind {
            IdentityKind::Node | IdentityKind::Server => return Ok(()),
            IdentityKind::Client | IdentityKind::Peer | IdentityKind::User => {}
        }
        check_user_form(common_name)?;
        for (position, group) in organizations.iter().enumerate() {
            check_group_form(group)?;
            if organizations[..position].contains(group) {
                let message = format!("the group {} is there twice", quote(group));
                return Err(InvalidValue::new(message).hinted("name it once"));
            }
        }
        uid.as_deref().map_or(Ok(()), check_uid)
    }

    pub(crate) const fn origin(&self) -> Origin {
        match self.kind {
            IdentityKind::Node => Origin::Node,
            _ => Origin::Asked,
        }
    }

    pub(crate) const fn profile(&self) -> Profile {
        match self.kind {
            IdentityKind::Client | IdentityKind::Node | IdentityKind::User => CLIENT,
            IdentityKind::Peer => PEER,
            IdentityKind::Server => SERVER,
        }
    }

    /// A kubelet lower-cases its host's name; in the spec, its names and addresses are known.
    fn node(&mut self, name: &str, spec: &ClusterSpec) -> Result<(), InvalidValue> {
        let host: HostName = name.to_ascii_lowercase().parse()?;
        self.file_name = host.to_string();
        self.subject = Subject::new(format!("system:node:{host}")).with_organizations([NODES]);
        self.subject_alt_names.push(SubjectAltName::Dns(host.dns_name().clone()));
        if let Some(known) = spec.hosts.iter().find(|known| known.name == host) {
            if !spec.runs_kubelet(known) {
                return Err(InvalidValue::new(format!(
                    "the host `{host}` is no worker in the spec"
                ))
                .hinted("add `worker` to its `roles` in the spec: then a kubelet runs there"));
            }
            self.subject_alt_names.extend(known.names.iter().cloned().map(SubjectAltName::Dns));
            self.subject_alt_names.extend(known.addresses.iter().copied().map(SubjectAltName::Ip));
        } else if !self.subject_alt_names.iter().any(|name| matches!(name, SubjectAltName::Ip(_))) {
            return Err(InvalidValue::new(format!(
                "the spec has no host `{host}`, and no address is given"
            ))
            .hinted(
                "name its addresses with `--san`, or add it to the spec and use `kubepki apply`",
            ));
        }
        Ok(())
    }

    /// A server's own name is one of its names, where it can be.
    fn server(&mut self, name: &str) -> Result<(), InvalidValue> {
        let own = DnsName::parse(name).map_err(|error| InvalidValue::new(error.to_string()))?;
        self.file_name = own.as_str().replacen('*', "_", 1);
        self.subject_alt_names.push(SubjectAltName::Dns(own));
        Ok(())
    }
}

fn only_users_have(groups: &[String], uid: Option<&String>) -> Result<(), InvalidValue> {
    if groups.is_empty() && uid.is_none() {
        return Ok(());
    }
    Err(InvalidValue::new("only users and clients have groups and a user id"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::SystemMasters;

    const SPEC: &str = "
apiVersion: kubepki/v1alpha1
kind: Cluster
name: demo
endpoint: api.example.com
serviceCIDRs: [10.32.0.0/24]
hosts:
- {name: node-0, roles: [control-plane, worker], addresses: [10.0.0.1], names: [node-0.example.com]}
";

    fn wish(kind: IdentityKind, name: &str, groups: &[&str]) -> Wish {
        Wish {
            kind,
            name: name.to_owned(),
            groups: groups.iter().map(|group| (*group).to_owned()).collect(),
            uid: None,
            subject_alt_names: vec![],
            lifetime: None,
            key_algorithm: None,
            issuer: IssuerName::default(),
        }
    }

    fn identity(wish: Wish, permissions: Allow) -> Result<Identity, InvalidValue> {
        let spec = ClusterSpec::parse(SPEC, SystemMasters::Refused).unwrap();
        Identity::new(wish, permissions, &spec)
    }

    #[test]
    fn each_privilege_has_its_own_flag() {
        let masters = Allow { system_masters: true, ..Allow::default() };
        let system = Allow { system_identity: true, ..Allow::default() };
        let admin = Allow { cluster_admin: true, ..Allow::default() };
        for (name, group, wanted, flag) in [
            ("jane", "system:masters", masters, "--danger-system-masters"),
            ("jane", "system:monitoring", system, "--system-identity"),
            ("system:kube-scheduler", "dev", system, "--system-identity"),
            ("jane", "kubepki:cluster-admins", admin, "--cluster-admin"),
        ] {
            for permissions in [Allow::default(), masters, system, admin] {
                let result = identity(wish(IdentityKind::User, name, &[group]), permissions);
                assert_eq!(result.is_ok(), permissions == wanted, "{name} {group} {permissions:?}");
                if permissions == Allow::default() {
                    assert!(result.unwrap_err().hint().unwrap().contains(flag));
                }
            }
        }
    }

    #[test]
    fn dangerous_names_and_look_alikes_are_refused() {
        let all = Allow::EVERYTHING;
        for name in
            ["", "a/b", "..", "a\0b", "-x", &"a".repeat(300), "system:", "system:../x", "a b"]
        {
            assert!(identity(wish(IdentityKind::User, name, &[]), all).is_err(), "{name:?}");
        }
        for group in [
            "system:masters ",
            " system:masters",
            "system:masters\0",
            "system:\u{200b}masters",
            "dev,ops",
            "system:",
        ] {
            let result = identity(wish(IdentityKind::User, "jane", &[group]), Allow::default());
            assert!(result.is_err(), "{group:?}");
        }
    }

    #[test]
    fn a_node_is_lower_case_and_known_by_the_spec() {
        let node = identity(wish(IdentityKind::Node, "NODE-0", &[]), Allow::default()).unwrap();
        assert_eq!(node.subject.to_string(), "O=system:nodes, CN=system:node:node-0");
        let names: Vec<_> = node.subject_alt_names.iter().map(ToString::to_string).collect();
        assert_eq!(names, ["DNS:node-0", "DNS:node-0.example.com", "IP:10.0.0.1"]);
        assert!(identity(wish(IdentityKind::Node, "node-9", &[]), Allow::default()).is_err());
        assert!(identity(wish(IdentityKind::Node, "node-0", &["dev"]), Allow::default()).is_err());
    }
}
