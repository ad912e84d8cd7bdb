//! The rows of a kubeconfig: contexts, then clusters and users with their certificates.

use kubepki_inspect::view::{
    CertificateView, ClusterView, Embedded, KubeconfigView, PrivateKeyView, UserView,
};

use kubepki_report::Fields;

use super::certificate;

pub(super) fn put(page: &mut Fields, view: &KubeconfigView) {
    for context in &view.contexts {
        let is_current = context.name == view.current_context;
        let namespace = context.namespace.iter().map(|it| format!(", namespace `{it}`"));
        let value = format!(
            "`{}`{}: user `{}` at cluster `{}`{}",
            context.name,
            if is_current { ", current" } else { "" },
            context.user,
            context.cluster,
            namespace.collect::<String>(),
        );
        page.row("context", &value);
    }
    view.clusters.iter().for_each(|cluster| put_cluster(page, cluster));
    view.users.iter().for_each(|user| put_user(page, user));
    page.rows("PROBLEM", &view.problems);
}

fn put_cluster(page: &mut Fields, cluster: &ClusterView) {
    page.blank();
    page.row("cluster", &format!("`{}`", cluster.name));
    page.row("server", &cluster.server);
    page.row("TLS name", cluster.tls_server_name.as_deref().unwrap_or_default());
    if cluster.insecure_skip_tls_verify {
        page.row("WARNING", "clients do not verify the server's certificate");
    }
    match &cluster.authority {
        None => page.row("CA", "the CAs of the system"),
        Some(authority) => put_certificates(page, "CA", authority),
    }
}

fn put_user(page: &mut Fields, user: &UserView) {
    page.blank();
    page.row("user", &format!("`{}`", user.name));
    if let Some(certificates) = &user.certificate {
        put_certificates(page, "certificate", certificates);
    }
    if let Some(key) = &user.private_key {
        page.row("private key", &private_key(key));
    }
    let others: Vec<_> = user.others.iter().map(|it| (*it).to_owned()).collect();
    page.list("signs in with", &others);
}

fn put_certificates(page: &mut Fields, name: &str, given: &Embedded<Vec<CertificateView>>) {
    match given {
        Embedded::Data(all) => {
            for view in all {
                page.row(name, &view.what);
                certificate::put(page, view);
            }
        }
        Embedded::Path(path) => page.row(name, &format!("in the file `{path}`")),
        Embedded::Unreadable(reason) => page.row(name, &format!("UNREADABLE: {reason}")),
    }
}

fn private_key(given: &Embedded<PrivateKeyView>) -> String {
    match given {
        Embedded::Data(key) if key.is_encrypted => "encrypted: clients cannot load it".into(),
        Embedded::Data(key) => {
            let algorithm = key.public_key.as_ref().map_or("unknown", |it| it.algorithm.as_str());
            let fits = if key.fits.is_empty() { "IT MATCHES NO CERTIFICATE" } else { "it matches" };
            format!("{algorithm}, {fits}")
        }
        Embedded::Path(path) => format!("in the file `{path}`"),
        Embedded::Unreadable(reason) => format!("UNREADABLE: {reason}"),
    }
}
