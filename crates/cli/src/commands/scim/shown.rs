//! `ti scim status`, `ti scim queue` and `ti scim audit`.

use serde::Serialize;
use thought_industries::Date;
use thought_industries_scim::{Job, JobOverview, JobState};

use super::{existing, looked_up};
use crate::arguments::StoreFile;
use crate::failure::Failure;
use crate::format::minute;
use crate::output::{Format, List, Row, one};

/// How many failures are shown.
const MOST_FAILURES: u32 = 100;

fn time(milliseconds: i64) -> String {
    Date::from_millisecond(milliseconds).map_or_else(String::new, minute)
}

/// What a gateway is doing.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    tenant: Option<String>,
    roster_read: Option<String>,
    connections: usize,
    waiting: usize,
    held: usize,
    failed: usize,
}

impl Row for Status {
    const HEADINGS: &'static [&'static str] = &["tenant", "roster read", "connections", "waiting", "held", "failed"];

    fn cells(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let counts = [self.connections, self.waiting, self.held, self.failed].map(|count| count.to_string());
        [text(&self.tenant), text(&self.roster_read)].into_iter().chain(counts).collect()
    }
}

pub(super) fn status(format: Format, store: &StoreFile) -> Result<(), Failure> {
    let status = looked_up(&*existing(store)?, |tables| {
        let open = tables.open_jobs()?;
        let held = open.iter().filter(|job| job.state == JobState::Held).count();
        let read_at = tables.note("read-at")?.and_then(|text| text.parse().ok());
        Ok(Status {
            tenant: tables.note("tenant")?,
            roster_read: read_at.map(time),
            connections: tables.connections()?.len(),
            waiting: open.len() - held,
            held,
            failed: tables.failed_jobs(MOST_FAILURES)?.len(),
        })
    })?;
    let text = || {
        let line = |name: &str, value: &str| format!("{name:<12} {value}\n");
        let mut text = line("tenant", status.tenant.as_deref().unwrap_or("none yet: run `ti scim serve`"));
        text += &line("roster", status.roster_read.as_deref().unwrap_or("not read yet"));
        text += &line("connections", &status.connections.to_string());
        text += &line("waiting", &status.waiting.to_string());
        let help =
            if status.held > 0 { " deactivations: look at `ti scim queue`, then run `ti scim release`" } else { "" };
        text += &line("held", &format!("{}{help}", status.held));
        let help = if status.failed > 0 { ": `ti scim queue` says why" } else { "" };
        text += &line("failed", &format!("{}{help}", status.failed));
        text
    };
    one(format, &status, || status.clone(), text)
}

/// A write of the outbox.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    id: i64,
    added: String,
    connection: String,
    what: String,
    user: String,
    fields: String,
    state: String,
    tries: u32,
    reason: Option<String>,
    advice: Option<String>,
}

impl Row for Shown {
    const HEADINGS: &'static [&'static str] =
        &["id", "added", "connection", "what", "user", "fields", "state", "tries", "reason", "what to do"];

    fn cells(&self) -> Vec<String> {
        let Self { id, added, connection, what, user, fields, state, tries, reason, advice } = self;
        let text = [added, connection, what, user, fields, state].map(Clone::clone);
        let last = [reason, advice].map(|text| text.clone().unwrap_or_default());
        std::iter::once(id.to_string()).chain(text).chain([tries.to_string()]).chain(last).collect()
    }
}

impl From<Job> for Shown {
    fn from(job: Job) -> Self {
        let fields: Vec<&str> = job.what.fields.keys().map(String::as_str).collect();
        let own = JobOverview::of(&job);
        Self {
            id: own.id,
            added: time(own.added),
            connection: own.connection,
            what: own.kind,
            // A creation is about an address, which belongs in no log.
            user: own.user.unwrap_or_else(|| "a new user".to_owned()),
            fields: fields.join(", "),
            state: own.state,
            tries: own.tries,
            reason: own.reason,
            advice: own.advice,
        }
    }
}

pub(super) fn queue(format: Format, store: &StoreFile) -> Result<(), Failure> {
    let (open, failed) =
        looked_up(&*existing(store)?, |tables| Ok((tables.open_jobs()?, tables.failed_jobs(MOST_FAILURES)?)))?;
    let mut list = List::new::<Shown>(format)?;
    for job in open.into_iter().chain(failed) {
        list.push(&Shown::from(job))?;
    }
    list.finish()
}

/// A request.
#[derive(Default, Serialize)]
struct Audited {
    at: String,
    connection: String,
    method: String,
    path: String,
    status: u16,
    fields: String,
    request: String,
}

impl Row for Audited {
    const HEADINGS: &'static [&'static str] = &["at", "connection", "method", "path", "status", "fields", "request"];

    fn cells(&self) -> Vec<String> {
        let Self { at, connection, method, path, status, fields, request } = self;
        let texts = [at, connection, method, path].map(Clone::clone);
        texts.into_iter().chain([status.to_string(), fields.clone(), request.clone()]).collect()
    }
}

pub(super) fn audit(format: Format, store: &StoreFile, limit: u32) -> Result<(), Failure> {
    let rows = looked_up(&*existing(store)?, |tables| Ok(tables.audit(limit)?))?;
    let mut list = List::new::<Audited>(format)?;
    for row in rows {
        list.push(&Audited {
            at: time(row.at),
            connection: row.connection,
            method: row.method,
            path: row.path,
            status: row.status,
            fields: row.fields.join(", "),
            request: row.request,
        })?;
    }
    list.finish()
}
