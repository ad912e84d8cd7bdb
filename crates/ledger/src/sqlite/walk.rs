//! The walk along the chains, and all else that can be wrong with the file. Changes nothing.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, types::ValueRef};

use super::{
    chains::{self, Chain},
    columns::{self, CONTENT, COUNT},
    file::File,
    first_stage,
    open::refused,
    schema::{self, Generation},
};
use crate::{Check, Finding, LedgerError, check::Walk};

/// Checks the file in one state of it: a transaction has to be open.
pub(super) fn check(
    connection: &Connection,
    file: &File,
    generation: Generation,
) -> Result<Check, LedgerError> {
    let failed = |error| refused("read", file, error);
    let objects = schema::differences(connection, generation).map_err(failed)?;
    let mut check = Check {
        chains: Vec::new(),
        findings: objects.into_iter().map(|object| Finding::Schema { object }).collect(),
    };
    check.findings.extend(integrity(connection).map_err(failed)?);
    let chains = match generation {
        Generation::First => vec![Chain {
            id: 1,
            cluster: String::new(),
            first_stage: u64::MAX,
            head: first_stage::head(connection, "").map_err(failed)?,
        }],
        Generation::Second => chains::all(connection).map_err(failed)?,
    };
    let (mut walks, missing) = walk(connection, generation, &chains).map_err(failed)?;
    for Chain { id, cluster, first_stage, head } in &chains {
        let walk = walks.remove(id).unwrap_or_else(|| Walk::begin(cluster, *first_stage));
        walk.finish(head.as_ref(), &mut check);
    }
    // Rows of a chain that the file does not name.
    walks.into_values().for_each(|walk| walk.finish(None, &mut check));
    if missing > 0 && check.findings.is_empty() {
        check.findings.push(Finding::RowsMissing { count: missing });
    }
    if generation == Generation::Second && check.findings.is_empty() {
        check.findings.extend(stray(connection).map_err(failed)?);
    }
    Ok(check)
}

/// Walks along every chain, and counts the rows that are missing between others of the file.
fn walk(
    connection: &Connection,
    generation: Generation,
    chains: &[Chain],
) -> rusqlite::Result<(BTreeMap<i64, Walk>, u64)> {
    let mut walks = BTreeMap::new();
    let (mut last, mut missing) = (0, 0);
    // In the order of the table itself: an index could lead past a row.
    let sql = format!("{} ORDER BY id", generation.select(CONTENT, true));
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        // What is no number names no chain, and no row.
        let number = |at| row.get_ref(at).map(|value| value.as_i64().unwrap_or(0));
        let (id, chain) = (number(0)?, number(1)?);
        missing += u64::try_from(id.saturating_sub(last).saturating_sub(1)).unwrap_or(0);
        last = id;
        let walk = walks.entry(chain).or_insert_with(|| {
            let known = chains.iter().find(|known| known.id == chain);
            known.map_or_else(
                || Walk::begin("", 0),
                |known| Walk::begin(&known.cluster, known.first_stage),
            )
        });
        let mut content = [ValueRef::Null; COUNT];
        for (at, value) in content.iter_mut().enumerate() {
            *value = row.get_ref(at + 3)?;
        }
        let number = u64::try_from(number(2)?).unwrap_or(0);
        let entry = columns::entry(&content, row.get_ref(COUNT + 4)?);
        walk.step(number, entry.as_ref(), columns::hash(row.get_ref(COUNT + 3)?));
    }
    Ok((walks, missing))
}

/// What SQLite finds wrong: pages, types, and indexes that do not lead to every row.
fn integrity(connection: &Connection) -> rusqlite::Result<Option<Finding>> {
    let said: String = connection.query_row("PRAGMA integrity_check(1)", (), |row| row.get(0))?;
    Ok((said != "ok").then(|| Finding::Damaged { reason: said.replace('\n', "; ") }))
}

/// A certificate that belongs to no row.
fn stray(connection: &Connection) -> rusqlite::Result<Option<Finding>> {
    let sql = "SELECT id FROM certificate
        WHERE NOT EXISTS (SELECT 1 FROM entry WHERE entry.id = certificate.id) LIMIT 1";
    let id: Option<i64> = connection.query_row(sql, (), |row| row.get(0)).optional()?;
    Ok(id.map(|id| Finding::Damaged { reason: format!("certificate {id} belongs to no row") }))
}
