//! Handing events over: at least once each, with retries, and never in the way of those that follow.

mod command;
mod file;
mod forward;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, select};
use thought_industries::{Clock, TokioClock};
use thought_industries_store::StoreError;

use crate::event::KeptEvent;
use crate::inbox::{Inbox, KEPT};

pub use command::CommandConsumer;
pub use file::FileConsumer;
pub use forward::{ForwardConsumer, InvalidForward};

/// How often the inbox is looked at for events that are due again, or that another process has released.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The longest pause before a hand-over is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);
/// The longest pause while the consumer cannot be reached.
const LONGEST_OUTAGE: Duration = Duration::from_secs(300);
/// How often events that were handed over long ago are forgotten.
const TIDY: Duration = Duration::from_secs(3_600);

/// What gets events.
pub trait Consumer: Send + Sync {
    /// How many events it takes at once.
    fn at_once(&self) -> usize {
        1
    }

    /// Takes events: all of them or none.
    fn take<'c>(&'c mut self, events: &'c [KeptEvent]) -> BoxFuture<'c, Taken>;
}

/// What came of a hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Taken {
    /// The consumer has the events. The note is kept together with that.
    Done {
        /// Its name and its value.
        note: Option<(String, String)>,
    },
    /// The consumer did not take them, and may do so later.
    Failed(String),
    /// The consumer will not take them.
    Refused(String),
    /// The consumer cannot be reached. No event is given up for that.
    Unavailable(String),
}

/// What came of the events that were due.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HandedOver {
    /// How many the consumer has.
    pub done: u64,
    /// How many hand-overs failed and are tried again.
    pub failed: u64,
    /// How many were given up.
    pub dead: u64,
    /// Whether the consumer could not be reached: the rest waits.
    pub is_unavailable: bool,
}

/// Hands the events of an inbox over to a consumer. An event whose hand-over fails is tried again after 1, 2, 4 seconds and so
/// on, up to an hour, and given up after some tries; others do not wait for it. One inbox has one worker.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
/// use thought_industries_events::{FileConsumer, Inbox, Worker};
///
/// let inbox = Arc::new(Inbox::open("inbox.sqlite".as_ref())?);
/// let consumer = FileConsumer::open("events.ndjson".as_ref(), inbox.clone())?;
/// Worker::new(inbox, consumer).with_tries(10).run().await?;
/// # Ok(())
/// # }
/// ```
pub struct Worker {
    inbox: Arc<Inbox>,
    consumer: Box<dyn Consumer>,
    clock: Arc<dyn Clock>,
    tries: u32,
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker").field("inbox", &self.inbox).finish_non_exhaustive()
    }
}

impl Worker {
    /// A worker with the clock of the system, which gives an event up after 15 tries: about four hours.
    pub fn new(inbox: Arc<Inbox>, consumer: impl Consumer + 'static) -> Self {
        Self { inbox, consumer: Box::new(consumer), clock: Arc::new(TokioClock::default()), tries: 15 }
    }

    /// Sets after how many tries an event is given up; at least 1.
    #[must_use]
    pub fn with_tries(mut self, tries: u32) -> Self {
        self.tries = tries.max(1);
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    fn now(&self) -> i64 {
        i64::try_from(self.clock.now().as_millis()).unwrap_or(i64::MAX)
    }

    /// Hands over what is in the inbox, and what comes into it, for as long as the future is polled.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn run(&mut self) -> Result<(), StoreError> {
        let (inbox, clock) = (Arc::clone(&self.inbox), Arc::clone(&self.clock));
        let mut outages = 0;
        let mut tidied: Option<Duration> = None;
        loop {
            let handed = self.run_due().await?;
            if tidied.is_none_or(|tidied| clock.now().saturating_sub(tidied) >= TIDY) {
                tidied = Some(clock.now());
                let before = self.now() - milliseconds(KEPT);
                inbox.blocking(move |inbox| inbox.forget(before)).await?;
            }
            if handed.is_unavailable {
                clock.sleep(pause(outages, LONGEST_OUTAGE, clock.chance())).await;
                outages += 1;
                continue;
            }
            outages = 0;
            _ = select(Box::pin(inbox.changed()), clock.sleep(LOOK_AGAIN)).await;
        }
    }

    /// Hands over what is due now, and returns.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn run_due(&mut self) -> Result<HandedOver, StoreError> {
        let mut handed = HandedOver::default();
        let most = self.consumer.at_once();
        loop {
            let now = self.now();
            let due = self.inbox.blocking(move |inbox| inbox.due(now, most)).await?;
            if due.is_empty() {
                return Ok(handed);
            }
            match self.consumer.take(&due).await {
                Taken::Done { note } => {
                    handed.done += due.len() as u64;
                    let places: Vec<i64> = due.iter().map(|event| event.seq).collect();
                    let now = self.now();
                    let kept = self.inbox.blocking(move |inbox| {
                        let note = note.as_ref().map(|(name, value)| (name.as_str(), value.as_str()));
                        inbox.finish(&places, note, now)
                    });
                    kept.await?;
                }
                Taken::Unavailable(reason) => {
                    tracing::warn!(reason, "the consumer cannot be reached");
                    handed.is_unavailable = true;
                    return Ok(handed);
                }
                Taken::Failed(reason) => self.keep_failed(due, &reason, false, &mut handed).await?,
                Taken::Refused(reason) => self.keep_failed(due, &reason, true, &mut handed).await?,
            }
        }
    }

    async fn keep_failed(
        &self,
        events: Vec<KeptEvent>,
        reason: &str,
        is_final: bool,
        handed: &mut HandedOver,
    ) -> Result<(), StoreError> {
        for event in events {
            let is_dead = is_final || event.tries + 1 >= self.tries;
            *(if is_dead { &mut handed.dead } else { &mut handed.failed }) += 1;
            tracing::warn!(event = event.seq, reason, is_dead, "an event was not taken");
            let pause = milliseconds(pause(event.tries, LONGEST_PAUSE, self.clock.chance()));
            let again = (!is_dead).then(|| self.now().saturating_add(pause));
            let reason = reason.to_owned();
            self.inbox.blocking(move |inbox| inbox.fail(event.seq, &reason, again)).await?;
        }
        Ok(())
    }
}

/// The pause after so many failures: half of it is drawn, so that consumers are not asked by many at once.
fn pause(failures: u32, longest: Duration, chance: f64) -> Duration {
    let whole = Duration::from_secs(1 << failures.min(20)).min(longest);
    whole.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// An event as consumers get it: one line of JSON.
fn line(event: &KeptEvent) -> Vec<u8> {
    // Texts and JSON values are all that an event has, so this cannot fail.
    let mut line = serde_json::to_vec(event).unwrap_or_default();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests;
