//! The rows of this group: names, usages and identities.

use crate::check::{
    Check,
    Severity::{Error, Warning},
};

pub(crate) static ADDRESS_AS_DNS_NAME: Check = Check {
    name: "address-as-dns-name",
    number: 13,
    severity: Error,
    title: "an IP address stands among the DNS names",
    why: "Clients compare an address with addresses only: `x509: cannot validate certificate for 10.0.0.1 because it doesn't contain any IP SANs`.",
    mend: "Issue the certificate anew with `IP:` in front of the address instead of `DNS:`.",
    source: "Go crypto/x509, VerifyHostname; RFC 5280, 4.2.1.6",
    cis: None,
};

pub(crate) static APISERVER_NAMES: Check = Check {
    name: "apiserver-names",
    number: 12,
    severity: Error,
    title: "the apiserver's certificate lacks one of its names inside the cluster",
    why: "Pods call the apiserver `kubernetes.default.svc` and the like: `x509: certificate is valid for ..., not kubernetes.default.svc`. The tutorial's certificate lacks `kubernetes.default.svc.cluster.local`.",
    mend: "Issue it anew with `kubernetes`, `kubernetes.default`, `kubernetes.default.svc` and `kubernetes.default.svc.<domain>`.",
    source: "kubeadm pkiutil, GetAPIServerAltNames; k0sproject/k0s#7803",
    cis: None,
};

pub(crate) static APISERVER_SERVICE_ADDRESS: Check = Check {
    name: "apiserver-service-address",
    number: 12,
    severity: Error,
    title: "the apiserver's certificate lacks the first address of a service CIDR",
    why: "Inside the cluster the apiserver is reached at that address: CoreDNS and every controller in a pod fail with `x509: certificate is valid for ..., not 10.32.0.1`.",
    mend: "Issue it anew with the first address of every service CIDR.",
    source: "kubernetes-the-hard-way#905",
    cis: None,
};

pub(crate) static COMMA_IN_GROUP: Check = Check {
    name: "comma-in-group",
    number: 15,
    severity: Warning,
    title: "a group's name has a comma in it",
    why: "Each O= is one group, commas included. `O=dev,ops` as one value is the group named \"dev,ops\", which no role binding means.",
    mend: "Issue the certificate anew with one O= for each group.",
    source: "kubernetes authentication/request/x509",
    cis: None,
};

pub(crate) static COMPONENT_NAME: Check = Check {
    name: "component-name",
    number: 15,
    severity: Error,
    title: "a component's certificate has another name than its role binding",
    why: "The built-in ClusterRoleBindings are for the users system:kube-controller-manager, system:kube-scheduler and system:kube-proxy. Under another name the component is let in and may do nothing.",
    mend: "Issue it anew with the exact common name.",
    source: "kubernetes.io, Using RBAC authorization, Core component roles",
    cis: None,
};

pub(crate) static DOUBLED_PREFIX: Check = Check {
    name: "doubled-prefix",
    number: 15,
    severity: Warning,
    title: "a name begins with `system:system:`",
    why: "Nothing is bound to such a name. The tutorial's ca.conf has it for the scheduler's group.",
    mend: "Issue the certificate anew with one `system:`.",
    source: "kubernetes-the-hard-way#931",
    cis: None,
};

pub(crate) static ETCD_LACKS_CLIENT_AUTH: Check = Check {
    name: "etcd-lacks-client-auth",
    number: 14,
    severity: Error,
    title: "etcd's serving certificate is not good as a client's",
    why: "etcd's gRPC gateway dials etcd itself and shows the serving certificate, and a member dials the others with its peer certificate: `tls: bad certificate`, `remote error`, in etcd's log.",
    mend: "Issue it anew with the usages serverAuth and clientAuth.",
    source: "etcd-io/etcd#9785, #9398",
    cis: None,
};

pub(crate) static ETCD_LOOPBACK: Check = Check {
    name: "etcd-loopback",
    number: 17,
    severity: Warning,
    title: "etcd's serving certificate is not good for the machine itself",
    why: "Health checks, etcdctl on the machine, and an apiserver beside etcd connect to 127.0.0.1.",
    mend: "Issue it anew with 127.0.0.1 and localhost among its names.",
    source: "kubeadm pkiutil, GetEtcdAltNames",
    cis: None,
};

pub(crate) static LACKS_CLIENT_AUTH: Check = Check {
    name: "lacks-client-auth",
    number: 14,
    severity: Error,
    title: "a client's certificate does not have the usage clientAuth",
    why: "The server refuses it: `x509: certificate specifies an incompatible key usage`.",
    mend: "Issue it anew with clientAuth.",
    source: "kubernetes authentication/request/x509, DefaultVerifyOptions",
    cis: None,
};

pub(crate) static LACKS_DIGITAL_SIGNATURE: Check = Check {
    name: "lacks-digital-signature",
    number: 14,
    severity: Warning,
    title: "a certificate's key usage lacks digitalSignature",
    why: "TLS 1.3, and TLS 1.2 with forward secrecy, sign with the key. Go does not look; openssl, GnuTLS and Java refuse it.",
    mend: "Issue it anew with digitalSignature.",
    source: "RFC 8446, 4.4.2.2",
    cis: None,
};

pub(crate) static LACKS_SERVER_AUTH: Check = Check {
    name: "lacks-server-auth",
    number: 14,
    severity: Error,
    title: "a server's certificate does not have the usage serverAuth",
    why: "Clients refuse it: `x509: certificate specifies an incompatible key usage`.",
    mend: "Issue it anew with serverAuth.",
    source: "Go crypto/x509, Verify",
    cis: None,
};

pub(crate) static KUBELET_CLIENT_IN_MASTERS: Check = Check {
    name: "kubelet-client-in-masters",
    number: 16,
    severity: Warning,
    title: "the apiserver's client certificate for kubelets is in system:masters",
    why: "It only has to reach kubelets. In system:masters it may do anything at the apiserver too, and nothing but a new CA takes that away.",
    mend: "Issue it anew without a group, and bind the user to the ClusterRole system:kubelet-api-admin, as kubeadm does since 1.33.12, 1.34.8, 1.35.5 and 1.36.1.",
    source: "kubernetes/kubernetes#121837, #138957",
    cis: None,
};

pub(crate) static LACKS_KEY_USAGE: Check = Check {
    name: "lacks-key-usage",
    number: 18,
    severity: Error,
    title: "a certificate's key usages allow no TLS handshake",
    why: "OpenSSL refuses a server without digitalSignature, keyEncipherment or keyAgreement, and a client without digitalSignature or keyAgreement.",
    mend: "Issue it anew with the key usage digitalSignature.",
    source: "OpenSSL, X509_check_purpose; RFC 5280, 4.2.1.3",
    cis: None,
};

pub(crate) static NAMELESS: Check = Check {
    name: "nameless",
    number: 13,
    severity: Error,
    title: "a certificate has an empty subject where a name is needed",
    why: "Issuers are found by their names, so that a CA needs one. Another certificate without one has to have a critical subjectAltName in its place; OpenSSL's strict mode, GnuTLS and pyca refuse it otherwise.",
    mend: "Issue it anew with a subject.",
    source: "RFC 5280, 4.1.2.4, 4.1.2.6 and 4.2.1.6",
    cis: None,
};

pub(crate) static MALFORMED_CERTIFICATE: Check = Check {
    name: "malformed-certificate",
    number: 7,
    severity: Error,
    title: "a certificate is not written as it has to be",
    why: "Some programs refuse it and some read it in another way than others, so that nobody can say what it allows: `x509: certificate contains duplicate extensions`, `x509: malformed extension`.",
    mend: "Issue it anew with a program that writes DER, as openssl and kubepki do.",
    source: "ITU-T X.690, 10 and 11; RFC 5280, 4.1 and 4.2",
    cis: None,
};

pub(crate) static MALFORMED_NAME: Check = Check {
    name: "malformed-name",
    number: 13,
    severity: Warning,
    title: "a DNS name in a certificate is none",
    why: "Names with spaces, underscores or empty labels match nothing in most clients, so that the certificate is not good for what it seems to be.",
    mend: "Issue it anew with letters, digits and hyphens.",
    source: "RFC 5280, 4.2.1.6; RFC 1123, 2.1",
    cis: None,
};

pub(crate) static MISSPELT_SERVICE_NAME: Check = Check {
    name: "misspelt-service-name",
    number: 12,
    severity: Warning,
    title: "the apiserver's certificate has `kubernetes.svc` where `kubernetes.default.svc` is meant",
    why: "The service is in the namespace `default`. Nobody asks for `kubernetes.svc.cluster.local`, which has been copied from the tutorial ever since.",
    mend: "Issue it anew with `kubernetes.default.svc.cluster.local`.",
    source: "k0sproject/k0s#7803",
    cis: None,
};

pub(crate) static NAME_ONLY_IN_SUBJECT: Check = Check {
    name: "name-only-in-subject",
    number: 13,
    severity: Error,
    title: "a server's certificate has no subjectAltName",
    why: "Clients look at the common name no more: `x509: certificate relies on legacy Common Name field, use SANs instead`.",
    mend: "Issue it anew with the server's names and addresses as subjectAltNames.",
    source: "Go 1.15 release notes; RFC 6125, 6.4.4",
    cis: None,
};

pub(crate) static NAMES_MISSING: Check = Check {
    name: "names-missing",
    number: 12,
    severity: Error,
    title: "a certificate lacks names that the spec gives it",
    why: "Who connects by such a name is refused: `x509: certificate is valid for X, not Y`.",
    mend: "`kubepki plan` shows the difference and `kubepki apply` issues it anew.",
    source: "the spec",
    cis: None,
};

pub(crate) static NETSCAPE_TYPE: Check = Check {
    name: "netscape-type",
    number: 18,
    severity: Warning,
    title: "Netscape's certificate type contradicts the extended key usages",
    why: "openssl refuses a server whose nsCertType says client alone. Go does not look, so the one works where the other does not.",
    mend: "Issue it anew without nsCertType, which nothing needs.",
    source: "OpenSSL, X509_check_purpose",
    cis: None,
};

pub(crate) static NODE_GROUP: Check = Check {
    name: "node-group",
    number: 15,
    severity: Error,
    title: "a kubelet's certificate is not in the group system:nodes",
    why: "The node authorizer knows a kubelet by its name and that group together. Without it the node stays NotReady: `nodes ... is forbidden`.",
    mend: "Issue it anew with O=system:nodes.",
    source: "kubernetes pkg/auth/nodeidentifier",
    cis: None,
};

pub(crate) static NODE_NAME: Check = Check {
    name: "node-name",
    number: 15,
    severity: Error,
    title: "a kubelet's certificate does not have its node's name",
    why: "The common name has to be `system:node:` and the node's name, in the lower case in which the kubelet registers: the names are compared letter by letter. With another node's name a kubelet speaks for that node and reads its Secrets, and its own never gets Ready.",
    mend: "Issue it anew with CN=system:node:<name>, in lower case, or bring each node its own file.",
    source: "kubernetes pkg/auth/nodeidentifier",
    cis: None,
};

pub(crate) static OLD_NAME_ENCODING: Check = Check {
    name: "old-name-encoding",
    number: 15,
    severity: Warning,
    title: "a user or group is written in an encoding that is read in several ways",
    why: "Go takes the octets of a TeletexString as they are before 1.25 and as Latin-1 since, so that one apiserver sees another user or group than the next. A BMPString has text that no UTF8String is equal to for whoever compares octets.",
    mend: "Issue the certificate anew with names in UTF8String, as kubepki does.",
    source: "RFC 5280, 4.1.2.4; Go crypto/x509, parseASN1String; golang/go#71862",
    cis: None,
};

pub(crate) static REFUSED_NAME: Check = Check {
    name: "refused-name",
    number: 15,
    severity: Error,
    title: "a name in a certificate is written in a way that Go refuses",
    why: "Go reads nothing of such a certificate, and so no component of Kubernetes does: `x509: invalid RDNSequence: invalid attribute value`. openssl shows nothing odd.",
    mend: "Issue the certificate anew with names in UTF8String, as kubepki does.",
    source: "RFC 5280, 4.1.2.4; Go crypto/x509, parseASN1String; golang/go#14017",
    cis: None,
};

pub(crate) static SYSTEM_MASTERS: Check = Check {
    name: "system-masters",
    number: 16,
    severity: Warning,
    title: "a certificate is in the group system:masters",
    why: "That group is above RBAC. Its members may do anything, no role binding limits them, and until it expires nothing but a new CA takes such a certificate back.",
    mend: "Keep one such credential, locked away, for emergencies. Give administrators a group of their own, bound to cluster-admin.",
    source: "kubernetes.io, Role based access control good practices",
    cis: Some("5.1.7"),
};

pub(crate) static UNKNOWN_CRITICAL_EXTENSION: Check = Check {
    name: "unknown-critical-extension",
    number: 18,
    severity: Error,
    title: "a certificate has a critical extension that no component knows",
    why: "A verifier has to refuse what it does not understand: `x509: unhandled critical extension`.",
    mend: "Issue it anew with the extension not critical, or without it.",
    source: "RFC 5280, 4.2; Go crypto/x509, Verify",
    cis: None,
};

pub(crate) static WILDCARD_NAME: Check = Check {
    name: "wildcard-name",
    number: 18,
    severity: Warning,
    title: "a control plane's certificate is good for a wildcard",
    why: "Who has its key can pose as any host of the domain, and etcd checks its members by their names.",
    mend: "Issue it anew with each name that is used.",
    source: "house rule",
    cis: None,
};

pub(crate) const CHECKS: &[&Check] = &[
    &APISERVER_NAMES,
    &APISERVER_SERVICE_ADDRESS,
    &MISSPELT_SERVICE_NAME,
    &NAMES_MISSING,
    &ADDRESS_AS_DNS_NAME,
    &NAME_ONLY_IN_SUBJECT,
    &MALFORMED_NAME,
    &MALFORMED_CERTIFICATE,
    &LACKS_SERVER_AUTH,
    &LACKS_CLIENT_AUTH,
    &ETCD_LACKS_CLIENT_AUTH,
    &LACKS_DIGITAL_SIGNATURE,
    &LACKS_KEY_USAGE,
    &NAMELESS,
    &NODE_NAME,
    &NODE_GROUP,
    &COMPONENT_NAME,
    &DOUBLED_PREFIX,
    &COMMA_IN_GROUP,
    &OLD_NAME_ENCODING,
    &REFUSED_NAME,
    &SYSTEM_MASTERS,
    &KUBELET_CLIENT_IN_MASTERS,
    &ETCD_LOOPBACK,
    &NETSCAPE_TYPE,
    &UNKNOWN_CRITICAL_EXTENSION,
    &WILDCARD_NAME,
];
