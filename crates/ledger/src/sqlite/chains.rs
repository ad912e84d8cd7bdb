//! The chains of a file and the heads that it keeps of them.

use rusqlite::{Connection, OptionalExtension, types::ValueRef};

use super::columns::{self, integer};
use crate::Head;

/// A head as it is in the file; `None` where none is, or none that can be one.
pub(super) type StoredHead = Option<Head>;

/// A chain of the file.
pub(super) struct Chain {
    /// What its rows name it by.
    pub(super) id: i64,
    /// Its name.
    pub(super) cluster: String,
    /// How many rows from the start have the encoding of the first stage.
    pub(super) first_stage: u64,
    /// The head that the ledger keeps.
    pub(super) head: StoredHead,
}

/// Every chain, in the order in which they began.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Chain>> {
    read(connection, "ORDER BY id", &[])
}

/// The chain of a cluster.
pub(super) fn of(connection: &Connection, cluster: &str) -> rusqlite::Result<Option<Chain>> {
    Ok(read(connection, "WHERE cluster = ?", &[&cluster])?.pop())
}

fn read(
    connection: &Connection,
    which: &str,
    values: &[&dyn rusqlite::ToSql],
) -> rusqlite::Result<Vec<Chain>> {
    let sql = format!("SELECT id, cluster, first_stage, count, hash FROM chain {which}");
    let mut statement = connection.prepare(&sql)?;
    let chains = statement.query_map(values, |row| {
        let cluster = String::from_utf8_lossy(row.get_ref(1)?.as_bytes()?).into_owned();
        Ok(Chain {
            id: row.get(0)?,
            first_stage: u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
            head: head(&cluster, row.get_ref(3)?, row.get_ref(4)?),
            cluster,
        })
    })?;
    chains.collect()
}

/// Begins the chain of a cluster, and gives its id.
pub(super) fn begin(
    connection: &Connection,
    head: &Head,
    first_stage: u64,
) -> rusqlite::Result<i64> {
    let Head { cluster, count, hash } = head;
    connection.execute(
        "INSERT INTO chain SELECT coalesce(max(id), 0) + 1, ?, ?, ?, ? FROM chain",
        (cluster, integer(*count), hash, integer(first_stage)),
    )?;
    Ok(connection.last_insert_rowid())
}

/// Moves the head of a chain forward.
pub(super) fn advance(connection: &Connection, id: i64, head: &Head) -> rusqlite::Result<()> {
    let sql = "UPDATE chain SET count = ?, hash = ? WHERE id = ?";
    connection.execute(sql, (integer(head.count), head.hash, id)).map(drop)
}

/// The head that the last row of a chain makes.
pub(super) fn last(
    connection: &Connection,
    id: i64,
    cluster: &str,
) -> rusqlite::Result<StoredHead> {
    let sql = "SELECT number, hash FROM entry WHERE chain = ? ORDER BY number DESC LIMIT 1";
    let found =
        connection.query_row(sql, [id], |row| Ok(head(cluster, row.get_ref(0)?, row.get_ref(1)?)));
    Ok(found.optional()?.unwrap_or_else(|| Some(Head::empty(cluster))))
}

/// The head that two values are.
pub(super) fn head(cluster: &str, count: ValueRef<'_>, hash: ValueRef<'_>) -> StoredHead {
    let count = u64::try_from(count.as_i64().ok()?).ok()?;
    Some(Head { cluster: cluster.to_owned(), count, hash: columns::hash(hash)? })
}
