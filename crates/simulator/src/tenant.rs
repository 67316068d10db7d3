//! The tenant of a world: a light model, or the sandbox.

pub(crate) mod model;
#[cfg(test)]
mod tests;
pub(crate) mod window;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::FutureExt as _;
use serde_json::Value;
use thought_industries_sandbox::{InProcessSandbox, Sandbox};

use crate::message::{Reply, Request};
use crate::setup::TenantSetup;
use model::Model;

/// A user, as far as worlds change users.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Person {
    pub(crate) email: Option<String>,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) is_disabled: bool,
}

/// All users at a moment, by id.
pub(crate) type People = Arc<BTreeMap<String, Person>>;

impl Person {
    /// Reads a user of a response.
    pub(crate) fn of(user: &Value) -> Self {
        let text = |name: &str| user.get(name).and_then(Value::as_str).map(str::to_owned);
        Self {
            email: text("email"),
            first_name: text("firstName"),
            last_name: text("lastName"),
            external_id: text("externalCustomerId"),
            role: text("roleKey"),
            is_disabled: user.get("disabled").and_then(Value::as_bool).unwrap_or(false),
        }
    }
}

/// The tenant of a world.
#[derive(Debug)]
pub(crate) enum Tenant {
    Model(Model),
    Sandbox(Box<InProcessSandbox>),
}

impl Tenant {
    /// A tenant with users. `now` is the time of the world.
    pub(crate) fn new(setup: &TenantSetup, seed: u64, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        if !setup.is_sandbox {
            return Self::Model(Model::new(setup.dialect, setup.users, setup.page_size));
        }
        let sandbox = Sandbox::new(setup.dialect).users(setup.users.into()).seed(seed % 1_000);
        // A seed cannot ask for no users, or for another schema.
        let sandbox = sandbox.in_process(now).unwrap_or_else(|error| panic!("the sandbox does not start: {error}"));
        Self::Sandbox(Box::new(sandbox))
    }

    /// The key that it accepts.
    pub(crate) fn key(&self) -> &'static str {
        match self {
            Self::Model(_) => model::KEY,
            Self::Sandbox(sandbox) => sandbox.api_key(),
        }
    }

    /// Responds to a request that arrives `now`. Reads show what was there `lag` earlier.
    pub(crate) fn respond(&mut self, request: &Request, now: Duration, lag: Duration) -> Reply {
        match self {
            Self::Model(model) => model.respond(request, now, now.saturating_sub(lag)),
            Self::Sandbox(sandbox) => ask(sandbox, request),
        }
    }

    /// All users now.
    pub(crate) fn people(&self) -> People {
        match self {
            Self::Model(model) => model.people(),
            Self::Sandbox(sandbox) => Arc::new(everyone(sandbox)),
        }
    }
}

/// Everything in the sandbox happens at once.
fn ask(sandbox: &InProcessSandbox, request: &Request) -> Reply {
    let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.target);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let request = builder.body(Bytes::from(request.body.clone())).unwrap_or_default();
    let response = sandbox.respond(request).now_or_never().unwrap_or_default();
    let headers = response.headers().iter();
    let headers = headers.filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())));
    Reply { status: response.status().as_u16(), headers: headers.collect(), body: response.body().to_vec() }
}

/// Every user of a sandbox, from its own lists.
fn everyone(sandbox: &InProcessSandbox) -> BTreeMap<String, Person> {
    let key = format!("Bearer {}", sandbox.api_key());
    let (mut all, mut next) = (BTreeMap::new(), Some("/incoming/v2/users".to_owned()));
    while let Some(target) = next.take() {
        let headers = vec![("authorization".to_owned(), key.clone())];
        let reply = ask(sandbox, &Request { method: "GET".to_owned(), target, headers, body: String::new() });
        let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let page = body.get("data").and_then(|data| data.get("APIUsers")).unwrap_or(&body);
        for user in page.get("users").and_then(Value::as_array).into_iter().flatten() {
            let id = user.get("id").and_then(Value::as_str).unwrap_or_default();
            all.insert(id.to_owned(), Person::of(user));
        }
        let info = &page["pageInfo"];
        if info["hasMore"].as_bool() == Some(true) {
            next = Some(match info["cursor"].as_str() {
                Some(cursor) => format!("/incoming/v2/users?cursor={cursor}"),
                None => format!("/incoming/v2/users?page={}", info["currentPage"].as_u64().unwrap_or(1) + 1),
            });
        }
    }
    all
}
