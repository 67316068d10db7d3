//! Gaps that are filled from an event feed that is written down here: it shares nothing with the sandbox, and its time is a
//! number of the test.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde::Deserialize;
use serde_json::{Value, json};
use thought_industries::{Client, Date, EventKind};
use thought_industries_events::{Arrival, Filled, Filler, Inbox, Selection, Source, events_of};
use tokio::net::TcpListener;

/// A feed: events by time, and how it answers.
#[derive(Default)]
struct Feed {
    /// Ids and times, in any order.
    events: Mutex<Vec<(String, i64)>>,
    /// How many requests are answered before the feed breaks.
    breaks_after: Mutex<Option<usize>>,
    requests: AtomicUsize,
    /// Whether times in a query are refused.
    refuses_times: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    start_date: Option<i64>,
    cursor: Option<String>,
}

const PAGE: usize = 20;

async fn page(State(feed): State<Arc<Feed>>, Query(asked): Query<Asked>) -> (StatusCode, String) {
    let request = feed.requests.fetch_add(1, Ordering::Relaxed);
    if feed.breaks_after.lock().expect("a number").is_some_and(|most| request >= most) {
        return (StatusCode::BAD_REQUEST, r#"{"error":"broken"}"#.to_owned());
    }
    if feed.refuses_times && asked.start_date.is_some() {
        return (StatusCode::BAD_REQUEST, r#"{"error":"startDate is not supported"}"#.to_owned());
    }
    let before = asked.cursor.map(|cursor| {
        let text = STANDARD_NO_PAD.decode(cursor).expect("base64");
        String::from_utf8(text).expect("text").parse::<i64>().expect("a number")
    });
    let mut events: Vec<(String, i64)> = feed.events.lock().expect("a list").clone();
    events
        .retain(|(_, at)| before.is_none_or(|before| *at < before) && asked.start_date.is_none_or(|from| *at >= from));
    events.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    let has_more = events.len() > PAGE;
    events.truncate(PAGE);
    let cursor = events.last().filter(|_| has_more).map(|(_, at)| STANDARD_NO_PAD.encode(at.to_string()));
    let events: Vec<Value> = events.iter().map(|(id, at)| raw(id, *at)).collect();
    let info = json!({ "perPage": PAGE, "hasMore": has_more, "cursor": cursor });
    (StatusCode::OK, json!({ "events": events, "pageInfo": info }).to_string())
}

fn raw(id: &str, at: i64) -> Value {
    json!({ "id": id, "timestamp": at, "user": format!("{id}@example.com"), "userDetail": { "id": format!("u-{id}") } })
}

struct Site {
    feed: Arc<Feed>,
    inbox: Arc<Inbox>,
    client: Client,
    _folder: tempfile::TempDir,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The beginning of time: the first of January 2026.
const START: i64 = 1_767_225_600_000;
const MINUTE: i64 = 60_000;

impl Site {
    async fn start(feed: Feed) -> Self {
        let feed = Arc::new(feed);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let router = Router::new().route("/incoming/v2/events/login", get(page)).with_state(Arc::clone(&feed));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.expect("served") });
        let client = Client::builder().set_url(url).set_api_key("key").without_limits().build().expect("a client");
        let folder = tempfile::tempdir().expect("a folder");
        let inbox = Arc::new(Inbox::open(&folder.path().join("inbox.sqlite")).expect("an inbox"));
        Self { feed, inbox, client, _folder: folder, task }
    }

    fn happen(&self, events: impl IntoIterator<Item = (String, i64)>) {
        self.feed.events.lock().expect("a list").extend(events);
    }

    async fn fill(&self, kind: &str) -> Filled {
        let filler = Filler::new(self.client.clone(), Arc::clone(&self.inbox)).with_kinds([EventKind::from(kind)]);
        let since = Date::from_millisecond(START).expect("a time");
        let filler = filler.with_since(since).with_overlap(Duration::from_secs(600));
        filler.fill().await.expect("the inbox works").pop().expect("one kind")
    }

    fn ids(&self) -> Vec<String> {
        let events = self.inbox.list(None, &Selection::default(), 10_000).expect("a list");
        let mut ids: Vec<String> = events.into_iter().map(|event| event.id).collect();
        ids.sort();
        ids
    }

    fn all(&self) -> Vec<String> {
        let mut ids: Vec<String> = self
            .feed
            .events
            .lock()
            .expect("a list")
            .iter()
            .filter(|(_, at)| *at >= START)
            .map(|(id, _)| id.clone())
            .collect();
        ids.sort();
        ids
    }
}

/// Events of a span of minutes, three of them in the same millisecond each time.
fn span(name: &str, minutes: std::ops::Range<i64>) -> Vec<(String, i64)> {
    let at = |minute: i64| START + minute * MINUTE;
    minutes.flat_map(|minute| (0..3).map(move |n| (format!("{name}-{minute}-{n}"), at(minute)))).collect()
}

#[tokio::test]
async fn an_outage_of_two_days_is_filled_completely() {
    let site = Site::start(Feed::default()).await;
    site.happen(span("before", -20..0));
    site.happen(span("first", 0..5));
    let filled = site.fill("login").await;
    assert!(filled.problem.is_none(), "{filled:?}");
    assert_eq!((filled.new, site.ids()), (15, site.all()));
    // Two days pass, in which webhooks bring every tenth event, under the same id, and one appears late.
    site.happen(span("outage", 5..2 * 24 * 60).into_iter().filter(|(_, at)| at % (5 * MINUTE) == 0));
    site.happen([("late".to_owned(), START)]);
    let all = site.all();
    let brought: Vec<Arrival> = site
        .feed
        .events
        .lock()
        .expect("a list")
        .iter()
        .skip(75)
        .step_by(10)
        .map(|(id, at)| {
            let mut raw = raw(id, *at);
            raw["event"] = json!("login");
            let event = events_of(raw.to_string().as_bytes()).expect("an event").pop().expect("one");
            Arrival::new(event, Source::Webhook)
        })
        .collect();
    site.inbox.add(&brought, START).expect("kept");
    let filled = site.fill("login").await;
    assert!(filled.problem.is_none(), "{filled:?}");
    assert!(site.ids() == all, "{} of {}", site.ids().len(), all.len());
    let before = site.feed.requests.load(Ordering::Relaxed);
    let again = site.fill("login").await;
    assert_eq!(again.new, 0);
    assert!(site.feed.requests.load(Ordering::Relaxed) - before < 8, "only the last ten minutes are read again");
}

/// The newest events are read first: after a list that broke off, they must not make the rest look read.
#[tokio::test]
async fn a_list_that_breaks_off_is_read_again() {
    let site = Site::start(Feed::default()).await;
    site.happen(span("a", 0..50));
    *site.feed.breaks_after.lock().expect("a number") = Some(3);
    let filled = site.fill("login").await;
    assert!(filled.problem.is_some() && filled.read > 0, "{filled:?}");
    *site.feed.breaks_after.lock().expect("a number") = None;
    site.happen(span("b", 50..60));
    assert!(site.fill("login").await.problem.is_none());
    assert_eq!(site.ids(), site.all());
}

#[tokio::test]
async fn a_feed_that_refuses_times_is_read_until_it_is_too_old() {
    let site = Site::start(Feed { refuses_times: true, ..Feed::default() }).await;
    // Of a tenant of which nothing is known, a refusal could mean that it has no feed.
    site.client.events().list(EventKind::Login).send().await.expect("a page");
    site.happen(span("before", -500..0));
    site.happen(span("a", 0..9));
    let filled = site.fill("login").await;
    assert!(filled.problem.is_none(), "{filled:?}");
    assert_eq!(site.ids(), site.all());
    assert!(site.feed.requests.load(Ordering::Relaxed) < 10);
}

#[tokio::test]
async fn a_kind_that_the_tenant_lacks_is_a_problem_of_that_kind() {
    let site = Site::start(Feed::default()).await;
    let filled = site.fill("birthday").await;
    assert!(filled.problem.is_some_and(|problem| problem.is_not_found() || problem.is_no_route()));
    assert_eq!(filled.read, 0);
}

/// An event from the future must not hide those that happen until then.
#[tokio::test]
async fn an_event_from_the_future_hides_nothing() {
    let site = Site::start(Feed::default()).await;
    site.happen([("future".to_owned(), 4_000_000_000_000), ("now".to_owned(), START)]);
    site.fill("login").await;
    let now = site.client.now().as_millisecond();
    site.happen([("next".to_owned(), now)]);
    assert_eq!(site.fill("login").await.new, 1);
}
