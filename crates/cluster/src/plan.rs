//! The plan: what differs between the catalog and the inventory, with the reason of each step.
//! Holds no key and no secret; reads no clock.

mod authority;
mod derived;
mod leaf;
mod reason;

use jiff::Timestamp;
use rayon::prelude::*;
use serde::Serialize;

use crate::{
    catalog::{Catalog, Content, Derivation, Entry, EntryId},
    inventory::Inventory,
    store::StorePath,
};
pub(crate) use authority::Authorities;
pub(crate) use leaf::drift;
pub use reason::{Reason, Refusal, Warning};

/// What is to be done, one step for each entry of the catalog, in its order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// What calls for attention, but for no step.
    pub warnings: Vec<Warning>,
}

/// What is to be done about one entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// The entry.
    #[serde(flatten)]
    pub id: EntryId,
    /// What kind of thing it is.
    pub kind: Kind,
    /// What is done.
    #[serde(flatten)]
    pub action: Action,
    /// The files that are written.
    pub files: Vec<StorePath>,
}

/// What kind of thing an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Kind {
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
    /// A text that the spec alone decides.
    Text,
}

impl Kind {
    const fn of(content: &Content) -> Self {
        match content {
            Content::Authority { .. } => Self::Authority,
            Content::Certificate { .. } => Self::Certificate,
            Content::Derived { from: Derivation::Copy { .. }, .. } => Self::Copy,
            Content::Derived { from: Derivation::Text(_), .. } => Self::Text,
            Content::KeyPair { .. } => Self::KeyPair,
            Content::Kubeconfig { .. }
            | Content::Derived { from: Derivation::Kubeconfig { .. }, .. } => Self::Kubeconfig,
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
        refusal: Refusal,
    },
    /// Make it again.
    Renew {
        /// Why.
        reasons: Vec<Reason>,
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
}

/// When a certificate counts as due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum RenewalPolicy {
    /// When less is left than the spec's `renewBefore`.
    #[default]
    Due,
}

impl Plan {
    /// Compares what should exist with what does.
    pub fn new(
        catalog: &Catalog,
        inventory: &Inventory,
        policy: &RenewalPolicy,
        now: Timestamp,
    ) -> Self {
        let RenewalPolicy::Due = policy;
        let authorities = Authorities::read(catalog, inventory, now);
        // What stands on its own is the expensive part, and can be judged side by side.
        let own: Vec<Option<Judged>> = catalog
            .entries
            .par_iter()
            .enumerate()
            .map(|(position, entry)| match &entry.content {
                Content::Authority { .. } => Some(authorities.judged(position)),
                Content::KeyPair { key, public, .. } => {
                    Some(authority::key_pair(catalog, inventory, position, key, public))
                }
                Content::Certificate { leaf, .. } | Content::Kubeconfig { leaf, .. } => {
                    Some(leaf::judge(entry, leaf, inventory, &authorities, now))
                }
                Content::Derived { .. } => None,
            })
            .collect();
        let mut plan = Self { steps: Vec::with_capacity(own.len()), warnings: Vec::new() };
        for (entry, judged) in catalog.entries.iter().zip(own) {
            let judged = judged.unwrap_or_else(|| {
                derived::judge(catalog, entry, inventory, &authorities, &plan.steps)
            });
            plan.push(entry, judged.or_narrow(entry, inventory));
        }
        plan
    }

    /// The steps that write something.
    pub fn changes(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.action.is_change())
    }

    /// The steps that cannot be taken.
    pub fn refusals(&self) -> impl Iterator<Item = (&EntryId, &Refusal)> {
        self.steps.iter().filter_map(|step| match &step.action {
            Action::Refuse { refusal } => Some((&step.id, refusal)),
            _ => None,
        })
    }

    fn push(&mut self, entry: &Entry, judged: Judged) {
        let Judged { action, files, warnings } = judged;
        self.warnings.extend(warnings);
        let kind = Kind::of(&entry.content);
        self.steps.push(Step { id: entry.id.clone(), kind, action, files });
    }
}

/// What was found about one entry.
pub(crate) struct Judged {
    action: Action,
    files: Vec<StorePath>,
    warnings: Vec<Warning>,
}

impl Judged {
    fn keep() -> Self {
        Self { action: Action::Keep, files: Vec::new(), warnings: Vec::new() }
    }

    fn refuse(refusal: Refusal) -> Self {
        Self { action: Action::Refuse { refusal }, ..Self::keep() }
    }

    /// Creates the whole entry.
    fn create(entry: &Entry) -> Self {
        Self { action: Action::Create, ..Self::all_files(entry) }
    }

    /// Makes the whole entry again.
    fn renew(entry: &Entry, reasons: Vec<Reason>) -> Self {
        Self { action: Action::Renew { reasons }, ..Self::all_files(entry) }
    }

    fn all_files(entry: &Entry) -> Self {
        let files = entry.files().map(|(path, _)| path.clone()).collect();
        Self { files, ..Self::keep() }
    }

    /// An entry that is kept has the modes of its files looked at.
    fn or_narrow(self, entry: &Entry, inventory: &Inventory) -> Self {
        if self.action != Action::Keep {
            return self;
        }
        let too_wide = |&(path, mode): &(&StorePath, crate::store::Mode)| {
            inventory.file(path).is_some_and(|file| file.mode & 0o777 & !mode.bits() != 0)
        };
        let files: Vec<_> = entry.files().filter(too_wide).map(|(path, _)| path.clone()).collect();
        if files.is_empty() { self } else { Self { action: Action::Narrow, files, ..self } }
    }
}
