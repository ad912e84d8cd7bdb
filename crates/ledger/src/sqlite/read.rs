//! Finding rows. Never holds a lock while somebody looks at them.

use std::{collections::BTreeMap, ops::ControlFlow};

use rusqlite::{Connection, OptionalExtension, Row, ToSql, types::ValueRef};

use super::{
    chains,
    columns::{self, CONTENT, COUNT},
    file::File,
    open::refused,
    schema::Generation,
};
use crate::{LedgerError, Query, RecordedEntry};

/// How many rows are read at once.
const AT_ONCE: usize = 512;

/// First the ids of all rows that the query selects, from an index; then the rows, some at a
/// time. Rows never change, so what lies between the reads makes no difference.
pub(super) fn select(
    connection: &Connection,
    file: &File,
    generation: Generation,
    query: &Query,
    visit: &mut dyn FnMut(RecordedEntry) -> ControlFlow<()>,
) -> Result<(), LedgerError> {
    let failed = |error| refused("read", file, error);
    let clusters = clusters(connection, generation).map_err(failed)?;
    let ids = ids(connection, generation, query).map_err(failed)?;
    let sql = format!("{} WHERE id = ?", generation.select(CONTENT, query.with_der));
    for ids in ids.chunks(AT_ONCE) {
        for (id, row) in rows(connection, &sql, ids, &clusters).map_err(failed)? {
            let row = row.ok_or_else(|| LedgerError::Corrupt {
                path: file.path().to_owned(),
                reason: format!("row {id} of the file is not what a row can be"),
            })?;
            // An index that disagrees with its table must not show what was not asked for.
            if query.selects(&row) && visit(row).is_break() {
                return Ok(());
            }
        }
    }
    Ok(())
}

/// The clusters by the ids of their chains.
fn clusters(
    connection: &Connection,
    generation: Generation,
) -> rusqlite::Result<BTreeMap<i64, String>> {
    Ok(match generation {
        Generation::First => BTreeMap::from([(1, String::new())]),
        Generation::Second => {
            chains::all(connection)?.into_iter().map(|chain| (chain.id, chain.cluster)).collect()
        }
    })
}

fn ids(
    connection: &Connection,
    generation: Generation,
    query: &Query,
) -> rusqlite::Result<Vec<i64>> {
    let Query {
        cluster,
        number,
        kind,
        request_uid,
        serial,
        sha256,
        issuer_key_id,
        user,
        expiring,
        with_der: _,
    } = query;
    let number = number.map(columns::integer);
    let kind = kind.map(crate::EntryKind::name);
    let serial = serial.as_ref().map(|serial| serial.as_str());
    let sha256 = sha256.as_ref().map(|sha256| sha256.as_bytes().as_slice());
    let issuer_key_id = issuer_key_id.as_ref().map(|identifier| identifier.as_bytes());
    let span = expiring.map(|span| (span.from.as_second(), span.until.as_second()));
    let mut conditions = Vec::new();
    let mut values: Vec<&dyn ToSql> = Vec::new();
    if let (Some(cluster), Generation::Second) = (cluster, generation) {
        conditions.push("chain = (SELECT id FROM chain WHERE cluster = ?)");
        values.push(cluster);
    }
    for (condition, value) in [
        ("number = ?", number.as_ref().map(|it| it as &dyn ToSql)),
        ("kind = ?", kind.as_ref().map(|it| it as &dyn ToSql)),
        ("request_uid = ?", request_uid.as_ref().map(|it| it as &dyn ToSql)),
        ("serial = ?", serial.as_ref().map(|it| it as &dyn ToSql)),
        ("sha256 = ?", sha256.as_ref().map(|it| it as &dyn ToSql)),
        ("issuer_key_id = ?", issuer_key_id.as_ref().map(|it| it as &dyn ToSql)),
        ("common_name = ?", user.as_ref().map(|it| it as &dyn ToSql)),
        ("not_after >= ?", span.as_ref().map(|(from, _)| from as &dyn ToSql)),
        ("not_after <= ?", span.as_ref().map(|(_, until)| until as &dyn ToSql)),
    ] {
        if let Some(value) = value {
            conditions.push(condition);
            values.push(value);
        }
    }
    let conditions = match conditions.len() {
        0 => String::new(),
        _ => format!(" WHERE {}", conditions.join(" AND ")),
    };
    let order = if span.is_some() { "not_after, id" } else { "id" };
    let sql = format!("SELECT id FROM {}{conditions} ORDER BY {order}", generation.rows());
    let mut statement = connection.prepare(&sql)?;
    statement.query_map(&*values, |row| row.get(0))?.collect()
}

/// The rows with these ids, each as far as it could be understood.
fn rows(
    connection: &Connection,
    sql: &str,
    ids: &[i64],
    clusters: &BTreeMap<i64, String>,
) -> rusqlite::Result<Vec<(i64, Option<RecordedEntry>)>> {
    // One lock for all of them.
    let transaction = connection.unchecked_transaction()?;
    let mut statement = transaction.prepare(sql)?;
    let mut rows = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(row) = statement.query_row([id], |row| understood(row, clusters)).optional()? {
            rows.push((*id, row));
        }
    }
    Ok(rows)
}

fn understood(
    row: &Row<'_>,
    clusters: &BTreeMap<i64, String>,
) -> rusqlite::Result<Option<RecordedEntry>> {
    let mut content = [ValueRef::Null; COUNT];
    for (at, value) in content.iter_mut().enumerate() {
        *value = row.get_ref(at + 3)?;
    }
    let (chain, number) = (row.get_ref(1)?, row.get_ref(2)?);
    let (hash, der) = (row.get_ref(COUNT + 3)?, row.get_ref(COUNT + 4)?);
    Ok((|| {
        Some(RecordedEntry {
            cluster: clusters.get(&chain.as_i64().ok()?).cloned().unwrap_or_default(),
            number: u64::try_from(number.as_i64().ok()?).ok()?,
            entry: columns::entry(&content, der)?,
            hash: columns::hash(hash)?,
        })
    })())
}
