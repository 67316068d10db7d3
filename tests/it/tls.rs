//! Connections that cannot be made: certificates, proxies, names. Real servers, whose certificates are made here.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, Issuer, KeyPair, date_time_ymd};
use thought_industries::{Client, ClientBuilder, ConnectionProblem, Error, ErrorKind, Execution};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::script::{Impatient, known};

const QUERY: &str = r#"{"query":"{ ping }"}"#;

/// An authority that no machine trusts.
fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let key = KeyPair::generate().expect("a key");
    CertifiedIssuer::self_signed(parameters_of_authority(), key).expect("a certificate")
}

fn parameters_of_authority() -> CertificateParams {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// A certificate for a name, valid in these years.
fn certificate(issuer: &Issuer<'_, KeyPair>, name: &str, years: (i32, i32)) -> TlsAcceptor {
    let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, issuer).expect("a certificate");
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
    let config = config.with_single_cert(vec![certificate.der().clone()], key).expect("a key of the certificate");
    TlsAcceptor::from(Arc::new(config))
}

/// What a server does with a connection.
#[derive(Clone)]
enum Server {
    Tls(TlsAcceptor),
    /// Responds to any bytes with a head.
    Plain(&'static str),
}

/// A server that counts its connections.
async fn serve(server: Server) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(answer(server.clone(), stream));
        }
    });
    (port, connections)
}

async fn answer(server: Server, mut stream: TcpStream) {
    match server {
        Server::Tls(acceptor) => {
            let Ok(stream) = acceptor.accept(stream).await else { return };
            respond(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"data\":{}}",
            )
            .await;
        }
        Server::Plain(head) => {
            let mut first = [0; 1_024];
            _ = stream.read(&mut first).await;
            _ = stream.write_all(head.as_bytes()).await;
        }
    }
}

async fn respond(mut stream: impl AsyncRead + AsyncWrite + Unpin, response: &str) {
    let mut text = Vec::new();
    while !text.ends_with(b"}") {
        let Ok(byte) = stream.read_u8().await else { return };
        text.push(byte);
    }
    _ = stream.write_all(response.as_bytes()).await;
    _ = stream.flush().await;
}

fn builder(url: &str) -> ClientBuilder {
    let builder = Client::builder().set_url(url).set_api_key("planted-key").with_profile(known(&[]));
    builder.with_clock(Impatient::default())
}

async fn failure(builder: ClientBuilder) -> Error {
    let error = builder.build().expect("right settings").post_graphql(QUERY).await.expect_err("there is no connection");
    assert_eq!((error.kind(), error.execution()), (ErrorKind::Transport, Execution::DidNotRun));
    assert!(!format!("{error} {error:?}").contains("planted-key"));
    error
}

/// Checks the problem, whether it is tried again, and the message.
fn check(error: &Error, problem: ConnectionProblem, message: &str) {
    assert_eq!(error.connection_problem(), Some(problem), "{error:?}");
    assert_eq!(error.is_retryable(), !problem.is_permanent());
    assert_eq!(error.to_string(), format!("post_graphql over GraphQL: no connection to the tenant: {message}"));
}

#[tokio::test]
async fn a_certificate_that_is_not_valid_is_reported_at_once_with_what_is_wrong() {
    let issuer = authority();
    let trusted = |builder: ClientBuilder| builder.with_root_certificate(issuer.pem());
    for (name, years, problem, message) in [
        (
            "other.example",
            (2_000, 2_200),
            ConnectionProblem::WrongName,
            "the certificate of `localhost` is for another name",
        ),
        ("localhost", (2_000, 2_001), ConnectionProblem::Expired, "the certificate of `localhost` has expired"),
        (
            "localhost",
            (2_199, 2_200),
            ConnectionProblem::NotYetValid,
            "the certificate of `localhost` is not valid yet",
        ),
    ] {
        let (port, connections) = serve(Server::Tls(certificate(&issuer, name, years))).await;
        let error = failure(trusted(builder(&format!("https://localhost:{port}")))).await;
        check(&error, problem, message);
        assert_eq!(connections.load(Ordering::Relaxed), 1, "{message}");
        // The names and the times are in the text of rustls.
        let expected = if problem == ConnectionProblem::WrongName { "other.example" } else { "verification time" };
        assert!(format!("{error:?}").contains(expected), "{error:?}");
    }
    let (port, connections) = serve(Server::Tls(certificate(&issuer, "localhost", (2_000, 2_200)))).await;
    let url = format!("https://localhost:{port}");
    let error = failure(builder(&url)).await;
    let message = "the certificate of `localhost` has an issuer that this machine does not trust";
    check(&error, ConnectionProblem::UnknownIssuer, message);
    assert_eq!(connections.load(Ordering::Relaxed), 1);
    trusted(builder(&url)).build().expect("right settings").post_graphql(QUERY).await.expect("it is trusted");
}

#[tokio::test]
async fn what_does_not_speak_tls_is_reported_at_once() {
    let (port, connections) = serve(Server::Plain("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")).await;
    let error = failure(builder(&format!("https://localhost:{port}"))).await;
    check(&error, ConnectionProblem::NotTls, "`localhost` does not speak TLS on this port");
    assert_eq!(connections.load(Ordering::Relaxed), 1);
}

/// A port on which nothing listens.
async fn dead_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address").port()
}

#[tokio::test]
async fn a_tenant_that_refuses_connections_may_be_up_later() {
    let error = failure(builder(&format!("https://localhost:{}", dead_port().await))).await;
    check(&error, ConnectionProblem::Refused, "`localhost` refused the connection");
}

#[tokio::test]
async fn a_proxy_that_does_not_work_is_reported_as_the_proxy() {
    let tenant = "acme.thoughtindustries.com";
    let through =
        |port: u16| builder(&format!("https://{tenant}")).with_proxy(format!("http://user:secret@localhost:{port}"));
    let error = failure(through(dead_port().await)).await;
    check(&error, ConnectionProblem::ProxyRefused, "the proxy refused the connection");
    for (head, problem, message, attempts) in [
        (
            "HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n",
            ConnectionProblem::ProxyAuthentication,
            "the proxy requires a user and a password (407)",
            1,
        ),
        (
            "HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n",
            ConnectionProblem::ProxyDenied,
            "the proxy did not open a tunnel to `acme.thoughtindustries.com`",
            4,
        ),
        ("", ConnectionProblem::ProxyUnreachable, "the proxy cannot be reached", 4),
    ] {
        let (port, connections) = serve(Server::Plain(head)).await;
        let error = failure(through(port)).await;
        check(&error, problem, message);
        assert!(!format!("{error} {error:?}").contains("secret"));
        assert_eq!(connections.load(Ordering::Relaxed), attempts, "{message}");
    }
}

/// Runs a test of this file in a process of its own, with these variables and no proxy.
fn in_child(test: &str, variables: &[(&str, &str)]) {
    let mut child = std::process::Command::new(std::env::current_exe().expect("this test"));
    for proxy in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"] {
        child.env_remove(proxy);
    }
    let done =
        child.args([&format!("tls::{test}"), "--exact"]).envs(variables.iter().copied()).env(CHILD, "1").output();
    let done = done.expect("a child");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout));
}

const CHILD: &str = "TI_TEST_IS_CHILD_OF_TLS";

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(future)
}

#[test]
fn a_name_without_an_address_is_named() {
    if std::env::var_os(CHILD).is_none() {
        return in_child("a_name_without_an_address_is_named", &[]);
    }
    // RFC 6761: `.invalid` has no addresses.
    let error = block_on(failure(builder("https://acme.invalid")));
    check(&error, ConnectionProblem::NameNotFound, "the name `acme.invalid` was not found (DNS)");
}

/// As `docs/network.md` says; other platforms have stores of their own.
#[cfg(target_os = "linux")]
#[test]
fn a_root_certificate_of_the_environment_is_trusted() {
    const ROOTS: &str = "SSL_CERT_FILE";
    let Some(folder) = std::env::var_os(CHILD).and(std::env::var_os("TI_TEST_FOLDER")) else {
        let folder = tempfile::tempdir().expect("a folder");
        let issuer = authority();
        let roots = folder.path().join("roots.pem");
        std::fs::write(&roots, issuer.pem()).expect("a file");
        std::fs::write(folder.path().join("key.pem"), issuer.key().serialize_pem()).expect("a file");
        let (roots, folder) = (roots.to_str().expect("UTF-8"), folder.path().to_str().expect("UTF-8"));
        let variables = [(ROOTS, roots), ("TI_TEST_FOLDER", folder)];
        return in_child("a_root_certificate_of_the_environment_is_trusted", &variables);
    };
    block_on(async {
        let read = |name: &str| std::fs::read_to_string(std::path::Path::new(&folder).join(name)).expect("a file");
        let key = KeyPair::from_pem(&read("key.pem")).expect("a key");
        let issuer = Issuer::new(parameters_of_authority(), key);
        let (port, _) = serve(Server::Tls(certificate(&issuer, "localhost", (2_000, 2_200)))).await;
        let client = builder(&format!("https://localhost:{port}")).build().expect("right settings");
        client.post_graphql(QUERY).await.expect("it is trusted");
    });
}
