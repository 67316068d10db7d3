//! The shortest history that still breaks the same promise.

use std::collections::BTreeSet;

use crate::run::{Run, run_without};
use crate::setup::{DiskSetup, Script, Setup};

/// How many worlds are tried at most.
const MOST_TRIES: usize = 600;

/// Looks for the shortest history in which the same promise is broken, and returns its setup and its run.
pub fn shrink(setup: &Setup) -> (Setup, Run) {
    let mut search =
        Search { setup: setup.clone(), without: BTreeSet::new(), best: run_without(setup, BTreeSet::new()), tries: 0 };
    let Some(promise) = search.best.broken().first().map(|promise| kind_of(promise)) else {
        return (search.setup, search.best);
    };
    loop {
        let before = search.best.history.len();
        let mut next = 0;
        while let Some(simpler) = simpler(&search.setup).into_iter().nth(next) {
            // A world that was taken has other simpler ones in the same place.
            next += usize::from(!search.attempt(simpler, None, &promise));
        }
        search.drop_faults(&promise);
        if search.best.history.len() >= before || search.tries >= MOST_TRIES {
            return (search.setup, search.best);
        }
    }
}

/// A promise without the names and numbers in it.
fn kind_of(promise: &str) -> String {
    promise.chars().filter(|letter| !letter.is_ascii_digit()).take(24).collect()
}

struct Search {
    setup: Setup,
    without: BTreeSet<(usize, u32)>,
    best: Run,
    tries: usize,
}

impl Search {
    /// Takes a world if it breaks the same promise and is not longer. Returns whether it was taken.
    fn attempt(&mut self, setup: Setup, without: Option<BTreeSet<(usize, u32)>>, promise: &str) -> bool {
        if self.tries >= MOST_TRIES {
            return false;
        }
        self.tries += 1;
        let without = without.unwrap_or_else(|| self.without.clone());
        let run = run_without(&setup, without.clone());
        let is_same = run.broken().iter().any(|broken| kind_of(broken) == promise);
        if is_same && run.history.len() <= self.best.history.len() {
            (self.setup, self.without, self.best) = (setup, without, run);
            return true;
        }
        false
    }

    /// Leaves out as many faults as possible: halves of them first, then single ones.
    fn drop_faults(&mut self, promise: &str) {
        let mut size = self.best.faults().len().div_ceil(2);
        while size > 0 {
            let faults = self.best.faults();
            for part in faults.chunks(size) {
                let without = self.without.iter().chain(part).copied().collect();
                self.attempt(self.setup.clone(), Some(without), promise);
            }
            size /= 2;
        }
    }
}

/// Simpler worlds, one step away.
fn simpler(setup: &Setup) -> Vec<Setup> {
    let mut all = Vec::new();
    let mut add = |change: &dyn Fn(&mut Setup)| {
        let mut simpler = setup.clone();
        change(&mut simpler);
        if simpler != *setup {
            all.push(simpler);
        }
    };
    for process in (0..setup.processes.len()).rev().filter(|_| setup.processes.len() > 1) {
        // The users of a process depend on how many there are, so that it only does nothing.
        add(&|setup| setup.processes[process].script = Script::Lists { times: 0 });
        add(&|setup| {
            setup.processes.truncate(process.max(1));
            setup.edits.retain(|edit| edit.process < process.max(1));
        });
    }
    for kind in setup.network.faults.iter().map(|(kind, _)| *kind) {
        add(&|setup| setup.network.faults.retain(|(other, _)| *other != kind));
    }
    for edit in 0..setup.edits.len() {
        add(&|setup| _ = setup.edits.remove(edit));
    }
    add(&|setup| setup.network.revoked = None);
    add(&|setup| setup.network.latency = (1, 2));
    add(&|setup| setup.tenant.lag = std::time::Duration::ZERO);
    add(&|setup| setup.tenant.limits = None);
    add(&|setup| setup.tenant.is_sandbox = false);
    add(&|setup| setup.tenant.users = 8);
    add(&|setup| setup.tenant.page_size = 30);
    for process in 0..setup.processes.len() {
        add(&|setup| setup.processes[process].skews.fill(0));
        add(&|setup| setup.processes[process].disk = DiskSetup::GOOD);
        add(&|setup| _ = setup.processes[process].kills.pop());
        add(&|setup| match &mut setup.processes[process].script {
            Script::Provision { undo, .. } => *undo = false,
            Script::Calls { at_once, .. } | Script::Saturate { at_once } => *at_once = 1,
            Script::Lists { times } => *times = 0,
        });
        let rows = match &setup.processes[process].script {
            Script::Provision { rows, .. } => rows.len(),
            Script::Calls { users, .. } => *users as usize,
            _ => 0,
        };
        for row in (0..rows).rev().filter(|_| rows > 1) {
            add(&|setup| match &mut setup.processes[process].script {
                Script::Provision { rows, .. } => _ = rows.remove(row),
                Script::Calls { users, .. } => *users = u32::try_from(row).unwrap_or(1).max(1),
                _ => {}
            });
        }
    }
    all
}
