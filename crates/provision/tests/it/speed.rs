//! How many requests the changes of a plan take, and how close a run comes to the limits of its tenant.
//!
//! `TI_CHANGES=2000 cargo test --release -p thought-industries-provision --test it speed -- --nocapture` prints the figures of
//! `docs/benchmarks.md`.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt as _, TryStreamExt as _};
use thought_industries::transport::TransportError;
use thought_industries::{Client, Clock as _, Dialect as Assumed, Limits, UserFields, UserKey, UserStatus};
use thought_industries_provision::{
    Action, DesiredUser, Estimate, Executor, FileAudit, FileJournal, GuardKind, Guards, Journal as _, Limit, MatchBy,
    OutcomeKind, Plan, Planner, Policy, Rollback, Roster, Step,
};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

use crate::seam::{HttpResponse, Over, Request, Transport};
use crate::time::{Time, pass_on};

/// How long a response takes.
const LATENCY: Duration = Duration::from_millis(800);

/// A network that counts requests.
#[derive(Debug, Clone)]
struct Counted {
    http: reqwest::Client,
    time: Time,
    requests: Arc<AtomicUsize>,
    /// The paths of the writes, as they came.
    writes: Arc<Mutex<Vec<String>>>,
}

impl Transport for Counted {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        async move {
            self.requests.fetch_add(1, Ordering::Relaxed);
            if request.method != "GET" {
                self.writes.lock().expect("not poisoned").push(request.url.clone());
            }
            self.time.sleep(LATENCY).await;
            Ok(self.time.stopped(pass_on(&self.http, &request)).await)
        }
        .boxed()
    }
}

/// A sandbox, and a client that keeps within the documented limits.
async fn tenant(dialect: Dialect, users: u64) -> (RunningSandbox, Client, Counted) {
    let sandbox = Sandbox::new(dialect).users(users).start().await.expect("a sandbox starts");
    let counted =
        Counted { http: reqwest::Client::new(), time: Time::new(), requests: Arc::default(), writes: Arc::default() };
    let assumed = if dialect == Dialect::Documented { Assumed::Documented } else { Assumed::Observed };
    let builder = Client::builder().set_url(sandbox.url()).set_api_key(sandbox.api_key()).with_dialect(assumed);
    let client = builder.with_clock(counted.time.clone()).with_service(Over::new(counted.clone()));
    (sandbox, client.build().expect("right settings"), counted)
}

/// A plan of so many changes: most are updates, a tenth are creations, a twentieth deactivations.
async fn plan(client: &Client, changes: usize) -> Plan {
    let roles = client.users().learner_roles().await.expect("the roles of learners");
    let mut users = Vec::new();
    let mut pages = client.users().list().with_profiles(true).pages();
    while let Some(page) = pages.try_next().await.expect("a page") {
        let learners = page.users.iter().flatten().filter(|user| {
            user.role_key.as_ref().is_some_and(|role| roles.contains(role))
                && user.learner_user_id.is_none()
                && user.disabled == Some(false)
        });
        users.extend(learners.filter_map(|user| user.email.clone()));
    }
    let new = (0..changes / 10).map(|number| {
        let user = DesiredUser::new().with("email", format!("new.{number}@example.com"));
        user.with("firstName", "New").with("lastName", format!("Person{number}"))
    });
    let old = users.into_iter().take(changes - changes / 10).enumerate().map(|(number, email)| {
        let mut user = DesiredUser::new().with("email", email);
        if number % 20 == 0 {
            user.disabled = Some(true);
            return user;
        }
        user.with("lastName", format!("Changed{number}"))
    });
    let roster = Roster::of(old.chain(new), MatchBy::Email).expect("a roster");
    let all = Limit::percent(100.0);
    let guards = Guards::new().deactivations(changes).percent(100.0).allow(GuardKind::Create, all);
    let guards = guards.allow(GuardKind::Field("lastName".to_owned()), all);
    let policy = Policy::default().guards(guards);
    let plan = Planner::new(policy).plan(client, &roster).await.expect("a plan");
    assert_eq!(plan.totals.changes(), changes, "{:?} of {} learners", plan.totals, plan.entries.len());
    plan
}

#[tokio::test]
async fn a_change_takes_little_more_than_one_request_and_a_run_reaches_the_limits() {
    let changes: usize = std::env::var("TI_CHANGES").ok().and_then(|text| text.parse().ok()).unwrap_or(300);
    for dialect in Dialect::ALL {
        let (sandbox, client, counted) = tenant(dialect, 3 * changes as u64).await;
        let plan = plan(&client, changes).await;
        let folder = tempfile::tempdir().expect("a folder");
        let journal = FileJournal::open(&folder.path().join("run.jsonl"), &plan).expect("a journal");
        journal.start(&plan, "tester", client.now()).expect("started");
        let audit = FileAudit::open(&folder.path().join("audit.jsonl")).expect("an audit");
        // The limits of the plan's own reads are over.
        counted.time.pass(Duration::from_secs(120));
        let (before, from) = (counted.requests.load(Ordering::Relaxed), counted.time.now());
        let estimate = Estimate::of(&plan, &client, Limits::documented()).expect("an estimate");
        let executor = Executor::new(&client, &journal, &audit, "tester").at_once(4);
        let steps: Vec<Step> = executor.run(&plan).try_collect().await.expect("the run ends");
        assert!(steps.iter().all(|step| step.kind() == OutcomeKind::Done), "{dialect}: {steps:?}");
        assert_eq!(sandbox.effects().len(), changes, "{dialect}: each change is written once");
        let requests = counted.requests.load(Ordering::Relaxed) - before;
        let minutes = counted.time.now().saturating_sub(from).as_secs_f64() / 60.0;
        println!("{dialect}: {changes} changes, {requests} requests, {minutes:.1} minutes; {estimate:?}");
        assert!(estimate.requests.abs_diff(requests) * 10 <= requests, "{dialect}: {requests} requests, {estimate:?}");
        let least = estimate.least.as_secs_f64() / 60.0;
        assert!(least <= minutes, "{dialect}: {minutes} minutes, {estimate:?}");
        if dialect == Dialect::Observed {
            // The limit of writes binds, and not the time that responses take.
            assert!(minutes * 0.95 <= least + 1.0, "{minutes} minutes, {estimate:?}");
        }
        assert!(requests * 10 <= changes * 12, "{dialect}: {requests} requests for {changes} changes");
    }
}

#[tokio::test]
async fn a_user_whom_others_changed_is_refused_although_users_are_read_from_a_list() {
    for dialect in Dialect::ALL {
        let (sandbox, client, counted) = tenant(dialect, 120).await;
        let plan = plan(&client, 30).await;
        let entries: Vec<_> = plan.entries.iter().collect::<Result<_, _>>().expect("entries");
        let mut ids =
            entries.iter().filter(|entry| entry.action == Action::Update).filter_map(|entry| entry.id.clone());
        let (renamed, disabled) = (ids.next().expect("an update"), ids.next().expect("another one"));
        let edit = UserFields::new().last_name("Edited");
        client.users().update(UserKey::Id(renamed.clone()), edit).await.expect("edited");
        client.users().update_status(UserKey::Id(disabled.clone()), UserStatus::Disabled).await.expect("disabled");
        let before = sandbox.effects().len();

        let folder = tempfile::tempdir().expect("a folder");
        let journal = FileJournal::open(&folder.path().join("run.jsonl"), &plan).expect("a journal");
        journal.start(&plan, "tester", client.now()).expect("started");
        let audit = FileAudit::open(&folder.path().join("audit.jsonl")).expect("an audit");
        let from = counted.requests.load(Ordering::Relaxed);
        let executor = Executor::new(&client, &journal, &audit, "tester").at_once(4);
        let steps: Vec<Step> = executor.run(&plan).try_collect().await.expect("the run ends");
        let refused = steps.iter().filter(|step| step.kind() == OutcomeKind::Refused);
        let refused: BTreeSet<_> = refused.filter_map(|step| step.entry.id.clone()).collect();
        assert_eq!(refused, BTreeSet::from([renamed, disabled]), "{dialect}");
        assert!(steps.iter().filter(|step| step.kind() == OutcomeKind::Done).count() == 28, "{dialect}: {steps:?}");
        assert_eq!(sandbox.effects().len() - before, 28, "{dialect}: each change is written once");
        // Two pages, a write for each of 28, three that are read back, two that are read before they are refused.
        let requests = counted.requests.load(Ordering::Relaxed) - from;
        assert!((35..=40).contains(&requests), "{dialect}: {requests} requests");
    }
}

#[tokio::test]
async fn nothing_is_under_way_while_the_first_changes_are_looked_at_or_after_a_stop() {
    let (sandbox, client, _) = tenant(Dialect::Observed, 120).await;
    let plan = plan(&client, 30).await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl");
    let carried_out = {
        let journal = FileJournal::open(&path, &plan).expect("a journal");
        journal.start(&plan, "tester", client.now()).expect("started");
        let audit = FileAudit::open(&folder.path().join("audit.jsonl")).expect("an audit");
        let executor = Executor::new(&client, &journal, &audit, "tester").at_once(4).hold_after(6);
        let begun = || (0..30).filter(|position| journal.state(*position).is_some()).count();
        let mut steps = std::pin::pin!(executor.run(&plan));
        let mut most = 0;
        for ended in 1..=6 {
            steps.try_next().await.expect("no error").expect("a step");
            most = most.max(begun() - ended);
            assert!(begun() <= 6, "{ended} have ended");
        }
        assert_eq!((begun(), most, sandbox.effects().len()), (6, 3, 6), "the others are held, and four were under way");
        steps.try_next().await.expect("no error").expect("a step");
        let under_way = begun() - 7;
        assert!(under_way > 0, "the others go on");
        executor.stop();
        let rest: Vec<_> = steps.try_collect().await.expect("no error");
        assert_eq!((rest.len(), begun()), (under_way, 7 + under_way), "those under way end, and no other begins");
        begun()
    };
    assert_eq!(sandbox.effects().len(), carried_out);

    // The lines of entries that were under way at once are mixed in the journal.
    FileJournal::open(&path, &plan).expect("a journal");
    let rollback = Rollback::new().plan(&path).expect("a rollback");
    assert_eq!(rollback.totals.changes(), carried_out);
}
