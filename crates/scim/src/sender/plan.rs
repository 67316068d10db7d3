//! From a write of the outbox to a plan of one entry.

use serde_json::Value;
use thought_industries::model::User;
use thought_industries_provision::{
    Action, DesiredUser, EntryState, Error, OutcomeKind, Plan, Planner, Policy, Renames, UserPlan, insert_field,
};

use super::verdict::Verdict;
use crate::connection::{Connection, Existing};
use crate::error::ScimError;
use crate::gateway::Gateway;
use crate::mapping::is_same;
use crate::roster::{LONGEST_LAG, facts_of};
use crate::store::{Job, JobKind, NewJob, read, write};

/// What a write leads to.
pub(super) enum Planned {
    /// A plan, which is in the outbox.
    Plan(Box<Plan>),
    /// There is nothing to carry out.
    Verdict(Verdict),
}

impl Gateway {
    /// The plan of a write: the one that was begun, if it is not known what came of it, or a new one.
    pub(super) async fn plan(&self, connection: &Connection, job: Job) -> Result<(Job, Planned), ScimError> {
        let is_open = job.attempts.is_some_and(|attempts| EntryState::new(attempts, job.outcome).is_open());
        // The gateway was stopped between the end of the attempt and what is kept of it. A plan that was made anew would find the
        // user as they are to be, and wait for reads that lag behind.
        let is_done = matches!(job.outcome, Some(OutcomeKind::Done | OutcomeKind::Nothing));
        if let Some(plan) = job.plan.as_ref().filter(|_| is_open || is_done) {
            // A plan of an earlier version of this program is made again: the outbox says what it is for.
            if let Ok(plan) = serde_json::from_str(plan) {
                // Who was created is not in the outbox: the executor looks the user up, as if the answer had been lost.
                let outcome = job.outcome.filter(|_| job.what.user.is_some());
                return Ok((Job { outcome, ..job }, Planned::Plan(Box::new(plan))));
            }
        }
        let job = Job { plan: None, attempts: None, outcome: None, ..job };
        if self.inner.settings.is_dry_run && job.what.user.as_ref().is_some_and(|id| id.starts_with("dry-run-")) {
            return self.plan_dry(job).await;
        }
        let (job, proposed) = match self.plan_anew(connection, job).await? {
            (job, Ok(proposed)) => (job, proposed),
            (job, Err(error)) => {
                let id = job.what.user.clone().unwrap_or_default();
                let written =
                    self.blocking(move |gateway| read(gateway.store(), |tables| Ok(tables.written_at(&id)?))).await?;
                let verdict = Verdict::of_error(&job, &error, self.now(), written);
                return Ok((job, Planned::Verdict(verdict)));
            }
        };
        self.judge(job, proposed).await
    }

    async fn plan_anew(&self, connection: &Connection, job: Job) -> Result<(Job, Result<UserPlan, Error>), ScimError> {
        let client = &self.inner.client;
        let policy = Policy::new().managed_roles(self.roles_of(connection)).write_hidden(true).renames(Renames::Create);
        let policy = connection.client.iter().fold(policy, |policy, client| policy.scope(client.clone()));
        let planner = Planner::new(policy).made_by(connection.name.clone());
        let Some(id) = job.what.user.clone() else {
            let proposed = planner.plan_creation(client, &desired(&job.what)).await;
            let found = match proposed {
                Ok(UserPlan { user: Some(found), .. }) => found,
                proposed => return Ok((job, proposed)),
            };
            // The roster did not show the user yet.
            let job = self.linked(connection, job, &found).await?;
            let Some(id) = job.what.user.clone() else { return Ok((job, Ok(UserPlan::of(found)))) };
            let proposed = planner.plan_change(client, &id, &desired(&job.what)).await;
            return Ok((job, proposed));
        };
        let proposed = planner.plan_change(client, &id, &desired(&job.what)).await;
        Ok((job, proposed))
    }

    /// A creation of a user who exists becomes a change, if the connection links users.
    async fn linked(&self, connection: &Connection, job: Job, found: &User) -> Result<Job, ScimError> {
        let (own, found) = (connection.clone(), found.clone());
        self.blocking(move |gateway| {
            gateway.keep_read(&found)?;
            let row = read(gateway.store(), |tables| Ok(tables.user(&own.name, &found.id)?))?;
            let is_seen = row.as_ref().is_some_and(|row| gateway.may_see(&own, row) && row.person.is_none());
            if !is_seen || own.existing == Existing::Refuse {
                return Ok(job);
            }
            let what = NewJob {
                kind: JobKind::Update,
                user: Some(found.id.clone()),
                active: Some(job.what.active.unwrap_or(true)),
                ..job.what.clone()
            };
            let job = Job { what, ..job };
            let now = gateway.now();
            write(gateway.store(), |tables| Ok(tables.put_job(&job, now)?))?;
            Ok(job)
        })
        .await
    }

    /// What a plan means for its write.
    async fn judge(&self, job: Job, proposed: UserPlan) -> Result<(Job, Planned), ScimError> {
        let UserPlan { user, plan, .. } = proposed;
        if user.is_some() && job.what.user.is_none() {
            let detail = "a user of the tenant has the address, and this connection may not change them";
            return Ok((job, Planned::Verdict(Verdict::refused(409, detail))));
        }
        if let Some(found) = user {
            let (is_behind, what) = (self.is_behind(&found, &job.what).await?, found.clone());
            if is_behind {
                let verdict = Verdict::later("the tenant does not show yet what was written before");
                return Ok((job, Planned::Verdict(verdict)));
            }
            self.blocking(move |gateway| gateway.keep_read(&what)).await?;
        }
        let Some(plan) = plan else {
            let id = job.what.user.clone().unwrap_or_default();
            return Ok((job, Planned::Verdict(Verdict::Done { id, dropped: None })));
        };
        let entry = plan.entries.get(0).ok().flatten();
        if let Some(problem) = entry.filter(|entry| entry.action == Action::Problem) {
            let reason = problem.problem.unwrap_or_default();
            return Ok((job, Planned::Verdict(Verdict::refused(403, reason))));
        }
        let text = serde_json::to_string(&plan).map_err(|_| ScimError::internal())?;
        let job = Job { plan: Some(text), ..job };
        let kept = job.clone();
        self.blocking(move |gateway| {
            let now = gateway.now();
            write(gateway.store(), |tables| Ok(tables.put_job(&kept, now)?))
        })
        .await?;
        Ok((job, Planned::Plan(Box::new(plan))))
    }

    /// Whether a read is older than what the gateway wrote: it shows a field as it is to be, although the gateway has written
    /// another value since. Nothing would be planned then, and the write would be lost.
    async fn is_behind(&self, found: &User, what: &NewJob) -> Result<bool, ScimError> {
        let (found, what) = (found.clone(), what.clone());
        self.blocking(move |gateway| {
            let now = gateway.now();
            read(gateway.store(), |tables| {
                let is_recent = tables.written_at(&found.id)?.is_some_and(|written| now - written < LONGEST_LAG);
                let Some(known) = tables.user(&what.connection, &found.id)?.filter(|_| is_recent) else {
                    return Ok(false);
                };
                let shown = facts_of(&found, &[], now, 0).facts;
                let is_old = |name: &str, wanted: &Value| {
                    let (Some(shown), Some(known)) = (shown.get(name), known.facts.get(name)) else { return false };
                    is_same(name, shown, wanted) && !is_same(name, known, wanted)
                };
                let disabled = what.active.map(|active| Value::Bool(!active));
                let status =
                    |name: &str| shown.get(name) == disabled.as_ref() && known.facts.get(name) != disabled.as_ref();
                Ok((disabled.is_some() && status("disabled"))
                    || what.fields.iter().any(|(name, wanted)| is_old(name, wanted)))
            })
        })
        .await
    }

    /// A change of a user who exists in a dry run only.
    async fn plan_dry(&self, job: Job) -> Result<(Job, Planned), ScimError> {
        let what = job.what.clone();
        self.blocking(move |gateway| {
            let now = gateway.now();
            write(gateway.store(), |tables| {
                let id = what.user.clone().unwrap_or_default();
                let Some(row) = tables.user(&what.connection, &id)? else { return Ok(()) };
                let mut changes: Vec<(String, Value)> =
                    what.fields.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
                changes.extend(what.active.map(|active| ("disabled".to_owned(), Value::Bool(!active))));
                let mut facts = row.facts;
                crate::roster::apply_changes(&mut facts, &changes);
                Ok(tables.put_roster(&crate::store::RosterRow {
                    id,
                    facts,
                    role: row.role,
                    client: row.client,
                    created: row.created,
                    seen: now,
                    is_written: true,
                    generation: i64::MAX,
                })?)
            })
        })
        .await?;
        let id = job.what.user.clone().unwrap_or_default();
        Ok((job, Planned::Verdict(Verdict::Done { id, dropped: None })))
    }
}

/// The user as a write wants them.
fn desired(what: &NewJob) -> DesiredUser {
    let mut desired = DesiredUser::new();
    for (name, value) in &what.fields {
        insert_field(&mut desired.fields, name, value.clone());
    }
    match what.active {
        // A new user is active, and is disabled in a second step.
        Some(active) if what.user.is_some() => desired.active(active),
        _ => desired,
    }
}
