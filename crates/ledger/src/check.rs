//! What a walk along the chain finds.

use std::fmt;

use rusqlite::types::ValueRef;

use crate::chain::Head;

/// The state of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// How many rows are there and follow from each other.
    pub rows: u64,
    /// The hash of the last of them; zeros when there is none.
    pub head: [u8; 32],
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Something that only a hand other than ours, or a broken disk, can have done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Finding {
    /// The file itself is damaged, or an index disagrees with its table.
    Damaged {
        /// What SQLite says.
        reason: String,
    },
    /// The head is not that of the last row.
    Head {
        /// How many rows the head counts; `None` when there is no head.
        recorded: Option<u64>,
        /// How many rows there are.
        found: u64,
    },
    /// A row does not follow from the row before it. Only the first such row is reported.
    RowChanged {
        /// Its number.
        number: u64,
    },
    /// A row is missing between others. Only the first is reported.
    RowMissing {
        /// Its number.
        number: u64,
    },
    /// What keeps the ledger append-only is not in place.
    Schema {
        /// The table, index or trigger that is missing, changed, or not ours.
        object: String,
    },
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged { reason } => write!(f, "the file is damaged: {reason}"),
            Self::Head { recorded: None, .. } => {
                f.write_str("the head is missing, so rows may have been removed from the end")
            }
            Self::Head { recorded: Some(recorded), found } if recorded > found => write!(
                f,
                "rows were removed from the end: {recorded} were recorded, {found} are there"
            ),
            Self::Head { recorded: Some(recorded), found } if recorded < found => write!(
                f,
                "rows were added past the ledger: {recorded} were recorded, {found} are there"
            ),
            Self::Head { .. } => f.write_str("the head is not the hash of the last row"),
            Self::RowChanged { number } => {
                write!(f, "row {number} is not as it was recorded, or not where it was")
            }
            Self::RowMissing { number } => write!(f, "row {number} is missing"),
            Self::Schema { object } => {
                write!(f, "{object} is not as the ledger made it: rows could have been changed")
            }
        }
    }
}

/// A walk along the chain, row by row.
pub(crate) struct Walk {
    /// The chain so far.
    pub(crate) head: Head,
    /// The first thing that was wrong.
    pub(crate) broken: Option<Finding>,
}

impl Walk {
    pub(crate) const fn begin() -> Self {
        Self { head: Head::EMPTY, broken: None }
    }

    /// Takes the next row: its values with the number in front, and the hash that stands in it.
    /// False once the chain is broken.
    pub(crate) fn step(&mut self, values: &[ValueRef<'_>], hash: ValueRef<'_>) -> bool {
        let next = self.head.after(values);
        let number = match values.first() {
            Some(ValueRef::Integer(number)) => u64::try_from(*number).unwrap_or(0),
            _ => 0,
        };
        self.broken = if number > next.count {
            Some(Finding::RowMissing { number: next.count })
        } else if hash != ValueRef::Blob(&next.hash) {
            Some(Finding::RowChanged { number: next.count })
        } else {
            self.head = next;
            None
        };
        self.broken.is_none()
    }

    /// The end of the walk, with the head that the ledger keeps.
    pub(crate) fn finish(self, kept: Option<Head>, mut findings: Vec<Finding>) -> Check {
        let Self { head, broken } = self;
        let cut = broken.is_none() && kept != Some(head);
        findings.extend(broken);
        if cut {
            let recorded = kept.map(|kept| kept.count);
            findings.push(Finding::Head { recorded, found: head.count });
        }
        Check { rows: head.count, head: head.hash, findings }
    }
}
