//! The order in which the callers of a process are served: that of their arrival.

use std::time::Duration;

use futures::FutureExt as _;
use tokio::sync::{Mutex, MutexGuard};

use super::limiter::PermitRequest;
use super::windows::{Limit, Line, Sent};

/// The counts that callers wait for.
pub(super) trait Counts {
    /// Whether these limits have room, or how long to wait before trying again.
    fn check(&self, request: &PermitRequest<'_>, limits: &[Limit]) -> Result<(), Duration>;

    /// Counts a request that is sent now, if all limits of its line have room.
    fn take(&self, request: &PermitRequest<'_>, line: Line) -> Result<Sent, Duration>;

    /// Whether these counts are no longer kept, so that waiting for them is in vain.
    fn is_over(&self) -> bool {
        false
    }
}

/// A turn for each line of callers.
#[derive(Debug, Default)]
pub(super) struct Turns {
    graphql: Mutex<()>,
    rest: Mutex<()>,
    rest_writes: Mutex<()>,
}

impl Turns {
    /// Serves a request when its turn comes and there is room. Returns `None` if it would wait longer than it permits.
    pub(super) async fn serve(&self, request: &PermitRequest<'_>, counts: &impl Counts) -> Option<Sent> {
        // A turn is kept while its holder waits, so that a cheap request does not overtake a costly one.
        let line = Line::of(request.surface, request.kind);
        match line {
            Line::GraphQl => {
                let _turn = take(&self.graphql, request).await?;
                served(request, counts, line).await
            }
            Line::RestReads => {
                let _turn = take(&self.rest, request).await?;
                served(request, counts, line).await
            }
            Line::RestWrites => {
                let _turn = take(&self.rest_writes, request).await?;
                self.serve_write(request, counts).await
            }
        }
    }

    /// Serves a write whose turn among the writes has come. Reads pass it while it waits for the limit of writes.
    async fn serve_write(&self, request: &PermitRequest<'_>, counts: &impl Counts) -> Option<Sent> {
        loop {
            while let Err(wait) = counts.check(request, &[Limit::RestWrites]) {
                wait_for(request, counts, wait).await?;
            }
            let _turn = take(&self.rest, request).await?;
            while counts.check(request, &[Limit::RestWrites]).is_ok() {
                match counts.take(request, Line::RestWrites) {
                    Ok(sent) => return Some(sent),
                    Err(wait) => wait_for(request, counts, wait).await?,
                }
            }
        }
    }
}

async fn wait_for(request: &PermitRequest<'_>, counts: &impl Counts, wait: Duration) -> Option<()> {
    if counts.is_over() { None } else { request.wait(wait).await }
}

async fn served(request: &PermitRequest<'_>, counts: &impl Counts, line: Line) -> Option<Sent> {
    loop {
        match counts.take(request, line) {
            Ok(sent) => return Some(sent),
            Err(wait) => wait_for(request, counts, wait).await?,
        }
    }
}

async fn take<'t>(turn: &'t Mutex<()>, request: &PermitRequest<'_>) -> Option<MutexGuard<'t, ()>> {
    if let Ok(turn) = turn.try_lock() {
        return Some(turn);
    }
    let left = request.patience.saturating_sub(request.clock.now());
    futures::select_biased! {
        turn = turn.lock().fuse() => Some(turn),
        () = request.clock.sleep(left).fuse() => None,
    }
}
