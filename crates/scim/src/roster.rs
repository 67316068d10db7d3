//! The roster: what the tenant has of its users, read as a whole, and slowly.

use serde_json::{Map, Value, json};
use thought_industries::model::User;
use thought_industries::{FieldKind, UserFields};
use thought_industries_provision::{Error, UserPages};

use crate::error::ScimError;
use crate::gateway::Gateway;
use crate::store::{RosterRow, Tables, write};

/// The name of the note with the number of the last whole read.
pub(crate) const GENERATION: &str = "generation";
/// The name of the note with the time of the last whole read.
pub(crate) const READ_AT: &str = "read-at";
/// How far reads may lag behind writes, in milliseconds.
pub(crate) const LONGEST_LAG: i64 = 600_000;

/// What a whole read has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RosterRead {
    /// How many users were read.
    pub users: u64,
    /// How many users are gone since the last read.
    pub gone: u64,
}

impl Gateway {
    /// Reads all users of the tenant into the store. `is_first` reads without pauses between pages. Users who are gone from the
    /// tenant are forgotten, but only if the list was complete.
    ///
    /// # Errors
    /// If the tenant or the store fails: what was read so far is kept, and no user is forgotten.
    pub async fn read_roster(&self, is_first: bool) -> Result<RosterRead, RosterError> {
        let client = &self.inner.client;
        let started = self.now();
        let generation = self
            .blocking(|gateway| {
                write(gateway.store(), |tables| {
                    let next = generation_of(tables)? + 1;
                    tables.set_note(GENERATION, &next.to_string())?;
                    Ok(next)
                })
            })
            .await?;
        let mut pages = UserPages::new(client);
        let mut users = 0;
        loop {
            let begun = self.now();
            let Some(page) = pages.next().await? else { break };
            let gaps: Vec<String> =
                page.gaps().iter().filter_map(|gap| gap.strip_prefix("users.")).map(str::to_owned).collect();
            let new = page.users.iter().flatten().filter(|user| pages.is_new(user));
            // The second record of a dual role is not a user of its own.
            let rows = new.filter(|user| user.learner_user_id.is_none());
            let rows: Vec<RosterRow> = rows.map(|user| facts_of(user, &gaps, begun, generation)).collect();
            users += rows.len() as u64;
            self.blocking(move |gateway| {
                write(gateway.store(), |tables| rows.iter().try_for_each(|row| keep_page_row(tables, row, begun)))
            })
            .await?;
            if !is_first {
                client.pause(self.inner.settings.page_pause).await;
            }
        }
        let learners = client.users().learner_roles().await.map_err(Error::from)?;
        let gone = self
            .blocking(move |gateway| {
                gateway.set_learners(learners.into_iter().collect())?;
                let now = gateway.now();
                write(gateway.store(), |tables| {
                    tables.set_note(READ_AT, &now.to_string())?;
                    Ok(tables.forget_before(generation, started - LONGEST_LAG)?)
                })
            })
            .await?;
        Ok(RosterRead { users, gone })
    }

    /// When the whole roster was last read, in milliseconds; none if it never was.
    ///
    /// # Errors
    /// If the store fails.
    pub fn roster_read_at(&self) -> Result<Option<i64>, ScimError> {
        crate::store::read(self.store(), |tables| Ok(tables.note(READ_AT)?.and_then(|text| text.parse().ok())))
    }
}

fn generation_of(tables: &dyn Tables) -> Result<i64, ScimError> {
    Ok(tables.note(GENERATION)?.and_then(|text| text.parse().ok()).unwrap_or_default())
}

/// Keeps a row of a page. What the gateway has written since, or a short while before, is newer than the page.
fn keep_page_row(tables: &dyn Tables, row: &RosterRow, begun: i64) -> Result<(), ScimError> {
    let written = tables.written_at(&row.id)?;
    if written.is_some_and(|written| written > begun - LONGEST_LAG)
        && let Some(known) = tables.user("", &row.id)?
    {
        let kept = RosterRow { facts: known.facts, role: known.role, client: known.client, ..row.clone() };
        return Ok(tables.put_roster(&kept)?);
    }
    Ok(tables.put_roster(row)?)
}

/// What a response has shown of a user. `gaps` are the fields that it does not show.
pub(crate) fn facts_of(user: &User, gaps: &[String], seen: i64, generation: i64) -> RosterRow {
    let is_kept = |kind: FieldKind, name: &str| kind == FieldKind::Text || name == "customFields";
    let names = UserFields::specs().iter().filter(|spec| !spec.is_option && is_kept(spec.kind, spec.name));
    let names: Map<String, Value> = names.map(|spec| (spec.name.to_owned(), Value::Null)).collect();
    let mut facts = UserFields::from_json(names).map(|fields| fields.current(user, gaps)).unwrap_or_default();
    facts.insert("disabled".to_owned(), json!(user.disabled.unwrap_or(false)));
    RosterRow {
        id: user.id.clone(),
        facts,
        role: user.role_key.clone(),
        client: user.client_id.clone(),
        created: user.created_at.map_or(seen, thought_industries::Date::as_millisecond),
        seen,
        is_written: false,
        generation,
    }
}

/// Brings facts in line with what was written.
pub(crate) fn apply_changes(facts: &mut Map<String, Value>, changes: &[(String, Value)]) {
    for (field, value) in changes {
        match (field.as_str(), field.strip_prefix("customFields.")) {
            ("status", _) => _ = facts.insert("disabled".to_owned(), json!(value == "disabled")),
            (_, Some(key)) => {
                let custom = facts.entry("customFields").or_insert_with(|| json!({}));
                if !custom.is_object() {
                    *custom = json!({});
                }
                if let Value::Object(custom) = custom {
                    custom.insert(key.to_owned(), value.clone());
                }
            }
            _ => _ = facts.insert(field.clone(), value.clone()),
        }
    }
    facts.entry("disabled").or_insert(json!(false));
}

/// Why the roster was not read to its end.
#[derive(Debug)]
#[non_exhaustive]
pub enum RosterError {
    /// The tenant failed.
    Tenant(Error),
    /// The store failed.
    Store(ScimError),
}

impl std::fmt::Display for RosterError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tenant(error) => write!(f, "the roster was not read to its end: {error}"),
            Self::Store(error) => write!(f, "the roster was not kept: {error}"),
        }
    }
}

impl std::error::Error for RosterError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Tenant(error) => Some(error),
            Self::Store(error) => Some(error),
        }
    }
}

impl From<Error> for RosterError {
    fn from(error: Error) -> Self {
        Self::Tenant(error)
    }
}

impl From<ScimError> for RosterError {
    fn from(error: ScimError) -> Self {
        Self::Store(error)
    }
}
