//! What the tests have in common: a list of users that is written down here alone, and databases as text.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use thought_industries::transport::TransportError;
use thought_industries::{Client, Clock};

use crate::seam::{HttpResponse, Over, Request, Transport};

/// A clock on which pauses take no time, and deadlines never come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quick(Arc<Mutex<Duration>>);

impl Clock for Quick {
    fn now(&self) -> Duration {
        SystemTime::UNIX_EPOCH.elapsed().expect("after 1970") + *self.0.lock().expect("not poisoned")
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        if duration > Duration::from_secs(60) {
            return std::future::pending().boxed();
        }
        *self.0.lock().expect("not poisoned") += duration;
        std::future::ready(()).boxed()
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// Users in the order of the list.
pub(crate) type List = Vec<Value>;

/// What happens before a request is answered: by its number, from 1.
pub(crate) type Before = dyn Fn(usize, &mut List) + Send + Sync;

/// A tenant with a v2 list of users in pages, and nothing else.
pub(crate) struct Tenant {
    pub(crate) users: Arc<Mutex<List>>,
    page_size: usize,
    has_total: bool,
    requests: Mutex<usize>,
    before: Box<Before>,
}

impl Tenant {
    pub(crate) fn new(
        users: usize,
        page_size: usize,
        before: impl Fn(usize, &mut List) + Send + Sync + 'static,
    ) -> Self {
        let users = (1..=users).map(user).collect();
        let before = Box::new(before);
        Self { users: Arc::new(Mutex::new(users)), page_size, has_total: true, requests: Mutex::default(), before }
    }

    pub(crate) fn without_total(self) -> Self {
        Self { has_total: false, ..self }
    }

    pub(crate) fn client(self) -> Client {
        let builder = Client::builder().set_subdomain("acme").set_api_key("imitated-key").without_limits();
        builder.with_service(Over::new(self)).with_clock(Quick::default()).build().expect("right settings")
    }

    fn page(&self, number: usize, users: &List) -> Value {
        let start = (number - 1) * self.page_size;
        let shown: Vec<&Value> = users.iter().skip(start).take(self.page_size).collect();
        let has_more = start + self.page_size < users.len();
        let mut info = json!({ "currentPage": number, "hasMore": has_more, "perPage": self.page_size });
        if self.has_total {
            info["total"] = users.len().into();
        }
        json!({ "data": { "APIUsers": { "users": shown, "pageInfo": info } } })
    }
}

/// An invented user.
pub(crate) fn user(number: usize) -> Value {
    json!({ "id": format!("u-{number}"), "email": format!("u{number}@example.com"), "roleKey": "learner", "disabled": false })
}

impl Transport for Tenant {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        let path = request.url.strip_prefix("https://acme.thoughtindustries.com").unwrap_or_default();
        let Some(query) = path.strip_prefix("/incoming/v2/users") else {
            let missing = HttpResponse::new(404, "application/json", r#"{"message":"not here"}"#);
            return std::future::ready(Ok(missing)).boxed();
        };
        let number = query.split(['?', '&']).find_map(|pair| pair.strip_prefix("page=")?.parse().ok()).unwrap_or(1);
        let requests = {
            let mut requests = self.requests.lock().expect("not poisoned");
            *requests += 1;
            *requests
        };
        let body = {
            let mut users = self.users.lock().expect("not poisoned");
            (self.before)(requests, &mut users);
            self.page(number, &users).to_string()
        };
        async move {
            // A response takes a moment, in which a run may be dropped. The client looks at it twice at once.
            for _ in 0..3 {
                tokio::task::yield_now().await;
            }
            Ok(HttpResponse::new(200, "application/json", body))
        }
        .boxed()
    }
}

/// The lines of a file.
pub(crate) fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).expect("a file");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

/// The content of a database, table by table, without what differs between runs.
pub(crate) fn dump(path: &Path) -> Vec<String> {
    let database = rusqlite::Connection::open(path).expect("a database");
    let mut names = database
        .prepare("SELECT name, type, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY name")
        .expect("a schema");
    let schema = names.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).expect("a schema");
    let schema: Vec<(String, String, Option<String>)> = schema.collect::<Result<_, _>>().expect("a schema");
    let mut dump = Vec::new();
    for (name, kind, sql) in schema {
        dump.push(format!("{name}: {sql:?}"));
        if kind == "index" || name.starts_with("export_") {
            continue;
        }
        let mut rows = database.prepare(&format!("SELECT * FROM \"{name}\" ORDER BY 1, 2")).expect("a table");
        let columns = rows.column_count();
        let rows = rows.query_map([], |row| {
            let cell = |column| row.get::<_, rusqlite::types::Value>(column).map(|value| format!("{value:?}"));
            (0..columns).map(cell).collect::<Result<Vec<_>, _>>()
        });
        dump.extend(rows.expect("rows").map(|row| row.expect("a row").join(" ")));
    }
    dump
}
