//! Filling gaps: what no webhook has brought is read from the event feed.

use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt as _;
use thought_industries::{Client, Date, Error, EventKind};
use thought_industries_store::StoreError;

use crate::event::{Arrival, Source};
use crate::inbox::{Added, Inbox};

/// How many events are kept at once.
const AT_ONCE: usize = 100;

/// The kinds whose gaps are filled by default: those of the v2 reference that happen at a moment. The others of it list users who
/// were active, or certificates that are valid.
pub const FILLED_KINDS: [EventKind; 9] = [
    EventKind::CourseAction,
    EventKind::CourseCompletion,
    EventKind::CourseCertificate,
    EventKind::CourseEnrollment,
    EventKind::CoursePurchase,
    EventKind::CourseView,
    EventKind::EmailCapture,
    EventKind::NewsletterSignup,
    EventKind::Login,
];

/// Fills the gaps of an inbox from the event feed of a tenant.
///
/// Each kind is read from the newest event that was read before, less an hour, because events may appear late. A list that breaks
/// off is read again as a whole the next time. What the inbox knows already changes nothing.
///
/// ```no_run
/// # async fn run(client: thought_industries::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use thought_industries_events::{Filler, Inbox};
///
/// let inbox = Arc::new(Inbox::open("inbox.sqlite".as_ref())?);
/// for filled in Filler::new(client, inbox).fill().await? {
///     println!("{}: {} events were missing", filled.kind, filled.new);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Filler {
    client: Client,
    inbox: Arc<Inbox>,
    kinds: Vec<EventKind>,
    since: Option<Date>,
    overlap: Duration,
}

/// What came of one kind.
#[derive(Debug)]
#[non_exhaustive]
pub struct Filled {
    /// The kind.
    pub kind: EventKind,
    /// How many events were read.
    pub read: u64,
    /// How many of them the inbox did not know.
    pub new: u64,
    /// Why the rest was not read. The next time begins where this one did.
    pub problem: Option<Error>,
}

impl Filler {
    /// Fills the gaps of [`FILLED_KINDS`], from the first call on.
    pub fn new(client: Client, inbox: Arc<Inbox>) -> Self {
        Self { client, inbox, kinds: FILLED_KINDS.to_vec(), since: None, overlap: Duration::from_secs(3_600) }
    }

    /// Sets the kinds.
    #[must_use]
    pub fn with_kinds(mut self, kinds: impl IntoIterator<Item = EventKind>) -> Self {
        self.kinds = kinds.into_iter().collect();
        self
    }

    /// Sets from when on a kind is read that was never read. The default is the time of the first call.
    #[must_use]
    pub fn with_since(mut self, since: Date) -> Self {
        self.since = Some(since);
        self
    }

    /// Sets how far back of the newest known event each list reaches. The default is one hour.
    #[must_use]
    pub fn with_overlap(mut self, overlap: Duration) -> Self {
        self.overlap = overlap;
        self
    }

    /// Reads each kind once.
    ///
    /// # Errors
    /// If the inbox fails. Problems of the tenant are in the list.
    pub async fn fill(&self) -> Result<Vec<Filled>, StoreError> {
        let mut all = Vec::new();
        for kind in &self.kinds {
            all.push(self.fill_kind(kind).await?);
        }
        Ok(all)
    }

    /// Fills gaps now and then every so often, for as long as the future is polled. What came of it goes to `each`.
    ///
    /// # Errors
    /// If the inbox fails.
    pub async fn run(&self, every: Duration, mut each: impl FnMut(&[Filled])) -> Result<(), StoreError> {
        loop {
            each(&self.fill().await?);
            self.client.pause(every).await;
        }
    }

    async fn fill_kind(&self, kind: &EventKind) -> Result<Filled, StoreError> {
        let name = format!("filled {kind}");
        let begun = self.time(format!("begun {kind}")).await?;
        let newest = self.time(name.clone()).await?.max(begun);
        // What came before the first call is not wanted.
        let overlap = i64::try_from(self.overlap.as_millis()).unwrap_or(i64::MAX);
        let from = newest.saturating_sub(overlap).max(begun);
        let mut reading = Reading { kind, from, newest, read: 0, new: 0 };
        let mut problem = self.read(&mut reading, true).await?;
        // A tenant may not take times in any form. The feed begins with the newest event, so it can be read until it is too old.
        if reading.read == 0 && problem.as_ref().is_some_and(is_about_times) {
            problem = self.read(&mut reading, false).await?;
        }
        if problem.is_none() {
            // An event from the future would hide those until then.
            let newest = reading.newest.min(self.client.now().as_millisecond());
            self.inbox.blocking(move |inbox| inbox.set_note(&name, &newest.to_string())).await?;
        }
        Ok(Filled { kind: kind.clone(), read: reading.read, new: reading.new, problem })
    }

    /// A time that is kept by this name; the time of the beginning at the first call.
    async fn time(&self, name: String) -> Result<i64, StoreError> {
        let begins = self.since.unwrap_or_else(|| self.client.now()).as_millisecond();
        let kept = self.inbox.blocking(move |inbox| {
            let known = inbox.note(&name)?.and_then(|known| known.parse::<i64>().ok());
            if known.is_none() {
                // A call that fails must not move the beginning.
                inbox.set_note(&name, &begins.to_string())?;
            }
            Ok(known.unwrap_or(begins))
        });
        kept.await
    }

    /// Reads events up to those that are too old.
    async fn read(&self, reading: &mut Reading<'_>, is_dated: bool) -> Result<Option<Error>, StoreError> {
        let list = self.client.events().list(reading.kind.clone());
        let from = Date::from_millisecond(reading.from).filter(|_| is_dated);
        let list = from.into_iter().fold(list, thought_industries::ListEvents::set_start_date);
        let mut events = list.items();
        let mut batch = Vec::with_capacity(AT_ONCE);
        let problem = loop {
            match events.try_next().await {
                Ok(Some(event)) => {
                    let at = event.at.map(Date::as_millisecond);
                    if at.is_some_and(|at| at < reading.from) {
                        break None;
                    }
                    reading.newest = reading.newest.max(at.unwrap_or(reading.newest));
                    batch.push(Arrival::new(event, Source::Feed));
                    if batch.len() >= AT_ONCE {
                        self.keep(std::mem::take(&mut batch), reading).await?;
                    }
                }
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        self.keep(batch, reading).await?;
        Ok(problem)
    }

    async fn keep(&self, events: Vec<Arrival>, reading: &mut Reading<'_>) -> Result<(), StoreError> {
        let now = self.client.now().as_millisecond();
        reading.read += events.len() as u64;
        let added = self.inbox.blocking(move |inbox| inbox.add(&events, now)).await?;
        reading.new += added.iter().filter(|added| **added == Added::New).count() as u64;
        Ok(())
    }
}

/// A kind that is being read.
struct Reading<'k> {
    kind: &'k EventKind,
    from: i64,
    newest: i64,
    read: u64,
    new: u64,
}

/// Whether a refusal may be about the times that were asked for.
fn is_about_times(error: &Error) -> bool {
    !(error.is_retryable() || error.is_not_found() || error.is_unauthorized() || error.is_forbidden())
}
