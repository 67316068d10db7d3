//! Groups and their members.

use rusqlite::{Connection as Database, Row, params};

use super::super::{Done, GroupRow, Window};
use crate::filter::Search;

const COLUMNS: &str = "g.connection, g.id, g.display_name, g.external_id, g.created, g.modified";

fn group_row(row: &Row<'_>) -> rusqlite::Result<GroupRow> {
    Ok(GroupRow {
        connection: row.get(0)?,
        id: row.get(1)?,
        display_name: row.get(2)?,
        external_id: row.get(3)?,
        created: row.get(4)?,
        modified: row.get(5)?,
    })
}

pub(super) fn group(database: &Database, connection: &str, id: &str) -> Done<Option<GroupRow>> {
    let mut found =
        database.prepare_cached(&format!("SELECT {COLUMNS} FROM grp g WHERE g.connection = ?1 AND g.id = ?2"))?;
    let mut rows = found.query_map([connection, id], group_row)?;
    Ok(rows.next().transpose()?)
}

pub(super) fn groups(database: &Database, connection: &str, search: &Search, window: &Window) -> Done<Vec<GroupRow>> {
    let none = Vec::new();
    let (condition, wanted) = match search {
        Search::Ids(ids) => ("g.id IN (SELECT value FROM json_each(?2))", ids),
        Search::DisplayNames(names) => ("g.folded IN (SELECT value FROM json_each(?2))", names),
        Search::ExternalIds(ids) => ("g.external_id IN (SELECT value FROM json_each(?2))", ids),
        Search::Members(ids) => {
            ("g.id IN (SELECT grp FROM member WHERE connection = ?1 AND id IN (SELECT value FROM json_each(?2)))", ids)
        }
        Search::All | Search::UserNames(_) | Search::Emails(_) => ("?2 IS ?2", &none),
    };
    let (created, id) = window.after.as_ref().map(|after| (after.created, after.id.as_str())).unzip();
    let limit = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut found = database.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM grp g WHERE g.connection = ?1 AND {condition} \
         AND (?3 IS NULL OR (g.created, g.id) > (?3, ?4)) ORDER BY g.created, g.id LIMIT ?5 OFFSET ?6"
    ))?;
    let take = window.take.map_or(-1, limit);
    let wanted = serde_json::to_string(wanted)?;
    let rows = found.query_map(params![connection, wanted, created, id, take, limit(window.skip)], group_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn members(database: &Database, connection: &str, group: &str) -> Done<Vec<String>> {
    let mut found = database.prepare_cached(
        "SELECT m.id FROM member m
         WHERE m.connection = ?1 AND m.grp = ?2 AND NOT EXISTS (SELECT 1 FROM tombstone t WHERE t.id = m.id)
         ORDER BY m.rowid",
    )?;
    let rows = found.query_map([connection, group], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn put(database: &Database, group: &GroupRow, members: Option<&[String]>) -> Done<()> {
    let mut put = database.prepare_cached(
        "INSERT INTO grp (connection, id, display_name, folded, external_id, created, modified)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (connection, id) DO UPDATE SET
            display_name = excluded.display_name, folded = excluded.folded, external_id = excluded.external_id,
            modified = excluded.modified",
    )?;
    put.execute(params![
        group.connection,
        group.id,
        group.display_name,
        group.display_name.to_lowercase(),
        group.external_id,
        group.created,
        group.modified,
    ])?;
    let Some(members) = members else { return Ok(()) };
    let wanted = serde_json::to_string(members)?;
    let mut remove = database.prepare_cached(
        "DELETE FROM member WHERE connection = ?1 AND grp = ?2 AND id NOT IN (SELECT value FROM json_each(?3))",
    )?;
    remove.execute(params![group.connection, group.id, wanted])?;
    let mut add = database
        .prepare_cached("INSERT OR IGNORE INTO member (connection, grp, id) SELECT ?1, ?2, value FROM json_each(?3)")?;
    add.execute(params![group.connection, group.id, wanted])?;
    Ok(())
}

pub(super) fn remove(database: &Database, connection: &str, id: &str) -> Done<bool> {
    database.prepare_cached("DELETE FROM member WHERE connection = ?1 AND grp = ?2")?.execute([connection, id])?;
    let mut remove = database.prepare_cached("DELETE FROM grp WHERE connection = ?1 AND id = ?2")?;
    Ok(remove.execute([connection, id])? > 0)
}
