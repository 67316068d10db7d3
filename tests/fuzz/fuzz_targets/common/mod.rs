//! A client whose tenant answers with whatever it is given, and for which waiting takes no time.

#[allow(dead_code, reason = "these targets only respond")]
#[path = "../../../it/seam.rs"]
mod seam;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use thought_industries::transport::TransportError;
use thought_industries::{Client, ClientBuilder, Clock};

pub(crate) use seam::HttpResponse;
use seam::{Over, Request, Transport};

#[derive(Debug)]
struct Always(HttpResponse);

impl Transport for Always {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        futures::future::ready(Ok(self.0.clone())).boxed()
    }
}

/// How long was waited, altogether.
#[derive(Debug, Clone, Default)]
pub struct Waited(pub Arc<Mutex<Duration>>);

impl Clock for Waited {
    fn now(&self) -> Duration {
        Duration::from_secs(1_700_000_000) + *self.0.lock().expect("not poisoned")
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        *self.0.lock().expect("not poisoned") += duration;
        futures::future::ready(()).boxed()
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

pub(crate) fn client(answer: HttpResponse, clock: Waited) -> Client {
    let builder: ClientBuilder = Client::builder().set_subdomain("acme").set_api_key("planted-key");
    builder.with_service(Over::new(Always(answer))).with_clock(clock).build().expect("right settings")
}
