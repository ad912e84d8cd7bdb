//! Who trusts whom: chains between the files of flags. Looks at no date and no usage, which are
//! other checks' business.

use std::sync::Arc;

use kubepki_ca::Certificate;
use kubepki_inspect::{key::PublicKey, signature::is_issued_by, text};

use super::Findings;
use crate::discover::{
    ComponentKind::{self, KubeApiserver, KubeControllerManager, Kubelet},
    Role, Use,
};

pub(super) fn check(findings: &mut Findings<'_>) {
    clients(findings);
    root_ca(findings);
    kubelets(findings);
    front_proxy(findings);
    kubeconfigs(findings);
}

/// Check 25, and the signer of 26.
fn clients(findings: &mut Findings<'_>) {
    let machine = findings.machine;
    let Some((index, apiserver)) = machine.component(KubeApiserver) else { return };
    let Some(client_ca) = machine.used_by(index, "client-ca-file") else {
        findings.add_unset(
            "client-ca-unset",
            apiserver,
            "--client-ca-file",
            "has no `--client-ca-file`",
        );
        return;
    };
    let anchors = machine.certificates(client_ca);
    if anchors.is_empty() {
        return;
    }
    for used in machine.uses.iter().filter(|it| it.role == Role::Kubeconfig && it.via.is_none()) {
        let chain = used.path.as_deref().and_then(|path| machine.client_of(path));
        let Some(chain) = chain else { continue };
        if let Some(reason) = untrusted(&chain, &anchors) {
            let kind = machine.component_of(used).kind;
            let what = format!(
                "{} does not accept {kind}'s client certificate in `{}`: {reason}",
                named(client_ca),
                used.named.display()
            );
            findings.add_of("client-ca-misses-issuer", used, what);
        }
    }
    let signing = machine.uses_of(KubeControllerManager, Role::SigningCertificate);
    for used in
        signing.filter(|used| !used.flag.contains("serving") && !used.flag.contains("legacy"))
    {
        let signer = machine.certificates(used);
        // More than one is another finding.
        if let [signer] = signer.as_slice()
            && !anchors.iter().any(|anchor| is_same_ca(anchor, signer))
            && !anchors.iter().any(|anchor| is_issued_by(signer, anchor))
        {
            let what = format!(
                "{} signs with `{}`, which is not in {}",
                named(used),
                signer.subject(),
                named(client_ca)
            );
            findings.add_of("signing-certificate-untrusted", used, what);
        }
    }
}

/// Check 27.
fn root_ca(findings: &mut Findings<'_>) {
    let machine = findings.machine;
    let Some((index, manager)) = machine.component(KubeControllerManager) else { return };
    match machine.used_by(index, "root-ca-file") {
        None => {
            findings.add_unset(
                "root-ca-unset",
                manager,
                "--root-ca-file",
                "has no `--root-ca-file`",
            );
        }
        Some(root) => {
            findings.compare("root-ca-wrong", serving(findings, KubeApiserver), Some(root))
        }
    }
}

/// Checks 30 and 31.
fn kubelets(findings: &mut Findings<'_>) {
    let machine = findings.machine;
    let apiserver = machine.component(KubeApiserver);
    let of_apiserver = |flag| apiserver.and_then(|(index, _)| machine.used_by(index, flag));
    let (ca, client) =
        (of_apiserver("kubelet-certificate-authority"), of_apiserver("kubelet-client-certificate"));
    if let Some((_, apiserver)) = apiserver {
        if ca.is_none() {
            let flag = "--kubelet-certificate-authority";
            findings.add_unset("kubelet-ca-unset", apiserver, flag, &format!("has no `{flag}`"));
        }
        if client.is_none() {
            let flag = "--kubelet-client-certificate";
            findings.add_unset(
                "kubelet-client-unset",
                apiserver,
                flag,
                &format!("has no `{flag}`"),
            );
        }
    }
    if let Some(used) = client
        && let Some(certificate) = machine.certificates(used).first()
    {
        let subject = certificate.subject();
        let is_almighty = |group: &String| group == "system:masters";
        if !subject.organizations.iter().any(is_almighty) {
            let groups = match subject.organizations.as_slice() {
                [] => "in no group".to_owned(),
                groups => format!("in the groups {}", groups.join(", ")),
            };
            let user = &subject.common_name;
            let what = format!("{} makes it the user `{user}`, {groups}", named(used));
            findings.add_of("kubelet-client-needs-rights", used, what);
        }
    }
    let Some((index, kubelet)) = machine.component(Kubelet) else { return };
    findings.compare("kubelet-ca-wrong", serving(findings, Kubelet), ca);
    match machine.used_by(index, "client-ca-file") {
        None => {
            let field = "authentication.x509.clientCAFile";
            findings.add_unset(
                "kubelet-client-ca-unset",
                kubelet,
                field,
                &format!("has no `{field}`"),
            );
        }
        Some(trusted) => findings.compare("kubelet-client-untrusted", client, Some(trusted)),
    }
}

/// Check 32.
fn front_proxy(findings: &mut Findings<'_>) {
    const NAMES: &str = "--requestheader-allowed-names";
    let machine = findings.machine;
    let Some((index, apiserver)) = machine.component(KubeApiserver) else { return };
    let Some(ca) = machine.used_by(index, "requestheader-client-ca-file") else { return };
    let proxy = machine.used_by(index, "proxy-client-cert-file");
    findings.compare("proxy-client-untrusted", proxy, Some(ca));
    if let Some(clients) = machine.used_by(index, "client-ca-file")
        && let Some(shared) = shared(findings, ca, clients)
    {
        let what = format!("{} and {} both trust {shared}", named(ca), named(clients));
        findings.add_of("requestheader-ca-is-client-ca", ca, what);
    }
    let allowed = apiserver.flags.values("requestheader-allowed-names");
    if apiserver.flags.is_unknown("requestheader-allowed-names") {
        return;
    }
    if allowed.is_empty() {
        let what = "lets every name in: its `--requestheader-allowed-names` is empty";
        findings.add_unset("requestheader-names-empty", apiserver, NAMES, what);
    } else if let Some(used) = proxy
        && let Some(certificate) = machine.certificates(used).first()
        && !allowed.contains(&certificate.subject().common_name.as_str())
    {
        let name = &certificate.subject().common_name;
        let what = format!(
            "shows the name `{name}` in {}, and `--requestheader-allowed-names` has `{}`",
            named(used),
            allowed.join(",")
        );
        findings.add_to("requestheader-name-not-allowed", apiserver, NAMES, &what);
    }
}

/// Check 36, and the same for every other kubeconfig of a component.
fn kubeconfigs(findings: &mut Findings<'_>) {
    let machine = findings.machine;
    let Some(serving) = serving(findings, KubeApiserver) else { return };
    let chain = machine.certificates(serving);
    for used in machine.uses.iter().filter(|it| it.via.is_none()) {
        let name = match used.role {
            Role::BootstrapKubeconfig => "bootstrap-ca-differs",
            Role::Kubeconfig => "kubeconfig-ca-differs",
            _ => continue,
        };
        let anchors = used.path.as_deref().and_then(|path| machine.authority_of(path));
        let Some(anchors) = anchors else { continue };
        if !chain.is_empty()
            && let Some(reason) = untrusted(&chain, &anchors)
        {
            let kind = machine.component_of(used).kind;
            let what = format!(
                "{kind} does not trust kube-apiserver's `{}` by `{}`: {reason}",
                serving.named.display(),
                used.named.display()
            );
            findings.add_of(name, used, what);
        }
    }
}

impl Findings<'_> {
    /// Finds that a certificate is not trusted by a file of CAs, where both are there.
    pub(super) fn compare(
        &mut self,
        name: &'static str,
        shown: Option<&Use>,
        trusting: Option<&Use>,
    ) {
        let (Some(shown), Some(trusting)) = (shown, trusting) else { return };
        let (chain, anchors) =
            (self.machine.certificates(shown), self.machine.certificates(trusting));
        // An empty file is another finding.
        if chain.is_empty() || anchors.is_empty() {
            return;
        }
        if let Some(reason) = untrusted(&chain, &anchors) {
            let kinds = [shown, trusting].map(|used| self.machine.component_of(used).kind);
            let what = format!(
                "{}'s {} does not lead to {}'s {}: {reason}",
                kinds[0],
                named(shown),
                kinds[1],
                named(trusting)
            );
            self.add_of(name, trusting, what);
        }
    }
}

pub(super) fn serving<'a>(findings: &Findings<'a>, kind: ComponentKind) -> Option<&'a Use> {
    let machine = findings.machine;
    let (index, _) = machine.component(kind)?;
    let mut uses = machine.uses.iter();
    uses.find(|it| it.component == index && it.role == Role::ServingCertificate)
}

/// A flag and its file, for a sentence.
pub(super) fn named(used: &Use) -> String {
    format!("`{}` (`{}`)", used.flag_text(), used.named.display())
}

/// The name of a CA that both files trust.
pub(super) fn shared(findings: &Findings<'_>, one: &Use, other: &Use) -> Option<String> {
    let others = findings.machine.certificates(other);
    let both = findings.machine.certificates(one);
    let both = both.iter().find(|ca| others.iter().any(|other| is_same_ca(ca, other)));
    both.map(|ca| format!("`{}`", ca.subject()))
}

/// Whether two certificates are of one CA: the same key, whatever the dates.
fn is_same_ca(one: &Certificate, other: &Certificate) -> bool {
    one == other || PublicKey::of(one) == PublicKey::of(other)
}

/// Why a chain, its leaf first, does not lead to one of the anchors; none when it does.
fn untrusted(chain: &[Arc<Certificate>], anchors: &[Arc<Certificate>]) -> Option<String> {
    let (leaf, sent) = chain.split_first()?;
    let mut current = leaf;
    let mut left: Vec<_> = sent.iter().collect();
    loop {
        if anchors.iter().any(|anchor| anchor == current || is_issued_by(current, anchor)) {
            return None;
        }
        let Some(next) = left.iter().position(|issuer| is_issued_by(current, issuer)) else {
            break;
        };
        current = left.swap_remove(next);
    }
    let issuer = issuer_of(current);
    let namesake = anchors.iter().find(|anchor| anchor.subject_name() == current.issuer_name());
    let held: Vec<_> = anchors.iter().map(|anchor| format!("`{}`", anchor.subject())).collect();
    Some(match (issuer, namesake) {
        (Some(issuer), Some(_)) => {
            format!("its issuer and the CA are both called `{issuer}`, but their keys differ")
        }
        (Some(issuer), None) => {
            format!("its issuer is `{issuer}`, and the trusted CA is {}", held.join(", "))
        }
        _ => "its issuer is not there".to_owned(),
    })
}

/// The issuer's name in words.
pub(crate) fn issuer_of(certificate: &Certificate) -> Option<String> {
    text::name(certificate.issuer_name())
}
