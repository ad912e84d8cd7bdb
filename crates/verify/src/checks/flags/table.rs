//! The checks of flags, as a table: what each finds, why it matters and how to mend it. Checks
//! nothing itself.

use crate::check::{
    Check,
    Severity::{Error, Note, Warning},
};

/// The checks of flags against files, by name within each number.
pub(crate) const CHECKS: &[&Check] = &[
    &Check {
        number: 25,
        name: "client-ca-misses-issuer",
        severity: Error,
        cis: Some("1.2.25"),
        title: "the API server does not trust the issuer of a component's client certificate",
        why: "The API server answers 401 Unauthorized to that component: a scheduler schedules \
              nothing, a controller manager repairs nothing, a kubelet's node goes NotReady.",
        mend: "Add the issuer's certificate to the file of `--client-ca-file`, or issue the \
              client certificate anew from the CA that is in it.",
        source: "Kubernetes, client-go's x509 authenticator",
    },
    &Check {
        number: 25,
        name: "client-ca-unset",
        severity: Error,
        cis: Some("1.2.25"),
        title: "the API server is given no client CA",
        why: "Without `--client-ca-file` no client certificate is accepted, and every \
              component and administrator that shows one is anonymous.",
        mend: "Set `--client-ca-file` to the CA that signs client certificates.",
        source: "Kubernetes, client-go's x509 authenticator",
    },
    &Check {
        number: 26,
        name: "signing-certificate-bundle",
        severity: Error,
        cis: None,
        title: "the signing certificate's file does not hold exactly one CA certificate",
        why: "The controller manager does not start its signer with a bundle or a leaf, and \
              requests of kubelets for certificates stay pending.",
        mend: "Give `--cluster-signing-cert-file` a file with the one CA certificate whose key \
              signs, and keep bundles in files of their own.",
        source: "Kubernetes, kube-controller-manager's csrsigning controller",
    },
    &Check {
        number: 26,
        name: "signing-key-mismatch",
        severity: Error,
        cis: None,
        title: "the signing key is not the key of the signing certificate",
        why: "The controller manager does not start its signer, and requests for certificates \
              stay pending.",
        mend: "Give `--cluster-signing-key-file` the private key of the certificate in \
              `--cluster-signing-cert-file`.",
        source: "Kubernetes, kube-controller-manager's csrsigning controller",
    },
    &Check {
        number: 26,
        name: "signing-certificate-untrusted",
        severity: Error,
        cis: None,
        title: "the API server does not trust the CA that signs requests",
        why: "A kubelet that renews its client certificate gets one that the API server \
              refuses, and its node is lost at the next rotation.",
        mend: "Add the signing certificate to the API server's `--client-ca-file`.",
        source: "Kubernetes, kube-controller-manager's csrsigning controller",
    },
    &Check {
        number: 27,
        name: "root-ca-unset",
        severity: Warning,
        cis: Some("1.3.5"),
        title: "the controller manager has no CA to give to pods",
        why: "Without `--root-ca-file` pods get the CA of the controller manager's kubeconfig, \
              or none, and what runs in them may be unable to call the API server.",
        mend: "Set `--root-ca-file` to the CA that signed the API server's certificate.",
        source: "Kubernetes documentation, PKI certificates and requirements",
    },
    &Check {
        number: 27,
        name: "root-ca-wrong",
        severity: Error,
        cis: Some("1.3.5"),
        title: "the CA that pods are given did not sign the API server's certificate",
        why: "Every pod that calls the API server fails with `x509: certificate signed by \
              unknown authority`.",
        mend: "Set `--root-ca-file` to the CA that signed the API server's certificate.",
        source: "Kubernetes documentation, PKI certificates and requirements",
    },
    &Check {
        number: 28,
        name: "service-account-key-unset",
        severity: Error,
        cis: Some("1.2.22"),
        title: "the API server is given no key to check tokens of service accounts with",
        why: "Without `--service-account-key-file` it takes its TLS key in its place, and \
              tokens that another key signed are refused.",
        mend: "Set `--service-account-key-file` to the public half of the key that signs tokens.",
        source: "Kubernetes documentation, Managing Service Accounts",
    },
    &Check {
        number: 28,
        name: "service-account-signing-key-unset",
        severity: Error,
        cis: None,
        title: "the API server is given no key to sign tokens of service accounts with",
        why: "Without `--service-account-signing-key-file` a present API server does not \
              start, and one before 1.20 issues no bound tokens.",
        mend: "Set `--service-account-signing-key-file` to the private key of service accounts.",
        source: "Kubernetes documentation, Managing Service Accounts",
    },
    &Check {
        number: 28,
        name: "service-account-keys-disagree",
        severity: Error,
        cis: Some("1.2.22"),
        title: "tokens of service accounts are signed with a key that the API server does not \
              know",
        why: "Every token signed with it is refused, and the pods that hold one cannot call \
              the API server.",
        mend: "Add the public half of the signing key to the API server's \
              `--service-account-key-file`, which may be given several times.",
        source: "Kubernetes documentation, Managing Service Accounts",
    },
    &Check {
        number: 28,
        name: "service-account-signers-differ",
        severity: Warning,
        cis: None,
        title: "the API server and the controller manager sign tokens with different keys",
        why: "Both kinds of token work as long as the API server knows both keys; when one is \
              removed, as it looks unused, half of the tokens fail.",
        mend: "Give `--service-account-signing-key-file` of the API server and \
              `--service-account-private-key-file` of the controller manager the same key.",
        source: "Kubernetes documentation, Managing Service Accounts",
    },
    &Check {
        number: 28,
        name: "service-account-private-key-unset",
        severity: Warning,
        cis: Some("1.3.4"),
        title: "the controller manager is given no key to sign tokens of service accounts with",
        why: "Without `--service-account-private-key-file` no token is put into Secrets of \
              service accounts.",
        mend: "Set `--service-account-private-key-file` to the private key of service accounts.",
        source: "Kubernetes documentation, Managing Service Accounts",
    },
    &Check {
        number: 29,
        name: "etcd-ca-wrong",
        severity: Error,
        cis: Some("1.2.26"),
        title: "the API server does not trust etcd's serving certificate",
        why: "The API server cannot reach its storage and does not start.",
        mend: "Set `--etcd-cafile` to the CA that signed the certificate in etcd's \
              `--cert-file`.",
        source: "etcd documentation, Transport security model",
    },
    &Check {
        number: 29,
        name: "etcd-ca-unset",
        severity: Warning,
        cis: Some("1.2.26"),
        title: "the API server is given no CA for an etcd that it reaches over TLS",
        why: "Without `--etcd-cafile` etcd's certificate is checked against the public CAs of \
              the machine, which did not sign it.",
        mend: "Set `--etcd-cafile` to the CA that signed etcd's serving certificate.",
        source: "etcd documentation, Transport security model",
    },
    &Check {
        number: 29,
        name: "etcd-client-untrusted",
        severity: Error,
        cis: Some("1.2.23"),
        title: "etcd does not trust the API server's client certificate",
        why: "Etcd refuses the API server's connections, and the API server does not start.",
        mend: "Issue the certificate in `--etcd-certfile` from a CA in etcd's \
              `--trusted-ca-file`.",
        source: "etcd documentation, Transport security model",
    },
    &Check {
        number: 29,
        name: "etcd-client-auth-off",
        severity: Error,
        cis: Some("2.2"),
        title: "etcd serves clients without a certificate",
        why: "Whoever reaches etcd's port reads and writes every Secret of the cluster, past \
              all authorization.",
        mend: "Set `--client-cert-auth=true` and `--trusted-ca-file`.",
        source: "etcd documentation, Transport security model",
    },
    &Check {
        number: 29,
        name: "etcd-peer-auth-off",
        severity: Error,
        cis: Some("2.5"),
        title: "etcd takes members in without a certificate",
        why: "Whoever reaches etcd's peer port can speak as a member of the cluster.",
        mend: "Set `--peer-client-cert-auth=true` and `--peer-trusted-ca-file`.",
        source: "etcd documentation, Transport security model",
    },
    &Check {
        number: 29,
        name: "etcd-peer-untrusted",
        severity: Error,
        cis: Some("2.4"),
        title: "etcd's certificate for its peers is not signed by a CA that its peers trust",
        why: "Members with the same `--peer-trusted-ca-file` refuse this one.",
        mend: "Issue the certificate in `--peer-cert-file` from a CA in \
              `--peer-trusted-ca-file`.",
        source: "etcd documentation, Transport security model",
    },
    &Check {
        number: 29,
        name: "etcd-plaintext",
        severity: Error,
        cis: Some("2.1"),
        title: "etcd serves without TLS beyond this machine",
        why: "Every Secret of the cluster crosses the network in clear text.",
        mend: "Listen on `https://` with `--cert-file` and `--key-file`, or on 127.0.0.1 alone.",
        source: "etcd documentation, Transport security model",
    },
    &Check {
        number: 29,
        name: "etcd-plaintext-local",
        severity: Warning,
        cis: Some("2.1"),
        title: "etcd serves this machine without TLS and without asking who it is",
        why: "Every process of the machine, a container on its network too, can read and write \
              every Secret.",
        mend: "Listen on `https://` with `--cert-file`, `--key-file` and \
              `--client-cert-auth=true`.",
        source: "etcd documentation, Transport security model",
    },
    &Check {
        number: 29,
        name: "etcd-auto-tls",
        severity: Error,
        cis: Some("2.3"),
        title: "etcd makes its own certificate, which nobody can check",
        why: "A client that accepts it accepts anybody's.",
        mend: "Set `--cert-file` and `--key-file`, and remove `--auto-tls`.",
        source: "etcd documentation, Transport security model",
    },
    &Check {
        number: 29,
        name: "etcd-ca-shared",
        severity: Warning,
        cis: Some("2.7"),
        title: "etcd trusts the CA of the API server's clients",
        why: "Every holder of a client certificate of the cluster, each node and each user, \
              can read and write etcd past all authorization.",
        mend: "Give etcd a CA of its own, for its `--trusted-ca-file` and \
              `--peer-trusted-ca-file`.",
        source: "etcd documentation, Transport security model",
    },
    &Check {
        number: 30,
        name: "kubelet-ca-unset",
        severity: Warning,
        cis: Some("1.2.5"),
        title: "the API server does not check the certificates of kubelets",
        why: "Without `--kubelet-certificate-authority` whoever answers at a node's address \
              gets what `kubectl exec` and `kubectl logs` send.",
        mend: "Issue serving certificates for the kubelets and set \
              `--kubelet-certificate-authority` to their CA.",
        source: "Kubernetes documentation, Kubelet authentication/authorization",
    },
    &Check {
        number: 30,
        name: "kubelet-ca-wrong",
        severity: Error,
        cis: Some("1.2.5"),
        title: "the API server does not trust this kubelet's serving certificate",
        why: "`kubectl exec`, `logs` and `port-forward` fail with `x509: certificate signed by \
              unknown authority`.",
        mend: "Issue the kubelet's serving certificate from the CA in \
              `--kubelet-certificate-authority`, or let it ask for one with \
              `serverTLSBootstrap`.",
        source: "Kubernetes documentation, Kubelet authentication/authorization",
    },
    &Check {
        number: 30,
        name: "kubelet-client-ca-unset",
        severity: Error,
        cis: Some("4.2.3"),
        title: "the kubelet is given no client CA",
        why: "The kubelet cannot tell the API server from anybody else, and refuses it unless \
              anonymous requests are allowed.",
        mend: "Set `authentication.x509.clientCAFile` to the cluster's client CA.",
        source: "Kubernetes documentation, Kubelet authentication/authorization",
    },
    &Check {
        number: 30,
        name: "kubelet-client-unset",
        severity: Error,
        cis: Some("1.2.4"),
        title: "the API server has no certificate to show to kubelets",
        why: "It calls kubelets as nobody: `kubectl exec` and `kubectl logs` are refused.",
        mend: "Set `--kubelet-client-certificate` and `--kubelet-client-key`.",
        source: "Kubernetes documentation, Kubelet authentication/authorization",
    },
    &Check {
        number: 30,
        name: "kubelet-client-untrusted",
        severity: Error,
        cis: Some("1.2.4"),
        title: "the kubelet does not trust the API server's certificate for kubelets",
        why: "The kubelet answers 401 Unauthorized to `kubectl exec`, `logs` and `port-forward`.",
        mend: "Issue the certificate in `--kubelet-client-certificate` from a CA in the \
              kubelet's client CA file.",
        source: "Kubernetes documentation, Kubelet authentication/authorization",
    },
    &Check {
        number: 31,
        name: "kubelet-client-needs-rights",
        severity: Note,
        cis: None,
        title: "the API server's user for kubelets has its rights from a binding in the cluster",
        why: "Without the binding `kubectl exec` and `kubectl logs` are Forbidden; a file \
              cannot show whether it is there.",
        mend: "Bind the user, or one of its groups, to the ClusterRole \
              `system:kubelet-api-admin`.",
        source: "Kubernetes documentation, Kubelet authentication/authorization",
    },
    &Check {
        number: 32,
        name: "requestheader-ca-is-client-ca",
        severity: Error,
        cis: None,
        title: "the front proxy's CA is also a CA of clients",
        why: "Every client whose name is allowed, or every client where no name is required, \
              may say that it is anybody, `system:masters` included.",
        mend: "Make a CA for the front proxy alone and set `--requestheader-client-ca-file` to \
              it.",
        source: "Kubernetes documentation, Configure the Aggregation Layer",
    },
    &Check {
        number: 32,
        name: "requestheader-names-empty",
        severity: Warning,
        cis: None,
        title: "every certificate of the front proxy's CA may speak for others",
        why: "With an empty `--requestheader-allowed-names` any name is let in.",
        mend: "Set `--requestheader-allowed-names` to the common name of the front proxy's \
              certificate.",
        source: "Kubernetes documentation, Configure the Aggregation Layer",
    },
    &Check {
        number: 32,
        name: "requestheader-name-not-allowed",
        severity: Error,
        cis: None,
        title: "the front proxy's name is not among those that are allowed",
        why: "Extension API servers refuse the API server: `x509: subject with cn=... is not \
              in the allowed list`, and `kubectl top` fails.",
        mend: "Add the common name of the certificate in `--proxy-client-cert-file` to \
              `--requestheader-allowed-names`.",
        source: "Kubernetes documentation, Configure the Aggregation Layer",
    },
    &Check {
        number: 32,
        name: "proxy-client-untrusted",
        severity: Error,
        cis: None,
        title: "the front proxy's certificate is not signed by the front proxy's CA",
        why: "Extension API servers refuse the API server's requests, and `kubectl top` fails.",
        mend: "Issue the certificate in `--proxy-client-cert-file` from the CA in \
              `--requestheader-client-ca-file`.",
        source: "Kubernetes documentation, Configure the Aggregation Layer",
    },
    &Check {
        number: 33,
        name: "service-range-unset",
        severity: Error,
        cis: None,
        title: "the API server is not told the service network",
        why: "Without `--service-cluster-ip-range` it takes 10.0.0.0/24, so that the address \
              of the service `kubernetes` is 10.0.0.1, whatever its certificate says.",
        mend: "Set `--service-cluster-ip-range` on the API server to the cluster's service CIDR.",
        source: "Kubernetes documentation, PKI certificates and requirements",
    },
    &Check {
        number: 33,
        name: "service-range-differs",
        severity: Error,
        cis: None,
        title: "API server and controller manager have different service networks",
        why: "The controller manager may give nodes pod addresses that are addresses of \
              services.",
        mend: "Set `--service-cluster-ip-range` to the same value on both.",
        source: "Kubernetes documentation, PKI certificates and requirements",
    },
    &Check {
        number: 33,
        name: "service-range-invalid",
        severity: Error,
        cis: None,
        title: "the service network is no CIDR",
        why: "The component does not start.",
        mend: "Write `--service-cluster-ip-range` as `10.96.0.0/12`; with a comma before a \
              second one of the other family.",
        source: "Kubernetes documentation, PKI certificates and requirements",
    },
    &Check {
        number: 33,
        name: "service-address-not-in-certificate",
        severity: Error,
        cis: None,
        title: "the API server's certificate is not valid for the address of its service",
        why: "Every pod calls the API server at that address and fails with `x509: certificate \
              is valid for ..., not ...`.",
        mend: "Issue the certificate in `--tls-cert-file` anew, with that address among its \
              SANs.",
        source: "Kubernetes documentation, PKI certificates and requirements",
    },
    &Check {
        number: 33,
        name: "advertised-address-not-in-certificate",
        severity: Error,
        cis: None,
        title: "the API server's certificate is not valid for the address that it advertises",
        why: "What connects to the address of `--advertise-address` fails with `x509: \
              certificate is valid for ..., not ...`.",
        mend: "Issue the certificate in `--tls-cert-file` anew, with that address among its \
              SANs.",
        source: "Kubernetes documentation, PKI certificates and requirements",
    },
    &Check {
        number: 34,
        name: "component-twice",
        severity: Warning,
        cis: None,
        title: "a component is declared twice",
        why: "Both start and fight for the same port; the kubelet runs every file in the \
              manifest folder, a backup copy too.",
        mend: "Move the file that is not meant to run out of the folder.",
        source: "the components' own checks at their start",
    },
    &Check {
        number: 34,
        name: "file-missing",
        severity: Error,
        cis: None,
        title: "a flag names a file that is not there",
        why: "The component does not start.",
        mend: "Put the file there, or correct the flag.",
        source: "the components' own checks at their start",
    },
    &Check {
        number: 34,
        name: "file-not-mounted",
        severity: Error,
        cis: None,
        title: "a static pod does not see a file that a flag of it names",
        why: "The file is not there for its container, and the component does not start.",
        mend: "Add a hostPath volume and a mount for the folder to the manifest.",
        source: "the components' own checks at their start",
    },
    &Check {
        number: 34,
        name: "file-unreadable",
        severity: Warning,
        cis: None,
        title: "a file could not be read, so nothing is known about it",
        why: "A component that runs as another user than this command may or may not be able to.",
        mend: "Run the audit as root.",
        source: "the components' own checks at their start",
    },
    &Check {
        number: 34,
        name: "file-closed-to-its-user",
        severity: Error,
        cis: None,
        title: "the component's user may not read a file that it needs",
        why: "The component does not start: `permission denied`.",
        mend: "Give the file to the user that the component runs as.",
        source: "the components' own checks at their start",
    },
    &Check {
        number: 34,
        name: "file-unusable",
        severity: Error,
        cis: None,
        title: "a file does not hold what its flag says",
        why: "The component does not start, or trusts nobody.",
        mend: "Put the right file there, or correct the flag.",
        source: "the components' own checks at their start",
    },
    &Check {
        number: 34,
        name: "flag-pair-incomplete",
        severity: Error,
        cis: None,
        title: "a certificate is given without its key, or a key without its certificate",
        why: "The component does not start, or makes a certificate of its own that nobody \
              trusts.",
        mend: "Give both flags, or none.",
        source: "the components' own checks at their start",
    },
    &Check {
        number: 34,
        name: "flag-pair-mismatch",
        severity: Error,
        cis: None,
        title: "the key is not the key of the certificate beside it",
        why: "The component does not start: `tls: private key does not match public key`.",
        mend: "Give both flags the files of one pair.",
        source: "the components' own checks at their start",
    },
    &Check {
        number: 34,
        name: "serving-certificate-unset",
        severity: Error,
        cis: Some("1.2.24"),
        title: "the API server is given no serving certificate",
        why: "It makes one for itself, which no kubeconfig trusts.",
        mend: "Set `--tls-cert-file` and `--tls-private-key-file`.",
        source: "the components' own checks at their start",
    },
    &Check {
        number: 36,
        name: "bootstrap-ca-differs",
        severity: Error,
        cis: None,
        title: "the CA with which a new node joins is not the CA of the API server",
        why: "The node does not trust the API server and cannot ask for its first certificate.",
        mend: "Make the bootstrap kubeconfig anew with the present CA; a \
              `--discovery-token-ca-cert-hash` is to be worked out anew as well.",
        source: "Kubernetes documentation, kubeadm join",
    },
    &Check {
        number: 36,
        name: "kubeconfig-ca-differs",
        severity: Error,
        cis: None,
        title: "a component's kubeconfig does not trust the API server of this machine",
        why: "The component fails with `x509: certificate signed by unknown authority`.",
        mend: "Put the CA of the API server's certificate into `certificate-authority-data`.",
        source: "Kubernetes documentation, kubeadm join",
    },
    &Check {
        number: 37,
        name: "cluster-domain-not-in-certificate",
        severity: Warning,
        cis: None,
        title: "the API server's certificate lacks its name in the cluster's domain",
        why: "A client in the cluster that uses the full name \
              `kubernetes.default.svc.<domain>` fails with `x509: certificate is valid for \
              ..., not ...`.",
        mend: "Issue the certificate in `--tls-cert-file` anew, with that name among its SANs.",
        source: "CIS Kubernetes Benchmark 1.10; Kubernetes documentation, PKI certificates and \
              requirements",
    },
    &Check {
        number: 37,
        name: "node-name-differs",
        severity: Error,
        cis: None,
        title: "the kubelet's certificate is for a node of another name",
        why: "The kubelet may not register or update its node: Forbidden.",
        mend: "Issue the kubelet's client certificate for `system:node:` with the name of \
              `--hostname-override`, in lower case.",
        source: "CIS Kubernetes Benchmark 1.10; Kubernetes documentation, PKI certificates and \
              requirements",
    },
    &Check {
        number: 37,
        name: "kubelet-rotation-off",
        severity: Note,
        cis: Some("4.2.10"),
        title: "the kubelet does not renew its client certificate by itself",
        why: "The node is lost on the day on which the certificate expires, unless somebody \
              replaces it.",
        mend: "Set `rotateCertificates: true`, or renew it with `kubepki renew` in time.",
        source: "CIS Kubernetes Benchmark 1.10; Kubernetes documentation, PKI certificates and \
              requirements",
    },
    &Check {
        number: 37,
        name: "file-writable",
        severity: Error,
        cis: Some("1.1.1, 1.1.3, 1.1.5, 1.1.7, 1.1.20, 4.1.1, 4.1.7, 4.1.9"),
        title: "others than its owner can write a file that decides who is trusted",
        why: "Whoever writes it can add a CA of theirs, or start the component with flags of \
              theirs.",
        mend: "Set its mode with `chmod 600`, or 644 for certificates and units.",
        source: "CIS Kubernetes Benchmark 1.10; Kubernetes documentation, PKI certificates and \
              requirements",
    },
    &Check {
        number: 37,
        name: "file-owner",
        severity: Warning,
        cis: Some("1.1.2, 1.1.4, 1.1.6, 1.1.8, 1.1.14, 1.1.16, 1.1.18, 1.1.19, 4.1.6, 4.1.8"),
        title: "a file belongs neither to root nor to the user of its component",
        why: "Its owner can change whom the component trusts, or what it runs.",
        mend: "Give it back with `chown root:root`.",
        source: "CIS Kubernetes Benchmark 1.10; Kubernetes documentation, PKI certificates and \
              requirements",
    },
];
