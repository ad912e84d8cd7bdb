//! Checks 3, 26, 28 and 37 of a root: what its spec has there, and what every host has to have alike.

mod table;

use std::{collections::BTreeSet, path::Path};

use kubepki_inspect::{
    artifact::Artifact,
    key::PublicKey,
    kubeconfig::{FieldSource, KubeconfigFile, beside},
};

pub(crate) use self::table::CHECKS;
use self::table::*;
use super::files::UNREADABLE;
use crate::{
    check::{Check, Finding, Place, visible},
    index::CertificateIndex,
    input::{Assignment, Holds, Input, Wrong},
    role::Role,
};

pub(crate) fn run(input: &Input, _: &CertificateIndex<'_>) -> Vec<Finding> {
    let mut findings = expected(input);
    if input.cluster.is_some() {
        findings.extend(signing_certificates(input));
        findings.extend(service_accounts(input));
        findings.extend(encryption(input));
    }
    findings
}

/// Each file that the spec has, against what it has to hold. What lies in its place and cannot be
/// read, or is of another kind, the checks of files say.
fn expected(input: &Input) -> Vec<Finding> {
    let found = input.expected.iter().flat_map(|(path, expected)| {
        let entry = visible(&expected.entry);
        let finding = |check, what: String| Finding::new(check, Place::file(path), what);
        let file = input.file(path);
        let mut findings = Vec::new();
        match &expected.holds {
            Holds::Plain(Some(wrong)) => match wrong {
                Wrong::Differs => {
                    let what = "it is not what `kubepki apply` would write".to_owned();
                    findings.push(finding(&SPEC_FILE_DIFFERS, what));
                }
                Wrong::Unreadable(why) if file.is_none_or(|file| file.contents.is_ok()) => {
                    findings.push(finding(&UNREADABLE, why.clone()));
                }
                Wrong::Unreadable(_) => {}
            },
            _ if file.is_none() => findings.push(match expected.may_be_elsewhere {
                true => {
                    let what = format!("nothing can be issued by `{entry}` here");
                    finding(&AUTHORITY_KEY_ABSENT, what)
                }
                false => {
                    let what = format!("it is not there, and belongs to `{entry}`");
                    finding(&SPEC_FILE_MISSING, what)
                }
            }),
            Holds::Kubeconfig { common_name } => {
                let config = input.kubeconfig(path);
                let wrong = config.and_then(|config| client(input, path, config, common_name));
                findings.extend(wrong.map(|what| finding(&SPEC_CLIENT, what)));
            }
            _ => {}
        }
        let source = expected.source.as_deref().filter(|source| differs(input, path, source));
        findings.extend(source.map(|source| {
            let source = visible(&source.display().to_string());
            finding(&SPEC_FILE_DIFFERS, format!("it differs from `{source}`"))
        }));
        findings
    });
    found.collect()
}

/// Whether a copy holds other certificates or keys than its source. What cannot be read differs from
/// nothing, and some files have a check of their own.
fn differs(input: &Input, path: &Path, source: &Path) -> bool {
    let is_told = match input.roles.get(path).map(|assigned| assigned.role) {
        Some(Role::ServiceAccount) => true,
        Some(Role::SigningCertificate) => input.certificates(path).len() != 1,
        _ => false,
    };
    if is_told {
        return false;
    }
    let holds = |path: &Path| {
        let certificates = input.certificates(path);
        let keys: Vec<_> = input.keys(path).into_iter().map(PublicKey::bits).collect();
        let certificates: Vec<_> = certificates.into_iter().map(|it| it.der()).collect();
        (!certificates.is_empty() || !keys.is_empty()).then_some((certificates, keys))
    };
    matches!((holds(path), holds(source)), (Some(copy), Some(source)) if copy != source)
}

/// What is wrong with the client of a kubeconfig that a spec has: it has another name, or nothing that
/// a CA has signed.
fn client(
    input: &Input,
    path: &Path,
    config: &KubeconfigFile,
    common_name: &str,
) -> Option<String> {
    let context = config.contexts.iter().find(|it| it.name == config.current_context);
    let user = context.and_then(|context| config.users.iter().find(|it| it.name == context.user));
    // Names that lead nowhere have a check of their own.
    let user = user?;
    let first = match (&user.certificate, &user.key) {
        (None, _) => return Some("its user has no client certificate".to_owned()),
        (_, None) => return Some("its user has no client key".to_owned()),
        (Some(FieldSource::Data(data)), _) => data.as_ref().ok()?.first(),
        (Some(FieldSource::Path(file)), _) => {
            input.certificates(&beside(path, file)).first().copied()
        }
    };
    let role = input.roles.get(path).map(|assigned| assigned.role);
    let has_a_check = |role| {
        use Role::{ControllerManager, KubeProxy, Kubelet, Scheduler};
        matches!(role, ControllerManager | KubeProxy | Kubelet | Scheduler)
    };
    if role.is_some_and(has_a_check) {
        return None;
    }
    let found = first?.subject().common_name.as_str();
    let what = || {
        let (found, wanted) = (visible(found), visible(common_name));
        format!("its client is `{found}`, and the spec has `{wanted}` here")
    };
    (found != common_name).then(what)
}

/// The files of a role, the cluster's own first, by the letters of their paths.
fn of_role(input: &Input, role: Role) -> Vec<(&Path, &Assignment)> {
    let of_role = input.roles.iter().filter(|(_, assigned)| assigned.role == role);
    let mut files: Vec<_> = of_role.map(|(path, assigned)| (path.as_path(), assigned)).collect();
    files.sort_by_key(|(path, assigned)| (assigned.host.is_some(), path.as_os_str()));
    files
}

/// What a controller manager signs requests with. It takes one certificate and no bundle.
fn signing_certificates(input: &Input) -> Vec<Finding> {
    let Some(check) = super::named("signing-certificate-bundle") else { return Vec::new() };
    let found = of_role(input, Role::SigningCertificate).into_iter().filter_map(|(path, _)| {
        let certificates = input.certificates(path);
        let what = match certificates.as_slice() {
            // That it is no certificate at all, or not there, other checks say.
            [] => return None,
            [one] if one.is_ca() => return None,
            [one] => format!("it holds `{}`, which is no CA", one.subject()),
            many => format!("it holds {} certificates, and one is taken", many.len()),
        };
        Some(Finding::new(check, Place::file(path), what))
    });
    found.collect()
}

/// The keys of tokens: one that was signed on one host has to be taken on every other.
fn service_accounts(input: &Input) -> Vec<Finding> {
    let keys = of_role(input, Role::ServiceAccount).into_iter().filter_map(|(path, _)| {
        let keys: BTreeSet<_> = input.keys(path).into_iter().map(|key| key.bits()).collect();
        let artifacts = input.file(path)?.contents.as_deref().ok()?;
        let is_private = artifacts.iter().any(|it| matches!(it, Artifact::PrivateKey(_)));
        (!keys.is_empty()).then_some((path, (is_private, keys)))
    });
    let (private, public) = keys.partition::<Vec<_>, _>(|(_, (is_private, _))| *is_private);
    let what = "holds another key";
    let mut findings = unlike(&SERVICE_ACCOUNT_KEYS_DIFFER, &private, what);
    findings.extend(unlike(&SERVICE_ACCOUNT_KEYS_DIFFER, &public, what));
    findings
}

/// The keys of Secrets: what one apiserver has encrypted every other has to read.
fn encryption(input: &Input) -> Vec<Finding> {
    let files = of_role(input, Role::EncryptionConfig).into_iter();
    let digests: Vec<_> =
        files.filter_map(|(path, _)| Some((path, input.digests.get(path)?))).collect();
    unlike(&ENCRYPTION_CONFIG_DIFFERS, &digests, "holds something else")
}

/// What differs from the cluster's own, or from that of the first host.
fn unlike<T: PartialEq>(check: &'static Check, files: &[(&Path, T)], what: &str) -> Vec<Finding> {
    let Some(((first, wanted), others)) = files.split_first() else { return Vec::new() };
    let found = others.iter().filter(|(_, held)| held != wanted).map(|(path, _)| {
        let first = visible(&first.display().to_string());
        Finding::new(check, Place::file(*path), format!("`{first}` {what}"))
    });
    found.collect()
}
