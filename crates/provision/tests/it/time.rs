//! A clock that does not make a test wait, and the way to a sandbox.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use thought_industries::Clock;

use crate::seam::{HttpResponse, Request};

/// A clock that goes on while no request is under way: to the end of the shortest wait.
#[derive(Debug, Clone)]
pub(crate) struct Time(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    now: Duration,
    requests: usize,
    /// The ends of all waits, each with a number of its own.
    waits: BTreeSet<(Duration, u64)>,
    number: u64,
}

/// A wait, which is over or was given up.
struct Wait(Time, (Duration, u64));

impl Drop for Wait {
    fn drop(&mut self) {
        self.0.state().waits.remove(&self.1);
    }
}

impl Time {
    pub(crate) fn new() -> Self {
        let now = SystemTime::UNIX_EPOCH.elapsed().expect("after 1970");
        Self(Arc::new(Mutex::new(State { now, requests: 0, waits: BTreeSet::new(), number: 0 })))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("not poisoned")
    }

    #[allow(dead_code, reason = "not every test crate lets it pass")]
    pub(crate) fn pass(&self, duration: Duration) {
        self.state().now += duration;
    }

    /// Waits for a response while the time stands still.
    pub(crate) async fn stopped<T>(&self, response: impl Future<Output = T>) -> T {
        self.state().requests += 1;
        let response = response.await;
        self.state().requests -= 1;
        response
    }
}

impl Clock for Time {
    fn now(&self) -> Duration {
        self.state().now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        async move {
            let wait = {
                let mut state = self.state();
                state.number += 1;
                let end = (state.now + duration, state.number);
                state.waits.insert(end);
                Wait(self.clone(), end)
            };
            loop {
                {
                    let mut state = self.state();
                    if state.requests == 0 && state.waits.first() == Some(&wait.1) {
                        state.now = state.now.max(wait.1.0);
                        return;
                    }
                }
                tokio::task::yield_now().await;
            }
        }
        .boxed()
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// Sends a request to a sandbox.
pub(crate) async fn pass_on(http: &reqwest::Client, request: &Request) -> HttpResponse {
    let method = request.method.parse().expect("a method");
    let headers = request.headers.iter();
    let sent = headers.fold(http.request(method, &request.url), |sent, (name, value)| sent.header(name, value));
    let response = sent.body(request.body.clone()).send().await.expect("the sandbox responds");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default().to_owned();
    let kind = kind.split(';').next().unwrap_or_default().to_owned();
    HttpResponse::new(status, kind, response.bytes().await.expect("a body").to_vec())
}
