//! Appending rows: all of a batch in one transaction, or none.

use rusqlite::{
    Connection, OptionalExtension, ToSql, TransactionBehavior,
    types::{ToSqlOutput, ValueRef},
};

use super::{file::File, open::refused, schema};
use crate::{
    Entry, LedgerError,
    chain::{self, Head, Values},
};

/// Records entries, durable when it returns.
///
/// # Errors
/// [`LedgerError::Corrupt`] too when the triggers are not in place or the end of the ledger is
/// gone: what is appended to such a ledger would hide what happened to it.
pub(super) fn record(
    connection: &mut Connection,
    file: &File,
    entries: &[Entry],
) -> Result<(), LedgerError> {
    let failed = |error| refused("write to", file, error);
    let corrupt = |reason| LedgerError::Corrupt { path: file.path().to_owned(), reason };
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    if !schema::is_present(&transaction, file)? {
        schema::make(&transaction).map_err(failed)?;
    }
    if let Some(object) = schema::differences(&transaction).map_err(failed)?.first() {
        return Err(corrupt(format!("{object} is not as the ledger made it")));
    }
    let kept = head(&transaction).map_err(failed)?;
    let mut head = match (kept, last(&transaction).map_err(failed)?) {
        (Some(kept), last) if kept == last => kept,
        _ => return Err(corrupt("its head is not that of its last row".to_owned())),
    };
    append(&transaction, &mut head, entries).map_err(failed)?;
    transaction.commit().map_err(failed)
}

fn append(connection: &Connection, head: &mut Head, entries: &[Entry]) -> rusqlite::Result<()> {
    let mut insert = connection.prepare(
        "INSERT INTO certificate VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    for entry in entries {
        let values = Values::of(entry);
        let values = values.numbered(head.count + 1);
        *head = head.after(&values);
        let all = values.into_iter().chain([ValueRef::Blob(&head.hash)]);
        insert.execute(rusqlite::params_from_iter(all.map(Raw)))?;
    }
    let (count, hash) = (Raw(chain::integer(head.count)), Raw(ValueRef::Blob(&head.hash)));
    connection.execute("UPDATE head SET count = ?, hash = ?", (count, hash)).map(drop)
}

/// The head that the ledger keeps.
pub(super) fn head(connection: &Connection) -> rusqlite::Result<Option<Head>> {
    one(connection, "SELECT count, hash FROM head").map(Option::flatten)
}

/// The head that the last row makes.
fn last(connection: &Connection) -> rusqlite::Result<Head> {
    let row = one(connection, "SELECT number, hash FROM certificate ORDER BY number DESC LIMIT 1")?;
    // A last row that makes no head is no head's equal either.
    let unusable = Head { count: 0, hash: [0xff; 32] };
    Ok(row.map_or(Head::EMPTY, |head| head.unwrap_or(unusable)))
}

fn one(connection: &Connection, sql: &str) -> rusqlite::Result<Option<Option<Head>>> {
    connection
        .query_row(sql, (), |row| {
            let (count, hash) = (row.get_ref(0)?, row.get_ref(1)?);
            Ok(count.as_i64().ok().and_then(|count| {
                let hash = hash.as_blob().ok()?.try_into().ok()?;
                Some(Head { count: u64::try_from(count).ok()?, hash })
            }))
        })
        .optional()
}

/// A value as it is.
struct Raw<'a>(ValueRef<'a>);

impl ToSql for Raw<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}
