//! What the outcome of an attempt means for a write.

use thought_industries::ErrorKind;
use thought_industries_provision::{EntryOutcome, Error, Obstacle, OutcomeKind};

use crate::roster::LONGEST_LAG;
use crate::store::{Job, JobKind};

/// How often a write is planned again, before what keeps it from being carried out is believed.
const MOST_TRIES: u32 = 5;

/// What an attempt means for a write.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// It was carried out; `dropped` says what of it the tenant did not keep.
    Done { id: String, dropped: Option<String> },
    /// The user is no longer in the tenant.
    Gone,
    /// It is not carried out.
    Refused { status: u16, detail: String },
    /// The user is disabled without the fields that the tenant refuses.
    OnlyDisable { detail: String },
    /// It is tried again later: with the same plan, if that may have been carried out.
    Later { reason: String, keeps_plan: bool },
    /// The tenant does not accept the key.
    Unauthorized,
}

impl Verdict {
    pub(super) fn refused(status: u16, detail: impl Into<String>) -> Self {
        Self::Refused { status, detail: detail.into() }
    }

    pub(super) fn later(reason: impl Into<String>) -> Self {
        Self::Later { reason: reason.into(), keeps_plan: true }
    }

    fn anew(reason: impl Into<String>) -> Self {
        Self::Later { reason: reason.into(), keeps_plan: false }
    }

    /// Its name among the metrics.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Done { .. } => "done",
            Self::Gone => "gone",
            Self::Refused { .. } | Self::OnlyDisable { .. } => "refused",
            Self::Later { .. } => "later",
            Self::Unauthorized => "unauthorized",
        }
    }

    /// What an outcome means.
    pub(super) fn of(job: &Job, outcome: EntryOutcome) -> Self {
        let id = outcome.id.clone().or_else(|| job.what.user.clone());
        let reason = outcome.reason.unwrap_or_default();
        if outcome.obstacle == Some(Obstacle::Unauthorized) {
            return Self::Unauthorized;
        }
        match (outcome.kind, id) {
            (OutcomeKind::Done | OutcomeKind::Nothing, Some(id)) => Self::Done { id, dropped: None },
            // All else was written, and so was the status.
            (OutcomeKind::Partial, Some(id)) if outcome.cause == Some(ErrorKind::NotApplied) => {
                Self::Done { id, dropped: Some(reason) }
            }
            (OutcomeKind::Partial, Some(id)) if job.what.kind == JobKind::Create => {
                Self::Done { id, dropped: Some(reason) }
            }
            (OutcomeKind::Unknown, _) => Self::later(reason),
            _ if outcome.obstacle.is_some() => Self::later(reason),
            // The user has changed since the plan: it is made again. A conflict of a creation shows a user.
            (OutcomeKind::Refused | OutcomeKind::Partial | OutcomeKind::Done | OutcomeKind::Nothing, _)
                if job.tries < MOST_TRIES =>
            {
                Self::anew(reason)
            }
            _ => Self::refusal(job, outcome.cause, reason),
        }
    }

    /// What an outcome of an earlier attempt means.
    pub(super) fn of_earlier(job: &Job, kind: OutcomeKind) -> Self {
        match (kind, &job.what.user) {
            (OutcomeKind::Done | OutcomeKind::Nothing, Some(id)) => Self::Done { id: id.clone(), dropped: None },
            _ => Self::anew("the attempt ended before the gateway was stopped"),
        }
    }

    /// What a failure before anything was sent means. `written` is when the gateway last wrote to the user.
    pub(super) fn of_error(job: &Job, error: &Error, now: i64, written: Option<i64>) -> Self {
        let Some(client) = error.as_client_error() else {
            return if job.tries < MOST_TRIES {
                Self::anew(error.to_string())
            } else {
                Self::refused(500, error.to_string())
            };
        };
        if client.is_unauthorized() {
            return Self::Unauthorized;
        }
        if client.is_not_found() && job.what.user.is_some() {
            // Reads may lag behind the creation of the user, however often they are repeated.
            let is_behind = written.is_some_and(|written| now - written < LONGEST_LAG);
            let is_doubtful = is_behind || (now - job.created < LONGEST_LAG && job.tries < MOST_TRIES);
            return if is_doubtful { Self::anew(client.to_string()) } else { Self::Gone };
        }
        let is_settled =
            matches!(client.kind(), ErrorKind::InvalidArgument | ErrorKind::Forbidden | ErrorKind::Refused);
        if is_settled && job.tries >= MOST_TRIES {
            return Self::refusal(job, Some(client.kind()), client.to_string());
        }
        Self::anew(client.to_string())
    }

    fn refusal(job: &Job, cause: Option<ErrorKind>, reason: String) -> Self {
        if job.what.kind.disables() && !job.what.fields.is_empty() {
            return Self::OnlyDisable { detail: reason };
        }
        let status = match cause {
            // Without a failure of the tenant, the user has changed each time.
            Some(ErrorKind::Conflict) | None => 409,
            Some(ErrorKind::InvalidArgument | ErrorKind::Refused | ErrorKind::GraphQl | ErrorKind::Unsupported) => 400,
            Some(ErrorKind::Forbidden) => 403,
            _ => 500,
        };
        Self::refused(status, format!("the tenant refused it: {reason}"))
    }
}
