//! The files a host's control plane is started from, by their use. Reads none of them.

use std::path::{Path, PathBuf};

/// A certificate and its private key, each in a PEM file.
#[derive(Clone, Debug)]
pub struct KeyedCertificate {
    /// The file of the certificate, with its intermediates if it has any.
    pub certificate: PathBuf,
    /// The file of the private key.
    pub key: PathBuf,
}

impl KeyedCertificate {
    /// The pair `STEM.crt` and `STEM.key`.
    pub fn at(stem: impl AsRef<Path>) -> Self {
        let with = |ending| PathBuf::from(format!("{}.{ending}", stem.as_ref().display()));
        Self { certificate: with("crt"), key: with("key") }
    }
}

/// etcd's files, and those with which its clients come.
#[derive(Clone, Debug)]
pub struct EtcdFiles {
    /// Whom etcd trusts, and who vouches for it.
    pub authority: PathBuf,
    /// What etcd serves clients with.
    pub server: KeyedCertificate,
    /// What etcd meets other members with.
    pub peer: KeyedCertificate,
    /// What health checks come with.
    pub healthcheck_client: KeyedCertificate,
    /// What the apiserver comes with.
    pub apiserver_client: KeyedCertificate,
}

/// The files of the apiserver's aggregation layer.
#[derive(Clone, Debug)]
pub struct FrontProxyFiles {
    /// Whom the apiserver trusts to name users in request headers.
    pub authority: PathBuf,
    /// What the apiserver goes to extension apiservers with.
    pub client: KeyedCertificate,
}

/// All files of one control-plane host. Any may be replaced after a constructor has filled them
/// in; with `None` the component does without.
#[derive(Clone, Debug)]
pub struct HostFiles {
    /// Whom the cluster's components trust (`ca.crt`).
    pub authority: PathBuf,
    /// What the apiserver serves with.
    pub apiserver: KeyedCertificate,
    /// What the apiserver goes to kubelets with.
    pub apiserver_kubelet_client: KeyedCertificate,
    /// etcd's files; without them etcd speaks plain HTTP, as in the hard-way tutorial.
    pub etcd: Option<EtcdFiles>,
    /// The aggregation layer's files.
    pub front_proxy: Option<FrontProxyFiles>,
    /// What signs ServiceAccount tokens.
    pub service_account_key: PathBuf,
    /// What checks them: a public key or a certificate.
    pub service_account_public_key: PathBuf,
    /// What the controller manager signs CSRs with; the certificate file holds exactly one.
    pub cluster_signing: Option<KeyedCertificate>,
    /// What the controller manager serves its metrics with; otherwise it makes its own.
    pub controller_manager_server: Option<KeyedCertificate>,
    /// What the scheduler serves its metrics with; otherwise it makes its own.
    pub scheduler_server: Option<KeyedCertificate>,
    /// The controller manager's kubeconfig.
    pub controller_manager_kubeconfig: PathBuf,
    /// The scheduler's kubeconfig.
    pub scheduler_kubeconfig: PathBuf,
}

impl HostFiles {
    /// The files of a host in our `hosts` layout, where `host` is the folder that holds `etc/`.
    pub fn of_host(host: &Path) -> Self {
        let kubernetes = std::path::absolute(host.join("etc/kubernetes"));
        let kubernetes = kubernetes.unwrap_or_else(|e| panic!("no current folder: {e}"));
        let pki = kubernetes.join("pki");
        let pair = |name: &str| KeyedCertificate::at(pki.join(name));
        let cluster_signing = KeyedCertificate {
            certificate: pki.join("cluster-signing.crt"),
            key: pki.join("ca.key"),
        };
        Self {
            authority: pki.join("ca.crt"),
            apiserver: pair("apiserver"),
            apiserver_kubelet_client: pair("apiserver-kubelet-client"),
            etcd: Some(EtcdFiles {
                authority: pki.join("etcd/ca.crt"),
                server: pair("etcd/server"),
                peer: pair("etcd/peer"),
                healthcheck_client: pair("etcd/healthcheck-client"),
                apiserver_client: pair("apiserver-etcd-client"),
            }),
            front_proxy: Some(FrontProxyFiles {
                authority: pki.join("front-proxy-ca.crt"),
                client: pair("front-proxy-client"),
            }),
            service_account_key: pki.join("sa.key"),
            service_account_public_key: pki.join("sa.pub"),
            cluster_signing: Some(cluster_signing),
            controller_manager_server: Some(pair("controller-manager-server")),
            scheduler_server: Some(pair("scheduler-server")),
            controller_manager_kubeconfig: kubernetes.join("controller-manager.conf"),
            scheduler_kubeconfig: kubernetes.join("scheduler.conf"),
        }
    }

    /// The files that `kubeadm init` leaves below `root/etc/kubernetes`: the CA itself signs CSRs,
    /// and the controller manager and the scheduler have no serving certificates.
    pub fn of_kubeadm(root: &Path) -> Self {
        let files = Self::of_host(root);
        Self {
            cluster_signing: Some(KeyedCertificate::at(files.authority.with_extension(""))),
            controller_manager_server: None,
            scheduler_server: None,
            ..files
        }
    }

    /// The files of the hard-way tutorial, all in one folder: one CA for everything, one
    /// certificate for the apiserver's two roles, no etcd and no front-proxy certificates.
    pub fn of_tutorial(folder: &Path) -> Self {
        let folder = std::path::absolute(folder);
        let folder = folder.unwrap_or_else(|e| panic!("no current folder: {e}"));
        let pair = |name: &str| KeyedCertificate::at(folder.join(name));
        Self {
            authority: folder.join("ca.crt"),
            apiserver: pair("kube-api-server"),
            apiserver_kubelet_client: pair("kube-api-server"),
            etcd: None,
            front_proxy: None,
            service_account_key: folder.join("service-accounts.key"),
            service_account_public_key: folder.join("service-accounts.crt"),
            cluster_signing: Some(pair("ca")),
            controller_manager_server: None,
            scheduler_server: None,
            controller_manager_kubeconfig: folder.join("kube-controller-manager.kubeconfig"),
            scheduler_kubeconfig: folder.join("kube-scheduler.kubeconfig"),
        }
    }

    /// Panics with the names of all the files that do not exist.
    pub(super) fn expect_present(&self) {
        let mut pairs = vec![&self.apiserver, &self.apiserver_kubelet_client];
        let mut files = vec![
            &self.authority,
            &self.service_account_key,
            &self.service_account_public_key,
            &self.controller_manager_kubeconfig,
            &self.scheduler_kubeconfig,
        ];
        if let Some(etcd) = &self.etcd {
            files.push(&etcd.authority);
            pairs.extend([&etcd.server, &etcd.peer]);
            pairs.extend([&etcd.healthcheck_client, &etcd.apiserver_client]);
        }
        if let Some(front_proxy) = &self.front_proxy {
            files.push(&front_proxy.authority);
            pairs.push(&front_proxy.client);
        }
        let optional =
            [&self.cluster_signing, &self.controller_manager_server, &self.scheduler_server];
        pairs.extend(optional.into_iter().flatten());
        files.extend(pairs.iter().flat_map(|pair| [&pair.certificate, &pair.key]));
        files.retain(|file| !file.is_file());
        assert!(files.is_empty(), "the control plane's files are not all there: {files:#?}");
    }
}
