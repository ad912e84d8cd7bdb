//! The checks of flags, as a table: what each finds, why it matters and how to mend it. Checks
//! nothing itself.

mod clients;
mod etcd;
mod files;
mod front_proxy;
mod kubeconfigs;
mod kubelets;
mod network;
mod service_accounts;

use crate::check::Check;

/// The checks of flags against files, by name within each number.
pub(crate) const CHECKS: &[&Check] = &[
    &etcd::ETCD_ADDRESS_NOT_IN_CERTIFICATE,
    &etcd::ETCD_LISTENS_BEYOND_NAMES,
    &etcd::ETCD_SERVERS_ELSEWHERE,
    &clients::CLIENT_CA_MISSES_ISSUER,
    &clients::CLIENT_CA_UNSET,
    &clients::SIGNING_CERTIFICATE_BUNDLE,
    &clients::SIGNING_KEY_MISMATCH,
    &clients::SIGNING_CERTIFICATE_UNTRUSTED,
    &clients::ROOT_CA_UNSET,
    &clients::ROOT_CA_WRONG,
    &service_accounts::SERVICE_ACCOUNT_KEY_UNSET,
    &service_accounts::SERVICE_ACCOUNT_SIGNING_KEY_UNSET,
    &service_accounts::SERVICE_ACCOUNT_KEYS_DISAGREE,
    &service_accounts::SERVICE_ACCOUNT_SIGNERS_DIFFER,
    &service_accounts::SERVICE_ACCOUNT_PRIVATE_KEY_UNSET,
    &etcd::ETCD_CA_WRONG,
    &etcd::ETCD_CA_UNSET,
    &etcd::ETCD_CLIENT_UNTRUSTED,
    &etcd::ETCD_CLIENT_AUTH_OFF,
    &etcd::ETCD_PEER_AUTH_OFF,
    &etcd::ETCD_PEER_UNTRUSTED,
    &etcd::ETCD_PLAINTEXT,
    &etcd::ETCD_PLAINTEXT_LOCAL,
    &etcd::ETCD_AUTO_TLS,
    &etcd::ETCD_CA_SHARED,
    &kubelets::KUBELET_CA_UNSET,
    &kubelets::KUBELET_CA_WRONG,
    &kubelets::KUBELET_CLIENT_CA_UNSET,
    &kubelets::KUBELET_CLIENT_UNSET,
    &kubelets::KUBELET_CLIENT_UNTRUSTED,
    &kubelets::KUBELET_CLIENT_NEEDS_RIGHTS,
    &front_proxy::REQUESTHEADER_CA_IS_CLIENT_CA,
    &front_proxy::REQUESTHEADER_NAMES_EMPTY,
    &front_proxy::REQUESTHEADER_NAME_NOT_ALLOWED,
    &front_proxy::PROXY_CLIENT_UNTRUSTED,
    &network::SERVICE_RANGE_UNSET,
    &network::SERVICE_RANGE_DIFFERS,
    &network::SERVICE_RANGE_INVALID,
    &network::SERVICE_ADDRESS_NOT_IN_CERTIFICATE,
    &network::ADVERTISED_ADDRESS_NOT_IN_CERTIFICATE,
    &files::COMPONENT_TWICE,
    &files::FILE_MISSING,
    &files::FILE_NOT_MOUNTED,
    &files::FILE_UNREADABLE,
    &files::FILE_CLOSED_TO_ITS_USER,
    &files::FILE_UNUSABLE,
    &files::FLAG_PAIR_INCOMPLETE,
    &files::FLAG_PAIR_MISMATCH,
    &files::SERVING_CERTIFICATE_UNSET,
    &kubeconfigs::BOOTSTRAP_CA_DIFFERS,
    &kubeconfigs::KUBECONFIG_CA_DIFFERS,
    &network::CLUSTER_DOMAIN_NOT_IN_CERTIFICATE,
    &network::NODE_NAME_DIFFERS,
    &network::NODE_NAME_IS_NOT_THE_HOSTS,
    &kubelets::KUBELET_ROTATION_OFF,
    &files::FILE_WRITABLE,
    &files::FILE_OWNER,
];
