//! Whether an event is known.
//!
//! Webhook, feed and file may have different ids for one event, and one feed may have two events of one moment. So an event is
//! known if its source has shown this id before. Otherwise it is one that another source has shown, if that has the id or the
//! kind, user, subject and time of it, and this source has not shown that one yet. Doubt makes it a new event.

use rusqlite::{Connection, OptionalExtension as _, params};
use thought_industries::{Date, TenantEvent};
use thought_industries_store::StoreError;

use crate::event::Arrival;

/// The name of who vouches for an event: hints have one of their own, so that a forged one hides no true event.
fn witness(arrival: &Arrival) -> &'static str {
    if arrival.is_hint { "hint" } else { arrival.source.name() }
}

/// The place of an event that is known already. What this source calls it is kept.
pub(super) fn known(database: &Connection, arrival: &Arrival) -> Result<Option<i64>, StoreError> {
    let (event, witness) = (&arrival.event, witness(arrival));
    let by_witness = "SELECT event FROM sighting WHERE source = ?1 AND kind = ?2 AND id = ?3";
    let key = params![witness, event.kind.as_str(), event.id];
    let known = database.prepare_cached(by_witness)?.query_row(key, |row| row.get(0)).optional()?;
    if known.is_some() {
        return Ok(known);
    }
    let by_id = "SELECT event FROM sighting s WHERE id = ?1 AND NOT EXISTS (
        SELECT 1 FROM sighting own WHERE own.event = s.event AND own.source = ?2) ORDER BY event LIMIT 1";
    let by_id = database.prepare_cached(by_id)?.query_row(params![event.id, witness], |row| row.get(0)).optional()?;
    let known = match by_id {
        Some(known) => Some(known),
        None => by_moment(database, event, witness)?,
    };
    if let Some(known) = known {
        sight(database, arrival, known)?;
    }
    Ok(known)
}

/// Keeps that the source of an event has shown it.
pub(super) fn sight(database: &Connection, arrival: &Arrival, seq: i64) -> Result<(), StoreError> {
    let sql = "INSERT OR IGNORE INTO sighting (source, kind, id, event) VALUES (?1, ?2, ?3, ?4)";
    let event = &arrival.event;
    database.prepare_cached(sql)?.execute(params![witness(arrival), event.kind.as_str(), event.id, seq])?;
    Ok(())
}

fn by_moment(database: &Connection, event: &TenantEvent, witness: &str) -> Result<Option<i64>, StoreError> {
    let Some(at) = event.at.map(Date::as_millisecond) else { return Ok(None) };
    let mut found = database.prepare_cached(
        "SELECT seq, user_id, user_email FROM event e WHERE at = ?1 AND kind = ?2 AND subject_id IS ?3 AND NOT EXISTS (
            SELECT 1 FROM sighting own WHERE own.event = e.seq AND own.source = ?4) ORDER BY seq",
    )?;
    let mut rows = found.query(params![at, event.kind.as_str(), event.subject_id, witness])?;
    while let Some(row) = rows.next()? {
        let (id, email): (Option<String>, Option<String>) = (row.get(1)?, row.get(2)?);
        let is_user = match (&event.user_id, id, &event.user_email, email) {
            (Some(own), Some(other), ..) => *own == other,
            (_, _, Some(own), Some(other)) => own.to_lowercase() == other.to_lowercase(),
            _ => false,
        };
        if is_user {
            return Ok(Some(row.get(0)?));
        }
    }
    Ok(None)
}
