//! What a walk along the chains finds.

use std::fmt;

use crate::{Entry, Head, chain::Hash, first_stage};

/// The state of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Every chain, in the order in which they began, as far as its rows follow from each other.
    pub chains: Vec<Head>,
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
    HeadDiffers {
        /// The cluster whose chain it is; empty when nothing names it.
        cluster: String,
        /// How many rows the head counts; `None` when there is no head.
        recorded: Option<u64>,
        /// How many rows there are.
        found: u64,
    },
    /// A row does not follow from the row before it. Only the first of a chain is reported.
    RowChanged {
        /// The cluster whose chain it is; empty when nothing names it.
        cluster: String,
        /// Its number.
        number: u64,
    },
    /// A row is missing between others. Only the first of a chain is reported.
    RowMissing {
        /// The cluster whose chain it is; empty when nothing names it.
        cluster: String,
        /// Its number.
        number: u64,
    },
    /// A whole chain is missing between the rows of others.
    RowsMissing {
        /// How many rows.
        count: u64,
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
            Self::HeadDiffers { cluster, recorded: None, .. } => write!(
                f,
                "the head{} is missing, so rows may have been removed from the end",
                Of(cluster)
            ),
            Self::HeadDiffers { cluster, recorded: Some(recorded), found } if recorded > found => {
                write!(
                    f,
                    "rows{} were removed from the end: {recorded} were recorded, {found} are there",
                    Of(cluster)
                )
            }
            Self::HeadDiffers { cluster, recorded: Some(recorded), found } if recorded < found => {
                write!(
                    f,
                    "rows{} were added past the ledger: {recorded} were recorded, {found} are there",
                    Of(cluster)
                )
            }
            Self::HeadDiffers { cluster, .. } => {
                write!(f, "the head{} is not the hash of the last row", Of(cluster))
            }
            Self::RowChanged { cluster, number } => write!(
                f,
                "row {number}{} is not as it was recorded, or not where it was",
                Of(cluster)
            ),
            Self::RowMissing { cluster, number } => {
                write!(f, "row {number}{} is missing", Of(cluster))
            }
            Self::RowsMissing { count } => {
                write!(f, "{count} rows of a cluster that has no other rows are missing")
            }
            Self::Schema { object } => {
                write!(f, "{object} is not as the ledger made it: rows could have been changed")
            }
        }
    }
}

/// Prints whose chain it is, where something names it.
struct Of<'a>(&'a str);

impl fmt::Display for Of<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            "" => Ok(()),
            cluster => write!(f, " of `{}`", cluster.escape_debug()),
        }
    }
}

/// A walk along one chain, row by row.
pub(crate) struct Walk {
    /// The chain so far.
    head: Head,
    /// The first thing that was wrong.
    broken: Option<Finding>,
    /// How many rows from the start have the encoding of the first stage.
    first_stage: u64,
}

impl Walk {
    pub(crate) fn begin(cluster: &str, first_stage: u64) -> Self {
        Self { head: Head::empty(cluster), broken: None, first_stage }
    }

    /// Takes the next row: its number, what it says if it can be understood, and the hash that
    /// stands in it. Nothing follows from a broken row, so what comes behind it is not looked at.
    pub(crate) fn step(&mut self, number: u64, entry: Option<&Entry>, hash: Option<Hash>) {
        if self.broken.is_some() {
            return;
        }
        let expected = self.head.count + 1;
        let next = entry.and_then(|entry| match expected <= self.first_stage {
            true => first_stage::after(&self.head, entry),
            false => Some(self.head.after(entry)),
        });
        let cluster = || self.head.cluster.clone();
        match next {
            _ if number > expected => {
                self.broken = Some(Finding::RowMissing { cluster: cluster(), number: expected });
            }
            Some(next) if number == expected && hash == Some(next.hash) => self.head = next,
            _ => self.broken = Some(Finding::RowChanged { cluster: cluster(), number: expected }),
        }
    }

    /// The end of the walk, with the head that the ledger keeps, if it keeps one.
    pub(crate) fn finish(self, kept: Option<&Head>, check: &mut Check) {
        let Self { head, broken, .. } = self;
        let differs = (broken.is_none() && kept != Some(&head)).then(|| Finding::HeadDiffers {
            cluster: head.cluster.clone(),
            recorded: kept.map(|kept| kept.count),
            found: head.count,
        });
        check.findings.extend(broken.or(differs));
        check.chains.push(head);
    }
}
