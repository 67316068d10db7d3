//! A whole call: its span and its events, around all requests that it takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tracing::Instrument as _;

use super::events::{CallOutcome, Event};
use super::{Call, Sender};
use crate::Error;
use crate::runtime::OperationKind;

tokio::task_local! {
    /// What the call in this task has taken so far.
    static COURSE: Arc<Course>;
}

/// What a call has taken so far, over all its requests.
#[derive(Default)]
struct Course {
    attempts: AtomicU32,
    /// Whether a request was not retried because the budget of retries was spent.
    is_budget_spent: AtomicBool,
}

/// Counts an attempt of the call that runs in this task.
pub(super) fn count_attempt() {
    // Every request is part of a call.
    _ = COURSE.try_with(|course| course.attempts.fetch_add(1, Ordering::Relaxed));
}

/// Notes that a request of the call was not retried because the budget of retries is spent.
pub(super) fn note_spent_budget() {
    _ = COURSE.try_with(|course| course.is_budget_spent.store(true, Ordering::Relaxed));
}

impl Sender {
    /// Runs a call with all its requests: other surfaces, further reads, retries. Its errors name the operation. A call
    /// within a call is a part of it.
    pub(crate) fn run_call<T>(
        &self,
        operation: &'static str,
        kind: OperationKind,
        call: impl Future<Output = Result<T, Error>>,
    ) -> impl Future<Output = Result<T, Error>> {
        // On the heap, so that futures of callers stay small.
        self.observe(operation, kind, Box::pin(call))
    }

    async fn observe<T>(
        &self,
        operation: &'static str,
        kind: OperationKind,
        call: impl Future<Output = Result<T, Error>> + Unpin,
    ) -> Result<T, Error> {
        if COURSE.try_with(|_| ()).is_ok() {
            return call.await.map_err(|error| error.with_operation(operation));
        }
        self.check_runtime().map_err(|error| error.with_operation(operation))?;
        let span = tracing::info_span!(
            "operation",
            otel.name = operation,
            otel.kind = "internal",
            graphql.operation.r#type = kind_name(kind),
        );
        let (course, started) = (Arc::<Course>::default(), self.clock.now());
        let mut end = End { sender: self, operation, started, course: Arc::clone(&course), outcome: None };
        self.listener.emit(&Event::Start { operation });
        let result = COURSE.scope(Arc::clone(&course), call).instrument(span).await;
        end.outcome = Some(match &result {
            Ok(_) => CallOutcome::Succeeded,
            Err(error) => CallOutcome::Failed(error.kind()),
        });
        drop(end);
        let is_budget_spent = course.is_budget_spent.load(Ordering::Relaxed);
        result.map_err(|error| error.with_operation(operation).with_retry_budget_spent(is_budget_spent))
    }

    /// The default clock and the built-in service need a Tokio runtime, and would panic without one.
    fn check_runtime(&self) -> Result<(), Error> {
        let is_needed = self.transport.needs_tokio() || self.clock.needs_tokio();
        if is_needed && Handle::try_current().is_err() {
            return Err(Error::settings(
                "a Tokio runtime is required: run the call inside one, such as `#[tokio::main]`; nothing was sent",
            ));
        }
        Ok(())
    }
}

pub(super) fn kind_name(kind: OperationKind) -> &'static str {
    if kind == OperationKind::Mutation { "mutation" } else { "query" }
}

impl Call {
    pub(super) fn kind_name(&self) -> &'static str {
        kind_name(self.kind)
    }
}

/// Reports the end of a call, also of one whose future is dropped.
struct End<'s> {
    sender: &'s Sender,
    operation: &'static str,
    started: Duration,
    course: Arc<Course>,
    outcome: Option<CallOutcome>,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        let duration = self.sender.clock.now().saturating_sub(self.started);
        let attempts = self.course.attempts.load(Ordering::Relaxed);
        let outcome = self.outcome.unwrap_or(CallOutcome::Cancelled);
        self.sender.listener.emit(&Event::End { operation: self.operation, outcome, duration, attempts });
    }
}
