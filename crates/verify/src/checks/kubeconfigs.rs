//! Checks 19 to 24: kubeconfigs, and whether they fit the cluster that lies beside them.

mod copies;
mod form;
mod table;

use std::sync::Arc;

use kubepki_ca::Certificate;
use kubepki_inspect::{
    artifact::Artifact,
    key::PublicKey,
    kubeconfig::{ClusterEntry, FieldSource, KubeconfigFile, Server, beside},
    text::name_in_words,
};
use rayon::prelude::*;

pub(crate) use self::table::CHECKS;
use self::table::*;
use super::{
    authorities::issuer::{Trusted, only_in_kubeconfigs},
    contents::covers,
};
use crate::{
    check::{Finding, Part, Place},
    index::{CertificateIndex, Issued, PlacedCertificate},
    input::Input,
    read::ScannedFile,
    role::Role,
};

pub(crate) fn run(input: &Input, index: &CertificateIndex<'_>) -> Vec<Finding> {
    let trusted = Trusted::of(index);
    // Kubeconfigs may trust others, too, where a spec says so.
    let said = input.cluster.iter().flat_map(|cluster| &cluster.trust);
    let said = said.flat_map(|file| index.keys(input.certificates(file)));
    let keys: Vec<_> = trusted.keys(Role::ClusterCa).iter().copied().chain(said).collect();
    let of_files = input.files.par_iter().flat_map_iter(|file| {
        let mut findings = Vec::new();
        for artifact in file.contents.as_deref().unwrap_or_default() {
            if let Artifact::Kubeconfig(config) = artifact {
                findings.extend(form::run(input, file, config));
                for cluster in &config.clusters {
                    findings.extend(of_cluster(input, index, &keys, file, config, cluster));
                }
            }
        }
        findings
    });
    let mut findings: Vec<_> = of_files.collect();
    let clients = index.certificates.iter().filter(|known| only_in_kubeconfigs(known));
    findings.extend(clients.filter_map(|known| of_client(index, &trusted, known)));
    findings.extend(copies::run(input, index));
    findings
}

/// Whether a cluster of a kubeconfig is the one that lies beside it, and is reached by a name
/// that its apiserver has.
fn of_cluster(
    input: &Input,
    index: &CertificateIndex<'_>,
    keys: &[&PublicKey],
    file: &ScannedFile,
    config: &KubeconfigFile,
    cluster: &ClusterEntry,
) -> Option<Finding> {
    let place = || Place::file(&file.path).part(Part::Cluster(cluster.name.clone()));
    let server = Server::parse(&cluster.server).filter(|server| server.tls)?;
    let host = cluster.tls_server_name.as_deref().unwrap_or(&server.host);
    let apiservers: Vec<_> = index.of_role(Role::Apiserver).collect();
    let is_named = apiservers.iter().any(|known| covers(known.certificate, host));
    let authorities = authorities(input, file, cluster);
    let believed = authorities.iter().any(|it| match index.get(it) {
        Some(known) => keys.contains(&&known.facts.key),
        None => keys.contains(&&PublicKey::of(it)),
    });
    if !keys.is_empty() && !authorities.is_empty() && !believed {
        // A file of several clusters may well have one that is another's.
        if config.clusters.len() > 1 && !is_named {
            return None;
        }
        return Some(Finding::new(&STALE_AUTHORITY, place(), stale(index, &authorities)));
    }
    let is_ours = believed || keys.is_empty() || config.clusters.len() == 1;
    if !is_ours || is_named || apiservers.is_empty() || cluster.insecure_skip_tls_verify {
        return None;
    }
    let what = format!("its server `{host}` is not among the names of the apiserver's certificate");
    Some(Finding::new(&SERVER_NOT_NAMED, place(), what))
}

fn stale(index: &CertificateIndex<'_>, authorities: &[&Arc<Certificate>]) -> String {
    let name = authorities.first().map(|it| it.subject().to_string()).unwrap_or_default();
    let is_same = index.of_role(Role::ClusterCa).any(|known| {
        authorities.iter().any(|it| it.subject_name() == known.certificate.subject_name())
    });
    if is_same {
        format!("it trusts `{name}`, which has the name of the cluster's CA and another key")
    } else {
        format!("it trusts `{name}`, which is not the cluster's CA")
    }
}

/// The CAs of a cluster entry, embedded or in the file that it names.
fn authorities<'a>(
    input: &'a Input,
    file: &ScannedFile,
    cluster: &'a ClusterEntry,
) -> Vec<&'a Arc<Certificate>> {
    match &cluster.authority {
        Some(FieldSource::Data(Ok(certificates))) => certificates.iter().collect(),
        Some(FieldSource::Path(path)) => input.certificates(&beside(&file.path, path)),
        _ => Vec::new(),
    }
}

/// Whether the cluster accepts a client that lies in kubeconfigs alone.
fn of_client(
    index: &CertificateIndex<'_>,
    trusted: &Trusted<'_>,
    known: &PlacedCertificate<'_>,
) -> Option<Finding> {
    let is_client = known.places.iter().any(|place| matches!(place.part, Some(Part::User(_))));
    let has_authority = !trusted.keys(Role::ClusterCa).is_empty();
    if !is_client || !has_authority || known.certificate.is_ca() {
        return None;
    }
    let by = match known.issued {
        Issued::Unknown => format!("`{}`", name_in_words(known.certificate.issuer_name())),
        Issued::BySelf => "itself".to_owned(),
        Issued::By(_) if trusted.leads_to(index, known, Role::ClusterCa) => return None,
        Issued::By(_) => {
            let issuer = index.issuer(known).map(|issuer| issuer.certificate.subject().to_string());
            format!("`{}`", issuer.unwrap_or_default())
        }
        // The check of the signature says what is wrong with it.
        Issued::ByAnother(_) | Issued::Perhaps(_) => return None,
    };
    let subject = known.certificate.subject();
    let what =
        format!("the certificate of `{subject}` was issued by {by}, not by the cluster's CA");
    Some(known.found(&CLIENT_NOT_ACCEPTED, what))
}
