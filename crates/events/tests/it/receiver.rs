//! A receiver over a socket, and a sender that is written down here: it shares nothing with the sandbox or the library.

use std::future::pending;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use thought_industries::{Clock, Secret, TokioClock};
use thought_industries_events::{Acceptance, Inbox, Receiver, Selection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

const BODY: &str = r#"{"event":"course.completed","data":{}}"#;
/// By `openssl dgst -sha256 -hmac whsec_rotate-me-0001` and Python's `hmac`.
const SIGNATURE: &str = "6d63cd0dd0ac1aa4a227012b313fe01ffb2dd421389f9a7263af5315066433b1";
const PATH: &str = "0123456789abcdef0123456789abcdef";

struct Site {
    inbox: Arc<Inbox>,
    receiver: Receiver,
    address: SocketAddr,
    task: JoinHandle<()>,
    folder: tempfile::TempDir,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Site {
    async fn start(acceptance: Acceptance) -> Self {
        Self::with_clock(acceptance, Arc::new(TokioClock::default())).await
    }

    async fn with_clock(acceptance: Acceptance, clock: Arc<dyn Clock>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let inbox = Arc::new(Inbox::open(&folder.path().join("inbox.sqlite")).expect("an inbox"));
        let receiver = Receiver::with_clock(Arc::clone(&inbox), acceptance, clock).expect("a receiver");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let serving = receiver.clone();
        let task = tokio::spawn(async move { serving.serve(listener).await });
        Self { inbox, receiver, address, task, folder }
    }

    /// Sends these bytes, and returns the head of the response.
    async fn raw(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        stream.write_all(request).await.expect("sent");
        let mut response = Vec::new();
        // A receiver that refuses a body early may close before all of it was sent.
        _ = stream.read_to_end(&mut response).await;
        String::from_utf8(response).expect("text")
    }

    /// The status of the response to a request with these lines in its head.
    async fn status(&self, method: &str, path: &str, headers: &[&str], body: &str) -> u16 {
        let headers: String = headers.iter().flat_map(|header| [*header, "\r\n"]).collect();
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
        );
        let response = self.raw(format!("{head}{body}").as_bytes()).await;
        let status = response.split(' ').nth(1).and_then(|status| status.parse().ok());
        let (_, rest) = response.split_once("\r\n\r\n").unwrap_or_else(|| panic!("a response: {response:?}"));
        assert_eq!(rest, "", "no response has a body");
        status.expect("a status")
    }

    async fn post(&self, headers: &[&str], body: &str) -> u16 {
        self.status("POST", "/", &[headers, &["content-type: application/json"]].concat(), body).await
    }

    fn kept(&self) -> Vec<(String, bool)> {
        let events = self.inbox.list(None, &Selection::default(), 1_000).expect("a list");
        events.into_iter().map(|event| (event.kind, event.is_hint)).collect()
    }
}

fn signed() -> Acceptance {
    Acceptance::signed(["whsec_new", "whsec_rotate-me-0001"].map(Secret::from))
}

fn signature() -> String {
    format!("X-TI-Signature: {SIGNATURE}")
}

#[tokio::test]
async fn an_event_is_kept_before_its_sender_gets_200() {
    let site = Site::start(signed()).await;
    assert_eq!(site.post(&[&signature()], BODY).await, 200);
    // Another process sees it at once.
    let other = Inbox::open(&site.folder.path().join("inbox.sqlite")).expect("the inbox");
    assert_eq!(other.counts().expect("counts").new, 1);
    assert_eq!(site.post(&[&signature()], BODY).await, 200, "a repetition");
    assert_eq!(site.kept(), [("courseCompletion".to_owned(), false)]);
    let counts = site.receiver.counts();
    assert_eq!((counts.new, counts.known, counts.unsigned), (1, 1, 0));
}

#[tokio::test]
async fn what_is_not_signed_or_no_event_is_refused() {
    let site = Site::start(signed()).await;
    let signature = signature();
    for (headers, body, status) in [
        (vec![], BODY, 401),
        (vec!["x-ti-signature: "], BODY, 401),
        (vec![signature.as_str()], "{\"event\":\"course.completed\", \"data\":{}}", 401),
        (vec![signature.as_str(), signature.as_str()], BODY, 401),
        (vec![signature.as_str(), "content-encoding: gzip"], BODY, 415),
    ] {
        assert_eq!(site.post(&headers, body).await, status, "{headers:?}");
    }
    assert_eq!(site.status("PUT", "/", &[&signature], BODY).await, 405);
    assert_eq!(site.status("GET", "/", &[], "").await, 405);
    assert_eq!(site.status("POST", "/", &[&signature, "content-type: text/plain"], BODY).await, 415);
    assert_eq!(site.status("GET", "/health", &[], "").await, 200);
    assert_eq!(site.kept(), []);
}

#[tokio::test]
async fn an_unsigned_event_is_a_hint_and_a_strange_one_is_kept() {
    let site = Site::start(signed().or_unsigned()).await;
    assert_eq!(site.post(&[], r#"{"event":"login"}"#).await, 200);
    assert_eq!(site.post(&[], r#"[{"event":"visit"},{"surprise":true}]"#).await, 200);
    assert_eq!(site.post(&["x-ti-signature: 00"], r#"{"event":"forged"}"#).await, 401);
    for no_event in ["", "7", "[7]", "{\"event\":", "\u{fe}"] {
        assert_eq!(site.post(&[], no_event).await, 400, "{no_event}");
    }
    let expected = ["login", "visit", "unknown"].map(|kind| (kind.to_owned(), true));
    assert_eq!(site.kept(), expected);
}

#[tokio::test]
async fn without_the_secret_in_the_path_nothing_is_there() {
    let site = Site::start(signed().below_path(PATH).expect("a secret")).await;
    let post =
        async |path: &str| site.status("POST", path, &[&signature(), "content-type: application/json"], BODY).await;
    assert_eq!(post("/").await, 404);
    assert_eq!(post("/0123456789abcdef0123456789abcdee").await, 404);
    assert_eq!(site.status("GET", "/", &[], "").await, 404);
    // No slash is added or removed by a redirect.
    for path in [format!("/{PATH}"), format!("/ti/{PATH}/"), format!("/ti/{PATH}?from=tenant")] {
        assert_eq!(post(&path).await, 200, "{path}");
    }
}

#[tokio::test]
async fn a_large_body_is_not_read() {
    let site = Site::start(signed().or_unsigned()).await;
    let largest = format!("{{\"event\":\"login\",\"x\":\"{}\"}}", "x".repeat((1 << 20) - 24));
    assert_eq!(largest.len(), 1 << 20);
    assert_eq!(site.post(&[], &largest).await, 200);
    assert_eq!(site.post(&[], &format!("{largest} ")).await, 413);
    // A body without a length is counted on its way.
    let head = "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = format!("{:x}\r\n{}\r\n", 1 << 16, "x".repeat(1 << 16));
    let response = site.raw(format!("{head}{}0\r\n\r\n", chunk.repeat(17)).as_bytes()).await;
    assert!(response.is_empty() || response.starts_with("HTTP/1.1 413"), "{response}");
}

#[tokio::test]
async fn a_store_that_fails_is_503_and_the_sender_repeats() {
    let site = Site::start(signed()).await;
    let database = rusqlite(&site.folder.path().join("inbox.sqlite"));
    database.execute_batch("ALTER TABLE event RENAME TO away").expect("renamed");
    assert_eq!(site.post(&[&signature()], BODY).await, 503);
    assert_eq!(site.status("GET", "/health", &[], "").await, 200);
    database.execute_batch("ALTER TABLE away RENAME TO event").expect("renamed");
    assert_eq!(site.post(&[&signature()], BODY).await, 200);
    assert_eq!(site.receiver.counts().failed, 1);
}

fn rusqlite(path: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(path).expect("a database")
}

/// A clock on which ten seconds are over at once, and all other times never.
#[derive(Debug)]
struct ImpatientClock;

impl Clock for ImpatientClock {
    fn now(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        if duration == Duration::from_secs(10) { futures::future::ready(()).boxed() } else { pending().boxed() }
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

#[tokio::test]
async fn a_sender_that_does_not_go_on_loses_its_connection() {
    let site = Site::with_clock(signed(), Arc::new(ImpatientClock)).await;
    for slow in
        ["", "POST / HT", "POST / HTTP/1.1\r\nhost: x\r\n", "POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{"]
    {
        let response = site.raw(slow.as_bytes()).await;
        assert!(response.is_empty() || response.starts_with("HTTP/1.1 4"), "{slow:?}: {response}");
    }
}

/// More senders than there are places: all of them are served.
#[tokio::test]
async fn many_senders_are_served_in_turn() {
    let site = Site::start(signed().or_unsigned()).await;
    let posts = (0..200).map(|number| {
        let body = format!("{{\"event\":\"login\",\"id\":\"{number}\"}}");
        let site = &site;
        async move { site.post(&[], &body).await }
    });
    assert_eq!(futures::future::join_all(posts).await, vec![200; 200]);
    assert_eq!(site.kept().len(), 200);
}
