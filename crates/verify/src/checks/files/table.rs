//! The rows of this group: what a file is, who may touch it, and what belongs together.

use crate::check::{
    Check,
    Severity::{Error, Note, Warning},
};

pub(crate) static BYTE_ORDER_MARK: Check = Check {
    name: "byte-order-mark",
    number: 3,
    severity: Error,
    title: "a PEM file begins with a byte order mark",
    why: "Go looks for `-----BEGIN` at the start of a line. Behind a byte order mark it finds none, so the first certificate or key of the file is passed over in silence.",
    mend: "Write the file anew without the mark, for example with `sed -i '1s/^\\xEF\\xBB\\xBF//' FILE`. Editors call it \"UTF-8 with BOM\".",
    source: "Go encoding/pem, Decode",
    cis: None,
};

pub(crate) static DER_NOT_PEM: Check = Check {
    name: "der-not-pem",
    number: 3,
    severity: Error,
    title: "a file holds DER where PEM is meant",
    why: "No Kubernetes component and no etcd reads DER: it says that it found no PEM data, and does not start.",
    mend: "Convert it: `openssl x509 -inform DER -in FILE -out FILE.pem`, or `openssl pkey` for a key.",
    source: "client-go util/cert and util/keyutil",
    cis: None,
};

pub(crate) static DOUBLE_BASE64: Check = Check {
    name: "double-base64",
    number: 3,
    severity: Error,
    title: "a file holds base64 of what it should hold",
    why: "The text was encoded once too often, or copied out of a kubeconfig's `*-data` field or a Secret without decoding it. Nothing reads it so.",
    mend: "Decode it once: `base64 -d FILE`. If DER comes out, put it between BEGIN and END lines with `openssl x509 -inform DER`.",
    source: "facts of the field",
    cis: None,
};

pub(crate) static ENCRYPTED_KEY: Check = Check {
    name: "encrypted-key",
    number: 3,
    severity: Error,
    title: "a private key is encrypted with a passphrase",
    why: "No Kubernetes component and no etcd can ask for a passphrase, so they cannot load the key.",
    mend: "Take the passphrase off with `openssl pkey -in FILE -out FILE.new` and keep the file at mode 0600. A CA key may stay encrypted where only people use it.",
    source: "client-go util/keyutil, ParsePrivateKeyPEM",
    cis: None,
};

pub(crate) static FOREIGN_KEY: Check = Check {
    name: "foreign-key",
    number: 3,
    severity: Note,
    title: "a file that is named as a key is none of a PKI",
    why: "Disks, backups and other programs have files of this name, too. If a component is to read it, it does not start.",
    mend: "Nothing, if it is what you know it to be. Else bring the key again from where it was made.",
    source: "house rule",
    cis: None,
};

pub(crate) static KEY_MISMATCH: Check = Check {
    name: "key-mismatch",
    number: 1,
    severity: Error,
    title: "a private key does not belong to the certificate beside it",
    why: "A server with such a pair does not start (`tls: private key does not match public key`), and a client cannot prove who it is. Mostly a certificate was issued anew and only one of the two files was copied.",
    mend: "Bring the key that the certificate was issued for, or issue the certificate anew; then copy both files together.",
    source: "Go crypto/tls, X509KeyPair",
    cis: None,
};

pub(crate) static KEY_READABLE_BY_ALL: Check = Check {
    name: "key-readable-by-all",
    number: 2,
    severity: Error,
    title: "everybody on the machine can read a private key or credential",
    why: "Whoever reads the file is whoever the certificate names, until it expires: Kubernetes revokes no certificate. The key of a CA makes any identity.",
    mend: "`chmod 600 FILE`. If others than its owner could log in there, issue a new key.",
    source: "CIS Kubernetes benchmark",
    cis: Some("1.1.13, 1.1.15, 1.1.17, 1.1.21, 4.1.3, 4.1.5"),
};

pub(crate) static KEY_READABLE_BY_GROUP: Check = Check {
    name: "key-readable-by-group",
    number: 2,
    severity: Warning,
    title: "a group can read a private key or credential",
    why: "Every member of the group can act as whoever the certificate names. That may be meant, for a component that does not run as root.",
    mend: "`chmod 600 FILE`, or see who is in the group.",
    source: "CIS Kubernetes benchmark",
    cis: Some("1.1.13, 1.1.15, 1.1.17, 1.1.21, 4.1.3, 4.1.5"),
};

pub(crate) static OLD_LABEL: Check = Check {
    name: "old-label",
    number: 3,
    severity: Error,
    title: "a certificate has a label that Go does not read",
    why: "OpenSSL takes `-----BEGIN X509 CERTIFICATE-----`. Go passes over it: the component says that it found no PEM data, and does not start.",
    mend: "Write it anew: `openssl x509 -in FILE -out FILE.pem`.",
    source: "Go crypto/tls, X509KeyPair; client-go util/cert, ParseCertsPEM",
    cis: None,
};

pub(crate) static OWNER_DIFFERS: Check = Check {
    name: "owner-differs",
    number: 2,
    severity: Warning,
    title: "a private key belongs to another user than its certificate",
    why: "A component that may read the one may not read the other, or somebody else than the component's user keeps its key.",
    mend: "`chown` both files to the user whom the component runs as.",
    source: "facts of the field",
    cis: Some("1.1.19"),
};

pub(crate) static SERVICE_ACCOUNT_KEY_KIND: Check = Check {
    name: "service-account-key-kind",
    number: 3,
    severity: Error,
    title: "the ServiceAccount key is of a kind that signs no tokens",
    why: "Tokens are signed with RSA or ECDSA (RS256, ES256, ES384, ES512). With another key the controller manager and the apiserver do not start.",
    mend: "Make an RSA key of 2048 bits or a P-256 key, and give it to every apiserver and controller manager at the same time.",
    source: "kubernetes pkg/serviceaccount, JWTTokenGenerator",
    cis: None,
};

pub(crate) static UNREADABLE: Check = Check {
    name: "unreadable",
    number: 3,
    severity: Error,
    title: "a file cannot be read",
    why: "What checks cannot read, components mostly cannot either: a certificate that is cut off, a text in the wrong encoding, a link that leads nowhere, or a file that is not ours to read.",
    mend: "Bring the file again from where it was made. If only the permission is missing, run the check as the user who owns it.",
    source: "RFC 7468; RFC 5280, 4.1",
    cis: None,
};

pub(crate) static UNSUPPORTED_KEY: Check = Check {
    name: "unsupported-key",
    number: 3,
    severity: Error,
    title: "a key is of a kind that Kubernetes does not know",
    why: "Go's TLS takes RSA, ECDSA on P-256, P-384 and P-521, and Ed25519. A component with another key does not start.",
    mend: "Make a P-256 or an RSA key and issue the certificate for it.",
    source: "Go crypto/tls",
    cis: None,
};

pub(crate) static WRITABLE_BY_ALL: Check = Check {
    name: "writable-by-all",
    number: 2,
    severity: Error,
    title: "everybody on the machine can change a certificate",
    why: "Whoever can write a CA file decides whom the component trusts, and whoever can write a certificate can stop it.",
    mend: "`chmod 644 FILE`.",
    source: "CIS Kubernetes benchmark",
    cis: Some("1.1.20"),
};

pub(crate) static WRITABLE_FOLDER: Check = Check {
    name: "writable-folder",
    number: 2,
    severity: Error,
    title: "everybody on the machine can replace the files of a folder",
    why: "The modes of the files do not help where anybody may delete them and put others in their place, a CA for example.",
    mend: "`chmod 755 FOLDER`.",
    source: "CIS Kubernetes benchmark",
    cis: Some("1.1.19"),
};

pub(crate) static WRONG_KIND: Check = Check {
    name: "wrong-kind",
    number: 3,
    severity: Error,
    title: "a file holds something else than its name says",
    why: "A component looks for a certificate in a certificate file and for a key in a key file, finds none, and does not start. Mostly two arguments were swapped; a key under a certificate's name is then readable by all.",
    mend: "Put each thing where its name belongs. A key that lay in a public file should be made anew.",
    source: "facts of the field",
    cis: None,
};

pub(crate) const CHECKS: &[&Check] = &[
    &KEY_MISMATCH,
    &KEY_READABLE_BY_ALL,
    &KEY_READABLE_BY_GROUP,
    &OWNER_DIFFERS,
    &WRITABLE_BY_ALL,
    &WRITABLE_FOLDER,
    &UNREADABLE,
    &FOREIGN_KEY,
    &WRONG_KIND,
    &DER_NOT_PEM,
    &DOUBLE_BASE64,
    &BYTE_ORDER_MARK,
    &OLD_LABEL,
    &ENCRYPTED_KEY,
    &UNSUPPORTED_KEY,
    &SERVICE_ACCOUNT_KEY_KIND,
];
