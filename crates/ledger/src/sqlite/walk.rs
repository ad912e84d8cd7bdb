//! The walk along the chain, and all else that can be wrong with the file. Changes nothing.

use rusqlite::{Connection, types::ValueRef};

use super::{
    columns::{COLUMNS, HASHED},
    file::File,
    open::refused,
    schema, write,
};
use crate::{Check, Finding, LedgerError, check::Walk};

pub(super) fn check(connection: &Connection, file: &File) -> Result<Check, LedgerError> {
    let failed = |error| refused("read", file, error);
    // One state of the file for everything that is compared.
    let transaction = connection.unchecked_transaction().map_err(failed)?;
    let objects = schema::differences(&transaction).map_err(failed)?;
    let mut findings: Vec<_> =
        objects.into_iter().map(|object| Finding::Schema { object }).collect();
    findings.extend(integrity(&transaction).map_err(failed)?);
    let walk = walk(&transaction).map_err(failed)?;
    let head = write::head(&transaction).map_err(failed)?;
    Ok(walk.finish(head, findings))
}

fn walk(connection: &Connection) -> rusqlite::Result<Walk> {
    let mut walk = Walk::begin();
    // By the table itself: an index could lead past a row.
    let sql = format!("SELECT {COLUMNS} FROM certificate NOT INDEXED ORDER BY number");
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let mut values = [ValueRef::Null; HASHED];
        for (at, value) in values.iter_mut().enumerate() {
            *value = row.get_ref(at)?;
        }
        if !walk.step(&values, row.get_ref(HASHED)?) {
            break;
        }
    }
    Ok(walk)
}

/// What SQLite finds wrong: pages, types, and indexes that do not lead to every row.
fn integrity(connection: &Connection) -> rusqlite::Result<Option<Finding>> {
    let said: String = connection.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))?;
    Ok((said != "ok").then(|| Finding::Damaged { reason: said.replace('\n', "; ") }))
}
