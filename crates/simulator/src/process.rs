//! A process in one of its lives: its client, its clock, its disk, and what it was promised.

use std::time::Duration;

use thought_industries::{Client, Limits};
use tokio::time::sleep;

use crate::clock::SkewedClock;
use crate::disk::Disk;
use crate::network::Network;
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

impl Process {
    pub(crate) fn new(world: &World, number: usize, life: usize, disk: &Disk) -> Self {
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
