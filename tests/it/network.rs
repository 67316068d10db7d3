//! The network below a client: services, proxies, certificates, and what is said without a Tokio runtime.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use thought_industries::transport::{RequestBody, RequestInfo, TransportError};
use thought_industries::{Client, Execution, RetryPolicy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tower_service::Service;

use crate::script::{Impatient, Script, known, now};
use crate::seam::{HttpResponse, Over};

const QUERY: &str = r#"{"query":"{ ping }"}"#;
const MUTATION: &str = r#"{"query":"mutation { APIUpdateUser(id: 1) { id } }"}"#;

/// A layer of tower, as any program may have one: it counts requests by operation.
#[derive(Clone)]
struct Counted<S> {
    inner: S,
    seen: Arc<Mutex<Vec<String>>>,
}

impl<S: Service<http::Request<RequestBody>>> Service<http::Request<RequestBody>> for Counted<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<RequestBody>) -> S::Future {
        let info = request.extensions().get::<RequestInfo>().expect("what it is for");
        let (method, bytes) = (request.method(), request.body().as_bytes().len());
        let line =
            format!("{} over {}, attempt {}: {method}, {bytes} bytes", info.operation, info.surface, info.attempt);
        self.seen.lock().expect("not poisoned").push(line);
        self.inner.call(request)
    }
}

#[test]
fn a_layer_sees_each_request_and_what_it_is_for() {
    let script = Script::default();
    script.then(Err(TransportError::not_sent("no connection to the tenant", None)));
    script.then(Ok(HttpResponse::new(200, "application/json", r#"{"data":{}}"#)));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let service = Counted { inner: Over::new(script), seen: Arc::clone(&seen) };
    let builder = Client::builder().set_subdomain("acme").set_api_key("key").with_service(service);
    let client = builder.with_profile(known(&[])).with_clock(Impatient::default()).build().expect("right settings");
    now(client.post_graphql(QUERY)).expect("a response");
    let line = |attempt| format!("post_graphql over GraphQL, attempt {attempt}: POST, 20 bytes");
    assert_eq!(*seen.lock().expect("not poisoned"), [line(1), line(2)]);
}

/// What the function returns, from a service whose error is any.
struct Failing<E>(fn(&http::Request<RequestBody>) -> E);

impl<E> Clone for Failing<E> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<E: Into<Box<dyn std::error::Error + Send + Sync>>> Service<http::Request<RequestBody>> for Failing<E> {
    type Response = http::Response<String>;
    type Error = E;
    type Future = std::future::Ready<Result<Self::Response, E>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), E>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<RequestBody>) -> Self::Future {
        ready(Err((self.0)(&request)))
    }
}

fn failure<E>(fail: fn(&http::Request<RequestBody>) -> E) -> thought_industries::Error
where
    E: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
{
    let builder = Client::builder().set_subdomain("acme").set_api_key(Script::KEY).with_service(Failing(fail));
    let builder = builder.with_profile(known(&[])).with_clock(Impatient::default());
    let client = builder.with_retry_policy(RetryPolicy::never()).build().expect("right settings");
    now(client.post_graphql(MUTATION)).expect_err("the service fails")
}

#[test]
fn an_error_of_a_service_may_have_been_sent_unless_it_states_otherwise() {
    let plain = failure(|_| "the tunnel collapsed");
    assert_eq!(plain.execution(), Execution::Unknown);
    let source = std::error::Error::source(&plain).expect("a source").to_string();
    assert_eq!(source, "the tunnel collapsed");
    let not_sent = failure(|_| TransportError::not_sent("no tunnel", None));
    assert_eq!(not_sent.execution(), Execution::DidNotRun);
    let boxed = failure(|_| -> Box<dyn std::error::Error + Send + Sync> { Box::new(TransportError::timeout()) });
    assert!(boxed.is_timeout() && boxed.execution().is_unknown());
}

#[test]
fn an_error_of_a_service_does_not_show_the_key() {
    let error = failure(|request| {
        let values: Vec<_> = request.headers().values().map(http::HeaderValue::to_str).collect();
        format!("cannot send {request:?} with {values:?}")
    });
    assert!(std::error::Error::source(&error).is_some_and(|source| source.to_string().contains("cannot send")));
    let shown = format!("{error} {error:?} {:?}", std::error::Error::source(&error).map(ToString::to_string));
    assert!(!shown.contains(Script::KEY), "{shown}");
}

/// A service whose body never ends, or never begins.
#[derive(Clone)]
struct Endless {
    pauses: bool,
}

impl Service<http::Request<RequestBody>> for Endless {
    type Response = http::Response<Self>;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<RequestBody>) -> Self::Future {
        ready(Ok(http::Response::new(self.clone())))
    }
}

impl http_body::Body for Endless {
    type Data = bytes::Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<bytes::Bytes>, Self::Error>>> {
        if self.pauses {
            return Poll::Pending;
        }
        Poll::Ready(Some(Ok(http_body::Frame::data(bytes::Bytes::from(vec![b' '; 1 << 20])))))
    }
}

#[tokio::test(start_paused = true)]
async fn time_and_size_are_bounded_whatever_the_service() {
    let call = |pauses| {
        let builder = Client::builder().set_subdomain("acme").set_api_key("key").with_service(Endless { pauses });
        let builder = builder.with_profile(known(&[])).with_retry_policy(RetryPolicy::never());
        let client = builder.with_idle_timeout(Duration::from_secs(7)).build().expect("right settings");
        async move { client.post_graphql(QUERY).await.expect_err("it does not end") }
    };
    let start = tokio::time::Instant::now();
    assert!(call(true).await.is_timeout());
    assert_eq!(start.elapsed().as_secs(), 7);
    let error = call(false).await.to_string();
    assert_eq!(error, "post_graphql over GraphQL: the response is larger than 64 MB");
}

/// Listens, and keeps the first line of each request; responds with an empty object.
async fn listener() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address").to_string();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                let mut text = Vec::new();
                while !text.ends_with(b"\r\n\r\n") && !text.ends_with(b"}") {
                    let Ok(byte) = stream.read_u8().await else { return };
                    text.push(byte);
                }
                let text = String::from_utf8_lossy(&text).into_owned();
                kept.lock().expect("not poisoned").push(text.lines().next().unwrap_or_default().to_owned());
                let body = r#"{"data":{}}"#;
                let head =
                    format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}", body.len());
                _ = stream.write_all(format!("{head}\r\nconnection: close\r\n\r\n{body}").as_bytes()).await;
            });
        }
    });
    (address, lines)
}

#[tokio::test]
async fn this_machine_is_never_reached_through_a_proxy() {
    let (proxy, through) = listener().await;
    for host in ["127.0.0.1", "localhost"] {
        let (tenant, direct) = listener().await;
        let port = tenant.rsplit(':').next().expect("a port");
        let builder = Client::builder().set_url(format!("http://{host}:{port}")).set_api_key("planted-key");
        let builder = builder.with_profile(known(&[])).with_proxy(format!("http://{proxy}"));
        let client = builder.with_retry_policy(RetryPolicy::never()).build().expect("right settings");
        client.post_graphql(QUERY).await.expect("a response");
        assert_eq!(direct.lock().expect("not poisoned").len(), 1, "{host}");
    }
    assert!(through.lock().expect("not poisoned").is_empty(), "the proxy saw nothing");
}

#[tokio::test]
async fn another_machine_is_reached_through_the_proxy() {
    let (proxy, through) = listener().await;
    let builder = Client::builder().set_subdomain("acme").set_api_key("planted-key").with_profile(known(&[]));
    let builder = builder.with_proxy(format!("http://user:secret@{proxy}")).with_retry_policy(RetryPolicy::never());
    let client = builder.build().expect("right settings");
    assert!(!format!("{client:?}").contains("secret"));
    client.post_graphql(QUERY).await.expect_err("the proxy is none for TLS");
    assert_eq!(*through.lock().expect("not poisoned"), ["CONNECT acme.thoughtindustries.com:443 HTTP/1.1"]);
}

/// The environment of this process is that of other tests as well, so a process of its own has the proxy.
#[test]
fn a_proxy_of_the_environment_does_not_get_what_is_for_this_machine() {
    const CHILD: &str = "TI_TEST_IS_CHILD";
    if std::env::var_os(CHILD).is_some() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let (tenant, direct) = listener().await;
            let builder = Client::builder().set_url(format!("http://{tenant}")).set_api_key("planted-key");
            let client = builder.with_profile(known(&[])).build().expect("right settings");
            client.post_graphql(QUERY).await.expect("a response");
            assert_eq!(direct.lock().expect("not poisoned").len(), 1);
        });
        return;
    }
    let name = "network::a_proxy_of_the_environment_does_not_get_what_is_for_this_machine";
    let mut child = std::process::Command::new(std::env::current_exe().expect("this test"));
    // Nothing listens there: a request that took this way would fail.
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"] {
        child.env(variable, "http://127.0.0.1:9");
    }
    let done = child.args([name, "--exact"]).env(CHILD, "1").env_remove("NO_PROXY").env_remove("no_proxy").output();
    let done = done.expect("a child");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
}

#[cfg(feature = "reqwest")]
#[tokio::test]
async fn a_client_of_reqwest_is_used() {
    let (tenant, direct) = listener().await;
    let given = reqwest::Client::builder().no_proxy().build().expect("a client");
    let builder = Client::builder().set_url(format!("http://{tenant}")).set_api_key("planted-key").with_reqwest(given);
    let client = builder.with_profile(known(&[])).build().expect("right settings");
    client.post_graphql(QUERY).await.expect("a response");
    assert_eq!(direct.lock().expect("not poisoned").len(), 1);
}

#[test]
fn wrong_settings_of_the_network_are_named() {
    let builder = || Client::builder().set_subdomain("acme").set_api_key("key");
    let error = builder().with_proxy("http://user:secret@:x").build().expect_err("no URL");
    assert!(error.is_settings() && error.to_string().contains("proxy") && !error.to_string().contains("secret"));
    for pem in ["", "no certificate", "-----BEGIN CERTIFICATE-----\n???\n-----END CERTIFICATE-----"] {
        let error = builder().with_root_certificate(pem).build().expect_err("no certificate");
        assert!(error.is_settings() && error.to_string().contains("root certificate"), "{error}");
    }
}

/// A root certificate of nothing, made for this test.
const ROOT: &str = "\
-----BEGIN CERTIFICATE-----\n\
MIIBeDCCAR+gAwIBAgIUOpLxZGhMy7K8uFa5+cr8F+5mADcwCgYIKoZIzj0EAwIw\n\
EjEQMA4GA1UEAwwHdGVzdCBjYTAeFw0yNjExMjEyMTMwNTNaFw0zNjExMTgyMTMw\n\
NTNaMBIxEDAOBgNVBAMMB3Rlc3QgY2EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n\
AAT9P+hCvVHBhfGlYyoKXOjOiwZEIJ4hBCmptI19QYwiII2GKtn4MlF+XwIY55O5\n\
EIzzcj973Pw1RU5wfTviOw9ao1MwUTAdBgNVHQ4EFgQUcSU5UrLJHPywGju6nBbo\n\
OHPENe8wHwYDVR0jBBgwFoAUcSU5UrLJHPywGju6nBboOHPENe8wDwYDVR0TAQH/\n\
BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiA0DKHE1EsKo1A9cO63zW2UHP7wEneW\n\
6Mzbif4LeO066wIgePnpbjZtuunISW2PeC7El+wBESA4p5J0os9ggn0xrNk=\n\
-----END CERTIFICATE-----";

#[test]
fn a_root_certificate_is_taken() {
    let builder = Client::builder().set_subdomain("acme").set_api_key("key").with_root_certificate(ROOT);
    builder.build().expect("right settings");
}

/// Runs a future on a thread without a Tokio runtime.
fn without_tokio<T>(future: impl Future<Output = T>) -> T {
    futures::executor::block_on(future)
}

#[test]
fn without_a_tokio_runtime_there_is_an_error_and_no_panic() {
    let expected = "users.list: a Tokio runtime is required: run the call inside one, such as `#[tokio::main]`";
    let client = Client::builder().set_url("http://127.0.0.1:9").set_api_key("key").build().expect("right settings");
    let error = without_tokio(client.users().list().send()).expect_err("no runtime");
    assert!(error.is_settings() && error.execution() == Execution::DidNotRun);
    assert!(error.to_string().starts_with(expected), "{error}");
    // The default clock is Tokio's.
    let script = Script::default();
    let builder = Client::builder().set_subdomain("acme").set_api_key("key").with_service(Over::new(script.clone()));
    let client = builder.build().expect("right settings");
    let error = without_tokio(client.users().list().send()).expect_err("no runtime");
    assert!(error.to_string().starts_with(expected), "{error}");
    let error =
        without_tokio(client.users().list().with_timeout(Duration::from_secs(1)).send()).expect_err("no runtime");
    assert!(error.to_string().starts_with(expected), "{error}");
    assert_eq!(script.sent().len(), 0);
    // With another service and another clock, none is needed.
    script.then(Ok(HttpResponse::new(200, "application/json", r#"{"data":{}}"#)));
    without_tokio(script.client().post_graphql(QUERY).send()).expect("a response");
}
