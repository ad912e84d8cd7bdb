//! What becomes of a file that is made from other entries: it is always what they are.

use kubepki_kubeconfig::Kubeconfig;

use super::{Action, Authorities, Judged, Reason, Refusal, Step, authority::unreadable};
use crate::{
    catalog::{Catalog, Connection, Content, Derivation, Entry, PairFiles, Position},
    observe::Observations,
    own,
    store::StorePath,
    token::BootstrapTokenFile,
};

pub(super) fn judge(
    catalog: &Catalog,
    entry: &Entry,
    observations: &Observations,
    authorities: &Authorities,
    steps: &[Step],
) -> Judged {
    let Content::Derived { path, from, .. } = &entry.content else { return Judged::keep() };
    let present = observations.contents(path);
    let source = match from {
        Derivation::Copy { of, source, .. } => {
            Source::of_copy(*of, source, catalog, observations, authorities, steps)
        }
        Derivation::Bootstrap { connection, source, of } => {
            let found = Found { catalog, observations, authorities, steps };
            found.of_bootstrap(source, connection, *of, present)
        }
        Derivation::Kubeconfig { connection, of } => {
            let source = Found { catalog, observations, authorities, steps };
            source.of_kubeconfig(path, connection, *of, present)
        }
        Derivation::Text(text) if present == Some(text.as_bytes()) => Source::Same,
        Derivation::Text(_) => Source::Differs(Reason::ContentsChanged),
    };
    match (source, present) {
        (Source::Refused(refusal), _) => Judged::refuse(refusal),
        (Source::Bytes(bytes, _), Some(present)) if bytes == present => Judged::keep(),
        (Source::Same, Some(_)) => Judged::keep(),
        (Source::Differs(reason) | Source::Bytes(_, reason), Some(_)) => {
            Judged::renew(entry, vec![reason])
        }
        (Source::Same | Source::Differs(_) | Source::Bytes(..), None) => Judged::create(entry),
    }
}

enum Source<'a> {
    /// The file is as it should be.
    Same,
    /// The file differs, for this reason.
    Differs(Reason),
    /// What the file should hold, and the reason if it does not.
    Bytes(&'a [u8], Reason),
    /// It cannot be made.
    Refused(Refusal),
}

impl<'a> Source<'a> {
    fn of_copy(
        of: Position,
        source: &StorePath,
        catalog: &Catalog,
        observations: &'a Observations,
        authorities: &Authorities,
        steps: &[Step],
    ) -> Self {
        let id = catalog.entries[of].id.clone();
        let step = &steps[of];
        let reason = Reason::SourceChanged { of: id.clone() };
        let position = step.files.iter().position(|file| file == source);
        match (&step.action, position) {
            (Action::Create | Action::Renew { .. }, Some(_)) => return Self::Differs(reason),
            (Action::Restore { from }, Some(position)) => {
                let bytes = from.get(position).and_then(|copy| observations.contents(copy));
                return bytes.map_or(Self::Same, |bytes| Self::Bytes(bytes, reason));
            }
            // One refusal is enough.
            (Action::Refuse { .. }, _) => return Self::Same,
            _ => {}
        }
        match (observations.contents(source), authorities.get(of)) {
            (Some(bytes), _) => Self::Bytes(bytes, reason),
            // Only a CA's key can be absent from an entry that is kept: it is held elsewhere.
            (None, Some(authority)) => {
                let path = authority.key.clone();
                Self::Refused(Refusal::IssuerKeyMissing { issuer: id, path })
            }
            (None, None) => Self::Refused(Refusal::KeyMissing { path: source.clone() }),
        }
    }
}

struct Found<'a, 'b> {
    catalog: &'b Catalog,
    observations: &'a Observations,
    authorities: &'b Authorities,
    steps: &'b [Step],
}

impl<'a> Found<'a, '_> {
    fn of_kubeconfig(
        &self,
        path: &StorePath,
        connection: &Connection,
        of: Position,
        present: Option<&[u8]>,
    ) -> Source<'a> {
        let source = &self.catalog.entries[of];
        let reason = Reason::SourceChanged { of: source.id.clone() };
        // It is changed in place, so what is there has to be understood first.
        if let Some(Err(error)) = present.map(Kubeconfig::parse) {
            return Source::Refused(unreadable(path, &error));
        }
        match &self.steps[of].action {
            action if action.is_change() => return Source::Differs(reason),
            // One refusal is enough.
            Action::Refuse { .. } => return Source::Same,
            _ => {}
        }
        let (Content::Certificate { files, .. }, Some(present)) = (&source.content, present) else {
            return Source::Differs(reason);
        };
        match self.is_up_to_date(present, connection, files) {
            Ok(true) => Source::Same,
            Ok(false) => Source::Differs(reason),
            Err(error) => Source::Refused(unreadable(path, &error)),
        }
    }

    fn of_bootstrap(
        &self,
        path: &StorePath,
        connection: &Connection,
        of: Position,
        present: Option<&[u8]>,
    ) -> Source<'a> {
        let differs = |of: Position| {
            Source::Differs(Reason::SourceChanged { of: self.catalog.entries[of].id.clone() })
        };
        let step = &self.steps[of];
        if step.action.is_change() && step.files.contains(path) && step.action != Action::Narrow {
            return differs(of);
        }
        let ca = self.authorities.get(connection.ca);
        let Some(ca) = ca.and_then(|authority| authority.certificate.as_ref()) else {
            return differs(connection.ca);
        };
        // What cannot be read is refused where it is.
        let token = self.observations.contents(path).map(BootstrapTokenFile::parse);
        let Some(Ok(token)) = token else { return Source::Same };
        match present {
            Some(present) if present == token.kubeconfig(connection, &ca.to_pem()).as_bytes() => {
                Source::Same
            }
            _ => differs(of),
        }
    }

    /// Whether setting the identity again would change nothing.
    fn is_up_to_date(
        &self,
        present: &[u8],
        connection: &Connection,
        files: &PairFiles,
    ) -> Result<bool, kubepki_kubeconfig::Error> {
        let parts = [&files.certificate, &files.key].map(|path| self.observations.contents(path));
        let ca = self.authorities.get(connection.ca);
        let ca = ca.and_then(|authority| authority.certificate.as_ref());
        let (Some(ca), [Some(certificate), Some(key)]) = (ca, parts) else { return Ok(false) };
        let before = Kubeconfig::parse(present)?;
        let mut after = Kubeconfig::parse(present)?;
        own::update(&mut after, connection, ca, certificate, key);
        Ok(before == after)
    }
}
