//! Runs a world to its end.

use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::join_all;
use tokio::runtime::Builder;
use tokio::time::{sleep, timeout};

use crate::history::{Author, Event, What};
use crate::life::live;
use crate::setup::Setup;
use crate::world::World;

/// A world that ended.
#[derive(Debug, Clone)]
pub struct Run {
    /// What happened.
    pub history: Vec<Event>,
    /// How long it took, in the world's time.
    pub duration: Duration,
}

/// After this time, a process waits for ever. A call waits for two hours at most, and a process makes some hundred.
const DEADLINE: Duration = Duration::from_secs(60 * 24 * 60 * 60);

/// Runs a world to its end.
pub fn run(setup: &Setup) -> Run {
    run_without(setup, BTreeSet::new())
}

/// Runs a world without some of its faults: each is named by its process and the number of the request.
pub(crate) fn run_without(setup: &Setup, without: BTreeSet<(usize, u32)>) -> Run {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    // A runtime without threads and sockets needs nothing that could be missing.
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
    runtime.block_on(async {
        let world = World::new(setup, without);
        let processes = (0..setup.processes.len()).map(|number| {
            let world = world.clone();
            async move {
                if let Err(panic) = AssertUnwindSafe(live(world.clone(), number)).catch_unwind().await {
                    let text = panic.downcast_ref::<String>().cloned();
                    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
                    world.broken(Some(number), format!("nothing panics: {}", text.unwrap_or_default()));
                }
            }
        });
        for edit in setup.edits.iter().copied() {
            let world = world.clone();
            tokio::spawn(async move {
                sleep(edit.at).await;
                world.edit(&edit);
            });
        }
        let healing = async {
            sleep(setup.network.heals_at).await;
            world.heal();
            std::future::pending::<()>().await;
        };
        let all = async {
            futures::select_biased! {
                _ = join_all(processes).fuse() => {}
                () = healing.fuse() => {}
            }
        };
        if timeout(DEADLINE, all).await.is_err() {
            world.broken(None, "nothing waits for ever".to_owned());
        }
        check_once(&world);
        Run { history: world.history(), duration: world.now() }
    })
}

/// Each write has its effect at most once, and what was reported as not carried out was not.
fn check_once(world: &World) {
    let changes = world.changes();
    for (process, call) in world.did_not_run() {
        if let Some((at, change)) = changes.iter().find(|(_, change)| change.call() == Some((process, call))) {
            let id = &change.id;
            world.broken(Some(process), format!("call {call} did not run, but changed {id} at {at:?}"));
        }
    }
    for process in 0..world.setup.processes.len() {
        for row in 0..world.targets[process].len().max(8) {
            let email = crate::world::new_email(process, row);
            let of_user = || changes.iter().map(|(_, change)| change).filter(|change| change.is_of(&email));
            let created = of_user().filter(|change| change.is_creation() && !change.is_by_others()).count();
            let deleted = of_user().filter(|change| change.is_by_others()).count();
            // Whom others delete may be created again.
            world.promise(process, created <= 1 + deleted, || format!("{email} is created once, not {created} times"));
        }
        check_repeats(world, process);
    }
}

/// A field that has its new value is not written again, unless others changed it.
fn check_repeats(world: &World, process: usize) {
    let changes = world.changes();
    for target in &world.targets[process] {
        let mut last = None;
        for (_, change) in changes.iter().filter(|(_, change)| change.id == target.id) {
            let own = matches!(change.author, Author::Process { process: own, .. } if own == process);
            let is_foreign_process =
                matches!(change.author, Author::Process { process: other, .. } if other != process);
            world.promise(process, !is_foreign_process, || format!("no write goes to another user: {}", target.id));
            if own && last == Some(change.after.clone()) {
                let at = &change.after;
                world.broken(Some(process), format!("a write has its effect once: {at:?}"));
            }
            last = own.then(|| change.after.clone());
        }
    }
}

impl Run {
    /// The promises that were broken.
    pub fn broken(&self) -> Vec<String> {
        let broken = self.history.iter().filter_map(|event| match &event.what {
            What::Broken(promise) => Some(promise.clone()),
            _ => None,
        });
        broken.collect()
    }

    /// The faults that happened, each by its process and the number of the request.
    pub(crate) fn faults(&self) -> Vec<(usize, u32)> {
        let faults = self.history.iter().filter_map(|event| match event.what {
            What::Fault { request, .. } => event.process.map(|process| (process, request)),
            _ => None,
        });
        faults.collect()
    }
}
