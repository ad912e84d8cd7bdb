//! The rows of a kubeconfig: contexts, then clusters and users with their certificates.

use kubepki_verify::inspect::{
    CertificateView, ClusterView, Embedded, KubeconfigView, PrivateKeyView, UserView,
};

use super::{certificate, page::Page};

pub(super) fn put(page: &mut Page, view: &KubeconfigView) {
    for context in &view.contexts {
        let is_current = context.name == view.current_context;
        let namespace = context.namespace.iter().map(|it| format!(", namespace `{it}`"));
        let value = format!(
            "`{}`{}: user `{}` at cluster `{}`{}",
            context.name,
            if is_current { ", the current one" } else { "" },
            context.user,
            context.cluster,
            namespace.collect::<String>(),
        );
        page.row(2, "context", &value);
    }
    view.clusters.iter().for_each(|cluster| put_cluster(page, cluster));
    view.users.iter().for_each(|user| put_user(page, user));
    page.rows(2, "PROBLEM", &view.problems);
}

fn put_cluster(page: &mut Page, cluster: &ClusterView) {
    page.line("");
    page.row(2, "cluster", &format!("`{}`", cluster.name));
    page.row(4, "server", &cluster.server);
    page.row(4, "server's name", cluster.tls_server_name.as_deref().unwrap_or_default());
    if cluster.insecure_skip_tls_verify {
        page.row(4, "BEWARE", "the server's certificate is not verified at all");
    }
    match &cluster.authority {
        None => page.row(4, "CA", "those of the machine"),
        Some(authority) => put_certificates(page, "CA", authority),
    }
}

fn put_user(page: &mut Page, user: &UserView) {
    page.line("");
    page.row(2, "user", &format!("`{}`", user.name));
    if let Some(certificates) = &user.certificate {
        put_certificates(page, "certificate", certificates);
    }
    if let Some(key) = &user.private_key {
        page.row(4, "private key", &private_key(key));
    }
    let others: Vec<_> = user.others.iter().map(|it| (*it).to_owned()).collect();
    page.list(4, "proves it by", &others);
}

fn put_certificates(page: &mut Page, name: &str, given: &Embedded<Vec<CertificateView>>) {
    match given {
        Embedded::Data(all) => {
            for view in all {
                page.row(4, name, &view.what);
                certificate::put(page, 6, view);
            }
        }
        Embedded::Path(path) => page.row(4, name, &format!("in the file `{path}`")),
        Embedded::Unreadable(reason) => page.row(4, name, &format!("UNREADABLE: {reason}")),
    }
}

fn private_key(given: &Embedded<PrivateKeyView>) -> String {
    match given {
        Embedded::Data(key) if key.is_encrypted => "encrypted, so that no client loads it".into(),
        Embedded::Data(key) => {
            let algorithm = key.public_key.as_ref().map_or("unknown", |it| it.algorithm.as_str());
            let fits = if key.fits.is_empty() { "IT FITS NO CERTIFICATE" } else { "it fits" };
            format!("{algorithm}, {fits}")
        }
        Embedded::Path(path) => format!("in the file `{path}`"),
        Embedded::Unreadable(reason) => format!("UNREADABLE: {reason}"),
    }
}
