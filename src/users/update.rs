//! Updates of a user and of their status.

use serde_json::{Map, Value, json};

use super::differences::{shows_all, verify};
use super::find::id_of;
use super::key::UserKey;
use super::read::{profile_by_id, read_back, verified};
use crate::error::Kind;
use crate::execute::{write, write_rest};
use crate::model::User;
use crate::operations::UserUpdate;
use crate::request::{CalledOperation, request};
use crate::runtime::Selection;
use crate::tenant::Tenant;
use crate::{Error, Response, UserFields, UserStatus, routes};

/// An update of a user; ends in [`send`](Self::send).
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use thought_industries::{Input, UserFields, UserKey};
///
/// let key = UserKey::Email("ada@example.com".to_owned());
/// let fields = UserFields::new().last_name("Byron").telephone(Input::Null);
/// client.users().update(key, fields).verify(true).send().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a request is sent only when it is awaited"]
pub struct UpdateUser {
    tenant: Tenant,
    key: UserKey,
    fields: UserFields,
    verify: bool,
    accept_response: bool,
}

impl UpdateUser {
    pub(super) fn new(tenant: Tenant, key: UserKey, fields: UserFields) -> Self {
        Self { tenant, key, fields, verify: false, accept_response: false }
    }

    /// Reads the user back and fails if a field is not as written, also after 1 and 5 more seconds; see
    /// [`fields_not_applied`](Error::fields_not_applied). [`unchecked`](Response::unchecked) names the fields that no
    /// response shows.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// With [`verify`](Self::verify), accepts a response to the write that shows every field as written, and reads the user
    /// back only if it does not: most updates then take one request. A tenant that responds with what was sent, whatever it
    /// has kept, is not noticed this way. By default, the user is always read back.
    pub fn accept_response(mut self, accept_response: bool) -> Self {
        self.accept_response = accept_response;
        self
    }

    fn operation(&self) -> CalledOperation {
        CalledOperation::of(&routes::USERS_UPDATE)
    }

    async fn run(self) -> Result<Response<User>, Error> {
        let spec = &routes::USERS_UPDATE;
        refuse_blind_replacement(&self.fields).map_err(|error| error.with_operation(spec.name))?;
        let id = id_of(&self.tenant, &self.key).await?;
        let mut response = match write::<UserUpdate>(&self.tenant, spec, &with_id(self.fields.as_json(), &id)).await {
            Ok(response) => response,
            // It was carried out, but the response does not show the user.
            Err(error) if error.status() == Some(204) => read_back(&self.tenant, spec, &id).await?,
            Err(error) => return Err(or_not_found(&self.tenant, &id, error).await),
        };
        if self.verify && !(self.accept_response && shows_all(&self.fields, &response)) {
            let checked = verified(&self.tenant, spec, &id, |now| verify(&self.fields, now)).await;
            response.unchecked = checked.map_err(|error| error.with_surface(response.surface))?;
        }
        Ok(response)
    }
}

request! {
    /// Writes only the given fields. Over v1, whose `PUT` may replace the whole object, the user is read first and
    /// written back in full. Idempotent; [Cancellation](crate#cancellation) describes what dropping the future means.
    ///
    /// # Errors
    /// If the user is not found, no surface takes all the fields, or the tenant refuses one.
    UpdateUser => Response<User>
}

/// Refuses to replace access without a list of what to keep: everything would be revoked.
pub(super) fn refuse_blind_replacement(fields: &UserFields) -> Result<(), Error> {
    for flag in UserFields::specs().iter().filter(|spec| fields.get(spec.name) == Some(&Value::Bool(true))) {
        let mut lists = UserFields::specs().iter().filter(|spec| spec.replaced_by == Some(flag.name)).peekable();
        let is_flag = lists.peek().is_some();
        if is_flag && !lists.any(|list| fields.get(list.name).is_some_and(Value::is_array)) {
            return Err(Error::invalid_argument(format!(
                "`{}` without a list would revoke everything: give the list to keep",
                flag.name
            )));
        }
    }
    Ok(())
}

/// A tenant may refuse a write to a missing user like any other bad write: a read shows whether the user exists.
pub(super) async fn or_not_found(tenant: &Tenant, id: &str, refusal: Error) -> Error {
    let is_refusal =
        !refusal.document_errors().is_empty() || matches!(refusal.status(), Some(200..=299 | 400 | 410 | 422));
    // "Not found" would hide that the write may have run. A response without content to a write, such as null, shows
    // nothing, but no write changes a user who does not exist.
    let is_success = matches!(refusal.status(), Some(200..=299));
    let shows_nothing = is_success && refusal.document_errors().is_empty() && !refusal.is_decode();
    if !is_refusal || refusal.is_decode() || (refusal.execution().may_have_run() && !shows_nothing) {
        return refusal;
    }
    match profile_by_id(tenant, id).await {
        Err(error) if error.is_not_found() => error,
        _ => refusal,
    }
}

fn with_id(fields: &Map<String, Value>, id: &str) -> Value {
    let mut arguments = fields.clone();
    arguments.insert("id".to_owned(), json!(id));
    Value::Object(arguments)
}

/// A change of a user's status; ends in [`send`](Self::send).
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use thought_industries::{UserKey, UserStatus};
///
/// let key = UserKey::Email("ada@example.com".to_owned());
/// client.users().update_status(key, UserStatus::Disabled).verify(true).send().await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a request is sent only when it is awaited"]
pub struct UpdateStatus {
    tenant: Tenant,
    key: UserKey,
    status: UserStatus,
    verify: bool,
}

impl UpdateStatus {
    pub(super) fn new(tenant: Tenant, key: UserKey, status: UserStatus) -> Self {
        Self { tenant, key, status, verify: false }
    }

    /// Reads the user back and fails if the status is another, also after 1 and 5 more seconds.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    fn operation(&self) -> CalledOperation {
        CalledOperation::of(&routes::USERS_UPDATE_STATUS)
    }

    async fn run(self) -> Result<Response<()>, Error> {
        let spec = &routes::USERS_UPDATE_STATUS;
        let id = id_of(&self.tenant, &self.key).await?;
        let arguments = json!({ "id": id, "status": self.status.as_str() });
        let response = match write_rest::<Value>(&self.tenant, spec, &arguments, Selection::NONE).await {
            Ok(response) => response,
            Err(error) => return Err(or_not_found(&self.tenant, &id, error).await),
        };
        let expected = Some(self.status == UserStatus::Disabled);
        let check = |now: &Response<User>| {
            let is_applied = now.disabled == expected;
            if is_applied { Ok(()) } else { Err(Error::new(Kind::NotApplied(vec!["disabled".to_owned()]))) }
        };
        if self.verify {
            let checked = verified(&self.tenant, spec, &id, check).await;
            checked.map_err(|error| error.with_surface(response.surface()))?;
        }
        Ok(response.map(drop))
    }
}

request! {
    /// Changes the status. Idempotent; [Cancellation](crate#cancellation) describes what dropping the future means.
    ///
    /// # Errors
    /// If the user is not found, or the tenant refuses.
    UpdateStatus => Response<()>
}
