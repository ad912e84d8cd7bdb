//! THE TABLE: every file of a cluster, one row a slot. **A new file of the cluster is one more row
//! here** and one more variant of [`Slot`]; nothing else has to know of it. Who is restarted when a
//! file changed is decided by its row too: see [`ReaderFacts::effect`].
//!
//! Rows are in the order in which things are made and shown. docs/certificates.md shows this table.

use crate::{
    CertificateFacts, CommonName, Component, Effect, FileFacts, Form, Layouts, Names, Part, Paths,
    Place, ProfileName, ReaderFacts, Scope, Slot, SlotFacts,
};
use Component::{
    Etcd, Etcdctl, KubeApiserver, KubeControllerManager, KubeProxy, KubeScheduler, Kubectl, Kubelet,
};
use Part::{Certificate, Configuration, Key, Kubeconfig, Public};

/// The group of every node (the Node authorizer, pkg/auth/nodeidentifier of Kubernetes).
pub const NODES: &str = "system:nodes";

/// The group that is above RBAC (pkg/apis/rbac of Kubernetes, bootstrap policy).
pub const SYSTEM_MASTERS: &str = "system:masters";

/// Everything that a cluster may have, but what only a spec knows.
#[rustfmt::skip]
pub const TABLE: &[SlotFacts] = &[
    // A file of its own, because the controller manager refuses a bundle, which the trust file may
    // become. Only where the spec says `csrSigning`.
    SlotFacts {
        slot: Slot::SigningCertificate, name: "cluster-signing", described: "the certificate that signs requests",
        scope: Scope::ControlPlane, form: Form::Copy(Slot::ClusterCa, Certificate),
        files: &[FileFacts {
            copy: Some("etc/kubernetes/pki/cluster-signing.crt"), only_to_sign: true,
            ..file(Certificate, "the CA as issuer of certificate requests", &[
                reader(KubeControllerManager, &["cluster-signing-cert-file"], Effect::since(18), SIGNING_PAIR),
            ])
        }],
        stand_in: Some(Slot::ClusterCa),
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::ClusterCa, name: "ca", described: "the cluster's CA",
        scope: Scope::Cluster, form: Form::Pair, certificate: authority("kubernetes-ca"),
        paths: paths(Place::Pair("authorities/ca"), Place::Pair("ca"), Place::Pair("pki/ca")),
        files: &[
            FileFacts {
                copy: Some("etc/kubernetes/pki/ca.crt"),
                ..file(Certificate, "whom the apiserver, kubelets and Pods trust", &[
                    reader(KubeApiserver, &["client-ca-file", "kubelet-certificate-authority"], Effect::since(19), CLIENT_CAS),
                    reader(KubeControllerManager, &["root-ca-file"], Effect::Restart, "kubernetes/kubernetes#137410 is open: read at the start"),
                    reader(Kubelet, &["client-ca-file"], Effect::Restart, "kubernetes/kubernetes#136762 is young, and the kubeconfig embeds the CA"),
                ])
            },
            FileFacts {
                copy: Some("etc/kubernetes/pki/ca.key"), only_to_sign: true,
                ..file(Key, "signs certificate requests", &[
                    reader(KubeControllerManager, &["cluster-signing-key-file"], Effect::since(18), SIGNING_PAIR),
                ])
            },
        ],
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::EtcdCa, name: "etcd-ca", described: "etcd's CA",
        scope: Scope::ClusterWithEtcd, form: Form::Pair, certificate: authority("etcd-ca"),
        paths: paths(Place::Pair("authorities/etcd-ca"), Place::Pair("etcd-ca"), Place::Pair("pki/etcd/ca")),
        files: &[FileFacts {
            copy: Some("etc/kubernetes/pki/etcd/ca.crt"),
            ..file(Certificate, "whom etcd's members and clients trust", &[
                reader(Etcd, &["trusted-ca-file", "peer-trusted-ca-file"], Effect::Restart, "etcd-io/etcd#11555 is open"),
                reader(Etcdctl, &["cacert"], Effect::NextRun, "etcd's documentation, etcdctl"),
                reader(KubeApiserver, &["etcd-cafile"], Effect::Restart, "read when the apiserver makes its client of etcd"),
            ])
        }],
        stand_in: Some(Slot::ClusterCa),
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::FrontProxyCa, name: "front-proxy-ca", described: "the front proxy's CA",
        scope: Scope::Cluster, form: Form::Pair, certificate: authority("front-proxy-ca"),
        paths: paths(Place::Pair("authorities/front-proxy-ca"), Place::Pair("front-proxy-ca"), Place::Pair("pki/front-proxy-ca")),
        files: &[FileFacts {
            copy: Some("etc/kubernetes/pki/front-proxy-ca.crt"),
            ..file(Certificate, "whom the apiserver trusts as front proxy", &[
                reader(KubeApiserver, &["requestheader-client-ca-file"], Effect::since(19), CLIENT_CAS),
            ])
        }],
        ..NO_FILES
    },
    // The tutorial keeps a certificate around the key, of which only the key is read.
    SlotFacts {
        slot: Slot::ServiceAccount, name: "service-account", described: "the ServiceAccount key",
        scope: Scope::Cluster, form: Form::KeyPair,
        hard_way: client(Slot::ClusterCa, CommonName::Fixed("service-accounts")),
        paths: paths(
            Place::KeyPair { key: "authorities/service-account.key", public: "authorities/service-account.pub" },
            Place::KeyPair { key: "service-accounts.key", public: "service-accounts.crt" },
            Place::KeyPair { key: "pki/sa.key", public: "pki/sa.pub" },
        ),
        files: &[
            FileFacts {
                copy: Some("etc/kubernetes/pki/sa.key"),
                ..file(Key, "signs ServiceAccount tokens", &[
                    ReaderFacts { layouts: Layouts::ButHardWay, ..reader(KubeApiserver, &["service-account-signing-key-file"], Effect::Restart, AT_START) },
                    ReaderFacts { layouts: Layouts::HardWay, ..reader(KubeApiserver, &["service-account-signing-key-file"], Effect::NextRun, KEY_STAYS) },
                    ReaderFacts { layouts: Layouts::ButHardWay, ..reader(KubeControllerManager, &["service-account-private-key-file"], Effect::Restart, AT_START) },
                ])
            },
            FileFacts {
                copy: Some("etc/kubernetes/pki/sa.pub"),
                ..file(Public, "checks ServiceAccount tokens", &[
                    ReaderFacts { layouts: Layouts::ButHardWay, ..reader(KubeApiserver, &["service-account-key-file"], Effect::Restart, AT_START) },
                    ReaderFacts { layouts: Layouts::HardWay, ..reader(KubeApiserver, &["service-account-key-file"], Effect::NextRun, KEY_STAYS) },
                ])
            },
        ],
        ..NO_FILES
    },
    // kubeadm's apiserver sees the folder `pki` only.
    SlotFacts {
        slot: Slot::EncryptionConfig, name: "encryption-config", described: "the file of the keys that encrypt Secrets",
        scope: Scope::Cluster, form: Form::Secret,
        paths: paths(Place::File("authorities/encryption-config.yaml"), Place::File("encryption-config.yaml"), Place::File("pki/encryption-config.yaml")),
        files: &[FileFacts {
            copy: Some("etc/kubernetes/encryption-config.yaml"),
            ..file(Configuration, "encrypts Secrets in etcd", &[
                reader(KubeApiserver, &["encryption-provider-config"], Effect::Restart, "`--encryption-provider-config-automatic-reload` (CHANGELOG-1.26) is off unless asked for"),
            ])
        }],
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::BootstrapToken, name: "bootstrap-token", described: "the token with which kubelets ask for their certificates",
        scope: Scope::Cluster, form: Form::Manifest,
        paths: everywhere(Place::File("bootstrap-token.yaml")),
        ..NO_FILES
    },

    SlotFacts {
        slot: Slot::Apiserver, name: "apiserver", described: "the apiserver's serving certificate",
        scope: Scope::ControlPlane, form: Form::Pair,
        certificate: server(CommonName::Fixed("kube-apiserver"), Names::Apiserver),
        // It dials kubelets too, and is named as the ClusterRoleBinding of a later chapter wants it.
        hard_way: cluster(ProfileName::Peer, CommonName::Fixed("kubernetes"), Names::Apiserver),
        paths: paths(
            Place::Pair("hosts/{host}/etc/kubernetes/pki/apiserver"),
            Place::Pair("kube-api-server"),
            Place::Pair("pki/apiserver"),
        ),
        files: &[
            file(Certificate, "serves the API", APISERVER),
            file(Key, "serves the API", APISERVER),
        ],
        ..NO_FILES
    },
    // No organization: its rights come from a ClusterRoleBinding in rbac.yaml.
    SlotFacts {
        slot: Slot::ApiserverKubeletClient, name: "apiserver-kubelet-client", described: "the apiserver's client certificate for kubelets",
        scope: Scope::ControlPlane, form: Form::Pair,
        certificate: client(Slot::ClusterCa, CommonName::Fixed("kube-apiserver-kubelet-client")),
        paths: Paths {
            hosts: Some(Place::Pair("hosts/{host}/etc/kubernetes/pki/apiserver-kubelet-client")),
            kubeadm: Some(Place::Pair("pki/apiserver-kubelet-client")),
            hard_way: None,
        },
        files: &[
            file(Certificate, "the apiserver as client of kubelets", &[reader(KubeApiserver, &["kubelet-client-certificate"], Effect::since(18), CLIENT_FILES)]),
            file(Key, "the apiserver as client of kubelets", &[reader(KubeApiserver, &["kubelet-client-key"], Effect::since(18), CLIENT_FILES)]),
        ],
        stand_in: Some(Slot::Apiserver),
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::ApiserverEtcdClient, name: "apiserver-etcd-client", described: "the apiserver's client certificate for etcd",
        scope: Scope::ControlPlane, form: Form::Pair,
        certificate: client(Slot::EtcdCa, CommonName::Fixed("kube-apiserver-etcd-client")),
        paths: paths(
            Place::Pair("hosts/{host}/etc/kubernetes/pki/apiserver-etcd-client"),
            Place::Pair("kube-api-server-etcd-client"),
            Place::Pair("pki/apiserver-etcd-client"),
        ),
        files: &[
            file(Certificate, "the apiserver as client of etcd", &[reader(KubeApiserver, &["etcd-certfile"], Effect::since(17), ETCD_LIBRARY)]),
            file(Key, "the apiserver as client of etcd", &[reader(KubeApiserver, &["etcd-keyfile"], Effect::since(17), ETCD_LIBRARY)]),
        ],
        stand_in: Some(Slot::Apiserver),
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::FrontProxyClient, name: "front-proxy-client", described: "the front proxy's client certificate",
        scope: Scope::ControlPlane, form: Form::Pair,
        certificate: client(Slot::FrontProxyCa, CommonName::Fixed("front-proxy-client")),
        paths: paths(
            Place::Pair("hosts/{host}/etc/kubernetes/pki/front-proxy-client"),
            Place::Pair("front-proxy-client"),
            Place::Pair("pki/front-proxy-client"),
        ),
        files: &[
            file(Certificate, "the apiserver as front proxy", &[reader(KubeApiserver, &["proxy-client-cert-file"], Effect::since(20), FRONT_PROXY)]),
            file(Key, "the apiserver as front proxy", &[reader(KubeApiserver, &["proxy-client-key-file"], Effect::since(20), FRONT_PROXY)]),
        ],
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::ControllerManager, name: "controller-manager", described: "the controller manager's client certificate",
        scope: Scope::ControlPlane, form: Form::LocalKubeconfig,
        certificate: client(Slot::ClusterCa, CommonName::Fixed("system:kube-controller-manager")),
        paths: paths(
            Place::Kubeconfig("hosts/{host}/etc/kubernetes/controller-manager.conf"),
            Place::PairAndKubeconfig("kube-controller-manager"),
            Place::Kubeconfig("controller-manager.conf"),
        ),
        files: &[file(Kubeconfig, "its credential at the API", &[reader(KubeControllerManager, KUBECONFIG_FLAGS, Effect::Restart, EMBEDDED)])],
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::Scheduler, name: "scheduler", described: "the scheduler's client certificate",
        scope: Scope::ControlPlane, form: Form::LocalKubeconfig,
        certificate: client(Slot::ClusterCa, CommonName::Fixed("system:kube-scheduler")),
        paths: paths(
            Place::Kubeconfig("hosts/{host}/etc/kubernetes/scheduler.conf"),
            Place::PairAndKubeconfig("kube-scheduler"),
            Place::Kubeconfig("scheduler.conf"),
        ),
        files: &[file(Kubeconfig, "its credential at the API", &[reader(KubeScheduler, KUBECONFIG_FLAGS, Effect::Restart, EMBEDDED)])],
        ..NO_FILES
    },
    // kubeadm makes no serving certificates for this and the next; in the tutorial both make some
    // themselves.
    SlotFacts {
        slot: Slot::ControllerManagerServer, name: "controller-manager-server", described: "the controller manager's serving certificate",
        scope: Scope::ControlPlane, form: Form::Pair,
        certificate: server(CommonName::Fixed("kube-controller-manager"), Names::HostAndLoopback),
        paths: only_hosts(Place::Pair("hosts/{host}/etc/kubernetes/pki/controller-manager-server")),
        files: &[
            file(Certificate, "serves health and metrics", &[reader(KubeControllerManager, &["tls-cert-file"], Effect::since(17), SERVING)]),
            file(Key, "serves health and metrics", &[reader(KubeControllerManager, &["tls-private-key-file"], Effect::since(17), SERVING)]),
        ],
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::SchedulerServer, name: "scheduler-server", described: "the scheduler's serving certificate",
        scope: Scope::ControlPlane, form: Form::Pair,
        certificate: server(CommonName::Fixed("kube-scheduler"), Names::HostAndLoopback),
        paths: only_hosts(Place::Pair("hosts/{host}/etc/kubernetes/pki/scheduler-server")),
        files: &[
            file(Certificate, "serves health and metrics", &[reader(KubeScheduler, &["tls-cert-file"], Effect::since(17), SERVING)]),
            file(Key, "serves health and metrics", &[reader(KubeScheduler, &["tls-private-key-file"], Effect::since(17), SERVING)]),
        ],
        ..NO_FILES
    },

    // A peer and not a server: etcd's gRPC gateway dials its own server certificate's listener.
    SlotFacts {
        slot: Slot::EtcdServer, name: "etcd-server", described: "etcd's serving certificate",
        scope: Scope::Etcd, form: Form::Pair, certificate: ETCD_MEMBER,
        paths: paths(
            Place::Pair("hosts/{host}/etc/kubernetes/pki/etcd/server"),
            Place::Pair("{host}-etcd-server"),
            Place::Pair("pki/etcd/server"),
        ),
        files: &[
            file(Certificate, "serves etcd's clients", &[reader(Etcd, &["cert-file"], RELOADS, EACH_CONNECTION)]),
            file(Key, "serves etcd's clients", &[reader(Etcd, &["key-file"], RELOADS, EACH_CONNECTION)]),
        ],
        stand_in: Some(Slot::Apiserver),
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::EtcdPeer, name: "etcd-peer", described: "an etcd member's peer certificate",
        scope: Scope::Etcd, form: Form::Pair, certificate: ETCD_MEMBER,
        paths: paths(
            Place::Pair("hosts/{host}/etc/kubernetes/pki/etcd/peer"),
            Place::Pair("{host}-etcd-peer"),
            Place::Pair("pki/etcd/peer"),
        ),
        files: &[
            file(Certificate, "this member among etcd's members", &[reader(Etcd, &["peer-cert-file"], RELOADS, EACH_CONNECTION)]),
            file(Key, "this member among etcd's members", &[reader(Etcd, &["peer-key-file"], RELOADS, EACH_CONNECTION)]),
        ],
        stand_in: Some(Slot::Apiserver),
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::EtcdHealthcheckClient, name: "etcd-healthcheck-client", described: "the client certificate of etcd's health check",
        scope: Scope::Etcd, form: Form::Pair,
        certificate: client(Slot::EtcdCa, CommonName::Fixed("kube-etcd-healthcheck-client")),
        paths: paths(
            Place::Pair("hosts/{host}/etc/kubernetes/pki/etcd/healthcheck-client"),
            Place::Pair("{host}-etcd-healthcheck-client"),
            Place::Pair("pki/etcd/healthcheck-client"),
        ),
        files: &[
            file(Certificate, "a client that looks after etcd", &[reader(Etcdctl, &["cert"], Effect::NextRun, "etcd's documentation, etcdctl")]),
            file(Key, "a client that looks after etcd", &[reader(Etcdctl, &["key"], Effect::NextRun, "etcd's documentation, etcdctl")]),
        ],
        ..NO_FILES
    },

    SlotFacts {
        slot: Slot::Kubelet, name: "kubelet", described: "a kubelet's client certificate",
        scope: Scope::Kubelet, form: Form::Kubeconfig,
        certificate: node(ProfileName::Client, Names::None),
        // It serves too.
        hard_way: node(ProfileName::Peer, Names::HostAndLoopback),
        paths: paths(
            Place::Kubeconfig("hosts/{host}/etc/kubernetes/kubelet.conf"),
            Place::PairAndKubeconfig("{host}"),
            Place::Kubeconfig("kubelet.conf"),
        ),
        files: &[
            file(Kubeconfig, "the node's credential at the API", &[reader(Kubelet, &["kubeconfig"], Effect::Restart, EMBEDDED)]),
            file(Certificate, "serves the kubelet's API", &[ReaderFacts { layouts: Layouts::HardWayAndCustom, ..reader(Kubelet, &["tls-cert-file"], Effect::since(31), KUBELET_SERVING) }]),
            file(Key, "serves the kubelet's API", &[ReaderFacts { layouts: Layouts::HardWayAndCustom, ..reader(Kubelet, &["tls-private-key-file"], Effect::since(31), KUBELET_SERVING) }]),
        ],
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::KubeletServer, name: "kubelet-server", described: "a kubelet's serving certificate",
        scope: Scope::Kubelet, form: Form::Pair,
        certificate: node(ProfileName::Server, Names::Host),
        paths: only_hosts(Place::Pair("hosts/{host}/var/lib/kubelet/pki/kubelet")),
        files: &[
            file(Certificate, "serves the kubelet's API", &[reader(Kubelet, &["tls-cert-file"], Effect::since(31), KUBELET_SERVING)]),
            file(Key, "serves the kubelet's API", &[reader(Kubelet, &["tls-private-key-file"], Effect::since(31), KUBELET_SERVING)]),
        ],
        stand_in: Some(Slot::Kubelet),
        ..NO_FILES
    },
    // kubeadm runs it in a Pod, with a ServiceAccount.
    SlotFacts {
        slot: Slot::KubeProxy, name: "kube-proxy", described: "kube-proxy's client certificate",
        scope: Scope::Kubelet, form: Form::Kubeconfig,
        certificate: client(Slot::ClusterCa, CommonName::Fixed("system:kube-proxy")),
        paths: Paths {
            hosts: Some(Place::Kubeconfig("hosts/{host}/etc/kubernetes/kube-proxy.conf")),
            hard_way: Some(Place::PairAndKubeconfig("kube-proxy")),
            kubeadm: None,
        },
        files: &[file(Kubeconfig, "its credential at the API", &[reader(KubeProxy, &["kubeconfig"], Effect::Restart, EMBEDDED)])],
        ..NO_FILES
    },
    // Instead of `kubelet` and `kubelet-server`.
    SlotFacts {
        slot: Slot::BootstrapKubelet, name: "bootstrap-kubelet", described: "a kubelet's bootstrap kubeconfig",
        scope: Scope::Kubelet, form: Form::TokenKubeconfig(Slot::BootstrapToken),
        paths: Paths {
            hosts: Some(Place::Kubeconfig("hosts/{host}/etc/kubernetes/bootstrap-kubelet.conf")),
            hard_way: Some(Place::Kubeconfig("bootstrap-kubelet.conf")),
            kubeadm: None,
        },
        files: &[file(Kubeconfig, "asks for the node's certificate with a token", &[
            reader(Kubelet, &["bootstrap-kubeconfig"], Effect::NextRun, "read only where there is no kubeconfig yet"),
        ])],
        ..NO_FILES
    },

    // Where `kubeadm init` leaves this and the next; its other verbs look for them there.
    SlotFacts {
        slot: Slot::Admin, name: "user/admin", described: "an administrator's certificate",
        scope: Scope::User, form: Form::Kubeconfig, certificate: client(Slot::ClusterCa, CommonName::User),
        paths: paths(Place::Kubeconfig("users/admin.conf"), Place::PairAndKubeconfig("admin"), Place::Kubeconfig("admin.conf")),
        files: &[file(Kubeconfig, "the administrator, for kubeadm and kubectl", &[reader(Kubectl, &["kubeconfig"], Effect::NextRun, "kubectl's documentation")])],
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::User, name: "user/<name>", described: "a user's certificate",
        scope: Scope::User, form: Form::Kubeconfig, certificate: client(Slot::ClusterCa, CommonName::User),
        paths: paths(Place::Kubeconfig("users/{user}.conf"), Place::PairAndKubeconfig("{user}"), Place::Kubeconfig("users/{user}.conf")),
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::SuperAdmin, name: "user/super-admin", described: "the break-glass administrator's certificate",
        scope: Scope::Cluster, form: Form::Kubeconfig,
        certificate: Some(CertificateFacts { organization: Some(SYSTEM_MASTERS), ..of_cluster(ProfileName::Client, CommonName::Fixed("super-admin"), Names::None) }),
        paths: paths(Place::Kubeconfig("users/super-admin.conf"), Place::PairAndKubeconfig("super-admin"), Place::Kubeconfig("super-admin.conf")),
        files: &[file(Kubeconfig, "the administrator above RBAC, for kubeadm", &[reader(Kubectl, &["kubeconfig"], Effect::NextRun, "kubectl's documentation")])],
        ..NO_FILES
    },
    SlotFacts {
        slot: Slot::Rbac, name: "rbac", described: "the rights of the clients",
        scope: Scope::Cluster, form: Form::Manifest,
        paths: everywhere(Place::File("rbac.yaml")),
        ..NO_FILES
    },

    // The CAs of k3s, which has more of them. No layout makes them; `kubepki adopt` finds them.
    SlotFacts {
        slot: Slot::ClientCa, name: "client-ca", described: "the CA of clients",
        scope: Scope::Cluster, form: Form::Pair, certificate: authority("client-ca"), ..NO_FILES
    },
    SlotFacts {
        slot: Slot::ServerCa, name: "server-ca", described: "the CA of servers",
        scope: Scope::Cluster, form: Form::Pair, certificate: authority("server-ca"), ..NO_FILES
    },
    SlotFacts {
        slot: Slot::EtcdPeerCa, name: "etcd-peer-ca", described: "the CA of etcd's peers",
        scope: Scope::ClusterWithEtcd, form: Form::Pair, certificate: authority("etcd-peer-ca"), ..NO_FILES
    },
    SlotFacts {
        slot: Slot::EtcdServerCa, name: "etcd-server-ca", described: "the CA of etcd's clients and servers",
        scope: Scope::ClusterWithEtcd, form: Form::Pair, certificate: authority("etcd-server-ca"), ..NO_FILES
    },
];

const APISERVER: &[ReaderFacts] = &[
    ReaderFacts {
        layouts: Layouts::ButHardWay,
        ..reader(
            KubeApiserver,
            &["tls-cert-file", "tls-private-key-file"],
            Effect::since(17),
            SERVING,
        )
    },
    ReaderFacts {
        layouts: Layouts::HardWay,
        ..reader(
            KubeApiserver,
            &["tls-cert-file", "tls-private-key-file"],
            Effect::since(18),
            CLIENT_FILES,
        )
    },
];

const KUBECONFIG_FLAGS: &[&str] =
    &["authentication-kubeconfig", "authorization-kubeconfig", "kubeconfig"];

const RELOADS: Effect = Effect::Reloads { since: None };

const AT_START: &str = "read at the start";
const CLIENT_CAS: &str =
    "kubernetes/kubernetes#90360, CHANGELOG-1.19: both bundles of client CAs are read again";
const CLIENT_FILES: &str = "kubernetes/kubernetes#79083, CHANGELOG-1.18: client-go reads client certificate files again, every five minutes and for new connections";
const EACH_CONNECTION: &str = "etcd-io/etcd#7829: read for each connection, since etcd 3.2";
const EMBEDDED: &str = "kubernetes/kubernetes#4672: what a kubeconfig embeds is read at the start and never again; #79083 is about files";
const ETCD_LIBRARY: &str = "etcd-io/etcd#7829, since etcd 3.2: its library, which the apiserver dials with, reads the pair for each connection; CHANGELOG-1.17 has no older library";
const FRONT_PROXY: &str = "kubernetes/kubernetes#92791, CHANGELOG-1.20";
const KEY_STAYS: &str = "only the certificate around the key is ever renewed";
const KUBELET_SERVING: &str =
    "kubernetes/kubernetes#124574, the gate ReloadKubeletServerCertificateFile, on since 1.31";
const SERVING: &str =
    "kubernetes/kubernetes#84200, CHANGELOG-1.17: the serving certificate is read every minute";
const SIGNING_PAIR: &str =
    "kubernetes/kubernetes#86816, CHANGELOG-1.18: the pair that signs requests is read again";

const ETCD_MEMBER: Option<CertificateFacts> = Some(CertificateFacts {
    issuer: Some(Slot::EtcdCa),
    ..of_cluster(ProfileName::Peer, CommonName::Host, Names::HostAndLoopback)
});

/// What a row says where it says nothing.
const NO_FILES: SlotFacts = SlotFacts {
    slot: Slot::Other,
    name: "",
    described: "",
    scope: Scope::Cluster,
    form: Form::Pair,
    certificate: None,
    hard_way: None,
    paths: Paths { hosts: None, hard_way: None, kubeadm: None },
    files: &[],
    stand_in: None,
};

const fn file(part: Part, purpose: &'static str, readers: &'static [ReaderFacts]) -> FileFacts {
    FileFacts { part, purpose, copy: None, only_to_sign: false, readers }
}

const fn reader(
    component: Component,
    flags: &'static [&'static str],
    effect: Effect,
    source: &'static str,
) -> ReaderFacts {
    ReaderFacts { component, flags, effect, layouts: Layouts::Every, source }
}

const fn paths(hosts: Place, hard_way: Place, kubeadm: Place) -> Paths {
    Paths { hosts: Some(hosts), hard_way: Some(hard_way), kubeadm: Some(kubeadm) }
}

const fn everywhere(place: Place) -> Paths {
    paths(place, place, place)
}

const fn only_hosts(hosts: Place) -> Paths {
    Paths { hosts: Some(hosts), hard_way: None, kubeadm: None }
}

const fn authority(middle: &'static str) -> Option<CertificateFacts> {
    let common_name = CommonName::Authority(middle);
    Some(CertificateFacts { issuer: None, ..of_cluster(ProfileName::Ca, common_name, Names::None) })
}

const fn client(issuer: Slot, common_name: CommonName) -> Option<CertificateFacts> {
    let issuer = Some(issuer);
    Some(CertificateFacts { issuer, ..of_cluster(ProfileName::Client, common_name, Names::None) })
}

const fn server(common_name: CommonName, names: Names) -> Option<CertificateFacts> {
    cluster(ProfileName::Server, common_name, names)
}

const fn node(profile: ProfileName, names: Names) -> Option<CertificateFacts> {
    let of_cluster = of_cluster(profile, CommonName::Node, names);
    Some(CertificateFacts { organization: Some(NODES), ..of_cluster })
}

const fn cluster(
    profile: ProfileName,
    common_name: CommonName,
    names: Names,
) -> Option<CertificateFacts> {
    Some(of_cluster(profile, common_name, names))
}

const fn of_cluster(
    profile: ProfileName,
    common_name: CommonName,
    names: Names,
) -> CertificateFacts {
    CertificateFacts {
        issuer: Some(Slot::ClusterCa),
        profile,
        common_name,
        organization: None,
        names,
    }
}
