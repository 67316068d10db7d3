//! Carrying out one entry of a plan: exactly what it says, or nothing.

use std::time::Duration;

use serde_json::{Map, Value, json};
use thought_industries::model::User;
use thought_industries::{Attempts, Client, Error as ClientError, Origin, Response, UserFields, UserKey, UserStatus};

use crate::desired::insert_field;
use crate::error::Error;
use crate::outcome::{EntryOutcome, OutcomeKind, status_value};
use crate::plan::{Action, Change, Entry, STATUS};
use crate::policy::Policy;
use crate::proven::{Proven, Write};
use crate::read_ahead::Listed;

/// With what entries are carried out.
#[derive(Clone, Copy)]
pub(crate) struct Means<'m> {
    pub(crate) client: &'m Client,
    /// The policy of the plan; a rollback has none.
    pub(crate) policy: Option<&'m Policy>,
    pub(crate) proven: &'m Proven,
}

/// A user, as far as a response shows them.
#[derive(Clone, Copy)]
struct Shown<'a> {
    user: &'a User,
    gaps: &'a [String],
}

impl<'a> Shown<'a> {
    fn of(response: &'a Response<User>) -> Self {
        Self { user: response, gaps: response.gaps() }
    }
}

/// Carries out an entry. `open` are the attempts of which it is not known what came. `listed` is the user, if a list has
/// shown them a short while ago.
pub(crate) async fn execute(
    means: Means<'_>,
    entry: &Entry,
    open: Option<Attempts>,
    listed: Option<&Listed>,
) -> Result<EntryOutcome, Error> {
    // A plan that was edited and sealed again may ask for what no planner asks for.
    if let Some(reason) = means.policy.and_then(|policy| gives_unmanaged_role(entry, policy)) {
        return Ok(EntryOutcome::refused(reason));
    }
    match entry.action {
        Action::Problem => return Ok(EntryOutcome::refused(entry.problem.clone().unwrap_or_default())),
        Action::Create => {
            let created = create(means, entry, open).await?;
            return Ok(disabled_if_planned(means.client, entry, created).await);
        }
        _ => {}
    }
    // What keeps an entry from being carried out has to show in a read of the user alone.
    if let (Some(listed), None) = (listed, open) {
        let now = Shown { user: &listed.user, gaps: listed.gaps() };
        let (changed, is_done) = compare(entry, now)?;
        let is_managed = means.policy.is_none_or(|policy| is_unmanaged(entry, now.user, policy).is_none());
        if changed.is_empty() && !is_done && is_managed {
            return apply(means, entry, now, false).await;
        }
    }
    change(means, entry, open.is_some()).await
}

/// Why an entry is not carried out that would give a user a role which the plan does not manage.
fn gives_unmanaged_role(entry: &Entry, policy: &Policy) -> Option<String> {
    let role = entry.changes.iter().find(|change| change.field == "role")?.after.as_str()?;
    let is_managed = policy.managed_roles.iter().any(|own| own == role);
    (!is_managed).then(|| format!("the plan does not manage the role `{role}`"))
}

/// Why a user is not changed who is none of the users that the plan is about, by what was read of them. A role that the
/// tenant does not show here is the one that the plan saw.
fn is_unmanaged(entry: &Entry, now: &User, policy: &Policy) -> Option<String> {
    let role = now.role_key.as_deref().or_else(|| entry.seen.get("role")?.as_str());
    if !role.is_some_and(|role| policy.managed_roles.iter().any(|own| own == role)) {
        return Some(format!("the user has the role `{}`, which the plan does not manage", role.unwrap_or("none")));
    }
    // A client that is not shown may be the right one.
    let is_outside = now.client_id.is_some() && !policy.has_in_scope(now);
    is_outside.then(|| "the user belongs to another client than the plan is about".to_owned())
}

async fn create(means: Means<'_>, entry: &Entry, open: Option<Attempts>) -> Result<EntryOutcome, Error> {
    let client = means.client;
    let fields = UserFields::from_json(entry.fields())?;
    let names = || entry.fields_changed().filter(|name| *name != STATUS).map(str::to_owned);
    let is_proven = means.proven.has(Write::Create, names());
    let mut request = client.users().create(fields.clone()).verify(true).accept_response(is_proven);
    if let Some(mark) = &entry.mark {
        request = request.marked_by(mark);
    }
    if let Some(open) = open {
        request = request.resume(open);
    }
    let error = match request.send().await {
        Ok(created) => {
            if !is_proven {
                means.proven.learn(Write::Create, names(), &fields, &created);
            }
            let id = created.id.clone();
            // Where the user stands is needed to roll the creation back, and the creation counts without it.
            if created.role_key.is_some() && !created.gaps().iter().any(|gap| gap == "clientId") {
                return Ok(EntryOutcome::created(&created));
            }
            return Ok(match profile(client, UserKey::Id(id.clone())).await {
                Ok(now) if now.id == id => EntryOutcome::created(&now),
                _ => EntryOutcome::done(&id),
            });
        }
        Err(error) => error,
    };
    // A conflict after a begun creation may be caused by that creation, and stays unknown.
    if error.is_conflict() && !error.execution().may_have_run() {
        let reason = format!("another user has the address or the external id since the plan was made ({error})");
        return Ok(EntryOutcome { cause: Some(error.kind()), ..EntryOutcome::refused(reason) });
    }
    if let (Some(email), false) = (&entry.email, error.fields_not_applied().is_empty()) {
        // The user exists, and lacks something.
        let found = profile(client, UserKey::Email(email.clone())).await;
        if let Ok(found) = found {
            return Ok(EntryOutcome::created_in_part(&found, &fields, error.to_string()));
        }
    }
    Ok(EntryOutcome::of(&error, OutcomeKind::Failed, None))
}

/// Disables a user who was created and starts later.
async fn disabled_if_planned(client: &Client, entry: &Entry, created: EntryOutcome) -> EntryOutcome {
    let (Some("disabled"), Some(id)) = (entry.status(), created.id.clone()) else { return created };
    if !matches!(created.kind, OutcomeKind::Done | OutcomeKind::Partial) {
        return created;
    }
    match client.users().update_status(UserKey::Id(id.clone()), UserStatus::Disabled).verify(true).send().await {
        Ok(_) => created,
        // The next run finds the user who was created, and disables them.
        Err(error) => {
            let outcome = EntryOutcome::of(&error, OutcomeKind::Partial, Some(&id));
            EntryOutcome { seen: created.seen, reason: Some(format!("created, but not disabled: {error}")), ..outcome }
        }
    }
}

async fn profile(client: &Client, key: UserKey) -> Result<Response<User>, ClientError> {
    client.users().get(key).profile().send().await
}

/// The pauses before a user who was there and is not found is read again.
const BEFORE_GONE: [Duration; 3] = [Duration::ZERO, Duration::from_millis(250), Duration::from_secs(1)];

/// Reads a user. That one who was there is gone is believed when all of several reads say so: each may be the response to another
/// request, or that of a server which is behind.
async fn profile_surely(client: &Client, key: UserKey, was_there: bool) -> Result<Response<User>, ClientError> {
    let mut read = profile(client, key.clone()).await;
    for pause in BEFORE_GONE.into_iter().filter(|_| was_there) {
        if !read.as_ref().is_err_and(ClientError::is_not_found) {
            break;
        }
        client.pause(pause).await;
        read = profile(client, key.clone()).await;
    }
    read
}

async fn change(means: Means<'_>, entry: &Entry, is_begun: bool) -> Result<EntryOutcome, Error> {
    let client = means.client;
    let is_doubtful = is_begun || entry.is_rollback;
    let own_id = entry.id.as_deref();
    let key = match (&entry.id, &entry.email, entry.attempts) {
        (Some(id), ..) => UserKey::Id(id.clone()),
        // The address may be that of another user; the origin of the user is checked below.
        (None, Some(email), Some(_)) => UserKey::Email(email.clone()),
        _ => return Ok(EntryOutcome::refused("the entry has no id")),
    };
    let now = match profile_surely(client, key, own_id.is_some()).await {
        Ok(now) => now,
        // A user who was to be deleted is gone, or was never created.
        Err(error) if error.is_not_found() && is_doubtful && (entry.action == Action::Delete || own_id.is_none()) => {
            return Ok(if is_begun {
                EntryOutcome::new(OutcomeKind::Done, own_id, None)
            } else {
                EntryOutcome::nothing(own_id)
            });
        }
        Err(error) if error.is_not_found() => return Ok(EntryOutcome::refused("the user does not exist any more")),
        Err(error) => {
            // A failed read does not settle what an earlier attempt did.
            let kind = if is_begun { OutcomeKind::Unknown } else { OutcomeKind::Failed };
            return Ok(EntryOutcome::of(&error, kind, own_id));
        }
    };
    if own_id.is_some_and(|id| now.id != id) {
        // Nothing was written, and what was read belongs to another user.
        let kind = if is_begun { OutcomeKind::Unknown } else { OutcomeKind::Failed };
        let reason = "the tenant answered with another user than was asked for".to_owned();
        return Ok(EntryOutcome::new(kind, own_id, Some(reason)));
    }
    if let (None, Some(attempts)) = (own_id, entry.attempts)
        && origin(client, entry, &now, attempts).await? != Origin::Ours
    {
        return Ok(EntryOutcome::refused("another user has the address"));
    }
    apply(means, entry, Shown::of(&now), is_begun).await
}

/// Whether the creation that an entry rolls back made this user: by its mark, or where the tenant does not show that, by
/// names and times.
async fn origin(client: &Client, entry: &Entry, now: &Response<User>, attempts: Attempts) -> Result<Origin, Error> {
    let fields = creation_of(entry)?;
    let by_mark = entry.mark.as_ref().and_then(|mark| fields.origin_by_mark(mark, now, now.gaps()));
    Ok(match by_mark {
        Some(origin) => origin,
        None => fields.origin(now, attempts, &client.users().learner_roles().await?),
    })
}

/// The fields of the creation that an entry rolls back.
fn creation_of(entry: &Entry) -> Result<UserFields, Error> {
    let mut fields = Map::new();
    for (name, value) in entry.seen.iter().filter(|(name, _)| *name != STATUS) {
        insert_field(&mut fields, name, value.clone());
    }
    Ok(UserFields::from_json(fields)?)
}

/// Writes an entry to the user that was read, if the user is as the plan saw them.
async fn apply(means: Means<'_>, entry: &Entry, now: Shown<'_>, is_begun: bool) -> Result<EntryOutcome, Error> {
    let is_doubtful = is_begun || entry.is_rollback;
    let id = now.user.id.as_str();
    let (changed, is_done) = compare(entry, now)?;
    // The read may be older than what is rolled back, and then shows the old values although they are not there.
    let is_stale = entry.attempts.is_some_and(|attempts| !attempts.are_shown_by(means.client.now()));
    // Without an earlier attempt, others wrote these values, and the entry is refused below.
    if is_done && is_doubtful && !is_stale {
        return Ok(if is_begun { EntryOutcome::done(id) } else { EntryOutcome::nothing(Some(id)) });
    }
    // What an earlier attempt has written is not a change by others.
    let (own, foreign): (Vec<_>, Vec<_>) = changed.into_iter().partition(|(_, is_own)| is_doubtful && *is_own);
    // An earlier attempt that left no trace did nothing, and a failure now is not partial.
    let (was_begun, is_begun) = (is_begun, is_begun && !own.is_empty());
    if !foreign.is_empty() {
        let names: Vec<&str> = foreign.iter().map(|(name, _)| name.as_str()).collect();
        let since = if entry.is_rollback { "edited since" } else { "changed since the plan" };
        return Ok(EntryOutcome::refused(format!("{since}: {}", names.join(", "))).after(is_begun, id));
    }
    if let Some(reason) = means.policy.and_then(|policy| is_unmanaged(entry, now.user, policy)) {
        return Ok(EntryOutcome::refused(reason).after(is_begun, id));
    }
    let mut is_written = false;
    let (fixed, reason) = cannot_replace(entry, now);
    // A list that cannot be shortened does not keep the other fields from being written.
    let rest = entry.changes.iter().filter(|change| !fixed.contains(&change.field.as_str()));
    let rest = Entry { changes: rest.cloned().collect(), ..entry.clone() };
    if let Some(reason) = reason.as_ref().filter(|_| rest.changes.is_empty()) {
        return Ok(EntryOutcome::refused(reason).after(is_begun, id));
    }
    Ok(match write(means, &rest, now, is_stale, &mut is_written).await {
        Ok(()) if reason.is_some() => EntryOutcome::new(OutcomeKind::Partial, Some(id), reason),
        Ok(()) => EntryOutcome::done(id),
        Err(error) => {
            let outcome = EntryOutcome::of(&error, OutcomeKind::Failed, Some(id));
            // Reads may lag behind what the earlier attempt wrote, so that it stays open until a write says more.
            let stays_open = was_begun && outcome.obstacle.is_some();
            outcome.after(is_begun || is_written || stays_open, id)
        }
    })
}

/// The fields that are not as the plan saw them, each with whether it is as the plan wants it; and whether all are as the
/// plan wants them.
fn compare(entry: &Entry, now: Shown<'_>) -> Result<(Vec<(String, bool)>, bool), Error> {
    let mut names = Map::new();
    for field in entry.seen.keys().map(String::as_str).chain(entry.fields_changed()).filter(|field| *field != STATUS) {
        insert_field(&mut names, field, Value::Null);
    }
    let mut current = UserFields::from_json(names)?.current(now.user, now.gaps);
    current.insert(STATUS.to_owned(), status_value(now.user.disabled.unwrap_or(false)));
    let after = |field: &str| entry.changes.iter().find(|change| change.field == field).map(|change| &change.after);
    let is = |field: &str, wanted: &Value| current.get(field).is_none_or(|now| same(now, wanted));
    let changed = entry.seen.iter().filter(|(field, seen)| !is(field, seen));
    // A user without a client gets that of the licenses they are given.
    let gives_licenses = entry.fields_changed().any(|field| field.contains("License"));
    let is_own = |field: &str, seen: &Value| {
        after(field).is_some_and(|after| is(field, after)) || (field == "clientId" && seen.is_null() && gives_licenses)
    };
    let changed = changed.map(|(field, seen)| (field.clone(), is_own(field, seen))).collect();
    // A field that is not shown may have any value.
    let is_shown = |field: &str| current.contains_key(field);
    let is_done = !entry.changes.is_empty()
        && entry.changes.iter().all(|change| is_shown(&change.field) && is(&change.field, &change.after));
    Ok((changed, is_done))
}

/// Whether two values are the same, whatever the order of a list.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().all(|item| b.contains(item)),
        // A cell holds 5 as a float and a tenant may show an integer; serde_json treats them as unequal.
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        // E-mail addresses are not case-sensitive, as in `MatchBy::normalize`.
        (Value::String(a), Value::String(b)) if a.contains('@') => a.to_lowercase() == b.to_lowercase(),
        (a, b) => a == b,
    }
}

/// Activates first, since a tenant may refuse to change a disabled user, and disables last.
/// A status that the user has already is written if the read may be stale.
async fn write(
    means: Means<'_>,
    entry: &Entry,
    now: Shown<'_>,
    is_stale: bool,
    is_written: &mut bool,
) -> Result<(), ClientError> {
    let client = means.client;
    // The address may change in this write, so that it cannot name the user in the next request.
    let key = || UserKey::Id(now.user.id.clone());
    if entry.action == Action::Delete {
        return client.users().delete(key()).await.map(drop);
    }
    let status = entry.status();
    if status == Some("active") && (is_stale || now.user.disabled == Some(true)) {
        client.users().update_status(key(), UserStatus::Active).verify(true).send().await?;
        *is_written = true;
    }
    let fields = entry.fields();
    let mut dropped = None;
    if !fields.is_empty() {
        let fields = UserFields::from_json(replacing(entry, fields, now))?;
        let names = || entry.fields_changed().filter(|name| *name != STATUS).map(str::to_owned);
        let is_proven = means.proven.has(Write::Update, names());
        let update = client.users().update(key(), fields.clone()).verify(true).accept_response(is_proven);
        match update.send().await {
            Ok(updated) if !is_proven => means.proven.learn(Write::Update, names(), &fields, &updated),
            Ok(_) => {}
            // A field that the tenant drops must not keep a leaver active.
            Err(error) if !error.fields_not_applied().is_empty() => dropped = Some(error),
            Err(error) => return Err(error),
        }
        *is_written = true;
    }
    if status == Some("disabled") && (is_stale || now.user.disabled != Some(true)) {
        // The response to a change of status does not say whose it is.
        client.users().update_status(key(), UserStatus::Disabled).verify(true).send().await?;
    }
    dropped.map_or(Ok(()), Err)
}

/// The lists that a flag replaces, of those whose values are shown.
fn lists_of(flag: &str) -> Vec<&'static str> {
    let lists = UserFields::specs().iter().filter(|spec| spec.replaced_by == Some(flag) && spec.same_as.is_none());
    lists.map(|spec| spec.name).collect()
}

/// The flags that an entry needs, since a list gets shorter: without a flag, lists are merged.
fn flags_needed(entry: &Entry) -> Vec<&'static str> {
    let shrinking = entry.changes.iter().filter(|change| {
        let after = change.after.as_array().cloned().unwrap_or_default();
        change.before.as_array().into_iter().flatten().any(|item| !after.contains(item))
    });
    let mut flags: Vec<&str> = shrinking.filter_map(|change| UserFields::spec(&change.field)?.replaced_by).collect();
    flags.sort_unstable();
    flags.dedup();
    flags
}

/// What is held now of these lists, as far as it is shown.
fn held(names: &[&str], now: Shown<'_>) -> Map<String, Value> {
    let wanted: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), Value::Null)).collect();
    UserFields::from_json(wanted).map(|names| names.current(now.user, now.gaps)).unwrap_or_default()
}

/// The lists that cannot be made shorter, and why: what is held besides would be lost, unless all of it is known.
fn cannot_replace(entry: &Entry, now: Shown<'_>) -> (Vec<&'static str>, Option<String>) {
    let (mut fixed, mut reason) = (Vec::new(), None);
    for flag in flags_needed(entry) {
        let lists = lists_of(flag);
        let held = held(&lists, now);
        let is_whole = |change: &Change| !lists.contains(&change.field.as_str()) || change.after.is_array();
        if let Some(name) = lists.iter().find(|name| !held.contains_key(**name)) {
            reason = Some(format!("impossible: the tenant does not show `{name}`, which would be lost"));
        } else if !entry.changes.iter().all(is_whole) {
            reason = Some("impossible: it is not known what was held before".to_owned());
        } else {
            continue;
        }
        fixed.extend(lists);
    }
    (fixed, reason)
}

/// Replaces the lists that get shorter, which only a rollback asks for. All lists of a flag are given then.
fn replacing(entry: &Entry, mut fields: Map<String, Value>, now: Shown<'_>) -> Map<String, Value> {
    for flag in flags_needed(entry) {
        for (name, held) in held(&lists_of(flag), now) {
            // The flag applies to every list it covers: one that is not sent could be emptied.
            fields.entry(name).or_insert(held);
        }
        fields.insert(flag.to_owned(), json!(true));
    }
    fields
}
