//! The rows of the store. Times are milliseconds since the Unix epoch.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thought_industries::Attempts;
use thought_industries_provision::OutcomeKind;

/// A token of a connection, as its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Token {
    /// The connection.
    pub connection: String,
    /// What the administrator calls it.
    pub label: String,
    /// SHA-256 of the token.
    pub hash: Vec<u8>,
    /// When it was made.
    pub created: i64,
    /// When it was last used.
    pub used: Option<i64>,
}

impl Token {
    /// A token that was just made.
    pub fn new(connection: &str, label: &str, hash: Vec<u8>, created: i64) -> Self {
        Self { connection: connection.to_owned(), label: label.to_owned(), hash, created, used: None }
    }
}

/// What the tenant has of a user.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RosterRow {
    /// The id.
    pub id: String,
    /// The fields, by their names in writes; `disabled` is one of them. A field that the tenant does not show is absent.
    pub facts: Map<String, Value>,
    /// The role key.
    pub role: Option<String>,
    /// The client.
    pub client: Option<String>,
    /// When the user was created.
    pub created: i64,
    /// When the gateway saw this.
    pub seen: i64,
    /// Whether the gateway wrote it.
    pub is_written: bool,
    /// The whole read that showed the user.
    pub generation: i64,
}

/// A user, with what a connection has sent of them.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UserRow {
    /// The id.
    pub id: String,
    /// The fields that the tenant has.
    pub facts: Map<String, Value>,
    /// The role key.
    pub role: Option<String>,
    /// The client.
    pub client: Option<String>,
    /// When the user was created.
    pub created: i64,
    /// When the fields last changed, as far as the gateway has seen.
    pub changed: i64,
    /// What the connection has sent.
    pub person: Option<Person>,
    /// The groups of the connection that the user is in: ids and names.
    pub groups: Vec<(String, String)>,
}

/// What a connection has sent of a user.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Person {
    /// The connection.
    pub connection: String,
    /// The name that the directory knows the user by.
    pub user_name: String,
    /// The id in the directory.
    pub external_id: Option<String>,
    /// The attributes.
    pub document: Map<String, Value>,
    /// When it was last changed.
    pub modified: i64,
}

/// Which users a connection sees.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scope {
    /// The connection.
    pub connection: String,
    /// The domains of addresses; none for any.
    pub domains: Option<Vec<String>>,
    /// The client.
    pub client: Option<String>,
    /// The role keys.
    pub roles: Vec<String>,
}

/// The place of a resource in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cursor {
    /// When it was created.
    pub created: i64,
    /// Its id.
    pub id: String,
}

impl Cursor {
    /// The place of a resource.
    pub fn new(created: i64, id: impl Into<String>) -> Self {
        Self { created, id: id.into() }
    }
}

/// The part of a list to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Window {
    /// How many to leave out.
    pub skip: u64,
    /// How many to read; all if not given.
    pub take: Option<u64>,
    /// Behind which to begin.
    pub after: Option<Cursor>,
}

/// A group.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupRow {
    /// The connection.
    pub connection: String,
    /// The id.
    pub id: String,
    /// The name.
    pub display_name: String,
    /// The id in the directory.
    pub external_id: Option<String>,
    /// When it was created.
    pub created: i64,
    /// When it or its members were last changed.
    pub modified: i64,
}

/// What a write does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum JobKind {
    /// Creates a user.
    Create,
    /// Changes fields, or activates.
    Update,
    /// Disables a user, and perhaps changes fields.
    Disable,
    /// Disables a user whom the directory deletes.
    Delete,
}

impl JobKind {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Disable => "disable",
            Self::Delete => "delete",
        }
    }

    /// Whether the user cannot log in afterwards.
    pub fn disables(self) -> bool {
        matches!(self, Self::Disable | Self::Delete)
    }
}

/// How far a write is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum JobState {
    /// It waits for its turn.
    Queued,
    /// The brake holds it until `ti scim release`.
    Held,
    /// It is being carried out.
    Running,
    /// It was carried out.
    Done,
    /// It was refused, and is not repeated.
    Failed,
}

impl JobState {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Held => "held",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    /// Whether the write has ended.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed)
    }
}

/// A write to be added to the outbox.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewJob {
    /// The connection.
    pub connection: String,
    /// What it does.
    pub kind: JobKind,
    /// The user; none for a creation.
    pub user: Option<String>,
    /// What it is about: the id of the user, or the address of a new one.
    pub subject: String,
    /// The attributes that the user is to have, as the directory sent them.
    pub document: Map<String, Value>,
    /// The fields of the tenant that change.
    pub fields: Map<String, Value>,
    /// The status to have, if that changes.
    pub active: Option<bool>,
    /// Whether the brake holds it.
    pub is_held: bool,
}

/// What came of a write, for the directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct JobResult {
    /// The HTTP status of a refusal; none if it was carried out.
    pub status: Option<u16>,
    /// Why it was refused, or what of it the tenant dropped.
    pub detail: Option<String>,
    /// The user.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub user: Option<String>,
    /// The write that completes this one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<i64>,
}

/// A write of the outbox.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Job {
    /// The id.
    pub id: i64,
    /// What it is.
    pub what: NewJob,
    /// How far it is.
    pub state: JobState,
    /// The plan of its single entry, as JSON, from when it is begun.
    pub plan: Option<String>,
    /// When attempts were begun that may have carried out something, and what came of the last one.
    pub attempts: Option<Attempts>,
    /// What came of the last attempt.
    pub outcome: Option<OutcomeKind>,
    /// How many attempts there were.
    pub tries: u32,
    /// Before when it is not tried again.
    pub not_before: i64,
    /// What came of it.
    pub result: Option<JobResult>,
    /// Whether the directory was answered with what came of it.
    pub is_answered: bool,
    /// When it was added.
    pub created: i64,
    /// When it was last changed.
    pub updated: i64,
}

/// A request, without values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AuditRow {
    /// When it was answered.
    pub at: i64,
    /// The connection.
    pub connection: String,
    /// The id of the request, which the answer has too.
    pub request: String,
    /// The method.
    pub method: String,
    /// The path, without parameters.
    pub path: String,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The names of the fields that were to be changed.
    pub fields: Vec<String>,
}
