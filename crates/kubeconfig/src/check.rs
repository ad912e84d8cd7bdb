//! What is wrong with a kubeconfig as a file, before any certificate is looked into.

use std::{collections::BTreeSet, fmt};

use crate::{AuthInfo, Cluster, Kubeconfig};

/// Something about a kubeconfig that will not work, or that is not safe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub problem: Problem,
    /// The list: `clusters`, `contexts` or `users`.
    pub list: &'static str,
    /// The entry's name.
    pub name: String,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// A path and data are given for one thing; client-go takes the data or refuses.
    BothForms {
        /// The field with the path.
        field: &'static str,
    },
    /// Two entries of one list have the same name, which kubectl refuses.
    DuplicateName,
    /// A cluster has no `server`.
    EmptyServer,
    /// A client certificate has no key, or a key no certificate.
    HalfPair {
        /// The field that is not there.
        missing: &'static str,
    },
    /// The server's certificate is not checked.
    InsecureSkipTlsVerify,
    /// The server is spoken to without TLS.
    PlainHttp,
    /// A context names a cluster that is not there.
    UnknownCluster {
        /// The cluster's name.
        cluster: String,
    },
    /// `current-context` names a context that is not there.
    UnknownContext,
    /// A context names a user that is not there.
    UnknownUser {
        /// The user's name.
        user: String,
    },
}

impl Problem {
    /// Returns the problem's name for programs, such as `both-forms`.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BothForms { .. } => "both-forms",
            Self::DuplicateName => "duplicate-name",
            Self::EmptyServer => "empty-server",
            Self::HalfPair { .. } => "half-pair",
            Self::InsecureSkipTlsVerify => "insecure-skip-tls-verify",
            Self::PlainHttp => "plain-http",
            Self::UnknownCluster { .. } => "unknown-cluster",
            Self::UnknownContext => "unknown-context",
            Self::UnknownUser { .. } => "unknown-user",
        }
    }

    /// Says whether it is a name that leads nowhere. In a list of files, as in `$KUBECONFIG`, it
    /// may lead into another file.
    pub const fn is_dangling(&self) -> bool {
        matches!(
            self,
            Self::UnknownCluster { .. } | Self::UnknownContext | Self::UnknownUser { .. }
        )
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BothForms { field } => write!(f, "both `{field}` and `{field}-data` are given"),
            Self::DuplicateName => f.write_str("the name is given twice, which kubectl refuses"),
            Self::EmptyServer => f.write_str("`server` is empty"),
            Self::HalfPair { missing } => write!(f, "there is no `{missing}` for the other half"),
            Self::InsecureSkipTlsVerify => f.write_str(
                "`insecure-skip-tls-verify` is set: anybody on the way can read the credentials",
            ),
            Self::PlainHttp => f.write_str("the server is spoken to without TLS"),
            Self::UnknownCluster { cluster } => {
                write!(f, "names cluster {cluster:?}, which is not there")
            }
            Self::UnknownContext => f.write_str("`current-context` names it, but it is not there"),
            Self::UnknownUser { user } => write!(f, "names user {user:?}, which is not there"),
        }
    }
}

impl Kubeconfig {
    /// Finds what is wrong with the file, in the file's order. Opens no file that it names.
    pub fn check(&self) -> Vec<Finding> {
        let mut found = Found::default();
        found.duplicates("clusters", self.clusters.iter().map(|entry| entry.name.as_str()));
        found.duplicates("contexts", self.contexts.iter().map(|entry| entry.name.as_str()));
        found.duplicates("users", self.users.iter().map(|entry| entry.name.as_str()));
        for entry in &self.clusters {
            found.of("clusters", &entry.name, cluster(&entry.cluster));
        }
        for entry in &self.users {
            found.of("users", &entry.name, user(&entry.user));
        }
        let clusters: BTreeSet<_> = self.clusters.iter().map(|entry| &entry.name).collect();
        let users: BTreeSet<_> = self.users.iter().map(|entry| &entry.name).collect();
        for entry in &self.contexts {
            let (cluster, user) = (&entry.context.cluster, &entry.context.user);
            let unknown_cluster = (!clusters.contains(cluster))
                .then(|| Problem::UnknownCluster { cluster: cluster.clone() });
            // A context without a user is one for anonymous access.
            let unknown_user = (!user.is_empty() && !users.contains(user))
                .then(|| Problem::UnknownUser { user: user.clone() });
            found.of("contexts", &entry.name, unknown_cluster.into_iter().chain(unknown_user));
        }
        let current = &self.current_context;
        if !current.is_empty() && self.context(current).is_none() {
            found.of("contexts", current, [Problem::UnknownContext]);
        }
        found.0
    }
}

#[derive(Default)]
struct Found(Vec<Finding>);

impl Found {
    fn of(&mut self, list: &'static str, name: &str, problems: impl IntoIterator<Item = Problem>) {
        self.0.extend(problems.into_iter().map(|problem| Finding {
            problem,
            list,
            name: name.to_owned(),
        }));
    }

    fn duplicates<'a>(&mut self, list: &'static str, names: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for name in names {
            if !seen.insert(name) {
                self.of(list, name, [Problem::DuplicateName]);
            }
        }
    }
}

fn cluster(cluster: &Cluster) -> Vec<Problem> {
    let both =
        cluster.certificate_authority.is_some() && cluster.certificate_authority_data.is_some();
    let found = [
        (both, Problem::BothForms { field: "certificate-authority" }),
        (cluster.server.is_empty(), Problem::EmptyServer),
        (cluster.insecure_skip_tls_verify, Problem::InsecureSkipTlsVerify),
        (cluster.server.starts_with("http://"), Problem::PlainHttp),
    ];
    found.into_iter().filter_map(|(is_so, problem)| is_so.then_some(problem)).collect()
}

fn user(user: &AuthInfo) -> Vec<Problem> {
    let certificate = (user.client_certificate.is_some(), user.client_certificate_data.is_some());
    let key = (user.client_key.is_some(), user.client_key_data.is_some());
    let has = |(path, data)| path || data;
    let found = [
        (certificate == (true, true), Problem::BothForms { field: "client-certificate" }),
        (key == (true, true), Problem::BothForms { field: "client-key" }),
        (has(key) && !has(certificate), Problem::HalfPair { missing: "client-certificate" }),
        (has(certificate) && !has(key), Problem::HalfPair { missing: "client-key" }),
    ];
    found.into_iter().filter_map(|(is_so, problem)| is_so.then_some(problem)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_problem_is_found_once_and_at_its_place() {
        let config = Kubeconfig::parse_with_duplicates(
            "current-context: gone
clusters:
- {name: ok, cluster: {server: 'https://a', certificate-authority: ca}}
- {name: both, cluster: {server: 'https://a', certificate-authority: ca, certificate-authority-data: QUFB}}
- {name: empty}
- {name: plain, cluster: {server: 'http://a', insecure-skip-tls-verify: true}}
- {name: ok}
users:
- {name: ok, user: {token: t}}
- {name: half, user: {client-key: k}}
- {name: other-half, user: {client-certificate-data: QUFB}}
- {name: both, user: {client-certificate: c, client-certificate-data: QUFB, client-key: k, client-key-data: QUFB}}
contexts:
- {name: ok, context: {cluster: ok, user: ok}}
- {name: anonymous, context: {cluster: ok}}
- {name: lost, context: {cluster: x, user: y}}
",
        )
        .unwrap();
        let found: Vec<_> = config
            .check()
            .into_iter()
            .map(|found| format!("{} {} {}", found.list, found.name, found.problem.code()))
            .collect();
        assert_eq!(
            found,
            [
                "clusters ok duplicate-name",
                "clusters both both-forms",
                "clusters empty empty-server",
                "clusters plain insecure-skip-tls-verify",
                "clusters plain plain-http",
                "clusters ok empty-server",
                "users half half-pair",
                "users other-half half-pair",
                "users both both-forms",
                "users both both-forms",
                "contexts lost unknown-cluster",
                "contexts lost unknown-user",
                "contexts gone unknown-context",
            ]
        );
    }
}
