//! Which CAs there are, what each is called, and who issued what. Signs nothing.

use kubepki_ca::{Certificate, ExtendedKeyUsage};
use kubepki_inspect::Index;
use kubepki_model::{NAMES, Slot};

use super::{
    Note,
    clients::Client,
    names::{Names, sanitized},
    pairs::{Pair, base},
};
use crate::{spec::CLUSTER_AUTHORITY, store::StorePath};

/// A CA of the folder.
#[derive(Debug)]
pub(super) struct Authority {
    pub(super) name: String,
    pub(super) pair: Pair,
}

/// The CAs; `ca` comes first.
#[derive(Debug)]
pub(super) struct Authorities {
    pub(super) all: Vec<Authority>,
    issuers: Issuers,
}

impl Authorities {
    /// Names the CAs that matter, and notes the others. None is an error of the caller's.
    pub(super) fn of(
        pairs: Vec<Pair>,
        leaves: &[Pair],
        clients: &[Client],
        notes: &mut Vec<Note>,
    ) -> Self {
        let mut candidates: Vec<_> = pairs.into_iter().map(Candidate::new).collect();
        let issuers = Issuers::of(candidates.iter().map(|it| &it.pair));
        let certificates = leaves.iter().map(|pair| &pair.certificate);
        for certificate in certificates.chain(clients.iter().map(|client| &client.certificate)) {
            let issuer = issuers.of_certificate(certificate);
            let issuer = issuer.into_iter().min_by_key(|at| candidates[*at].pair.key.is_none());
            if let Some(issuer) = issuer {
                candidates[issuer].issued += 1;
                candidates[issuer].clients += usize::from(is_of_kubernetes(certificate));
            }
        }
        for client in clients {
            let is_trusted =
                |it: &&mut Candidate| it.pair.certificates().any(|ca| client.trusted.contains(ca));
            candidates.iter_mut().filter(is_trusted).for_each(|it| it.is_trusted = true);
        }
        let (kept, others): (Vec<_>, Vec<_>) = candidates.into_iter().partition(Candidate::matters);
        for Candidate { pair, .. } in others {
            notes.push(Note::left_out(&pair.path, "it is a CA that has issued nothing here"));
        }
        let all = named(kept, notes);
        let issuers = Issuers::of(all.iter().map(|it| &it.pair));
        Self { all, issuers }
    }

    /// Who issued a certificate: by the signature, else by the name.
    pub(super) fn issuer_of(&self, certificate: &Certificate) -> Option<&Authority> {
        self.issuers.of_certificate(certificate).first().and_then(|at| self.all.get(*at))
    }

    /// The CA with this very certificate, or with it in its bundle.
    pub(super) fn get(&self, certificate: &Certificate) -> Option<&Authority> {
        let is_first = |it: &&Authority| it.pair.certificate == *certificate;
        let has_it = |it: &&Authority| it.pair.rest.contains(certificate);
        self.all.iter().find(is_first).or_else(|| self.all.iter().find(has_it))
    }
}

#[derive(Debug)]
struct Candidate {
    pair: Pair,
    /// What its file calls it.
    called: String,
    issued: usize,
    /// How many of those speak for clients of an apiserver.
    clients: usize,
    is_trusted: bool,
}

impl Candidate {
    fn new(pair: Pair) -> Self {
        let called = called(&pair.path);
        Self { pair, called, issued: 0, clients: 0, is_trusted: false }
    }

    fn matters(&self) -> bool {
        let slots = NAMES.iter().map(|row| row.slot).filter(|slot| slot.is_authority());
        let is_known = slots.map(Slot::adopted).any(|slot| slot.name() == self.called);
        self.pair.key.is_some() || self.issued > 0 || self.is_trusted || is_known
    }
}

/// Certificates of CAs, a bundle of them for each CA.
#[derive(Debug)]
struct Issuers {
    index: Index<Certificate>,
    /// Whose each certificate of the index is, by the CA's position.
    owners: Vec<usize>,
}

impl Issuers {
    fn of<'a>(pairs: impl Iterator<Item = &'a Pair>) -> Self {
        let mut issuers = Self { index: Index::default(), owners: Vec::new() };
        for (owner, pair) in pairs.enumerate() {
            for certificate in pair.certificates() {
                issuers.index.add(certificate.clone());
                issuers.owners.push(owner);
            }
        }
        issuers
    }

    /// The CAs that issued a certificate, by the signature; where none has, those of the issuer's Name.
    fn of_certificate(&self, certificate: &Certificate) -> Vec<usize> {
        let owners = |positions: &mut dyn Iterator<Item = usize>| -> Vec<_> {
            let mut owners: Vec<_> = positions.map(|position| self.owners[position]).collect();
            owners.sort_unstable();
            owners.dedup();
            owners
        };
        let signed = owners(&mut self.index.issuers_of(certificate));
        match signed.is_empty() {
            true => owners(&mut self.index.namesakes_of_issuer(certificate)),
            false => signed,
        }
    }
}

/// Whether an apiserver knows it: what the CA of clients issues, and no other.
fn is_of_kubernetes(certificate: &Certificate) -> bool {
    let subject = certificate.subject();
    certificate.extended_key_usage().contains(&ExtendedKeyUsage::ClientAuth)
        && (subject.common_name.starts_with("system:")
            || subject.organizations.iter().any(|group| group.starts_with("system:")))
}

fn named(mut kept: Vec<Candidate>, notes: &mut Vec<Note>) -> Vec<Authority> {
    // Where two could be `ca`, it is the one that has issued what apiservers believe.
    kept.sort_by_key(|it| {
        (it.called != CLUSTER_AUTHORITY, std::cmp::Reverse(it.clients), it.pair.key.is_none())
    });
    let is_ca = |it: &Candidate| it.called == CLUSTER_AUTHORITY;
    if !kept.iter().any(is_ca) {
        let best = (0..kept.len()).max_by_key(|at| (kept[*at].clients, kept[*at].issued));
        if let Some(best) = best {
            let it = &mut kept[best];
            let what = format!("that `{}` is the CA of the cluster", it.pair.path);
            notes.push(Note::Assumed { what, option: None });
            it.called = CLUSTER_AUTHORITY.to_owned();
            kept[..=best].rotate_right(1);
        }
    }
    // CAs that signed with the same key, such as one and its renewal: the one that can sign first.
    let mut names = Names::default();
    let name = |Candidate { pair, called, .. }| {
        let name = names.free(&called, &pair.path, None);
        Authority { name, pair }
    };
    let mut authorities: Vec<_> = kept.into_iter().map(name).collect();
    if authorities.len() > 1 {
        authorities[1..].sort_by_key(|it| it.pair.key.is_none());
    }
    authorities
}

/// What a file's path calls a CA.
fn called(path: &StorePath) -> String {
    let slot = kubepki_model::slot_of(path.as_str()).filter(|slot| slot.is_authority());
    match slot {
        Some(slot) => slot.adopted().name().to_owned(),
        None => {
            let base = base(path);
            sanitized(base.rsplit('/').next().unwrap_or(&base))
        }
    }
}
