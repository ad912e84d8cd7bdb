//! Keys that belong to certificates, and the keys of service accounts. Signs nothing.

use kubepki_inspect::{artifact::Artifact, key::PublicKey};

use super::Findings;
use crate::discover::{
    Component,
    ComponentKind::{KubeApiserver, KubeControllerManager},
    PAIRS, Role, Use, public_keys,
};

pub(super) fn check(findings: &mut Findings<'_>) {
    pairs(findings);
    signing_certificate(findings);
    service_accounts(findings);
}

/// The pairs of check 34, and the signing pair of 26.
fn pairs(findings: &mut Findings<'_>) {
    let machine = findings.machine;
    for (index, component) in machine.components.iter().enumerate() {
        for (_, certificate, key) in PAIRS.iter().filter(|(kind, ..)| *kind == component.kind) {
            match (machine.used_by(index, certificate), machine.used_by(index, key)) {
                (Some(certificate), Some(key)) => pair(findings, component, certificate, key),
                (Some(given), None) => half(findings, component, given, key),
                (None, Some(given)) => half(findings, component, given, certificate),
                (None, None) => {}
            }
        }
        // The pair in the hands of a kubeconfig, or in the kubelet's own folder.
        let others = machine.uses.iter().filter(|it| it.component == index);
        let others: Vec<_> =
            others.filter(|it| it.via.is_some() || it.flag == "cert-dir").collect();
        for certificate in others
            .iter()
            .filter(|it| matches!(it.role, Role::ClientCertificate | Role::ServingCertificate))
        {
            let key = others.iter().find(|it| {
                it.via == certificate.via && matches!(it.role, Role::ClientKey | Role::ServingKey)
            });
            if let Some(key) = key {
                pair(findings, component, certificate, key);
            }
        }
    }
    // Of a flag for names of its own, each value is a pair.
    let sni = |it: &&Use| matches!(it.role, Role::SniCertificate | Role::SniKey);
    for pair_of in machine.uses.iter().filter(sni).collect::<Vec<_>>().chunks_exact(2) {
        if let [certificate, key] = pair_of {
            pair(findings, machine.component_of(key), certificate, key);
        }
    }
    if let Some((index, apiserver)) = machine.component(KubeApiserver)
        && machine.used_by(index, "tls-cert-file").is_none()
        && machine.used_by(index, "tls-private-key-file").is_none()
    {
        let what = "has no `--tls-cert-file`";
        findings.add_unset("serving-certificate-unset", apiserver, "--tls-cert-file", what);
    }
}

fn half(findings: &mut Findings<'_>, component: &Component, given: &Use, missing: &str) {
    if component.flags.is_partial() {
        return;
    }
    let what = format!("{} has `{}` without `--{missing}`", component.kind, given.flag_text());
    findings.add_of("flag-pair-incomplete", given, what);
}

fn pair(findings: &mut Findings<'_>, component: &Component, certificate: &Use, key: &Use) {
    let machine = findings.machine;
    let of_certificate = machine.certificates(certificate);
    let Some(wanted) = of_certificate.first().map(|it| PublicKey::of(it)) else { return };
    let Some(had) = private_key(machine.artifacts(key)) else { return };
    if wanted != had {
        let is_signing = certificate.role == Role::SigningCertificate;
        let name = if is_signing { "signing-key-mismatch" } else { "flag-pair-mismatch" };
        let what = format!(
            "{}'s key `{}` ({had}) is not the key of `{}` ({wanted})",
            component.kind,
            key.named.display(),
            certificate.named.display()
        );
        findings.add_of(name, key, what);
    }
}

/// Check 26.
fn signing_certificate(findings: &mut Findings<'_>) {
    let machine = findings.machine;
    for used in machine.uses_of(KubeControllerManager, Role::SigningCertificate) {
        let certificates = machine.certificates(used);
        let complaint = match certificates.as_slice() {
            [] => continue,
            [one] if one.is_ca() => continue,
            [one] => format!("holds `{}`, which is no CA certificate", one.subject()),
            several => format!("holds {} certificates", several.len()),
        };
        let what = format!("`{}` (`{}`) {complaint}", used.flag_text(), used.named.display());
        findings.add_of("signing-certificate-bundle", used, what);
    }
}

/// Check 28.
fn service_accounts(findings: &mut Findings<'_>) {
    let machine = findings.machine;
    let manager = machine.component(KubeControllerManager);
    let manager_key =
        manager.and_then(|(index, _)| machine.used_by(index, "service-account-private-key-file"));
    if let Some((_, manager)) = manager.filter(|_| manager_key.is_none()) {
        let flag = "--service-account-private-key-file";
        let what = format!("has no `{flag}`");
        findings.add_unset("service-account-private-key-unset", manager, flag, &what);
    }
    let Some((index, apiserver)) = machine.component(KubeApiserver) else { return };
    let signing = machine.used_by(index, "service-account-signing-key-file");
    if signing.is_none() {
        let flag = "--service-account-signing-key-file";
        let what = format!("has no `{flag}`");
        findings.add_unset("service-account-signing-key-unset", apiserver, flag, &what);
    }
    let accepted = machine.uses_of(KubeApiserver, Role::ServiceAccountKey);
    let accepted: Vec<_> = accepted.filter(|it| it.component == index).collect();
    if accepted.is_empty() {
        let flag = "--service-account-key-file";
        let what = format!("has no `{flag}`");
        findings.add_unset("service-account-key-unset", apiserver, flag, &what);
        return;
    }
    let known: Vec<_> =
        accepted.iter().flat_map(|used| public_keys(machine.artifacts(used))).collect();
    // What cannot be read is another finding.
    if known.is_empty() {
        return;
    }
    let key_of = |used: Option<&Use>| used.and_then(|used| private_key(machine.artifacts(used)));
    for used in [signing, manager_key].into_iter().flatten() {
        if let Some(key) = key_of(Some(used)).filter(|key| !known.contains(key)) {
            let kind = machine.component_of(used).kind;
            let what = format!(
                "{kind} signs with `{}` ({key}), which is in no `--service-account-key-file`",
                used.named.display()
            );
            findings.add_of("service-account-keys-disagree", used, what);
        }
    }
    if let (Some(one), Some(other)) = (key_of(signing), key_of(manager_key))
        && one != other
        && let (Some(signing), Some(manager)) = (signing, manager_key)
    {
        let what = format!(
            "kube-apiserver signs with `{}` and kube-controller-manager with `{}`",
            signing.named.display(),
            manager.named.display()
        );
        findings.add_of("service-account-signers-differ", manager, what);
    }
}

/// The public half of the first private key.
fn private_key(artifacts: &[Artifact]) -> Option<PublicKey> {
    artifacts.iter().find_map(|artifact| match artifact {
        Artifact::PrivateKey(key) => key.public_key().cloned(),
        _ => None,
    })
}
