//! A transport that answers from a script and keeps what was sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use thought_industries::transport::TransportError;
use thought_industries::{Client, ClientBuilder, Clock, Dialect, RetryPolicy, Surface, TenantProfile};
use thought_industries_sandbox::RunningSandbox;

use crate::seam::{HttpResponse, Over, Request, Transport};

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

    /// A client of a tenant whose surfaces have all responded before. If the script begins with the status of an absent
    /// endpoint, GraphQL has not.
    pub(crate) fn client(&self) -> Client {
        let first = self.answers.lock().unwrap().front().and_then(|first| Some(first.as_ref().ok()?.status));
        let unknown: &[Surface] = if let Some(404 | 405) = first { &[Surface::GraphQl] } else { &[] };
        self.builder().with_profile(known(unknown)).build().expect("right settings")
    }

    /// A client of a tenant that is known to have only this surface.
    pub(crate) fn client_over(&self, surface: Surface) -> Client {
        let mut profile = serde_json::to_value(known(&[])).expect("JSON");
        for endpoint in profile["endpoints"].as_array_mut().expect("endpoints") {
            let is_it = serde_json::from_value::<Surface>(endpoint["surface"].clone()).expect("a surface") == surface;
            endpoint["presence"] = if is_it { "present" } else { "absent" }.into();
        }
        self.builder()
            .with_profile(serde_json::from_value(profile).expect("a profile"))
            .build()
            .expect("right settings")
    }

    /// A client of a tenant of which nothing is known.
    pub(crate) fn stranger(&self) -> Client {
        self.builder().build().expect("right settings")
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        let builder = Client::builder().set_subdomain("acme").set_api_key(Self::KEY);
        let builder = builder.with_service(Over::new(self.clone())).with_retry_policy(RetryPolicy::never());
        builder.with_clock(Impatient::default())
    }

    /// What was sent: method, path with query, header names, body.
    pub(crate) fn sent(&self) -> Vec<String> {
        let line = |request: &Request| {
            let target = request.url.strip_prefix("https://acme.thoughtindustries.com").expect("the tenant's host");
            let names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
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
        let asked = format!("{} {} {}", request.method, request.url, request.body);
        self.sent.lock().unwrap().push(request);
        let answer = self.answers.lock().unwrap().pop_front();
        async move { answer.unwrap_or_else(|| panic!("the script has no answer for {asked}")) }.boxed()
    }
}

/// The profile of a tenant of the observed dialect whose surfaces have responded.
pub(crate) fn known_observed() -> TenantProfile {
    let mut profile = serde_json::to_value(TenantProfile::of(Dialect::Observed)).expect("JSON");
    for endpoint in profile["endpoints"].as_array_mut().expect("endpoints") {
        let is_there = endpoint["path"] == "/helium" || endpoint["surface"] == "v2";
        endpoint["presence"] = if is_there { "present" } else { "absent" }.into();
    }
    profile["learner-roles"] = serde_json::json!(["student"]);
    serde_json::from_value(profile).expect("a profile")
}

/// The profile of a tenant whose surfaces have responded, except for those that were never used.
pub(crate) fn known(unknown: &[Surface]) -> TenantProfile {
    let mut profile = serde_json::to_value(TenantProfile::of(Dialect::Documented)).expect("JSON");
    for endpoint in profile["endpoints"].as_array_mut().expect("endpoints") {
        let surface: Surface = serde_json::from_value(endpoint["surface"].clone()).expect("a surface");
        endpoint["presence"] = if unknown.contains(&surface) { "unknown" } else { "present" }.into();
    }
    profile["learner-roles"] = serde_json::json!(["student"]);
    serde_json::from_value(profile).expect("a profile")
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
pub(crate) fn now<T>(request: impl IntoFuture<Output = T>) -> T {
    request.into_future().now_or_never().expect("a scripted call is done at once")
}

/// A client of a sandbox, which has no limits; waiting takes no time.
pub(crate) fn client_of(tenant: &RunningSandbox) -> Client {
    let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key()).without_limits();
    let builder = builder.with_clock(Impatient::default());
    builder.build().expect("right settings")
}
