//! From the files of a PKI that others began to the spec that describes it, in the layout `custom`.
//! Reads no file, writes none, and changes nothing.
//!
//! Certificates and keys belong together by their public keys, certificates and CAs by their
//! signatures; names say what they are for. The spec says what should be: what was found, and what
//! Kubernetes needs beside it. So the plan of that spec shows real defects and nothing else.

mod authorities;
mod backups;
mod clients;
mod describe;
mod expected;
mod flags;
mod guess;
mod host_paths;
mod hosts;
mod leaves;
mod names;
mod note;
mod pairs;
mod role;
mod survey;
mod yaml;

use ipnet::IpNet;
use kubepki_ca::DnsName;

use crate::spec::{ClusterName, Endpoint, HostPaths, SpecError};

pub use note::Note;
pub use survey::Survey;

/// What the operator says instead of the files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AdoptOptions {
    /// The name of the cluster.
    pub name: Option<ClusterName>,
    /// Where kubeconfigs point.
    pub endpoint: Option<Endpoint>,
    /// The DNS domain of Services.
    pub domain: Option<DnsName>,
    /// The networks of Services; none leaves it to the files.
    pub service_cidrs: Vec<IpNet>,
    /// Where the files lie on a machine.
    pub places: Option<HostPaths>,
    /// The adopted folder itself, where it is one in which a machine has such files.
    pub folder: Option<HostPaths>,
    /// What the adopted folder is called: `server.crt` in `etcd` is etcd's.
    pub called: Option<String>,
}

/// A spec, and what there is to know about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adoption {
    /// The text of the spec, with comments that say what was inferred from what.
    pub yaml: String,
    /// What was assumed or left out, and what is dangerous.
    pub notes: Vec<Note>,
}

/// Why there is nothing to adopt.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum AdoptError {
    /// No file holds a CA's certificate.
    #[error("no CA certificate is here")]
    NoAuthority {
        /// What was left out, which may say why.
        notes: Vec<Note>,
    },
    /// The files make no spec that holds together.
    #[error("the files make no spec")]
    Spec {
        /// The text.
        yaml: String,
        /// What is wrong with it.
        source: SpecError,
    },
}

/// Describes what a survey has found.
pub fn adopt(mut survey: Survey, options: AdoptOptions) -> Result<Adoption, AdoptError> {
    let found = survey.read();
    let Survey { mut notes, service_ranges, named, token_keys, .. } = survey;
    let sorted = pairs::sort(found, &named, &mut notes);
    let (cas, pairs): (Vec<_>, Vec<_>) =
        sorted.pairs.into_iter().partition(|pair| pair.certificate.is_ca());
    if cas.is_empty() {
        let notes = notes.into_iter().map(Note::or_left_out).collect();
        return Err(AdoptError::NoAuthority { notes });
    }
    let mut clients = Vec::new();
    for (path, kubeconfig) in sorted.kubeconfigs {
        match clients::Client::read(path, &kubeconfig) {
            Ok(client) => {
                notes.extend(clients::others(&client, &kubeconfig));
                clients.push(client);
            }
            Err(note) => notes.push(note),
        }
    }
    let authorities = authorities::Authorities::of(cas, &pairs, &clients, &mut notes);
    let leaves = leaves::all(pairs, clients, &authorities, options.called.as_deref(), &mut notes);
    notes.extend(leaves.iter().filter_map(|leaf| leaf.second_job(&token_keys)));
    let cluster = guess::Cluster::of(&leaves, &service_ranges, options, &mut notes);
    let hosts = hosts::Hosts::of(&leaves, lacks_apiserver(&notes));
    let inventory = describe::Inventory {
        cluster: &cluster,
        authorities: &authorities,
        leaves: &leaves,
        key_pairs: &sorted.key_pairs,
        hosts: &hosts,
        token_keys: &token_keys,
    };
    let policy = inventory.policy();
    let mut custom = inventory.describe(&policy, &mut notes);
    inventory.expect(&mut custom, &policy, &mut notes);
    let yaml = yaml::write(&cluster, &policy, &hosts.all, &custom, &notes);
    match crate::ClusterSpec::parse(&yaml, crate::SystemMasters::Refused) {
        Ok(_) => Ok(Adoption { yaml, notes }),
        Err(source) => Err(AdoptError::Spec { yaml, source }),
    }
}

fn lacks_apiserver(notes: &[Note]) -> bool {
    notes.iter().any(|note| match note {
        Note::Defective { path, .. } => role::Role::of_file(path) == Some(role::Role::Apiserver),
        _ => false,
    })
}
