//! A ledger in memory, for tests and for what must not be kept.

use std::ops::ControlFlow;

use jiff::Timestamp;

use crate::{
    Check, Entry, Head, Ledger, LedgerError, Query, RecordedCertificate, RecordedEntry, check::Walk,
};

/// Rows in memory, under the rules of a file.
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger {
    rows: Vec<RecordedEntry>,
}

impl MemoryLedger {
    /// Every row, in order.
    pub fn rows(&self) -> &[RecordedEntry] {
        &self.rows
    }
}

impl Ledger for MemoryLedger {
    fn head(&self, cluster: &str) -> Result<Head, LedgerError> {
        let last = self.rows.iter().rev().find(|row| row.cluster == cluster);
        Ok(last.map_or_else(|| Head::empty(cluster), head_at))
    }

    fn append(&mut self, expected_head: &Head, rows: &[Entry]) -> Result<Head, LedgerError> {
        let mut head = self.head(&expected_head.cluster)?;
        if head != *expected_head {
            return Err(LedgerError::HeadMoved { head });
        }
        for entry in rows {
            let entry = whole_seconds(entry);
            head = head.after(&entry);
            let Head { cluster, count, hash } = head.clone();
            self.rows.push(RecordedEntry { cluster, number: count, entry, hash });
        }
        Ok(head)
    }

    fn select(
        &self,
        query: &Query,
        visit: &mut dyn FnMut(RecordedEntry) -> ControlFlow<()>,
    ) -> Result<(), LedgerError> {
        let mut rows: Vec<_> = self.rows.iter().filter(|row| query.selects(row)).collect();
        if query.expiring.is_some() {
            rows.sort_by_key(|row| row.entry.certificate.as_ref().map(|it| it.not_after));
        }
        // The visitor has seen enough; that is no error.
        let _ = rows.into_iter().try_for_each(|row| {
            let mut row = row.clone();
            if let Some(certificate) = &mut row.entry.certificate
                && !query.with_der
            {
                certificate.der = None;
            }
            visit(row)
        });
        Ok(())
    }

    fn check(&self) -> Result<Check, LedgerError> {
        let mut check = Check { chains: Vec::new(), findings: Vec::new() };
        let mut clusters: Vec<&str> = Vec::new();
        for row in &self.rows {
            if !clusters.contains(&&*row.cluster) {
                clusters.push(&row.cluster);
            }
        }
        for cluster in clusters {
            let mut walk = Walk::begin(cluster, 0);
            let mut last = None;
            for row in self.rows.iter().filter(|row| row.cluster == cluster) {
                walk.step(row.number, Some(&row.entry), Some(row.hash));
                last = Some(head_at(row));
            }
            walk.finish(last.as_ref(), &mut check);
        }
        Ok(check)
    }
}

fn head_at(row: &RecordedEntry) -> Head {
    Head { cluster: row.cluster.clone(), count: row.number, hash: row.hash }
}

fn whole_seconds(entry: &Entry) -> Entry {
    let whole = |time: Timestamp| Timestamp::from_second(time.as_second()).unwrap_or(time);
    let certificate = entry.certificate.clone().map(|certificate| RecordedCertificate {
        not_before: whole(certificate.not_before),
        not_after: whole(certificate.not_after),
        ..certificate
    });
    Entry { time: whole(entry.time), certificate, ..entry.clone() }
}
