//! Everything that the checks look at, gathered before they run. Reads nothing by itself.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use jiff::{SignedDuration, Timestamp};
use kubepki_ca::{Certificate, SubjectAltName};
use kubepki_inspect::{artifact::Artifact, key::PublicKey, kubeconfig::KubeconfigFile};

use crate::{
    discover::Machine,
    path,
    read::{Directory, ProbeError, Scan, ScannedFile, Served, Stat},
    role::Role,
};

/// What is checked, and by what.
///
/// The parts that are not there are not checked: without a [`Cluster`] no check asks for what only
/// a spec can say, and without endpoints none asks what is served.
#[derive(Debug)]
pub struct Input {
    /// The files, sorted by the letters of their paths.
    pub files: Vec<ScannedFile>,
    /// The folders they lie in.
    pub directories: Vec<Directory>,
    /// The roles that are known, by path; for other files they are guessed.
    pub roles: HashMap<PathBuf, Assignment>,
    /// The file of the CA that the certificate of a file comes from, where a spec says that it is
    /// another than that of its role.
    pub issuers: HashMap<PathBuf, PathBuf>,
    /// What a spec has in its root, by path.
    pub expected: HashMap<PathBuf, Expected>,
    /// The SHA-256 of files that have to be alike and hold nothing of a PKI.
    pub digests: HashMap<PathBuf, [u8; 32]>,
    /// What a spec says of the cluster.
    pub cluster: Option<Cluster>,
    /// The machine whose files they are, with its flags.
    pub machine: Option<Machine>,
    /// What servers sent.
    pub endpoints: Vec<Endpoint>,
    /// What is asked of every certificate of a file and of every server.
    pub asked: Option<Asked>,
    /// The moment for which everything is judged.
    pub now: Timestamp,
    /// What ends earlier than this from now ends soon.
    pub within: SignedDuration,
}

/// The role of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// What it is for.
    pub role: Role,
    /// The host on which it is used; none for what belongs to the cluster.
    pub host: Option<String>,
    /// The common name that its certificate has to have, where a spec says it.
    pub common_name: Option<String>,
    /// The names that its certificate has to be good for.
    pub names: Vec<SubjectAltName>,
}

/// A file that a spec has in its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// What it belongs to, such as `apiserver of server`.
    pub entry: String,
    /// What it has to hold.
    pub holds: Holds,
    /// Whether it is the private key of a CA, which may be kept elsewhere on purpose.
    pub may_be_elsewhere: bool,
    /// The file that it is a copy of.
    pub source: Option<PathBuf>,
}

/// What a file has to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Holds {
    /// A certificate.
    Certificate,
    /// A kubeconfig with a client certificate and its key.
    Kubeconfig {
        /// The common name of its client.
        common_name: String,
    },
    /// Something that only the spec can judge: what is wrong with it, where something is.
    Plain(Option<Wrong>),
    /// A private key.
    PrivateKey {
        /// The file of its certificate or public key.
        of: Option<PathBuf>,
    },
    /// A public key.
    PublicKey,
}

/// What is wrong with a file that only a spec can judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It can be read, and is not what the spec and the files that it is made from say.
    Differs,
    /// It cannot be read: why.
    Unreadable(String),
}

/// What a spec says of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cluster {
    /// The DNS domain, such as `cluster.local`.
    pub domain: Option<String>,
    /// The port on which each apiserver listens.
    pub apiserver_port: Option<u16>,
    /// The first address of each service CIDR, which is the apiserver's.
    pub service_addresses: Vec<IpAddr>,
    /// Whether each host runs a control plane, by its name.
    pub hosts: BTreeMap<String, bool>,
    /// The files of the CAs that kubeconfigs trust, where they are others than the cluster's.
    pub trust: Vec<PathBuf>,
}

/// What is asked of certificates in so many words.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The files whose certificates are trusted, and no others; they have to be among the input's.
    pub trust: Vec<PathBuf>,
    /// What the certificates are used for.
    pub purpose: path::Purpose,
    /// The name by which they are called; no name is looked at without one.
    pub name: Option<path::Name>,
}

/// What a server sent, or why it sent nothing.
#[derive(Clone, Debug)]
pub struct Endpoint {
    /// The server, as `host:port`.
    pub address: String,
    /// The name that its certificate has to be good for.
    pub name: String,
    /// The file that holds the certificate it should serve.
    pub file: Option<PathBuf>,
    /// What it sent.
    pub served: Result<Served, ProbeError>,
}

impl Input {
    /// What ends within 30 days ends soon, unless somebody says otherwise.
    pub const WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);

    /// An input of files alone, whose roles are guessed.
    pub fn new(scan: Scan, now: Timestamp) -> Self {
        let Scan { mut files, directories } = scan;
        // They mostly are, but to be found they have to be.
        files.sort_by(|a, b| a.path.as_os_str().cmp(b.path.as_os_str()));
        Self {
            files,
            directories,
            roles: HashMap::new(),
            issuers: HashMap::new(),
            expected: HashMap::new(),
            digests: HashMap::new(),
            cluster: None,
            machine: None,
            endpoints: Vec::new(),
            asked: None,
            now,
            within: Self::WITHIN,
        }
    }

    /// An input of one machine: what each file is for is said by the flags that name it.
    pub fn of_machine(machine: Machine, now: Timestamp) -> Self {
        let mut input = Self::new(Scan::default(), now);
        for (path, file) in &machine.files {
            // What is not there or cannot be read is a finding about the flag that names it.
            let (Some(stat), Ok(artifacts)) = (&file.stat, &file.contents) else { continue };
            input.files.push(ScannedFile {
                path: path.clone(),
                mode: stat.mode,
                uid: stat.uid,
                gid: stat.gid,
                form: file.form,
                is_link: false,
                contents: Ok(artifacts.clone()),
            });
        }
        let directory = |(path, stat): (&PathBuf, &Stat)| Directory {
            path: path.clone(),
            mode: stat.mode,
            uid: stat.uid,
            error: None,
        };
        input.directories = machine.folders.iter().map(directory).collect();
        input.roles.extend(machine.roles().into_iter().map(|(path, role)| {
            let host = machine.host.clone();
            (path, Assignment { role, host, common_name: None, names: Vec::new() })
        }));
        input.machine = Some(machine);
        input
    }

    /// The file at a path, as it was scanned.
    pub fn file(&self, path: &Path) -> Option<&ScannedFile> {
        let found = self.files.binary_search_by(|file| file.path.as_os_str().cmp(path.as_os_str()));
        found.ok().and_then(|index| self.files.get(index))
    }

    /// The certificates of a file, in its order; none where it cannot be read.
    pub fn certificates(&self, path: &Path) -> Vec<&Arc<Certificate>> {
        let artifacts = self.artifacts(path).iter().filter_map(|artifact| match artifact {
            Artifact::Certificate(certificate) => Some(certificate),
            _ => None,
        });
        artifacts.collect()
    }

    /// The public keys of a file: those of public and private keys, in its order. Certificates
    /// are not asked.
    pub fn keys(&self, path: &Path) -> Vec<&PublicKey> {
        let artifacts = self.artifacts(path).iter().filter_map(|artifact| match artifact {
            Artifact::PrivateKey(key) => key.public_key(),
            Artifact::PublicKey(key) => Some(key),
            _ => None,
        });
        artifacts.collect()
    }

    /// The kubeconfig of a file.
    pub fn kubeconfig(&self, path: &Path) -> Option<&KubeconfigFile> {
        self.artifacts(path).iter().find_map(|artifact| match artifact {
            Artifact::Kubeconfig(file) => Some(&**file),
            _ => None,
        })
    }

    fn artifacts(&self, path: &Path) -> &[Artifact] {
        self.file(path).and_then(|file| file.contents.as_deref().ok()).unwrap_or_default()
    }
}
