//! Carrying out an entry of a plan: exactly what it says, or nothing.

use serde_json::{Map, Value, json};
use thought_industries::model::User;
use thought_industries::{Answer, Client, Date, Error, UserFields, UserKey, UserStatus};

use crate::failure::Failure;
use crate::journal::End;
use crate::plan::{Action, Change, Entry, put};

/// How an entry ended.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ended {
    pub(crate) end: End,
    pub(crate) id: Option<String>,
    pub(crate) reason: Option<String>,
    /// Where somebody stands who was created.
    pub(crate) seen: Map<String, Value>,
    /// What would keep the others from being carried out as well.
    pub(crate) trouble: Option<Trouble>,
}

/// What is wrong with more than one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The tenant does not take the key.
    Key,
    /// The tenant cannot be reached, or does nothing.
    Tenant,
}

impl Ended {
    fn new(end: End, id: Option<&str>, reason: Option<String>) -> Self {
        Self { end, id: id.map(str::to_owned), reason, seen: Map::new(), trouble: None }
    }

    fn done(id: &str) -> Self {
        Self::new(End::Done, Some(id), None)
    }

    /// Somebody who is new: that they were made, and where they stand.
    fn made(user: &User) -> Self {
        let role = user.role_key.clone().map(|role| ("role".to_owned(), json!(role)));
        let seen = role.into_iter().chain([("clientId".to_owned(), json!(user.client_id))]).collect();
        Self { seen, ..Self::done(&user.id) }
    }

    /// Somebody who is new and lacks something: what they have of what was written as well.
    fn made_in_part(user: &Answer<User>, fields: &UserFields, reason: String) -> Self {
        let Self { mut seen, id, .. } = Self::made(user);
        let stand = std::mem::replace(&mut seen, fields.current(user, user.gaps()));
        seen.extend(stand);
        Self { seen, ..Self::new(End::Partial, id.as_deref(), Some(reason)) }
    }

    fn nothing(id: Option<&str>) -> Self {
        Self::new(End::Nothing, id, None)
    }

    fn refused(reason: impl Into<String>) -> Self {
        Self::new(End::Refused, None, Some(reason.into()))
    }

    /// What comes of an error; `end` is what it is if nothing was written.
    fn of(error: &Error, end: End, id: Option<&str>) -> Self {
        let end = if error.outcome_unknown() || error.is_unverified() {
            End::Unknown
        } else if !error.fields_not_applied().is_empty() {
            End::Partial
        } else {
            end
        };
        let trouble =
            if error.is_unauthorized() { Some(Trouble::Key) } else { error.is_transient().then_some(Trouble::Tenant) };
        Self { trouble, ..Self::new(end, id, Some(error.to_string())) }
    }

    /// The same, if a part was done before: that is there to be finished, or to be taken back.
    fn after(self, is_begun: bool, id: &str) -> Self {
        match self.end {
            End::Failed | End::Refused if is_begun => Self { end: End::Partial, id: Some(id.to_owned()), ..self },
            _ => self,
        }
    }
}

/// Carries out an entry. `begun` says when an attempt was begun whose end nobody knows.
pub(crate) async fn carry_out(client: &Client, entry: &Entry, begun: Option<Date>) -> Result<Ended, Failure> {
    match entry.action {
        Action::Problem => Ok(Ended::refused(entry.problem.clone().unwrap_or_default())),
        Action::Create => create(client, entry, begun).await,
        _ => change(client, entry, begun.is_some()).await,
    }
}

async fn create(client: &Client, entry: &Entry, begun: Option<Date>) -> Result<Ended, Failure> {
    let fields = UserFields::from_json(entry.fields())?;
    if let (Some(begun), Some(email)) = (begun, &entry.email) {
        match client.users().get(UserKey::Email(email.clone())).profile().send().await {
            Ok(found) => return Ok(adopt(&found, entry, &fields, begun)),
            Err(error) if error.is_not_found() => {}
            Err(error) => return Ok(Ended::of(&error, End::Unknown, None)),
        }
    }
    Ok(match client.users().create(fields.clone()).verify(true).send().await {
        Ok(created) => match client.users().get(UserKey::Id(created.id.clone())).profile().send().await {
            Ok(now) => Ended::made(&now),
            Err(_) => Ended::done(&created.id),
        },
        Err(error) if error.is_conflict() && !error.outcome_unknown() => {
            Ended::refused(format!("somebody has the address or the external id since the plan ({error})"))
        }
        // The person is there, and lacks something.
        Err(error) => {
            let is_there = !error.fields_not_applied().is_empty();
            let found = match &entry.email {
                Some(email) if is_there => {
                    client.users().get(UserKey::Email(email.clone())).profile().send().await.ok()
                }
                _ => None,
            };
            match found {
                Some(found) => Ended::made_in_part(&found, &fields, error.to_string()),
                None => Ended::of(&error, End::Failed, None),
            }
        }
    })
}

/// Somebody who has the address after a creation whose end nobody knows: who was to be made, if they were made then and
/// are as they were to be. Nobody else is touched.
fn adopt(found: &Answer<User>, entry: &Entry, fields: &UserFields, begun: Date) -> Ended {
    match is_ours(found, &entry.fields(), begun) {
        Some(true) => {}
        Some(false) => return Ended::refused("somebody else has the address since the plan"),
        None => {
            let reason = "somebody has the address, and nobody can say since when".to_owned();
            return Ended::new(End::Unknown, None, Some(reason));
        }
    }
    let differs: Vec<String> = fields
        .differences(found, found.gaps())
        .into_iter()
        .filter(|difference| difference.differs)
        .map(|difference| difference.name)
        .collect();
    if differs.is_empty() {
        return Ended::made(found);
    }
    Ended::made_in_part(found, fields, format!("somebody was made then, and differs in {}", differs.join(", ")))
}

/// Whether somebody is who was to be made by a call that was begun then, if anybody can say: made since, called so, and
/// with the role and the client that were asked for. An administrator of the same name is somebody else.
fn is_ours(user: &User, asked: &Map<String, Value>, begun: Date) -> Option<bool> {
    let late = user.created_at?.as_millisecond() - begun.as_millisecond();
    // A call ends after five minutes, and clocks may differ by as much.
    let is_new = (-300_000..=600_000).contains(&late);
    let text = |name: &str| asked.get(name).and_then(Value::as_str);
    let is_called = [("firstName", &user.first_name), ("lastName", &user.last_name)]
        .into_iter()
        .all(|(name, own)| text(name).is_none_or(|asked| own.as_deref() == Some(asked)));
    let role = user.role_key.as_deref();
    let has_role = match text("role") {
        Some(asked) => role == Some(asked),
        None => matches!(role, None | Some("learner" | "student")),
    };
    let has_client = match text("clientId") {
        Some(asked) => user.client_id.as_deref() == Some(asked),
        // Licences may bring a client with them.
        None => user.client_id.is_none() || asked.keys().any(|name| name.contains("License")),
    };
    Some(is_new && is_called && has_role && has_client)
}

async fn change(client: &Client, entry: &Entry, is_begun: bool) -> Result<Ended, Failure> {
    let is_doubtful = is_begun || entry.is_undo;
    let who = match (&entry.id, &entry.email, entry.begun) {
        (Some(id), ..) => UserKey::Id(id.clone()),
        (None, Some(email), Some(_)) => UserKey::Email(email.clone()),
        _ => return Ok(Ended::refused("nobody knows who it is")),
    };
    let now = match client.users().get(who).profile().send().await {
        Ok(now) => now,
        // Whoever was to be deleted is gone, or was never made.
        Err(error) if error.is_not_found() && is_doubtful && (entry.action == Action::Delete || entry.id.is_none()) => {
            return Ok(if is_begun {
                Ended::new(End::Done, entry.id.as_deref(), None)
            } else {
                Ended::nothing(entry.id.as_deref())
            });
        }
        Err(error) if error.is_not_found() => return Ok(Ended::refused("the person is gone")),
        Err(error) => {
            let end = if is_begun { End::Unknown } else { End::Failed };
            return Ok(Ended::of(&error, end, entry.id.as_deref()));
        }
    };
    if entry.begun.is_some_and(|begun| is_ours(&now, &entry.seen, begun) != Some(true)) {
        return Ok(Ended::refused("somebody else has the address"));
    }
    let id = now.id.as_str();
    let (changed, is_done) = compare(entry, &now)?;
    if is_done && is_doubtful {
        return Ok(if is_begun { Ended::done(id) } else { Ended::nothing(Some(id)) });
    }
    // What an attempt before this one has written already is no change of somebody else's.
    let (ours, foreign): (Vec<_>, Vec<_>) = changed.into_iter().partition(|(_, is_ours)| is_doubtful && *is_ours);
    let is_begun = is_begun && !ours.is_empty();
    if !foreign.is_empty() {
        let names: Vec<&str> = foreign.iter().map(|(name, _)| name.as_str()).collect();
        let since = if entry.is_undo { "edited since" } else { "changed since the plan" };
        return Ok(Ended::refused(format!("{since}: {}", names.join(", "))).after(is_begun, id));
    }
    let mut is_written = false;
    let (stays, reason) = cannot_replace(entry, &now);
    let rest = entry.changes.iter().filter(|change| !stays.contains(&change.field.as_str()));
    let rest = Entry { changes: rest.cloned().collect(), ..entry.clone() };
    if let Some(reason) = reason.as_ref().filter(|_| rest.changes.is_empty()) {
        return Ok(Ended::refused(reason).after(is_begun, id));
    }
    Ok(match write(client, &rest, id, &now, &mut is_written).await {
        Ok(()) if reason.is_some() => Ended::new(End::Partial, Some(id), reason),
        Ok(()) => Ended::done(id),
        Err(error) => Ended::of(&error, End::Failed, Some(id)).after(is_begun || is_written, id),
    })
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
    // Somebody of no client gets that of the licences they are given.
    let gives_licenses = entry.changes.iter().any(|change| change.field.contains("License"));
    let is_ours = |field: &str, seen: &Value| {
        after(field).is_some_and(|after| is(field, after)) || (field == "clientId" && seen.is_null() && gives_licenses)
    };
    let changed = changed.map(|(field, seen)| (field.clone(), is_ours(field, seen))).collect();
    // What is not shown may be anything.
    let is_shown = |field: &str| current.contains_key(field);
    let is_done = !entry.changes.is_empty()
        && entry.changes.iter().all(|change| is_shown(&change.field) && is(&change.field, &change.after));
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
async fn write(
    client: &Client,
    entry: &Entry,
    id: &str,
    now: &Answer<User>,
    is_written: &mut bool,
) -> Result<(), Error> {
    let key = || UserKey::Id(id.to_owned());
    if entry.action == Action::Delete {
        return client.users().delete(key()).await.map(drop);
    }
    let status = entry.status();
    if status == Some("active") && now.disabled == Some(true) {
        client.users().update_status(key(), UserStatus::Active).verify(true).send().await?;
        *is_written = true;
    }
    let fields = entry.fields();
    let mut dropped = None;
    if !fields.is_empty() {
        let fields = UserFields::from_json(replacing(entry, fields, now))?;
        match client.users().update(key(), fields).verify(true).send().await {
            Ok(_) => {}
            // A field that the tenant does not know must not keep somebody in who has left.
            Err(error) if !error.fields_not_applied().is_empty() => dropped = Some(error),
            Err(error) => return Err(error),
        }
        *is_written = true;
    }
    if status == Some("disabled") && now.disabled != Some(true) {
        client.users().update_status(key(), UserStatus::Disabled).verify(true).send().await?;
    }
    dropped.map_or(Ok(()), Err)
}

/// Lists that one flag replaces together.
const REPLACED: [(&[&str], &str); 3] = [
    (&["studentLicenseIds", "managerLicenseIds"], "replaceLicenseAccess"),
    (&["courseIds"], "replaceCourseAccess"),
    (&["learningPathIds"], "replaceLearningPathAccess"),
];

/// Whether any of these lists gets shorter.
fn shrinks(entry: &Entry, names: &[&str]) -> bool {
    entry.changes.iter().filter(|change| names.contains(&change.field.as_str())).any(|change| {
        let after = change.after.as_array().cloned().unwrap_or_default();
        change.before.as_array().into_iter().flatten().any(|item| !after.contains(item))
    })
}

/// What is held now, of these lists, as far as it is shown.
fn held(names: &[&str], now: &Answer<User>) -> Map<String, Value> {
    let wanted: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    UserFields::from_json(wanted).map(|names| names.current(now, now.gaps())).unwrap_or_default()
}

/// Lists that cannot be made shorter, and why: what is given beside would be lost, unless all of it is known.
fn cannot_replace(entry: &Entry, now: &Answer<User>) -> (Vec<&'static str>, Option<String>) {
    let (mut lists, mut reason) = (Vec::new(), None);
    for (names, _) in REPLACED.iter().filter(|(names, _)| shrinks(entry, names)) {
        let held = held(names, now);
        let is_whole = |change: &Change| !names.contains(&change.field.as_str()) || change.after.is_array();
        if let Some(name) = names.iter().find(|name| !held.contains_key(**name)) {
            reason = Some(format!("impossible: the tenant does not show `{name}`, which would be lost"));
        } else if !entry.changes.iter().all(is_whole) {
            reason = Some("impossible: it is not known what was held before".to_owned());
        } else {
            continue;
        }
        lists.extend(*names);
    }
    (lists, reason)
}

/// A list that gets shorter has to replace what is there, which only an undoing asks for. All lists of a flag are given
/// then.
fn replacing(entry: &Entry, mut fields: Map<String, Value>, now: &Answer<User>) -> Map<String, Value> {
    for (names, flag) in REPLACED.iter().filter(|(names, _)| shrinks(entry, names)) {
        for (name, held) in held(names, now) {
            fields.entry(name).or_insert(held);
        }
        fields.insert((*flag).to_owned(), json!(true));
    }
    fields
}
