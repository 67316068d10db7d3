//! What a gateway is doing, for an operator: connections, what waits, what failed and what to do.

use serde::Serialize;

use crate::connection::Connection;
use crate::error::ScimError;
use crate::gateway::{Gateway, HOUR};
use crate::roster::READ_AT;
use crate::store::{Job, JobState, Tables, read};

/// How many writes are listed.
const MOST: usize = 100;
/// How many requests are looked at for the last ones of each connection.
const REQUESTS: u32 = 1_000;

/// What a gateway is doing. It has ids of users and what the tenant says of writes, and no attributes of users.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Overview {
    /// When it was made, in milliseconds since the Unix epoch, as all times here.
    pub at: i64,
    /// Why nothing is written to the tenant at present.
    pub trouble: Option<String>,
    /// When all users were last read; none if they never were.
    pub roster_read: Option<i64>,
    /// The connections, by name.
    pub connections: Vec<ConnectionOverview>,
    /// How many writes wait or are carried out.
    pub waiting: u64,
    /// How many deactivations the brake holds.
    pub held: u64,
    /// The first 100 writes that have not ended, oldest first.
    pub open: Vec<JobOverview>,
    /// The last 100 writes that failed, newest first.
    pub failed: Vec<JobOverview>,
}

/// What a connection has done.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ConnectionOverview {
    /// The name.
    pub name: String,
    /// The domains of its users.
    pub domains: Vec<String>,
    /// How many users it sees.
    pub users: u64,
    /// When one of its tokens was last used, to the minute.
    pub last_used: Option<i64>,
    /// Its last request that wrote, among the last 1,000 of all connections: when, and the HTTP status of its answer.
    pub last_write: Option<(i64, u16)>,
    /// How many of its last 1,000 requests that wrote were refused.
    pub refused: u64,
    /// How many users it has deactivated within an hour.
    pub deactivated: u64,
    /// Whether the brake would hold another deactivation.
    pub is_braked: bool,
}

/// A write of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct JobOverview {
    /// The id.
    pub id: i64,
    /// When it was added.
    pub added: i64,
    /// The connection.
    pub connection: String,
    /// What it does.
    pub kind: String,
    /// The id of the user; none for a new one.
    pub user: Option<String>,
    /// How far it is.
    pub state: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried again, if it waits for that.
    pub next: Option<i64>,
    /// Why it waits or has failed.
    pub reason: Option<String>,
    /// What to do.
    pub advice: Option<String>,
}

impl JobOverview {
    /// What is known of a write.
    pub fn of(job: &Job) -> Self {
        Self {
            id: job.id,
            added: job.created,
            connection: job.what.connection.clone(),
            kind: job.what.kind.name().to_owned(),
            user: job.what.user.clone(),
            state: job.state.name().to_owned(),
            tries: job.tries,
            next: (job.state == JobState::Queued && job.not_before > 0).then_some(job.not_before),
            reason: reason(job),
            advice: advice(job),
        }
    }
}

/// Why a write waits or has failed.
fn reason(job: &Job) -> Option<String> {
    if job.state == JobState::Held {
        return Some("the brake holds it, since many users were deactivated within an hour".to_owned());
    }
    job.result.as_ref().and_then(|result| result.detail.clone())
}

/// What an operator does about a write.
fn advice(job: &Job) -> Option<String> {
    let status = job.result.as_ref().and_then(|result| result.status);
    let advice = match (job.state, status) {
        (JobState::Held, _) => {
            let name = &job.what.connection;
            return Some(format!(
                "see in the directory whether so many users leave, then run `ti scim release {name}`"
            ));
        }
        (JobState::Failed, Some(403)) => {
            "the connection may not change this user: take the user out of the app, or widen the connection with `ti scim \
             connection add --replace`"
        }
        (JobState::Failed, Some(404)) => "the user was removed from the tenant: assign them again in the directory",
        (JobState::Failed, Some(409)) => {
            "correct the address or the id of one of the two users; the directory sends it again"
        }
        (JobState::Failed, Some(400)) => "correct the value in the directory, which then sends it again",
        (JobState::Failed, _) => "the log of the gateway has the cause; the directory sends it again in its next cycle",
        (JobState::Queued, _) if job.tries >= 5 => "the tenant fails again and again: look at it with `ti doctor`",
        _ => return None,
    };
    Some(advice.to_owned())
}

impl Gateway {
    /// What the gateway is doing. Reads the store alone.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn overview(&self) -> Result<Overview, ScimError> {
        self.blocking(|gateway| {
            let at = gateway.now();
            read(gateway.store(), |tables| {
                let open = tables.open_jobs()?;
                let held = open.iter().filter(|job| job.state == JobState::Held).count();
                let connections = tables.connections()?;
                let connections =
                    connections.iter().map(|connection| gateway.connection_overview(tables, connection, at));
                let failed = tables.failed_jobs(u32::try_from(MOST).unwrap_or(u32::MAX))?;
                Ok(Overview {
                    at,
                    trouble: gateway.trouble(),
                    roster_read: tables.note(READ_AT)?.and_then(|text| text.parse().ok()),
                    connections: connections.collect::<Result<_, _>>()?,
                    waiting: (open.len() - held) as u64,
                    held: held as u64,
                    open: open.iter().take(MOST).map(JobOverview::of).collect(),
                    failed: failed.iter().map(JobOverview::of).collect(),
                })
            })
        })
        .await
    }

    fn connection_overview(
        &self,
        tables: &dyn Tables,
        connection: &Connection,
        at: i64,
    ) -> Result<ConnectionOverview, ScimError> {
        let tokens = tables.tokens()?.into_iter().filter(|token| token.connection == connection.name);
        let requests: Vec<_> =
            tables.audit(REQUESTS)?.into_iter().filter(|row| row.connection == connection.name).collect();
        let users = tables.count_users(&self.scope_of(connection))?;
        let deactivated = tables.disabled_since(&connection.name, at - HOUR)?;
        Ok(ConnectionOverview {
            name: connection.name.clone(),
            domains: connection.domains.clone(),
            users,
            last_used: tokens.filter_map(|token| token.used).max(),
            last_write: requests.first().map(|row| (row.at, row.status)),
            refused: requests.iter().filter(|row| row.status >= 400).count() as u64,
            deactivated,
            is_braked: self.inner.settings.brake.holds(deactivated, users),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{JobKind, JobResult, NewJob};

    fn job(state: JobState, status: Option<u16>, tries: u32) -> Job {
        let what = NewJob {
            connection: "okta".to_owned(),
            kind: JobKind::Disable,
            user: Some("u".to_owned()),
            subject: "u".to_owned(),
            document: serde_json::Map::new(),
            fields: serde_json::Map::new(),
            active: Some(false),
            is_held: false,
        };
        let result = JobResult { status, detail: Some("why".to_owned()), user: None, next: None };
        let (plan, attempts, outcome) = (None, None, None);
        let (is_answered, created, updated, not_before) = (false, 5, 6, 9);
        let result = Some(result);
        Job { id: 1, what, state, plan, attempts, outcome, tries, not_before, result, is_answered, created, updated }
    }

    #[test]
    fn a_write_that_needs_an_operator_says_what_to_do() {
        for (state, status, tries, advice) in [
            (JobState::Held, None, 0, Some("`ti scim release okta`")),
            (JobState::Failed, Some(403), 1, Some("--replace")),
            (JobState::Failed, Some(404), 1, Some("assign them again")),
            (JobState::Failed, Some(409), 1, Some("address")),
            (JobState::Failed, Some(400), 1, Some("correct the value")),
            (JobState::Failed, Some(500), 1, Some("log of the gateway")),
            (JobState::Queued, None, 5, Some("`ti doctor`")),
            (JobState::Queued, None, 4, None),
            (JobState::Running, None, 9, None),
        ] {
            let shown = JobOverview::of(&job(state, status, tries));
            let is_right = match (&shown.advice, advice) {
                (Some(own), Some(part)) => own.contains(part),
                (own, part) => own.is_none() && part.is_none(),
            };
            assert!(is_right, "{shown:?}");
            assert_eq!(shown.next, (state == JobState::Queued).then_some(9));
        }
    }
}
