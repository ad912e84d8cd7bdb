//! What a kubeconfig says of the user that it logs in: certificate, server, and whom it trusts.
//! Shows no key.

use kubepki_ca::Certificate;
use kubepki_kubeconfig::{Cluster, Kubeconfig};

use super::Note;
use crate::{
    spec::{check_kubeconfig_name, check_server},
    store::StorePath,
};

/// A kubeconfig whose current user has a certificate and key embedded.
#[derive(Debug)]
pub(super) struct Client {
    pub(super) path: StorePath,
    pub(super) certificate: Certificate,
    /// What follows it.
    pub(super) rest: Vec<Certificate>,
    pub(super) cluster: String,
    pub(super) server: String,
    pub(super) user: String,
    /// The CAs that it trusts; at least one.
    pub(super) trusted: Vec<Certificate>,
    /// The name that the apiserver has to have, where it is not the server's.
    pub(super) tls_server_name: Option<String>,
}

impl Client {
    /// Reads the current context, or notes why it is not one of ours to keep.
    pub(super) fn read(path: StorePath, kubeconfig: &Kubeconfig) -> Result<Self, Note> {
        let left_out = |why: &str| Note::left_out(&path, why);
        let current = kubeconfig.current().map_err(|error| left_out(&error.to_string()))?;
        if let Some(file) = &current.user.client_certificate {
            let is_kubelets = file.contains("kubelet-client-current");
            return Err(left_out(if is_kubelets {
                "it names files that the kubelet renews itself"
            } else {
                "it names its certificate by a path, and has none of its own"
            }));
        }
        let pem = current.user.client_certificate_data.as_ref();
        let pem = pem.ok_or_else(|| left_out("its current user has no certificate"))?;
        if current.user.client_key_data.is_none() {
            return Err(left_out("its current user has no key in it"));
        }
        let mut all = Certificate::all_from_pem(pem.as_ref())
            .map_err(|error| left_out(&error.to_string()))?
            .into_iter();
        let certificate =
            all.next().ok_or_else(|| left_out("its current user has no certificate"))?;
        let (cluster, server) = (&current.context.cluster, &current.cluster.server);
        check_server(server).map_err(|error| left_out(&error.to_string()))?;
        for name in [cluster, &current.context.user] {
            check_kubeconfig_name(name).map_err(|error| left_out(&error.to_string()))?;
        }
        let trusted = trusted(current.cluster).map_err(|why| left_out(&why))?;
        Ok(Self {
            certificate,
            rest: all.collect(),
            cluster: cluster.clone(),
            server: server.clone(),
            user: current.context.user.clone(),
            trusted,
            tls_server_name: current.cluster.tls_server_name.clone(),
            path,
        })
    }

    /// The host of its server, or the name that it expects there.
    pub(super) fn server_name(&self) -> Option<String> {
        let host = || split_server(&self.server).map(|(host, _)| host);
        self.tls_server_name.clone().or_else(host)
    }
}

/// The users of a kubeconfig that are not its current one: nothing describes them.
pub(super) fn others(client: &Client, kubeconfig: &Kubeconfig) -> Option<Note> {
    let users = kubeconfig.users.iter().map(|user| &user.name);
    let others: Vec<_> =
        users.filter(|name| **name != client.user).map(|name| format!("`{name}`")).collect();
    let what = format!(
        "`{}` has more than its current user: {} stay as they are, and are not renewed",
        client.path,
        others.join(", ")
    );
    (!others.is_empty()).then_some(Note::Told { what })
}

fn trusted(cluster: &Cluster) -> Result<Vec<Certificate>, String> {
    if cluster.insecure_skip_tls_verify {
        return Err("it does not check the apiserver's certificate at all".to_owned());
    }
    match &cluster.certificate_authority_data {
        Some(data) => Certificate::all_from_pem(data.as_ref()).map_err(|error| error.to_string()),
        None if cluster.certificate_authority.is_some() => {
            Err("it names its CA by a path, and has none of its own".to_owned())
        }
        None => Err("it names no CA: it trusts those of the machine".to_owned()),
    }
}

/// Host and port of a server's URL; without brackets, and with the port of HTTPS where none is written.
pub(super) fn split_server(url: &str) -> Option<(String, u16)> {
    let authority = url.strip_prefix("https://")?.split('/').next()?;
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
        _ => (authority, 443),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    Some((host.to_owned(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_hosts_and_ports() {
        for (url, host, port) in [
            ("https://10.0.0.1:6443", "10.0.0.1", 6443),
            ("https://api.example.com", "api.example.com", 443),
            ("https://[fd00::1]:6443/path", "fd00::1", 6443),
            ("https://[fd00::1]", "fd00::1", 443),
            ("https://lb/k8s/clusters/c-1", "lb", 443),
        ] {
            assert_eq!(split_server(url), Some((host.to_owned(), port)), "{url}");
        }
        assert_eq!(split_server("http://a"), None);
        assert_eq!(split_server("https://a:99999"), None);
    }
}
