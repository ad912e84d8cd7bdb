//! What was ever signed. Writes nothing.

use std::ops::ControlFlow;

use kubepki_ledger::{Check, Ledger, Query, RecordedEntry};

use crate::{Event, Pki, PkiError, record::ledger_of};

impl Pki {
    /// Shows every row of the ledger that one of the queries selects to `visit`, once, those of the
    /// first query first, until `visit` breaks off.
    ///
    /// Writers are not kept waiting meanwhile.
    ///
    /// # Errors
    /// [`PkiError::LedgerUnreadable`].
    pub fn rows(
        &self,
        queries: &[Query],
        visit: &mut dyn FnMut(RecordedEntry) -> ControlFlow<()>,
    ) -> Result<(), PkiError> {
        let ledger = ledger_of(&self.read()?);
        if !ledger.exists().map_err(PkiError::LedgerUnreadable)? {
            self.tell(&Event::NoLedger { path: ledger.path().to_path_buf() });
            return Ok(());
        }
        let mut flow = ControlFlow::Continue(());
        for (at, query) in queries.iter().enumerate() {
            let selected = ledger.select(query, &mut |row| {
                if !queries[..at].iter().any(|earlier| earlier.selects(&row)) {
                    flow = visit(row);
                }
                flow
            });
            selected.map_err(PkiError::LedgerUnreadable)?;
            if flow.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// The rows that a query selects, in their order.
    ///
    /// # Errors
    /// [`PkiError::LedgerUnreadable`].
    pub fn find_rows(&self, query: Query) -> Result<Vec<RecordedEntry>, PkiError> {
        let mut rows = Vec::new();
        self.rows(&[query], &mut |row| {
            rows.push(row);
            ControlFlow::Continue(())
        })?;
        Ok(rows)
    }

    /// Walks every chain of the ledger. Damage is a finding, not an error.
    ///
    /// With `noted`, the number of rows and the hash of a head of earlier, that has to be a part of one of them.
    ///
    /// # Errors
    /// [`PkiError::LedgerUnreadable`].
    pub fn check_ledger(&self, noted: Option<(u64, [u8; 32])>) -> Result<LedgerCheck, PkiError> {
        // It is kept until the end: a writer waits rather than finds the file locked.
        let store = self.read()?;
        let ledger = ledger_of(&store);
        let check = ledger.check().map_err(PkiError::LedgerUnreadable)?;
        let mut noted_row = None;
        if let Some((number, hash)) = noted
            && number > 0
            && check.findings.is_empty()
        {
            let mut found = NotedRow::Gone;
            let query = Query { number: Some(number), ..Query::default() };
            let selected = ledger.select(&query, &mut |row| {
                // Each chain that is long enough has such a row.
                match row.hash == hash {
                    true => found = NotedRow::Same,
                    false if found == NotedRow::Gone => found = NotedRow::Other,
                    false => {}
                }
                ControlFlow::Continue(())
            });
            selected.map_err(PkiError::LedgerUnreadable)?;
            noted_row = Some(found);
        }
        Ok(LedgerCheck { check, noted: noted_row })
    }
}

/// What a walk along the ledger has found.
#[derive(Debug)]
pub struct LedgerCheck {
    /// The heads, and the damage.
    pub check: Check,
    /// How the row is that was noted, where one was given and the ledger is whole.
    pub noted: Option<NotedRow>,
}

/// How a row is that was noted before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotedRow {
    /// It is no longer there.
    Gone,
    /// Another one is in its place.
    Other,
    /// It is the one that was noted.
    Same,
}
