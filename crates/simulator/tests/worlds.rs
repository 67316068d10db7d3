//! Worlds that have to be repeatable, worlds that once broke a promise, and worlds that have to break one.

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use thought_industries_simulator::{FaultKind, NetworkSetup, ProcessSetup, Script, Setup, run, shrink};

#[test]
fn the_same_seed_is_the_same_history() {
    for seed in 0..24 {
        let setup = Setup::draw(seed);
        let (first, second) = (run(&setup), run(&setup));
        assert_eq!(first.duration, second.duration, "seed {seed}");
        let texts = [first, second].map(|run| run.history.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(texts[0], texts[1], "seed {seed}");
    }
}

/// Seeds of worlds that broke a promise once. What was mended is in the CHANGELOG.
const ONCE_BROKEN: &[u64] = &[];

#[test]
fn worlds_that_once_broke_a_promise_keep_it() {
    for seed in ONCE_BROKEN {
        assert_eq!(run(&Setup::draw(*seed)).broken(), Vec::<String>::new(), "seed {seed}");
    }
}

/// A world in which one thing goes wrong always.
fn with_fault(kind: FaultKind, script: &Script) -> Setup {
    let mut setup =
        (0..1_000).map(Setup::draw).find(|setup| setup.is_calm() && !setup.tenant.is_sandbox).expect("a calm one");
    let heals_at = Duration::from_secs(600);
    setup.network = NetworkSetup { latency: (5, 10), faults: vec![(kind, 1_000)], heals_at, revoked: None };
    setup.processes.truncate(1);
    setup.tenant.limits = None;
    setup.processes =
        setup.processes.into_iter().map(|process| ProcessSetup { script: script.clone(), ..process }).collect();
    setup
}

#[test]
fn the_checks_find_what_no_client_can_see() {
    let calls = Script::Calls { users: 3, at_once: 1 };
    for (kind, script, promise) in [
        (FaultKind::Forged, Script::Lists { times: 1 }, "a list shows what was there"),
        (FaultKind::Forged, calls.clone(), "a read shows what was there"),
        (FaultKind::Denied, calls, "did not run, but changed"),
    ] {
        let broken = run(&with_fault(kind, &script)).broken();
        assert!(broken.iter().any(|broken| broken.contains(promise)), "{kind:?}: {broken:?}");
    }
}

#[test]
fn a_history_shrinks_to_what_it_needs() {
    let mut setup = with_fault(FaultKind::Denied, &Script::Calls { users: 6, at_once: 3 });
    setup.network.faults.push((FaultKind::Slow, 300));
    let whole = run(&setup);
    let (simpler, shortest) = shrink(&setup);
    assert!(shortest.history.len() * 2 < whole.history.len(), "{} of {}", shortest.history.len(), whole.history.len());
    assert_eq!(simpler.network.faults, [(FaultKind::Denied, 1_000)]);
    assert!(shortest.broken()[0].contains("did not run"));
}
