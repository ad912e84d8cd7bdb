//! The state of what a catalog knows, entry by entry. The rules are the plan's, whose reasons it
//! gives; tests/status compares the two.

use std::collections::{BTreeMap, HashSet};

use jiff::Timestamp;
use kubepki_ca::{Certificate, KeyUsage, PublicKey};
use kubepki_kubeconfig::Kubeconfig;

use super::{
    Attention, Embedded, EmbeddedKind, Facts, Horizon, Kind, Note, Row, facts::judge_dates,
};
use crate::{
    catalog::{
        Catalog, CertificateRequest, Connection, Content, Derivation, Entry, KeyPolicy, Leaf,
        PairFiles, Part, Position, Secret,
    },
    observe::Observations,
    own::Own,
    plan::{Reason, drift},
    store::StorePath,
};

/// The root as far as several entries need it.
pub(super) struct Root<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) observations: &'a Observations,
    horizon: &'a Horizon,
    at: Timestamp,
    authorities: BTreeMap<Position, Authority>,
    /// Of which CAs a copy of the key is there.
    copied_keys: HashSet<Position>,
}

struct Authority {
    name: String,
    certificate: Certificate,
}

impl<'a> Root<'a> {
    pub(super) fn read(
        catalog: &'a Catalog,
        observations: &'a Observations,
        horizon: &'a Horizon,
        at: Timestamp,
    ) -> Self {
        let authority = |(position, entry): (Position, &Entry)| match &entry.content {
            Content::Authority { files, .. } => {
                let text = observations.contents(&files.certificate)?;
                let certificate = Certificate::from_pem(text).ok()?;
                Some((position, Authority { name: entry.id.to_string(), certificate }))
            }
            _ => None,
        };
        let copied_key = |entry: &Entry| match &entry.content {
            Content::Derived {
                path, from: Derivation::Copy { part: Part::Key, of, .. }, ..
            } => observations.contents(path).map(|_| *of),
            _ => None,
        };
        let authorities = catalog.entries.iter().enumerate().filter_map(authority).collect();
        let copied_keys = catalog.entries.iter().filter_map(copied_key).collect();
        Self { catalog, observations, horizon, at, authorities, copied_keys }
    }

    pub(super) fn into_authorities(self) -> Vec<(String, Certificate)> {
        self.authorities.into_values().map(|it| (it.name, it.certificate)).collect()
    }

    pub(super) fn row(&self, position: Position, entry: &Entry) -> Row {
        let mut row = match &entry.content {
            Content::Authority { request, files } => {
                self.authority(position, entry, request, files)
            }
            Content::Certificate { leaf, files } => self.certificate(entry, leaf, files),
            Content::Derived { path, from, .. } => self.derived(entry, path, from),
            Content::KeyPair { key, public, .. } => self.key_pair(entry, key, public),
            Content::Kubeconfig { leaf, connection, path } => {
                self.kubeconfig(entry, leaf, connection, path)
            }
            Content::Secret { secret, path } => self.secret(entry, secret, path),
        };
        let is_missing = |it: &Attention| matches!(it, Attention::Missing { .. });
        if row.attention.len() > 1 && row.attention.iter().all(is_missing) {
            // When nothing of it is there, one file stands for all.
            row.attention = vec![Attention::Missing { path: row.place.clone() }];
        }
        for (path, mode) in entry.files() {
            if let Some(file) = self.observations.file(path)
                && mode.is_passed_by(file)
            {
                let octal = |bits: u32| format!("{:04o}", bits & 0o7777);
                let (mode, widest) = (octal(file.mode), octal(mode.bits()));
                row.attention.push(Attention::TooOpen { path: path.to_string(), mode, widest });
            }
        }
        row.notes.extend(self.hindrance(entry, &row));
        row
    }

    fn authority(
        &self,
        position: Position,
        entry: &Entry,
        request: &CertificateRequest,
        files: &PairFiles,
    ) -> Row {
        let mut row = row(entry, Kind::Authority, &files.certificate);
        let key = self.public_key(&files.key, &mut row);
        row.has_key = key.is_some();
        if self.observations.contents(&files.key).is_none() {
            let is_kept_elsewhere = self.observations.contents(&files.certificate).is_some()
                && self.observations.error(&files.key).is_none()
                && !self.copied_keys.contains(&position);
            if is_kept_elsewhere {
                row.notes.push(Note::KeyElsewhere);
            } else {
                row.attention.push(self.absent(&files.key));
            }
        }
        let Some(certificate) = self.certificate_in(&files.certificate, &mut row) else {
            return row;
        };
        if let Some(why) = why_no_authority(&certificate) {
            row.attention.push(Attention::NotAnAuthority { why });
        }
        if key.is_some_and(|key| !certificate.is_for(&key)) {
            row.attention.push(Attention::KeyMismatch { key: files.key.to_string() });
        }
        row.notes.extend(differences(request, &certificate));
        let facts = Facts::of(&certificate);
        let due = self.horizon.of_others();
        row.attention.extend(judge_dates(facts.validity, None, due, self.at));
        row.facts = Some(facts);
        row
    }

    fn key_pair(&self, entry: &Entry, key: &StorePath, public: &StorePath) -> Row {
        let mut row = row(entry, Kind::KeyPair, key);
        let private = self.public_key(key, &mut row);
        row.has_key = private.is_some();
        if self.observations.contents(key).is_none() {
            row.attention.push(self.absent(key));
        }
        match self.observations.contents(public).map(PublicKey::from_pem) {
            None => row.attention.push(self.absent(public)),
            Some(Err(error)) => row.attention.push(unreadable(public, &error)),
            Some(Ok(public)) => {
                if private.is_some_and(|private| private != public) {
                    row.attention.push(Attention::KeyMismatch { key: key.to_string() });
                }
            }
        }
        row
    }

    fn secret(&self, entry: &Entry, secret: &Secret, path: &StorePath) -> Row {
        let mut row = row(entry, Kind::Secret, path);
        let Some(text) = self.observations.contents(path) else {
            row.attention.push(self.absent(path));
            return row;
        };
        match secret.expiry(text) {
            Err(error) => row.attention.push(unreadable(path, &error)),
            Ok(not_after) if not_after <= self.at => {
                row.attention.push(Attention::Drifted { reason: Reason::Expired { not_after } });
            }
            Ok(_) => row.has_key = true,
        }
        row
    }

    fn certificate(&self, entry: &Entry, leaf: &Leaf, files: &PairFiles) -> Row {
        let mut row = row(entry, Kind::Certificate, &files.certificate);
        let key = self.public_key(&files.key, &mut row);
        row.has_key = key.is_some();
        if self.observations.contents(&files.key).is_none() {
            row.attention.push(self.absent(&files.key));
        }
        if let Some(certificate) = self.certificate_in(&files.certificate, &mut row) {
            if key.is_some_and(|key| !certificate.is_for(&key)) {
                row.attention.push(Attention::KeyMismatch { key: files.key.to_string() });
            }
            self.judge(entry, leaf, &certificate, &mut row);
        }
        row
    }

    fn kubeconfig(
        &self,
        entry: &Entry,
        leaf: &Leaf,
        connection: &Connection,
        path: &StorePath,
    ) -> Row {
        let mut row = row(entry, Kind::Kubeconfig, path);
        if let Some(certificate) = self.client(path, connection, &mut row) {
            self.judge(entry, leaf, &certificate, &mut row);
        }
        row
    }

    /// The client certificate of a kubeconfig, when all around it has been judged.
    pub(super) fn client(
        &self,
        path: &StorePath,
        wanted: &Connection,
        row: &mut Row,
    ) -> Option<Certificate> {
        let Some(text) = self.observations.contents(path) else {
            row.attention.push(self.absent(path));
            return None;
        };
        let read = |row: &mut Row| -> Result<Option<Certificate>, String> {
            let kubeconfig = Kubeconfig::parse(text).map_err(|error| error.to_string())?;
            row.has_more = kubeconfig.users.len() > 1;
            let own = Own::find(&kubeconfig, wanted).map_err(|error| error.to_string())?;
            let user = Embedded { kind: EmbeddedKind::User, key: own.context.user.clone() };
            row.embedded = Some(user);
            if own.user.client_certificate.is_some() {
                row.notes.push(Note::KubeletManaged);
                row.has_more = true;
                return Ok(None);
            }
            let absent = |what| format!("its user has no {what}");
            let certificate = own.user.client_certificate_data.as_ref();
            let certificate = certificate.ok_or_else(|| absent("client-certificate-data"))?;
            let certificate =
                Certificate::from_pem(certificate.as_ref()).map_err(|error| error.to_string())?;
            let key = own.user.client_key_data.as_ref();
            let key = key.ok_or_else(|| absent("client-key-data"))?;
            let key = PublicKey::of_private_pem(key.expose()).map_err(|error| error.to_string())?;
            row.has_key = true;
            if !certificate.is_for(&key) {
                row.attention.push(Attention::KeyMismatch { key: path.to_string() });
            }
            for (field, was, now) in [
                ("cluster", &own.context.cluster, &wanted.cluster),
                ("server", &own.cluster.server, &wanted.server),
                ("user", &own.context.user, &wanted.user),
            ] {
                if was != now {
                    let (was, now) = (was.clone(), now.clone());
                    let reason = Reason::SpecChanged { field, was, now };
                    row.attention.push(Attention::Drifted { reason });
                }
            }
            let trusted = own.cluster.certificate_authority_data.as_ref();
            if let Some(ca) = self.authorities.get(&wanted.ca)
                && !trusted.is_some_and(|trusted| self.trusts(trusted.as_ref(), wanted.ca))
            {
                row.attention.push(Attention::IssuerChanged { issuer: ca.name.clone() });
            }
            Ok(Some(certificate))
        };
        match read(row) {
            Ok(certificate) => certificate,
            Err(why) => {
                row.attention.push(unreadable(path, &why));
                None
            }
        }
    }

    /// Whether a CA is among those of a PEM text. Most often the text is the CA's own file.
    fn trusts(&self, text: &[u8], position: Position) -> bool {
        let is_own = match &self.catalog.entries[position].content {
            Content::Authority { files, .. } => {
                self.observations.contents(&files.certificate) == Some(text)
            }
            _ => false,
        };
        let ca = self.authorities.get(&position).map(|ca| &ca.certificate);
        let parsed = || Certificate::all_from_pem(text).unwrap_or_default();
        is_own || ca.is_some_and(|ca| parsed().contains(ca))
    }

    /// Judges a certificate that could be read.
    fn judge(&self, entry: &Entry, leaf: &Leaf, certificate: &Certificate, row: &mut Row) {
        let issuer = self.authorities.get(&leaf.issuer);
        if let Some(issuer) = issuer {
            let known = |it: &Attention| matches!(it, Attention::IssuerChanged { .. });
            if !row.attention.iter().any(known) && !certificate.says_issued_by(&issuer.certificate)
            {
                row.attention.push(Attention::IssuerChanged { issuer: issuer.name.clone() });
            }
        }
        row.authority = Some(self.catalog.entries[leaf.issuer].id.to_string());
        let reasons = drift(entry, &leaf.request, certificate);
        row.attention.extend(reasons.into_iter().map(|reason| Attention::Drifted { reason }));
        self.judge_dates(leaf, certificate, row);
        row.facts = Some(Facts::of(certificate));
    }

    pub(super) fn judge_dates(&self, leaf: &Leaf, certificate: &Certificate, row: &mut Row) {
        // Only the key of the ServiceAccount certificate is read, so its dates matter to nobody.
        if leaf.key_policy == KeyPolicy::Kept {
            return;
        }
        let authority = self.authorities.get(&leaf.issuer);
        let authority = authority.map(|ca| (ca.name.as_str(), ca.certificate.validity()));
        let due = self.horizon.of(leaf.renew_before);
        row.attention.extend(judge_dates(certificate.validity(), authority, due, self.at));
    }

    /// The certificate of a file, or the row says why there is none.
    fn certificate_in(&self, path: &StorePath, row: &mut Row) -> Option<Certificate> {
        match self.observations.contents(path).map(Certificate::from_pem) {
            Some(Ok(certificate)) => return Some(certificate),
            Some(Err(error)) => row.attention.push(unreadable(path, &error)),
            None => row.attention.push(self.absent(path)),
        }
        None
    }

    /// The public half of a private key, or the row says why it cannot be read. One that is not
    /// there is the caller's to judge.
    fn public_key(&self, path: &StorePath, row: &mut Row) -> Option<PublicKey> {
        match PublicKey::of_private_pem(self.observations.contents(path)?) {
            Ok(key) => Some(key),
            Err(error) => {
                row.attention.push(unreadable(path, &error));
                None
            }
        }
    }

    /// Why the contents of a file are not there.
    pub(super) fn absent(&self, path: &StorePath) -> Attention {
        match self.observations.error(path) {
            // What stands behind it says what it is; the path has been said.
            Some(error) => unreadable(path, &innermost(error)),
            None => Attention::Missing { path: path.to_string() },
        }
    }

    /// What the CA at a position says, if this is its file.
    pub(super) fn facts_of(&self, position: Position) -> Option<Facts> {
        self.authorities.get(&position).map(|ca| Facts::of(&ca.certificate))
    }
}

pub(super) fn row(entry: &Entry, kind: Kind, place: &StorePath) -> Row {
    Row {
        id: Some(entry.id.clone()),
        kind,
        place: place.to_string(),
        embedded: None,
        facts: None,
        authority: None,
        has_key: false,
        has_more: false,
        attention: Vec::new(),
        notes: Vec::new(),
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    error.source().map_or_else(|| error.to_string(), innermost)
}

fn unreadable(path: &StorePath, why: &impl ToString) -> Attention {
    Attention::Unreadable { path: path.to_string(), why: why.to_string() }
}

fn why_no_authority(certificate: &Certificate) -> Option<String> {
    if !certificate.is_ca() {
        Some("its BasicConstraints do not say CA:TRUE".to_owned())
    } else if certificate.key_usage().is_some_and(|it| !it.contains(KeyUsage::KEY_CERT_SIGN)) {
        Some("its KeyUsage lacks keyCertSign".to_owned())
    } else {
        certificate.public_key().err().map(|error| error.to_string())
    }
}

/// How a CA differs from the spec: worth knowing, for it stays as it is.
fn differences(wanted: &CertificateRequest, found: &Certificate) -> impl Iterator<Item = Note> {
    let algorithm = found.public_key().map(|key| key.algorithm().to_string());
    let fields = [
        ("subject", found.subject().to_string(), wanted.subject.to_string()),
        ("key algorithm", algorithm.unwrap_or_default(), wanted.key_algorithm.to_string()),
    ];
    let differs = fields.into_iter().filter(|(_, was, now)| was != now);
    differs.map(|(field, was, now)| Note::Differs { field, was, now })
}
