//! Writes to one person: creation, update, status, deletion, and the second record of a dual role.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::fields::UserFields;
use super::find::id_of;
use super::get::profile_by_id;
use super::verify::{not_applied, verify};
use crate::error::Kind;
use crate::execute::{strict, write, write_rest};
use crate::model::{BulkRemoveDualRoleManagerResult, DualRoleStatus, User};
use crate::operations::{UserMakeDualRole, UserRemoveDualRole, UserUpdate};
use crate::runtime::{GeneratedOperation as _, OperationSpec, Selection, Surface};
use crate::{Answer, Client, Error, UserKey, routes, send};

/// How often a creation whose answer was lost is looked up, and tried again where nobody was made.
const MOST_CREATIONS: u32 = 3;

/// The creation of a person; ends in [`send`](Self::send).
#[derive(Debug, Clone)]
#[must_use]
pub struct CreateUser {
    client: Client,
    fields: UserFields,
    upsert: bool,
    verify: bool,
}

impl CreateUser {
    pub(crate) fn new(client: Client, fields: UserFields) -> Self {
        Self { client, fields, upsert: false, verify: false }
    }

    /// Updates whoever has the address, instead of failing ("create user" of the v2 reference).
    pub fn upsert(mut self, upsert: bool) -> Self {
        self.upsert = upsert;
        self
    }

    /// Reads the person back and fails if a field is not as it was written; see
    /// [`fields_not_applied`](Error::fields_not_applied). What no answer shows is named by
    /// [`unchecked`](Answer::unchecked).
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Creates the person, once: if the answer is lost, the address is looked up before anything is tried again. What
    /// is found then is the answer, and says that it [is recovered](Answer::is_recovered).
    ///
    /// # Errors
    /// If somebody has the address ([`is_conflict`](Error::is_conflict)), the tenant refuses a field, or it stays
    /// unknown whether the person was made ([`outcome_unknown`](Error::outcome_unknown)).
    pub async fn send(self) -> Result<Answer<User>, Error> {
        refuse_blind_replacement(&self.fields)?;
        let mut answer = self.create().await?;
        if self.verify {
            let now = read_back(&self.client, &routes::USERS_CREATE, &answer.id).await?;
            let fail = |error: Error| error.with_operation(routes::USERS_CREATE.name).with_surface(answer.surface);
            answer.unchecked = verify(&self.fields, &now).map_err(fail)?;
        }
        Ok(answer)
    }

    async fn create(&self) -> Result<Answer<User>, Error> {
        let spec = &routes::USERS_CREATE;
        let arguments = self.arguments();
        let email = self.fields.get("email").and_then(Value::as_str);
        let started = self.client.inner.sender.clock.now();
        let mut tries = 1;
        loop {
            let lost = match write_rest::<User>(&self.client, spec, &arguments, UserUpdate::SELECTION).await {
                Ok(answer) => return Ok(answer),
                Err(error) if error.outcome_unknown() => error,
                // An earlier creation may have arrived after all, since nobody had the address then.
                Err(error) if tries > 1 => error.with_outcome_unknown(),
                Err(error) => return Err(error),
            };
            let Some(email) = email else { return Err(lost) };
            let found = self.client.users().get(UserKey::Email(email.to_owned())).profile().send().await;
            let (may_try, is_once) = (tries < MOST_CREATIONS, send::is_once(&arguments));
            tries += 1;
            match found {
                Ok(found) if self.is_ours(&found, started) => {
                    return Ok(Answer { is_recovered: true, ..found });
                }
                // Twice is as once.
                Ok(_) if self.upsert && may_try && !is_once => {}
                Err(error) if error.is_not_found() && may_try && !is_once => {}
                // Somebody has the address, and may have had it before; or nobody can say.
                _ => return Err(lost),
            }
        }
    }

    /// Whether somebody is who was to be made: new, and called so. What else the tenant has dropped is for a verification
    /// to tell. Whoever was to be updated is as they were to be.
    fn is_ours(&self, found: &Answer<User>, started: Duration) -> bool {
        let wrong = not_applied(&self.fields, found);
        if self.upsert {
            return wrong.is_empty();
        }
        is_new(found, started) && !wrong.iter().any(|name| ["firstName", "lastName"].contains(&name.as_str()))
    }

    fn arguments(&self) -> Value {
        let mut arguments = self.fields.as_json().clone();
        if self.upsert {
            arguments.insert("upsert".to_owned(), json!(true));
        }
        Value::Object(arguments)
    }
}

/// Refuses to replace access without a list of what stays: nothing would.
fn refuse_blind_replacement(fields: &UserFields) -> Result<(), Error> {
    const LISTS: [(&str, &str); 4] = [
        ("replaceLicenseAccess", "License"),
        ("replaceCourseAccess", "course"),
        ("replaceLearningPathAccess", "learningPath"),
        ("replaceBundleAccess", "bundle"),
    ];
    let is_set = |flag: &str| fields.get(flag).and_then(Value::as_bool).unwrap_or(false);
    let has_list = |kind: &str| fields.as_json().iter().any(|(name, value)| name.contains(kind) && value.is_array());
    match LISTS.iter().find(|(flag, kind)| is_set(flag) && !has_list(kind)) {
        Some((flag, _)) => Err(Error::settings(format!(
            "`{flag}` without a list would take everything away; give the list that stays"
        ))),
        None => Ok(()),
    }
}

/// Whether somebody was created since then, by the tenant's clock, which may differ a little.
fn is_new(user: &User, started: Duration) -> bool {
    let created = user.created_at.and_then(|created| u64::try_from(created.as_millisecond()).ok());
    created.is_some_and(|created| Duration::from_millis(created) + SKEW >= started)
}

/// How much later than this computer's clock a tenant's may be.
const SKEW: Duration = Duration::from_secs(300);

/// Reads somebody back after a write, for it to be verified.
pub(super) async fn read_back(client: &Client, spec: &OperationSpec, id: &str) -> Result<Answer<User>, Error> {
    let read = profile_by_id(client, id).await.and_then(|answer| strict(spec.name, answer));
    read.map_err(|error| Error::new(Kind::Unverified(Box::new(error))).with_operation(spec.name))
}

/// An update of a person; ends in [`send`](Self::send).
#[derive(Debug, Clone)]
#[must_use]
pub struct UpdateUser {
    client: Client,
    who: UserKey,
    fields: UserFields,
    verify: bool,
}

impl UpdateUser {
    pub(crate) fn new(client: Client, who: UserKey, fields: UserFields) -> Self {
        Self { client, who, fields, verify: false }
    }

    /// Reads the person back and fails if a field is not as it was written; see
    /// [`fields_not_applied`](Error::fields_not_applied). What no answer shows is named by
    /// [`unchecked`](Answer::unchecked).
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Writes the fields, and no others. Over v1, whose `PUT` may replace the whole object, the person is read first
    /// and written back whole.
    ///
    /// # Errors
    /// If there is no such person, no surface takes all the fields, or the tenant refuses one.
    pub async fn send(self) -> Result<Answer<User>, Error> {
        let spec = &routes::USERS_UPDATE;
        refuse_blind_replacement(&self.fields)?;
        let id = id_of(&self.client, &self.who).await?;
        let mut answer = match write::<UserUpdate>(&self.client, spec, &with_id(self.fields.as_json(), &id)).await {
            Ok(answer) => answer,
            // It is done, and the answer shows nothing of it.
            Err(error) if error.status() == Some(204) => read_back(&self.client, spec, &id).await?,
            Err(error) => return Err(or_not_found(&self.client, &id, error).await),
        };
        if self.verify {
            let now = read_back(&self.client, spec, &id).await?;
            let fail = |error: Error| error.with_operation(spec.name).with_surface(answer.surface);
            answer.unchecked = verify(&self.fields, &now).map_err(fail)?;
        }
        Ok(answer)
    }
}

/// GraphQL refuses to write to nobody as it refuses anything else: whether anybody is there shows only when they are read.
async fn or_not_found(client: &Client, id: &str, refusal: Error) -> Error {
    if refusal.surface() != Some(Surface::GraphQl) || refusal.graphql_errors().is_empty() || refusal.outcome_unknown() {
        return refusal;
    }
    match profile_by_id(client, id).await {
        Err(error) if error.is_not_found() => error,
        _ => refusal,
    }
}

fn with_id(fields: &Map<String, Value>, id: &str) -> Value {
    let mut arguments = fields.clone();
    arguments.insert("id".to_owned(), json!(id));
    Value::Object(arguments)
}

/// Whether somebody may log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStatus {
    /// They may.
    Active,
    /// They may not; what they did is kept.
    Disabled,
}

impl UserStatus {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }
}

/// A change of somebody's status; ends in [`send`](Self::send).
#[derive(Debug, Clone)]
#[must_use]
pub struct UpdateStatus {
    client: Client,
    who: UserKey,
    status: UserStatus,
    verify: bool,
}

impl UpdateStatus {
    pub(crate) fn new(client: Client, who: UserKey, status: UserStatus) -> Self {
        Self { client, who, status, verify: false }
    }

    /// Reads the person back and fails if they do not stand as they should.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// Changes the status.
    ///
    /// # Errors
    /// If there is no such person, or the tenant refuses.
    pub async fn send(self) -> Result<Answer<()>, Error> {
        let spec = &routes::USERS_UPDATE_STATUS;
        let id = id_of(&self.client, &self.who).await?;
        let arguments = json!({ "id": id, "status": self.status.as_str() });
        let answer = write_rest::<Value>(&self.client, spec, &arguments, &NOTHING).await?;
        let expected = Some(self.status == UserStatus::Disabled);
        if self.verify && read_back(&self.client, spec, &id).await?.disabled != expected {
            let error = Error::new(Kind::NotApplied(vec!["disabled".to_owned()])).with_surface(answer.surface());
            return Err(error.with_operation(spec.name));
        }
        Ok(answer.map(drop))
    }
}

/// Nothing of an answer is taken.
pub(crate) static NOTHING: Selection = Selection(&[]);

/// Deletes a person for good. What is deleted cannot be found again, so a 404 after an answer that was lost is success.
pub(crate) async fn delete(client: &Client, who: &UserKey) -> Result<Answer<()>, Error> {
    let spec = &routes::USERS_DELETE;
    let id = id_of(client, who).await?;
    let refused = match write_rest::<Value>(client, spec, &json!({ "id": id }), &NOTHING).await {
        Ok(answer) => return Ok(answer.map(drop)),
        Err(error) => error,
    };
    // A tenant without v1 answers 404 as it would to an unknown person.
    let found = if refused.is_not_found() { Some(profile_by_id(client, &id).await) } else { None };
    let is_there = matches!(found, Some(Ok(_)));
    let is_gone = matches!(&found, Some(Err(error)) if error.is_not_found());
    if is_gone && refused.outcome_unknown() {
        // An earlier attempt was carried out, and its answer lost.
        return Ok(Answer { is_recovered: true, ..Answer::new((), Surface::RestV1) });
    }
    if !refused.is_no_route() && !is_there {
        return Err(refused);
    }
    let message = "only v1 deletes, and the tenant has none: disable the person instead, which keeps what they did";
    Err(Error::new(Kind::NoRoute(message.to_owned())).with_operation(spec.name))
}

pub(crate) async fn make_dual_role(
    client: &Client,
    who: &UserKey,
    role: Option<&str>,
) -> Result<Answer<DualRoleStatus>, Error> {
    let id = id_of(client, who).await?;
    let mut arguments = json!({ "id": id });
    if let (Some(role), Some(fields)) = (role, arguments.as_object_mut()) {
        fields.insert("role".to_owned(), json!(role));
    }
    match write::<UserMakeDualRole>(client, &routes::USERS_MAKE_DUAL_ROLE, &arguments).await {
        Err(error) => Err(or_not_found(client, &id, error).await),
        done => done,
    }
}

pub(crate) async fn remove_dual_role(
    client: &Client,
    manager_ids: &[String],
) -> Result<Answer<BulkRemoveDualRoleManagerResult>, Error> {
    let arguments = json!({ "userIds": manager_ids });
    write::<UserRemoveDualRole>(client, &routes::USERS_REMOVE_DUAL_ROLE, &arguments).await
}
