//! Finding rows. Never holds a lock while somebody looks at them.

use std::ops::ControlFlow;

use rusqlite::{Connection, OptionalExtension, ToSql};

use super::{
    columns::{self, COLUMNS},
    file::File,
    open::refused,
};
use crate::{LedgerError, Query, Row};

/// How many rows are read at once.
const AT_ONCE: usize = 512;

/// First the numbers of all rows that the query selects, from an index; then the rows, some at a
/// time. Rows never change, so what lies between the reads makes no difference.
pub(super) fn select(
    connection: &Connection,
    file: &File,
    query: &Query,
    visit: &mut dyn FnMut(Row) -> ControlFlow<()>,
) -> Result<(), LedgerError> {
    let failed = |error| refused("read", file, error);
    let numbers = numbers(connection, query).map_err(failed)?;
    for numbers in numbers.chunks(AT_ONCE) {
        for (number, row) in rows(connection, numbers).map_err(failed)? {
            let row = row.ok_or_else(|| LedgerError::Corrupt {
                path: file.path().to_owned(),
                reason: format!("row {number} is not what a row can be"),
            })?;
            // An index that disagrees with its table must not show what was not asked for.
            if query.selects(&row) && visit(row).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

fn numbers(connection: &Connection, query: &Query) -> rusqlite::Result<Vec<i64>> {
    let Query { number, serial, sha256, user, expiring } = query;
    let number = number.map(|number| i64::try_from(number).unwrap_or(i64::MAX));
    let serial = serial.as_ref().map(|serial| serial.as_str());
    let span = expiring.map(|span| (span.from.as_second(), span.until.as_second()));
    let sha256 = sha256.as_ref().map(|sha256| sha256.as_bytes().as_slice());
    let mut conditions = Vec::new();
    let mut values: Vec<&dyn ToSql> = Vec::new();
    if let Some(number) = &number {
        conditions.push("number = ?");
        values.push(number);
    }
    if let Some(serial) = &serial {
        conditions.push("serial = ?");
        values.push(serial);
    }
    if let Some(sha256) = &sha256 {
        conditions.push("sha256 = ?");
        values.push(sha256);
    }
    if let Some(user) = user {
        conditions.push("common_name = ?");
        values.push(user);
    }
    if let Some((from, until)) = &span {
        conditions.push("not_after BETWEEN ? AND ?");
        values.extend([from as &dyn ToSql, until]);
    }
    let conditions = match conditions.len() {
        0 => String::new(),
        _ => format!(" WHERE {}", conditions.join(" AND ")),
    };
    let order = if span.is_some() { "not_after, number" } else { "number" };
    let sql = format!("SELECT number FROM certificate{conditions} ORDER BY {order}");
    let mut statement = connection.prepare(&sql)?;
    statement.query_map(&*values, |row| row.get(0))?.collect()
}

/// The rows with these numbers, each as far as it could be understood.
fn rows(connection: &Connection, numbers: &[i64]) -> rusqlite::Result<Vec<(i64, Option<Row>)>> {
    // One lock for all of them.
    let transaction = connection.unchecked_transaction()?;
    let mut statement =
        transaction.prepare(&format!("SELECT {COLUMNS} FROM certificate WHERE number = ?"))?;
    let mut rows = Vec::with_capacity(numbers.len());
    for number in numbers {
        if let Some(row) = statement.query_row([number], columns::row).optional()? {
            rows.push((*number, row));
        }
    }
    Ok(rows)
}
