//! Faults: the ways in which a tenant misbehaves, by name. Every run with the same seed gets the same faults.

mod answers;
mod bodies;

use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::connection::Cut;
use crate::population::Chance;
use crate::tenant::Tenant;
use crate::writes::Writer;

/// Faults of a kind, by name.
macro_rules! faults {
    ($(#[$about:meta])* $Fault:ident: $($(#[$docs:meta])* $variant:ident $name:literal)*) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $Fault {
            $($(#[$docs])* $variant,)*
        }

        impl $Fault {
            /// Every fault.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name, as `ti sandbox` takes it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }

        impl std::fmt::Display for $Fault {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.name())
            }
        }

        impl std::str::FromStr for $Fault {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                Self::ALL.iter().copied().find(|fault| fault.name() == text).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|fault| fault.name()).collect();
                    format!("`{text}` is not a fault; use one of {}", known.join(", "))
                })
            }
        }
    };
}
pub(crate) use faults;

faults! {
    /// A way in which a tenant misbehaves. Faults only affect requests that have the key.
    Fault:
    /// 429 with `Retry-After`.
    TooManyRequests "too-many-requests"
    /// 429 without any waiting time.
    TooManyRequestsWithoutWait "too-many-requests-without-wait"
    /// 429 whose `Retry-After` and `X-RateLimit-Reset` disagree.
    TooManyRequestsContradicting "too-many-requests-contradicting"
    /// 500 with an error body.
    InternalError "internal-error"
    /// 502 with an error page of a proxy.
    BadGateway "bad-gateway"
    /// 503 with `Retry-After`.
    Unavailable "unavailable"
    /// 504.
    GatewayTimeout "gateway-timeout"
    /// 200 with a login page.
    LoginPage "login-page"
    /// 200 with only a message.
    MessageOnly "message-only"
    /// 200 with errors, and null for data.
    ErrorsAndNoData "errors-and-no-data"
    /// 200 with half of a JSON body.
    TruncatedBody "truncated-body"
    /// A body that is cut off before its announced end.
    BrokenBody "broken-body"
    /// The connection is cut before the request is processed.
    ConnectionResetBefore "connection-reset-before"
    /// The connection is cut after the request was carried out, and no response is sent.
    ConnectionResetAfter "connection-reset-after"
    /// No response for two minutes.
    SlowFirstByte "slow-first-byte"
    /// The beginning of a response, and then nothing for two minutes.
    SlowBody "slow-body"
    /// A redirect to another host.
    RedirectElsewhere "redirect-elsewhere"
    /// A body of 80 MB.
    OversizedBody "oversized-body"
    /// A compressed body of 80 KB that expands to 80 MB.
    GzipBomb "gzip-bomb"
    /// JSON that is nested 100,000 deep.
    DeepBody "deep-body"
    /// Data with an error: a part of the data is null.
    PartialData "partial-data"
    /// Null for a non-null id.
    NullForNonNull "null-for-non-null"
    /// Enum values that are not in the schema.
    UnknownEnumValue "unknown-enum-value"
    /// Union members that are not in the schema.
    UnknownUnionMember "unknown-union-member"
    /// Fields that were not requested.
    ExtraFields "extra-fields"
    /// Malformed dates.
    MalformedDate "malformed-date"
    /// A cursor that leads back to the same page, endlessly.
    RepeatedCursor "repeated-cursor"
    /// A cursor that is always new, but leads in a circle.
    EndlessCursor "endless-cursor"
    /// Pages of seven entries, whatever size was requested, with more to come: in every list, at any rate.
    ShortPages "short-pages"
    /// A user is deleted before a list is read, and another is created before the next read.
    ChurnWhilePaging "churn-while-paging"
    /// GraphQL reports that a field does not exist, although introspection shows it.
    FieldRefused "field-refused"
}

/// A fault, and the share of requests or deliveries that it affects.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaultRate<F = Fault> {
    /// The fault.
    pub fault: F,
    /// From 0 to 1.
    pub rate: f64,
}

/// Parses `NAME` or `NAME:RATE`, the rate being from 0 to 1.
///
/// ```
/// use thought_industries_sandbox::{Fault, FaultRate};
/// let rate: FaultRate = "bad-gateway:0.2".parse()?;
/// assert_eq!((rate.fault, rate.rate), (Fault::BadGateway, 0.2));
/// # Ok::<(), String>(())
/// ```
impl<F: FromStr<Err = String>> FromStr for FaultRate<F> {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, rate) = text.split_once(':').unwrap_or((text, "1"));
        let fault = name.parse()?;
        match rate.parse::<f64>() {
            Ok(rate) if (0.0..=1.0).contains(&rate) => Ok(Self { fault, rate }),
            _ => Err(format!("`{rate}` is not a rate: use a number from 0 to 1")),
        }
    }
}

/// The faults of a sandbox.
#[derive(Debug)]
pub(crate) struct Faults {
    rates: Vec<FaultRate>,
    seed: u64,
    tenant: Arc<Tenant>,
    requests: AtomicU64,
    /// How often a user was deleted or created while a list was read.
    churned: AtomicU64,
}

impl Faults {
    pub(crate) fn new(rates: Vec<FaultRate>, seed: u64, tenant: Arc<Tenant>) -> Self {
        if rates.iter().any(|rate| rate.fault == Fault::GzipBomb) {
            // Compressing it takes longer than a client may wait.
            std::sync::LazyLock::force(&answers::BOMB);
        }
        Self { rates, seed, tenant, requests: AtomicU64::new(0), churned: AtomicU64::new(0) }
    }

    /// Whether lists are cut into short pages.
    pub(crate) fn has_short_pages(rates: &[FaultRate]) -> bool {
        rates.iter().any(|rate| rate.fault == Fault::ShortPages && rate.rate > 0.0)
    }

    /// The fault of the next request, if any.
    fn next(&self) -> Option<Fault> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        drawn(&self.rates, Chance::new(self.seed).named("faults").at(number))
    }
}

/// The fault that chance picks, if any.
pub(crate) fn drawn<F: Copy>(rates: &[FaultRate<F>], chance: Chance) -> Option<F> {
    // Six digits are precise enough for a rate.
    let mut drawn = f64::from(u32::try_from(chance.below(1_000_000)).unwrap_or_default()) / 1_000_000.0;
    for FaultRate { fault, rate } in rates {
        if drawn < *rate {
            return Some(*fault);
        }
        drawn -= rate;
    }
    None
}

/// Injects faults, if the sandbox is configured to.
pub(crate) async fn inject(
    State(faults): State<Option<Arc<Faults>>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
    next: Next,
) -> Response {
    let Some(faults) = faults else { return next.run(request).await };
    let Some(fault) = faults.next() else { return next.run(request).await };
    match fault {
        Fault::ConnectionResetBefore => {
            cut.cut();
            Response::default()
        }
        Fault::ConnectionResetAfter => {
            let response = next.run(request).await;
            cut.cut();
            response
        }
        Fault::FieldRefused if !crate::dialect::is_graphql_path(request.uri().path()) => next.run(request).await,
        // The request itself is not affected: every list is cut into short pages.
        Fault::ShortPages => next.run(request).await,
        Fault::ChurnWhilePaging => {
            let is_odd = faults.churned.fetch_add(1, Ordering::Relaxed) % 2 == 0;
            // This takes microseconds.
            Writer::new(faults.tenant.world(), faults.tenant.own()).churn(is_odd);
            next.run(request).await
        }
        fault => match bodies::change(fault) {
            Some(change) => bodies::changed(next.run(request).await, change).await,
            None => answers::instead(fault).await,
        },
    }
}
