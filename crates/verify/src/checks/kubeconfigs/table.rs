//! The rows of this group: kubeconfigs.

use crate::check::{
    Check,
    Severity::{Error, Warning},
};

pub(crate) static BOTH_FORMS: Check = Check {
    name: "both-forms",
    number: 21,
    severity: Warning,
    title: "a kubeconfig gives a thing as data and as a path",
    why: "client-go takes the data and passes over the path, so that a renewed file is never read.",
    mend: "Take the one out that is not meant.",
    source: "client-go tools/clientcmd",
    cis: None,
};

pub(crate) static CLIENT_NOT_ACCEPTED: Check = Check {
    name: "client-not-accepted",
    number: 20,
    severity: Error,
    title: "a kubeconfig's client certificate was not issued by the cluster's CA",
    why: "The apiserver does not accept it: `error: You must be logged in to the server (Unauthorized)`.",
    mend: "Issue the credential anew, for example with `kubepki issue user`.",
    source: "kubernetes authentication/request/x509",
    cis: None,
};

pub(crate) static DANGLING_NAME: Check = Check {
    name: "dangling-name",
    number: 21,
    severity: Error,
    title: "a name in a kubeconfig leads nowhere",
    why: "kubectl falls back to http://localhost:8080 or to no credential, and says `connection refused` or `Unauthorized`.",
    mend: "`kubectl config use-context`, or mend the context's cluster and user.",
    source: "client-go tools/clientcmd",
    cis: None,
};

pub(crate) static DUPLICATE_ENTRY: Check = Check {
    name: "duplicate-entry",
    number: 21,
    severity: Error,
    title: "a kubeconfig has two entries of one name",
    why: "kubectl refuses the whole file.",
    mend: "Take one of them out, or rename it with `kubepki kubeconfig rename-context`.",
    source: "client-go tools/clientcmd/api/v1, Convert",
    cis: None,
};

pub(crate) static HALF_PAIR: Check = Check {
    name: "half-pair",
    number: 21,
    severity: Error,
    title: "a kubeconfig has a client certificate without its key, or a key without its certificate",
    why: "client-go refuses the one without the other.",
    mend: "Put both in.",
    source: "client-go tools/clientcmd, validateAuthInfo",
    cis: None,
};

pub(crate) static KUBELET_WILL_NOT_ROTATE: Check = Check {
    name: "kubelet-will-not-rotate",
    number: 24,
    severity: Warning,
    title: "a kubelet's kubeconfig embeds its certificate though a rotated one lies on the machine",
    why: "The kubelet goes on with what is embedded until that expires, and the certificate that it renews itself in kubelet-client-current.pem is never used.",
    mend: "Set client-certificate and client-key in kubelet.conf to the path of kubelet-client-current.pem.",
    source: "kubernetes/kubeadm#1753",
    cis: None,
};

pub(crate) static MISSING_FILE: Check = Check {
    name: "missing-file",
    number: 21,
    severity: Error,
    title: "a kubeconfig names a file that cannot be read",
    why: "client-go reads the file whenever it connects, and fails without it.",
    mend: "Bring the file, mend the path, or embed it with `kubepki kubeconfig flatten`.",
    source: "client-go tools/clientcmd, validateAuthInfo",
    cis: None,
};

pub(crate) static NO_CURRENT_CONTEXT: Check = Check {
    name: "no-current-context",
    number: 21,
    severity: Warning,
    title: "a kubeconfig has no current context",
    why: "Components take no context by name: without a current one they connect to http://localhost:8080. kubectl needs `--context` each time.",
    mend: "`kubectl config use-context NAME --kubeconfig FILE`.",
    source: "client-go tools/clientcmd",
    cis: None,
};

pub(crate) static NO_SERVER: Check = Check {
    name: "no-server",
    number: 21,
    severity: Error,
    title: "a kubeconfig's cluster has no server",
    why: "There is nothing to connect to, so that http://localhost:8080 is tried.",
    mend: "Set the apiserver's URL: `kubectl config set-cluster NAME --server=https://...`.",
    source: "client-go tools/clientcmd",
    cis: None,
};

pub(crate) static PLAIN_HTTP: Check = Check {
    name: "plain-http",
    number: 21,
    severity: Error,
    title: "a kubeconfig's server is reached without TLS",
    why: "Client certificates are not shown without TLS, and tokens travel in clear.",
    mend: "Write `https://` and the port of the apiserver.",
    source: "house rule",
    cis: None,
};

pub(crate) static SERVER_NOT_NAMED: Check = Check {
    name: "server-not-named",
    number: 22,
    severity: Error,
    title: "a kubeconfig's server is no name of the apiserver's certificate",
    why: "Clients refuse the connection: `x509: certificate is valid for X, not Y`. A load balancer or a new name was added after the certificate was made.",
    mend: "Issue the apiserver's certificate anew with that name, or point the kubeconfig at one that it has.",
    source: "kubernetes/kubeadm#1447",
    cis: None,
};

pub(crate) static SKIPS_VERIFICATION: Check = Check {
    name: "skips-verification",
    number: 21,
    severity: Error,
    title: "a kubeconfig does not verify its server",
    why: "With insecure-skip-tls-verify anybody on the way can pose as the apiserver and take the credential.",
    mend: "Take insecure-skip-tls-verify out and put the CA in as certificate-authority-data.",
    source: "house rule",
    cis: None,
};

pub(crate) static STALE_AUTHORITY: Check = Check {
    name: "stale-authority",
    number: 19,
    severity: Error,
    title: "a kubeconfig trusts another CA than the cluster's",
    why: "`x509: certificate signed by unknown authority`: the cluster was made anew, or its CA was replaced, and this file was not.",
    mend: "Write the kubeconfig anew with the present CA.",
    source: "kubernetes/kubernetes#48378, kubeadm#2500",
    cis: None,
};

pub(crate) static SUPER_ADMIN_COPIES: Check = Check {
    name: "super-admin-copies",
    number: 23,
    severity: Warning,
    title: "the break-glass credential lies at several places",
    why: "It is in system:masters, which nothing limits and nothing revokes. Every copy is one more to lose.",
    mend: "Keep one, locked away, and delete the others.",
    source: "kubernetes.io, kubeadm implementation details, super-admin.conf",
    cis: None,
};

pub(crate) static UNREADABLE_DATA: Check = Check {
    name: "unreadable-data",
    number: 3,
    severity: Error,
    title: "something embedded in a kubeconfig cannot be read",
    why: "client-go cannot either, and does not connect.",
    mend: "Embed it again: `kubectl config set-credentials NAME --client-certificate=FILE --embed-certs`.",
    source: "client-go tools/clientcmd",
    cis: None,
};

pub(crate) const CHECKS: &[&Check] = &[
    &STALE_AUTHORITY,
    &CLIENT_NOT_ACCEPTED,
    &DANGLING_NAME,
    &NO_CURRENT_CONTEXT,
    &NO_SERVER,
    &SKIPS_VERIFICATION,
    &PLAIN_HTTP,
    &BOTH_FORMS,
    &HALF_PAIR,
    &DUPLICATE_ENTRY,
    &MISSING_FILE,
    &UNREADABLE_DATA,
    &SERVER_NOT_NAMED,
    &SUPER_ADMIN_COPIES,
    &KUBELET_WILL_NOT_ROTATE,
];
