//! How much a plan may change: a limit for each kind of change, as a number of users and as a share of them, and what past
//! runs of the tenant lead to expect.

mod history;
mod kind;
mod objection;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thought_industries::Date;

use crate::error::{Error, ErrorKind};

pub use history::History;
pub use kind::{GuardKind, InvalidGuard};
pub(crate) use objection::Objection;

/// How many users a plan may change in which way. Beyond any limit there is no plan.
///
/// | kind | users | share | why |
/// | --- | --- | --- | --- |
/// | `deactivate` | 20 | 10 % | users who leave, few at a time |
/// | `deactivateWeek` | | 30 % | those of all runs of seven days; judged with a [`History`] |
/// | `reactivate` | 10 | 5 % | fewer users come back than leave |
/// | `create` | | 50 % | users whose addresses all changed are as many as there are; a first load has any size |
/// | `delete` | 0 | | no roster deletes users |
/// | `email` | 20 | 10 % | a login address follows a name |
/// | `clear` | 20 | 10 % | a value that is set is rarely cleared |
/// | `swappedNames` | 5 | 5 % | first and last name trade places when two columns did |
/// | `mojibake` | 0 | | text that was decoded wrongly is never meant |
/// | any other field | | 50 % | a value that replaces another one; an empty field that is filled is not counted |
///
/// Shares are in percent of the active users that the roster is about, and are not judged below
/// [`minimum_population`](Self::minimum_population). With five past runs or more, a kind is also refused that concerns more
/// than ten users, more than a tenth of all, and more than five times the largest share so far.
///
/// ```
/// use thought_industries_provision::{GuardKind, Guards, Limit};
///
/// let guards = Guards::new().deactivations(50).allow("lastName".parse::<GuardKind>()?, Limit::percent(40.0));
/// assert_eq!(guards.limit(&GuardKind::Field("lastName".to_owned())), Limit::percent(40.0));
/// # Ok::<(), thought_industries_provision::InvalidGuard>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Guards {
    /// The most users to deactivate.
    pub deactivations: usize,
    /// The most users to deactivate, in percent of those who are active.
    pub percent: f64,
    /// From how many active users shares are judged; 100 by default. Of twelve users, two are 17 %.
    #[serde(default = "minimum_population", skip_serializing_if = "is_minimum_population")]
    pub minimum_population: usize,
    /// The limits that were set by kind, each in place of both of its defaults.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub allowed: BTreeMap<GuardKind, Limit>,
}

/// The most users of a kind. Without a number and a percentage, all are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Limit {
    /// The most users.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub users: Option<usize>,
    /// The most users in percent of those who are active.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub percent: Option<f64>,
}

/// How many users a plan, or a run, changes in which way.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Census {
    /// How many active users the roster is about.
    pub population: usize,
    /// The users of each kind; kinds without any are absent.
    pub kinds: BTreeMap<GuardKind, Counted>,
}

/// The users of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Counted {
    /// How many.
    pub users: usize,
    /// The first of them, and what changes.
    pub example: String,
}

/// A guard that would refuse a plan by default and was raised for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RaisedGuard {
    /// The kind.
    pub kind: GuardKind,
    /// What the guard saw, with an example, and its default.
    pub seen: String,
    /// What it was raised to.
    pub allowed: Limit,
}

const MINIMUM_POPULATION: usize = 100;

fn minimum_population() -> usize {
    MINIMUM_POPULATION
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks by reference")]
fn is_minimum_population(population: &usize) -> bool {
    *population == MINIMUM_POPULATION
}

impl Default for Guards {
    fn default() -> Self {
        Self { deactivations: 20, percent: 10.0, minimum_population: MINIMUM_POPULATION, allowed: BTreeMap::new() }
    }
}

impl Guards {
    /// The defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// The most users to deactivate; 20 by default.
    #[must_use]
    pub fn deactivations(self, deactivations: usize) -> Self {
        Self { deactivations, ..self }
    }

    /// The most users to deactivate in percent of those who are active, from 0 to 100; 10 by default.
    #[must_use]
    pub fn percent(self, percent: f64) -> Self {
        Self { percent, ..self }
    }

    /// From how many active users shares are judged; 100 by default.
    #[must_use]
    pub fn minimum_population(self, minimum_population: usize) -> Self {
        Self { minimum_population, ..self }
    }

    /// Sets the limit of a kind, in place of its defaults and of what past runs lead to expect. A number and a percentage
    /// that are set one after the other both hold.
    #[must_use]
    pub fn allow(mut self, kind: GuardKind, limit: Limit) -> Self {
        let set = self.allowed.entry(kind).or_default();
        *set = Limit { users: limit.users.or(set.users), percent: limit.percent.or(set.percent) };
        self
    }

    /// The limit of a kind: what was set, or the default.
    pub fn limit(&self, kind: &GuardKind) -> Limit {
        let both = |users, percent| Limit { users: Some(users), percent: Some(percent) };
        if let Some(limit) = self.allowed.get(kind) {
            return *limit;
        }
        match kind {
            GuardKind::Deactivate => both(self.deactivations, self.percent),
            GuardKind::DeactivateWeek => Limit::percent(30.0),
            GuardKind::Reactivate => both(10, 5.0),
            GuardKind::Delete | GuardKind::Mojibake => Limit::users(0),
            GuardKind::Clear => both(20, 10.0),
            GuardKind::SwappedNames => both(5, 5.0),
            GuardKind::Field(field) if field == "email" => both(20, 10.0),
            GuardKind::Create | GuardKind::Field(_) => Limit::percent(50.0),
        }
    }

    /// Whether the limit of a kind was set for this plan: past runs are no argument against it then.
    fn is_set(&self, kind: &GuardKind) -> bool {
        self.allowed.contains_key(kind)
    }

    /// Judges what a plan does. Returns the guards that were raised for it, or all that refuse it. `plan` is its digest,
    /// so that an earlier part of the same run does not count against it.
    pub(crate) fn check(
        &self,
        census: &Census,
        history: &History,
        now: Date,
        plan: &str,
    ) -> Result<Vec<RaisedGuard>, Error> {
        let mut objections = self.objections(census, history, now, plan);
        let refused =
            objections.iter().map(|objection| (objection.kind.to_string(), objection.counted.users)).collect();
        if let Some(last) = objections.pop() {
            let help = "no user was changed; correct the roster, or make the plan again with the option that is named";
            let problems = objections.iter().map(Objection::message).collect();
            return Err(Error::new(ErrorKind::Guard, last.message())
                .with_problems(problems)
                .with_refused(refused)
                .with_help(help));
        }
        let defaults = Self { minimum_population: self.minimum_population, ..Self::default() };
        let raised = defaults.objections(census, history, now, plan).into_iter();
        let raised = raised.map(|objection| RaisedGuard {
            seen: objection.seen(),
            allowed: self.limit(&objection.kind),
            kind: objection.kind,
        });
        Ok(raised.collect())
    }

    fn objections(&self, census: &Census, history: &History, now: Date, plan: &str) -> Vec<Objection> {
        let population = census.population;
        let of_kinds = census.kinds.iter().filter_map(|(kind, counted)| {
            let limit = self.limit(kind);
            let reason = if limit.is_exceeded(counted.users, population, self.minimum_population) {
                format!("at most {limit} allowed")
            } else if self.is_set(kind) || population < self.minimum_population {
                return None;
            } else {
                history.surprise(kind, counted.users, population, self.minimum_population, plan)?
            };
            Some(Objection { kind: kind.clone(), counted: counted.clone(), population, reason })
        });
        of_kinds.chain(self.rate(census, history, now, plan)).collect()
    }

    /// The guard of several days: each run may be within its limit, and all of them together disable most users.
    fn rate(&self, census: &Census, history: &History, now: Date, plan: &str) -> Option<Objection> {
        let own = census.kinds.get(&GuardKind::Deactivate)?;
        let (earlier, most) = history.deactivated_since_a_week(now, plan);
        // A run alone is judged by its own guard.
        if earlier == 0 {
            return None;
        }
        let kind = GuardKind::DeactivateWeek;
        let (users, population) = (earlier + own.users, most.max(census.population));
        let limit = self.limit(&kind);
        limit.is_exceeded(users, population, self.minimum_population).then(|| Objection {
            counted: Counted { users, example: own.example.clone() },
            reason: format!("at most {limit} allowed, and {earlier} were deactivated before"),
            kind,
            population,
        })
    }
}

impl Limit {
    /// At most so many users.
    pub fn users(users: usize) -> Self {
        Self { users: Some(users), percent: None }
    }

    /// At most such a share of the active users, in percent.
    pub fn percent(percent: f64) -> Self {
        Self { users: None, percent: Some(percent) }
    }

    fn is_exceeded(self, users: usize, population: usize, minimum_population: usize) -> bool {
        self.users.is_some_and(|most| users > most)
            || (population >= minimum_population && self.percent.is_some_and(|most| share(users, population) > most))
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.users, self.percent) {
            (Some(users), Some(percent)) => write!(f, "{users} users and {percent} % are"),
            (Some(users), None) => write!(f, "{users} users are"),
            (None, Some(percent)) => write!(f, "{percent} % are"),
            (None, None) => f.write_str("all users are"),
        }
    }
}

/// Users in percent of a population; 0 of an empty one.
fn share(users: usize, population: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a percentage of users")]
    let share = if population == 0 { 0.0 } else { users as f64 * 100.0 / population as f64 };
    share
}

#[cfg(test)]
mod tests;
