//! Lists of users that fail, shrink or end on the way.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use futures::{FutureExt as _, TryStreamExt as _};
use serde_json::Value;
use thought_industries::transport::TransportError;
use thought_industries::{Client, Clock};
use thought_industries_provision::seats::SeatsReport;
use thought_industries_provision::{DesiredUser, ErrorKind, MatchBy, Planner, Policy, Roster};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

use crate::place::builder_of;
use crate::seam::{HttpResponse, Over, Request, Transport};

/// A clock on which pauses take no time, and deadlines never come.
#[derive(Debug, Clone, Default)]
struct Quick(Arc<Mutex<Duration>>);

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

/// What becomes of the response to a request for a page of users.
type Spoil = dyn Fn(i64, HttpResponse) -> HttpResponse + Send + Sync;

struct Odd {
    http: reqwest::Client,
    spoil: Box<Spoil>,
    /// How often the first page was asked for.
    begun: Arc<AtomicUsize>,
    /// Who deletes which user before the third page.
    leaver: Mutex<Option<(Client, String)>>,
}

impl Transport for Odd {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        async move {
            let body: Value = serde_json::from_str(&request.body).unwrap_or_default();
            let is_list = body["query"].as_str().is_some_and(|query| query.contains("query UsersProfiles"));
            let page = body["variables"]["page"].as_i64().unwrap_or(1);
            let leaver = self.leaver.lock().expect("not poisoned").take_if(|_| is_list && page == 3);
            if let Some((client, id)) = leaver {
                client.users().delete(id.as_str()).await.expect("deleted");
            }
            let method = request.method.parse().expect("a method");
            let headers = request.headers.iter();
            let sent =
                headers.fold(self.http.request(method, &request.url), |sent, (name, value)| sent.header(name, value));
            let response = sent.body(request.body.clone()).send().await.expect("the sandbox responds");
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let kind = headers.get("content-type").and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            let kind = kind.split(';').next().unwrap_or_default().to_owned();
            let shown = HttpResponse::new(status, kind, response.bytes().await.expect("a body").to_vec());
            if !is_list {
                return Ok(shown);
            }
            self.begun.fetch_add(usize::from(page == 1), Ordering::Relaxed);
            Ok((self.spoil)(page, shown))
        }
        .boxed()
    }
}

/// A client of a sandbox whose pages of users are spoiled, how often the first one was asked for, and its clock.
fn client(
    tenant: &RunningSandbox,
    leaver: Option<(Client, String)>,
    spoil: impl Fn(i64, HttpResponse) -> HttpResponse + Send + Sync + 'static,
) -> (Client, Arc<AtomicUsize>, Quick) {
    let begun = Arc::new(AtomicUsize::new(0));
    let clock = Quick::default();
    let builder = builder_of(tenant);
    let odd = Odd {
        http: reqwest::Client::new(),
        spoil: Box::new(spoil),
        begun: Arc::clone(&begun),
        leaver: Mutex::new(leaver),
    };
    (builder.with_clock(clock.clone()).with_service(Over::new(odd)).build().expect("a client"), begun, clock)
}

async fn sandbox() -> RunningSandbox {
    Sandbox::new(Dialect::Documented).users(350).start().await.expect("a sandbox starts")
}

fn roster() -> Roster {
    let user = DesiredUser::new().with("email", "new@example.com").with("firstName", "New");
    Roster::of([user], MatchBy::Email).expect("a roster")
}

/// An odd page with status 200, as proxies show.
fn odd_page() -> HttpResponse {
    HttpResponse::new(200, "text/html", "<html>please wait</html>")
}

#[tokio::test]
async fn a_page_that_fails_for_a_while_is_read_again_and_the_list_goes_on_there() {
    let tenant = sandbox().await;
    let (whole, ..) = client(&tenant, None, |_, page| page);
    let expected = Planner::new(Policy::default()).plan(&whole, &roster()).await.expect("a plan");
    let left = AtomicUsize::new(12);
    let (odd, begun, clock) = client(&tenant, None, move |page, shown| {
        let is_odd =
            page == 3 && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if is_odd { odd_page() } else { shown }
    });
    let plan = Planner::new(Policy::default()).plan(&odd, &roster()).await.expect("a plan");
    assert_eq!(plan.totals, expected.totals);
    assert_eq!(plan.read_digest, expected.read_digest);
    assert_eq!(begun.load(Ordering::Relaxed), 1, "the list was started over");
    assert!(*clock.0.lock().expect("not poisoned") >= Duration::from_secs(15));
    let report = SeatsReport::read(&odd, None, 90, || ()).await.expect("a report");
    let of_whole = SeatsReport::read(&whole, None, 90, || ()).await.expect("a report");
    assert_eq!(report.taken(), of_whole.taken());
}

#[tokio::test]
async fn a_page_that_goes_on_failing_is_an_error_with_what_was_read() {
    let tenant = sandbox().await;
    let (odd, begun, _) = client(&tenant, None, |page, shown| if page == 3 { odd_page() } else { shown });
    let error = Planner::new(Policy::default()).plan(&odd, &roster()).await.expect_err("no plan");
    assert_eq!(error.kind(), ErrorKind::List);
    let message = error.to_string();
    assert!(message.starts_with("the list of users failed after 2 pages with 200 of "), "{message}");
    assert!(message.contains("users, 5 more tries: users.profiles"), "{message}");
    assert!(error.help().is_some_and(|help| help.starts_with("nothing was written")));
    assert_eq!((begun.load(Ordering::Relaxed), error.as_client_error().is_some()), (1, true));
    assert!(SeatsReport::read(&odd, None, 90, || ()).await.is_err());
}

#[tokio::test]
async fn a_list_that_ends_before_its_total_is_no_plan() {
    let tenant = sandbox().await;
    let (odd, ..) = client(&tenant, None, |page, shown| {
        let mut body: Value = serde_json::from_slice(&shown.body).expect("JSON");
        if page == 2 {
            let list = body["data"].as_object_mut().and_then(|data| data.values_mut().next()).expect("a list");
            list["pageInfo"]["hasMore"] = false.into();
        }
        HttpResponse::new(200, "application/json", body.to_string())
    });
    let error = Planner::new(Policy::default()).plan(&odd, &roster()).await.expect_err("no plan");
    assert_eq!(error.kind(), ErrorKind::List);
    assert!(error.to_string().starts_with("the list of users ended after 2 pages with 200 of "), "{error}");
}

#[tokio::test]
async fn no_user_is_missed_if_others_leave_while_a_page_fails() {
    let tenant = sandbox().await;
    let (whole, ..) = client(&tenant, None, |_, page| page);
    let all: Vec<_> = whole.users().list().items().try_collect().await.expect("all users");
    let leaver = Some((whole, all[0].id.clone()));
    let left = AtomicUsize::new(8);
    let (odd, begun, _) = client(&tenant, leaver, move |page, shown| {
        let is_odd =
            page == 3 && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if is_odd { odd_page() } else { shown }
    });
    let read = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&read);
    let planner = Planner::new(Policy::default()).on_user(move || _ = count.fetch_add(1, Ordering::Relaxed));
    planner.plan(&odd, &roster()).await.expect("a plan");
    // The user who left had been read before.
    assert_eq!(read.load(Ordering::Relaxed), all.len());
    assert!(begun.load(Ordering::Relaxed) <= 2);
}
