//! Several processes that use one key and know nothing of each other, against a tenant that enforces its limits; in
//! virtual time.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, join_all};
use thought_industries::transport::TransportError;
use thought_industries::{Client, ClientBuilder, Clock, Limits, Surface};
use thought_industries_sandbox::{Dialect, Limits as Enforced, Sandbox};
use tokio::time::{Instant, sleep};

use crate::script::known;
use crate::seam::{HttpResponse, Over, Request, Transport};

const SECOND: Duration = Duration::from_secs(1);
const WINDOW: Duration = Duration::from_secs(60);

/// What a tenant reports about its limits.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Headers {
    /// Nothing.
    None,
    /// `Retry-After`, with a refusal.
    RetryAfter,
    /// That, and with each response the state of the limit that decided it.
    All,
}

/// A fixed window, from its first request on.
#[derive(Debug)]
struct Fixed {
    length: Duration,
    limit: u32,
    start: Option<Instant>,
    count: u32,
}

impl Fixed {
    fn new(length: Duration, limit: u32) -> Self {
        Self { length, limit, start: None, count: 0 }
    }

    /// Counts a request, or returns the time until the next window.
    fn take(&mut self) -> Result<(), Duration> {
        let now = Instant::now();
        let start = match self.start {
            Some(start) if now < start + self.length => start,
            _ => {
                (self.start, self.count) = (Some(now), 0);
                now
            }
        };
        if self.count == self.limit {
            return Err(start + self.length - now);
        }
        self.count += 1;
        Ok(())
    }
}

/// A tenant with a limit of a minute and one of a second.
#[derive(Debug, Clone)]
struct Tenant(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    headers: Headers,
    /// A time by the clock of the clients.
    clock: (Duration, Instant),
    /// By how many seconds the tenant's clock is ahead, for each half of the minutes.
    ahead: [i64; 2],
    end: Instant,
    minute: Fixed,
    second: Fixed,
    accepted: u32,
    refused: u32,
}

impl Tenant {
    fn answer(&self) -> HttpResponse {
        let state = &mut *self.0.lock().expect("not poisoned");
        // A request that the second refuses does not count in the minute.
        let (refused, decided_by) = match state.second.take() {
            Err(left) => (Some(left), &state.second),
            Ok(()) => (state.minute.take().err(), &state.minute),
        };
        let mut response = match refused {
            None => {
                state.accepted += 1;
                HttpResponse::new(200, "application/json", r#"{"id":"a","status":"complete"}"#)
            }
            Some(left) => {
                state.refused += 1;
                let refused = HttpResponse::new(429, "application/json", "{}");
                match state.headers {
                    Headers::None => refused,
                    _ => refused.with_header("Retry-After", left.as_secs_f64().ceil().to_string()),
                }
            }
        };
        let is_early = state.end - Instant::now() > Instant::now() - state.clock.1;
        let now = state.clock.0 + state.clock.1.elapsed();
        let now = {
            let ahead = state.ahead[usize::from(!is_early)];
            let by = Duration::from_secs(ahead.unsigned_abs());
            if ahead < 0 { now.saturating_sub(by) } else { now.saturating_add(by) }
        };
        if state.headers == Headers::All {
            let left = decided_by.start.expect("a window") + decided_by.length - Instant::now();
            let date = jiff::Timestamp::from_second(now.as_secs().try_into().expect("a date")).expect("a date");
            let printer = jiff::fmt::rfc2822::DateTimePrinter::new();
            response = response
                .with_header("Date", printer.timestamp_to_rfc9110_string(&date).expect("a date"))
                .with_header("X-RateLimit-Limit", decided_by.limit.to_string())
                .with_header("X-RateLimit-Remaining", (decided_by.limit - decided_by.count).to_string())
                .with_header("X-RateLimit-Reset", (now + left).as_secs_f64().ceil().to_string());
        }
        response
    }
}

impl Transport for Tenant {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        async move {
            sleep(Duration::from_millis(50)).await;
            let answer = self.answer();
            sleep(Duration::from_millis(50)).await;
            Ok(answer)
        }
        .boxed()
    }
}

/// Virtual time, and chances that are the same in each run.
#[derive(Debug)]
struct Seeded {
    start: (Duration, Instant),
    state: Mutex<u64>,
}

impl Clock for Seeded {
    fn now(&self) -> Duration {
        self.start.0 + self.start.1.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        sleep(duration).boxed()
    }

    fn chance(&self) -> f64 {
        let mut state = self.state.lock().expect("not poisoned");
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(*state >> 32).expect("32 bits")) / f64::from(u32::MAX)
    }
}

/// What processes reached together.
#[derive(Debug)]
struct Reached {
    /// In percent of the limit of a minute.
    used: u32,
    /// Refused requests in percent of those accepted.
    refused: u32,
    /// The fewest calls of a process, in percent of an equal part.
    least: u32,
}

/// What is simulated.
#[derive(Debug, Clone, Copy)]
struct Case<'a> {
    processes: u32,
    /// The limit of a minute, and of a second.
    limit: u32,
    burst: u32,
    headers: Headers,
    /// By how many seconds the tenant's clock is ahead, in each half of the time.
    ahead: [i64; 2],
    /// The folder through which processes share the limits.
    folder: Option<&'a Path>,
}

impl Default for Case<'_> {
    fn default() -> Self {
        Self { processes: 1, limit: 120, burst: 20, headers: Headers::All, ahead: [0, 0], folder: None }
    }
}

async fn reach(case: Case<'_>) -> Reached {
    let Case { processes, limit, burst, headers, ahead, folder } = case;
    let clock = (Duration::from_secs(1_800_000_000), Instant::now());
    let minutes = if limit == 120 { 10 } else { 3 };
    let end = Instant::now() + minutes * WINDOW;
    let state = State {
        headers,
        clock,
        ahead,
        end,
        minute: Fixed::new(WINDOW, limit),
        second: Fixed::new(SECOND, burst),
        accepted: 0,
        refused: 0,
    };
    let tenant = Tenant(Arc::new(Mutex::new(state)));
    let process = |number: u32| {
        let limits = Limits::documented().rest_requests(limit).rest_burst(burst);
        let builder = Client::builder().set_subdomain("acme").set_api_key("key").with_limits(limits);
        let builder = builder.with_service(Over::new(tenant.clone())).with_profile(known(&[]));
        let builder = folder.into_iter().fold(builder, ClientBuilder::with_machine_limits);
        let client = builder
            .with_clock(Seeded { start: clock, state: Mutex::new(number.into()) })
            .build()
            .expect("right settings");
        async move {
            // Processes do not begin at the same time.
            sleep(Duration::from_millis(1_730) * number).await;
            let callers = (0..6).map(|_| async {
                let mut calls = 0;
                while Instant::now() < end {
                    let call =
                        tokio::time::timeout_at(end, client.jobs().get("a").with_surface(Surface::RestV2).send()).await;
                    call.map_or(Ok(()), |call| call.map(drop)).expect("a call waits for the limit");
                    calls += 1;
                }
                calls
            });
            join_all(callers).await.into_iter().sum::<u32>()
        }
    };
    let calls = join_all((0..processes).map(process)).await;
    let state = tenant.0.lock().expect("not poisoned");
    let least = *calls.iter().min().expect("processes");
    Reached {
        used: state.accepted * 100 / (limit * minutes),
        refused: state.refused * 100 / state.accepted,
        least: least * 100 * processes / calls.iter().sum::<u32>(),
    }
}

/// Whatever the tenant reports: together they use the limit, and none of them starves.
async fn check(limit: u32, burst: u32) {
    let mut wrong = Vec::new();
    for headers in [Headers::None, Headers::RetryAfter, Headers::All] {
        for processes in [2, 5] {
            let reached = reach(Case { processes, limit, burst, headers, ..Case::default() }).await;
            let line = format!("{processes} processes, {limit} and {burst}, {headers:?}: {reached:?}");
            println!("{line}");
            // Without a delay to go by, the order in which processes try again is chance.
            let least = if headers == Headers::None { 30 } else { 50 };
            if reached.used < 95 || reached.least < least {
                wrong.push(line);
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(start_paused = true)]
async fn one_process_uses_the_limit_and_is_never_refused() {
    for headers in [Headers::None, Headers::RetryAfter, Headers::All] {
        let reached = reach(Case { headers, ..Case::default() }).await;
        assert_eq!((reached.used, reached.refused), (100, 0), "{headers:?}");
    }
}

/// `X-RateLimit-Reset` is a time by the tenant's clock.
#[tokio::test(start_paused = true)]
async fn clocks_that_differ_cost_nothing() {
    const DAY: i64 = 86_400;
    for ahead in [[30, 30], [-30, -30], [50, 50], [-50, -50], [600, 600], [-600, -600], [DAY, -DAY], [0, 45]] {
        let reached = reach(Case { ahead, ..Case::default() }).await;
        assert!(reached.used >= 97 && reached.refused == 0, "{ahead:?}: {reached:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn processes_share_the_standard_plan() {
    check(120, 20).await;
}

#[tokio::test(start_paused = true)]
async fn processes_share_the_enterprise_plan() {
    check(600, 100).await;
}

#[tokio::test(start_paused = true)]
async fn processes_share_a_plan_whose_seconds_are_short() {
    check(600, 20).await;
}

/// With a file that they share, each gets an equal part, and none is ever refused.
#[tokio::test(start_paused = true)]
async fn processes_of_a_machine_are_one() {
    for (limit, burst) in [(120, 20), (600, 20)] {
        for headers in [Headers::None, Headers::All] {
            let folder = tempfile::tempdir().expect("a folder");
            let folder = folder.path().join("limits");
            let case = Case { processes: 5, limit, burst, headers, folder: Some(&folder), ..Case::default() };
            let reached = reach(case).await;
            println!("{limit} and {burst}, {headers:?}: {reached:?}");
            assert!(reached.used >= 95 && reached.refused == 0 && reached.least >= 80, "{case:?}: {reached:?}");
        }
    }
}

/// A call never fails because of the file: its process paces it alone.
#[tokio::test(start_paused = true)]
async fn without_its_file_a_process_is_on_its_own() {
    let temporary = tempfile::tempdir().expect("a folder");
    let missing = temporary.path().join("missing/limits");
    let reached = reach(Case { folder: Some(&missing), ..Case::default() }).await;
    assert_eq!((reached.used, reached.refused), (100, 0), "no folder");

    let folder = temporary.path().join("limits");
    let case = Case { folder: Some(&folder), ..Case::default() };
    reach(case).await;
    let files: Vec<_> =
        std::fs::read_dir(&folder).expect("a folder").map(|file| file.expect("a file").path()).collect();
    let [file] = files.as_slice() else { panic!("{files:?}") };
    let text = std::fs::read_to_string(file).expect("text");
    assert!(text.starts_with("thought-industries limits 1 ") && !text.contains("acme"), "{text}");
    // A process that was stopped while it had the file.
    let stuck = std::fs::File::open(file).expect("a file");
    stuck.lock().expect("a lock");
    let reached = reach(case).await;
    assert!(reached.used >= 97 && reached.refused == 0, "{reached:?}");
    std::fs::remove_file(file).expect("removed");
    std::fs::create_dir(file).expect("created");
    let reached = reach(case).await;
    assert_eq!((reached.used, reached.refused), (100, 0), "a folder instead of a file");
}

/// Where the tests of processes find what they share.
const FOLDER: &str = "LIMITS_FOLDER_OF_TEST";
const URL: &str = "URL_OF_TEST";
const KEY: &str = "KEY_OF_TEST";

/// A process of the test below; nothing on its own.
#[tokio::test]
async fn a_process_among_others() {
    let [Ok(folder), Ok(url), Ok(key)] = [FOLDER, URL, KEY].map(std::env::var) else { return };
    let limits = Limits::documented().graphql_requests(20).window(Duration::from_millis(500));
    let builder = Client::builder().set_url(url).set_api_key(key).with_limits(limits);
    let client = builder.with_machine_limits(folder).build().expect("right settings");
    for _ in 0..20 {
        client.post_graphql(r#"{"query":"{ __typename }"}"#).await.expect("a response");
    }
}

#[tokio::test]
async fn real_processes_stay_within_one_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let enforced = Enforced::parse("graphql-requests = 20\nwindow = 0.5\n").expect("limits");
    let sandbox = Sandbox::new(Dialect::Documented).users(10).limits(enforced);
    let tenant = sandbox.start().await.expect("a sandbox starts");
    let start = || {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", "sharing::a_process_among_others"]);
        command
            .env(FOLDER, folder.path().join("limits"))
            .env(URL, tenant.url())
            .env(KEY, tenant.api_key())
            .stdout(Stdio::null())
            .spawn()
            .expect("a process")
    };
    let processes: Vec<_> = (0..5).map(|_| start()).collect();
    let ends = processes.into_iter().map(|mut process| tokio::task::spawn_blocking(move || process.wait()));
    for end in join_all(ends).await {
        assert!(end.expect("a thread").expect("an end").success());
    }
    let refused = tenant.received().iter().filter(|request| request.status == 429).count();
    assert_eq!((tenant.received().len(), refused), (100, 0));
}
