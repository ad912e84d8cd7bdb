//! CAs, and what else is never made anew: the files themselves, or the copies that have survived.

use kubepki_ca::{Certificate, KeyUsage, PublicKey};

use super::{Difference, Issue, Observation, Observer};
use crate::{
    catalog::{CertificateRequest, Content, Derivation, Entry, PairFiles, Part, Position, Secret},
    store::StorePath,
};

impl<'a> Observer<'a> {
    pub(super) fn authority(
        &self,
        position: Position,
        request: &CertificateRequest,
        files: &'a PairFiles,
    ) -> Observation {
        let mut seen = Observation::default();
        let certificate_at =
            self.file_or_copy(position, Part::Certificate, &files.certificate, &mut seen);
        let key_at = self.file_or_copy(position, Part::Key, &files.key, &mut seen);
        if certificate_at.is_none() && seen.issues.is_empty() {
            let path = files.certificate.to_string();
            match (key_at, self.issued_by(position)) {
                (Some(_), _) => seen.issues.push(Issue::CertificateMissing { path }),
                (None, Some(issued)) => {
                    let issued = issued.to_string();
                    seen.issues.push(Issue::AuthorityLost { path, issued });
                }
                (None, None) => {
                    let missing = [&files.certificate, &files.key].map(Issue::missing);
                    seen.issues.extend(missing);
                }
            }
        } else if certificate_at.is_none() && key_at.is_some() {
            // Its key comes back from a copy.
            let path = files.certificate.to_string();
            seen.issues.push(Issue::CertificateMissing { path });
        }
        if let Some(path) = certificate_at {
            match Certificate::from_pem(self.files.contents(path).unwrap_or_default()) {
                Err(error) => seen.issues.push(Issue::unreadable(path, &error)),
                Ok(certificate) => {
                    if let Some(why) = why_no_authority(&certificate) {
                        seen.issues.push(Issue::NotAnAuthority { path: path.to_string(), why });
                    }
                    seen.differences = differences(request, &certificate);
                    seen.certificate = Some(certificate);
                }
            }
        }
        if let Some(path) = key_at {
            match PublicKey::of_private_pem(self.files.contents(path).unwrap_or_default()) {
                Err(error) => seen.issues.push(Issue::unreadable(path, &error)),
                Ok(key) => {
                    if let (Some(certificate), Some(at)) = (&seen.certificate, certificate_at)
                        && !certificate.is_for(&key)
                    {
                        let (certificate, key) = (at.to_string(), path.to_string());
                        seen.issues.push(Issue::KeyMismatch { certificate, key });
                    }
                    seen.key = Some(key);
                }
            }
        }
        seen
    }

    /// The ServiceAccount key pair.
    pub(super) fn key_pair(
        &self,
        position: Position,
        key: &'a StorePath,
        public: &'a StorePath,
    ) -> Observation {
        let mut seen = Observation::default();
        let key_at = self.file_or_copy(position, Part::Key, key, &mut seen);
        let is_restored = !seen.copies.is_empty();
        // A public key alone is derived again from the private one.
        let public_at = match (self.files.contents(public), is_restored) {
            (None, true) => self.file_or_copy(position, Part::Public, public, &mut seen),
            (None, false) => None,
            (Some(_), _) => Some(public),
        };
        if key_at.is_none() && !self.files.inaccessible.contains_key(key) {
            let survivor = self.copies(position, Part::Public).next();
            seen.issues.push(match (public_at, survivor) {
                (None, None) => Issue::missing(key),
                _ => Issue::KeyMissing { path: key.to_string() },
            });
        }
        if public_at.is_none() && !is_restored {
            seen.issues.push(self.files.absence(public));
        }
        let contents = |path: &StorePath| self.files.contents(path).unwrap_or_default();
        let private = key_at.map(|path| (path, PublicKey::of_private_pem(contents(path))));
        let public = public_at.map(|path| (path, PublicKey::from_pem(contents(path))));
        match (private, public) {
            (Some((path, Err(error))), _) => seen.issues.push(Issue::unreadable(path, &error)),
            (_, Some((path, Err(error)))) => seen.issues.push(Issue::unreadable(path, &error)),
            (Some((key_at, Ok(key))), public) => {
                if let Some((public_at, Ok(public))) = public
                    && key != public
                {
                    let (certificate, key) = (public_at.to_string(), key_at.to_string());
                    seen.issues.push(Issue::KeyMismatch { certificate, key });
                }
                seen.key = Some(key);
            }
            (None, _) => {}
        }
        seen
    }

    pub(super) fn secret(
        &self,
        position: Position,
        secret: &Secret,
        path: &'a StorePath,
    ) -> Observation {
        let mut seen = Observation::default();
        let Some(at) = self.file_or_copy(position, Part::Configuration, path, &mut seen) else {
            if seen.issues.is_empty() {
                seen.issues.push(Issue::missing(path));
            }
            return seen;
        };
        match secret.expiry(self.files.contents(at).unwrap_or_default()) {
            Ok(expiry) => seen.secret_expiry = Some(expiry),
            Err(why) => seen.issues.push(Issue::unreadable(at, &why)),
        }
        seen
    }

    /// Where a part of an entry is: its own file, or else a copy, from which it is restored.
    fn file_or_copy(
        &self,
        position: Position,
        part: Part,
        path: &'a StorePath,
        seen: &mut Observation,
    ) -> Option<&'a StorePath> {
        if self.files.contents(path).is_some() {
            return Some(path);
        }
        if self.files.inaccessible.contains_key(path) {
            seen.issues.push(self.files.absence(path));
            return None;
        }
        let copy = self.copies(position, part).next()?;
        seen.issues.push(Issue::missing(path));
        seen.copies.push((path.clone(), copy.clone()));
        Some(copy)
    }

    /// The existing copies of a part of an entry.
    fn copies(&self, position: Position, wanted: Part) -> impl Iterator<Item = &'a StorePath> {
        let files = self.files;
        self.catalog.entries.iter().filter_map(move |entry| match &entry.content {
            Content::Derived { path, from: Derivation::Copy { part, of, .. }, .. }
                if *of == position && *part == wanted && files.contents(path).is_some() =>
            {
                Some(path)
            }
            _ => None,
        })
    }

    /// An existing file that this CA must have issued.
    fn issued_by(&self, authority: Position) -> Option<&StorePath> {
        let leaves = self.catalog.entries.iter().filter(|entry| match &entry.content {
            Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. } => {
                leaf.issuer == authority
            }
            _ => false,
        });
        let mut files = leaves.flat_map(Entry::files).map(|(path, _)| path);
        files.find(|path| self.files.contents(path).is_some())
    }
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
fn differences(wanted: &CertificateRequest, present: &Certificate) -> Vec<Difference> {
    let algorithm = present.public_key().map(|key| key.algorithm().to_string());
    let fields = [
        ("subject", present.subject().to_string(), wanted.subject.to_string()),
        ("key algorithm", algorithm.unwrap_or_default(), wanted.key_algorithm.to_string()),
    ];
    let differs = fields.into_iter().filter(|(_, was, now)| was != now);
    differs.map(|(field, was, now)| Difference { field, was, now }).collect()
}
