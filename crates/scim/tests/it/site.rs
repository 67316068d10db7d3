//! A gateway in front of a sandbox, and a directory that talks to it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use serde_json::{Value, json};
use tempfile::TempDir;
use thought_industries::{Client, Clock};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};
use thought_industries_scim::{Connection, Gateway, NewToken, Settings, SqliteStore, Store, Token, serve};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A gateway with one connection, in front of a tenant with few users.
pub(crate) struct Site {
    pub(crate) sandbox: RunningSandbox,
    pub(crate) store: Arc<SqliteStore>,
    pub(crate) gateway: Gateway,
    /// The address of the endpoints.
    pub(crate) base: String,
    token: String,
    http: reqwest::Client,
    _folder: TempDir,
    task: Option<JoinHandle<()>>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop();
    }
}

/// An answer: its status and its body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: reqwest::header::HeaderMap,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().unwrap_or_else(|| panic!("an id: {self:?}")).to_owned()
    }

    /// The kind of an error.
    pub(crate) fn error(&self) -> (u16, &str) {
        assert_eq!(self.body["status"], json!(self.status.to_string()), "{self:?}");
        assert_eq!(self.body["schemas"], json!(["urn:ietf:params:scim:api:messages:2.0:Error"]), "{self:?}");
        (self.status, self.body["scimType"].as_str().unwrap_or_default())
    }
}

pub(crate) fn connection() -> Connection {
    Connection::new("okta", ["example.com", "uuid.com", "sandbox.example"])
}

impl Site {
    pub(crate) async fn start() -> Self {
        Self::with(Sandbox::new(Dialect::Documented).users(40), Settings::default(), connection()).await
    }

    pub(crate) async fn with(sandbox: Sandbox, settings: Settings, connection: Connection) -> Self {
        let sandbox = sandbox.start().await.expect("a sandbox");
        Self::before(sandbox, settings, connection).await
    }

    async fn before(sandbox: RunningSandbox, settings: Settings, connection: Connection) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(SqliteStore::open(&folder.path().join("scim.db")).expect("a store"));
        let token = NewToken::random().expect("a token");
        store
            .write(&mut |tables| {
                tables.put_connection(&connection)?;
                tables.add_token(&Token::new(&connection.name, "first", token.hash(), 0))?;
                Ok(())
            })
            .expect("kept");
        // The sandbox has no limits, and the clock of its client is faster than time is.
        let mut settings = settings;
        settings.writes_per_minute = 6_000;
        settings.hold *= FASTER;
        let gateway = Gateway::new(client(&sandbox), store.clone(), settings).expect("a gateway");
        gateway.read_roster(true).await.expect("a roster");
        let mut site = Self {
            sandbox,
            store,
            gateway,
            base: String::new(),
            token: token.reveal().to_owned(),
            http: reqwest::Client::builder().no_proxy().build().expect("a client"),
            _folder: folder,
            task: None,
        };
        site.serve().await;
        site
    }

    async fn serve(&mut self) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a listener");
        self.base = format!("http://{}/scim/v2", listener.local_addr().expect("an address"));
        let gateway = self.gateway.clone();
        self.task = Some(tokio::spawn(async move { serve(gateway, listener).await.expect("served") }));
    }

    /// Stops the gateway as a power failure does: whatever it is doing.
    pub(crate) fn stop(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }

    pub(crate) fn client(&self) -> Client {
        client(&self.sandbox)
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Seen {
        self.send_with(method, path, body, &[]).await
    }

    pub(crate) async fn send_with(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Seen {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let url = format!("{}{path}", self.base);
        let request = self.http.request(method, url).timeout(Duration::from_secs(60));
        let has_own = headers.iter().any(|(name, _)| *name == "authorization");
        let request = if has_own { request } else { request.bearer_auth(&self.token) };
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = match body {
            Some(body) => request.header("content-type", "application/scim+json").body(body.to_string()),
            None => request,
        };
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") };
        Seen { status, body, headers }
    }

    pub(crate) async fn get(&self, path: &str) -> Seen {
        self.send("GET", path, None).await
    }

    /// The users that a filter finds.
    pub(crate) async fn find(&self, filter: &str) -> Vec<Value> {
        let encoded = encoded(filter);
        let seen = self.get(&format!("/Users?filter={encoded}")).await;
        assert_eq!(seen.status, 200, "{seen:?}");
        seen.body["Resources"].as_array().expect("a list").clone()
    }

    /// How many writes took effect in the tenant, by operation.
    pub(crate) fn effects(&self, operation: &str) -> usize {
        self.sandbox.effects().iter().filter(|effect| effect.operation == operation).count()
    }
}

fn client(sandbox: &RunningSandbox) -> Client {
    let builder = Client::builder().set_url(sandbox.url()).set_api_key(sandbox.api_key());
    builder.without_limits().with_clock(FastClock::start()).build().expect("a client")
}

/// A clock on which every wait is a hundredth of what it is.
#[derive(Debug)]
struct FastClock {
    start: Duration,
    started: tokio::time::Instant,
}

/// How much faster the clock is.
const FASTER: u32 = 100;

impl FastClock {
    fn start() -> Self {
        let start = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("after the epoch");
        Self { start, started: tokio::time::Instant::now() }
    }
}

impl Clock for FastClock {
    // The sandbox has a clock of its own, which the time of users is compared with.
    fn now(&self) -> Duration {
        self.start + self.started.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(duration / FASTER))
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

pub(crate) fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |encoded, byte| format!("{encoded}%{byte:02X}"))
}

/// A user as a directory creates them.
pub(crate) fn ada() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@example.com",
        "externalId": "00u1",
        "name": { "givenName": "Ada", "familyName": "Byron" },
        "emails": [{ "value": "ada@example.com", "type": "work", "primary": true }],
        "active": true,
        "password": "correct horse battery staple",
        "groups": [],
    })
}

#[expect(clippy::needless_pass_by_value, reason = "tests write values in place")]
pub(crate) fn patch(operations: Value) -> Value {
    json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations })
}

impl Site {
    /// Adds a connection, and returns its token.
    pub(crate) fn add_connection(&self, connection: &Connection) -> String {
        let token = NewToken::random().expect("a token");
        self.store
            .write(&mut |tables| {
                tables.put_connection(connection)?;
                tables.add_token(&Token::new(&connection.name, "first", token.hash(), 0))?;
                Ok(())
            })
            .expect("kept");
        token.reveal().to_owned()
    }
}

impl Site {
    /// How many groups a filter finds.
    pub(crate) async fn find_groups(&self, filter: &str) -> u64 {
        let encoded = encoded(filter);
        let seen = self.get(&format!("/Groups?excludedAttributes=members&filter={encoded}")).await;
        seen.body["totalResults"].as_u64().unwrap_or_else(|| panic!("a list: {seen:?}"))
    }
}
