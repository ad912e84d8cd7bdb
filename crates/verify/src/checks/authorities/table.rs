//! The rows of this group: CAs, and who issued what.

mod serials;
mod signatures;

pub(crate) use self::{
    serials::{BAD_SERIAL, DUPLICATE_SERIAL, NEGATIVE_SERIAL, SERIAL_TOO_LONG},
    signatures::{SIGNATURE_NOT_CHECKED, WEAK_KEY, WEAK_ROOT_SIGNATURE, WEAK_SIGNATURE},
};
use crate::check::{
    Check,
    Severity::{Error, Note, Warning},
};

pub(crate) static AMBIGUOUS_AUTHORITY: Check = Check {
    name: "ambiguous-authority",
    number: 10,
    severity: Warning,
    title: "two CAs have the same name and different keys",
    why: "Programs look for an issuer by its name. With two of one name the error is `x509: certificate signed by unknown authority ... candidate authority certificate \"kubernetes\"`, and nobody sees which of the two is meant.",
    mend: "Give every CA a name of its own, with the cluster and a generation in it. Until then, see with `kubepki inspect` which key each certificate was signed with.",
    source: "kubernetes/kubernetes#48378, #58582, #133333",
    cis: None,
};

pub(crate) static AUTHORITY_AS_LEAF: Check = Check {
    name: "authority-as-leaf",
    number: 7,
    severity: Note,
    title: "a CA's certificate is used as that of a server or client",
    why: "Kubernetes takes it. The Web's PKI forbids it, and pyca refuses it: who has the key of such a server can issue certificates.",
    mend: "Issue a certificate for the server or client, and keep the CA's key away from it.",
    source: "CA/Browser Forum, Baseline Requirements, 7.1.2.7",
    cis: None,
};

pub(crate) static CA_CANNOT_SIGN: Check = Check {
    name: "ca-cannot-sign",
    number: 7,
    severity: Error,
    title: "a CA's key usage does not allow it to sign certificates",
    why: "Every verifier that looks at key usages refuses all certificates below such a CA.",
    mend: "Make the CA anew with the key usages keyCertSign and cRLSign. With the same key and name its certificates stay good.",
    source: "RFC 5280, 4.2.1.3",
    cis: None,
};

pub(crate) static CA_CONSTRAINTS_NOT_CRITICAL: Check = Check {
    name: "ca-constraints-not-critical",
    number: 7,
    severity: Warning,
    title: "a CA's basicConstraints are not critical",
    why: "RFC 5280 wants them critical, so that no program that does not know them takes a CA for something else. Strict verifiers, `openssl verify -x509_strict` for one, refuse it.",
    mend: "Make the next CA with `basicConstraints = critical, CA:TRUE`.",
    source: "RFC 5280, 4.2.1.9",
    cis: None,
};

pub(crate) static CA_EXTENDED_USAGE: Check = Check {
    name: "ca-extended-usage",
    number: 7,
    severity: Warning,
    title: "a CA has extended key usages",
    why: "Verifiers take them as a limit on everything below: a CA with serverAuth alone makes every client certificate useless, whatever that says of itself.",
    mend: "Make the next CA without extended key usages.",
    source: "Go crypto/x509, Verify; RFC 5280, 4.2.1.12",
    cis: None,
};

pub(crate) static CA_KEY_ON_NODE: Check = Check {
    name: "ca-key-on-node",
    number: 11,
    severity: Warning,
    title: "the private key of a CA lies on a machine that has no need of it",
    why: "Whoever takes over that machine makes any identity of the cluster, administrators included, and nothing revokes them. Only the controller manager uses the key, and only where it signs requests.",
    mend: "Delete the key there. If others than you could read it, the CA has to be replaced.",
    source: "kubernetes.io, PKI certificates and requirements",
    cis: None,
};

pub(crate) static CA_WITHOUT_IDENTIFIER: Check = Check {
    name: "ca-without-identifier",
    number: 7,
    severity: Warning,
    title: "a CA has no subjectKeyIdentifier",
    why: "Certificates below it cannot say which key signed them, so that two CAs of one name cannot be told apart during a rotation.",
    mend: "Make the next CA with `subjectKeyIdentifier = hash`.",
    source: "RFC 5280, 4.2.1.2",
    cis: None,
};

pub(crate) static ETCD_SHARES_AUTHORITY: Check = Check {
    name: "etcd-shares-authority",
    number: 9,
    severity: Warning,
    title: "etcd trusts the CA of the cluster",
    why: "etcd lets in whoever its CA has signed. With the cluster's own CA that is every node and every user, who may then read and write every Secret past the apiserver.",
    mend: "Give etcd a CA of its own and issue its certificates, and the apiserver's for etcd, from it.",
    source: "kubernetes.io, PKI certificates and requirements",
    cis: Some("2.7"),
};

pub(crate) static FRONT_PROXY_SHARES_AUTHORITY: Check = Check {
    name: "front-proxy-shares-authority",
    number: 9,
    severity: Error,
    title: "the front proxy's CA is the CA of the cluster",
    why: "The apiserver believes the user that is named in a header, if the caller's certificate comes from the front proxy's CA. If that is the cluster's CA, any client may become any user, unless --requestheader-allowed-names stops it.",
    mend: "Give the front proxy a CA of its own, and issue front-proxy-client from it.",
    source: "kubernetes.io, Configure the aggregation layer",
    cis: None,
};

pub(crate) static ISSUER_DIFFERS: Check = Check {
    name: "issuer-differs",
    number: 8,
    severity: Error,
    title: "a certificate's authorityKeyIdentifier is not that of the CA that signed it",
    why: "Go goes by the signature; OpenSSL and GnuTLS go by the identifier and find no issuer: `unable to get local issuer certificate`. Asked for in so many words (`--trust`), it is refused here too.",
    mend: "Issue it anew from the CA as it is now.",
    source: "RFC 5280, 4.2.1.1; OpenSSL, X509_check_issued",
    cis: None,
};

pub(crate) static ISSUER_NOT_IDENTIFIED: Check = Check {
    name: "issuer-not-identified",
    number: 8,
    severity: Note,
    title: "a certificate does not say which key signed it",
    why: "Kubernetes takes it. During a rotation, with two CAs of one name, programs have to try each key; OpenSSL's strict mode and pyca refuse a certificate without the key identifier in its authorityKeyIdentifier.",
    mend: "Issue it anew with `authorityKeyIdentifier = keyid`, as kubepki does.",
    source: "RFC 5280, 4.2.1.1",
    cis: None,
};

pub(crate) static ISSUER_NOT_GIVEN: Check = Check {
    name: "issuer-not-given",
    number: 8,
    severity: Note,
    title: "the CA that issued a certificate is not among what was given",
    why: "Whether the signature is good cannot be said without it.",
    mend: "Name the CA's file as well: `kubepki verify FILE ca.crt`, or `kubepki verify ca.crt --endpoint HOST:PORT`.",
    source: "RFC 5280, 6",
    cis: None,
};

pub(crate) static KUBELET_SELF_SIGNED: Check = Check {
    name: "kubelet-self-signed",
    number: 30,
    severity: Warning,
    title: "a kubelet serves a certificate that it signed itself",
    why: "The apiserver cannot verify it: with --kubelet-certificate-authority `kubectl logs` and `kubectl exec` fail, and without it anybody on the way can read along. metrics-server refuses it.",
    mend: "Issue serving certificates for kubelets, or set serverTLSBootstrap and approve the requests.",
    source: "kubernetes/kubeadm#2028, #1223",
    cis: Some("1.2.5"),
};

pub(crate) static NOT_AN_AUTHORITY: Check = Check {
    name: "not-an-authority",
    number: 7,
    severity: Error,
    title: "a certificate that is used as a CA is none",
    why: "Without `CA:TRUE` in its basicConstraints no verifier accepts what it signed.",
    mend: "Make a CA, and issue from it what this certificate issued.",
    source: "RFC 5280, 4.2.1.9",
    cis: None,
};

pub(crate) static OLD_VERSION: Check = Check {
    name: "old-version",
    number: 7,
    severity: Error,
    title: "a certificate is of X.509 version 1",
    why: "It has no extensions: as a CA it is none, as a server it has no names, and Go accepts neither. openssl makes such ones when no extensions are asked for.",
    mend: "Issue it anew with extensions: `openssl x509 -req -extfile ...`, or with kubepki.",
    source: "RFC 5280, 4.1.2.1",
    cis: None,
};

pub(crate) static PATH_TOO_LONG: Check = Check {
    name: "path-too-long",
    number: 7,
    severity: Error,
    title: "a CA lies deeper than the CA above it allows",
    why: "The pathLenConstraint of a CA says how many CAs may follow below it. Every verifier refuses a longer chain.",
    mend: "Make the upper CA anew with a larger pathLenConstraint, or issue from it directly.",
    source: "RFC 5280, 4.2.1.9",
    cis: None,
};

pub(crate) static SAME_NAME_OTHER_KEY: Check = Check {
    name: "same-name-other-key",
    number: 8,
    severity: Error,
    title: "a certificate names a CA that did not sign it",
    why: "The CA was made anew under its old name, and what it had issued before was kept: `x509: certificate signed by unknown authority (possibly because of ... while trying to verify candidate authority certificate)`.",
    mend: "Issue the certificate anew from the present CA, or bring the old CA back.",
    source: "kubernetes/kubernetes#48378, kubeadm#3221",
    cis: None,
};

pub(crate) static UNKNOWN_AUTHORITY: Check = Check {
    name: "unknown-authority",
    number: 8,
    severity: Error,
    title: "none of the CAs has issued a certificate",
    why: "Nobody who trusts these CAs accepts it: `x509: certificate signed by unknown authority`.",
    mend: "Issue it anew from the right CA, or name the CA's file too if it only was not given. Of a server, find out first who answers at its address, and send it no credential until then.",
    source: "Go crypto/x509, Verify",
    cis: None,
};

pub(crate) static MALFORMED_CONSTRAINTS: Check = Check {
    name: "malformed-constraints",
    number: 7,
    severity: Error,
    title: "a CA's nameConstraints cannot be read",
    why: "Nobody can say which names such a CA may sign. Go reads nothing of the certificate (`x509: IP constraint contained value of length 5`), and so no component of Kubernetes does.",
    mend: "Make the CA anew: addresses as a network and its mask, of 8 octets or 32, and domains without wildcards.",
    source: "RFC 5280, 4.2.1.10; Go crypto/x509, parseNameConstraintsExtension",
    cis: None,
};

pub(crate) static SIGNS_WITHOUT_AUTHORITY: Check = Check {
    name: "signs-without-authority",
    number: 7,
    severity: Error,
    title: "a certificate that is no CA has what only a CA may have",
    why: "keyCertSign and nameConstraints are for CAs alone. Strict verifiers refuse the certificate, `openssl verify -x509_strict` for one, and a careless one may take it for a CA.",
    mend: "Issue it anew with the key usage digitalSignature, and without nameConstraints.",
    source: "RFC 5280, 4.2.1.3, 4.2.1.9 and 4.2.1.10",
    cis: None,
};

pub(crate) static SPARE_AUTHORITY: Check = Check {
    name: "spare-authority",
    number: 8,
    severity: Warning,
    title: "a CA's certificate is of no use, and no path needs it",
    why: "A good path is there without it, which Go finds. Programs that try one path only, OpenSSL and GnuTLS among them, may take this one and fail.",
    mend: "Take it out of the file or chain.",
    source: "RFC 4158, 2.4",
    cis: None,
};

pub(crate) static UNMARKED_AUTHORITY: Check = Check {
    name: "unmarked-authority",
    number: 7,
    severity: Error,
    title: "a CA does not say as a CA has to what it is",
    why: "RFC 5280 wants key usages in a CA and critical basicConstraints. Go is content without; OpenSSL's strict mode and pyca refuse all that is below it. Asked for in so many words (`--trust`), it is refused here too.",
    mend: "Make the next CA with `basicConstraints = critical, CA:TRUE` and `keyUsage = critical, keyCertSign, cRLSign`.",
    source: "RFC 5280, 4.2.1.3 and 4.2.1.9",
    cis: None,
};

pub(crate) static NAME_NOT_PERMITTED: Check = Check {
    name: "name-not-permitted",
    number: 7,
    severity: Error,
    title: "a certificate has a name that a CA above it does not allow",
    why: "Verifiers that know nameConstraints refuse the whole certificate, Go's among them: `x509: a root or intermediate certificate is not authorized to sign for this name`.",
    mend: "Issue it anew from a CA that allows its names, or without that name.",
    source: "RFC 5280, 4.2.1.10; Go crypto/x509, Verify",
    cis: None,
};

pub(crate) static USAGE_NOT_PERMITTED: Check = Check {
    name: "usage-not-permitted",
    number: 7,
    severity: Error,
    title: "a certificate is for a usage that a CA above it does not allow",
    why: "Verifiers take a CA's extended key usages as a limit on everything below it, and refuse this certificate: `x509: certificate specifies an incompatible key usage`.",
    mend: "Make the CA anew without extended key usages. With the same key and name the certificates below it stay good.",
    source: "Go crypto/x509, Verify; OpenSSL, X509_check_purpose",
    cis: None,
};

pub(crate) static WEB_PKI_RULE: Check = Check {
    name: "web-pki-rule",
    number: 7,
    severity: Note,
    title: "a certificate breaks a rule of the Web's PKI alone",
    why: "Kubernetes takes it, and the rule is none of its PKI: its clients have no subjectAltName, for one. Programs that hold every certificate to the Web's rules refuse it; pyca does.",
    mend: "Nothing has to be done for a cluster. If such a program has to take it, issue it anew by that rule.",
    source: "CA/Browser Forum, Baseline Requirements, 6.1.5, 7.1.2 and 7.1.3",
    cis: None,
};

pub(crate) static WRONG_AUTHORITY: Check = Check {
    name: "wrong-authority",
    number: 8,
    severity: Error,
    title: "a certificate comes from another CA than its readers trust",
    why: "The cluster, etcd and the front proxy each trust a CA of their own. A certificate from the wrong one is refused, though it is good in itself.",
    mend: "Issue it anew from the CA that its readers trust.",
    source: "kubernetes.io, PKI certificates and requirements",
    cis: None,
};

pub(crate) const CHECKS: &[&Check] = &[
    &NOT_AN_AUTHORITY,
    &CA_CANNOT_SIGN,
    &CA_EXTENDED_USAGE,
    &USAGE_NOT_PERMITTED,
    &MALFORMED_CONSTRAINTS,
    &NAME_NOT_PERMITTED,
    &SIGNS_WITHOUT_AUTHORITY,
    &SERIAL_TOO_LONG,
    &SPARE_AUTHORITY,
    &UNMARKED_AUTHORITY,
    &CA_WITHOUT_IDENTIFIER,
    &CA_CONSTRAINTS_NOT_CRITICAL,
    &PATH_TOO_LONG,
    &WEAK_SIGNATURE,
    &WEAK_ROOT_SIGNATURE,
    &WEAK_KEY,
    &NEGATIVE_SERIAL,
    &BAD_SERIAL,
    &OLD_VERSION,
    &UNKNOWN_AUTHORITY,
    &SAME_NAME_OTHER_KEY,
    &WRONG_AUTHORITY,
    &SIGNATURE_NOT_CHECKED,
    &ISSUER_DIFFERS,
    &ISSUER_NOT_IDENTIFIED,
    &ISSUER_NOT_GIVEN,
    &AUTHORITY_AS_LEAF,
    &WEB_PKI_RULE,
    &KUBELET_SELF_SIGNED,
    &FRONT_PROXY_SHARES_AUTHORITY,
    &ETCD_SHARES_AUTHORITY,
    &DUPLICATE_SERIAL,
    &AMBIGUOUS_AUTHORITY,
    &CA_KEY_ON_NODE,
];
