//! Settings of the network: the service below the client, proxies, and certificates.

use std::sync::Arc;

use http_body::Body;
use tower_service::Service;

use super::ClientBuilder;
use crate::transport::{Adapter, BaseService, BoxError, Layered, RequestBody};

impl ClientBuilder {
    /// Sends requests over a service instead of the built-in HTTPS service: a stack of tower or tower-http layers, a mock,
    /// or a recorder. It gets an absolute `https` URL, and is cloned for each request. The client's bounds on time and
    /// size, its retries and its redirects apply above it, so a layer should add none of these. Only
    /// [`with_connect_timeout`](Self::with_connect_timeout), [`with_kept_connections`](Self::with_kept_connections),
    /// [`with_proxy`](Self::with_proxy) and [`with_root_certificate`](Self::with_root_certificate) are settings of the
    /// built-in service and have no effect on another one.
    ///
    /// A service that fails may return a [`TransportError`](crate::transport::TransportError), which states whether the
    /// request was sent. Any other error means that it may have been, and a write is not repeated then. The extensions of
    /// a request have its [`RequestInfo`](crate::transport::RequestInfo). Keys that show in the texts of an error are
    /// removed.
    ///
    /// ```
    /// use std::convert::Infallible;
    /// use std::future::{Ready, ready};
    /// use std::task::{Context, Poll};
    ///
    /// use thought_industries::Client;
    /// use thought_industries::transport::RequestBody;
    ///
    /// #[derive(Clone)]
    /// struct Down;
    ///
    /// impl tower_service::Service<http::Request<RequestBody>> for Down {
    ///     type Response = http::Response<String>;
    ///     type Error = Infallible;
    ///     type Future = Ready<Result<Self::Response, Self::Error>>;
    ///
    ///     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
    ///         Poll::Ready(Ok(()))
    ///     }
    ///
    ///     fn call(&mut self, _: http::Request<RequestBody>) -> Self::Future {
    ///         let mut response = http::Response::new("down for maintenance".to_owned());
    ///         *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
    ///         ready(Ok(response))
    ///     }
    /// }
    ///
    /// let client = Client::builder().set_subdomain("acme").set_api_key("key").with_service(Down).build()?;
    /// # _ = client;
    /// # Ok::<(), thought_industries::Error>(())
    /// ```
    pub fn with_service<S, B>(mut self, service: S) -> Self
    where
        S: Service<http::Request<RequestBody>, Response = http::Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        self.service = Some(Arc::new(Adapter::new(service)));
        self
    }

    /// Puts a layer on the service: on the built-in one, or on that of [`with_service`](Self::with_service). A layer of
    /// tower is `|service| layer.layer(service)`. Layers wrap each other: the one that was added last sees a request first.
    /// What [`with_service`](Self::with_service) says about services holds for the result.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// use std::task::{Context, Poll};
    ///
    /// use thought_industries::Client;
    /// use thought_industries::transport::{BaseService, RequestBody};
    /// use tower_service::Service;
    ///
    /// #[derive(Clone)]
    /// struct Counted {
    ///     inner: BaseService,
    ///     requests: Arc<AtomicUsize>,
    /// }
    ///
    /// impl Service<http::Request<RequestBody>> for Counted {
    ///     type Response = <BaseService as Service<http::Request<RequestBody>>>::Response;
    ///     type Error = <BaseService as Service<http::Request<RequestBody>>>::Error;
    ///     type Future = <BaseService as Service<http::Request<RequestBody>>>::Future;
    ///
    ///     fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
    ///         self.inner.poll_ready(context)
    ///     }
    ///
    ///     fn call(&mut self, request: http::Request<RequestBody>) -> Self::Future {
    ///         self.requests.fetch_add(1, Ordering::Relaxed);
    ///         self.inner.call(request)
    ///     }
    /// }
    ///
    /// let requests = Arc::new(AtomicUsize::new(0));
    /// let counted = Arc::clone(&requests);
    /// let builder = Client::builder().set_subdomain("acme").set_api_key("key");
    /// let client = builder.with_layer(move |inner| Counted { inner, requests: counted }).build()?;
    /// # _ = client;
    /// # Ok::<(), thought_industries::Error>(())
    /// ```
    pub fn with_layer<S, B>(mut self, layer: impl FnOnce(BaseService) -> S + Send + Sync + 'static) -> Self
    where
        S: Service<http::Request<RequestBody>, Response = http::Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<BoxError>,
    {
        self.layers
            .push(Box::new(move |base| Arc::new(Layered::new(base, |base| Arc::new(Adapter::new(layer(base)))))));
        self
    }

    /// Sends requests over a client of reqwest. Build it with `redirect::Policy::none()`: another policy may follow a
    /// redirect to another host, with the key. Its own settings apply instead of
    /// [`with_connect_timeout`](Self::with_connect_timeout), [`with_kept_connections`](Self::with_kept_connections),
    /// [`with_proxy`](Self::with_proxy) and [`with_root_certificate`](Self::with_root_certificate); in particular, it may
    /// send requests for this machine to a proxy.
    #[cfg(feature = "reqwest")]
    pub fn with_reqwest(mut self, client: crate::transport::https::HttpClient) -> Self {
        self.service = Some(Arc::new(crate::transport::https::Https::over(client)));
        self
    }

    /// Sends requests to the tenant through this proxy, such as `http://proxy.example:3128`, instead of the one in the
    /// environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`; `NO_PROXY` lists exceptions). A user and a password may be
    /// in the URL. A tenant on this machine (`localhost`, `127.0.0.0/8`, `::1`) is never reached through a proxy.
    pub fn with_proxy(mut self, url: impl Into<String>) -> Self {
        self.network.proxy = Some(url.into());
        self
    }

    /// Trusts the root certificates in this PEM text, besides those of the platform. May be called repeatedly.
    ///
    /// ```no_run
    /// use thought_industries::Client;
    ///
    /// let pem = std::fs::read("company-root.pem")?;
    /// let builder = Client::builder().set_subdomain("acme").set_api_key("key");
    /// let client = builder.with_root_certificate(pem).build()?;
    /// # _ = client;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.network.roots.push(pem.into());
        self
    }
}
