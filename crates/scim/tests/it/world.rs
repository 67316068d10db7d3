//! A tenant, a gateway that dies, and the network between them: in one thread, and in virtual time.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use futures::FutureExt as _;
use futures::future::{BoxFuture, Either, select};
use serde_json::Value;
use tempfile::TempDir;
use thought_industries::transport::TransportError;
use thought_industries::{Client, Clock, Limits};
use thought_industries_sandbox::{Dialect, InProcessSandbox, Sandbox};
use thought_industries_scim::{
    Connection, Gateway, NewToken, ScimError, Settings, SqliteStore, Store, StoreError, Tables, Token, router,
};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tower_service::Service as _;

use crate::seam::{HttpResponse, Over, Request, Transport};
use crate::site::{Seen, encoded};

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("not poisoned")
}

/// The time of a paused runtime, which goes on to the next event whenever all tasks wait.
#[derive(Debug, Clone, Copy)]
struct Time {
    base: Duration,
    start: tokio::time::Instant,
}

impl Time {
    fn start() -> Self {
        Self { base: Duration::from_secs(1_790_000_000), start: tokio::time::Instant::now() }
    }
}

impl Clock for Time {
    fn now(&self) -> Duration {
        self.base + self.start.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        tokio::time::sleep(duration).boxed()
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// How the network and the tenant behave.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    /// How far reads lag behind writes.
    pub(crate) lag: Duration,
    /// The share of requests whose response is lost after they were carried out.
    pub(crate) lost: f64,
    /// The share of requests that do not arrive.
    pub(crate) broken: f64,
    /// The share of requests that are answered with 500 and not carried out.
    pub(crate) failed: f64,
    /// How many user writes the tenant takes in a minute; more are answered with 429.
    pub(crate) writes: Option<usize>,
}

impl Weather {
    pub(crate) const CALM: Self = Self { lag: Duration::ZERO, lost: 0.0, broken: 0.0, failed: 0.0, writes: None };
}

/// A tenant whose reads may lag: they are answered by a second one, which gets each write later.
struct Tenant {
    first: InProcessSandbox,
    second: InProcessSandbox,
    time_of_second: Arc<Mutex<SystemTime>>,
    /// The writes that the second one has not got, and when they were carried out.
    behind: Mutex<VecDeque<(Duration, http::Request<Bytes>)>>,
    /// When the minute of the last writes began, and how many it has.
    writes: Mutex<(Duration, usize)>,
    refused: AtomicUsize,
}

impl Tenant {
    fn new(sandbox: &Sandbox, time: Time) -> Self {
        let wall = move |since: Duration| SystemTime::UNIX_EPOCH + since;
        let time_of_second = Arc::new(Mutex::new(wall(time.now())));
        let second = Arc::clone(&time_of_second);
        Self {
            first: sandbox.clone().in_process(move || wall(time.now())).expect("a tenant"),
            second: sandbox.clone().in_process(move || *locked(&second)).expect("a tenant"),
            time_of_second,
            behind: Mutex::default(),
            writes: Mutex::default(),
            refused: AtomicUsize::new(0),
        }
    }

    fn respond(&self, request: http::Request<Bytes>, now: Duration, weather: Weather) -> http::Response<Bytes> {
        let carried_out = |tenant: &InProcessSandbox, request| tenant.respond(request).now_or_never().expect("at once");
        if is_write(&request) {
            if weather.writes.is_some_and(|most| !self.takes(now, most)) {
                self.refused.fetch_add(1, Ordering::Relaxed);
                let response = http::Response::builder().status(429).header("retry-after", "5");
                return response.body(Bytes::from_static(b"{\"error\":\"rate_limit_exceeded\"}")).expect("a response");
            }
            locked(&self.behind).push_back((now, request.clone()));
            return carried_out(&self.first, request);
        }
        let mut behind = locked(&self.behind);
        while behind.front().is_some_and(|(at, _)| *at + weather.lag <= now) {
            let Some((at, write)) = behind.pop_front() else { break };
            *locked(&self.time_of_second) = SystemTime::UNIX_EPOCH + at;
            carried_out(&self.second, write);
        }
        carried_out(&self.second, request)
    }

    fn takes(&self, now: Duration, most: usize) -> bool {
        let mut writes = locked(&self.writes);
        // A minute begins with its first write.
        if now >= writes.0 + Duration::from_secs(60) {
            *writes = (now, 0);
        }
        writes.1 += 1;
        writes.1 <= most
    }
}

fn is_write(request: &http::Request<Bytes>) -> bool {
    let text = || String::from_utf8_lossy(request.body()).replace("\\n", " ");
    match request.method().as_str() {
        "GET" => false,
        _ if request.uri().path().contains("graphql") => text().contains("\"query\":\"mutation"),
        _ => true,
    }
}

/// The life of a process, which ends at a step that is drawn: before or after a request to the tenant, or a write to the disk.
#[derive(Debug)]
pub(crate) struct Life {
    steps: Mutex<Option<usize>>,
    is_over: AtomicBool,
    over: Notify,
    /// A write to the disk is under way.
    disk: Mutex<()>,
}

impl Life {
    fn new(steps: Option<usize>) -> Arc<Self> {
        let (is_over, over) = (AtomicBool::new(false), Notify::new());
        Arc::new(Self { steps: Mutex::new(steps), is_over, over, disk: Mutex::new(()) })
    }

    fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Whether the process lives on.
    fn step(&self) -> bool {
        let mut steps = locked(&self.steps);
        match steps.as_mut() {
            Some(0) => {
                self.is_over.store(true, Ordering::SeqCst);
                self.over.notify_one();
            }
            Some(left) => *left -= 1,
            None => {}
        }
        !self.is_over()
    }

    async fn ended(&self) {
        while !self.is_over() {
            self.over.notified().await;
        }
        // Others wait as well.
        self.over.notify_one();
    }
}

/// The network to the tenant, as one process sees it.
struct Network {
    tenant: Arc<Tenant>,
    life: Arc<Life>,
    time: Time,
    weather: Weather,
    chance: Mutex<fastrand::Rng>,
}

impl Transport for Network {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        async move {
            let broken = || TransportError::new("the connection broke", None);
            let (delay, luck) = {
                let mut chance = locked(&self.chance);
                (Duration::from_millis(chance.u64(20..400)), chance.f64())
            };
            tokio::time::sleep(delay).await;
            if !self.life.step() {
                std::future::pending::<()>().await;
            }
            let Weather { lost, broken: breaks, failed, .. } = self.weather;
            if luck < breaks {
                return Err(broken());
            }
            if luck < breaks + failed {
                return Ok(HttpResponse::new(500, "application/json", "{\"errors\":[{\"message\":\"try again\"}]}"));
            }
            let mut asked = http::Request::builder().method(request.method.as_str()).uri(&request.url);
            for (name, value) in &request.headers {
                asked = asked.header(name, value);
            }
            let asked = asked.body(Bytes::from(request.body)).expect("a request");
            let response = self.tenant.respond(asked, self.time.now(), self.weather);
            if !self.life.step() {
                std::future::pending::<()>().await;
            }
            if luck > 1.0 - lost {
                return Err(broken());
            }
            let text =
                |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            let seen = HttpResponse::new(response.status().as_u16(), text("content-type"), response.body().to_vec());
            Ok(match text("retry-after") {
                "" => seen,
                wait => seen.with_header("retry-after", wait),
            })
        }
        .boxed()
    }
}

/// A store whose process may die at any write.
#[derive(Debug)]
struct Disk {
    store: SqliteStore,
    life: Arc<Life>,
}

impl Store for Disk {
    fn read(&self, act: &mut dyn FnMut(&dyn Tables) -> Result<(), ScimError>) -> Result<(), ScimError> {
        if self.life.is_over() { Err(ScimError::internal()) } else { self.store.read(act) }
    }

    fn write(&self, act: &mut dyn FnMut(&dyn Tables) -> Result<(), ScimError>) -> Result<(), ScimError> {
        let _under_way = locked(&self.life.disk);
        if !self.life.step() {
            return Err(ScimError::internal());
        }
        self.store.write(act)?;
        if self.life.step() { Ok(()) } else { Err(ScimError::internal()) }
    }

    fn backup(&self, path: &std::path::Path) -> Result<(), StoreError> {
        self.store.backup(path)
    }

    fn check(&self) -> Result<(), StoreError> {
        self.store.check()
    }
}

/// A process of the gateway.
struct Process {
    life: Arc<Life>,
    gateway: Gateway,
    router: Router,
    work: JoinHandle<()>,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.work.abort();
    }
}

/// A tenant and a gateway in virtual time. The gateway starts again whenever it has died.
pub(crate) struct World {
    tenant: Arc<Tenant>,
    time: Time,
    weather: Weather,
    settings: Settings,
    token: String,
    folder: TempDir,
    chance: Mutex<fastrand::Rng>,
    /// How often the process is yet to die.
    deaths_left: AtomicUsize,
    process: Mutex<Option<Process>>,
}

impl World {
    /// A world whose gateway has read the roster. `seed` draws what the network does, and when the gateway dies.
    pub(crate) async fn start(
        dialect: Dialect,
        weather: Weather,
        settings: Settings,
        seed: u64,
        deaths: usize,
    ) -> Self {
        let time = Time::start();
        let folder = tempfile::tempdir().expect("a folder");
        let token = NewToken::random().expect("a token");
        let world = Self {
            tenant: Arc::new(Tenant::new(&Sandbox::new(dialect).users(40), time)),
            time,
            weather,
            settings,
            token: token.reveal().to_owned(),
            folder,
            chance: Mutex::new(fastrand::Rng::with_seed(seed)),
            deaths_left: AtomicUsize::new(deaths),
            process: Mutex::default(),
        };
        let store = SqliteStore::open(&world.folder.path().join("scim.db")).expect("a store");
        let known = store.write(&mut |tables| {
            tables.put_connection(&Connection::new("okta", ["*"]))?;
            Ok(tables.add_token(&Token::new("okta", "first", token.hash(), 0))?)
        });
        known.expect("kept");
        let client = world.client(Life::new(None), Weather::CALM);
        let first = Gateway::new(client, Arc::new(store), world.settings.clone()).expect("a gateway");
        first.read_roster(true).await.expect("a roster");
        world.restart();
        world
    }

    fn client(&self, life: Arc<Life>, weather: Weather) -> Client {
        let chance = Mutex::new(locked(&self.chance).fork());
        let network = Network { tenant: Arc::clone(&self.tenant), life, time: self.time, weather, chance };
        let builder = Client::builder().set_url("https://acme.example").set_api_key(self.tenant.first.api_key());
        let builder = match weather.writes {
            Some(_) => builder.with_limits(Limits::documented()),
            None => builder.without_limits(),
        };
        builder.with_clock(self.time).with_service(Over::new(network)).build().expect("a client")
    }

    /// A client without troubles of its own.
    pub(crate) fn calm_client(&self) -> Client {
        self.client(Life::new(None), Weather::CALM)
    }

    /// Starts a process over the store that the last one has left.
    fn restart(&self) {
        let mut process = locked(&self.process);
        if let Some(last) = process.take() {
            // What the last one was writing to the disk is there, or is not.
            drop(locked(&last.life.disk));
        }
        let is_mortal = self.deaths_left.load(Ordering::SeqCst) > 0;
        let life = Life::new(is_mortal.then(|| locked(&self.chance).usize(1..40)));
        let store = SqliteStore::open(&self.folder.path().join("scim.db")).expect("a store");
        let store = Arc::new(Disk { store, life: Arc::clone(&life) });
        let client = self.client(Arc::clone(&life), self.weather);
        let gateway = Gateway::new(client, store, self.settings.clone()).expect("a gateway");
        let (worker, own) = (gateway.clone(), Arc::clone(&life));
        let work = tokio::spawn(async move {
            let ended = worker.work().await;
            assert!(own.is_over(), "the sender ended: {ended:?}");
        });
        let router = router(gateway.clone());
        *process = Some(Process { life, gateway, router, work });
    }

    /// Reads the roster of the tenant again, unless the process dies meanwhile.
    pub(crate) async fn refresh(&self) {
        let (gateway, life) = {
            let process = locked(&self.process);
            let process = process.as_ref().expect("a process");
            (process.gateway.clone(), Arc::clone(&process.life))
        };
        // One that fails is repeated when it is due again.
        _ = select(Box::pin(gateway.read_roster(true)), Box::pin(life.ended())).await;
    }

    /// Sends a request; none if the process dies meanwhile, or the directory waits no longer than this.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<&Value>, patience: Duration) -> Option<Seen> {
        let (mut router, life) = {
            let process = locked(&self.process);
            let process = process.as_ref().expect("a process");
            (process.router.clone(), Arc::clone(&process.life))
        };
        let request = http::Request::builder().method(method).uri(format!("/scim/v2{path}"));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let answered = async {
            let response = router.call(request.body(body).expect("a request")).await.expect("an answer");
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let bytes = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
            let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).expect("JSON") };
            Seen { status, body, headers }
        };
        let patient = Box::pin(tokio::time::timeout(patience, answered));
        let ended = select(patient, Box::pin(life.ended())).await;
        match ended {
            Either::Left((answered, _)) if !life.is_over() => answered.ok(),
            _ => {
                self.bury(&life);
                None
            }
        }
    }

    /// Starts the process again, if this one is still the last.
    fn bury(&self, life: &Arc<Life>) {
        let is_last = locked(&self.process).as_ref().is_some_and(|process| Arc::ptr_eq(&process.life, life));
        if is_last {
            self.deaths_left.fetch_sub(1, Ordering::SeqCst);
            self.restart();
        }
    }

    /// Waits until the outbox is empty, restarting the process if it dies; the writes that have failed.
    pub(crate) async fn drained(&self) -> Vec<String> {
        for _ in 0..20_000 {
            let life = locked(&self.process).as_ref().map(|process| Arc::clone(&process.life)).expect("a process");
            if life.is_over() {
                self.bury(&life);
            }
            let store = SqliteStore::open(&self.folder.path().join("scim.db")).expect("a store");
            let (mut open, mut failed) = (Vec::new(), Vec::new());
            let read = store.read(&mut |tables| {
                open = tables.open_jobs()?;
                failed = tables.failed_jobs(1_000)?;
                Ok(())
            });
            read.expect("read");
            if open.is_empty() {
                return failed.iter().map(|job| format!("{:?} {:?}", job.what.kind, job.result)).collect();
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        panic!("the outbox does not empty");
    }

    /// How often the gateway is yet to die.
    pub(crate) fn deaths_left(&self) -> usize {
        self.deaths_left.load(Ordering::SeqCst)
    }

    /// How many writes took effect in the tenant, by operation.
    pub(crate) fn effects(&self, operation: &str) -> usize {
        self.tenant.first.effects().iter().filter(|effect| effect.operation == operation).count()
    }

    /// Whether reads lag behind writes.
    pub(crate) fn has_lag(&self) -> bool {
        !self.weather.lag.is_zero()
    }

    /// How many writes the tenant has refused with 429.
    pub(crate) fn refused(&self) -> usize {
        self.tenant.refused.load(Ordering::Relaxed)
    }

    /// The time since the world began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.time.start.elapsed()
    }

    /// A random number below another one.
    pub(crate) fn draw(&self, below: u64) -> u64 {
        locked(&self.chance).u64(0..below)
    }

    /// The users that a filter finds, with as many tries as that takes.
    pub(crate) async fn find(&self, filter: &str) -> Vec<Value> {
        let path = format!("/Users?filter={}", encoded(filter));
        loop {
            if let Some(seen) = self.ask("GET", &path, None, Duration::from_secs(60)).await
                && seen.status == 200
            {
                return seen.body["Resources"].as_array().expect("a list").clone();
            }
        }
    }
}
