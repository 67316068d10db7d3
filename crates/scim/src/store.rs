//! What the gateway keeps: the roster of the tenant, what directories have sent, and the outbox of writes.
//!
//! [`Store`] is a trait, so that several gateways can share a database. [`SqliteStore`] is one file on this machine.

mod error;
mod rows;
mod sqlite;

use std::path::Path;

pub use rows::{
    AuditRow, Cursor, GroupRow, Job, JobKind, JobResult, JobState, NewJob, Person, RosterRow, Scope, Token, UserRow,
    Window,
};
pub use sqlite::SqliteStore;
pub use thought_industries_store::{Claim, StoreError};

use crate::connection::Connection;
use crate::error::ScimError;
use crate::filter::Search;

/// A place that keeps what the gateway needs.
pub trait Store: Send + Sync + std::fmt::Debug + 'static {
    /// Reads one state of the store.
    ///
    /// # Errors
    /// Those of `act`, or 500 if the store fails.
    fn read(&self, act: &mut dyn FnMut(&dyn Tables) -> Result<(), ScimError>) -> Result<(), ScimError>;

    /// Changes the store: all of it, or nothing if `act` fails. What was written survives a power failure once this returns.
    /// No other change happens meanwhile.
    ///
    /// # Errors
    /// Those of `act`, or 500 if the store fails.
    fn write(&self, act: &mut dyn FnMut(&dyn Tables) -> Result<(), ScimError>) -> Result<(), ScimError>;

    /// Copies the store to a new file, while it is in use.
    ///
    /// # Errors
    /// If the file exists or cannot be written.
    fn backup(&self, path: &Path) -> Result<(), StoreError>;

    /// Looks for damage.
    ///
    /// # Errors
    /// What is damaged.
    fn check(&self) -> Result<(), StoreError>;
}

/// Reads a value of one state of a store.
pub(crate) fn read<T>(
    store: &dyn Store,
    mut act: impl FnMut(&dyn Tables) -> Result<T, ScimError>,
) -> Result<T, ScimError> {
    let mut value = None;
    store.read(&mut |tables| {
        value = Some(act(tables)?);
        Ok(())
    })?;
    value.ok_or_else(ScimError::internal)
}

/// Changes a store, and returns what comes of that.
pub(crate) fn write<T>(
    store: &dyn Store,
    mut act: impl FnMut(&dyn Tables) -> Result<T, ScimError>,
) -> Result<T, ScimError> {
    let mut value = None;
    store.write(&mut |tables| {
        value = Some(act(tables)?);
        Ok(())
    })?;
    value.ok_or_else(ScimError::internal)
}

type Done<T> = Result<T, StoreError>;

/// The tables of a store, within a read or a write.
pub trait Tables {
    /// A fact about the tenant or the store.
    fn note(&self, name: &str) -> Done<Option<String>>;
    /// Keeps a fact.
    fn set_note(&self, name: &str, value: &str) -> Done<()>;

    /// The connections, by name.
    fn connections(&self) -> Done<Vec<Connection>>;
    /// Adds a connection, or changes its settings.
    fn put_connection(&self, connection: &Connection) -> Done<()>;
    /// The tokens of all connections.
    fn tokens(&self) -> Done<Vec<Token>>;
    /// Adds a token, as its hash.
    fn add_token(&self, token: &Token) -> Done<()>;
    /// Removes a token of a connection by its label; whether there was one.
    fn remove_token(&self, connection: &str, label: &str) -> Done<bool>;
    /// Records that a token was used.
    fn touch_token(&self, hash: &[u8], at: i64) -> Done<()>;

    /// A user of the roster, whether a connection sees them or not, with what the connection has sent.
    fn user(&self, connection: &str, id: &str) -> Done<Option<UserRow>>;
    /// Hands over the users that a scope sees and a search may find, oldest first, until `each` returns false.
    fn users(&self, scope: &Scope, search: &Search, window: &Window, each: &mut dyn FnMut(UserRow) -> bool)
    -> Done<()>;
    /// How many users a scope sees.
    fn count_users(&self, scope: &Scope) -> Done<u64>;
    /// The ids of users with this address, whether a connection sees them or not.
    fn ids_by_email(&self, folded: &str) -> Done<Vec<String>>;
    /// The id of the user with this name in a connection.
    fn id_by_user_name(&self, connection: &str, folded: &str) -> Done<Option<String>>;
    /// The id of the user with this external id in a connection.
    fn id_by_external_id(&self, connection: &str, external_id: &str) -> Done<Option<String>>;
    /// Keeps what the tenant has of a user. The time of the last change stays if nothing has changed.
    fn put_roster(&self, row: &RosterRow) -> Done<()>;
    /// When the gateway last wrote to a user.
    fn written_at(&self, id: &str) -> Done<Option<i64>>;
    /// Removes users whom a whole read has not shown, and everything about them; returns how many. Users whom the gateway has
    /// written to since a time stay: reads may not show them yet.
    fn forget_before(&self, generation: i64, written_before: i64) -> Done<u64>;
    /// Keeps what a connection has sent of a user.
    fn put_person(&self, id: &str, person: &Person) -> Done<()>;
    /// The users that connections know: the id in the tenant, and what the connection has sent. Users whom it deleted are
    /// left out.
    fn persons(&self, each: &mut dyn FnMut(String, Person)) -> Done<()>;
    /// Records that a connection deleted a user.
    fn bury(&self, id: &str, connection: &str, at: i64) -> Done<()>;
    /// Revives a user whom a connection had deleted.
    fn revive(&self, id: &str) -> Done<()>;
    /// Whether a connection has deleted a user.
    fn is_buried(&self, id: &str) -> Done<bool>;

    /// A group of a connection.
    fn group(&self, connection: &str, id: &str) -> Done<Option<GroupRow>>;
    /// The groups of a connection that a search may find, oldest first.
    fn groups(&self, connection: &str, search: &Search, window: &Window) -> Done<Vec<GroupRow>>;
    /// How many groups a connection has.
    fn count_groups(&self, connection: &str) -> Done<u64>;
    /// The ids of the members of a group.
    fn members(&self, connection: &str, group: &str) -> Done<Vec<String>>;
    /// Keeps a group; `members` are all of them, or those that were there if there are none given.
    fn put_group(&self, group: &GroupRow, members: Option<&[String]>) -> Done<()>;
    /// Removes a group.
    fn remove_group(&self, connection: &str, id: &str) -> Done<bool>;

    /// Adds a write to the outbox, and returns its id.
    fn add_job(&self, job: &NewJob, now: i64) -> Done<i64>;
    /// A write of the outbox.
    fn job(&self, id: i64) -> Done<Option<Job>>;
    /// Changes a write of the outbox.
    fn put_job(&self, job: &Job, now: i64) -> Done<()>;
    /// The writes that are not ended, oldest first.
    fn open_jobs(&self) -> Done<Vec<Job>>;
    /// The writes that are not ended about a user, or about the creation of one, oldest first.
    fn open_jobs_of(&self, subject: &str) -> Done<Vec<Job>>;
    /// The last write about a subject, whatever its state.
    fn last_job_of(&self, subject: &str) -> Done<Option<Job>>;
    /// The write to carry out next: leavers first, and the writes to a user in their order.
    fn next_job(&self, now: i64) -> Done<Option<Job>>;
    /// How many writes are waiting for the tenant.
    fn waiting_jobs(&self) -> Done<u64>;
    /// The last writes that failed, newest first.
    fn failed_jobs(&self, most: u32) -> Done<Vec<Job>>;
    /// How many users a connection has disabled since a time, or is about to.
    fn disabled_since(&self, connection: &str, since: i64) -> Done<u64>;
    /// Lets writes go on that the brake holds; returns how many.
    fn release_jobs(&self, connection: Option<&str>, now: i64) -> Done<u64>;

    /// Records a request.
    fn add_audit(&self, row: &AuditRow) -> Done<()>;
    /// The last requests, newest first.
    fn audit(&self, most: u32) -> Done<Vec<AuditRow>>;
}
