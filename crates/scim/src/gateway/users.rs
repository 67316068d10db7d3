//! Users: what a directory writes of them.

use serde_json::{Map, Value, json};

use super::checks::is_address;
use super::{ASK_AGAIN, Answer, Ended, Gateway};
use crate::connection::{Connection, Existing};
use crate::error::{ScimError, ScimType};
use crate::mapping::{address_of, changes, fields_of};
use crate::schema::ResourceKind;
use crate::store::{Job, JobKind, JobState, NewJob, Person, Tables, UserRow, read, write};
use crate::user::{document_of, is_active, resource};
use crate::values::merged;
use crate::{patch, values};

/// How a write was taken.
pub(crate) enum Taken {
    /// The tenant has nothing to do.
    Now(String),
    /// It is in the outbox.
    Job(i64),
}

/// What a write is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    Created,
    Changed,
    Deleted,
}

/// What a directory wants of an existing user.
pub(crate) enum Change<'c> {
    Put(&'c Map<String, Value>),
    Patch(&'c Map<String, Value>),
}

impl Gateway {
    /// Creates a user, links one who exists, or revives one who was deleted.
    pub(crate) async fn create_user(
        &self,
        connection: &Connection,
        body: Map<String, Value>,
    ) -> Result<Answer, ScimError> {
        let own = connection.clone();
        let taken = self
            .blocking(move |gateway| {
                let desired = gateway.desired_of_new(&own, &body)?;
                write(gateway.store(), |tables| gateway.take_creation(tables, &own, &desired))
            })
            .await?;
        self.answer(connection, taken, Written::Created).await
    }

    /// Replaces or patches a user.
    pub(crate) async fn change_user(
        &self,
        connection: &Connection,
        id: &str,
        body: Map<String, Value>,
        is_patch: bool,
        if_match: Option<String>,
    ) -> Result<Answer, ScimError> {
        let (own, id) = (connection.clone(), id.to_owned());
        let taken = self
            .blocking(move |gateway| {
                let change = if is_patch { Change::Patch(&body) } else { Change::Put(&body) };
                write(gateway.store(), |tables| gateway.take_change(tables, &own, &id, &change, if_match.as_deref()))
            })
            .await?;
        self.answer(connection, taken, Written::Changed).await
    }

    /// Deletes a user: disables them, and forgets them until they are created again.
    pub(crate) async fn delete_user(
        &self,
        connection: &Connection,
        id: &str,
        if_match: Option<String>,
    ) -> Result<Answer, ScimError> {
        let (own, id) = (connection.clone(), id.to_owned());
        let taken = self
            .blocking(move |gateway| {
                write(gateway.store(), |tables| gateway.take_deletion(tables, &own, &id, if_match.as_deref()))
            })
            .await?;
        self.answer(connection, taken, Written::Deleted).await
    }

    /// Waits for a write, and answers with what came of it.
    async fn answer(&self, connection: &Connection, taken: Taken, written: Written) -> Result<Answer, ScimError> {
        let job = match taken {
            Taken::Now(id) => return self.written(connection, id, written).await,
            Taken::Job(job) => job,
        };
        self.inner.wake.notify_one();
        let job = match self.ended(job).await? {
            Ended::Job(job) => *job,
            Ended::Later => {
                let detail = "kept, and not carried out yet; ask again";
                return Err(ScimError::unavailable(detail, ASK_AGAIN.as_secs()));
            }
        };
        let result = job.result.clone();
        let (id, own) = (job.id, job);
        self.blocking(move |gateway| {
            let now = gateway.now();
            write(gateway.store(), |tables| Ok(tables.put_job(&Job { is_answered: true, ..own.clone() }, now)?))
        })
        .await?;
        match result {
            Some(result) => match (result.status, result.user) {
                (Some(status), _) => {
                    let error = ScimError::new(status, result.detail.unwrap_or_default());
                    let scim_type = match status {
                        409 => Some(ScimType::Uniqueness),
                        400 => Some(ScimType::InvalidValue),
                        _ => None,
                    };
                    Err(ScimError { scim_type, ..error })
                }
                (None, Some(user)) => self.written(connection, user, written).await,
                (None, None) => Err(ScimError::internal()),
            },
            None => {
                tracing::error!(job = id, "a write ended without a result");
                Err(ScimError::internal())
            }
        }
    }

    async fn written(&self, connection: &Connection, id: String, written: Written) -> Result<Answer, ScimError> {
        if written == Written::Deleted {
            return Ok(Answer::empty());
        }
        let own = connection.clone();
        let shown = self
            .blocking(move |gateway| {
                let row = read(gateway.store(), |tables| Ok(tables.user(&own.name, &id)?))?;
                let row = row.ok_or_else(|| ScimError::not_found("User", &id))?;
                Ok(resource(&row, &own, gateway.base()))
            })
            .await?;
        Ok(Answer::new(if written == Written::Created { 201 } else { 200 }, shown))
    }

    /// The attributes of a new user.
    fn desired_of_new(
        &self,
        connection: &Connection,
        body: &Map<String, Value>,
    ) -> Result<Map<String, Value>, ScimError> {
        let mut desired = values::resource(body, ResourceKind::User)?;
        desired.retain(|_, value| value.as_array().is_none_or(|entries| !entries.is_empty()));
        desired.entry("active").or_insert(json!(true));
        let user_name = desired.get("userName").and_then(Value::as_str).map(|name| name.trim().to_owned());
        if let Some(address) = user_name.filter(|name| is_address(name) && !desired.contains_key("emails")) {
            desired.insert("emails".to_owned(), json!([{ "value": address, "type": "work", "primary": true }]));
        }
        self.check(connection, &desired, None)?;
        Ok(desired)
    }

    fn take_creation(
        &self,
        tables: &dyn Tables,
        connection: &Connection,
        desired: &Map<String, Value>,
    ) -> Result<Taken, ScimError> {
        let text = |name: &str| desired.get(name).and_then(Value::as_str).unwrap_or_default();
        let address = address_of(desired).unwrap_or_default().to_lowercase();
        let taken = || ScimError::conflict(format!("a user with the user name `{}` exists", text("userName")));
        if let Some(id) = tables.id_by_user_name(&connection.name, &text("userName").to_lowercase())? {
            let row = tables.user(&connection.name, &id)?;
            return match row {
                Some(row) if self.may_come_back(tables, connection, &row, desired)? => {
                    self.take_existing(tables, connection, &row, desired)
                }
                _ => Err(taken()),
            };
        }
        // A new user name with the external id of a user who left is a rename.
        if let Some(id) =
            tables.id_by_external_id(&connection.name, text("externalId"))?.filter(|_| !text("externalId").is_empty())
        {
            let row = tables.user(&connection.name, &id)?;
            return match row {
                Some(row) if self.may_come_back(tables, connection, &row, desired)? => {
                    self.take_existing(tables, connection, &row, desired)
                }
                _ => Err(ScimError::conflict(format!("a user with the external id `{}` exists", text("externalId")))),
            };
        }
        let mut is_unmanaged = false;
        for id in tables.ids_by_email(&address)? {
            let Some(row) = tables.user(&connection.name, &id)? else { continue };
            if !self.may_see(connection, &row) {
                is_unmanaged = true;
                continue;
            }
            let is_free = row.person.is_none() || self.may_come_back(tables, connection, &row, desired)?;
            if is_free && (connection.existing == Existing::Link || tables.is_buried(&id)?) {
                return self.take_existing(tables, connection, &row, desired);
            }
            return Err(taken());
        }
        if is_unmanaged {
            return Err(ScimError::conflict("a user whom this connection may not manage has the address"));
        }
        let job = NewJob {
            connection: connection.name.clone(),
            kind: JobKind::Create,
            user: None,
            subject: format!("new:{address}"),
            document: desired.clone(),
            fields: fields_of(desired, connection).into_iter().filter(|(_, value)| !value.is_null()).collect(),
            active: desired.get("active").and_then(Value::as_bool).filter(|active| !active),
            is_held: false,
        };
        if let Some(same) = self.repeated(tables, &job)? {
            return Ok(Taken::Job(same));
        }
        if !tables.open_jobs_of(&job.subject)?.is_empty() {
            return Err(ScimError::conflict("another creation of a user with this address is under way"));
        }
        self.admit(tables, connection, job).map(Taken::Job)
    }

    /// Whether a creation means a user who is there: one who was deleted or disabled, or whose creation was never answered.
    fn may_come_back(
        &self,
        tables: &dyn Tables,
        connection: &Connection,
        row: &UserRow,
        desired: &Map<String, Value>,
    ) -> Result<bool, ScimError> {
        if !self.may_see(connection, row) {
            return Ok(false);
        }
        if tables.is_buried(&row.id)? || !is_active(row) {
            return Ok(true);
        }
        let address = address_of(desired).unwrap_or_default().to_lowercase();
        let last = tables.last_job_of(&format!("new:{address}"))?;
        Ok(last.is_some_and(|last| last.state == JobState::Done && !last.is_answered && last.what.document == *desired))
    }

    /// Takes the creation of a user who exists: links, changes, and revives them.
    fn take_existing(
        &self,
        tables: &dyn Tables,
        connection: &Connection,
        row: &UserRow,
        desired: &Map<String, Value>,
    ) -> Result<Taken, ScimError> {
        let before = document_of(row, connection);
        // What the tenant has and the directory does not name stays.
        let desired = merged(&before, desired, ResourceKind::User)?;
        let address = format!("new:{}", address_of(&desired).unwrap_or_default().to_lowercase());
        if let Some(last) =
            tables.last_job_of(&address)?.filter(|last| !last.is_answered && last.state == JobState::Done)
        {
            tables.put_job(&Job { is_answered: true, ..last }, self.now())?;
        }
        self.take_desired(tables, connection, row, &before, desired)
    }

    fn take_change(
        &self,
        tables: &dyn Tables,
        connection: &Connection,
        id: &str,
        change: &Change<'_>,
        if_match: Option<&str>,
    ) -> Result<Taken, ScimError> {
        let row = self.visible(tables, connection, id)?;
        self.check_user_version(connection, &row, if_match)?;
        let open = tables.open_jobs_of(id)?;
        let before = match open.last() {
            Some(last) if last.what.connection == connection.name => last.what.document.clone(),
            _ => document_of(&row, connection),
        };
        let desired = match change {
            Change::Put(body) => merged(&before, body, ResourceKind::User)?,
            Change::Patch(body) => patch::patched(&before, body, ResourceKind::User)?,
        };
        self.take_desired(tables, connection, &row, &before, desired)
    }

    fn take_desired(
        &self,
        tables: &dyn Tables,
        connection: &Connection,
        row: &UserRow,
        before: &Map<String, Value>,
        desired: Map<String, Value>,
    ) -> Result<Taken, ScimError> {
        self.check(connection, &desired, address_of(before))?;
        self.check_unique(tables, connection, &row.id, &desired)?;
        let is_buried = tables.is_buried(&row.id)?;
        let active = desired.get("active").and_then(Value::as_bool).unwrap_or(true);
        let was_active = before.get("active").and_then(Value::as_bool).unwrap_or(true);
        let fields = changes(&fields_of(before, connection), &fields_of(&desired, connection));
        let job = NewJob {
            connection: connection.name.clone(),
            kind: if was_active && !active { JobKind::Disable } else { JobKind::Update },
            user: Some(row.id.clone()),
            subject: row.id.clone(),
            document: desired,
            fields,
            active: (active != was_active).then_some(active),
            is_held: false,
        };
        if let Some(same) = self.repeated(tables, &job)? {
            return Ok(Taken::Job(same));
        }
        let open = tables.open_jobs_of(&row.id)?;
        let is_nothing = job.fields.is_empty() && job.active.is_none();
        // What is asked for is under way already.
        let same = open.last().filter(|last| is_nothing && last.what.connection == connection.name);
        if let Some(same) = same.filter(|last| last.what.document == job.document) {
            return Ok(Taken::Job(same.id));
        }
        // What was sent for a user whose writes are under way follows them.
        let is_idle = open.is_empty();
        if is_idle && is_nothing {
            let old = row.person.as_ref();
            // The time of the last change stays if nothing has changed.
            if is_buried || old.is_none() || job.document != *before {
                tables.put_person(&row.id, &person_of(&job, self.now()))?;
            }
            if is_buried {
                tables.revive(&row.id)?;
            }
            return Ok(Taken::Now(row.id.clone()));
        }
        self.admit(tables, connection, job).map(Taken::Job)
    }

    fn take_deletion(
        &self,
        tables: &dyn Tables,
        connection: &Connection,
        id: &str,
        if_match: Option<&str>,
    ) -> Result<Taken, ScimError> {
        let row = self.visible(tables, connection, id)?;
        self.check_user_version(connection, &row, if_match)?;
        let job = NewJob {
            connection: connection.name.clone(),
            kind: JobKind::Delete,
            user: Some(id.to_owned()),
            subject: id.to_owned(),
            document: document_of(&row, connection),
            fields: Map::new(),
            active: Some(false),
            is_held: false,
        };
        let open = tables.open_jobs_of(id)?;
        if let Some(same) = open.iter().find(|open| open.what.kind == JobKind::Delete) {
            return Ok(Taken::Job(same.id));
        }
        if !is_active(&row) && open.is_empty() {
            tables.put_person(id, &person_of(&job, self.now()))?;
            tables.bury(id, &connection.name, self.now())?;
            return Ok(Taken::Now(id.to_owned()));
        }
        self.admit(tables, connection, job).map(Taken::Job)
    }

    /// A user whom a connection sees.
    pub(super) fn visible(&self, tables: &dyn Tables, connection: &Connection, id: &str) -> Result<UserRow, ScimError> {
        let row = tables.user(&connection.name, id)?;
        let row = row.filter(|row| self.may_see(connection, row));
        match row {
            Some(row) if !tables.is_buried(id)? => Ok(row),
            _ => Err(ScimError::not_found("User", id)),
        }
    }
}

/// What a write makes of what is kept of a user.
pub(crate) fn person_of(job: &NewJob, now: i64) -> Person {
    let text = |name: &str| job.document.get(name).and_then(Value::as_str);
    Person {
        connection: job.connection.clone(),
        user_name: text("userName").unwrap_or_default().to_owned(),
        external_id: text("externalId").filter(|id| !id.is_empty()).map(str::to_owned),
        document: job.document.clone(),
        modified: now,
    }
}
