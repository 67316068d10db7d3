//! The gateway: what a directory asks, answered from the store; and what it writes, kept in the outbox until it is carried out.

mod admission;
mod checks;
mod groups;
mod reads;
mod users;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::{Either, select};
use serde_json::{Map, Value};
use thought_industries::Client;
use tokio::sync::{Notify, watch};

use crate::connection::Connection;
use crate::error::ScimError;
use crate::metrics::Counters;
use crate::settings::Settings;
use crate::store::{JobState, Scope, Store, UserRow, read, write};

pub(crate) use users::person_of;

/// What a request is answered with, if it is carried out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// The resource or message; none for 204.
    pub(crate) body: Option<Map<String, Value>>,
}

impl Answer {
    pub(crate) fn new(status: u16, body: Map<String, Value>) -> Self {
        Self { status, body: Some(body) }
    }

    pub(crate) fn empty() -> Self {
        Self { status: 204, body: None }
    }
}

/// A gateway in front of one tenant.
#[derive(Clone)]
pub struct Gateway {
    pub(crate) inner: Arc<Inner>,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("settings", &self.inner.settings).finish_non_exhaustive()
    }
}

pub(crate) struct Inner {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) client: Client,
    pub(crate) settings: Settings,
    /// The role keys of learners, from when they are known.
    learners: Mutex<Vec<String>>,
    /// Why nothing is written to the tenant at present.
    trouble: Mutex<Option<String>>,
    /// There is something to send.
    pub(crate) wake: Notify,
    /// Changes whenever a write has ended.
    ended: watch::Sender<u64>,
    pub(crate) counters: Counters,
}

/// Within which time deactivations are counted, in milliseconds.
pub(crate) const HOUR: i64 = 3_600_000;

/// The name of the note with the role keys of learners.
const LEARNERS: &str = "learners";

impl Gateway {
    /// A gateway over a store. Nothing is sent before [`work`](Self::work).
    ///
    /// # Errors
    /// If the store fails.
    pub fn new(client: Client, store: Arc<dyn Store>, settings: Settings) -> Result<Self, ScimError> {
        let learners = read(&*store, |tables| Ok(tables.note(LEARNERS)?))?;
        let learners = learners.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Ok(Self {
            inner: Arc::new(Inner {
                store,
                client,
                settings,
                learners: Mutex::new(learners),
                trouble: Mutex::default(),
                wake: Notify::new(),
                ended: watch::Sender::new(0),
                counters: Counters::default(),
            }),
        })
    }

    /// The time by the tenant's clock, in milliseconds.
    pub(crate) fn now(&self) -> i64 {
        self.inner.client.now().as_millisecond()
    }

    pub(crate) fn store(&self) -> &dyn Store {
        &*self.inner.store
    }

    /// Runs what reads or writes the store, without keeping other requests waiting.
    pub(crate) async fn blocking<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Self) -> Result<T, ScimError> + Send + 'static,
    ) -> Result<T, ScimError> {
        let gateway = self.clone();
        tokio::task::spawn_blocking(move || act(&gateway)).await.unwrap_or_else(|error| {
            tracing::error!(%error, "a request was not answered");
            Err(ScimError::internal())
        })
    }

    /// The role keys of learners; none before the tenant has shown them.
    pub(crate) fn learners(&self) -> Vec<String> {
        self.inner.learners.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_learners(&self, learners: Vec<String>) -> Result<(), ScimError> {
        let text = serde_json::to_string(&learners).map_err(|_| ScimError::internal())?;
        write(self.store(), |tables| Ok(tables.set_note(LEARNERS, &text)?))?;
        *self.inner.learners.lock().unwrap_or_else(PoisonError::into_inner) = learners;
        Ok(())
    }

    /// Which users a connection sees.
    pub(crate) fn scope_of(&self, connection: &Connection) -> Scope {
        let is_any = connection.domains.iter().any(|domain| domain == "*");
        Scope {
            connection: connection.name.clone(),
            domains: (!is_any).then(|| connection.domains.clone()),
            client: connection.client.clone(),
            roles: self.roles_of(connection),
        }
    }

    pub(crate) fn roles_of(&self, connection: &Connection) -> Vec<String> {
        if connection.roles.is_empty() { self.learners() } else { connection.roles.clone() }
    }

    /// Whether the connection may see and change a user.
    pub(crate) fn may_see(&self, connection: &Connection, row: &UserRow) -> bool {
        let scope = self.scope_of(connection);
        let email = row.facts.get("email").and_then(Value::as_str).unwrap_or_default();
        row.role.as_ref().is_some_and(|role| scope.roles.contains(role))
            && (scope.client.is_none() || scope.client == row.client)
            && (row.person.is_some() || connection.allows_address(email))
    }

    /// Refuses to answer before the roster was read: a directory that finds no user creates them.
    pub(crate) fn check_ready(&self) -> Result<(), ScimError> {
        if self.learners().is_empty() {
            return Err(ScimError::unavailable("the users of the tenant are being read for the first time", 30));
        }
        Ok(())
    }

    /// The address of the endpoints, for the locations of resources.
    pub(crate) fn base(&self) -> &str {
        &self.inner.settings.base
    }

    /// Records why nothing can be written to the tenant, or that it can again.
    pub(crate) fn set_trouble(&self, trouble: Option<String>) {
        let mut own = self.inner.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if *own != trouble {
            match &trouble {
                Some(trouble) => tracing::error!(trouble, "writes wait"),
                None => tracing::info!("the tenant accepts writes again"),
            }
            *own = trouble;
        }
        drop(own);
        self.announce();
    }

    /// Why nothing is written to the tenant at present.
    pub fn trouble(&self) -> Option<String> {
        self.inner.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Wakes the requests that wait for a write.
    pub(crate) fn announce(&self) {
        self.inner.ended.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Waits until a write of the outbox has ended, but no longer than requests are held.
    pub(crate) async fn ended(&self, mut job: i64) -> Result<Ended, ScimError> {
        let mut changes = self.inner.ended.subscribe();
        let hold = self.inner.settings.hold;
        let mut deadline = self.inner.client.pause(hold);
        loop {
            changes.mark_unchanged();
            let found = self.blocking(move |gateway| read(gateway.store(), |tables| Ok(tables.job(job)?))).await?;
            let Some(found) = found else { return Err(ScimError::internal()) };
            if let (Some(next), JobState::Done) = (found.result.as_ref().and_then(|result| result.next), found.state) {
                job = next;
                continue;
            }
            if found.state.is_ended() {
                return Ok(Ended::Job(Box::new(found)));
            }
            if found.state == JobState::Held {
                return Err(ScimError::unavailable(
                    "the brake holds this deactivation, since many users were deactivated within an hour; an administrator \
                     looks at `ti scim queue` and runs `ti scim release`",
                    3_600,
                ));
            }
            if let Some(trouble) = self.trouble() {
                return Err(ScimError::unavailable(format!("kept, and not carried out yet: {trouble}"), 60));
            }
            match select(Box::pin(changes.changed()), deadline).await {
                Either::Left((_, rest)) => deadline = rest,
                Either::Right(_) => return Ok(Ended::Later),
            }
        }
    }
}

/// How the wait for a write ended.
pub(crate) enum Ended {
    /// The write has ended.
    Job(Box<crate::store::Job>),
    /// It has not, and the directory has to ask again.
    Later,
}

/// How long a directory is asked to wait before it asks again for a write that is kept.
pub(crate) const ASK_AGAIN: Duration = Duration::from_secs(30);
