//! A transport that answers from a script and keeps what was sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use thought_industries::transport::{HttpResponse, Request, Transport, TransportError};
use thought_industries::{Client, Clock, RetryPolicy};
use thought_industries_sandbox::RunningSandbox;

#[derive(Debug, Clone, Default)]
pub(crate) struct Script {
    answers: Arc<Mutex<VecDeque<Result<HttpResponse, TransportError>>>>,
    sent: Arc<Mutex<Vec<Request>>>,
}

impl Script {
    /// The key of every scripted client.
    pub(crate) const KEY: &str = "scripted-key";

    /// JSON answers, one for each request in turn.
    pub(crate) fn json(answers: &[(u16, &str)]) -> Self {
        let script = Self::default();
        for (status, body) in answers {
            script.then(Ok(HttpResponse::new(*status, "application/json", *body)));
        }
        script
    }

    pub(crate) fn then(&self, answer: Result<HttpResponse, TransportError>) {
        self.answers.lock().unwrap().push_back(answer);
    }

    pub(crate) fn client(&self) -> Client {
        let builder = Client::builder().set_subdomain("acme").set_api_key(Self::KEY);
        let builder = builder.with_transport(self.clone()).with_retry_policy(RetryPolicy::never());
        let builder = builder.with_clock(Impatient::default());
        builder.build().expect("right settings")
    }

    /// What was sent: method, path with query, header names, body.
    pub(crate) fn sent(&self) -> Vec<String> {
        let line = |request: &Request| {
            let target = request.url.strip_prefix("https://acme.thoughtindustries.com").expect("the tenant's host");
            let names: Vec<&str> = request.headers.iter().map(|header| header.name).collect();
            format!("{} {target}\n{}\n{}", request.method, names.join(", "), request.body).trim().to_owned()
        };
        self.sent.lock().unwrap().iter().map(line).collect()
    }

    pub(crate) fn paths(&self) -> Vec<String> {
        self.sent().iter().map(|sent| sent.lines().next().expect("a line").to_owned()).collect()
    }
}

impl Transport for Script {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        self.sent.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front();
        async move { answer.expect("the script has no answer for this request") }.boxed()
    }
}

/// A clock on which waiting takes no time. A wait of minutes is that for an answer, which comes before.
#[derive(Debug, Default)]
pub(crate) struct Impatient(Mutex<Duration>);

impl Clock for Impatient {
    fn now(&self) -> Duration {
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970");
        now + *self.0.lock().expect("not poisoned")
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        if duration > Duration::from_secs(60) {
            return futures::future::pending().boxed();
        }
        *self.0.lock().expect("not poisoned") += duration;
        futures::future::ready(()).boxed()
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// Runs a future to its end; nothing scripted ever waits.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("a scripted call is done at once")
}

/// A client of a sandbox, which has no limits; waiting takes no time.
pub(crate) fn client_of(tenant: &RunningSandbox) -> Client {
    let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key()).without_limits();
    let builder = builder.with_clock(Impatient::default());
    builder.build().expect("right settings")
}
