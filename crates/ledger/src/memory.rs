//! A ledger in memory, for tests and for trying a change out. Touches no file.

use std::ops::ControlFlow;

use rusqlite::types::ValueRef;

use crate::{
    Check, Entry, Ledger, LedgerError, Query, Row,
    chain::{Head, Values},
    check::Walk,
};

/// Rows in memory, under the rules of a file.
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger {
    rows: Vec<Row>,
}

impl MemoryLedger {
    /// Every row, in order.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }
}

impl Ledger for MemoryLedger {
    fn record(&mut self, entries: &[Entry]) -> Result<(), LedgerError> {
        for entry in entries {
            let entry = whole_seconds(entry);
            let last = self.rows.last();
            let head = last.map_or(Head::EMPTY, |row| Head { count: row.number, hash: row.hash });
            let Head { count, hash } = head.after(&Values::of(&entry).numbered(head.count + 1));
            self.rows.push(Row { number: count, entry, hash });
        }
        Ok(())
    }

    fn select(
        &self,
        query: &Query,
        visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<(), LedgerError> {
        let mut rows: Vec<_> = self.rows.iter().filter(|row| query.selects(row)).collect();
        if query.expiring.is_some() {
            rows.sort_by_key(|row| row.entry.not_after);
        }
        // The visitor has seen enough; that is no error.
        let _ = rows.into_iter().try_for_each(|row| visit(row.clone()));
        Ok(())
    }

    fn check(&self) -> Result<Check, LedgerError> {
        let mut walk = Walk::begin();
        for row in &self.rows {
            let values = Values::of(&row.entry);
            if !walk.step(&values.numbered(row.number), ValueRef::Blob(&row.hash)) {
                break;
            }
        }
        let head = walk.head;
        Ok(walk.finish(Some(head), Vec::new()))
    }
}

fn whole_seconds(entry: &Entry) -> Entry {
    let whole =
        |time: jiff::Timestamp| jiff::Timestamp::from_second(time.as_second()).unwrap_or(time);
    Entry {
        time: whole(entry.time),
        not_before: whole(entry.not_before),
        not_after: whole(entry.not_after),
        ..entry.clone()
    }
}
