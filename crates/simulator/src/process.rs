//! The life of a process: it works, is killed, begins again, and ends when everything goes well.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use thought_industries::{Client, Limits};
use tokio::time::sleep;

use crate::clock::SkewedClock;
use crate::disk::Disk;
use crate::history::What;
use crate::network::Network;
use crate::script;
use crate::setup::Script;
use crate::world::World;

/// A process in one of its lives.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) world: World,
    pub(crate) number: usize,
    pub(crate) life: usize,
    pub(crate) client: Client,
    pub(crate) disk: Disk,
}

/// Lives until the work is done.
pub(crate) async fn live(world: World, number: usize) {
    let setup = world.setup.processes[number].clone();
    let disk = Disk::new(setup.disk, world.setup.seed ^ (number as u64 + 1));
    let mut memory = script::Memory::default();
    for life in 0.. {
        if world.has_healed() {
            disk.heal();
        }
        let process = Process::new(&world, number, life, &disk);
        let work = process.work(&setup.script, &mut memory);
        let steps = setup.kills.get(life).copied().filter(|_| !world.has_healed());
        let is_done = Life { work: Box::pin(work), steps, disk: disk.clone() }.await;
        if is_done {
            return;
        }
        world.record(Some(number), What::Killed);
        disk.restart();
        // A program is started again by a person or a timer, not at once.
        sleep(Duration::from_secs(10)).await;
    }
}

impl Process {
    fn new(world: &World, number: usize, life: usize, disk: &Disk) -> Self {
        let setup = &world.setup.processes[number];
        let skew = setup.skews.get(life).or(setup.skews.last()).copied().unwrap_or_default();
        let clock = SkewedClock::new(world.time, skew, world.setup.seed ^ (number * 64 + life) as u64);
        let builder = Client::builder().set_url("https://tenant.example").set_api_key(world.key());
        // A tenant of few users has no role that most of them have.
        let builder = builder.with_learner_roles(["learner", "student"]);
        let builder = builder.with_clock(clock).with_service(Network::new(world, number));
        let builder = match &world.setup.tenant.limits {
            Some(limits) if setup.knows_limits => builder.with_limits(
                Limits::documented()
                    .rest_requests(limits.requests)
                    .rest_writes(limits.writes)
                    .rest_burst(limits.burst)
                    .window(limits.window),
            ),
            None if setup.knows_limits => builder.without_limits(),
            _ => builder,
        };
        // The settings are the same in every world.
        let client = builder.build().unwrap_or_else(|error| panic!("no client: {error}"));
        Self { world: world.clone(), number, life, client, disk: disk.clone() }
    }

    async fn work(&self, script: &Script, memory: &mut script::Memory) {
        match script {
            Script::Provision { rows, undo } => script::provision(self, rows, *undo, memory).await,
            Script::Calls { users, at_once } => script::calls(self, *users, *at_once).await,
            Script::Lists { times } => script::lists(self, *times).await,
            Script::Saturate { at_once } => script::saturate(self, *at_once).await,
        }
    }

    pub(crate) fn say(&self, text: String) {
        self.world.say(self.number, text);
    }

    pub(crate) fn promise(&self, holds: bool, promise: impl FnOnce() -> String) {
        self.world.promise(self.number, holds, promise);
    }

    /// Waits until everything goes well and reads show everything that was written.
    pub(crate) async fn healed(&self) {
        let setup = &self.world.setup;
        let end = setup.network.heals_at + setup.tenant.lag * 2 + Duration::from_secs(60);
        sleep(end.saturating_sub(self.world.now())).await;
        self.disk.heal();
    }

    /// A promise about every error: it never has the key.
    pub(crate) fn no_secret(&self, text: &str) {
        let has_key = text.contains(self.world.key());
        self.promise(!has_key, || "no text has the key".to_owned());
    }
}

/// Work that may end in the middle: after some steps, or when its disk loses power. Returns whether it was done.
struct Life<F> {
    work: Pin<Box<F>>,
    steps: Option<u32>,
    disk: Disk,
}

impl<F: Future<Output = ()>> Future for Life<F> {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        let own = &mut *self;
        if own.steps == Some(0) {
            return Poll::Ready(false);
        }
        own.steps = own.steps.map(|steps| steps - 1);
        match own.work.as_mut().poll(context) {
            _ if !own.disk.has_power() => Poll::Ready(false),
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending => Poll::Pending,
        }
    }
}
