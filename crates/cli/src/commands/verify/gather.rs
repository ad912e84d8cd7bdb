//! The input to be checked: files, what servers send, and what the spec says. Judges nothing.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
    thread,
};

use kubepki_cluster::{
    Catalog, ClusterSpec, HostRole, StorePath,
    catalog::{self, Content, Entry},
};
use kubepki_inspect::artifact::ReadError;
use kubepki_verify::{Assignment, Cluster, Endpoint, Input, Wrong, read};
use zeroize::Zeroizing;

use super::{Args, EndpointArg, roles};
use crate::{
    commands::{moment::Moment, spec},
    context::Context,
    error::CommandError,
    files,
};

/// Reads everything that the options name; without a path, the root with its spec.
pub(super) fn input(args: &Args, context: &mut Context) -> Result<Input, CommandError> {
    args.question.check(&args.paths, &args.endpoints)?;
    for path in &args.paths {
        if !files::exists(path) {
            return Err(CommandError::usage(format!("cannot read `{}`", path.display()))
                .because("there is no such file or folder")
                .hint("name files, folders or kubeconfigs; without a PATH, it checks the root"));
        }
    }
    let is_said = is_said(args, context);
    let mut paths = match is_said && args.paths.is_empty() {
        true => vec![context.global.dir.clone()],
        false => args.paths.clone(),
    };
    let files = args.endpoints.iter().filter_map(|endpoint| endpoint.file.clone());
    // One that lies below the others too is there once.
    paths.extend(files);
    paths.extend(args.question.trust.iter().cloned());
    let (said, scan) = rayon::join(
        || if is_said { said(args, context).map(Some) } else { Ok(None) },
        || read::scan_all(&paths),
    );
    let (said, mut scan) = (said?, scan);
    let root = &context.global.dir;
    let expected = said.as_ref().filter(|_| args.paths.is_empty()).map(|said| {
        let catalog = &said.catalog;
        let plain = Plain::read(catalog, root);
        let others = catalog.entries().iter().filter(|it| catalog.plain_file(it).is_none());
        let others: Vec<_> =
            others.flat_map(Entry::files).map(|(path, _)| roles::below(root, path)).collect();
        read::require(&mut scan, root, others.iter().map(PathBuf::as_path));
        let is_there = |path: &Path| {
            scan.files.binary_search_by(|file| file.path.as_os_str().cmp(path.as_os_str())).is_ok()
                || files::exists(path)
        };
        roles::expected(catalog, root, is_there, |entry| plain.wrong(entry))
    });
    read::follow(&mut scan);
    let mut input = Input::new(scan, args.at.map_or(context.now, Moment::timestamp));
    input.within = args.within.duration();
    input.endpoints = endpoints(args);
    input.expected = expected.unwrap_or_default();
    input.asked = args.question.asked();
    if let Some(SpecFacts { roles, issuers, cluster, .. }) = said {
        let encrypting =
            roles.iter().filter(|(_, it)| it.role == kubepki_verify::Role::EncryptionConfig);
        input.digests = read::digests(encrypting.map(|(path, _)| path.as_path()));
        (input.roles, input.issuers, input.cluster) = (roles, issuers, Some(cluster));
    }
    Ok(input)
}

/// The files of a root that hold something else than certificates and their keys, and the CAs' files
/// that some are made from. They may be secret.
struct Plain<'a> {
    catalog: &'a Catalog,
    root: &'a Path,
    files: HashMap<PathBuf, Bytes>,
}

/// The bytes of a file, none where there is no file, or why it cannot be read.
type Bytes = Result<Option<Zeroizing<Vec<u8>>>, ReadError>;

impl<'a> Plain<'a> {
    fn read(catalog: &'a Catalog, root: &'a Path) -> Self {
        let plain = catalog.entries().iter().filter_map(|entry| {
            let made_from = match catalog.trusted_by(entry).map(|it| &it.content) {
                Some(Content::Authority { files, .. }) => Some(&files.certificate),
                _ => None,
            };
            Some([Some(catalog.plain_file(entry)?), made_from])
        });
        let mut files = HashMap::new();
        for path in plain.flatten().flatten() {
            let path = roles::below(root, path);
            files.entry(path.clone()).or_insert_with(|| read::plain(root, &path));
        }
        Self { catalog, root, files }
    }

    /// What is wrong with the file of an entry, where it is one of these and there.
    fn wrong(&self, entry: &Entry) -> Option<Wrong> {
        let path = roles::below(self.root, self.catalog.plain_file(entry)?);
        match self.files.get(&path)? {
            Ok(_) => {
                self.catalog.judge_plain_file(entry, |path| self.contents(path)).map(|wrong| {
                    match wrong {
                        catalog::Wrong::Unreadable(why) => Wrong::Unreadable(why),
                        _ => Wrong::Differs,
                    }
                })
            }
            Err(error) => Some(Wrong::Unreadable(error.to_string())),
        }
    }

    fn contents(&self, path: &StorePath) -> Option<&[u8]> {
        let contents = self.files.get(&roles::below(self.root, path))?.as_ref().ok()?;
        contents.as_ref().map(|bytes| bytes.as_slice())
    }
}

/// That each server has a certificate to be compared with, where a file was named.
pub(super) fn check(args: &Args, input: &Input) -> Result<(), CommandError> {
    args.question.check_world(input)?;
    for endpoint in &args.endpoints {
        let Some(path) = &endpoint.file else { continue };
        let because = match input.file(path).map(|file| &file.contents) {
            Some(Ok(_)) if !input.certificates(path).is_empty() => continue,
            _ if !files::exists(path) => "there is no such file",
            _ if input.directories.iter().any(|it| it.path == *path) => "it is a folder",
            Some(Err(ReadError::Unknown | ReadError::Empty)) | Some(Ok(_)) | None => {
                "it holds no certificate"
            }
            // Why it cannot be read is a finding.
            Some(Err(_)) => continue,
        };
        let (address, path) = (&endpoint.address, path.display());
        return Err(CommandError::usage(format!("cannot compare `{address}` with `{path}`"))
            .because(because)
            .hint("name the file of the server's certificate: `HOST:PORT=FILE`"));
    }
    Ok(())
}

/// What to say of paths that hold nothing to be checked.
pub(super) fn nothing(paths: &[PathBuf]) -> CommandError {
    let shown: Vec<_> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    CommandError::usage(format!("cannot verify {}", shown.join(", ")))
        .because("there is no certificate, key or kubeconfig")
        .hint("name files, folders or kubeconfigs; without a PATH, it checks the root")
}

/// Whether a spec applies: the root's where nothing else is checked and nobody else is trusted, and
/// one that is named.
fn is_said(args: &Args, context: &Context) -> bool {
    let root = &context.global.dir;
    let is_root =
        || files::exists(&root.join(".kubepki")) || files::exists(&root.join("cluster.yaml"));
    let is_free = args.paths.is_empty() && args.question.trust.is_empty();
    let may_be = is_free && (args.endpoints.is_empty() || is_root());
    context.global.file.is_some() || may_be
}

/// What the spec says of the cluster and of each file of its root.
struct SpecFacts {
    roles: HashMap<PathBuf, Assignment>,
    issuers: HashMap<PathBuf, PathBuf>,
    cluster: Cluster,
    catalog: Catalog,
}

fn said(args: &Args, context: &mut Context) -> Result<SpecFacts, CommandError> {
    let is_elsewhere = !args.paths.is_empty() || !args.endpoints.is_empty();
    // Whom the spec lets in is the business of `plan` and `apply`.
    let read = spec::read(context).map_err(|error| match is_elsewhere {
        true => error,
        false => error.hint("to check other files, use `kubepki verify PATH`"),
    })?;
    let (spec, catalog, root) = (&read.spec, &read.catalog, &context.global.dir);
    let (roles, issuers) = (roles::of(catalog, root), roles::issuers(catalog, root));
    let trust = roles::trust(catalog, &spec.custom.trust, root);
    let cluster = cluster(spec, trust);
    Ok(SpecFacts { roles, issuers, cluster, catalog: read.catalog })
}

fn cluster(spec: &ClusterSpec, trust: Vec<PathBuf>) -> Cluster {
    let hosts =
        spec.hosts.iter().map(|host| (host.name.to_string(), host.has(HostRole::ControlPlane)));
    Cluster {
        domain: Some(spec.domain.as_str().to_owned()),
        apiserver_port: Some(spec.apiserver_port),
        service_addresses: spec.service_cidrs.iter().map(|cidr| second(cidr.network())).collect(),
        hosts: hosts.collect(),
        trust,
    }
}

/// The address behind a network's own, which is the apiserver's as a Service.
fn second(network: IpAddr) -> IpAddr {
    match network {
        IpAddr::V4(network) => Ipv4Addr::from_bits(network.to_bits().saturating_add(1)).into(),
        IpAddr::V6(network) => Ipv6Addr::from_bits(network.to_bits().saturating_add(1)).into(),
    }
}

/// Asks the servers, many at a time: each takes as long as it takes.
fn endpoints(args: &Args) -> Vec<Endpoint> {
    const AT_ONCE: usize = 32;
    let timeout = args.timeout.duration().unsigned_abs();
    let called = args.question.name.as_ref().map(ToString::to_string);
    let ask = |arg: &EndpointArg| {
        let served = read::probe(&arg.address, called.as_deref(), timeout);
        // An address that the option took has a host.
        let host = read::host_of(&arg.address).unwrap_or_default();
        let name = called.clone().unwrap_or_else(|| host.to_owned());
        Endpoint { address: arg.address.clone(), name, file: arg.file.clone(), served }
    };
    let mut asked = Vec::new();
    for some in args.endpoints.chunks(AT_ONCE) {
        thread::scope(|scope| {
            let threads: Vec<_> = some.iter().map(|arg| scope.spawn(move || ask(arg))).collect();
            asked.extend(threads.into_iter().filter_map(|thread| thread.join().ok()));
        });
    }
    asked
}
