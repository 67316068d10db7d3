//! The lives of a process: it works, is killed, begins again, and ends when everything goes well.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::sleep;

use crate::disk::Disk;
use crate::history::What;
use crate::process::Process;
use crate::script::{self, Memory};
use crate::setup::Script;
use crate::world::World;

/// Lives until the work is done.
pub(crate) async fn live(world: World, number: usize) {
    let setup = world.setup.processes[number].clone();
    let disk = Disk::new(setup.disk, world.setup.seed ^ (number as u64 + 1));
    let mut memory = Memory::default();
    for life in 0.. {
        if world.has_healed() {
            disk.heal();
        }
        let process = Process::new(&world, number, life, &disk);
        let work = work(&process, &setup.script, &mut memory);
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

async fn work(process: &Process, script: &Script, memory: &mut Memory) {
    match script {
        Script::Provision { rows, undo } => script::provision(process, rows, *undo, memory).await,
        Script::Calls { users, at_once } => script::calls(process, *users, *at_once).await,
        Script::Lists { times } => script::lists(process, *times).await,
        Script::Saturate { at_once } => script::saturate(process, *at_once).await,
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
