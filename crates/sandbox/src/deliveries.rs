//! A tenant that sends its events to a webhook, as one of two descriptions says, and with faults.

mod form;
mod queue;
mod sent;

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use reqwest::redirect::Policy;

pub use form::DeliveryForm;
pub use sent::DeliveryFault;

use crate::error::Error;
use crate::faults::FaultRate;
use crate::population::Chance;
use crate::tenant::{Happened, Tenant, happened, oldest};

use queue::Queue;
use sent::Request;

/// How a tenant delivers its events, to be started with [`RunningSandbox::deliver`](crate::RunningSandbox::deliver).
///
/// ```
/// use thought_industries_sandbox::{Deliveries, DeliveryFault, DeliveryForm, FaultRate};
///
/// let lost: FaultRate<DeliveryFault> = "drop:0.1".parse()?;
/// let deliveries = Deliveries::new(DeliveryForm::Docs, "http://127.0.0.1:8787/").secret("whsec_new").fault(lost);
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Deliveries {
    form: DeliveryForm,
    url: String,
    secrets: Vec<String>,
    kinds: Vec<String>,
    faults: Vec<FaultRate<DeliveryFault>>,
}

impl Deliveries {
    /// Delivers completions, enrollments and purchases to an address.
    pub fn new(form: DeliveryForm, url: impl Into<String>) -> Self {
        let kinds = ["courseCompletion", "courseEnrollment", "coursePurchase"].map(str::to_owned).to_vec();
        Self { form, url: url.into(), secrets: Vec::new(), kinds, faults: Vec::new() }
    }

    /// Adds a secret that events are signed with, if the form has signatures. With several, events take turns, as while a
    /// secret changes.
    pub fn secret(mut self, secret: impl Into<String>) -> Self {
        self.secrets.push(secret.into());
        self
    }

    /// Sets the kinds of events, as the feed spells them.
    pub fn kinds(mut self, kinds: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.kinds = kinds.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a fault at a given rate. The same sandbox has the same faults each time.
    pub fn fault(mut self, fault: FaultRate<DeliveryFault>) -> Self {
        self.faults.push(fault);
        self
    }
}

/// An event that has happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Happening {
    /// Its kind, as the feed spells it.
    pub kind: String,
    /// Its id in the feed.
    pub id: String,
    /// When, in milliseconds of the Unix epoch.
    pub at: i64,
}

/// An attempt to deliver an event.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// Which event, counted from 0 in the order in which they happened.
    pub event: usize,
    /// When, in milliseconds of the Unix epoch.
    pub at: i64,
    /// The status of the response; `None` without one.
    pub status: Option<u16>,
    /// Whether the tenant counts that as delivered.
    pub is_delivered: bool,
}

/// A tenant that delivers. Its time is that of the feed, and passes only when it is advanced.
#[derive(Debug)]
pub struct Sender {
    tenant: Arc<Tenant>,
    settings: Deliveries,
    url: Url,
    client: reqwest::Client,
    now: i64,
    queue: Queue,
    happenings: Vec<Happening>,
    attempts: Vec<Attempt>,
}

impl Sender {
    pub(crate) fn new(tenant: Arc<Tenant>, settings: Deliveries) -> Result<Self, Error> {
        let deliver = |reason: String| Error::Deliver(reason);
        let url: Url = settings.url.parse().map_err(|_| deliver("the address is not a URL".to_owned()))?;
        let builder = reqwest::Client::builder().redirect(Policy::none()).no_proxy().timeout(settings.form.timeout());
        let client = builder.build().map_err(|error| deliver(error.to_string()))?;
        let oldest =
            |kind: &String| oldest(&tenant.world(), kind).ok_or_else(|| deliver(format!("`{kind}` is not a kind")));
        let times = settings.kinds.iter().map(oldest).collect::<Result<Vec<_>, _>>()?;
        let now = times.into_iter().min().ok_or_else(|| deliver("there are no kinds".to_owned()))? - 1;
        tenant.world().set_horizon(now);
        let (queue, happenings, attempts) = (Queue::default(), Vec::new(), Vec::new());
        Ok(Self { tenant, settings, url, client, now, queue, happenings, attempts })
    }

    /// The time, in milliseconds of the Unix epoch.
    pub fn now(&self) -> i64 {
        self.now
    }

    /// What has happened so far, whether it was delivered or not.
    pub fn happenings(&self) -> &[Happening] {
        &self.happenings
    }

    /// The attempts so far.
    pub fn attempts(&self) -> &[Attempt] {
        &self.attempts
    }

    /// How many deliveries wait to be made or repeated.
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Lets time pass: events happen, and what is due by then is delivered, in order.
    pub async fn advance(&mut self, time: Duration) {
        let until = self.now.saturating_add(i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
        let mut happened = self.happen(until);
        happened.sort_by_key(|happened| happened.at);
        for happened in happened {
            self.enqueue(&happened);
        }
        while let Some((due, request)) = self.queue.next(until) {
            self.pass(due);
            self.send(request).await;
        }
        self.pass(until);
    }

    /// Lets time pass as on a clock, so many times faster, for as long as the future is polled.
    pub async fn run(&mut self, factor: u32) {
        let mut ticks = tokio::time::interval(Duration::from_millis(100));
        loop {
            let begun = tokio::time::Instant::now();
            ticks.tick().await;
            self.advance(begun.elapsed() * factor).await;
        }
    }

    fn pass(&mut self, now: i64) {
        self.now = self.now.max(now);
        self.tenant.world().set_horizon(self.now);
    }

    fn happen(&self, until: i64) -> Vec<Happened> {
        let world = self.tenant.world();
        self.settings.kinds.iter().flat_map(|kind| happened(&world, kind, self.now, until)).collect()
    }

    fn chance(&self, event: usize) -> Chance {
        Chance::new(self.tenant.world().population.seed).named("deliveries").at(event as u64)
    }

    fn enqueue(&mut self, happened: &Happened) {
        let event = self.happenings.len();
        let id = happened.event.get("id").and_then(serde_json::Value::as_str).unwrap_or_default().to_owned();
        self.happenings.push(Happening { kind: happened.kind.to_owned(), id, at: happened.at });
        let Some(body) = self.settings.form.body(happened) else { return };
        let chance = self.chance(event);
        for (request, pause) in sent::planned(event, &body, &self.settings.faults, chance) {
            self.queue.push(happened.at + pause, request);
        }
    }

    async fn send(&mut self, request: Request) {
        let chance = self.chance(request.event).named("attempt").at(u64::from(request.attempt));
        let secret = self.settings.secrets.get(request.event % self.settings.secrets.len().max(1));
        let secret = secret.filter(|_| self.settings.form.is_signed());
        let status = match sent::attempted(&request, &self.settings.faults, chance, secret.map(String::as_str)) {
            sent::Attempted::Answered(status) => Some(status),
            sent::Attempted::Sent { body, signature } => {
                let post = self.client.post(self.url.clone()).header("content-type", "application/json");
                let post = signature.into_iter().fold(post, |post, signature| post.header("x-ti-signature", signature));
                post.body(body).send().await.ok().map(|response| response.status().as_u16())
            }
        };
        let is_delivered = status.is_some_and(|status| self.settings.form.is_delivered(status));
        self.attempts.push(Attempt { event: request.event, at: self.now, status, is_delivered });
        if let (false, Some(pause)) = (is_delivered, self.settings.form.pause_after(request.attempt)) {
            self.queue.push(self.now + pause, Request { attempt: request.attempt + 1, ..request });
        }
    }
}
