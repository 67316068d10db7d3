//! The inbox: one file that keeps every event until it was handed over, and knows it again afterwards.

mod dedup;
mod rows;
mod schema;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use thought_industries::Date;
use thought_industries_store::{Claim, StoreError};
use tokio::sync::Notify;

pub use rows::{Counts, Selection};

use crate::event::{Arrival, KeptEvent, State};

/// How long an event that was handed over is known again: 30 days. Senders repeat theirs for 27 hours, and nightly files have
/// those of the day before.
pub const KEPT: Duration = Duration::from_secs(30 * 86_400);

/// What came of an arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Added {
    /// The event was not known.
    New,
    /// It was known as a hint only, and is now certain. If the hint had another content, it is handed over again.
    Confirmed,
    /// It was known.
    Duplicate,
}

/// The inbox in one `SQLite` file. Other processes may look at it and change states meanwhile, such as `ti events retry`. It
/// has names and addresses of users: only its owner can read it.
///
/// Its methods wait for the disk; [`blocking`](Self::blocking) keeps that off the threads of tasks.
///
/// ```
/// use thought_industries::TenantEvent;
/// use thought_industries_events::{Added, Arrival, Inbox, Source};
///
/// let folder = tempfile::tempdir()?;
/// let inbox = Inbox::open(&folder.path().join("inbox.sqlite"))?;
/// let event = TenantEvent::parse(br#"{"event":"login","id":"e-1","user":"ada@example.com"}"#)?;
/// let arrival = Arrival::new(event, Source::Webhook);
/// assert_eq!(inbox.add(&[arrival.clone()], 1_000)?, [Added::New]);
/// assert_eq!(inbox.add(&[arrival], 2_000)?, [Added::Duplicate]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Inbox {
    path: PathBuf,
    database: Mutex<Connection>,
    changed: Notify,
}

impl Inbox {
    /// Opens the inbox in a file, or makes a new one.
    ///
    /// # Errors
    /// If the file cannot be used, is no inbox, or was made by a newer version.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let database = thought_industries_store::open(path, schema::MIGRATIONS)?;
        Ok(Self { path: path.to_owned(), database: Mutex::new(database), changed: Notify::new() })
    }

    /// Makes this process the one that receives, fills and hands over, for as long as the claim is kept. Two would hand over
    /// everything twice.
    ///
    /// # Errors
    /// If another process has the claim.
    pub fn claim(&self) -> Result<Claim, StoreError> {
        Claim::of(&self.path, "another process works with this inbox; stop it, or name another inbox")
    }

    /// Does something with the inbox on a thread for that.
    ///
    /// # Errors
    /// Those of `act`.
    pub async fn blocking<T, F>(self: &Arc<Self>, act: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Self) -> Result<T, StoreError> + Send + 'static,
    {
        let inbox = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || act(&inbox)).await;
        done.unwrap_or_else(|_| Err(StoreError::new("the program ends, or using the inbox has failed unexpectedly")))
    }

    /// Waits until events were added or released by this process.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write<T>(&self, act: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut database = self.lock();
        let transaction = database.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = act(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }

    /// Keeps events: all of them or, if this fails, none. Once this returns, they survive a power failure. `now` is in
    /// milliseconds of the Unix epoch, here and below.
    ///
    /// # Errors
    /// If the store fails.
    pub fn add(&self, arrivals: &[Arrival], now: i64) -> Result<Vec<Added>, StoreError> {
        let added: Vec<Added> = self.write(|database| {
            arrivals.iter().map(|arrival| rows::add(database, arrival, now)).collect::<Result<_, StoreError>>()
        })?;
        if added.iter().any(|added| *added != Added::Duplicate) {
            self.changed.notify_waiters();
            self.changed.notify_one();
        }
        Ok(added)
    }

    /// The events that are to be handed over now, oldest first.
    ///
    /// # Errors
    /// If the store fails.
    pub fn due(&self, now: i64, most: usize) -> Result<Vec<KeptEvent>, StoreError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        rows::all(&self.lock(), "WHERE state = 'new' AND not_before <= ?1 ORDER BY seq LIMIT ?2", params![now, most])
    }

    /// Records that events were handed over, together with a note of who got them.
    ///
    /// # Errors
    /// If the store fails: then they are handed over again.
    pub fn finish(&self, events: &[i64], note: Option<(&str, &str)>, now: i64) -> Result<(), StoreError> {
        self.write(|database| {
            let sql = "UPDATE event SET state = 'done', reason = NULL, ended = ?2 WHERE seq = ?1";
            for seq in events {
                database.prepare_cached(sql)?.execute(params![seq, now])?;
            }
            note.map_or(Ok(()), |(name, value)| rows::set_note(database, name, value))
        })
    }

    /// Records that the hand-over of an event failed. It is tried again at `again`, or given up if there is no such time.
    ///
    /// # Errors
    /// If the store fails.
    pub fn fail(&self, event: i64, reason: &str, again: Option<i64>) -> Result<(), StoreError> {
        let sql = "UPDATE event SET state = iif(?3 IS NULL, 'dead', 'new'), tries = tries + 1, reason = ?2,
            not_before = ifnull(?3, not_before) WHERE seq = ?1";
        self.lock().prepare_cached(sql)?.execute(params![event, reason, again])?;
        Ok(())
    }

    /// Events of a state, or of all, oldest first.
    ///
    /// # Errors
    /// If the store fails.
    pub fn list(&self, state: Option<State>, which: &Selection, most: usize) -> Result<Vec<KeptEvent>, StoreError> {
        rows::list(&self.lock(), state, which, most)
    }

    /// Lets events be handed over anew that are in a state; returns how many. Their tries are counted from 0.
    ///
    /// # Errors
    /// If the store fails.
    pub fn release(&self, state: State, which: &Selection, now: i64) -> Result<usize, StoreError> {
        let released = self.write(|database| rows::release(database, state, which, now))?;
        self.changed.notify_one();
        Ok(released)
    }

    /// How many events there are, by state.
    ///
    /// # Errors
    /// If the store fails.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        rows::counts(&self.lock())
    }

    /// The place of the newest event; 0 if there was none.
    ///
    /// # Errors
    /// If the store fails.
    pub fn last(&self) -> Result<i64, StoreError> {
        let sql = "SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'event'";
        Ok(self.lock().query_row(sql, [], |row| row.get(0))?)
    }

    /// Forgets events that were handed over so long ago; returns how many. Events that are new or dead stay.
    ///
    /// # Errors
    /// If the store fails.
    pub fn forget(&self, before: i64) -> Result<usize, StoreError> {
        let sql = "DELETE FROM event WHERE state = 'done' AND ended < ?1 AND received < ?1";
        Ok(self.lock().execute(sql, [before])?)
    }

    /// A note that was kept.
    ///
    /// # Errors
    /// If the store fails.
    pub fn note(&self, name: &str) -> Result<Option<String>, StoreError> {
        let database = self.lock();
        let found = database.query_row("SELECT value FROM note WHERE name = ?1", [name], |row| row.get(0));
        Ok(found.optional()?)
    }

    /// Keeps a note.
    ///
    /// # Errors
    /// If the store fails.
    pub fn set_note(&self, name: &str, value: &str) -> Result<(), StoreError> {
        self.write(|database| rows::set_note(database, name, value))
    }
}

/// A time in milliseconds as a date.
fn date(milliseconds: Option<i64>) -> Option<Date> {
    milliseconds.and_then(Date::from_millisecond)
}

#[cfg(test)]
mod tests;
