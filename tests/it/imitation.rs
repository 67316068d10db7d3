//! Tenants that are written down here alone, as functions of a request: they share nothing with the client or the
//! sandbox.

use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use thought_industries::transport::TransportError;
use thought_industries::{Client, ClientBuilder};

use crate::script::Impatient;
use crate::seam::{HttpResponse, Over, Request, Transport};

/// The key of every imitation.
pub(crate) const KEY: &str = "imitated-key";

/// A request, taken apart.
pub(crate) struct Asked<'r> {
    pub(crate) method: &'r str,
    pub(crate) path: &'r str,
    pub(crate) query: &'r str,
    pub(crate) body: &'r str,
    /// Where the key is: `bearer`, `header`, `query`, or nowhere.
    pub(crate) key_in: &'static str,
    /// How many requests came before.
    pub(crate) number: usize,
}

impl Asked<'_> {
    /// A parameter of the query, still encoded.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// A tenant as a function of a request.
#[derive(Clone)]
pub(crate) struct Imitation {
    respond: Arc<dyn Fn(&Asked<'_>) -> HttpResponse + Send + Sync>,
    /// Method and path of each request.
    asked: Arc<Mutex<Vec<String>>>,
    discarded: Arc<Mutex<u32>>,
}

impl std::fmt::Debug for Imitation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Imitation")
    }
}

impl Imitation {
    pub(crate) fn new(respond: impl Fn(&Asked<'_>) -> HttpResponse + Send + Sync + 'static) -> Self {
        Self { respond: Arc::new(respond), asked: Arc::default(), discarded: Arc::default() }
    }

    /// A client that knows nothing of it.
    pub(crate) fn client(&self) -> Client {
        self.builder().build().expect("right settings")
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        let builder = Client::builder().set_subdomain("acme").set_api_key(KEY).without_limits();
        builder.with_service(Over::new(self.clone())).with_clock(Impatient::default())
    }

    /// Method and path of each request so far.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().expect("not poisoned").clone()
    }

    /// How often connections were discarded, as of the last request.
    pub(crate) fn discarded(&self) -> u32 {
        *self.discarded.lock().expect("not poisoned")
    }
}

impl Transport for Imitation {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        let rest = request.url.strip_prefix("https://acme.thoughtindustries.com").expect("the tenant's host");
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let header = |name: &str| request.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        let key_in = match (header("authorization"), header("x-api-key")) {
            (Some(value), _) if value == format!("Bearer {KEY}") => "bearer",
            (_, Some(KEY)) => "header",
            _ if query.contains(&format!("apiKey={KEY}")) => "query",
            _ => "nowhere",
        };
        *self.discarded.lock().expect("not poisoned") = request.info.generation;
        let number = {
            let mut asked = self.asked.lock().expect("not poisoned");
            asked.push(format!("{} {path}", request.method));
            asked.len() - 1
        };
        let asked = Asked { method: &request.method, path, query, body: &request.body, key_in, number };
        let response = (self.respond)(&asked);
        async move { Ok(response) }.boxed()
    }
}

pub(crate) fn json(status: u16, body: impl Into<String>) -> HttpResponse {
    HttpResponse::new(status, "application/json", body.into())
}

pub(crate) fn page(status: u16, title: &str) -> HttpResponse {
    HttpResponse::new(status, "text/html", format!("<!doctype html><title>{title}</title>"))
}
