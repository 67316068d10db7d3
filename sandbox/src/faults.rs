//! Faults: what a tenant does when it misbehaves, by name, and the same in every run with the same seed.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures::stream;
use serde_json::json;

use crate::http::{Site, json};
use crate::population::Chance;

macro_rules! faults {
    ($($(#[$docs:meta])* $variant:ident $name:literal)*) => {
        /// A way in which a tenant misbehaves. It does so to requests that have the key, before anything is done with
        /// them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Fault {
            $($(#[$docs])* $variant,)*
        }

        impl Fault {
            /// Every fault.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name, as `ti sandbox --fault` takes it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

faults! {
    /// 429 with `Retry-After`.
    TooManyRequests "too-many-requests"
    /// 429 without a word of how long.
    TooManyRequestsWithoutWait "too-many-requests-without-wait"
    /// 429 whose `Retry-After` and `X-RateLimit-Reset` disagree.
    TooManyRequestsContradicting "too-many-requests-contradicting"
    /// 500 with an error body.
    InternalError "internal-error"
    /// 502 with a page of the proxy.
    BadGateway "bad-gateway"
    /// 503 with `Retry-After`.
    Unavailable "unavailable"
    /// 504.
    GatewayTimeout "gateway-timeout"
    /// 200 with a page to log in at.
    LoginPage "login-page"
    /// 200 with nothing but a message.
    MessageOnly "message-only"
    /// 200 with errors and null for data.
    ErrorsAndNoData "errors-and-no-data"
    /// 200 with half of a JSON body.
    TruncatedBody "truncated-body"
    /// A body that is cut off before its announced end.
    BrokenBody "broken-body"
    /// A redirect to another host.
    RedirectElsewhere "redirect-elsewhere"
    /// A body of 80 MB.
    OversizedBody "oversized-body"
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().copied().find(|fault| fault.name() == text).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|fault| fault.name()).collect();
            format!("`{text}` is no fault; there are {}", known.join(", "))
        })
    }
}

/// A fault, and to how many of the requests it happens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultRate {
    /// The fault.
    pub fault: Fault,
    /// From 0 to 1.
    pub rate: f64,
}

/// Reads `NAME` or `NAME:RATE`, the rate being from 0 to 1.
///
/// ```
/// use thought_industries_sandbox::{Fault, FaultRate};
/// let rate: FaultRate = "bad-gateway:0.2".parse()?;
/// assert_eq!((rate.fault, rate.rate), (Fault::BadGateway, 0.2));
/// # Ok::<(), String>(())
/// ```
impl FromStr for FaultRate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rate) = text.split_once(':').unwrap_or((text, "1"));
        let fault = name.parse()?;
        match rate.parse::<f64>() {
            Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(Self { fault, rate }),
            _ => Err(format!("`{rate}` is no rate: give a number from 0 to 1")),
        }
    }
}

/// The faults of a sandbox.
#[derive(Debug)]
pub(crate) struct Faults {
    rates: Vec<FaultRate>,
    seed: u64,
    requests: AtomicU64,
}

impl Faults {
    pub(crate) fn new(rates: Vec<FaultRate>, seed: u64) -> Self {
        Self { rates, seed, requests: AtomicU64::new(0) }
    }

    /// What happens to the next request, if anything.
    fn next(&self) -> Option<Fault> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        // Six digits of chance are enough for a rate.
        let drawn = Chance::new(self.seed).named("faults").at(number).below(1_000_000);
        let mut drawn = f64::from(u32::try_from(drawn).unwrap_or_default()) / 1_000_000.0;
        for FaultRate { fault, rate } in &self.rates {
            if drawn < *rate {
                return Some(*fault);
            }
            drawn -= rate;
        }
        None
    }
}

/// Misbehaves, where a sandbox was asked to.
pub(crate) async fn inject(State(site): State<Site>, request: Request, next: Next) -> Response {
    match site.faults.as_ref().and_then(|faults| faults.next()) {
        Some(fault) => answer(fault),
        None => next.run(request).await,
    }
}

fn answer(fault: Fault) -> Response {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
    let page = |status: StatusCode, text: &'static str| {
        (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response()
    };
    let with = |mut response: Response, name: &'static str, value: u64| {
        response.headers_mut().insert(name, value.into());
        response
    };
    let limited = || json(StatusCode::TOO_MANY_REQUESTS, &json!({ "error": "rate_limit_exceeded" }));
    match fault {
        Fault::TooManyRequests => with(limited(), "retry-after", 1),
        Fault::TooManyRequestsWithoutWait => limited(),
        Fault::TooManyRequestsContradicting => with(with(limited(), "retry-after", 1), "x-ratelimit-reset", now + 3),
        Fault::InternalError => {
            json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "errors": [{ "message": "Internal server error" }] }))
        }
        Fault::BadGateway => page(StatusCode::BAD_GATEWAY, "<html><h1>502 Bad Gateway</h1></html>"),
        Fault::Unavailable => with(StatusCode::SERVICE_UNAVAILABLE.into_response(), "retry-after", 1),
        Fault::GatewayTimeout => StatusCode::GATEWAY_TIMEOUT.into_response(),
        Fault::LoginPage => page(StatusCode::OK, "<!doctype html><title>Log in</title>"),
        Fault::MessageOnly => json(StatusCode::OK, &json!({ "message": "Please try again later" })),
        Fault::ErrorsAndNoData => {
            json(StatusCode::OK, &json!({ "data": null, "errors": [{ "message": "Something went wrong" }] }))
        }
        Fault::TruncatedBody => {
            let half = r#"{"data":{"users":[{"id":"#;
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], half).into_response()
        }
        Fault::BrokenBody => {
            let pieces = [Ok(r#"{"data":{"#), Err(std::io::Error::other("cut off"))];
            let body = Body::from_stream(stream::iter(pieces));
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], body).into_response()
        }
        Fault::RedirectElsewhere => {
            (StatusCode::FOUND, [(header::LOCATION, "https://elsewhere.example/")]).into_response()
        }
        Fault::OversizedBody => {
            let pieces = stream::iter((0..80).map(|_| Ok::<_, std::io::Error>(vec![b' '; 1 << 20])));
            (StatusCode::OK, [(header::CONTENT_TYPE, "application/json")], Body::from_stream(pieces)).into_response()
        }
    }
}
