//! From what was found to what should be: the entries of the spec. What a role demands is added, so
//! that the plan shows what a certificate lacks; everything else is as it was found.

use std::collections::HashSet;

use kubepki_ca::{
    Certificate, DnsName, ExtendedKeyUsage, KeyAlgorithm, Subject, SubjectAltName, Validity,
};
use kubepki_model::Slot;

use super::{
    Note,
    authorities::{Authorities, Authority},
    clients::Client,
    guess::{Cluster, most_common},
    hosts::Hosts,
    leaves::{Leaf, Place},
    names::Names,
    pairs::{KeyPairFiles, base, missing_key},
    role::Role,
};
use crate::{
    catalog::sans::first_address,
    reserved::SYSTEM_MASTERS,
    spec::{
        AuthoritySpec, CLUSTER_AUTHORITY, CertificatePolicy, ConnectionSpec, CustomFiles,
        ENTRY_ROLES, EntryContent, EntrySpec, HostName, LeafSpec, Lifetime, Usages,
        check_attribute,
    },
};

/// Everything that there is, to be described.
pub(super) struct Inventory<'a> {
    pub(super) cluster: &'a Cluster,
    pub(super) authorities: &'a Authorities,
    pub(super) leaves: &'a [Leaf<'a>],
    pub(super) key_pairs: &'a [KeyPairFiles],
    pub(super) hosts: &'a Hosts,
    /// The public keys that sign or verify ServiceAccount tokens.
    pub(super) token_keys: &'a HashSet<Vec<u8>>,
}

impl Inventory<'_> {
    /// Keys and lifetimes as most certificates have them.
    pub(super) fn policy(&self) -> CertificatePolicy {
        let default = CertificatePolicy::default();
        let is_rest = |leaf: &&Leaf<'_>| leaf.role != Role::ServiceAccount;
        let leaves = || self.leaves.iter().filter(is_rest).map(|leaf| &leaf.certificate);
        let authorities = || self.authorities.all.iter().map(|it| &it.pair.certificate);
        let algorithms = authorities().chain(leaves()).filter_map(algorithm);
        let ca_lifetime = authorities().map(lifetime).max().unwrap_or(default.ca_lifetime);
        let lifetime = most_common(leaves().map(lifetime)).unwrap_or(default.lifetime);
        let lifetime = lifetime.min(ca_lifetime);
        let third = Lifetime::holding(lifetime.duration().as_secs() / 3, 0);
        let tokens = self.key_pairs.iter().find(|pair| self.signs_tokens(pair));
        let tokens = tokens.map(|pair| pair.key.algorithm());
        Self::checked(CertificatePolicy {
            key_algorithm: most_common(algorithms).unwrap_or(default.key_algorithm),
            service_account_key_algorithm: tokens
                .filter(|it| *it != KeyAlgorithm::Ed25519)
                .unwrap_or(default.service_account_key_algorithm),
            lifetime,
            ca_lifetime,
            renew_before: default.renew_before.min(third),
            apiserver_sans: Vec::new(),
        })
    }

    /// A lifetime of a minute would be due at once.
    fn checked(policy: CertificatePolicy) -> CertificatePolicy {
        let default = CertificatePolicy::default();
        if policy.renew_before < policy.lifetime {
            return policy;
        }
        let ca_lifetime = policy.ca_lifetime.max(default.lifetime);
        CertificatePolicy {
            lifetime: default.lifetime,
            renew_before: default.renew_before,
            ca_lifetime,
            ..policy
        }
    }

    /// Every CA and entry of the spec.
    pub(super) fn describe(
        &self,
        policy: &CertificatePolicy,
        notes: &mut Vec<Note>,
    ) -> CustomFiles {
        let mut names = Names::default();
        let authorities =
            self.authorities.all.iter().map(|it| authority(it, self, policy)).collect();
        for authority in &self.authorities.all {
            names.take(&authority.name);
        }
        for Authority { name, pair } in &self.authorities.all {
            if pair.key.is_none() {
                let key = missing_key(&pair.path);
                let what = format!(
                    "`{name}` has no key here: what it issues cannot be renewed until `{key}` is here"
                );
                notes.push(Note::Told { what });
            }
        }
        let (mut entries, mut masters) = (Vec::new(), Vec::new());
        for pair in self.key_pairs {
            entries.push(self.key_pair(pair, &mut names));
        }
        for leaf in self.leaves {
            let host = self.hosts.host_of(leaf);
            match self.content(leaf, policy) {
                Ok(content) => {
                    notes.extend(leaf.lost_names());
                    let name = leaf.role.name();
                    let name = names.free(&name, leaf.path(), host.map(|host| host.as_str()));
                    if is_master(&content) {
                        masters.push(match (host, self.hosts.all.len()) {
                            (Some(host), 2..) => format!("`{name}` of `{host}`"),
                            _ => format!("`{name}`"),
                        });
                    }
                    let role = role_of(&name, &leaf.role.name());
                    entries.push(EntrySpec { name, host: host.cloned(), role, content });
                }
                Err(why) => notes.push(Note::left_out(leaf.path(), why)),
            }
        }
        if !masters.is_empty() {
            let what =
                format!("`{SYSTEM_MASTERS}`, which bypasses RBAC, has {}", masters.join(", "));
            notes.push(Note::Dangerous { what });
        }
        let places = self.cluster.places.value.clone();
        CustomFiles { authorities, entries, places, trust: self.trust() }
    }

    fn key_pair(&self, pair: &KeyPairFiles, names: &mut Names) -> EntrySpec {
        let KeyPairFiles { private, public, key } = pair;
        let host = self.hosts.of_folder(private);
        let wanted = match self.signs_tokens(pair) {
            true => "service-account".to_owned(),
            false => super::names::sanitized(base(private).rsplit('/').next().unwrap_or_default()),
        };
        let content = EntryContent::KeyPair {
            algorithm: key.algorithm(),
            key: private.clone(),
            public: public.clone(),
        };
        let name = names.free(&wanted, private, host.map(HostName::as_str));
        let role = role_of(&name, &wanted);
        EntrySpec { name, host: host.cloned(), role, content }
    }

    fn signs_tokens(&self, pair: &KeyPairFiles) -> bool {
        self.token_keys.contains(pair.key.spki())
    }

    /// Whom most kubeconfigs trust; where there is none, the CA of the apiserver.
    pub(super) fn trust(&self) -> String {
        let clients = self.leaves.iter().filter_map(Leaf::client);
        let trusted = most_common(clients.map(|client| self.trusted(client)));
        let apiserver = self.leaves.iter().find(|leaf| leaf.role == Role::Apiserver);
        let apiserver = || apiserver.map(|leaf| leaf.issuer.name.clone());
        trusted.or_else(apiserver).unwrap_or_else(|| CLUSTER_AUTHORITY.to_owned())
    }

    /// The CA that a kubeconfig trusts. One that trusts another than is here shows in the plan.
    fn trusted(&self, client: &Client) -> String {
        let known = client.trusted.iter().find_map(|it| self.authorities.get(it));
        let apiserver = self.leaves.iter().find(|leaf| leaf.role == Role::Apiserver);
        let known = known.or_else(|| apiserver.map(|leaf| leaf.issuer));
        known.map_or_else(|| CLUSTER_AUTHORITY.to_owned(), |authority| authority.name.clone())
    }

    fn content(&self, leaf: &Leaf<'_>, policy: &CertificatePolicy) -> Result<EntryContent, String> {
        let spec = self.leaf(leaf, policy)?;
        Ok(match &leaf.place {
            Place::Files { certificate, key, client } => EntryContent::Certificate {
                leaf: spec,
                certificate: certificate.clone(),
                key: key.clone(),
                kubeconfig: client.as_ref().map(|it| (it.path.clone(), self.connection(it))),
            },
            Place::Kubeconfig(client) => EntryContent::Kubeconfig {
                leaf: spec,
                path: client.path.clone(),
                connection: self.connection(client),
            },
        })
    }

    fn connection(&self, client: &Client) -> ConnectionSpec {
        ConnectionSpec {
            cluster: client.cluster.clone(),
            server: client.server.clone(),
            user: client.user.clone(),
            trust: self.trusted(client),
        }
    }

    fn leaf(&self, leaf: &Leaf<'_>, policy: &CertificatePolicy) -> Result<LeafSpec, String> {
        let Leaf { role, certificate, issuer, chain, .. } = leaf;
        let usages = usages(leaf);
        Ok(LeafSpec {
            issuer: issuer.name.clone(),
            subject: subject(role, certificate.subject()),
            subject_alt_names: self.names(leaf, usages)?,
            usages,
            key_algorithm: algorithm(certificate).unwrap_or(policy.key_algorithm),
            lifetime: lifetime(certificate).min(policy.ca_lifetime),
            keep_key: (*role == Role::ServiceAccount || leaf.has_token_key(self.token_keys))
                && matches!(leaf.place, Place::Files { .. }),
            chain: *chain,
        })
    }

    fn names(&self, leaf: &Leaf<'_>, usages: Usages) -> Result<Vec<SubjectAltName>, String> {
        let mut names = leaf.certificate.subject_alt_names().to_vec();
        if leaf.role == Role::Apiserver {
            names.extend(self.apiserver_names());
        }
        if names.is_empty() && usages != Usages::Client {
            // Clients have looked at the common name until Go 1.15, and at nothing since.
            let name = DnsName::parse(&leaf.certificate.subject().common_name);
            names.push(SubjectAltName::Dns(name.map_err(|_| "it serves, and has no names")?));
        }
        names.retain(can_be_issued);
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// What an apiserver is dialled by: from Pods, and from the kubeconfigs that are here.
    pub(super) fn apiserver_names(&self) -> Vec<SubjectAltName> {
        let domain = &self.cluster.domain.value;
        let services = [
            "kubernetes".to_owned(),
            "kubernetes.default".to_owned(),
            "kubernetes.default.svc".to_owned(),
            format!("kubernetes.default.svc.{domain}"),
        ];
        let services = services.into_iter().filter_map(|name| DnsName::parse(&name).ok());
        let cidrs = &self.cluster.service_cidrs.value;
        // kubeadm gives the address of the first family alone, and Pods are told that one.
        let address = cidrs.first().map(first_address).map(SubjectAltName::Ip);
        let apiservers = self.leaves.iter().filter(|leaf| leaf.role == Role::Apiserver).count();
        let servers: Vec<SubjectAltName> = if apiservers <= 1 {
            let servers = self.leaves.iter().filter_map(|leaf| leaf.client()?.server_name());
            servers.filter_map(|name| name.parse().ok()).collect()
        } else {
            // Each has kubeconfigs beside it that point at it alone.
            vec![self.cluster.endpoint.value.host.clone()]
        };
        services.map(SubjectAltName::Dns).chain(address).chain(servers).collect()
    }
}

fn authority(
    authority: &Authority,
    all: &Inventory<'_>,
    policy: &CertificatePolicy,
) -> AuthoritySpec {
    let Authority { name, pair } = authority;
    let found = pair.certificate.subject();
    let attributes = [&found.common_name].into_iter().chain(&found.organizations);
    let is_sayable = attributes.into_iter().all(|attribute| check_attribute(attribute).is_ok());
    let made_up = || Subject::new(format!("{}-{name}-1", all.cluster.name.value));
    AuthoritySpec {
        name: name.clone(),
        certificate: pair.path.clone(),
        key: pair.key.clone().unwrap_or_else(|| missing_key(&pair.path)),
        // A CA's other attributes are not compared, and it is never made again.
        subject: if is_sayable { found.clone() } else { made_up() },
        key_algorithm: algorithm(&pair.certificate).unwrap_or(policy.key_algorithm),
    }
}

/// What a spec has to say of what an entry is, where its name does not.
fn role_of(name: &str, role: &str) -> Option<Slot> {
    ENTRY_ROLES.into_iter().find(|known| known.name() == role && name != role)
}

/// Whether a new certificate may have a name; the spec holds no other.
pub(super) fn can_be_issued(name: &SubjectAltName) -> bool {
    !matches!(name, SubjectAltName::Verbatim(name) if !name.can_be_issued())
}

/// As it was found; what Kubernetes looks at is what it has to be.
fn subject(role: &Role, found: &Subject) -> Subject {
    let mut subject = found.clone();
    if let Some(name) = role.common_name() {
        subject.common_name = name.to_owned();
    }
    for group in &mut subject.organizations {
        // The tutorial's scheduler is in a group that nothing binds.
        if let Some(rest) = group.strip_prefix("system:system:") {
            *group = format!("system:{rest}");
        }
    }
    if let Some(group) = role.group()
        && !subject.organizations.iter().any(|other| other == group)
    {
        subject.organizations.push(group.to_owned());
    }
    subject
}

fn usages(leaf: &Leaf<'_>) -> Usages {
    let found = leaf.certificate.extended_key_usage();
    let has_names = !leaf.certificate.subject_alt_names().is_empty();
    // cfssl's users give both usages to all; under no name, nothing is served.
    let serves = found.contains(&ExtendedKeyUsage::ServerAuth) && has_names || leaf.role.serves();
    let dials = found.contains(&ExtendedKeyUsage::ClientAuth)
        || leaf.role.dials()
        || leaf.client().is_some();
    // Without any, a certificate is good for everything; with names it is meant to serve.
    Usages::of(serves, dials).unwrap_or(if has_names { Usages::Server } else { Usages::Client })
}

/// Whoever is in this group is above RBAC; a CA that no apiserver believes cannot put anybody in it.
fn is_master(content: &EntryContent) -> bool {
    match content {
        EntryContent::Certificate { leaf, .. } | EntryContent::Kubeconfig { leaf, .. } => {
            let is_in = |group: &String| group == SYSTEM_MASTERS;
            leaf.issuer == CLUSTER_AUTHORITY && leaf.subject.organizations.iter().any(is_in)
        }
        EntryContent::KeyPair { .. } => false,
    }
}

fn algorithm(certificate: &Certificate) -> Option<KeyAlgorithm> {
    certificate.public_key().ok().map(|key| key.algorithm())
}

fn lifetime(certificate: &Certificate) -> Lifetime {
    let validity = certificate.validity();
    let life = validity.not_after().duration_since(validity.not_before());
    Lifetime::holding(life.as_secs(), Validity::BACKDATE.as_secs())
}
