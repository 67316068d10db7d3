//! The built-in HTTPS service. The only module that uses reqwest.

use std::fmt;
use std::sync::{PoisonError, RwLock};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use reqwest::redirect;
use url::{Host, Url};

use super::service::{Streamed, erase};
use super::{Bounds, BoxError, Connection, ConnectionProblem, RequestBody, TransportError};

/// A client of reqwest, which a caller may provide.
#[cfg(feature = "reqwest")]
pub(crate) type HttpClient = reqwest::Client;

/// How connections are made.
#[derive(Default)]
pub(crate) struct Network {
    /// The URL of a proxy, with the user and password that it asks for.
    pub(crate) proxy: Option<String>,
    /// Certificates to trust besides those of the platform, in PEM.
    pub(crate) roots: Vec<Vec<u8>>,
}

/// Sends over HTTPS. Does not follow redirects: whether that is safe depends on where they lead.
pub(crate) struct Https {
    /// The connections; made by the first request, so that a client that is never used loads no root certificates.
    pool: RwLock<Option<reqwest::Client>>,
    bounds: Bounds,
    proxy: Option<reqwest::Proxy>,
    roots: Roots,
    needs_tls: bool,
    /// Whether the tenant is on this machine.
    is_local: bool,
    /// Whether the caller made the pool, which is kept then.
    is_given: bool,
}

impl Https {
    /// A service for one tenant.
    ///
    /// # Errors
    /// The message, if the proxy's URL or a certificate is not valid, or the build has no TLS and the tenant needs it.
    pub(crate) fn new(bounds: Bounds, network: &Network, base: &Url) -> Result<Self, String> {
        let is_https = base.scheme() == "https";
        if is_https && !cfg!(any(feature = "rustls-aws-lc", feature = "rustls-ring", feature = "native-tls")) {
            let features = "`rustls-aws-lc`, `rustls-ring` and `native-tls`";
            return Err(format!("this build has no TLS: enable one of the features {features}"));
        }
        // The URL is not repeated, as it may hold a password.
        let proxy = network.proxy.as_ref().map(reqwest::Proxy::all).transpose();
        let proxy = proxy.map_err(|_| "the proxy's URL is not valid: write `http://host:port`")?;
        let roots = parse(&network.roots)?;
        let pool = RwLock::new(None);
        Ok(Self { pool, bounds, proxy, roots, needs_tls: is_https, is_local: is_loopback(base), is_given: false })
    }

    /// A service over connections that the caller has configured.
    #[cfg(feature = "reqwest")]
    pub(crate) fn over(client: HttpClient) -> Self {
        Self {
            pool: RwLock::new(Some(client)),
            bounds: Bounds::default(),
            proxy: None,
            roots: Roots::new(),
            needs_tls: true,
            is_local: false,
            is_given: true,
        }
    }

    fn client(&self) -> Result<reqwest::Client, BoxError> {
        if let Some(client) = &*self.pool.read().unwrap_or_else(PoisonError::into_inner) {
            // A clone shares the connections.
            return Ok(client.clone());
        }
        let mut pool = self.pool.write().unwrap_or_else(PoisonError::into_inner);
        match &*pool {
            // Another request was faster.
            Some(client) => Ok(client.clone()),
            None => Ok(pool.insert(self.connect()?).clone()),
        }
    }

    /// A client with a pool of connections of its own.
    fn connect(&self) -> Result<reqwest::Client, BoxError> {
        let mut builder = reqwest::Client::builder()
            .redirect(redirect::Policy::none())
            // Whether to retry depends on the operation, which is not known here.
            .retry(reqwest::retry::never())
            .connect_timeout(self.bounds.connect)
            .pool_max_idle_per_host(self.bounds.kept);
        if self.is_local {
            // A proxy would be sent the key in clear, and reach itself under this address.
            builder = builder.no_proxy();
        } else if let Some(proxy) = &self.proxy {
            builder = builder.proxy(proxy.clone());
        }
        let failed = |error: BoxError| Box::new(TransportError::not_sent("cannot set up TLS", Some(error)));
        let builder = with_tls(builder, self.needs_tls, &self.roots).map_err(failed)?;
        Ok(builder.build().map_err(|error| failed(Box::new(error.without_url())))?)
    }
}

/// Whether a URL is that of this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        // Compared as a whole: `localhost.example.com` is another machine.
        Some(Host::Domain(domain)) => domain == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// Certificates to trust, and the way to use them, which depend on the features.
#[cfg(any(feature = "rustls-aws-lc", feature = "rustls-ring"))]
type Roots = Vec<rustls::pki_types::CertificateDer<'static>>;
#[cfg(all(feature = "native-tls", not(any(feature = "rustls-aws-lc", feature = "rustls-ring"))))]
type Roots = Vec<reqwest::Certificate>;
#[cfg(not(any(feature = "rustls-aws-lc", feature = "rustls-ring", feature = "native-tls")))]
type Roots = Vec<std::convert::Infallible>;

#[cfg(any(feature = "rustls-aws-lc", feature = "rustls-ring"))]
fn parse(pems: &[Vec<u8>]) -> Result<Roots, String> {
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject as _;

    let mut roots = Roots::new();
    for pem in pems {
        let found: Result<Roots, _> = CertificateDer::pem_slice_iter(pem).collect();
        roots.extend(found.ok().filter(|found| !found.is_empty()).ok_or_else(no_certificate)?);
    }
    Ok(roots)
}

#[cfg(all(feature = "native-tls", not(any(feature = "rustls-aws-lc", feature = "rustls-ring"))))]
fn parse(pems: &[Vec<u8>]) -> Result<Roots, String> {
    pems.iter().map(|pem| reqwest::Certificate::from_pem(pem).map_err(|_| no_certificate())).collect()
}

#[cfg(not(any(feature = "rustls-aws-lc", feature = "rustls-ring", feature = "native-tls")))]
fn parse(pems: &[Vec<u8>]) -> Result<Roots, String> {
    if pems.is_empty() { Ok(Roots::new()) } else { Err(no_certificate()) }
}

fn no_certificate() -> String {
    "the root certificate is not a certificate in PEM, which begins with `-----BEGIN CERTIFICATE-----`".to_owned()
}

#[cfg(any(feature = "rustls-aws-lc", feature = "rustls-ring"))]
fn with_tls(
    builder: reqwest::ClientBuilder,
    is_https: bool,
    roots: &Roots,
) -> Result<reqwest::ClientBuilder, BoxError> {
    // No root certificate is loaded for a tenant without TLS.
    let config = if is_https { super::tls::config(roots)? } else { super::tls::without_roots()? };
    Ok(builder.tls_backend_preconfigured(config))
}

#[cfg(all(feature = "native-tls", not(any(feature = "rustls-aws-lc", feature = "rustls-ring"))))]
fn with_tls(
    builder: reqwest::ClientBuilder,
    is_https: bool,
    roots: &Roots,
) -> Result<reqwest::ClientBuilder, BoxError> {
    let builder = builder.tls_backend_native();
    Ok(if is_https { builder.tls_certs_merge(roots.iter().cloned()) } else { builder.tls_certs_only([]) })
}

#[cfg(not(any(feature = "rustls-aws-lc", feature = "rustls-ring", feature = "native-tls")))]
fn with_tls(
    builder: reqwest::ClientBuilder,
    _is_https: bool,
    _roots: &Roots,
) -> Result<reqwest::ClientBuilder, BoxError> {
    Ok(builder)
}

impl Connection for Https {
    fn call(&self, request: http::Request<RequestBody>) -> BoxFuture<'static, Result<Streamed, BoxError>> {
        let client = self.client();
        async move {
            let host = request.uri().host().unwrap_or_default().to_owned();
            let request = reqwest::Request::try_from(request.map(RequestBody::into_bytes)).map_err(classify)?;
            let sent = client?.execute(request).await;
            let response = sent.map_err(|error| no_connection(error, &host).unwrap_or_else(classify))?;
            let response = http::Response::<reqwest::Body>::from(response);
            Ok(response.map(|body| erase(http_body_util::BodyExt::map_err(body, classify))))
        }
        .boxed()
    }

    fn discard(&self) {
        // The old pool lives on until its requests in flight have ended.
        if !self.is_given {
            *self.pool.write().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }

    fn needs_tokio(&self) -> bool {
        true
    }
}

/// The error of a connection that was not made, if its causes show why.
fn no_connection(error: reqwest::Error, host: &str) -> Result<BoxError, reqwest::Error> {
    match ConnectionProblem::of(&error).filter(|_| error.is_connect()) {
        Some(problem) => {
            let message = format!("no connection to the tenant: {}", problem.describe(host));
            Ok(Box::new(TransportError::no_connection(problem, message, Some(Box::new(error.without_url())))))
        }
        None => Err(error),
    }
}

/// reqwest's errors lose their URL, which may contain the key or an e-mail address.
fn classify(error: reqwest::Error) -> BoxError {
    let error = error.without_url();
    // Asked before `is_timeout`, which also holds for a slow connect: nothing was sent then, and a write may be retried.
    Box::new(match error {
        error if error.is_connect() => TransportError::not_sent("no connection to the tenant", Some(Box::new(error))),
        error if error.is_builder() => TransportError::invalid("the request is not valid"),
        error if error.is_timeout() => TransportError::timeout(),
        error => TransportError::new("the connection broke", Some(Box::new(error))),
    })
}

impl fmt::Debug for Https {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy may have a password.
        f.debug_struct("Https").field("has_proxy", &self.proxy.is_some()).finish_non_exhaustive()
    }
}
