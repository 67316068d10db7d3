//! What came of an entry.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use thought_industries::model::User;
use thought_industries::{Attempts, Date, Error as ClientError, ErrorKind, Response, UserFields};

use crate::diff::standing;

/// What came of an entry, as its journal has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum OutcomeKind {
    /// It was carried out.
    Done,
    /// There was nothing to do: what it rolls back has its old value again.
    Nothing,
    /// It was not carried out, since the user changed after the plan was made, or since it is impossible.
    Refused,
    /// It was not carried out: the tenant refused it, or could not be reached.
    Failed,
    /// A part of it was carried out.
    Partial,
    /// It may have been carried out.
    Unknown,
}

impl OutcomeKind {
    /// The name, as messages have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Nothing => "nothing to do",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Partial => "done in part",
            Self::Unknown => "unknown",
        }
    }
}

/// What came of an entry.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EntryOutcome {
    /// The kind.
    pub kind: OutcomeKind,
    /// The user, if that is known.
    pub id: Option<String>,
    /// Why it was not carried out, or not all of it. May hold values that the tenant returned.
    pub reason: Option<String>,
    /// The role and the client of a user who was created, and what they have of the fields if they lack some.
    pub seen: Map<String, Value>,
    /// What would stop further entries as well.
    pub obstacle: Option<Obstacle>,
    /// What kind of failure the tenant reported, if it was one.
    pub cause: Option<ErrorKind>,
}

/// What stops more than one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Obstacle {
    /// The tenant does not accept the key.
    Unauthorized,
    /// The tenant cannot be reached, or does not carry out anything.
    Unavailable,
}

impl EntryOutcome {
    pub(crate) fn new(kind: OutcomeKind, id: Option<&str>, reason: Option<String>) -> Self {
        Self { kind, id: id.map(str::to_owned), reason, seen: Map::new(), obstacle: None, cause: None }
    }

    pub(crate) fn done(id: &str) -> Self {
        Self::new(OutcomeKind::Done, Some(id), None)
    }

    pub(crate) fn nothing(id: Option<&str>) -> Self {
        Self::new(OutcomeKind::Nothing, id, None)
    }

    pub(crate) fn refused(reason: impl Into<String>) -> Self {
        Self::new(OutcomeKind::Refused, None, Some(reason.into()))
    }

    /// A user was created.
    pub(crate) fn created(user: &User) -> Self {
        Self { seen: standing(user).collect(), ..Self::done(&user.id) }
    }

    /// A user was created and lacks something.
    pub(crate) fn created_in_part(user: &Response<User>, fields: &UserFields, reason: String) -> Self {
        let seen = fields.current(user, user.gaps()).into_iter().chain(standing(user)).collect();
        Self { seen, ..Self::new(OutcomeKind::Partial, Some(&user.id), Some(reason)) }
    }

    /// What comes of an error; `kind` is what it is if nothing was carried out.
    pub(crate) fn of(error: &ClientError, kind: OutcomeKind, id: Option<&str>) -> Self {
        // A write that could not be read back is examined by the next run.
        let kind = if error.execution().is_unknown() || error.is_unverified() {
            OutcomeKind::Unknown
        } else if !error.fields_not_applied().is_empty() {
            OutcomeKind::Partial
        } else {
            kind
        };
        let obstacle = if error.is_unauthorized() {
            Some(Obstacle::Unauthorized)
        } else {
            is_unavailable(error).then_some(Obstacle::Unavailable)
        };
        Self { obstacle, cause: Some(error.kind()), ..Self::new(kind, id, Some(error.to_string())) }
    }

    /// The same, if an earlier attempt carried out a part: that is there to be finished, or to be rolled back.
    pub(crate) fn after(self, is_begun: bool, id: &str) -> Self {
        match self.kind {
            OutcomeKind::Failed | OutcomeKind::Refused if is_begun => {
                Self { kind: OutcomeKind::Partial, id: Some(id.to_owned()), ..self }
            }
            _ => self,
        }
    }
}

/// What a journal knows of an entry.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct EntryState {
    /// When the attempts were begun that may have carried out something.
    pub attempts: Attempts,
    /// What came of the last attempt; `None` if that is not known.
    pub kind: Option<OutcomeKind>,
}

impl EntryState {
    /// What a [`Journal`](crate::Journal) of another kind kept: when attempts were begun, and what came of the last one.
    pub fn new(attempts: Attempts, kind: Option<OutcomeKind>) -> Self {
        Self { attempts, kind }
    }

    /// The state after another attempt was begun.
    pub fn begun(earlier: Option<Self>, at: Date) -> Self {
        // What came of an open attempt stays in doubt.
        let open = earlier.filter(|earlier| earlier.is_open());
        Self { attempts: open.map_or_else(|| at.into(), |open| open.attempts.and(at)), kind: None }
    }

    /// Whether an attempt may have carried out something, and has to be repeated.
    pub fn is_open(self) -> bool {
        matches!(self.kind, None | Some(OutcomeKind::Unknown | OutcomeKind::Partial))
    }

    /// Whether nothing is left to do.
    pub fn is_settled(self) -> bool {
        matches!(self.kind, Some(OutcomeKind::Done | OutcomeKind::Nothing))
    }
}

/// The value of a status in an entry.
pub(crate) fn status_value(disabled: bool) -> Value {
    json!(if disabled { "disabled" } else { "active" })
}

/// Whether the tenant cannot be reached, or carries out nothing. The write that shows this may have run all the same.
fn is_unavailable(error: &ClientError) -> bool {
    let kinds = [ErrorKind::Transport, ErrorKind::Timeout, ErrorKind::Unavailable, ErrorKind::RateLimited];
    error.is_retryable() || kinds.contains(&error.kind())
}
