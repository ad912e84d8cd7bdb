//! Kubeconfigs, described: who speaks to which server as whom. Holds no secret of theirs.

use std::sync::Arc;

use jiff::Timestamp;
use kubepki_ca::Certificate;
use kubepki_kubeconfig::Finding;
use serde::Serialize;

use super::{
    authorities::Authorities,
    certificate::CertificateView,
    key::{self, PrivateKeyView},
};
use crate::{
    key::PrivateKey,
    kubeconfig::{ClusterEntry, ContextEntry, FieldSource, KubeconfigFile, UserEntry},
};

/// A kubeconfig.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KubeconfigView {
    /// `current-context`; empty for none.
    pub current_context: String,
    /// Who speaks to which server.
    pub contexts: Vec<ContextView>,
    /// The API servers.
    pub clusters: Vec<ClusterView>,
    /// The identities.
    pub users: Vec<UserView>,
    /// What is wrong with its form.
    pub problems: Vec<String>,
}

/// An entry of `contexts`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContextView {
    /// Its name.
    pub name: String,
    /// The entry of `clusters`.
    pub cluster: String,
    /// The entry of `users`.
    pub user: String,
    /// The namespace, where one is set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}

/// An entry of `clusters`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClusterView {
    /// Its name.
    pub name: String,
    /// The URL.
    pub server: String,
    /// The name to expect in the server's certificate instead of the URL's host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_server_name: Option<String>,
    /// Whether the server's certificate is not checked at all.
    pub insecure_skip_tls_verify: bool,
    /// The CAs that are trusted; none means those of the machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authority: Option<Embedded<Vec<CertificateView>>>,
}

/// An entry of `users`.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserView {
    /// Its name.
    pub name: String,
    /// The client certificate, and what else is sent with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub certificate: Option<Embedded<Vec<CertificateView>>>,
    /// The private key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub private_key: Option<Embedded<PrivateKeyView>>,
    /// What else proves the identity: `token`, `password`, `exec` and so on.
    pub others: Vec<&'static str>,
}

/// Where a kubeconfig has something from.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "from", content = "value", rename_all = "camelCase")]
pub enum Embedded<T> {
    /// It is embedded.
    Data(T),
    /// A file is named, which is not read here.
    Path(String),
    /// It is embedded and cannot be read, for this reason.
    Unreadable(String),
}

impl KubeconfigView {
    pub(super) fn of(file: &KubeconfigFile, known: &Authorities, now: Timestamp) -> Self {
        let mut known = known.clone();
        for cluster in &file.clusters {
            let embedded = cluster.authority.as_ref().and_then(FieldSource::data);
            for certificate in embedded.into_iter().flatten() {
                known.add(format!("the CA of cluster `{}`", cluster.name), certificate);
            }
        }
        Self {
            current_context: file.current_context.clone(),
            contexts: file.contexts.iter().map(context).collect(),
            clusters: file.clusters.iter().map(|it| cluster(it, &known, now)).collect(),
            users: file.users.iter().map(|it| user(it, &known, now)).collect(),
            problems: file.problems.iter().map(problem).collect(),
        }
    }
}

fn problem(finding: &Finding) -> String {
    format!("`{}` in `{}`: {}", finding.name, finding.list, finding.problem)
}

fn context(entry: &ContextEntry) -> ContextView {
    ContextView {
        name: entry.name.clone(),
        cluster: entry.cluster.clone(),
        user: entry.user.clone(),
        namespace: entry.namespace.clone(),
    }
}

fn cluster(entry: &ClusterEntry, known: &Authorities, now: Timestamp) -> ClusterView {
    let views = |all: &Vec<Arc<Certificate>>| {
        all.iter().map(|certificate| CertificateView::of(certificate, known, now)).collect()
    };
    ClusterView {
        name: entry.name.clone(),
        server: entry.server.clone(),
        tls_server_name: entry.tls_server_name.clone(),
        insecure_skip_tls_verify: entry.insecure_skip_tls_verify,
        authority: entry.authority.as_ref().map(|given| embedded(given, views)),
    }
}

fn user(entry: &UserEntry, known: &Authorities, now: Timestamp) -> UserView {
    let certificates = entry.certificate.as_ref().and_then(FieldSource::data);
    let private = entry.key.as_ref().and_then(FieldSource::data);
    let views = |all: &Vec<Arc<Certificate>>| {
        let view = |certificate: &Arc<Certificate>| {
            let mut view = CertificateView::of(certificate, known, now);
            view.private_key_is_here = private.is_some_and(|it| key::fits(it, certificate));
            view
        };
        all.iter().map(view).collect()
    };
    let key_view = |private: &PrivateKey| {
        let all = certificates.into_iter().flatten().enumerate();
        let fits = all.filter(|(_, it)| key::fits(private, it)).map(|(index, _)| index + 1);
        PrivateKeyView::of(private, fits.collect())
    };
    UserView {
        name: entry.name.clone(),
        certificate: entry.certificate.as_ref().map(|given| embedded(given, views)),
        private_key: entry.key.as_ref().map(|given| embedded(given, key_view)),
        others: entry.others.clone(),
    }
}

fn embedded<T, V>(given: &FieldSource<T>, view: impl FnOnce(&T) -> V) -> Embedded<V> {
    match given {
        FieldSource::Data(Ok(data)) => Embedded::Data(view(data)),
        FieldSource::Data(Err(error)) => Embedded::Unreadable(error.to_string()),
        FieldSource::Path(path) => Embedded::Path(path.clone()),
    }
}
