//! The flags of kube-apiserver. Facts only.

use kubepki_cluster::Slot;

use super::flag::{
    Flag, Table,
    Value::{Beside, Fact, File, Needed, OptionalFile, Text},
};
use crate::share::Part::{Certificate, Configuration, Key, Public};

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag::new("advertise-address", Fact(|it| it.address()), "the Service `kubernetes` leads here; in the certificate"),
    Flag::new("allow-privileged", Text("true"), "network plugins and kube-proxy need it"),
    Flag::new("authorization-mode", Text("Node,RBAC"), "a node may do what its own Pods need, and others what RBAC says"),
    Flag::new("client-ca-file", File(Slot::ClusterCa, Certificate), "whose certificates are users"),
    Flag::new("enable-admission-plugins", Text("NodeRestriction"), "a node may change no other node"),
    Flag::new("enable-bootstrap-token-auth", Text("true"), "for nodes that ask for their certificate"),
    Flag::new("encryption-provider-config", OptionalFile(Slot::EncryptionConfig, Configuration), "Secrets are ciphertext in etcd"),
    Flag::new("etcd-cafile", File(Slot::EtcdCa, Certificate), "whom it trusts as etcd"),
    Flag::new("etcd-certfile", File(Slot::ApiserverEtcdClient, Certificate), "who it is for etcd"),
    Flag::new("etcd-keyfile", File(Slot::ApiserverEtcdClient, Key), "who it is for etcd"),
    Flag::new("etcd-servers", Needed(|it| it.etcd_servers(), "the role `etcd` of a host"), "every member; its own host's over loopback"),
    Flag::new("kubelet-certificate-authority", Fact(|it| it.kubelet_authority()), "without it kubelets are not verified at all"),
    Flag::new("kubelet-client-certificate", File(Slot::ApiserverKubeletClient, Certificate), "who it is for kubelets"),
    Flag::new("kubelet-client-key", File(Slot::ApiserverKubeletClient, Key), "who it is for kubelets"),
    Flag::new("kubelet-preferred-address-types", Text("InternalIP,Hostname"), "both are in the kubelets' certificates"),
    Flag::new("proxy-client-cert-file", OptionalFile(Slot::FrontProxyClient, Certificate), "who it is for extension apiservers"),
    Flag::new("proxy-client-key-file", OptionalFile(Slot::FrontProxyClient, Key), "who it is for extension apiservers"),
    Flag::new("requestheader-allowed-names", Beside("front-proxy-client", Slot::FrontProxyCa), "empty would be any name"),
    Flag::new("requestheader-client-ca-file", OptionalFile(Slot::FrontProxyCa, Certificate), "never the CA of users: its holders could be anybody"),
    Flag::new("requestheader-extra-headers-prefix", Beside("X-Remote-Extra-", Slot::FrontProxyCa), "what extension apiservers expect"),
    Flag::new("requestheader-group-headers", Beside("X-Remote-Group", Slot::FrontProxyCa), "what extension apiservers expect"),
    Flag::new("requestheader-username-headers", Beside("X-Remote-User", Slot::FrontProxyCa), "what extension apiservers expect"),
    Flag::new("secure-port", Fact(|it| it.apiserver_port()), "the spec's `apiserverPort`"),
    Flag::new("service-account-issuer", Fact(|it| it.service_account_issuer()), "the apiserver's name in the cluster; part of every token"),
    Flag::new("service-account-key-file", File(Slot::ServiceAccount, Public), "without it the TLS key would be taken"),
    Flag::new("service-account-signing-key-file", File(Slot::ServiceAccount, Key), "the controller manager's key"),
    Flag::new("service-cluster-ip-range", Needed(|it| it.service_networks(), "`serviceCIDRs`"), "its first address is in the certificate"),
    Flag::new("tls-cert-file", File(Slot::Apiserver, Certificate), "who it is for its clients"),
    Flag::new("tls-private-key-file", File(Slot::Apiserver, Key), "who it is for its clients"),
];

pub(super) const TABLE: Table = Table { flags: FLAGS, file: None, in_file: &[] };
