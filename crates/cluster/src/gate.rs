//! The gate: every certificate that authenticates a client passes here, whatever the verb, the CA
//! and the form. Nothing else in this crate can prepare a certificate for a CA's signature, for that
//! takes a `Passed`, and only the gate makes one. Reads no file, and decides on values alone.

mod allow;
mod binding;
pub(crate) mod look_alike;
mod people;
mod privilege;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use kubepki_ca::{
    Certificate, ExtendedKeyUsage, Issuance, Profile, PublicKey, Subject, SubjectAltName, Template,
    Validity,
};
use kubepki_keys::AuthorityKey;
use kubepki_model::Slot;

use crate::{
    authority_keys::Authority,
    catalog::CertificateRequest,
    fold::fold,
    policy::{Refused, Rule},
    reserved::{CLUSTER_ADMINS, NODE_PREFIX, NODES, Realm},
    spec::{CLUSTER_AUTHORITY, ClusterSpec, EntryContent, LeafSpec},
};

pub use allow::Allow;
pub(crate) use binding::check_binding;
pub(crate) use people::{check_group, check_group_form, check_user, check_user_form};
pub(crate) use privilege::reserved;
pub use privilege::{Claim, Privilege};

/// Where the wish for a certificate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The command line, or somebody's request.
    Asked,
    /// The table of the catalog: what a cluster cannot do without.
    Component,
    /// An entry of the layout `custom`: what was found in a folder, and what somebody added.
    Entry,
    /// A node that was asked for as such.
    Node,
    /// A user of the spec.
    User,
}

/// What the gate knows of a cluster.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    /// Who believes the clients of each CA.
    realms: BTreeMap<String, Vec<Realm>>,
    /// Whom the spec gives a client certificate for the apiserver.
    people: BTreeMap<String, Person>,
    /// Their names, by what is one name to a disk.
    folded: BTreeMap<String, String>,
    /// The nodes of the spec.
    nodes: BTreeSet<String>,
}

#[derive(Clone, Debug, Default)]
struct Person {
    groups: BTreeSet<String>,
    uid: Option<String>,
}

/// A certificate that has passed the gate, and may be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Passed {
    subject: Subject,
    subject_alt_names: Vec<SubjectAltName>,
    profile: Profile,
    lifetime: SignedDuration,
}

impl Gate {
    /// The gate of a cluster.
    pub(crate) fn of(spec: &ClusterSpec) -> Self {
        let realms = spec.authority_names().into_iter();
        let realms = realms.map(|name| (name.to_owned(), realms_of(spec, name))).collect();
        let mut people = BTreeMap::<String, Person>::new();
        for user in &spec.users {
            let person = people.entry(user.name.to_string()).or_default();
            person.groups.extend(user.groups.iter().cloned());
            person.uid.clone_from(&user.uid);
        }
        for leaf in spec.custom.entries.iter().filter_map(|entry| client(&entry.content)) {
            let Subject { common_name, organizations, uid, .. } = &leaf.subject;
            let person = people.entry(common_name.clone()).or_default();
            person.groups.extend(organizations.iter().cloned());
            person.uid = person.uid.take().or_else(|| uid.clone());
        }
        let nodes = spec.hosts.iter().filter(|host| spec.runs_kubelet(host));
        let nodes = nodes.map(|host| host.name.to_string()).collect();
        let folded = people.keys().map(|name| (fold(name), name.clone())).collect();
        Self { realms, people, folded, nodes }
    }

    /// The flags without which this certificate does not pass.
    pub(crate) fn flags(
        &self,
        request: &CertificateRequest,
        issuer: &str,
        origin: Origin,
        held: impl Fn() -> Option<Certificate>,
    ) -> Vec<&'static str> {
        let (mut allow, mut flags) = (Allow::default(), Vec::new());
        while let Err(privilege) = self.pass(request, issuer, origin, allow, &held) {
            match allow.with(privilege.rule) {
                Some((more, flag)) if more != allow => {
                    flags.push(flag);
                    allow = more;
                }
                _ => break,
            }
        }
        flags
    }

    /// Lets a certificate pass, or says which privilege it would give that nobody has allowed.
    ///
    /// `held` is asked for the certificate that is in its place and that its CA has truly signed:
    /// what that gives is not new.
    pub(crate) fn pass(
        &self,
        request: &CertificateRequest,
        issuer: &str,
        origin: Origin,
        allow: Allow,
        held: impl FnOnce() -> Option<Certificate>,
    ) -> Result<Passed, Box<Privilege>> {
        let authenticates = is_client(request.profile.extended_key_usage());
        if authenticates && origin != Origin::Component {
            let mut new = self.privileges(&request.subject, issuer, origin);
            new.retain(|privilege| !self.is_granted(privilege, origin, allow, &request.subject));
            if !new.is_empty()
                && let Some(held) = held()
                && is_client(held.extended_key_usage())
            {
                let of_held = privilege::privileges(held.subject(), self.realms(issuer));
                // A component's own name as a group gives nothing that the name does not.
                let own = Claim::Group(held.subject().common_name.clone());
                let is_own = |new: &Privilege| new.rule == Rule::SystemIdentity && new.claim == own;
                new.retain(|new| !is_own(new) && !of_held.iter().any(|held| held.is_same(new)));
            }
            if let Some(privilege) = new.into_iter().next() {
                return Err(Box::new(privilege));
            }
        }
        Ok(Passed {
            subject: request.subject.clone(),
            subject_alt_names: request.subject_alt_names.clone(),
            profile: request.profile,
            lifetime: request.lifetime,
        })
    }

    fn privileges(&self, subject: &Subject, issuer: &str, origin: Origin) -> Vec<Privilege> {
        let realms = self.realms(issuer);
        let mut privileges = privilege::privileges(subject, realms);
        if origin == Origin::Asked && !realms.iter().any(|realm| *realm != Realm::Apiserver) {
            privileges.extend(self.beyond_spec(subject));
        }
        privileges
    }

    fn is_granted(
        &self,
        privilege: &Privilege,
        origin: Origin,
        allow: Allow,
        subject: &Subject,
    ) -> bool {
        if privilege.is_allowed(allow) {
            return true;
        }
        match origin {
            Origin::Asked => privilege.is_of_a_node() && self.is_node(subject),
            Origin::Entry => privilege.is_of_a_node() && allow.system_identity,
            Origin::Node => privilege.is_of_a_node() && node_of(subject).is_some(),
            // A spec may make administrators, by the group that `rbac.yaml` binds.
            Origin::User => {
                matches!(&privilege.claim, Claim::Group(group) if group == CLUSTER_ADMINS)
            }
            Origin::Component => true,
        }
    }

    /// What a user of the spec would get that the spec does not give.
    fn beyond_spec(&self, subject: &Subject) -> Vec<Privilege> {
        let Subject { common_name, organizations, uid, .. } = subject;
        let Some(person) = self.people.get(common_name) else {
            let alike = self.folded.get(&fold(common_name));
            return alike.map(|name| Privilege::alike(common_name, name)).into_iter().collect();
        };
        let more = organizations.iter().filter(|group| !person.groups.contains(*group));
        let groups = more.map(|group| Privilege::beyond_spec(common_name, group));
        let other = uid.as_ref().filter(|uid| person.uid.as_ref() != Some(uid));
        groups.chain(other.map(|uid| Privilege::other_uid(common_name, uid))).collect()
    }

    /// Whether the spec gives this user a certificate.
    pub(crate) fn has_person(&self, name: &str) -> bool {
        self.people.contains_key(name)
    }

    /// Whether it is one of the spec's nodes, and in the group of nodes alone.
    fn is_node(&self, subject: &Subject) -> bool {
        node_of(subject).is_some_and(|node| self.nodes.contains(node))
    }

    /// Who believes the clients of a CA; of one that nobody is known to, only its names are judged.
    fn realms(&self, issuer: &str) -> &[Realm] {
        self.realms.get(issuer).map_or(&[], Vec::as_slice)
    }
}

impl Passed {
    /// Prepares it for the signature of a CA.
    pub(crate) fn prepare<'a>(
        &self,
        issuer: &'a Authority,
        key: &PublicKey,
        now: Timestamp,
    ) -> Result<Issuance<'a, AuthorityKey>, kubepki_ca::Error> {
        let template = Template {
            subject: self.subject.clone(),
            subject_alt_names: self.subject_alt_names.clone(),
            profile: self.profile,
            validity: Validity::starting(now, self.lifetime)?,
        };
        issuer.prepare(&template, key)
    }

    pub(crate) const fn subject(&self) -> &Subject {
        &self.subject
    }

    pub(crate) fn subject_alt_names(&self) -> &[SubjectAltName] {
        &self.subject_alt_names
    }

    pub(crate) const fn profile(&self) -> Profile {
        self.profile
    }

    pub(crate) const fn lifetime(&self) -> SignedDuration {
        self.lifetime
    }
}

/// What a certificate by the CA of users would give that nobody has allowed: for a signer that is not
/// ours.
pub(crate) fn check_claims(subject: &Subject, allow: Allow) -> Result<(), Refused> {
    let privileges = privilege::privileges(subject, &[Realm::Apiserver]);
    let new = privileges.into_iter().find(|privilege| !privilege.is_allowed(allow));
    new.map_or(Ok(()), |privilege| Err(privilege.into()))
}

/// The node that a subject speaks for, where it is in the group of nodes and in no other.
fn node_of(subject: &Subject) -> Option<&str> {
    let node = subject.common_name.strip_prefix(NODE_PREFIX)?;
    (subject.organizations == [NODES]).then_some(node)
}

/// Whether a certificate with these usages authenticates a client: without any, it does too, as Go
/// and OpenSSL see it.
fn is_client(usages: &[ExtendedKeyUsage]) -> bool {
    usages.is_empty()
        || usages.contains(&ExtendedKeyUsage::ClientAuth)
        || usages.contains(&ExtendedKeyUsage::Any)
}

/// What an entry asks for, where it is a client of the apiserver.
fn client(content: &EntryContent) -> Option<&LeafSpec> {
    let (EntryContent::Certificate { leaf, .. } | EntryContent::Kubeconfig { leaf, .. }) = content
    else {
        return None;
    };
    let is_client = is_client(leaf.usages.profile().extended_key_usage());
    (is_client && leaf.issuer == CLUSTER_AUTHORITY).then_some(leaf)
}

/// Who believes the clients of a CA of the spec: by its name, and by what it issues.
fn realms_of(spec: &ClusterSpec, authority: &str) -> Vec<Realm> {
    let of_name = match Slot::named(authority) {
        Some(Slot::ClusterCa) => return vec![Realm::Apiserver],
        Some(Slot::EtcdCa | Slot::EtcdPeerCa | Slot::EtcdServerCa) => Some(Realm::Etcd),
        Some(Slot::FrontProxyCa) => Some(Realm::FrontProxy),
        _ => None,
    };
    let mut realms: BTreeSet<_> = of_name.into_iter().collect();
    for entry in &spec.custom.entries {
        let (EntryContent::Certificate { leaf, .. } | EntryContent::Kubeconfig { leaf, .. }) =
            &entry.content
        else {
            continue;
        };
        if leaf.issuer == authority {
            realms.extend(match entry.slot().authority() {
                Some(Slot::EtcdCa) => Some(Realm::Etcd),
                Some(Slot::FrontProxyCa) => Some(Realm::FrontProxy),
                _ => None,
            });
        }
    }
    realms.into_iter().collect()
}
