//! Check 8: who issued a certificate, and whether that is whom its readers trust.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use kubepki_inspect::{key::PublicKey, text::name_in_words};
use rayon::prelude::*;

use super::{served, table::*};
use crate::{
    check::{Finding, Part, visible},
    index::{CertificateIndex, Issued, PlacedCertificate},
    input::Input,
    role::Role,
};

pub(super) fn run(input: &Input, index: &CertificateIndex<'_>) -> Vec<Finding> {
    let trusted = Trusted::of(index);
    let certificates = index.certificates.par_iter();
    certificates.filter_map(|known| of_certificate(input, index, &trusted, known)).collect()
}

/// The keys of the CAs of each role.
pub(in crate::checks) struct Trusted<'a>(HashMap<Role, Vec<&'a PublicKey>>);

impl<'a> Trusted<'a> {
    pub(in crate::checks) fn of<'b: 'a>(index: &'a CertificateIndex<'b>) -> Self {
        let roles = [Role::ClusterCa, Role::EtcdCa, Role::FrontProxyCa];
        let keys = |role| -> Vec<_> { index.of_role(role).map(|known| &known.facts.key).collect() };
        Self(roles.into_iter().map(|role| (role, keys(role))).collect())
    }

    pub(in crate::checks) fn keys(&self, role: Role) -> &[&'a PublicKey] {
        self.0.get(&role).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a certificate or one above it has the key of a CA of this role.
    pub(in crate::checks) fn leads_to(
        &self,
        index: &CertificateIndex<'_>,
        known: &PlacedCertificate<'_>,
        role: Role,
    ) -> bool {
        let keys = self.keys(role);
        index.chain(known).skip(1).any(|above| keys.contains(&&above.facts.key))
    }
}

/// Whose clients an apiserver takes.
pub(in crate::checks) struct Believed<'a> {
    trusted: Trusted<'a>,
    /// The keys of what an apiserver's own flag names, whatever else it is.
    flagged: Vec<&'a PublicKey>,
}

impl<'a> Believed<'a> {
    pub(in crate::checks) fn of<'b: 'a>(input: &'a Input, index: &'a CertificateIndex<'b>) -> Self {
        let uses = input.machine.iter().flat_map(|machine| &machine.uses);
        let flagged = uses.filter(|used| used.flag == "client-ca-file");
        let files = flagged.filter_map(|used| used.path.as_deref());
        let flagged = files.flat_map(|file| index.keys(input.certificates(file))).collect();
        Self { trusted: Trusted::of(index), flagged }
    }

    /// Whether an apiserver may take the bearer of a certificate for whom it names. What comes from
    /// the CA of etcd or of the front proxy alone it does not; of any other CA nobody knows.
    pub(in crate::checks) fn by_apiservers(
        &self,
        index: &CertificateIndex<'_>,
        known: &PlacedCertificate<'_>,
    ) -> bool {
        let leads_to = |role| self.trusted.leads_to(index, known, role);
        let is_elsewhere = leads_to(Role::EtcdCa) || leads_to(Role::FrontProxyCa);
        let is_flagged =
            || index.chain(known).skip(1).any(|above| self.flagged.contains(&&above.facts.key));
        !is_elsewhere || leads_to(Role::ClusterCa) || is_flagged()
    }
}

fn of_certificate<'a>(
    input: &Input,
    index: &CertificateIndex<'a>,
    trusted: &Trusted<'_>,
    known: &PlacedCertificate<'a>,
) -> Option<Finding> {
    let certificate = known.certificate;
    if let Some(finding) = served::run(index, known) {
        return Some(finding);
    }
    match known.issued {
        // A CA that is trusted needs nobody above it.
        Issued::Unknown if certificate.is_ca() => None,
        Issued::ByAnother(_) if certificate.is_ca() && is_trusted(known) => None,
        Issued::ByAnother(named) => same_name(index, known, named),
        // That it is weak is said already.
        Issued::Perhaps(_) if known.facts.signature_algorithm.broken_digest().is_some() => None,
        Issued::Perhaps(issuer) => {
            let issuer = index.certificates.get(issuer)?.certificate.subject();
            let what = format!("whether `{issuer}` signed it is not known");
            Some(known.found(&SIGNATURE_NOT_CHECKED, what))
        }
        Issued::Unknown
            if only_in_kubeconfigs(known) && !trusted.keys(Role::ClusterCa).is_empty() =>
        {
            None // The kubeconfigs' own check says whom it is not accepted by.
        }
        Issued::Unknown => {
            let judged = index.has_authorities && !only_in_kubeconfigs(known);
            let issuer = name_in_words(certificate.issuer_name());
            Some(if judged {
                known.found(&UNKNOWN_AUTHORITY, format!("its issuer `{issuer}` is none of the CAs"))
            } else {
                known.found(&ISSUER_NOT_GIVEN, format!("its issuer is `{issuer}`"))
            })
        }
        Issued::By(_) | Issued::BySelf => match said(input, known) {
            Some(file) => as_said(input, index, known, file),
            None => expected(index, trusted, known),
        },
    }
}

fn same_name(
    index: &CertificateIndex<'_>,
    known: &PlacedCertificate<'_>,
    named: usize,
) -> Option<Finding> {
    let other = index.certificates.get(named)?;
    let issuer = other.certificate.subject();
    let what = if std::ptr::eq(other, known) {
        "it names itself as its issuer, and its own key did not sign it".to_owned()
    } else if other.certificate.is_ca() {
        format!(
            "a CA named `{issuer}` is there, but its key did not sign this: same name, other key"
        )
    } else {
        format!("`{issuer}` is there under the issuer's name, but is no CA and did not sign this")
    };
    Some(known.found(&SAME_NAME_OTHER_KEY, what))
}

/// The file of the CA that the spec has issue it.
fn said<'a>(input: &'a Input, known: &PlacedCertificate<'_>) -> Option<&'a Path> {
    let mut own = known.places.iter().filter(|place| place.is_own());
    own.find_map(|place| input.issuers.get(place.path()?)).map(PathBuf::as_path)
}

/// Whether it comes from the CA that the spec names.
fn as_said(
    input: &Input,
    index: &CertificateIndex<'_>,
    known: &PlacedCertificate<'_>,
    file: &Path,
) -> Option<Finding> {
    let keys: Vec<_> = index.keys(input.certificates(file)).collect();
    let is_so = index.chain(known).skip(1).any(|above| keys.contains(&&above.facts.key));
    let what = || {
        let file = visible(&file.display().to_string());
        format!("{}, but the spec has the CA in `{file}` issue it", issued_by(index, known))
    };
    (!keys.is_empty() && !is_so).then(|| known.found(&WRONG_AUTHORITY, what()))
}

fn issued_by(index: &CertificateIndex<'_>, known: &PlacedCertificate<'_>) -> String {
    match index.issuer(known) {
        Some(issuer) => format!("it was issued by `{}`", issuer.certificate.subject()),
        None => "it is signed by itself".to_owned(),
    }
}

/// Whether it comes from the CA that belongs to its role.
fn expected(
    index: &CertificateIndex<'_>,
    trusted: &Trusted<'_>,
    known: &PlacedCertificate<'_>,
) -> Option<Finding> {
    if known.certificate.is_ca() || only_in_kubeconfigs(known) {
        return None;
    }
    let wrong = known.roles.iter().find(|role| {
        role.authority().is_some_and(|authority| {
            !trusted.keys(authority).is_empty() && !trusted.leads_to(index, known, authority)
        })
    })?;
    let issuer = index.issuer(known);
    if *wrong == Role::KubeletServer && issuer.is_none_or(|issuer| !is_trusted(issuer)) {
        let what = "it was made by the kubelet itself, and no CA of the cluster vouches for it";
        return Some(known.found(&KUBELET_SELF_SIGNED, what));
    }
    let by = issued_by(index, known);
    // There is one, or none would have been wrong.
    let authority = wrong.authority().map_or("", Role::described);
    let what = format!("{by}, but {} comes from {authority}", wrong.described());
    Some(known.found(&WRONG_AUTHORITY, what))
}

fn is_trusted(known: &PlacedCertificate<'_>) -> bool {
    known.roles.iter().any(|role| role.is_authority())
}

/// Whether it lies in kubeconfigs and nowhere else.
pub(in crate::checks) fn only_in_kubeconfigs(known: &PlacedCertificate<'_>) -> bool {
    let is_in_kubeconfig = |part: &Option<Part>| {
        matches!(part, Some(Part::Cluster(_) | Part::User(_) | Part::UserChain(_)))
    };
    known.places.iter().all(|place| is_in_kubeconfig(&place.part))
}
