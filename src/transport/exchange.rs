//! One exchange: bounds on its time and on the size of the response, whatever service is below.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use http_body_util::BodyExt as _;
use tokio::runtime::Handle;
use tokio::time::timeout;

use super::cleaned::Secrets;
use super::{BoxError, Connection, HttpResponse, Request, RequestInfo, TransportError};
use crate::runtime::Surface;

/// The largest body that is read, decompressed, in bytes.
const LARGEST: usize = 64 << 20;

/// The most that is reserved for a body before it arrives, in bytes.
const RESERVED: usize = 4 << 20;

/// The time limits of an exchange, and the number of idle connections.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    /// Until the connection is established.
    pub(crate) connect: Duration,
    /// From sending until the response headers arrive.
    pub(crate) first_byte: Duration,
    /// Between two chunks of the body.
    pub(crate) idle: Duration,
    /// The entire exchange.
    pub(crate) total: Duration,
    /// The maximum number of idle connections.
    pub(crate) kept: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(45),
            idle: Duration::from_secs(15),
            total: Duration::from_secs(60),
            kept: 8,
        }
    }
}

/// Sends requests over a service.
#[derive(Debug)]
pub(crate) struct Transport {
    connection: Arc<dyn Connection>,
    bounds: Bounds,
    generation: AtomicU32,
}

impl Transport {
    pub(crate) fn new(connection: Arc<dyn Connection>, bounds: Bounds) -> Self {
        Self { connection, bounds, generation: AtomicU32::new(0) }
    }

    /// Uses no connection again that is open now: responses on one of them may belong to other requests.
    pub(crate) fn discard_connections(&self) {
        self.generation.fetch_add(1, Ordering::Relaxed);
        self.connection.discard();
    }

    /// Whether it works only within a Tokio runtime.
    pub(crate) fn needs_tokio(&self) -> bool {
        self.connection.needs_tokio()
    }

    /// Sends one request and returns the complete response, whatever its status.
    pub(crate) async fn send(
        &self,
        request: Request,
        operation: &'static str,
        surface: Surface,
        attempt: u32,
    ) -> Result<HttpResponse, TransportError> {
        let secrets = Secrets::of(&request);
        let generation = self.generation.load(Ordering::Relaxed);
        let request = request.into_http(RequestInfo { operation, surface, attempt, generation })?;
        let exchange = within(self.bounds.total, self.exchange(request)).await;
        exchange.and_then(|response| response).map_err(|error| secrets.clean(error))
    }

    async fn exchange(&self, request: http::Request<super::RequestBody>) -> Result<HttpResponse, BoxError> {
        let answer = within(self.bounds.first_byte, self.connection.call(request)).await??;
        let mut response = HttpResponse::from_head(&answer);
        // A header may promise anything, so most of a large body is reserved as it arrives.
        let length = response.header("content-length").and_then(|length| length.parse::<usize>().ok());
        response.body.reserve_exact(length.unwrap_or_default().min(RESERVED));
        let mut body = answer.into_body();
        while let Some(frame) = within(self.bounds.idle, body.frame()).await? {
            // Trailers are of no use here.
            let Ok(chunk) = frame?.into_data() else { continue };
            // Counted as it arrives, because `Content-Length` does not bound the decompressed size.
            if response.body.len() + chunk.len() > LARGEST {
                let message = format!("the response is larger than {} MB", LARGEST >> 20);
                return Err(Box::new(TransportError::permanent(message)));
            }
            response.body.extend_from_slice(&chunk);
        }
        Ok(response)
    }
}

/// Bounds the time of a future. Without a Tokio runtime there is no timer, and the client's clock alone bounds a call.
async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> Result<T, BoxError> {
    if Handle::try_current().is_err() {
        return Ok(future.await);
    }
    timeout(limit, future).await.map_err(|_| Box::new(TransportError::timeout()) as BoxError)
}
