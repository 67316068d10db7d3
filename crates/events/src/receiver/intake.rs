//! Keeps the events of several requests in one commit: a commit waits for the disk, and a thousand a second would be too many.

use std::future::Future;
use std::sync::Arc;

use thought_industries::Clock;
use thought_industries_store::StoreError;
use tokio::sync::{mpsc, oneshot};

use crate::event::Arrival;
use crate::inbox::{Added, Inbox};

/// How many requests one commit keeps.
const AT_ONCE: usize = 128;

/// A request that waits: its events, and where the outcome goes.
type Waiting = (Vec<Arrival>, oneshot::Sender<Result<Vec<Added>, StoreError>>);

/// Where requests leave their events.
#[derive(Clone)]
pub(super) struct Intake {
    waiting: mpsc::Sender<Waiting>,
}

impl Intake {
    /// The intake, and what keeps the events for as long as it is polled.
    pub(super) fn start(inbox: Arc<Inbox>, clock: Arc<dyn Clock>) -> (Self, impl Future<Output = ()>) {
        let (waiting, mut arrived) = mpsc::channel::<Waiting>(AT_ONCE);
        let storing = async move {
            let mut requests = Vec::with_capacity(AT_ONCE);
            while arrived.recv_many(&mut requests, AT_ONCE).await > 0 {
                let batch = std::mem::take(&mut requests);
                let now = i64::try_from(clock.now().as_millis()).unwrap_or(i64::MAX);
                let (events, senders): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
                let kept = inbox.blocking(move |inbox| keep(inbox, &events, now)).await;
                answer(kept, senders);
            }
        };
        (Self { waiting }, storing)
    }

    /// Keeps the events of a request: all or none.
    pub(super) async fn keep(&self, events: Vec<Arrival>) -> Result<Vec<Added>, StoreError> {
        let (sender, outcome) = oneshot::channel();
        let ends = || StoreError::new("the receiver ends");
        self.waiting.send((events, sender)).await.map_err(|_| ends())?;
        outcome.await.unwrap_or_else(|_| Err(ends()))
    }
}

/// Keeps the events of all requests in one commit, and returns what came of each request.
fn keep(inbox: &Inbox, requests: &[Vec<Arrival>], now: i64) -> Result<Vec<Vec<Added>>, StoreError> {
    let mut added = inbox.add(&requests.concat(), now)?.into_iter();
    Ok(requests.iter().map(|events| added.by_ref().take(events.len()).collect()).collect())
}

fn answer(kept: Result<Vec<Vec<Added>>, StoreError>, senders: Vec<oneshot::Sender<Result<Vec<Added>, StoreError>>>) {
    match kept {
        Ok(added) => {
            for (sender, added) in senders.into_iter().zip(added) {
                // A sender that has hung up sends the event again.
                _ = sender.send(Ok(added));
            }
        }
        Err(error) => {
            for sender in senders {
                _ = sender.send(Err(StoreError::new(error.to_string())));
            }
        }
    }
}
