//! Keeping to the limit, against a tenant that enforces it; in virtual time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use futures::{FutureExt as _, TryStreamExt as _};
use thought_industries::transport::TransportError;
use thought_industries::{
    Client, ClientBuilder, Event, Limits, OperationKind, Permit, PermitRequest, RateLimitHeaders, RateLimiter,
    SharedRateLimiter, Surface, WaitReason,
};
use thought_industries_sandbox::{Dialect, Limits as Enforced, Sandbox};
use tokio::time::{Instant, sleep};

use crate::seam::{HttpResponse, Over, Request, Transport};

const WINDOW: Duration = Duration::from_secs(60);

/// A tenant that enforces its limit in fixed windows, each from its first request on.
#[derive(Debug, Clone)]
struct Limited(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    limit: u32,
    latency: Duration,
    tells: bool,
    window: Option<Instant>,
    in_window: u32,
    /// How many requests each window took.
    windows: Vec<u32>,
    refused: u32,
}

impl Limited {
    fn new(limit: u32, latency: Duration, tells: bool) -> Self {
        let state = State { limit, latency, tells, window: None, in_window: 0, windows: Vec::new(), refused: 0 };
        Self(Arc::new(Mutex::new(state)))
    }

    fn client(&self, set: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
        let builder = Client::builder().set_subdomain("acme").set_api_key("key").with_service(Over::new(self.clone()));
        set(builder).build().expect("right settings")
    }

    fn answer(&self) -> HttpResponse {
        let mut state = self.0.lock().expect("not poisoned");
        let now = Instant::now();
        if state.window.is_none_or(|start| now >= start + WINDOW) {
            state.window = Some(now);
            state.in_window = 0;
            state.windows.push(0);
        }
        let left = (state.window.expect("a window") + WINDOW - now).as_secs_f64().ceil();
        if state.in_window >= state.limit {
            state.refused += 1;
            return HttpResponse::new(429, "application/json", "{}").with_header("Retry-After", format!("{left}"));
        }
        state.in_window += 1;
        *state.windows.last_mut().expect("a window") += 1;
        let answer = HttpResponse::new(200, "application/json", r#"{"data":{"users":{"users":[],"pageInfo":null}}}"#);
        if !state.tells {
            return answer;
        }
        answer
            .with_header("X-RateLimit-Limit", state.limit.to_string())
            .with_header("X-RateLimit-Remaining", (state.limit - state.in_window).to_string())
    }
}

impl Transport for Limited {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        async move {
            let latency = self.0.lock().expect("not poisoned").latency;
            sleep(latency).await;
            let answer = self.answer();
            sleep(latency).await;
            Ok(answer)
        }
        .boxed()
    }
}

async fn call(client: Client) -> Result<(), thought_industries::Error> {
    let request = r#"{"query":"{ users { users { id } } }"}"#;
    client.post_graphql(request).await.map(drop)
}

fn requests(limit: u32) -> Limits {
    Limits::documented().graphql_requests(limit)
}

#[tokio::test(start_paused = true)]
async fn at_full_demand_the_limit_is_used_up_and_never_exceeded() {
    let tenant = Limited::new(100, Duration::from_millis(150), false);
    let client = tenant.client(|builder| builder.with_limits(requests(100)));
    let done = join_all((0..500).map(|_| call(client.clone()))).await;
    assert!(done.iter().all(Result::is_ok));
    let state = tenant.0.lock().expect("not poisoned");
    assert_eq!(state.refused, 0);
    assert_eq!(state.windows, [100; 5], "98 % were asked for");
}

#[tokio::test(start_paused = true)]
async fn a_share_leaves_room_for_others() {
    let tenant = Limited::new(100, Duration::from_millis(10), false);
    let client = tenant.client(|builder| builder.with_limits(requests(100)).with_share(60));
    assert!(join_all((0..150).map(|_| call(client.clone()))).await.iter().all(Result::is_ok));
    assert_eq!(tenant.0.lock().expect("not poisoned").windows, [60, 60, 30]);
}

#[tokio::test(start_paused = true)]
async fn two_processes_on_one_key_settle() {
    let tenant = Limited::new(100, Duration::from_millis(20), true);
    let one = || tenant.client(|builder| builder.with_limits(requests(100)));
    let (first, second) = (one(), one());
    let calls = (0..250).flat_map(|_| [call(first.clone()), call(second.clone())]);
    assert!(join_all(calls).await.iter().all(Result::is_ok), "every call is answered in the end");
    let state = tenant.0.lock().expect("not poisoned");
    assert_eq!(state.windows.iter().sum::<u32>(), 500);
    assert!(state.windows.len() <= 7, "{:?}", state.windows);
    // What both sent at once before either knew of the other; no storm follows.
    assert!(state.refused <= 200, "{}", state.refused);
}

#[tokio::test(start_paused = true)]
async fn points_are_counted_too() {
    let tenant = Limited::new(1_000, Duration::from_millis(10), false);
    let limits = Limits::documented().graphql_points(30);
    let client = tenant.client(|builder| builder.with_limits(limits));
    // Three fields each.
    assert!(join_all((0..25).map(|_| call(client.clone()))).await.iter().all(Result::is_ok));
    assert_eq!(tenant.0.lock().expect("not poisoned").windows, [10, 10, 5]);
}

#[tokio::test(start_paused = true)]
async fn a_call_may_be_refused_instead_of_waiting() {
    let tenant = Limited::new(100, Duration::from_millis(10), false);
    let set = |builder: ClientBuilder| builder.with_limits(requests(2)).with_max_wait(Duration::from_secs(5));
    let client = tenant.client(set);
    let start = Instant::now();
    let done = join_all((0..4).map(|_| call(client.clone()))).await;
    assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 2);
    let error = done.into_iter().find_map(Result::err).expect("one was refused");
    assert!(error.is_rate_limited() && !error.execution().is_unknown());
    assert_eq!(error.to_string(), "post_graphql over GraphQL: rate limited: the wait would exceed `max_wait` (5 s)");
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_leaves_no_budget_behind() {
    let tenant = Limited::new(100, Duration::from_millis(10), false);
    let client = tenant.client(|builder| builder.with_limits(requests(1)));
    call(client.clone()).await.expect("the first");
    // It waits for the next window, and is given up; nothing of that window is gone.
    assert!(tokio::time::timeout(Duration::from_secs(1), call(client.clone())).await.is_err());
    let start = Instant::now();
    call(client.clone()).await.expect("the second");
    assert!(start.elapsed() <= WINDOW, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_given_up_on_its_way_ends_its_window_all_the_same() {
    let tenant = Limited::new(100, Duration::from_secs(10), false);
    let client = tenant.client(|builder| builder.with_limits(requests(1)));
    assert!(tokio::time::timeout(Duration::from_secs(1), call(client.clone())).await.is_err());
    let start = Instant::now();
    call(client.clone()).await.expect("the next window");
    assert!(start.elapsed() <= WINDOW + Duration::from_secs(20), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_is_told_for_how_long_and_why() {
    let tenant = Limited::new(100, Duration::ZERO, false);
    let told = Arc::new(Mutex::new(Vec::new()));
    let events = Arc::clone(&told);
    let listen = move |event: &Event| {
        if matches!(event, Event::Attempt { .. } | Event::Wait { .. }) {
            events.lock().expect("not poisoned").push(event.to_string());
        }
    };
    let client = tenant.client(|builder| builder.with_limits(requests(1)).on_event(listen));
    call(client.clone()).await.expect("the first");
    call(client.clone()).await.expect("the second");
    assert_eq!(
        *told.lock().expect("not poisoned"),
        [
            "post_graphql over GraphQL",
            "post_graphql waits 60.0 s until the tenant's limit has room",
            "post_graphql over GraphQL"
        ]
    );
    assert_ne!(WaitReason::Pace, WaitReason::Backoff);
}

#[tokio::test]
async fn a_sandbox_with_limits_never_has_to_refuse() {
    let toml = "graphql-requests = 20\nrest-requests = 5\nwindow = 0.3\n";
    for dialect in [Dialect::Documented, Dialect::Observed] {
        let sandbox = Sandbox::new(dialect).users(1_000).limits(Enforced::parse(toml).expect("limits"));
        let tenant = sandbox.start().await.expect("a sandbox starts");
        let limits = requests(20).rest_requests(5).window(Duration::from_millis(300));
        let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key()).with_limits(limits);
        let client = builder.build().expect("right settings");
        let people: Vec<_> = client.users().list().items().try_collect().await.expect("everybody");
        assert_eq!(people.len(), 1_000);
        let received = tenant.received();
        assert!(received.len() > 5 && received.iter().all(|request| request.status != 429), "{}", received.len());
    }
}

/// The plan's limit is told in the answers to writes as well, which have a lower one of their own.
#[tokio::test(start_paused = true)]
async fn what_is_told_of_one_limit_is_not_taken_for_another() {
    let tenant = Limited::new(1_000, Duration::from_millis(5), true);
    let client =
        tenant.client(|builder| builder.with_limits(Limits::documented().rest_writes(10).rest_requests(1_000)));
    let clients = client.clients();
    let start = Instant::now();
    _ = join_all((0..25).map(|_| clients.update_status("x", thought_industries::UserStatus::Active).send())).await;
    assert!(start.elapsed() >= 2 * WINDOW, "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_call_may_wait_for_as_long_as_it_likes() {
    let tenant = Limited::new(1_000, Duration::from_millis(5), false);
    let client = tenant.client(|builder| builder.with_limits(requests(100)).with_max_wait(Duration::MAX));
    let start = Instant::now();
    assert!(join_all((0..90).map(|_| call(client.clone()))).await.iter().all(Result::is_ok));
    assert!(start.elapsed() < WINDOW, "{:?}", start.elapsed());
}

/// A production service measured about 250 requests in 15 minutes: calls wait for their turn, and none fails, whether the
/// tenant says how long its window is or not.
#[tokio::test(start_paused = true)]
async fn a_window_of_a_quarter_of_an_hour_is_waited_for() {
    #[derive(Debug, Clone)]
    struct Quarter {
        tells: bool,
        window: Arc<Mutex<Option<(Instant, u32)>>>,
    }

    impl Transport for Quarter {
        fn send(&self, _: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
            let mut window = self.window.lock().expect("not poisoned");
            let now = Instant::now();
            let (start, spent) = window.filter(|(start, _)| now < *start + 15 * WINDOW).unwrap_or((now, 0));
            *window = Some((start, spent + 1));
            let left = (start + 15 * WINDOW - now).as_secs();
            let limited = spent >= 250;
            let body = r#"{"data":{"users":{"users":[],"pageInfo":null}}}"#;
            let (status, body) = if limited { (429, "{}") } else { (200, body) };
            let mut response = HttpResponse::new(status, "application/json", body);
            if self.tells && limited {
                response = response.with_header("Retry-After", left.to_string());
            }
            async move { Ok(response) }.boxed()
        }
    }

    for tells in [true, false] {
        let tenant = Quarter { tells, window: Arc::default() };
        let builder = Client::builder().set_subdomain("acme").set_api_key("key").with_service(Over::new(tenant));
        let client = builder.build().expect("right settings");
        let start = Instant::now();
        for number in 0..600 {
            let done = client.post_graphql(r#"{"query":"{ users { users { id } } }"}"#).await;
            done.unwrap_or_else(|error| panic!("call {number}, {tells}: {error}"));
        }
        let windows = start.elapsed().as_secs_f64() / (15.0 * WINDOW.as_secs_f64());
        assert!((2.0..2.2).contains(&windows), "{windows} windows for 600 calls");
    }
    // A shorter patience is an error that says so, and nothing was sent for it.
    let tenant = Quarter { tells: true, window: Arc::default() };
    let builder = Client::builder().set_subdomain("acme").set_api_key("key").with_service(Over::new(tenant));
    let client = builder.with_max_wait(Duration::from_secs(60)).build().expect("right settings");
    let mut ended = Ok(());
    for _ in 0..260 {
        ended = client.post_graphql(r#"{"query":"{ users { users { id } } }"}"#).await.map(drop);
    }
    assert!(ended.expect_err("a wait of minutes").is_rate_limited());
}

/// Two clients in a process, of the same key: what both send in a window is one client's share.
#[tokio::test(start_paused = true)]
async fn two_clients_that_share_a_limiter_share_its_windows() {
    let tenant = Limited::new(100, Duration::from_millis(20), false);
    let limiter = Arc::new(SharedRateLimiter::new(&requests(100)));
    let one = || tenant.client(|builder| builder.with_rate_limiter(limiter.clone()));
    let (first, second) = (one(), one());
    let calls = (0..150).flat_map(|_| [call(first.clone()), call(second.clone())]);
    assert!(join_all(calls).await.iter().all(Result::is_ok));
    let state = tenant.0.lock().expect("not poisoned");
    assert_eq!((state.refused, &*state.windows), (0, &[100; 3][..]));
}

/// A limiter of the caller is asked before each request, and learns how it ended.
#[tokio::test(start_paused = true)]
async fn a_limiter_of_the_caller_is_used() {
    #[derive(Debug, Default)]
    struct Noted(Mutex<Vec<&'static str>>);

    struct Note<'l>(&'l Noted);

    impl Noted {
        fn note(&self, what: &'static str) {
            self.0.lock().expect("not poisoned").push(what);
        }
    }

    impl RateLimiter for Noted {
        fn acquire<'a>(&'a self, request: PermitRequest<'a>) -> BoxFuture<'a, Option<Box<dyn Permit + 'a>>> {
            self.note("acquire");
            request.report_wait(Duration::from_secs(1));
            async move { (request.patience > request.clock.now()).then(|| Box::new(Note(self)) as Box<dyn Permit>) }
                .boxed()
        }

        fn pause(&self, _: Surface, _: OperationKind, _: Duration, is_refused: bool) {
            self.note(if is_refused { "pause after 429" } else { "pause" });
        }
    }

    impl Permit for Note<'_> {
        fn start(&mut self) {
            self.0.note("start");
        }

        fn end(self: Box<Self>, headers: &RateLimitHeaders, is_refused: bool) {
            self.0.note(if is_refused && headers.retry_after.is_some() { "refused" } else { "ended" });
        }
    }

    let tenant = Limited::new(1, Duration::ZERO, false);
    let limiter = Arc::new(Noted::default());
    let client = tenant.client(|builder| builder.with_rate_limiter(limiter.clone()));
    call(client.clone()).await.expect("the first");
    call(client).await.expect("the second, after the window");
    let one = ["acquire", "start", "ended"];
    let expected = [&one[..], &["acquire", "start", "refused", "pause after 429"], &one].concat();
    assert_eq!(*limiter.0.lock().expect("not poisoned"), expected);
}
