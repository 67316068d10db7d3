//! Creates a user, at most once.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::differences::{shows_all, verify};
use super::find::{doubts_emails_in_path, id_of};
use super::key::UserKey;
use super::origin::{Attempts, Origin};
use super::read::{profile_by_id, verified};
use super::roles::learner_roles;
use super::update::refuse_blind_replacement;
use crate::error::Kind;
use crate::execute::write_rest;
use crate::execution::Execution;
use crate::model::User;
use crate::operations::UserUpdate;
use crate::request::{CalledOperation, request};
use crate::runtime::SingleRoot as _;
use crate::send::makes_second_record;
use crate::tenant::Tenant;
use crate::{Error, Response, UserFields, routes};

/// The maximum number of times a creation is sent if responses are lost.
const MOST_CREATIONS: u32 = 3;

/// The waits before the user is looked up after a lost response: a tenant may show a new user only after a while. The
/// creation is sent a second time only if no look-up finds the user.
pub(crate) const LOOK_UPS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(30)];

/// The creation of a user; ends in [`send`](Self::send).
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use thought_industries::UserFields;
///
/// let fields = UserFields::new().email("ada@example.com").first_name("Ada").last_name("Byron");
/// let created = client.users().create(fields).verify(true).send().await?;
/// println!("{}", created.id);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a request is sent only when it is awaited"]
pub struct CreateUser {
    tenant: Tenant,
    fields: UserFields,
    upsert: bool,
    verify: bool,
    accept_response: bool,
    earlier: Option<Attempts>,
    mark: Option<String>,
}

impl CreateUser {
    pub(super) fn new(tenant: Tenant, fields: UserFields) -> Self {
        Self { tenant, fields, upsert: false, verify: false, accept_response: false, earlier: None, mark: None }
    }

    /// Updates the user who has the address, instead of failing ("create user" in the v2 reference).
    pub fn upsert(mut self, upsert: bool) -> Self {
        self.upsert = upsert;
        self
    }

    /// Reads the user back and fails if a field is not as written, also after 1 and 5 more seconds; see
    /// [`fields_not_applied`](Error::fields_not_applied). [`unchecked`](Response::unchecked) names the fields that no
    /// response shows.
    pub fn verify(mut self, verify: bool) -> Self {
        self.verify = verify;
        self
    }

    /// With [`verify`](Self::verify), accepts a response that shows every field as written, and reads the user back only if
    /// it does not; see [`UpdateUser::accept_response`](crate::UpdateUser::accept_response).
    pub fn accept_response(mut self, accept_response: bool) -> Self {
        self.accept_response = accept_response;
        self
    }

    /// Declares that this user was to be created earlier, and that it is unknown whether that was carried out, for example
    /// because the process was killed. `earlier` says when the attempts were begun, or when the only one was. The user is
    /// looked up before anything is sent. A conflict then proves nothing, because the earlier creation may have caused it.
    pub fn resume(mut self, earlier: impl Into<Attempts>) -> Self {
        self.earlier = Some(earlier.into());
        self
    }

    /// Declares that no other creation has the value of this field (custom fields as `customFields.key`). If a response is
    /// lost, the user with the address is then recognized by it, whatever its names and the clocks say; see
    /// [`origin_by_mark`](UserFields::origin_by_mark). Where the tenant does not show the field, and for an upsert, names and
    /// times decide as without a mark.
    ///
    /// ```no_run
    /// # async fn run(client: thought_industries::Client) -> Result<(), thought_industries::Error> {
    /// use thought_industries::UserFields;
    ///
    /// let fields = UserFields::new().email("ada@example.com").external_customer_id("hr-2026-11-4711");
    /// client.users().create(fields).marked_by("externalCustomerId").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn marked_by(mut self, field: impl Into<String>) -> Self {
        self.mark = Some(field.into());
        self
    }

    fn operation(&self) -> CalledOperation {
        CalledOperation::of(&routes::USERS_CREATE)
    }

    async fn run(self) -> Result<Response<User>, Error> {
        refuse_blind_replacement(&self.fields)?;
        if let Some(mark) = self.mark.as_ref().filter(|mark| !self.fields.named(mark).is_some_and(Value::is_string)) {
            return Err(Error::invalid_argument(format!(
                "`{mark}` cannot be the mark: the user is created without it"
            )));
        }
        let mut response = self.create().await?;
        if self.verify && !(self.accept_response && shows_all(&self.fields, &response)) {
            let spec = &routes::USERS_CREATE;
            let checked = verified(&self.tenant, spec, &response.id, |now| verify(&self.fields, now)).await;
            response.unchecked = checked.map_err(|error| error.with_surface(response.surface))?;
        }
        Ok(response)
    }

    async fn create(&self) -> Result<Response<User>, Error> {
        let arguments = self.arguments();
        let is_once = makes_second_record(&arguments);
        // One start for all attempts, since any of them may have created the user. Its date is known later: the first
        // responses show how far the tenant's clock differs.
        let started = self.tenant.sender().clock.now();
        if self.earlier.is_some() {
            match self.look_up(started, &[Duration::ZERO]).await {
                LookUp::Ours(found) => return Ok(Response { is_recovered: true, ..*found }),
                LookUp::NotFound if !is_once => {}
                LookUp::Other(Origin::Earlier | Origin::Another) => return Err(taken()),
                LookUp::Other(_) => return Err(in_doubt("another user has the address")),
                _ => return Err(in_doubt("the tenant does not show whether the user exists")),
            }
        }
        let mut attempt = 1;
        loop {
            let sent =
                write_rest::<User>(&self.tenant, &routes::USERS_CREATE, &arguments, UserUpdate::selection()).await;
            let error = match sent {
                Ok(response) => return Ok(response),
                // After a creation that may have run, a refusal proves nothing: that creation may have taken the
                // address.
                Err(error) if error.execution().may_have_run() || attempt > 1 || self.earlier.is_some() => error,
                Err(error) if error.is_conflict() && !self.upsert => return self.after_conflict(error, started).await,
                Err(error) => return Err(error),
            };
            let may_repeat = attempt < MOST_CREATIONS && !is_once;
            // By when the look-ups begin, since they may take long.
            let is_long_ago = self.is_long_ago();
            let found = if error.is_conflict() {
                self.look_up_taken(started).await
            } else {
                self.look_up(started, &LOOK_UPS).await
            };
            match found {
                LookUp::Ours(found) => return Ok(Response { is_recovered: true, ..*found }),
                // A conflict shows that a user has the address, even if reads do not show that user yet.
                LookUp::NotFound if may_repeat && !error.is_conflict() => {}
                // Whatever the earlier creation did would be shown by now.
                LookUp::NotFound if error.is_conflict() && attempt == 1 && is_long_ago => return Err(error),
                // Repeating an update has no further effect.
                LookUp::Other(_) if may_repeat && self.upsert => {}
                LookUp::Other(Origin::Earlier | Origin::Another) if !self.upsert => return Err(taken()),
                LookUp::Other(_) if self.mark.is_some() && !self.upsert => {
                    return Err(in_doubt("a user has the address, and does not show the mark of this creation"));
                }
                _ => return Err(error.with_execution(Execution::Unknown)),
            }
            attempt += 1;
        }
    }

    /// What a conflict at the first attempt means. Something on the way may have sent the request twice, and this is the
    /// response to the second one: a user whom this creation may have made is not reported as another one.
    async fn after_conflict(&self, error: Error, started: Duration) -> Result<Response<User>, Error> {
        let mut found = self.look_up(started, &[Duration::ZERO]).await;
        if matches!(found, LookUp::NotFound) {
            if self.is_external_id_taken().await {
                return Err(error);
            }
            found = self.look_up_taken(started).await;
        }
        match found {
            LookUp::Ours(found) if self.mark.is_some() => Ok(Response { is_recovered: true, ..*found }),
            LookUp::Other(_) => Err(error),
            LookUp::Ours(_) | LookUp::NotFound | LookUp::Unreadable => Err(error.with_execution(Execution::Unknown)),
        }
    }

    /// Whether another user has the external id of this one.
    async fn is_external_id_taken(&self) -> bool {
        let Some(external) = self.fields.get("externalCustomerId").and_then(Value::as_str) else { return false };
        id_of(&self.tenant, &UserKey::ExternalCustomerId(external.to_owned())).await.is_ok()
    }

    /// Whether an earlier creation began so long ago that reads show what it did, however far they lag behind.
    fn is_long_ago(&self) -> bool {
        self.earlier.is_some_and(|earlier| earlier.are_shown_by(self.tenant.now()))
    }

    /// Looks up the user whose address is taken. If none is found, paths may only seem to take addresses.
    async fn look_up_taken(&self, started: Duration) -> LookUp {
        match self.look_up(started, &LOOK_UPS).await {
            LookUp::NotFound if doubts_emails_in_path(&self.tenant) => self.look_up(started, &[Duration::ZERO]).await,
            found => found,
        }
    }

    /// Looks up the user by address after each of these pauses, until the user is found.
    async fn look_up(&self, started: Duration, pauses: &[Duration]) -> LookUp {
        let Some(email) = self.fields.get("email").and_then(Value::as_str) else { return LookUp::Unreadable };
        let key = UserKey::Email(email.to_owned());
        let mut last = LookUp::Unreadable;
        for pause in pauses {
            if !pause.is_zero() {
                self.tenant.sender().clock.sleep(*pause).await;
            }
            let found = match id_of(&self.tenant, &key).await {
                Ok(id) => profile_by_id(&self.tenant, &id).await,
                Err(error) => Err(error),
            };
            match found {
                Ok(found) => {
                    // Only a user who was created without a role has the tenant's default role.
                    let is_needed = !self.upsert && found.role_key.is_some() && self.fields.get("role").is_none();
                    let roles = if is_needed { learner_roles(&self.tenant).await } else { Ok(BTreeSet::new()) };
                    let own = self.tenant.date_of(started);
                    let attempts = self.earlier.map_or_else(|| own.into(), |earlier| earlier.and(own));
                    return self.judge(found, attempts, &roles.unwrap_or_default());
                }
                // Only the last look-up counts: reads may lag behind, so an earlier one proves less.
                Err(error) if error.is_not_found() => last = LookUp::NotFound,
                Err(_) => last = LookUp::Unreadable,
            }
        }
        last
    }

    fn judge(&self, found: Response<User>, attempts: Attempts, default_roles: &BTreeSet<String>) -> LookUp {
        let origin = match self.upsert {
            // An upserted user has the fields as written, regardless of who created it.
            true if verify(&self.fields, &found).is_ok() => Origin::Ours,
            true => Origin::Unknown,
            false => {
                let mark = self.mark.as_ref();
                let by_mark = mark.and_then(|mark| self.fields.origin_by_mark(mark, &found, found.gaps()));
                by_mark.unwrap_or_else(|| self.fields.origin(&found, attempts, default_roles))
            }
        };
        if origin == Origin::Ours { LookUp::Ours(Box::new(found)) } else { LookUp::Other(origin) }
    }

    fn arguments(&self) -> Value {
        let mut arguments = self.fields.as_json().clone();
        if self.upsert {
            arguments.insert("upsert".to_owned(), json!(true));
        }
        Value::Object(arguments)
    }
}

request! {
    /// Creates the user, once. If a response is lost, the user is looked up by address after 1, 5 and 30 seconds before
    /// the creation is retried, at most three times. If the user is found and is [ours](Origin::Ours), it is
    /// returned as a [recovered](Response::is_recovered) response.
    ///
    /// [Cancellation](crate#cancellation) describes what dropping the future means: the user may have been created, and
    /// [`resume`](Self::resume) continues from there.
    ///
    /// # Errors
    /// If another user has the address ([`is_conflict`](Error::is_conflict)), the tenant refuses a field, or it stays
    /// unknown whether the user was created ([`execution`](Error::execution)).
    CreateUser => Response<User>
}

/// The result of looking up a user by address.
enum LookUp {
    /// The user that this creation made.
    Ours(Box<Response<User>>),
    /// Another user, or possibly another one.
    Other(Origin),
    /// No user has the address, as far as the tenant shows its users yet.
    NotFound,
    /// The tenant gave no usable response.
    Unreadable,
}

/// The address is taken by a user who existed before.
fn taken() -> Error {
    let message = "another user already has the address".to_owned();
    Error::new(Kind::Refused(message)).with_operation(routes::USERS_CREATE.name)
}

/// An earlier creation may have run, and no read resolves it.
fn in_doubt(reason: &str) -> Error {
    let error = Error::new(Kind::Refused(reason.to_owned())).with_operation(routes::USERS_CREATE.name);
    error.with_execution(Execution::Unknown)
}
