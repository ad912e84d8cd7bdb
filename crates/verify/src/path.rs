//! Whether a certificate is good for a purpose and a name, for whoever trusts some CAs: all paths are
//! tried, as Go's crypto/x509 does, and what any of Go, OpenSSL, GnuTLS or pyca refuses is refused.
//! Reads no file and no clock.

pub(crate) mod build;
pub(crate) mod constraints;
pub(crate) mod identity;
pub(crate) mod member;
mod name;
mod note;
pub(crate) mod pool;
mod problem;

use jiff::Timestamp;
use kubepki_ca::Certificate;

pub use self::{
    name::{InvalidName, Name},
    note::{Note, Odd},
    problem::Problem,
};

/// What a certificate is used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Nothing in particular: extended key usages only have to fit together.
    #[default]
    Any,
    /// It is shown to servers.
    Client,
    /// It is shown to the other members of etcd and serves them: both usages.
    EtcdPeer,
    /// It serves.
    Server,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The certificate.
    pub leaf: &'a Certificate,
    /// What may stand between it and an anchor; in any order, more than is needed does no harm.
    pub intermediates: Vec<&'a Certificate>,
    /// What is trusted.
    pub anchors: Vec<&'a Certificate>,
    /// What it is used for.
    pub purpose: Purpose,
    /// The name by which it is called; without one no name is looked at.
    pub name: Option<Name>,
    /// The moment for which it is judged.
    pub time: Timestamp,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct Judgement<'a> {
    /// A good path, the leaf first and an anchor last; none where it is refused.
    pub path: Option<Vec<&'a Certificate>>,
    /// Why it is refused: of the path that came nearest. Empty if there is a good path.
    pub reasons: Vec<Reason<'a>>,
    /// What is odd and no reason to refuse it.
    pub notes: Vec<Note<'a>>,
}

/// A problem, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// The certificate that has the problem: the leaf, one above it, or an anchor.
    pub at: &'a Certificate,
    /// The problem.
    pub problem: Problem,
}

impl Judgement<'_> {
    /// Whether there is a good path.
    pub const fn is_accepted(&self) -> bool {
        self.path.is_some()
    }
}

/// Judges one certificate.
pub fn judge<'a>(question: &Question<'a>) -> Judgement<'a> {
    build::judge(question)
}
