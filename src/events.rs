//! The event feed: what happened in a tenant, newest first.

mod boundary;
mod event;
mod kind;

use serde_json::Value;

pub use event::{NotAnEvent, TenantEvent};
pub use kind::EventKind;

use crate::error::Kind;
use crate::execute::run;
use crate::operations::{EventsList, events_list};
use crate::position::PagePosition;
use crate::records::{Record, Records};
use crate::request::{CalledOperation, list_request};
use crate::tenant::Tenant;
use crate::{Date, Error, Input, Response, routes};

/// Events: enrollments, completions, purchases, logins and more.
#[derive(Debug, Clone)]
pub struct Events {
    tenant: Tenant,
}

impl Events {
    pub(crate) fn new(tenant: Tenant) -> Self {
        Self { tenant }
    }

    /// Lists the events of a kind, newest first. `courseAction` is the kind that the reference recommends for everything
    /// that happens in courses.
    pub fn list(&self, kind: impl Into<EventKind>) -> ListEvents {
        ListEvents {
            tenant: self.tenant.clone(),
            start: PagePosition::first(),
            kind: kind.into(),
            from: None,
            until: None,
            user_id: Input::Absent,
            notifiable_id: Input::Absent,
        }
    }
}

/// A list of events, newest first; ends in [`items`](Self::items), [`pages`](Self::pages) or [`send`](Self::send).
/// Production has pages of 100.
///
/// The feed is paged by the time of the last event of a page, so events of the same millisecond could fall between two
/// pages. Each page therefore begins with the last millisecond of the page before it: [`pages`](Self::pages) repeats
/// those events, and [`items`](Self::items) has each once. Only if a whole page of events happened in one millisecond
/// may others of that millisecond be missing.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use futures::TryStreamExt as _;
/// use thought_industries::EventKind;
///
/// let since = "2026-01-01T00:00:00Z".parse()?;
/// let mut events = client.events().list(EventKind::CourseAction).set_start_date(since).items();
/// while let Some(event) = events.try_next().await? {
///     println!("{:?} {:?} {:?}", event.at, event.user_email, event.text("courseTitle"));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a request is sent only when it is awaited"]
pub struct ListEvents {
    tenant: Tenant,
    start: PagePosition,
    kind: EventKind,
    from: Option<Date>,
    until: Option<Date>,
    user_id: Input<String>,
    notifiable_id: Input<String>,
}

impl ListEvents {
    /// Only events from this time on.
    pub fn set_start_date(mut self, start: Date) -> Self {
        self.from = Some(start);
        self
    }

    /// Only events up to this time.
    pub fn set_end_date(mut self, end: Date) -> Self {
        self.until = Some(end);
        self
    }

    /// Only events of this user, by id.
    pub fn set_user_id(mut self, id: impl Into<String>) -> Self {
        self.user_id = Input::Value(id.into());
        self
    }

    /// Only events about this course or other content, by id.
    pub fn set_notifiable_id(mut self, id: impl Into<String>) -> Self {
        self.notifiable_id = Input::Value(id.into());
        self
    }

    fn operation(&self) -> CalledOperation {
        CalledOperation::of(&routes::EVENTS_LIST)
    }

    /// What the total of a feed counts is not documented, so it proves nothing.
    fn is_unfiltered(&self) -> bool {
        false
    }

    async fn read(self, position: PagePosition) -> Result<Response<Records<TenantEvent>>, Error> {
        let first = self.read_as(TimeForm::Milliseconds, &position).await;
        if self.from.is_none() && self.until.is_none() {
            return first;
        }
        match first {
            Ok(page) if self.covers(&page) => Ok(page),
            // The documents disagree about the form of times: a tenant may refuse one, or ignore it.
            Err(error) if !matches!(error.status(), Some(400 | 422)) && error.graphql_errors().is_empty() => Err(error),
            refused => match self.read_as(TimeForm::Iso, &position).await {
                Ok(page) if self.covers(&page) => Ok(page),
                Ok(_) => Err(outside()),
                // The first refusal is about what the client prefers to send.
                Err(error) => Err(refused.err().unwrap_or(error)),
            },
        }
    }

    async fn read_as(&self, form: TimeForm, position: &PagePosition) -> Result<Response<Records<TenantEvent>>, Error> {
        let variables = events_list::Variables {
            kind: self.kind.as_str().to_owned(),
            cursor: position.cursor.clone().into(),
            start_date: self.from.map(|time| form.text(time)).into(),
            end_date: self.until.map(|time| form.text(time)).into(),
            notifiable_id: self.notifiable_id.clone(),
            user_id: self.user_id.clone(),
        };
        let page = run::<EventsList>(&self.tenant, &routes::EVENTS_LIST, variables, &[], position.surface).await?;
        Ok(page.map(|page| {
            let events = page.events.into_iter().flatten().filter(Value::is_object);
            let mut records = Records::new(events.map(|event| TenantEvent::of_feed(&self.kind, event)), page.page_info);
            boundary::reread(&mut records);
            records
        }))
    }

    /// Whether every event is of the requested time.
    fn covers(&self, page: &Records<TenantEvent>) -> bool {
        let mut times = page.records.iter().filter_map(|event| event.at);
        times.all(|at| self.from.is_none_or(|from| at >= from) && self.until.is_none_or(|until| at <= until))
    }
}

fn outside() -> Error {
    let message = "the tenant returns events from outside of the requested time, in either form of `startDate` and \
        `endDate`: list the events without them, and stop at the time of an event";
    Error::new(Kind::Refused(message.to_owned()))
}

/// How a time is written in a query.
#[derive(Debug, Clone, Copy)]
enum TimeForm {
    /// Milliseconds of the Unix epoch: production clients, and the first page of the v2 reference.
    Milliseconds,
    /// ISO 8601: the events pages of the v2 reference.
    Iso,
}

impl TimeForm {
    fn text(self, time: Date) -> String {
        match self {
            Self::Milliseconds => time.as_millisecond().to_string(),
            Self::Iso => time.to_string(),
        }
    }
}

impl Record for TenantEvent {
    fn id(&self) -> &str {
        &self.id
    }
}

list_request! {
    /// One page, the newest events by default. [`pages`](Self::pages) and [`items`](Self::items) read all of them.
    ///
    /// # Errors
    /// If no surface has the feed, the tenant does not know the kind ([`is_not_found`](crate::Error::is_not_found)), or it
    /// returns events from outside of the requested time.
    ListEvents => Records<TenantEvent>, TenantEvent
}
