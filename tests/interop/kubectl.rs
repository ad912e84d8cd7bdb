//! kubectl reads from every kubeconfig what the spec means.

use std::fs;

use super::{expected::Expected, made::Made};

pub(super) fn judge(made: &Made) {
    assert!(!made.kubeconfigs.is_empty());
    let cluster = &made.spec.name;
    for kubeconfig in &made.kubeconfigs {
        let path = kubeconfig.file.strip_prefix(made.root()).unwrap().display().to_string();
        let Expected { subject, server, .. } = Expected::at(&path, &made.spec).unwrap();
        let user = subject.iter().find_map(|part| part.strip_prefix("CN=")).unwrap();
        let context = format!("{user}@{cluster}");
        let heading = format!(
            "v1 Config
cluster {cluster} {server}
context {context} {cluster} {user}
user {user}
current {context}"
        );
        assert_eq!(kubeconfig.heading, heading, "{path}");
        let embedded = fs::read_to_string(&kubeconfig.authority).unwrap();
        let authority = fs::read_to_string(made.authority("kubernetes-ca")).unwrap();
        assert_eq!(embedded, authority, "the CA in {path}");
    }
}
