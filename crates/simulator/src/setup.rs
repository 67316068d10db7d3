//! What a world is made of, drawn from a seed.

use std::time::Duration;

use fastrand::Rng;
use thought_industries::Dialect;

/// What a world is made of. The same setup gives the same history.
#[derive(Debug, Clone, PartialEq)]
pub struct Setup {
    /// The seed of everything that is drawn while the world runs.
    pub seed: u64,
    /// The tenant.
    pub tenant: TenantSetup,
    /// The way to it.
    pub network: NetworkSetup,
    /// The programs that use its key.
    pub processes: Vec<ProcessSetup>,
    /// What others do to its users.
    pub edits: Vec<Edit>,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct TenantSetup {
    /// Whether the sandbox responds; otherwise the light model does.
    pub is_sandbox: bool,
    /// How it speaks.
    pub dialect: Dialect,
    /// How many users it has at first.
    pub users: u32,
    /// How many users are on a page.
    pub page_size: u32,
    /// How long reads do not show what was written.
    pub lag: Duration,
    /// What it permits; without limits, everything.
    pub limits: Option<TenantLimits>,
}

/// What a tenant permits within fixed windows, each from its first request.
#[derive(Debug, Clone, PartialEq)]
pub struct TenantLimits {
    /// Requests in a window.
    pub requests: u32,
    /// Of them, those that write.
    pub writes: u32,
    /// Requests in a second.
    pub burst: u32,
    /// The length of a window.
    pub window: Duration,
    /// What responses say of it.
    pub headers: HeaderSetup,
}

/// What the headers of responses say of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderSetup {
    /// The limit, what is left, the end, and how long to wait.
    Right,
    /// Nothing.
    Missing,
    /// Nothing but how long to wait after a refusal.
    OnlyRetryAfter,
    /// The same as right, with an end in milliseconds and another limit.
    Wrong,
}

/// The way to a tenant.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkSetup {
    /// The shortest and the longest time in one direction, in milliseconds.
    pub latency: (u64, u64),
    /// What goes wrong, and how often in a thousand requests.
    pub faults: Vec<(FaultKind, u32)>,
    /// When everything goes well from: the faults, the lag and the edits end.
    pub heals_at: Duration,
    /// When the key is not accepted, from and until.
    pub revoked: Option<(Duration, Duration)>,
}

/// What goes wrong with a request or its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// No connection.
    Refused,
    /// The request is lost, and the connection breaks.
    LostRequest,
    /// The response is lost, and the connection breaks.
    LostResponse,
    /// The request is lost, and nothing comes back.
    SilentRequest,
    /// The response is lost, and nothing comes back.
    SilentResponse,
    /// The request arrives twice; the second response comes back.
    Twice,
    /// The response to an earlier request comes back.
    Stray,
    /// The response ends in the middle.
    Cut,
    /// A read is redirected within the tenant.
    Redirect,
    /// A read gets an earlier response to the same request.
    Cached,
    /// 503 from a proxy, before the request arrives.
    Unavailable,
    /// 502 from a proxy, after the request arrived.
    BadGateway,
    /// 429 although there is room.
    Burst,
    /// A page in HTML with status 200, before the request arrives.
    Page,
    /// The request takes half a minute longer.
    Slow,
    /// A user is shown with another name. No client can see through it, so that it is never drawn: with it, the checks are
    /// checked.
    Forged,
    /// A write is carried out and refused. Never drawn.
    Denied,
}

impl FaultKind {
    /// Every kind that is drawn.
    pub const ALL: [Self; 15] = [
        Self::Refused,
        Self::LostRequest,
        Self::LostResponse,
        Self::SilentRequest,
        Self::SilentResponse,
        Self::Twice,
        Self::Stray,
        Self::Cut,
        Self::Redirect,
        Self::Cached,
        Self::Unavailable,
        Self::BadGateway,
        Self::Burst,
        Self::Page,
        Self::Slow,
    ];
}

/// A program that uses the key.
#[derive(Debug, Clone, PartialEq)]
pub struct ProcessSetup {
    /// How far its clock is ahead of the tenant's, in milliseconds, in each of its lives.
    pub skews: Vec<i64>,
    /// What it does.
    pub script: Script,
    /// After how many steps each of its lives ends, but for the last.
    pub kills: Vec<u32>,
    /// Whether it was told the tenant's limits.
    pub knows_limits: bool,
    /// What its disk does.
    pub disk: DiskSetup,
}

/// What a disk does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskSetup {
    /// How often in a thousand writes it is full.
    pub full: u32,
    /// How often in a thousand writes the power fails in the middle.
    pub torn: u32,
    /// Whether it says that lines are written that a power failure loses.
    pub lies: bool,
}

/// What a process does.
#[derive(Debug, Clone, PartialEq)]
pub enum Script {
    /// Plans, carries out, and perhaps rolls back a roster.
    Provision {
        /// What is asked for, row by row.
        rows: Vec<Row>,
        /// Whether the run is rolled back.
        undo: bool,
    },
    /// Reads and writes single users, some at a time.
    Calls {
        /// How many users.
        users: u32,
        /// How many at a time.
        at_once: u32,
    },
    /// Reads all users, some times.
    Lists {
        /// How often.
        times: u32,
    },
    /// Reads as much as it may for three windows.
    Saturate {
        /// How many reads at a time.
        at_once: u32,
    },
}

/// A row of a roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Row {
    /// A new user.
    Create,
    /// Another last name for a user.
    Update,
    /// Another last name, and no access any more.
    Deactivate,
}

/// What others do to a user of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// When.
    pub at: Duration,
    /// The process whose user it is.
    pub process: usize,
    /// Which of its users.
    pub row: usize,
    /// What is done.
    pub kind: EditKind,
}

/// What others do to a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EditKind {
    /// Writes a field that the plan writes as well, or creates the user.
    Meddle,
    /// Deletes the user.
    Delete,
}

impl Setup {
    /// Draws a world.
    pub fn draw(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let rng = &mut rng;
        let is_sandbox = one_in(rng, 30);
        let dialect = if rng.bool() { Dialect::Observed } else { Dialect::Documented };
        let is_calm = one_in(rng, 5);
        let heals_at = Duration::from_secs(rng.u64(60..1_200));
        let limits = (!is_sandbox && one_in(rng, 2)).then(|| TenantLimits::draw(rng));
        let tenant = TenantSetup {
            is_sandbox,
            dialect,
            users: rng.u32(8..if is_sandbox { 16 } else { 30 }),
            page_size: rng.u32(3..30),
            lag: if is_sandbox || is_calm || one_in(rng, 2) { Duration::ZERO } else { millis(rng, 100, 240_000) },
            limits,
        };
        let network = NetworkSetup::draw(rng, is_calm, heals_at);
        let count = if one_in(rng, 2) { 1 } else { rng.usize(2..=5) };
        // A large limit takes many requests to fill.
        let may_saturate = count == 1 && tenant.limits.as_ref().is_some_and(|limits| limits.requests <= 250);
        let processes: Vec<_> = (0..count).map(|_| ProcessSetup::draw(rng, is_calm, may_saturate)).collect();
        let edits = if is_calm || one_in(rng, 2) { 0 } else { rng.usize(1..6) };
        let edits = (0..edits).map(|_| Edit::draw(rng, heals_at, count)).collect();
        Self { seed, tenant, network, processes, edits }
    }

    /// Whether nothing goes wrong in this world.
    pub fn is_calm(&self) -> bool {
        let knows = |process: &ProcessSetup| process.knows_limits && process.skews.iter().all(|skew| *skew == 0);
        let is_limited = self.tenant.limits.is_some();
        self.network.faults.is_empty()
            && self.network.revoked.is_none()
            && self.edits.is_empty()
            && self.tenant.lag.is_zero()
            && self.processes.iter().all(|process| process.kills.is_empty() && process.disk == DiskSetup::GOOD)
            && (!is_limited || (self.processes.len() == 1 && self.processes.iter().all(knows)))
    }
}

impl TenantLimits {
    fn draw(rng: &mut Rng) -> Self {
        let all = [(120, 20), (600, 100), (250, 250), (60, 5), (1_000, 20)];
        let (requests, burst) = all[rng.usize(..all.len())];
        let headers = [HeaderSetup::Right, HeaderSetup::Missing, HeaderSetup::OnlyRetryAfter, HeaderSetup::Wrong];
        Self {
            requests,
            writes: if rng.bool() { requests } else { requests / 2 },
            burst,
            window: Duration::from_secs(if one_in(rng, 5) { 900 } else { 60 }),
            headers: headers[rng.usize(..headers.len())],
        }
    }
}

impl NetworkSetup {
    fn draw(rng: &mut Rng, is_calm: bool, heals_at: Duration) -> Self {
        let least = rng.u64(1..400);
        let latency = (least, least + if rng.bool() { 1 } else { rng.u64(1..2_000) });
        // Few kinds at a time, so that rare pairs of them meet often.
        let kinds = if is_calm { 0 } else { rng.usize(0..=4) };
        let mut faults: Vec<(FaultKind, u32)> = Vec::new();
        for _ in 0..kinds {
            let kind = FaultKind::ALL[rng.usize(..FaultKind::ALL.len())];
            if faults.iter().all(|(other, _)| *other != kind) {
                let most = if one_in(rng, 3) { 400 } else { 80 };
                faults.push((kind, rng.u32(2..most)));
            }
        }
        let revoked = (!is_calm && one_in(rng, 10)).then(|| {
            let from = Duration::from_millis(rng.u64(..u64::try_from(heals_at.as_millis()).unwrap_or(u64::MAX)));
            (from, heals_at)
        });
        Self { latency, faults, heals_at, revoked }
    }
}

impl ProcessSetup {
    fn draw(rng: &mut Rng, is_calm: bool, may_saturate: bool) -> Self {
        let script = match rng.u32(..10) {
            0..=4 => {
                let rows = (0..rng.usize(1..8)).map(|_| [Row::Create, Row::Update, Row::Deactivate][rng.usize(..3)]);
                Script::Provision { rows: rows.collect(), undo: rng.bool() }
            }
            5..=7 => Script::Calls { users: rng.u32(1..8), at_once: rng.u32(1..5) },
            8 if may_saturate => Script::Saturate { at_once: rng.u32(4..40) },
            _ => Script::Lists { times: rng.u32(1..4) },
        };
        let kills = if is_calm || rng.bool() { 0 } else { rng.usize(1..4) };
        let kills: Vec<u32> = (0..kills).map(|_| rng.u32(1..400)).collect();
        let skew = |rng: &mut Rng| match rng.u32(..6) {
            _ if is_calm => 0,
            0..=2 => 0,
            3 => rng.i64(-60_000..60_000),
            4 => rng.i64(-3_600_000..3_600_000),
            _ => rng.i64(-90_000_000..90_000_000),
        };
        Self {
            skews: (0..=kills.len()).map(|_| skew(rng)).collect(),
            script,
            kills,
            knows_limits: is_calm || rng.bool(),
            disk: if is_calm || rng.bool() { DiskSetup::GOOD } else { DiskSetup::draw(rng) },
        }
    }
}

impl DiskSetup {
    /// A disk that does what it says.
    pub const GOOD: Self = Self { full: 0, torn: 0, lies: false };

    fn draw(rng: &mut Rng) -> Self {
        Self { full: rng.u32(..100), torn: rng.u32(..100), lies: one_in(rng, 3) }
    }
}

impl Edit {
    fn draw(rng: &mut Rng, heals_at: Duration, processes: usize) -> Self {
        Self {
            at: heals_at.mul_f64(rng.f64()),
            process: rng.usize(..processes),
            row: rng.usize(..8),
            kind: if one_in(rng, 3) { EditKind::Delete } else { EditKind::Meddle },
        }
    }
}

fn one_in(rng: &mut Rng, count: u32) -> bool {
    rng.u32(..count) == 0
}

fn millis(rng: &mut Rng, least: u64, most: u64) -> Duration {
    Duration::from_millis(rng.u64(least..most))
}
