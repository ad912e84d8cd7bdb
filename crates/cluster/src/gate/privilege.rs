//! What a client certificate gives to whoever holds it, as far as that has to be said out loud.
//! Values, never text: what was given before is compared with what would be given now.

use std::fmt;

use kubepki_ca::Subject;
use serde::Serialize;

use super::{Allow, look_alike};
use crate::{
    policy::{Refused, Rule},
    reserved::{CLUSTER_ADMINS, KUBEADM_ADMINS, NODE_PREFIX, NODES, Realm, SYSTEM_MASTERS},
    spec::quote,
};

/// One thing that a certificate gives and that nobody gets by accident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Privilege {
    /// The rule that keeps it.
    pub rule: Rule,
    /// What it consists of.
    pub claim: Claim,
    /// Why it is kept.
    pub why: String,
}

/// What a privilege consists of. Displayed as what follows "it would be new ".
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Claim {
    /// A client of etcd, by its common name.
    EtcdClient(String),
    /// A front proxy, by its common name.
    FrontProxy(String),
    /// A group.
    Group(String),
    /// A user.
    User(String),
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EtcdClient(_) => f.write_str("as a client of etcd"),
            Self::FrontProxy(_) => f.write_str("as a front proxy"),
            Self::Group(group) => write!(f, "in {}", quote(group)),
            Self::User(name) => write!(f, "as {}", quote(name)),
        }
    }
}

impl Privilege {
    /// Whether the operator has said it out loud.
    pub(super) const fn is_allowed(&self, allow: Allow) -> bool {
        match self.rule {
            Rule::ClusterAdmins => allow.cluster_admin,
            Rule::EtcdClient => allow.etcd_client,
            Rule::FrontProxy => allow.front_proxy,
            Rule::GroupBeyondSpec | Rule::Uid => allow.beyond_spec,
            Rule::SystemIdentity => allow.system_identity,
            Rule::SystemMasters => allow.system_masters,
            _ => false,
        }
    }

    /// Whether it is the same as another, whatever is said of it.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.rule == other.rule && self.claim == other.claim
    }

    pub(super) fn is_of_a_node(&self) -> bool {
        matches!(self.rule, Rule::NodeName | Rule::NodeGroup)
    }

    fn new(rule: Rule, claim: Claim, why: &str) -> Self {
        let text = match &claim {
            Claim::Group(text) | Claim::User(text) => quote(text),
            Claim::EtcdClient(_) => "a client certificate of etcd's CA".to_owned(),
            Claim::FrontProxy(_) => "a client certificate of the front-proxy CA".to_owned(),
        };
        Self { rule, claim, why: format!("{text} {why}") }
    }

    pub(super) fn beyond_spec(name: &str, group: &str) -> Self {
        let why = format!("the spec has `{name}` not in {}", quote(group));
        Self { rule: Rule::GroupBeyondSpec, claim: Claim::Group(group.to_owned()), why }
    }

    pub(super) fn alike(name: &str, of: &str) -> Self {
        let why = format!("{} and the spec's `{of}` differ in case alone", quote(name));
        Self { rule: Rule::LookAlike, claim: Claim::User(name.to_owned()), why }
    }

    pub(super) fn other_uid(name: &str, uid: &str) -> Self {
        let why = format!("{} is not the UID that the spec gives `{name}`", quote(uid));
        Self { rule: Rule::Uid, claim: Claim::User(name.to_owned()), why }
    }
}

/// Every privilege that a client certificate with this subject gives, where clients of its CA are
/// believed by these.
pub(super) fn privileges(subject: &Subject, realms: &[Realm]) -> Vec<Privilege> {
    let name = &subject.common_name;
    let of_realm = realms.iter().filter_map(|realm| of_realm(*realm, name));
    let groups = subject.organizations.iter().filter_map(|group| of_group(group));
    of_realm.chain(of_user(name, realms)).chain(groups).collect()
}

fn of_realm(realm: Realm, name: &str) -> Option<Privilege> {
    let name = name.to_owned();
    match realm {
        Realm::Apiserver => None,
        Realm::Etcd => Some(Privilege::new(
            Rule::EtcdClient,
            Claim::EtcdClient(name),
            "may read and write everything in etcd",
        )),
        Realm::FrontProxy => Some(Privilege::new(
            Rule::FrontProxy,
            Claim::FrontProxy(name),
            "may speak for every user, those of `system:masters` among them",
        )),
    }
}

/// What a group gives.
pub(super) fn of_group(group: &str) -> Option<Privilege> {
    let kept = |rule, why| Some(Privilege::new(rule, Claim::Group(group.to_owned()), why));
    match group {
        SYSTEM_MASTERS => kept(Rule::SystemMasters, "bypasses RBAC and cannot be revoked"),
        NODES => kept(Rule::NodeGroup, "is the group of nodes, and no user's"),
        CLUSTER_ADMINS | KUBEADM_ADMINS => {
            kept(Rule::ClusterAdmins, "may do everything in the cluster")
        }
        _ if group.starts_with("system:") => {
            kept(Rule::SystemIdentity, "is kept by Kubernetes for its components")
        }
        _ => look_alike(group, Claim::Group),
    }
}

/// What a user name gives. A name that belongs to clients of these CAs is no privilege beyond them.
pub(super) fn of_user(name: &str, realms: &[Realm]) -> Option<Privilege> {
    let kept = |rule, why: &str| Some(Privilege::new(rule, Claim::User(name.to_owned()), why));
    if name.starts_with(NODE_PREFIX) {
        return kept(Rule::NodeName, "is a node, and no user");
    }
    if name.starts_with("system:") {
        return kept(Rule::SystemIdentity, "is kept by Kubernetes for its components");
    }
    match reserved(name) {
        Some((reserved, realm)) if reserved == name => {
            let is_own = realm != Realm::Apiserver && realms.contains(&realm);
            if is_own { None } else { kept(Rule::SystemIdentity, "is a component of the cluster") }
        }
        Some((reserved, _)) => {
            kept(Rule::LookAlike, &format!("looks like the component `{reserved}`"))
        }
        None => look_alike(name, Claim::User),
    }
}

/// The reserved name that a text reads like.
pub(crate) fn reserved(text: &str) -> Option<(&'static str, Realm)> {
    look_alike::reserved(text)
}

fn look_alike(text: &str, claim: impl Fn(String) -> Claim) -> Option<Privilege> {
    let Refused { rule, message } = look_alike::check(text).err()?;
    Some(Privilege { rule, claim: claim(text.to_owned()), why: message })
}
