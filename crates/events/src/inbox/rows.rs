//! The rows of the inbox.

use rusqlite::{Connection, Params, Row, params};
use serde::Serialize;
use serde_json::Value;
use thought_industries::Date;
use thought_industries_store::StoreError;

use super::{Added, date, dedup};
use crate::event::{Arrival, KeptEvent, Source, State};

/// How many events there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Those that are to be handed over.
    pub new: u64,
    /// Those that were handed over, and are known again.
    pub done: u64,
    /// Those that were given up.
    pub dead: u64,
    /// Those of all states that are hints only.
    pub hints: u64,
}

/// Which events. All of them by default; each field leaves some out.
///
/// ```
/// let mut of_ada = thought_industries_events::Selection::default();
/// of_ada.user = Some("ada@example.com".to_owned());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Selection {
    /// Only these places; all if there are none.
    pub places: Vec<i64>,
    /// Only those after this place.
    pub after: Option<i64>,
    /// Only this kind.
    pub kind: Option<String>,
    /// Only those about the user with this id or e-mail address.
    pub user: Option<String>,
    /// Only those that the inbox got at this time or later, in milliseconds.
    pub since: Option<i64>,
}

const SELECTED: &str = "(?1 IS NULL OR state = ?1) AND seq > ifnull(?2, 0) AND (?3 IS NULL OR kind = ?3 OR name = ?3)
    AND (?4 IS NULL OR user_id = ?4 OR lower(user_email) = lower(?4)) AND received >= ifnull(?5, received)
    AND (?6 IS NULL OR seq IN (SELECT value FROM json_each(?6)))";

impl Selection {
    /// The places as JSON; `None` for all.
    fn listed(&self) -> Option<String> {
        (!self.places.is_empty()).then(|| serde_json::json!(self.places).to_string())
    }
}

pub(super) fn add(database: &Connection, arrival: &Arrival, now: i64) -> Result<Added, StoreError> {
    if let Some(seq) = dedup::known(database, arrival)? {
        return if arrival.is_hint { Ok(Added::Duplicate) } else { confirm(database, arrival, seq, now) };
    }
    let sql =
        "INSERT INTO event (id, kind, name, at, user_id, user_email, subject_id, raw, source, is_hint, received, state,
        tries, not_before) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'new', 0, ?11)";
    let event = &arrival.event;
    database.prepare_cached(sql)?.execute(params![
        event.id,
        event.kind.as_str(),
        event.name,
        event.at.map(Date::as_millisecond),
        event.user_id,
        event.user_email,
        event.subject_id,
        event.raw.to_string(),
        arrival.source.name(),
        arrival.is_hint,
        now,
    ])?;
    dedup::sight(database, arrival, database.last_insert_rowid())?;
    Ok(Added::New)
}

/// Makes a hint certain. A hint with another content may be forged: what is certain takes its place.
fn confirm(database: &Connection, arrival: &Arrival, seq: i64, now: i64) -> Result<Added, StoreError> {
    let mut found = database.prepare_cached("SELECT raw FROM event WHERE seq = ?1 AND is_hint")?;
    let Some(raw) = found.query_map([seq], |row| row.get::<_, String>(0))?.next().transpose()? else {
        return Ok(Added::Duplicate);
    };
    let event = &arrival.event;
    let is_same = serde_json::from_str::<Value>(&raw)? == event.raw;
    let sql = "UPDATE event SET is_hint = 0, source = ?2, id = ?3, kind = ?4, name = ?5, at = ?6, user_id = ?7,
        user_email = ?8, subject_id = ?9, raw = ?10 WHERE seq = ?1";
    database.prepare_cached(sql)?.execute(params![
        seq,
        arrival.source.name(),
        event.id,
        event.kind.as_str(),
        event.name,
        event.at.map(Date::as_millisecond),
        event.user_id,
        event.user_email,
        event.subject_id,
        event.raw.to_string(),
    ])?;
    if !is_same {
        let again = "UPDATE event SET state = 'new', tries = 0, not_before = ?2, ended = NULL WHERE seq = ?1";
        database.prepare_cached(again)?.execute(params![seq, now])?;
    }
    Ok(Added::Confirmed)
}

pub(super) fn all(database: &Connection, which: &str, values: impl Params) -> Result<Vec<KeptEvent>, StoreError> {
    let columns =
        "seq, id, kind, name, at, user_id, user_email, subject_id, raw, source, is_hint, received, state, tries,
        reason";
    let mut found = database.prepare_cached(&format!("SELECT {columns} FROM event {which}"))?;
    let mut rows = found.query(values)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.push(kept(row)?);
    }
    Ok(events)
}

fn kept(row: &Row<'_>) -> Result<KeptEvent, StoreError> {
    Ok(KeptEvent {
        seq: row.get(0)?,
        id: row.get(1)?,
        kind: row.get(2)?,
        name: row.get(3)?,
        at: date(row.get(4)?),
        user_id: row.get(5)?,
        user_email: row.get(6)?,
        subject_id: row.get(7)?,
        raw: serde_json::from_str(&row.get::<_, String>(8)?)?,
        source: Source::of_name(&row.get::<_, String>(9)?),
        is_hint: row.get(10)?,
        received_at: date(row.get(11)?),
        state: State::of_name(&row.get::<_, String>(12)?),
        tries: row.get(13)?,
        reason: row.get(14)?,
    })
}

pub(super) fn list(
    database: &Connection,
    state: Option<State>,
    which: &Selection,
    most: usize,
) -> Result<Vec<KeptEvent>, StoreError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let values =
        params![state.map(State::name), which.after, which.kind, which.user, which.since, which.listed(), most];
    all(database, &format!("WHERE {SELECTED} ORDER BY seq LIMIT ?7"), values)
}

pub(super) fn release(database: &Connection, state: State, which: &Selection, now: i64) -> Result<usize, StoreError> {
    let sql = format!("UPDATE event SET state = 'new', tries = 0, not_before = ?7, ended = NULL WHERE {SELECTED}");
    let values = params![state.name(), which.after, which.kind, which.user, which.since, which.listed(), now];
    Ok(database.prepare_cached(&sql)?.execute(values)?)
}

pub(super) fn counts(database: &Connection) -> Result<Counts, StoreError> {
    let mut found = database.prepare_cached("SELECT state, count(*), sum(is_hint) FROM event GROUP BY state")?;
    let mut rows = found.query([])?;
    let mut counts = Counts::default();
    while let Some(row) = rows.next()? {
        let number = |column| Ok::<_, StoreError>(row.get::<_, i64>(column)?.unsigned_abs());
        let count = number(1)?;
        counts.hints += number(2)?;
        match State::of_name(&row.get::<_, String>(0)?) {
            State::New => counts.new = count,
            State::Done => counts.done = count,
            State::Dead => counts.dead = count,
        }
    }
    Ok(counts)
}

pub(super) fn set_note(database: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    let sql = "INSERT INTO note (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2";
    database.prepare_cached(sql)?.execute([name, value])?;
    Ok(())
}
