//! What becomes of a certificate, beside its key or in a kubeconfig: kept, or issued again because
//! it is due, because its CA changed, or because it drifted from the spec.

use jiff::{SignedDuration, Timestamp};
use kubepki_ca::{Certificate, ExtendedKeyUsage, PublicKey, Validity};
use kubepki_kubeconfig::Kubeconfig;

use super::{
    Action, Judged, Reason, Refusal, Selection, Warning,
    authority::{Authorities, Authority, unreadable},
};
use crate::{
    catalog::{
        CertificateRequest, Connection, Content, Entry, KeyPolicy, Leaf, PairFiles, Position,
    },
    gate::{Allow, Gate},
    observe::Observations,
    own::{Own, trusts},
    store::StorePath,
};

/// A certificate of the catalog, and where it stands in it.
pub(super) struct Place<'a> {
    pub(super) position: Position,
    pub(super) entry: &'a Entry,
    pub(super) leaf: &'a Leaf,
    pub(super) gate: &'a Gate,
    pub(super) allow: Allow,
}

pub(super) fn judge(
    Place { position, entry, leaf, gate, allow }: Place<'_>,
    observations: &Observations,
    authorities: &Authorities,
    selection: Option<&Selection>,
    now: Timestamp,
) -> Judged {
    let Some(issuer) = authorities.get(leaf.issuer) else { return Judged::keep() };
    let found = match &entry.content {
        Content::Kubeconfig { connection, path, .. } => {
            in_kubeconfig(path, connection, observations, authorities)
        }
        Content::Certificate { files, .. } => beside_its_key(files, leaf, observations),
        _ => return Judged::keep(),
    };
    let mut is_due = None;
    let mut judged = match found {
        Ok(Found::Nothing) => Judged::create(entry),
        Ok(Found::Half(reason)) => Judged::renew(entry, vec![reason]),
        Ok(Found::Elsewhere) => {
            let warnings = vec![Warning::KubeletManaged { entry: entry.id.clone() }];
            let warnings = if is_meant(selection, position) { warnings } else { vec![] };
            return Judged { warnings, ..Judged::keep() };
        }
        Ok(Found::Whole { certificate, reasons }) => {
            let window = selection.map_or(leaf.renew_before, |selection| selection.window(leaf));
            let (judged, due) = whole(entry, leaf, &certificate, reasons, issuer, window, now);
            is_due = Some(due);
            judged
        }
        Err(refusal) => Judged::refuse(refusal),
    };
    if let Some(selection) = selection {
        if selection.replaces(position, leaf) {
            judged = judged.anew(entry);
        }
        judged = selection.settle(position, entry, judged, is_due);
    }
    if judged.action.is_change() {
        if let Some(refusal) = &issuer.unusable {
            return Judged::refuse(refusal.clone());
        }
        if !issuer.can_issue {
            let (issuer, path) = (issuer.id.clone(), issuer.key.clone());
            return Judged::refuse(Refusal::IssuerKeyMissing { issuer, path });
        }
    }
    if judged.action.is_issuance() {
        let held = || held(entry, observations, issuer.certificate.as_ref()?);
        if let Err(privilege) =
            gate.pass(&leaf.request, &issuer.id.name(), leaf.origin, allow, held)
        {
            return Judged::refuse(Refusal::Forbidden { privilege: *privilege });
        }
    }
    let wants_key = match selection {
        Some(selection) => selection.keeps_key(leaf),
        None => leaf.key_policy == KeyPolicy::Kept,
    };
    let is_renewal = matches!(judged.action, Action::Renew { .. });
    let keeps_key = wants_key && is_renewal && has_key(entry, leaf, observations);
    Judged { keeps_key, ..judged }
}

fn is_meant(selection: Option<&Selection>, position: Position) -> bool {
    selection.is_none_or(|selection| selection.has(position))
}

/// Whether there is a key that may stay: one of the algorithm that the spec wants, or any that must.
fn has_key(entry: &Entry, leaf: &Leaf, observations: &Observations) -> bool {
    let fits = |key: PublicKey| key.algorithm() == leaf.request.key_algorithm;
    leaf.key_policy == KeyPolicy::Kept
        || existing_key(entry, observations, PublicKey::of_private_pem).is_some_and(fits)
}

/// What `read` makes of the private key of an entry, beside its certificate or in its kubeconfig.
pub(crate) fn existing_key<K>(
    entry: &Entry,
    observations: &Observations,
    read: impl Fn(&[u8]) -> Result<K, kubepki_ca::Error>,
) -> Option<K> {
    match &entry.content {
        Content::Certificate { files, .. } => read(observations.contents(&files.key)?).ok(),
        Content::Kubeconfig { connection, path, .. } => {
            let kubeconfig = Kubeconfig::parse(observations.contents(path)?).ok()?;
            let user = Own::find(&kubeconfig, connection).ok()?.user;
            read(user.client_key_data.as_ref()?.expose()).ok()
        }
        _ => None,
    }
}

/// The certificate in an entry's place, where its key is with it and this CA has signed it. One that
/// the CA has not signed, or whose key is not here, gives nobody anything.
pub(crate) fn held(
    entry: &Entry,
    observations: &Observations,
    ca: &Certificate,
) -> Option<Certificate> {
    let certificate = match &entry.content {
        Content::Certificate { files, .. } => {
            Certificate::from_pem(observations.contents(&files.certificate)?).ok()?
        }
        Content::Kubeconfig { connection, path, .. } => {
            let kubeconfig = Kubeconfig::parse(observations.contents(path)?).ok()?;
            let user = Own::find(&kubeconfig, connection).ok()?.user;
            Certificate::from_pem(user.client_certificate_data.as_ref()?.as_ref()).ok()?
        }
        _ => return None,
    };
    let key = existing_key(entry, observations, PublicKey::of_private_pem)?;
    (certificate.is_for(&key) && certificate.is_issued_by(ca)).then_some(certificate)
}

enum Found {
    /// No file of it.
    Nothing,
    /// A certificate without its key, or the other way round.
    Half(Reason),
    /// A kubeconfig that names certificate files.
    Elsewhere,
    /// A certificate whose key is there and its own, and reasons outside the certificate.
    Whole { certificate: Box<Certificate>, reasons: Vec<Reason> },
}

fn beside_its_key(
    files: &PairFiles,
    leaf: &Leaf,
    observations: &Observations,
) -> Result<Found, Refusal> {
    let PairFiles { certificate: certificate_path, key: key_path } = files;
    let missing = |path: &StorePath| Ok(Found::Half(Reason::Missing { path: path.clone() }));
    match (observations.contents(certificate_path), observations.contents(key_path)) {
        (None, None) => Ok(Found::Nothing),
        (None, Some(key)) if leaf.key_policy == KeyPolicy::Kept => {
            PublicKey::of_private_pem(key).map_err(|error| unreadable(key_path, &error))?;
            missing(certificate_path)
        }
        (Some(_), None) if leaf.key_policy == KeyPolicy::Kept => {
            Err(Refusal::KeyMissing { path: key_path.clone() })
        }
        (None, Some(_)) => missing(certificate_path),
        (Some(_), None) => missing(key_path),
        (Some(certificate), Some(key)) => {
            let certificate = Certificate::from_pem(certificate)
                .map_err(|error| unreadable(certificate_path, &error))?;
            let key =
                PublicKey::of_private_pem(key).map_err(|error| unreadable(key_path, &error))?;
            if !certificate.is_for(&key) {
                let (certificate, key) = (certificate_path.clone(), key_path.clone());
                return Err(Refusal::KeyMismatch { certificate, key });
            }
            Ok(Found::Whole { certificate: Box::new(certificate), reasons: vec![] })
        }
    }
}

fn in_kubeconfig(
    path: &StorePath,
    wanted: &Connection,
    observations: &Observations,
    authorities: &Authorities,
) -> Result<Found, Refusal> {
    let Some(text) = observations.contents(path) else { return Ok(Found::Nothing) };
    let kubeconfig = Kubeconfig::parse(text).map_err(|error| unreadable(path, &error))?;
    let current = Own::find(&kubeconfig, wanted).map_err(|error| unreadable(path, &error))?;
    if current.user.client_certificate.is_some() {
        return Ok(Found::Elsewhere);
    }
    let absent = |what: &str| unreadable(path, &format!("its user has no {what}"));
    let certificate = current.user.client_certificate_data.as_ref();
    let certificate = certificate.ok_or_else(|| absent("client-certificate-data"))?;
    let certificate =
        Certificate::from_pem(certificate.as_ref()).map_err(|error| unreadable(path, &error))?;
    let key = current.user.client_key_data.as_ref().ok_or_else(|| absent("client-key-data"))?;
    let key = PublicKey::of_private_pem(key.expose()).map_err(|error| unreadable(path, &error))?;
    if !certificate.is_for(&key) {
        let (certificate, key) = (path.clone(), path.clone());
        return Err(Refusal::KeyMismatch { certificate, key });
    }
    let mut reasons = Vec::new();
    let mut compare = |field, was: &str, now: &str| {
        if was != now {
            let (was, now) = (was.to_owned(), now.to_owned());
            reasons.push(Reason::SpecChanged { field, was, now });
        }
    };
    compare("cluster", &current.context.cluster, &wanted.cluster);
    compare("server", &current.cluster.server, &wanted.server);
    compare("user", &current.context.user, &wanted.user);
    if let Some(authority) = authorities.get(wanted.ca)
        && let Some(ca) = &authority.certificate
        && !trusts(current.cluster, ca)
    {
        reasons.push(Reason::IssuerChanged { issuer: authority.id.clone() });
    }
    Ok(Found::Whole { certificate: Box::new(certificate), reasons })
}

fn whole(
    entry: &Entry,
    leaf: &Leaf,
    certificate: &Certificate,
    mut reasons: Vec<Reason>,
    issuer: &Authority,
    window: SignedDuration,
    now: Timestamp,
) -> (Judged, bool) {
    let mut is_due = false;
    let mut warnings = Vec::new();
    if let Some(ca) = &issuer.certificate {
        let known = reasons.iter().any(|reason| matches!(reason, Reason::IssuerChanged { .. }));
        if !known && !certificate.is_issued_by(ca) {
            reasons.push(Reason::IssuerChanged { issuer: issuer.id.clone() });
        }
    }
    reasons.extend(drift(entry, &leaf.request, certificate));
    let validity = certificate.validity();
    if leaf.key_policy == KeyPolicy::Fresh {
        match due(validity, issuer, window, now) {
            Due::No => {}
            Due::Yes(reason) => {
                is_due = true;
                reasons.push(reason);
            }
            Due::EndsWithItsCa => {
                let not_after = validity.not_after();
                warnings.push(Warning::Capped { entry: entry.id.clone(), not_after });
            }
        }
    }
    if validity.not_before() > now {
        let not_before = validity.not_before();
        warnings.push(Warning::NotYetValid { entry: entry.id.clone(), not_before });
    }
    let judged = if reasons.is_empty() { Judged::keep() } else { Judged::renew(entry, reasons) };
    (Judged { warnings, ..judged }, is_due)
}

enum Due {
    No,
    Yes(Reason),
    /// It is due, but its CA ends at the same moment, so a new one would live no longer.
    EndsWithItsCa,
}

fn due(validity: Validity, issuer: &Authority, window: SignedDuration, now: Timestamp) -> Due {
    let not_after = validity.not_after();
    if not_after < now {
        return Due::Yes(Reason::Expired { not_after });
    }
    if not_after.duration_since(now) > window {
        return Due::No;
    }
    match &issuer.certificate {
        Some(ca) if ca.validity().not_after() <= not_after => Due::EndsWithItsCa,
        _ => Due::Yes(Reason::Expiring { not_after }),
    }
}

/// How the certificate differs from what the spec asks for.
pub(crate) fn drift(
    entry: &Entry,
    wanted: &CertificateRequest,
    found: &Certificate,
) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let mut compare = |field, was: String, now: String| {
        if was != now {
            reasons.push(Reason::SpecChanged { field, was, now });
        }
    };
    let list = |names: &[String]| format!("[{}]", names.join(", "));
    let subject = found.subject();
    compare("common name", subject.common_name.clone(), wanted.subject.common_name.clone());
    let groups = if entry.id.slot.is_user() { "groups" } else { "organizations" };
    compare(groups, list(&subject.organizations), list(&wanted.subject.organizations));
    let uid = |uid: &Option<String>| uid.clone().unwrap_or_else(|| "none".to_owned());
    compare("uid", uid(&subject.uid), uid(&wanted.subject.uid));
    let algorithm = match found.public_key() {
        Ok(key) => key.algorithm().to_string(),
        Err(error) => error.to_string(),
    };
    compare("key algorithm", algorithm, wanted.key_algorithm.to_string());
    compare("usages", usages(wanted, found), "those of its profile".to_owned());
    // What is longer than the spec allows is drift; what is shorter ends of itself.
    let life = found.validity().not_after().duration_since(found.validity().not_before());
    if life > wanted.lifetime + Validity::BACKDATE {
        compare("lifetime", length(life), length(wanted.lifetime));
    }
    reasons.extend(names_changed(wanted, found));
    reasons
}

/// `those of its profile`, or what is wrong. More key usages than needed do no harm, and other
/// tools give `keyEncipherment` to every certificate; so does `serverAuth` without a name, which
/// cfssl's users give to every client, for nobody can be served under no name (RFC 9525).
fn usages(wanted: &CertificateRequest, found: &Certificate) -> String {
    let algorithm = found.public_key().map_or(wanted.key_algorithm, |key| key.algorithm());
    let key_usage = wanted.profile.key_usage(algorithm);
    if found.is_ca() {
        return "CA:TRUE".to_owned();
    }
    let mut extended = found.extended_key_usage().to_vec();
    let mut wanted_extended = wanted.profile.extended_key_usage().to_vec();
    if found.subject_alt_names().is_empty() && !wanted_extended.contains(&SERVER_AUTH) {
        extended.retain(|usage| *usage != SERVER_AUTH);
    }
    extended.sort();
    wanted_extended.sort();
    if extended == wanted_extended
        && found.key_usage().is_none_or(|usage| usage.contains(key_usage))
    {
        return "those of its profile".to_owned();
    }
    let names: Vec<_> = extended.iter().map(ToString::to_string).collect();
    let key_usage = found.key_usage().map(|usage| usage.to_string()).unwrap_or_default();
    format!("{key_usage}; {}", names.join(", "))
}

const SERVER_AUTH: ExtendedKeyUsage = ExtendedKeyUsage::ServerAuth;

fn names_changed(wanted: &CertificateRequest, found: &Certificate) -> Option<Reason> {
    let missing_from = |these: &[kubepki_ca::SubjectAltName],
                        those: &[kubepki_ca::SubjectAltName]|
     -> Vec<String> {
        these.iter().filter(|name| !those.contains(name)).map(ToString::to_string).collect()
    };
    let added = missing_from(&wanted.subject_alt_names, found.subject_alt_names());
    let removed = missing_from(found.subject_alt_names(), &wanted.subject_alt_names);
    let same = added.is_empty() && removed.is_empty();
    (!same).then_some(Reason::NamesChanged { added, removed })
}

/// As the spec writes it: in days where it is days.
fn length(duration: SignedDuration) -> String {
    match duration.as_hours() {
        hours if hours % 24 == 0 => format!("{}d", hours / 24),
        hours => format!("{hours}h"),
    }
}
