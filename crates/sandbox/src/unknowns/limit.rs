//! A limit for all requests together.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use serde_json::json;

use super::Unknowns;
use super::forms::LimitHeaders;
use crate::limits::{RequestWindow, Standing};
use crate::reply::json as reply;

/// The window of a tenant, and the headers that report it.
#[derive(Debug)]
pub(crate) struct TotalLimit {
    window: RequestWindow,
    headers: LimitHeaders,
}

impl TotalLimit {
    /// The limit of a tenant, if it has one.
    pub(crate) fn new(unknowns: &Unknowns) -> Option<Arc<Self>> {
        let limit = unknowns.limit?;
        let window = RequestWindow::new(limit.requests, limit.seconds.clamp(0.01, 3_600.0));
        Some(Arc::new(Self { window, headers: unknowns.limit_headers }))
    }

    fn refusal(&self, standing: Standing) -> Response {
        let mut response = match self.headers {
            LimitHeaders::Right | LimitHeaders::RetryAfterOnly => standing.refusal(),
            // The body of the documents has the waiting time as well.
            LimitHeaders::Missing | LimitHeaders::ResetOnly => {
                let mut response = reply(StatusCode::TOO_MANY_REQUESTS, &json!({ "error": "rate_limit_exceeded" }));
                standing.tell(response.headers_mut());
                response
            }
        };
        self.keep_headers(&mut response);
        response
    }

    fn keep_headers(&self, response: &mut Response) {
        let dropped: &[&str] = match self.headers {
            LimitHeaders::Right => &[],
            LimitHeaders::Missing | LimitHeaders::RetryAfterOnly => {
                &["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"]
            }
            LimitHeaders::ResetOnly => &["x-ratelimit-limit", "x-ratelimit-remaining"],
        };
        for name in dropped {
            response.headers_mut().remove(*name);
        }
    }
}

/// Enforces the limit of a tenant, if it has one.
pub(crate) async fn limit(State(limit): State<Option<Arc<TotalLimit>>>, request: Request, next: Next) -> Response {
    let Some(limit) = limit else { return next.run(request).await };
    let standing = limit.window.take();
    if standing.is_over() {
        return limit.refusal(standing);
    }
    let mut response = next.run(request).await;
    standing.tell(response.headers_mut());
    limit.keep_headers(&mut response);
    response
}
