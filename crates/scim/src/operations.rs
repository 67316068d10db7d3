//! The endpoints for operators, on an address of their own: health, and metrics for Prometheus.

use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde_json::json;

use crate::error::ScimError;
use crate::gateway::Gateway;
use crate::metrics::Gauges;
use crate::roster::READ_AT;
use crate::store::{JobState, read};

/// `/health` and `/metrics`. They need no token and have nothing of any user; serve them where the monitoring is.
///
/// `/health` is 200 as soon as the gateway answers directories, and 503 before that or if the store fails. It stays 200 while the
/// tenant cannot be written to: reads are answered and writes are kept, and `trouble` has the reason.
///
/// ```no_run
/// # async fn run(gateway: thought_industries_scim::Gateway) -> std::io::Result<()> {
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:9090").await?;
/// axum::serve(listener, thought_industries_scim::operations_router(gateway)).await
/// # }
/// ```
pub fn operations_router(gateway: Gateway) -> Router {
    let of_metrics = gateway.clone();
    Router::new()
        .route("/health", get(move || async move { health(&gateway).await }))
        .route("/metrics", get(move || async move { metrics(&of_metrics).await }))
}

async fn health(gateway: &Gateway) -> Response {
    let (status, text) = match gateway.gauges().await {
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the store fails; the log of the gateway has the cause"),
        Ok(gauges) if !gauges.is_ready => {
            (StatusCode::SERVICE_UNAVAILABLE, "the users of the tenant are being read for the first time")
        }
        Ok(_) => (StatusCode::OK, "ok"),
    };
    let body = json!({ "status": text, "trouble": gateway.trouble() }).to_string();
    (status, [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
}

async fn metrics(gateway: &Gateway) -> Response {
    match gateway.gauges().await {
        Ok(gauges) => {
            let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
            ([(header::CONTENT_TYPE, kind)], gateway.inner.counters.render(&gauges)).into_response()
        }
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    }
}

impl Gateway {
    async fn gauges(&self) -> Result<Gauges, ScimError> {
        let is_ready = self.check_ready().is_ok();
        self.blocking(move |gateway| {
            let now = gateway.now();
            let since = |at: i64| Duration::from_millis(u64::try_from(now - at).unwrap_or_default());
            read(gateway.store(), |tables| {
                let open = tables.open_jobs()?;
                let count = |state: JobState| open.iter().filter(|job| job.state == state).count() as u64;
                let states = [JobState::Queued, JobState::Running, JobState::Held];
                let unheld = open.iter().find(|job| job.state != JobState::Held);
                Ok(Gauges {
                    is_ready,
                    has_trouble: gateway.trouble().is_some(),
                    roster_age: tables.note(READ_AT)?.and_then(|text| text.parse().ok()).map(since),
                    jobs: states.map(|state| (state.name(), count(state))),
                    failed: tables.failed_jobs(1_000)?.len() as u64,
                    oldest: unheld.map_or(Duration::ZERO, |job| since(job.created)),
                })
            })
        })
        .await
    }
}
