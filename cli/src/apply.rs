//! Carrying out an entry of a plan: exactly what it says, or nothing.

use serde_json::{Map, Value, json};
use thought_industries::model::User;
use thought_industries::{Answer, Client, Date, Error, UserFields, UserKey, UserStatus};

use crate::failure::Failure;
use crate::journal::End;
use crate::plan::{Action, Entry, put};

/// How an entry ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ended {
    pub(crate) end: End,
    pub(crate) id: Option<String>,
    pub(crate) reason: Option<String>,
}

impl Ended {
    fn done(id: &str) -> Self {
        Self { end: End::Done, id: Some(id.to_owned()), reason: None }
    }

    fn refused(reason: impl Into<String>) -> Self {
        Self { end: End::Refused, id: None, reason: Some(reason.into()) }
    }

    fn of(error: &Error, id: Option<&str>) -> Self {
        let end = if error.outcome_unknown() || error.is_unverified() { End::Unknown } else { End::Failed };
        Self { end, id: id.map(str::to_owned), reason: Some(error.to_string()) }
    }
}

/// Carries out an entry. `begun` says when an attempt was begun whose end nobody knows.
pub(crate) async fn carry_out(client: &Client, entry: &Entry, begun: Option<&str>) -> Result<Ended, Failure> {
    match entry.action {
        Action::Problem => Ok(Ended::refused(entry.problem.clone().unwrap_or_default())),
        Action::Create => create(client, entry, begun).await,
        _ => change(client, entry, begun.is_some()).await,
    }
}

async fn create(client: &Client, entry: &Entry, begun: Option<&str>) -> Result<Ended, Failure> {
    let fields = UserFields::from_json(entry.fields())?;
    if let (Some(begun), Some(email)) = (begun, &entry.email) {
        match client.users().get(UserKey::Email(email.clone())).profile().send().await {
            Ok(found) if is_since(&found, begun) => {
                // The attempt before this one made them; what it may not have written is written now.
                if fields.differences(&found, found.gaps()).is_empty() {
                    return Ok(Ended::done(&found.id));
                }
                let update = client.users().update(UserKey::Id(found.id.clone()), fields).verify(true);
                return Ok(match update.send().await {
                    Ok(_) => Ended::done(&found.id),
                    Err(error) => Ended::of(&error, Some(&found.id)),
                });
            }
            Ok(_) => return Ok(Ended::refused("somebody has the address since the plan")),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Ok(Ended { end: End::Unknown, ..Ended::of(&error, None) }),
        }
    }
    Ok(match client.users().create(fields).verify(true).send().await {
        Ok(created) => Ended::done(&created.id),
        Err(error) if error.is_conflict() && !error.outcome_unknown() => {
            Ended::refused("somebody has the address since the plan")
        }
        // The person is there, and lacks something.
        Err(error) => {
            let id = match (&entry.email, error.fields_not_applied().is_empty()) {
                (Some(email), false) => client.users().get(UserKey::Email(email.clone())).profile().send().await.ok(),
                _ => None,
            };
            Ended::of(&error, id.as_ref().map(|user| user.id.as_str()))
        }
    })
}

/// Whether somebody was created since a time, by clocks that may differ by five minutes.
fn is_since(user: &User, begun: &str) -> bool {
    let begun: Option<Date> = begun.parse().ok();
    match (user.created_at, begun) {
        (Some(created), Some(begun)) => created.as_millisecond() + 300_000 >= begun.as_millisecond(),
        _ => false,
    }
}

async fn change(client: &Client, entry: &Entry, is_doubtful: bool) -> Result<Ended, Failure> {
    let Some(id) = &entry.id else { return Ok(Ended::refused("the plan does not say who it is")) };
    let key = || UserKey::Id(id.clone());
    let now = match client.users().get(key()).profile().send().await {
        Ok(now) => now,
        Err(error) if error.is_not_found() && entry.action == Action::Delete && is_doubtful => {
            return Ok(Ended::done(id));
        }
        Err(error) if error.is_not_found() => return Ok(Ended::refused("gone since the plan")),
        Err(error) => {
            return Ok(Ended {
                end: if is_doubtful { End::Unknown } else { End::Failed },
                ..Ended::of(&error, Some(id))
            });
        }
    };
    let (changed, is_done) = compare(entry, &now)?;
    if is_done && is_doubtful {
        return Ok(Ended::done(id));
    }
    // What an attempt before this one has written already is no change of somebody else's.
    let foreign: Vec<&str> =
        changed.iter().filter(|(_, is_ours)| !(is_doubtful && *is_ours)).map(|(name, _)| name.as_str()).collect();
    if !foreign.is_empty() {
        return Ok(Ended::refused(format!("changed since the plan: {}", foreign.join(", "))));
    }
    match write(client, entry, id, &now).await {
        Ok(()) => Ok(Ended::done(id)),
        Err(error) => Ok(Ended::of(&error, Some(id))),
    }
}

/// The fields that are not as they were when the plan was made, each with whether it is as the plan wants it; and whether
/// everything is.
fn compare(entry: &Entry, now: &Answer<User>) -> Result<(Vec<(String, bool)>, bool), Failure> {
    let mut names = Map::new();
    for field in entry.seen.keys().chain(entry.changes.iter().map(|change| &change.field)) {
        if field != "status" {
            put(&mut names, field, Value::Null);
        }
    }
    let mut current = UserFields::from_json(names)?.current(now, now.gaps());
    let status = if now.disabled.unwrap_or(false) { "disabled" } else { "active" };
    current.insert("status".to_owned(), json!(status));
    let after = |field: &str| entry.changes.iter().find(|change| change.field == field).map(|change| &change.after);
    let is = |field: &str, wanted: &Value| current.get(field).is_none_or(|now| same(now, wanted));
    let changed = entry.seen.iter().filter(|(field, seen)| !is(field, seen));
    let changed =
        changed.map(|(field, _)| (field.clone(), after(field).is_some_and(|after| is(field, after)))).collect();
    let is_done = !entry.changes.is_empty() && entry.changes.iter().all(|change| is(&change.field, &change.after));
    Ok((changed, is_done))
}

/// Whether two values are the same, whatever the order of a list.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().all(|item| b.contains(item)),
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::String(a), Value::String(b)) if a.contains('@') => a.to_lowercase() == b.to_lowercase(),
        (a, b) => a == b,
    }
}

/// Activates first, since a tenant may refuse to change somebody who is disabled, and disables last.
async fn write(client: &Client, entry: &Entry, id: &str, now: &Answer<User>) -> Result<(), Error> {
    let key = || UserKey::Id(id.to_owned());
    if entry.action == Action::Delete {
        return client.users().delete(key()).await.map(drop);
    }
    let status = entry.status();
    if status == Some("active") && now.disabled == Some(true) {
        client.users().update_status(key(), UserStatus::Active).verify(true).send().await?;
    }
    let fields = entry.fields();
    if !fields.is_empty() {
        client.users().update(key(), UserFields::from_json(replacing(entry, fields, now))?).verify(true).send().await?;
    }
    if status == Some("disabled") && now.disabled != Some(true) {
        client.users().update_status(key(), UserStatus::Disabled).verify(true).send().await?;
    }
    Ok(())
}

/// A list that gets shorter has to replace what is there, which only an undoing asks for. Of licences, both roles are
/// given then, since one flag is about both.
fn replacing(entry: &Entry, mut fields: Map<String, Value>, now: &Answer<User>) -> Map<String, Value> {
    let shrinks = |names: &[&str]| {
        entry.changes.iter().filter(|change| names.contains(&change.field.as_str())).any(|change| {
            let after = change.after.as_array().cloned().unwrap_or_default();
            change.before.as_array().into_iter().flatten().any(|item| !after.contains(item))
        })
    };
    let lists = [
        (&["studentLicenseIds", "managerLicenseIds"][..], "replaceLicenseAccess"),
        (&["courseIds"][..], "replaceCourseAccess"),
        (&["learningPathIds"][..], "replaceLearningPathAccess"),
    ];
    for (names, flag) in lists {
        if !shrinks(names) {
            continue;
        }
        let held: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
        let held = UserFields::from_json(held).map(|names| names.current(now, now.gaps())).unwrap_or_default();
        for (name, held) in held {
            fields.entry(name).or_insert(held);
        }
        fields.insert(flag.to_owned(), json!(true));
    }
    fields
}
