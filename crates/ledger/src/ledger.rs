//! What every ledger can do, wherever it keeps its rows.

use std::ops::ControlFlow;

use crate::{Check, Entry, Head, LedgerError, Query, RecordedEntry};

/// A record that only grows, with one chain of rows per cluster.
///
/// Several writers may share a ledger. Each reads the head of a chain, decides what to record, and
/// appends at that head. If another writer was faster, the head has moved and nothing is recorded:
/// the writer looks again and tries again. So what must happen once, such as to sign a request of a
/// given UID, happens once: look for the UID, then append at the head from before the look.
pub trait Ledger {
    /// The end of a cluster's chain; [`Head::empty`] for a chain without rows.
    fn head(&self, cluster: &str) -> Result<Head, LedgerError>;

    /// Records all of these or none behind `expected_head`, in this order, and gives the new head.
    /// They are durable when it returns.
    ///
    /// Without entries it does nothing at all.
    ///
    /// # Errors
    /// [`LedgerError::HeadMoved`] when the chain ends elsewhere; it says where.
    fn append(&mut self, expected_head: &Head, rows: &[Entry]) -> Result<Head, LedgerError>;

    /// Records all of these or none at the end of a cluster's chain, wherever that is by then.
    ///
    /// Without entries it does nothing at all.
    fn record(&mut self, cluster: &str, rows: &[Entry]) -> Result<(), LedgerError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut head = self.head(cluster)?;
        // It ends: each time the head has moved, another writer has recorded what it had.
        loop {
            match self.append(&head, rows) {
                Ok(_) => return Ok(()),
                Err(LedgerError::HeadMoved { head: moved }) => head = moved,
                Err(error) => return Err(error),
            }
        }
    }

    /// Shows every row that the query selects to `visit`, until that breaks off.
    ///
    /// Rows come in the order in which they were recorded, or of their expiry where the query
    /// asks for [`Expiring`](crate::Expiring). No lock is held while `visit` runs.
    fn select(
        &self,
        query: &Query,
        visit: &mut dyn FnMut(RecordedEntry) -> ControlFlow<()>,
    ) -> Result<(), LedgerError>;

    /// Walks every chain. Damage is a finding, not an error.
    fn check(&self) -> Result<Check, LedgerError>;
}
