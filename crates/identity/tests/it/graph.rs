//! The identity graph against companies whose truth is known: no link is wrong, every finding is found, and neither the order
//! of the input nor a second run changes anything.

use std::collections::BTreeSet;

use fastrand::Rng;
use proptest::prelude::*;
use thought_industries_identity::{FindingKind, GraphConfig, Memory, Outcome, Source, SourceKind, State, reconcile};

use crate::world::{EXACT, World, now};

fn config() -> GraphConfig {
    GraphConfig::parse("[domains]\n\"old.example\" = \"corp.example\"").expect("a configuration")
}

fn run(world: &World, sources: Vec<Source>, memory: &Memory) -> Outcome {
    reconcile(sources, &world.tenant(), &world.scim, &config(), memory, now())
}

/// The keys of findings whose truth is known.
fn keys(outcome: &Outcome) -> BTreeSet<String> {
    let exact = outcome.findings.iter().filter(|finding| EXACT.contains(&finding.kind));
    exact.map(|finding| finding.key.to_string()).collect()
}

/// Every link leads to the owner of the user.
fn check_links(world: &World, outcome: &Outcome) {
    for link in &outcome.links {
        let owner = world.owners.get(&link.account);
        let expected = owner.map(|owner| format!("hr:{owner}"));
        assert_eq!(Some(&link.person), expected.as_ref(), "{} is linked by {}", link.account, link.rule.name());
    }
}

#[test]
fn of_10000_employees_no_link_is_wrong_and_every_anomaly_is_found() {
    for seed in 0..2 {
        let world = World::new(seed, 10_000);
        let outcome = run(&world, world.sources(), &Memory::default());
        check_links(&world, &outcome);
        let (found, expected) = (keys(&outcome), &world.expected);
        let missed: Vec<&String> = expected.difference(&found).take(5).collect();
        let surplus: Vec<&String> = found.difference(expected).take(5).collect();
        assert!(missed.is_empty() && surplus.is_empty(), "missed {missed:?}, surplus {surplus:?}");
        assert_eq!(outcome.links.len(), world.owners.len(), "every user with an owner is linked");
        let kinds: BTreeSet<FindingKind> = outcome.findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, EXACT.into(), "every kind occurs");
    }
}

#[test]
fn a_second_run_finds_the_same_since_the_same_time() {
    let world = World::new(7, 600);
    let mut state = State::default();
    let outcome = run(&world, world.sources(), state.memory());
    let first = state.settle(outcome).expect("a report");
    let before = state.clone();
    let outcome = run(&world, world.sources(), state.memory());
    let second = state.settle(outcome).expect("a report");
    assert_eq!(first.findings, second.findings);
    assert_eq!((first.links, first.open), (second.links, second.open));
    assert_eq!(before.memory(), state.memory());
}

#[test]
fn the_absence_of_a_source_makes_no_leaver_and_fixes_nothing() {
    let world = World::new(11, 600);
    let mut state = State::default();
    let outcome = run(&world, world.sources(), state.memory());
    let whole = state.settle(outcome).expect("a report");
    let kinds = |sources: Vec<Source>, state: &State| {
        let outcome = run(&world, sources, state.memory());
        check_links_or_none(&world, &outcome);
        outcome
    };
    let [hr, idp] = world.sources().try_into().expect("two");
    let cut = |source: &Source| {
        let mut source = source.clone();
        source.identities.truncate(source.identities.len() / 2);
        source
    };
    let all: BTreeSet<&str> = world.expected.iter().map(String::as_str).collect();
    let variants = [
        vec![hr.clone()],
        vec![idp.clone()],
        vec![cut(&hr), idp.clone()],
        vec![hr.clone(), cut(&idp)],
        vec![hr.clone().incomplete("a filter"), idp.clone()],
        vec![Source::new(SourceKind::Hr, "hr.csv", now(), Vec::new()), idp.clone()],
    ];
    for sources in variants {
        let mut state = state.clone();
        let outcome = kinds(sources, &state);
        for finding in outcome.findings.iter().filter(|finding| finding.kind == FindingKind::Leaver) {
            assert!(all.contains(finding.key.as_str()), "{} is no leaver: {:?}", finding.key, finding.evidence);
        }
        let report = state.settle(outcome).expect("a report");
        let fixed = report.findings.iter().filter(|own| own.state.name() == "fixed").count();
        assert_eq!(fixed, 0, "what cannot be judged is not fixed");
        assert!(report.findings.len() >= whole.findings.len());
    }
}

/// Every link leads to the owner, under whichever key the sources at hand know them.
fn check_links_or_none(world: &World, outcome: &Outcome) {
    for link in &outcome.links {
        let owner = world.owners.get(&link.account).unwrap_or_else(|| panic!("{} is of no one", link.account));
        let number = owner.strip_prefix('E').and_then(|number| number.parse::<usize>().ok()).expect("a number");
        let keys = [format!("hr:{owner}"), format!("idp:{owner}"), format!("idp:00u{number}")];
        assert!(keys.contains(&link.person), "{} is linked with {} by {}", link.account, link.person, link.rule.name());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_the_input_is_irrelevant(seed in 0_u64..1_000, shuffle in any::<u64>()) {
        let mut world = World::new(seed, 120);
        let outcome = run(&world, world.sources(), &Memory::default());
        let mut rng = Rng::with_seed(shuffle);
        rng.shuffle(&mut world.staff);
        rng.shuffle(&mut world.directory);
        rng.shuffle(&mut world.users);
        rng.shuffle(&mut world.scim);
        let mut sources = world.sources();
        rng.shuffle(&mut sources);
        let shuffled = run(&world, sources, &Memory::default());
        prop_assert_eq!(outcome.findings, shuffled.findings);
        prop_assert_eq!(outcome.links, shuffled.links);
        prop_assert_eq!(outcome.seats, shuffled.seats);
    }
}

/// The most memory that this process had, in MiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or_default() >> 10
}

/// `TI_IDENTITY_PERSONS=200000 cargo test --release -p thought-industries-identity --test it large -- --nocapture`
#[test]
fn a_large_company_is_reconciled_in_bounded_memory() {
    let persons = std::env::var("TI_IDENTITY_PERSONS").ok().and_then(|text| text.parse().ok()).unwrap_or(2_000);
    let world = World::new(1, persons);
    let (sources, tenant) = (world.sources(), world.tenant());
    let given = peak();
    let started = now_of_machine();
    let outcome = reconcile(sources, &tenant, &world.scim, &config(), &Memory::default(), now());
    let seconds = now_of_machine() - started;
    check_links(&world, &outcome);
    println!("{persons} persons: {given} MiB given, {} MiB at most, {seconds} ms", peak());
    assert_eq!(keys(&outcome), world.expected);
}

/// Milliseconds: only to print how long it took.
fn now_of_machine() -> i64 {
    thought_industries::Date::now().as_millisecond()
}
