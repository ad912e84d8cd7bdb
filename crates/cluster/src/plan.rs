//! The plan: what differs between the catalog and the observations, with the reason of each step.
//! Holds no key and no secret; reads no clock.

mod authority;
mod derived;
mod leaf;
mod selection;
mod warning;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::{
    catalog::{Catalog, Content, Derivation, Entry, EntryId},
    gate::Allow,
    observe::{Hint, Issue, Observations},
    store::StorePath,
};
pub use selection::{Selection, SelectionError, Window};
pub use warning::Warning;

/// What is to be done, one step for each entry of the catalog, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// What calls for attention, but for no step.
    pub warnings: Vec<Warning>,
    /// What is not as the spec says and stays so, because a renewal was not asked to touch it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<Left>,
    /// What the gate lets pass when the plan is carried out.
    #[serde(skip)]
    pub(crate) allow: Allow,
}

/// An entry that differs from the spec and is not touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The entry.
    #[serde(flatten)]
    pub id: EntryId,
    /// Whether files of it are missing.
    pub missing: bool,
    /// Whether it can neither be used nor be mended by `apply`, such as a CA that has expired.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
}

/// What is to be done about one entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The entry.
    #[serde(flatten)]
    pub id: EntryId,
    /// What kind of thing it is.
    pub kind: StepKind,
    /// What is done.
    #[serde(flatten)]
    pub action: Action,
    /// Whether the private key that is there stays.
    #[serde(rename = "keepsKey", skip_serializing_if = "std::ops::Not::not")]
    pub keeps_key: bool,
    /// The files that are written.
    pub files: Vec<StorePath>,
    /// What helps, where nothing can be done about it.
    #[serde(skip)]
    hint: Option<Hint>,
}

/// An entry about which nothing can be done.
#[derive(Clone, Copy, Debug)]
pub struct Refused<'a> {
    /// The entry.
    pub id: &'a EntryId,
    /// Why.
    pub issue: &'a Issue,
    /// What helps.
    pub hint: &'a Hint,
}

/// What kind of thing an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum StepKind {
    /// A CA.
    Authority,
    /// A certificate beside its key.
    Certificate,
    /// A copy of another entry's file.
    Copy,
    /// A key pair.
    KeyPair,
    /// A kubeconfig.
    Kubeconfig,
    /// A file with a secret of no certificate.
    Secret,
    /// A text that the spec alone decides.
    Text,
}

impl StepKind {
    const fn of(content: &Content) -> Self {
        match content {
            Content::Authority { .. } => Self::Authority,
            Content::Certificate { .. } => Self::Certificate,
            Content::Derived { from: Derivation::Copy { .. }, .. } => Self::Copy,
            Content::Derived { from: Derivation::Text(_), .. } => Self::Text,
            Content::KeyPair { .. } => Self::KeyPair,
            Content::Secret { .. } => Self::Secret,
            Content::Kubeconfig { .. }
            | Content::Derived {
                from: Derivation::Bootstrap { .. } | Derivation::Kubeconfig { .. },
                ..
            } => Self::Kubeconfig,
        }
    }
}

/// What is done about an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Action {
    /// Make it: nothing of it exists.
    Create,
    /// Leave it as it is.
    Keep,
    /// Narrow the mode of its files; their bytes stay.
    Narrow,
    /// Nothing can be done, and so nothing is done about any entry.
    Refuse {
        /// Why.
        #[serde(serialize_with = "serialize_refusal")]
        refusal: Issue,
    },
    /// Make it again.
    Renew {
        /// Why; nothing where somebody asked for it, whatever time is left.
        #[serde(serialize_with = "serialize_reasons")]
        reasons: Vec<Issue>,
    },
    /// Put missing files back from copies that have survived.
    Restore {
        /// The copies, in the order of the step's files.
        from: Vec<StorePath>,
    },
}

impl Action {
    /// Whether anything is written.
    pub const fn is_change(&self) -> bool {
        !matches!(self, Self::Keep | Self::Refuse { .. })
    }

    /// Whether a certificate of its own would be signed.
    pub(crate) const fn is_issuance(&self) -> bool {
        matches!(self, Self::Create | Self::Renew { .. })
    }

    /// Whether what is in its place is unusable.
    pub(crate) fn is_anew(&self) -> bool {
        matches!(self, Self::Renew { reasons } if reasons.iter().any(Issue::is_unusable))
    }
}

/// What is looked for, and what is done about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenewalPolicy {
    /// Everything is made as the spec says, and renewed when less is left than its `renewBefore`.
    #[default]
    Due,
    /// The certificates that are selected are issued again, and what is made from them follows.
    /// Nothing else is touched; CAs and key pairs never.
    Selected(Selection),
}

impl RenewalPolicy {
    pub(crate) const fn selection(&self) -> Option<&Selection> {
        match self {
            Self::Due => None,
            Self::Selected(selection) => Some(selection),
        }
    }
}

impl Plan {
    /// Compares what should exist with what does. What would give somebody a privilege that is new
    /// and not allowed is refused.
    pub fn new(
        catalog: &Catalog,
        observations: &Observations,
        policy: &RenewalPolicy,
        allow: Allow,
        now: Timestamp,
    ) -> Self {
        let selection = policy.selection();
        let mut authorities = authority::Authorities::new(catalog, observations, now);
        if selection.is_some() {
            authorities.leave_as_they_are();
        }
        let mut plan = Self { steps: Vec::new(), warnings: Vec::new(), left: Vec::new(), allow };
        for (position, entry) in catalog.entries.iter().enumerate() {
            let seen = observations.of(position);
            let decision = match &entry.content {
                Content::Authority { .. } => authorities.decision(position),
                Content::KeyPair { .. } => authority::kept(entry, seen),
                Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. } => {
                    let place = leaf::Place { position, entry, leaf, gate: &catalog.gate, allow };
                    leaf::decide(place, observations, &authorities, selection, now)
                }
                Content::Secret { .. } => authority::secret(entry, seen, now),
                Content::Derived { .. } => {
                    let (authorities, steps) = (&authorities, plan.steps.as_slice());
                    derived::Place { catalog, entry, seen, observations, authorities, steps }
                        .decide()
                }
            };
            let mut decision = decision.or_narrow(entry, observations);
            if selection.is_some() {
                decision = match &entry.content {
                    Content::Certificate { .. } | Content::Kubeconfig { .. } => {
                        match decision.action {
                            Action::Narrow => decision.left(),
                            _ => decision,
                        }
                    }
                    _ => Selection::follow(entry, decision, &plan.steps),
                };
            }
            plan.push(entry, decision);
        }
        plan
    }

    /// The same plan without the steps that cannot be taken, so that the others are.
    ///
    /// Only for a plan of [`RenewalPolicy::Selected`], whose steps do not need each other: what
    /// follows a step that cannot be taken is not among them.
    #[must_use]
    pub fn feasible(&self) -> Self {
        let mut plan = self.clone();
        for step in &mut plan.steps {
            if matches!(step.action, Action::Refuse { .. }) {
                step.action = Action::Keep;
                step.files.clear();
            }
        }
        plan
    }

    /// The steps that write something.
    pub fn changes(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.action.is_change())
    }

    /// The steps that cannot be taken.
    pub fn refusals(&self) -> impl Iterator<Item = Refused<'_>> {
        self.steps.iter().filter_map(|step| match (&step.action, &step.hint) {
            (Action::Refuse { refusal: issue }, Some(hint)) => {
                Some(Refused { id: &step.id, issue, hint })
            }
            _ => None,
        })
    }

    fn push(&mut self, entry: &Entry, decision: Decision) {
        let hint = decision.refusal().map(|refusal| refusal.hint(entry, &decision.flags));
        let Decision { action, files, warnings, keeps_key, left, .. } = decision;
        self.warnings.extend(warnings);
        let id = entry.id.clone();
        self.left.extend(left.map(|left| Left {
            id: id.clone(),
            missing: left == Untouched::Missing,
            refused: left == Untouched::Refused,
        }));
        let kind = StepKind::of(&entry.content);
        self.steps.push(Step { id, kind, action, keeps_key, files, hint });
    }
}

/// How an entry is that is not touched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Untouched {
    Differs,
    Missing,
    Refused,
}

/// What is done about one entry.
#[derive(Clone)]
struct Decision {
    action: Action,
    files: Vec<StorePath>,
    warnings: Vec<Warning>,
    keeps_key: bool,
    /// That it is not as it should be and stays so.
    left: Option<Untouched>,
    /// The flags without which a renewal of it is refused.
    flags: Vec<&'static str>,
}

impl Decision {
    fn keep() -> Self {
        let (files, warnings) = (Vec::new(), Vec::new());
        Self { action: Action::Keep, files, warnings, keeps_key: false, left: None, flags: vec![] }
    }

    /// Whatever was to be done is not done.
    fn left(self) -> Self {
        let left = match &self.action {
            Action::Keep => self.left,
            Action::Create | Action::Restore { .. } => Some(Untouched::Missing),
            Action::Refuse { .. } => Some(Untouched::Refused),
            _ => Some(Untouched::Differs),
        };
        Self { left, ..Self::keep() }
    }

    /// Why nothing can be done.
    const fn refusal(&self) -> Option<&Issue> {
        match &self.action {
            Action::Refuse { refusal } => Some(refusal),
            _ => None,
        }
    }

    /// Puts files back from their copies.
    fn restore(copies: Vec<(StorePath, StorePath)>) -> Self {
        let (files, from) = copies.into_iter().unzip();
        Self { action: Action::Restore { from }, files, ..Self::keep() }
    }

    fn refuse(refusal: Issue) -> Self {
        Self { action: Action::Refuse { refusal }, ..Self::keep() }
    }

    /// What was refused for what is in its place is made anew.
    fn anew(self, entry: &Entry) -> Self {
        match self.action {
            Action::Refuse {
                refusal: why @ (Issue::KeyMismatch { .. } | Issue::Unreadable { .. }),
            } => Self::renew(entry, vec![why]),
            _ => self,
        }
    }

    /// Creates the whole entry.
    fn create(entry: &Entry) -> Self {
        Self { action: Action::Create, ..Self::all_files(entry) }
    }

    /// Makes the whole entry again.
    fn renew(entry: &Entry, reasons: Vec<Issue>) -> Self {
        Self { action: Action::Renew { reasons }, ..Self::all_files(entry) }
    }

    fn all_files(entry: &Entry) -> Self {
        let files = entry.files().map(|(path, _)| path.clone()).collect();
        Self { files, ..Self::keep() }
    }

    /// An entry that is kept has the modes of its files looked at.
    fn or_narrow(self, entry: &Entry, observations: &Observations) -> Self {
        if self.action != Action::Keep {
            return self;
        }
        let too_wide = |&(path, mode): &(&StorePath, crate::store::Mode)| {
            observations.file(path).is_some_and(|file| mode.is_passed_by(file))
        };
        let files: Vec<_> = entry.files().filter(too_wide).map(|(path, _)| path.clone()).collect();
        if files.is_empty() { self } else { Self { action: Action::Narrow, files, ..self } }
    }
}

fn serialize_refusal<S: Serializer>(refusal: &Issue, serializer: S) -> Result<S::Ok, S::Error> {
    refusal.as_refusal().serialize(serializer)
}

fn serialize_reasons<S: Serializer>(reasons: &[Issue], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Requested {
        reason: &'static str,
    }
    match reasons {
        [] => serializer.collect_seq([Requested { reason: "requested" }]),
        _ => serializer.collect_seq(reasons.iter().map(Issue::as_reason)),
    }
}
