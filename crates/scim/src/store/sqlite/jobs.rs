//! The outbox: every write, from before it is sent until long after.

use rusqlite::{Connection as Database, Params, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::super::{Done, Job, JobState, NewJob, StoreError};

const COLUMNS: &str =
    "id, what, state, plan, attempts, outcome, tries, not_before, result, is_answered, created, updated";
const OPEN: &str = "state IN ('queued', 'held', 'running')";

fn job_row(row: &Row<'_>) -> Result<Job, StoreError> {
    Ok(Job {
        id: row.get(0)?,
        what: serde_json::from_str(&row.get::<_, String>(1)?)?,
        state: named(row.get::<_, String>(2)?)?,
        plan: row.get(3)?,
        attempts: parsed(row.get(4)?)?,
        outcome: parsed(row.get(5)?)?,
        tries: row.get(6)?,
        not_before: row.get(7)?,
        result: parsed(row.get(8)?)?,
        is_answered: row.get(9)?,
        created: row.get(10)?,
        updated: row.get(11)?,
    })
}

fn named<T: DeserializeOwned>(name: String) -> Result<T, StoreError> {
    Ok(serde_json::from_value(serde_json::Value::String(name))?)
}

fn parsed<T: DeserializeOwned>(text: Option<String>) -> Result<Option<T>, StoreError> {
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

fn text<T: Serialize>(value: Option<&T>) -> Result<Option<String>, StoreError> {
    Ok(value.map(serde_json::to_string).transpose()?)
}

fn all(database: &Database, rest: &str, values: impl Params) -> Done<Vec<Job>> {
    let mut found = database.prepare_cached(&format!("SELECT {COLUMNS} FROM outbox {rest}"))?;
    let mut rows = found.query(values)?;
    let mut jobs = Vec::new();
    while let Some(row) = rows.next()? {
        jobs.push(job_row(row)?);
    }
    Ok(jobs)
}

pub(super) fn add(database: &Database, job: &NewJob, now: i64) -> Done<i64> {
    let state = if job.is_held { JobState::Held } else { JobState::Queued };
    let mut add = database.prepare_cached(
        "INSERT INTO outbox (connection, subject, kind, disables, what, state, tries, not_before, is_answered, created, updated)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, 0, ?7, ?7)",
    )?;
    add.execute(params![
        job.connection,
        job.subject,
        job.kind.name(),
        job.kind.disables(),
        serde_json::to_string(job)?,
        state.name(),
        now,
    ])?;
    Ok(database.last_insert_rowid())
}

pub(super) fn job(database: &Database, id: i64) -> Done<Option<Job>> {
    Ok(all(database, "WHERE id = ?1", [id])?.pop())
}

pub(super) fn put(database: &Database, job: &Job, now: i64) -> Done<()> {
    let mut put = database.prepare_cached(
        "UPDATE outbox SET what = ?2, state = ?3, plan = ?4, attempts = ?5, outcome = ?6, tries = ?7, not_before = ?8,
            result = ?9, is_answered = ?10, updated = ?11
         WHERE id = ?1",
    )?;
    put.execute(params![
        job.id,
        serde_json::to_string(&job.what)?,
        job.state.name(),
        job.plan,
        text(job.attempts.as_ref())?,
        text(job.outcome.as_ref())?,
        job.tries,
        job.not_before,
        text(job.result.as_ref())?,
        job.is_answered,
        now,
    ])?;
    Ok(())
}

pub(super) fn open(database: &Database) -> Done<Vec<Job>> {
    all(database, &format!("WHERE {OPEN} ORDER BY id"), [])
}

pub(super) fn open_of(database: &Database, subject: &str) -> Done<Vec<Job>> {
    all(database, &format!("WHERE subject = ?1 AND {OPEN} ORDER BY id"), [subject])
}

pub(super) fn last_of(database: &Database, subject: &str) -> Done<Option<Job>> {
    Ok(all(database, "WHERE subject = ?1 ORDER BY id DESC LIMIT 1", [subject])?.pop())
}

/// Leavers come first, also before other writes to the same user. All other writes to a user keep their order, and none is begun
/// while another one of the user is under way.
pub(super) fn next(database: &Database, now: i64) -> Done<Option<Job>> {
    let found = all(
        database,
        "o WHERE state = 'queued' AND not_before <= ?1 AND NOT EXISTS (
            SELECT 1 FROM outbox other WHERE other.subject = o.subject AND other.id <> o.id AND (
                other.state = 'running'
                OR (other.state = 'queued' AND other.disables = o.disables AND other.id < o.id)
                OR (other.state = 'queued' AND other.disables > o.disables)))
         ORDER BY disables DESC, id LIMIT 1",
        [now],
    )?;
    Ok(found.into_iter().next())
}

pub(super) fn failed(database: &Database, most: u32) -> Done<Vec<Job>> {
    all(database, "WHERE state = 'failed' ORDER BY updated DESC LIMIT ?1", [most])
}
