//! Tests of runs without a tenant: entries that are refused before anything is asked.

use futures::executor::block_on;
use futures::{StreamExt as _, TryStreamExt as _};

use super::*;
use crate::{Canary, FileAudit, FileJournal};

/// A plan whose entries are refused before anything is asked of the tenant.
fn hopeless(changes: usize) -> Plan {
    let mut entries = crate::Spool::default();
    let mut totals = crate::Totals::default();
    for _ in 0..changes {
        entries.push(&Entry::of(Action::Update)).expect("kept");
        totals.count(Action::Update);
    }
    let source = crate::PlanSource::Rollback { plan: String::new(), delete_created: false };
    let made = "2026-01-01T00:00:00Z".parse().expect("a date");
    let plan = Plan {
        version: crate::plan::VERSION,
        tenant: String::new(),
        made,
        made_by: None,
        expires: None,
        source,
        read_digest: String::new(),
        totals,
        left_disabled: 0,
        unseen: std::collections::BTreeMap::new(),
        census: None,
        raised: Vec::new(),
        seats: Vec::new(),
        entries,
        digest: String::new(),
    };
    plan.sealed().expect("a plan")
}

/// How many steps a run takes, and why it stops.
fn run(plan: &Plan, limit: Option<&str>, at_once: usize, folder: &std::path::Path) -> (usize, Option<String>) {
    let client = Client::builder().set_url("http://127.0.0.1:9").set_api_key("key").build().expect("a client");
    let journal = FileJournal::open(&folder.join("run.jsonl"), plan).expect("a journal");
    journal.start(plan, "tester", plan.made).expect("started");
    let audit = FileAudit::open(&folder.join("audit.jsonl")).expect("an audit");
    let mut executor = Executor::new(&client, &journal, &audit, "tester").at_once(at_once);
    if let Some(limit) = limit {
        executor = executor.failure_limit(limit.parse().expect("a limit"));
    }
    let steps: Vec<_> = block_on(executor.run(plan).collect());
    let error = steps.iter().find_map(|step| step.as_ref().err());
    assert!(error.is_none_or(|error| error.kind() == ErrorKind::Stopped));
    (steps.iter().filter(|step| step.is_ok()).count(), error.map(ToString::to_string))
}

#[test]
fn a_run_stops_at_its_limit_of_failures_and_stays_there() {
    let plan = hopeless(20);
    for (limit, steps, reason) in [
        (None, 20, None),
        (Some("5"), 5, Some("stopped: 5 of the 20 changes of the plan were not carried out, 5 were tried")),
        (Some("10%"), 10, Some("stopped: 10 of the 20 changes of the plan were not carried out, 10 were tried")),
        (Some("75%"), 15, Some("stopped: 15 of the 20 changes of the plan were not carried out, 15 were tried")),
        // The last failure leaves nothing to stop for.
        (Some("20"), 20, None),
    ] {
        for at_once in [1, 4, 100] {
            let folder = tempfile::tempdir().expect("a folder");
            for _ in 0..2 {
                // A run that goes on with its journal meets what was refused before.
                let ended = run(&plan, limit, at_once, folder.path());
                assert_eq!(ended, (steps, reason.map(str::to_owned)), "{limit:?}, {at_once} at once");
            }
        }
    }
}

/// A disk that is full after some lines.
#[derive(Debug)]
struct Full(usize);

impl crate::JournalStorage for Full {
    fn reader(&mut self) -> std::io::Result<Box<dyn std::io::BufRead + '_>> {
        Ok(Box::new(std::io::empty()))
    }

    fn length(&mut self) -> std::io::Result<u64> {
        Ok(0)
    }

    fn truncate(&mut self, _: u64) -> std::io::Result<()> {
        Ok(())
    }

    fn append(&mut self, _: &[u8]) -> std::io::Result<()> {
        self.0 = self.0.checked_sub(1).ok_or(std::io::ErrorKind::StorageFull)?;
        Ok(())
    }
}

#[test]
fn a_disk_that_is_full_stops_the_run_and_is_named() {
    let plan = hopeless(5);
    let client = Client::builder().set_url("http://127.0.0.1:9").set_api_key("key").build().expect("a client");
    let folder = tempfile::tempdir().expect("a folder");
    let journal = FileJournal::over(Full(4), "run.jsonl".as_ref(), &plan).expect("a journal");
    journal.start(&plan, "tester", plan.made).expect("started");
    let audit = FileAudit::open(&folder.path().join("audit.jsonl")).expect("an audit");
    let executor = Executor::new(&client, &journal, &audit, "tester");
    let steps: Vec<_> = block_on(executor.run(&plan).collect());
    let [Ok(_), Err(error)] = steps.as_slice() else { panic!("{steps:?}") };
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().starts_with("run.jsonl: cannot be written: "), "{error}");
}

#[test]
fn the_first_changes_are_judged_once_and_only_if_others_follow() {
    let plan = hopeless(5);
    let client = Client::builder().set_url("http://127.0.0.1:9").set_api_key("key").build().expect("a client");
    for (size, expected) in [(2, vec![(2, 3)]), (4, vec![(4, 1)]), (5, vec![]), (9, vec![])] {
        let folder = tempfile::tempdir().expect("a folder");
        let journal = FileJournal::open(&folder.path().join("run.jsonl"), &plan).expect("a journal");
        journal.start(&plan, "tester", plan.made).expect("started");
        let audit = FileAudit::open(&folder.path().join("audit.jsonl")).expect("an audit");
        let executor = Executor::new(&client, &journal, &audit, "tester");
        let mut canary = Canary::new(&plan, size);
        let steps: Vec<Step> = block_on(executor.run(&plan).try_collect()).expect("it ends");
        let results: Vec<_> = steps.iter().filter_map(|step| canary.add(step)).collect();
        assert!(results.iter().all(|result| !result.is_verified() && result.done == 0));
        let results: Vec<_> = results.iter().map(|result| (result.not_done, result.left)).collect();
        assert_eq!(results, expected, "{size}");
    }
}
