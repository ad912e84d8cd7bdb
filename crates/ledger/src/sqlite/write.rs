//! Appending rows: all of a batch in one transaction, or none.

use rusqlite::{
    Connection, ToSql, TransactionBehavior, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use super::{
    chains::{self, Chain},
    columns::{COUNT, Columns, integer},
    file::File,
    first_stage,
    open::refused,
    schema::{self, Generation},
};
use crate::{Entry, Head, LedgerError};

/// Records entries behind the expected head, durable when it returns. A ledger of the first stage
/// is migrated in the same transaction.
///
/// # Errors
/// [`LedgerError::Corrupt`] too when the triggers are not in place or the end of the ledger is
/// gone: what is appended to such a ledger would hide what happened to it.
pub(super) fn append(
    connection: &mut Connection,
    file: &File,
    expected: &Head,
    entries: &[Entry],
) -> Result<Head, LedgerError> {
    let failed = |error| refused("write to", file, error);
    let corrupt = |reason| LedgerError::Corrupt { path: file.path().to_owned(), reason };
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let cluster = &*expected.cluster;
    match schema::generation(&transaction, file)? {
        None => {
            schema::make_tables(&transaction).map_err(failed)?;
            schema::make_rules(&transaction).map_err(failed)?;
        }
        Some(Generation::First) => {
            first_stage::migrate(&transaction, file, cluster)?;
        }
        Some(Generation::Second) => {}
    }
    let differences = schema::differences(&transaction, Generation::Second).map_err(failed)?;
    if let Some(object) = differences.first() {
        return Err(corrupt(format!("{object} is not as the ledger made it")));
    }
    let (id, head) = match chains::of(&transaction, cluster).map_err(failed)? {
        None => (None, Head::empty(cluster)),
        Some(Chain { id, head: kept, .. }) => {
            let last = chains::last(&transaction, id, cluster).map_err(failed)?;
            match kept {
                Some(kept) if Some(&kept) == last.as_ref() => (Some(id), kept),
                _ => return Err(corrupt("its head is not that of its last row".to_owned())),
            }
        }
    };
    if head != *expected {
        return Err(LedgerError::HeadMoved { head });
    }
    let id = match id {
        Some(id) => id,
        None => chains::begin(&transaction, &head, 0).map_err(failed)?,
    };
    let head = insert(&transaction, id, head, entries).map_err(failed)?;
    transaction.commit().map_err(failed)?;
    Ok(head)
}

fn insert(
    connection: &Connection,
    chain: i64,
    mut head: Head,
    entries: &[Entry],
) -> rusqlite::Result<Head> {
    let marks = ", ?".repeat(COUNT + 3);
    let mut insert = connection.prepare(&format!("INSERT INTO entry VALUES (?{marks})"))?;
    let mut certificate = connection.prepare("INSERT INTO certificate VALUES (?, ?)")?;
    let mut id: i64 =
        connection.query_row("SELECT coalesce(max(id), 0) FROM entry", (), |row| row.get(0))?;
    for entry in entries {
        head = head.after(entry);
        id += 1;
        let columns = Columns::of(entry);
        let place = [id, chain, integer(head.count)].map(ValueRef::Integer);
        let row = place.into_iter().chain(columns.values()).chain([ValueRef::Blob(&head.hash)]);
        insert.execute(params_from_iter(row.map(Raw)))?;
        if let Some(der) = entry.certificate.as_ref().and_then(|it| it.der.as_ref()) {
            certificate.execute((id, der))?;
        }
    }
    chains::advance(connection, chain, &head)?;
    Ok(head)
}

/// A value as it is.
struct Raw<'a>(ValueRef<'a>);

impl ToSql for Raw<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(self.0))
    }
}
