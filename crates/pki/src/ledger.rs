//! What was ever signed. Writes nothing.

use std::{collections::BTreeMap, ops::ControlFlow};

use kubepki_cluster::ledger_of;
use kubepki_ledger::{Check, Ledger, Query, Row};

use crate::{Event, Pki, PkiError};

impl Pki {
    /// Shows every row of the ledger that the query selects to `visit`, until that breaks off.
    ///
    /// Writers are not kept waiting meanwhile.
    ///
    /// # Errors
    /// [`PkiError::LedgerUnreadable`].
    pub fn rows(
        &self,
        query: &Query,
        visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), PkiError> {
        let ledger = ledger_of(&self.read()?);
        if !ledger.exists().map_err(PkiError::LedgerUnreadable)? {
            self.tell(&Event::NoLedger { path: ledger.path().to_path_buf() });
            return Ok(());
        }
        ledger.select(query, visit).map_err(PkiError::LedgerUnreadable)
    }

    /// The rows that one of the queries selects, in their order.
    ///
    /// # Errors
    /// [`PkiError::LedgerUnreadable`].
    pub fn find_rows(&self, queries: &[Query]) -> Result<Vec<Row>, PkiError> {
        let mut rows = BTreeMap::new();
        for query in queries {
            self.rows(query, &mut |row| {
                rows.insert(row.number, row);
                ControlFlow::Continue(())
            })?;
        }
        Ok(rows.into_values().collect())
    }

    /// Walks the whole chain of the ledger. Damage is a finding, not an error.
    ///
    /// With `noted`, the number of rows and the hash of a head of earlier, that has to be a part of it.
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
                found = if row.hash == hash { NotedRow::Same } else { NotedRow::Other };
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
    /// The rows, the head, and the damage.
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
