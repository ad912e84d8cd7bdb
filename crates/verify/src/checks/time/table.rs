//! The rows of this group: dates, and CAs that change.

use crate::check::{
    Check,
    Severity::{Error, Warning},
};

pub(crate) static CA_NEAR_END: Check = Check {
    name: "ca-near-end",
    number: 6,
    severity: Warning,
    title: "a CA has less than a year left",
    why: "Replacing a CA takes weeks: every certificate, kubeconfig and trust file below it changes, in order. Meanwhile everything it issues ends when it does.",
    mend: "Plan the rotation now.",
    source: "kubernetes.io, Manual rotation of CA certificates",
    cis: None,
};

pub(crate) static EXPIRED: Check = Check {
    name: "expired",
    number: 4,
    severity: Error,
    title: "a certificate has expired",
    why: "Nobody accepts it any more: `x509: certificate has expired or is not yet valid`. An expired CA takes everything below it along.",
    mend: "Issue it anew, copy it to where it is used, and restart what does not reload by itself. `kubepki renew` issues what lies in a root; what others made becomes one by `kubepki adopt`.",
    source: "kubernetes/kubeadm#581",
    cis: None,
};

pub(crate) static EXPIRING: Check = Check {
    name: "expiring",
    number: 4,
    severity: Warning,
    title: "a certificate expires soon",
    why: "On that day its component stops, on a node or in the whole cluster.",
    mend: "Issue it anew, copy it to where it is used, and restart what does not reload by itself. `kubepki renew` issues what lies in a root; what others made becomes one by `kubepki adopt`.",
    source: "kubernetes/kubeadm#581",
    cis: None,
};

pub(crate) static KUBELET_NOT_ROTATED: Check = Check {
    name: "kubelet-not-rotated",
    number: 39,
    severity: Warning,
    title: "a kubelet has not renewed its client certificate in time",
    why: "A kubelet renews it after 70 to 90 % of its life. Past that it fails to, or the machine was off. When it expires, the node is lost to the cluster until somebody gives it a new credential.",
    mend: "See the kubelet's log and `kubectl get csr`; the controller manager has to approve and sign. For a node that was off: `kubepki issue node NAME`.",
    source: "client-go util/certificate, certificate_manager.go; kubernetes/kubeadm#2054",
    cis: Some("4.2.10"),
};

pub(crate) static MIXED_TRUST: Check = Check {
    name: "mixed-trust",
    number: 40,
    severity: Warning,
    title: "not every copy of a CA's file trusts the same CAs",
    why: "A rotation stands still half-way: some trust the old CA alone, some both. Certificates from the new one are refused where it is not known yet.",
    mend: "Bring the same CAs to every place before anything is issued from the new one, and take the old one away everywhere only when nothing uses it.",
    source: "kubernetes.io, Manual rotation of CA certificates",
    cis: None,
};

pub(crate) static NOT_YET_VALID: Check = Check {
    name: "not-yet-valid",
    number: 4,
    severity: Error,
    title: "a certificate is not valid yet",
    why: "Nobody accepts it before its time. Mostly the clock of the machine that made it was ahead, or this machine's is behind.",
    mend: "Set the clocks by NTP, and issue it anew if its own dates are wrong.",
    source: "kubernetes/kubernetes#76714",
    cis: None,
};

pub(crate) static OUTLIVES_ISSUER: Check = Check {
    name: "outlives-issuer",
    number: 5,
    severity: Warning,
    title: "a certificate ends after the CA that issued it",
    why: "It is useless from the day on which its CA expires, whatever its own date says.",
    mend: "Rotate the CA before that day, and look at the CA's date instead of this one's.",
    source: "RFC 5280, 6.1.3; kubeadm does not cap",
    cis: None,
};

pub(crate) const CHECKS: &[&Check] = &[
    &EXPIRED,
    &NOT_YET_VALID,
    &EXPIRING,
    &OUTLIVES_ISSUER,
    &CA_NEAR_END,
    &KUBELET_NOT_ROTATED,
    &MIXED_TRUST,
];
