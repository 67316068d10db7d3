//! A watch over a sandbox, with a clock of the test: it stands still until a second is waited for, which is over at once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use thought_industries::Clock;
use thought_industries_events::{Arrival, Source, events_of};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

use super::*;

#[derive(Debug, Clone, Default)]
struct StillClock(Arc<AtomicU64>);

impl Clock for StillClock {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        // The time limits of requests are never over.
        if duration != LOOK_AGAIN {
            return futures::future::pending().boxed();
        }
        self.0.fetch_add(u64::try_from(duration.as_millis()).expect("short"), Ordering::Relaxed);
        futures::future::ready(()).boxed()
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// Where a watch prints.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<Vec<u8>>>);

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("bytes").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Printed {
    /// The lines since the last call, without their times.
    fn lines(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().expect("bytes"));
        let text = String::from_utf8(bytes).expect("UTF-8");
        text.lines().map(|line| line.split_once("UTC  ").map_or(line, |(_, rest)| rest).to_owned()).collect()
    }
}

struct Site {
    sandbox: RunningSandbox,
    client: Client,
    watch: Watch,
    printed: Printed,
    folder: tempfile::TempDir,
}

impl Site {
    async fn start(dialect: Dialect, form: LineForm) -> Self {
        let sandbox = Sandbox::new(dialect).users(60).start().await.expect("a sandbox");
        let client = Client::builder().set_url(sandbox.url()).set_api_key(sandbox.api_key()).without_limits();
        let client = client.with_clock(StillClock::default()).build().expect("a client");
        let folder = tempfile::tempdir().expect("a folder");
        let inbox = Inbox::open(&folder.path().join("inbox.sqlite")).expect("an inbox");
        let printed = Printed::default();
        let every = Duration::from_secs(900);
        let out: Box<dyn Write> = Box::new(printed.clone());
        let watch = Watch::start(client.clone(), Some(inbox), every, (form, out)).await.expect("a watch");
        assert_eq!((watch.users, printed.lines()), (60, vec![]));
        Self { sandbox, client, watch, printed, folder }
    }

    /// A learner of whom there is one record.
    async fn learner(&self) -> User {
        let users: Vec<User> = self.client.users().list().items().try_collect().await.expect("users");
        let roles = self.client.users().learner_roles().await.expect("roles");
        let is_plain = |user: &User| {
            let is_learner = user.role_key.as_ref().is_some_and(|role| roles.contains(role));
            is_learner && user.learner_user_id.is_none() && user.email.is_some() && user.disabled == Some(false)
        };
        users.into_iter().find(is_plain).expect("a learner")
    }

    async fn rename(&self, id: &str, name: &str) {
        let fields = UserFields::new().last_name(name);
        self.client.users().update(id, fields).await.expect("updated");
    }

    /// Lets seconds pass.
    async fn pass(&mut self, seconds: u32) -> Vec<String> {
        for _ in 0..seconds {
            self.client.pause(LOOK_AGAIN).await;
            self.watch.step().await.expect("a step");
        }
        self.printed.lines()
    }

    /// Events about a user, as `ti listen` keeps them in another process.
    fn hint(&self, user: &str, events: usize) {
        let inbox = Inbox::open(&self.folder.path().join("inbox.sqlite")).expect("the inbox");
        for event in 0..events {
            let body = json!({ "event": "user.updated", "id": event, "data": { "id": user } }).to_string();
            let event = events_of(body.as_bytes()).expect("an event").pop().expect("one");
            inbox.add(&[Arrival::new(event, Source::Webhook)], 0).expect("kept");
        }
    }
}

#[tokio::test]
async fn fifty_events_of_one_user_are_one_read_and_a_line_for_each_field() {
    for dialect in [Dialect::Documented, Dialect::Observed] {
        let mut site = Site::start(dialect, LineForm::Text).await;
        let user = site.learner().await;
        let (id, email) = (user.id.clone(), user.email.clone().expect("an address"));
        let before = user.last_name.clone().unwrap_or_else(|| "–".to_owned());
        site.rename(&id, "Lovelace").await;
        let requests = site.sandbox.received().len();
        site.hint(&id, 50);
        assert_eq!(site.pass(10).await, [""; 0]);
        assert_eq!(site.sandbox.received().len(), requests);
        assert_eq!(site.pass(1).await, [format!("{email} ({id})  lastName: {before} → Lovelace  [webhook]")]);
        assert!(site.sandbox.received().len() <= requests + 2, "one read");
        assert_eq!(site.pass(20).await, [""; 0], "and no more");
    }
}

#[tokio::test]
async fn what_no_event_brings_is_found_by_reading_all_users() {
    let mut site = Site::start(Dialect::Documented, LineForm::Json).await;
    let id = site.learner().await.id;
    site.rename(&id, "Lovelace").await;
    assert_eq!(site.pass(600).await, [""; 0]);
    let fields = UserFields::new().first_name("Grace").last_name("Hopper").email("grace@example.com");
    site.client.users().create(fields).await.expect("created");
    let lines: Vec<Value> = site.pass(400).await.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let of = |line: &Value| [&line["change"], &line["field"], &line["after"], &line["from"]].map(Value::clone);
    let shown: Vec<_> = lines.iter().map(of).collect();
    assert_eq!(shown.len(), 2, "{lines:?}");
    assert!(shown.contains(&[json!("changed"), json!("lastName"), json!("Lovelace"), json!("poll")]), "{lines:?}");
    assert!(shown.contains(&[json!("joined"), Value::Null, Value::Null, json!("poll")]), "{lines:?}");
    // The user was changed back and forth meanwhile, and a hint about a user whom the tenant does not have changes nothing.
    site.hint("nothing-like-this", 1);
    assert_eq!(site.pass(1_000).await, [""; 0]);
}
