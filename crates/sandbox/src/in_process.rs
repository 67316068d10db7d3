//! A sandbox without a socket.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use tower_service::Service as _;

use crate::connection::Cut;
use crate::tenant::Tenant;
use crate::{Effect, http};

/// A sandbox that is called directly: see [`Sandbox::in_process`](crate::Sandbox::in_process).
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use std::time::SystemTime;
/// use thought_industries_sandbox::{Dialect, Sandbox};
///
/// let tenant = Sandbox::new(Dialect::Observed).users(3).in_process(|| SystemTime::UNIX_EPOCH)?;
/// let key = format!("Bearer {}", tenant.api_key());
/// let request = http::Request::get("/incoming/v2/users").header("authorization", key).body(Default::default())?;
/// assert_eq!(tenant.respond(request).await.status(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct InProcessSandbox {
    router: Router,
    tenant: Arc<Tenant>,
}

/// More than any response has.
const BODY_LIMIT: usize = 64 << 20;

impl InProcessSandbox {
    pub(crate) fn new(router: Router, tenant: Arc<Tenant>) -> Self {
        Self { router, tenant }
    }

    /// The key that it accepts.
    pub fn api_key(&self) -> &'static str {
        http::API_KEY
    }

    /// The response to a request. Only the path and the query of its URI count.
    pub async fn respond(&self, request: Request<Bytes>) -> Response<Bytes> {
        let mut request = request.map(Body::from);
        // Nothing is cut: there is no connection.
        request.extensions_mut().insert(ConnectInfo(Cut::default()));
        // A router is always ready, and never fails.
        let Ok(response) = self.router.clone().call(request).await;
        let (head, body) = response.into_parts();
        Response::from_parts(head, to_bytes(body, BODY_LIMIT).await.unwrap_or_default())
    }

    /// The writes that took effect, oldest first: one for each changed record.
    pub fn effects(&self) -> Vec<Effect> {
        self.tenant.world().effects()
    }
}
