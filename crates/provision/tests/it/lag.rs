//! A tenant whose responses to creations are lost, and whose reads lag behind its writes.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use futures::{FutureExt as _, TryStreamExt as _};
use serde_json::Value;
use thought_industries::transport::TransportError;
use thought_industries::{Client, Clock};
use thought_industries_provision::{
    DesiredUser, Executor, FileAudit, FileJournal, MatchBy, OutcomeKind, Plan, Planner, Policy, Provenance, Rollback,
    Roster,
};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

use crate::place::builder_of;
use crate::seam::{HttpResponse, Over, Request, Transport};
use crate::time::{Time, pass_on};

/// Loses the response to the first creation of each user, and hides users from reads for a while.
#[derive(Debug)]
struct Lagging {
    http: reqwest::Client,
    time: Time,
    lag: Duration,
    /// When each user was created, by address.
    created: Mutex<BTreeMap<String, Duration>>,
}

impl Lagging {
    fn is_hidden(&self, user: &Value) -> bool {
        let created = self.created.lock().expect("not poisoned");
        let created = user.get("email").and_then(Value::as_str).and_then(|email| created.get(email).copied());
        created.is_some_and(|created| self.time.now() < created + self.lag)
    }

    /// Takes hidden users out of lists; an object that is one becomes null.
    fn hide(&self, value: &mut Value) {
        match value {
            _ if self.is_hidden(value) => *value = Value::Null,
            Value::Array(items) => {
                items.retain(|item| !self.is_hidden(item));
                for item in items {
                    self.hide(item);
                }
            }
            Value::Object(fields) => {
                for field in fields.values_mut() {
                    self.hide(field);
                }
            }
            _ => {}
        }
    }
}

impl Transport for Lagging {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        async move {
            let mut response = self.time.stopped(pass_on(&self.http, &request)).await;
            let is_graphql = request.url.contains("graphql");
            if request.method == "POST" && request.url.ends_with("/users") && !is_graphql {
                let body: Value = serde_json::from_str(&request.body).expect("JSON");
                let email = body["email"].as_str().expect("an address").to_owned();
                let mut created = self.created.lock().expect("not poisoned");
                if let std::collections::btree_map::Entry::Vacant(first) = created.entry(email) {
                    first.insert(self.time.now());
                    return Err(TransportError::new("the connection broke", None));
                }
            } else if let Ok(mut body) = serde_json::from_slice::<Value>(&response.body)
                && (request.method == "GET" || is_graphql)
            {
                self.hide(&mut body);
                let user = body.get("user").or_else(|| body.get("data")?.get("UserById")).unwrap_or(&body);
                if user.is_null() && !is_graphql {
                    let body = r#"{"errors":[{"message":"User not found"}]}"#;
                    return Ok(HttpResponse::new(404, "application/json", body));
                }
                response.body = body.to_string().into_bytes();
            }
            Ok(response)
        }
        .boxed()
    }
}

/// A sandbox of few users, and a client that reaches it through [`Lagging`].
async fn tenant(dialect: Dialect, lag: Duration) -> (RunningSandbox, Client, Time) {
    let sandbox = Sandbox::new(dialect).users(20).start().await.expect("a sandbox starts");
    let time = Time::new();
    let lagging = Lagging { http: reqwest::Client::new(), time: time.clone(), lag, created: Mutex::default() };
    let builder = builder_of(&sandbox);
    let client = builder.with_clock(time.clone()).with_service(Over::new(lagging)).build().expect("right settings");
    (sandbox, client, time)
}

async fn run(client: &Client, plan: &Plan, folder: &std::path::Path, journal: &str) -> Vec<OutcomeKind> {
    let journal = FileJournal::open(&folder.join(journal), plan).expect("a journal");
    journal.start(plan, "tester", client.now()).expect("started");
    let audit = FileAudit::open(&folder.join("audit.jsonl")).expect("an audit");
    let executor = Executor::new(client, &journal, &audit, "tester");
    let steps: Vec<_> = executor.run(plan).try_collect().await.expect("the run ends");
    steps.iter().map(thought_industries_provision::Step::kind).collect()
}

fn effects(sandbox: &RunningSandbox) -> BTreeMap<&'static str, usize> {
    sandbox.effects().into_iter().fold(BTreeMap::new(), |mut counts, effect| {
        *counts.entry(effect.operation).or_default() += 1;
        counts
    })
}

#[tokio::test]
async fn creations_whose_responses_are_lost_are_settled_and_rolled_back_however_long_reads_lag() {
    for (dialect, lag, first_run) in [
        // The look-ups after 1, 5 and 30 seconds find the users.
        (Dialect::Documented, 20, OutcomeKind::Done),
        (Dialect::Observed, 20, OutcomeKind::Done),
        // They do not, and the second creation is a conflict: the outcome is unknown until a later run.
        (Dialect::Documented, 200, OutcomeKind::Unknown),
        (Dialect::Observed, 200, OutcomeKind::Unknown),
    ] {
        let lag = Duration::from_secs(lag);
        let (sandbox, client, time) = tenant(dialect, lag).await;
        let folder = tempfile::tempdir().expect("a folder");
        let users = (0..5).map(|number| {
            DesiredUser::new().with("email", format!("new.{number}@example.com")).with("firstName", "New")
        });
        let roster = Roster::of(users, MatchBy::Email).expect("a roster");
        let plan = Planner::new(Policy::default()).plan(&client, &roster).await.expect("a plan");
        assert_eq!(plan.totals.create, 5);

        let what = format!("{dialect}, {lag:?}");
        assert_eq!(run(&client, &plan, folder.path(), "run.jsonl").await, [first_run; 5], "{what}");
        assert_eq!(effects(&sandbox), BTreeMap::from([("users.create", 5)]), "{what}");

        // Rolled back without another run, every user who was created is found.
        time.pass(lag);
        // Without v1, a user cannot be deleted, and is disabled.
        let (deletes, undone) = match dialect {
            Dialect::Documented => (true, "users.delete"),
            Dialect::Observed => (false, "users.update-status"),
        };
        let rollback = Rollback::new().delete_created(deletes).plan(&folder.path().join("run.jsonl"));
        let rollback = rollback.expect("a rollback");
        assert_eq!(run(&client, &rollback, folder.path(), "undo.jsonl").await, [OutcomeKind::Done; 5], "{what}");
        assert_eq!(effects(&sandbox), BTreeMap::from([("users.create", 5), (undone, 5)]), "{what}");
    }
}

#[tokio::test]
async fn a_later_run_settles_what_was_unknown_without_a_second_creation() {
    for dialect in Dialect::ALL {
        let lag = Duration::from_secs(200);
        let (sandbox, client, time) = tenant(dialect, lag).await;
        let folder = tempfile::tempdir().expect("a folder");
        let user = DesiredUser::new().with("email", "new@example.com").with("lastName", "New");
        let roster = Roster::of([user], MatchBy::Email).expect("a roster");
        let plan = Planner::new(Policy::default()).plan(&client, &roster).await.expect("a plan");
        assert_eq!(run(&client, &plan, folder.path(), "run.jsonl").await, [OutcomeKind::Unknown], "{dialect}");
        assert_eq!(run(&client, &plan, folder.path(), "run.jsonl").await, [OutcomeKind::Unknown], "{dialect}");
        time.pass(lag);
        assert_eq!(run(&client, &plan, folder.path(), "run.jsonl").await, [OutcomeKind::Done], "{dialect}");
        assert_eq!(effects(&sandbox), BTreeMap::from([("users.create", 1)]), "{dialect}");
    }
}

/// Reads that are behind: once they are, each is answered one more time as it was the first time.
#[derive(Debug, Clone)]
struct Behind {
    http: reqwest::Client,
    /// The first response to each read.
    first: Arc<Mutex<BTreeMap<String, HttpResponse>>>,
    is_old: Arc<AtomicBool>,
}

impl Transport for Behind {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        async move {
            let is_read = request.method == "GET" || request.url.contains("graphql");
            let what = format!("{} {}", request.url, request.body);
            let mut first = self.first.lock().expect("not poisoned").clone();
            if is_read
                && self.is_old.load(Ordering::Relaxed)
                && let Some(old) = first.remove(&what)
            {
                *self.first.lock().expect("not poisoned") = first;
                return Ok(old);
            }
            let response = pass_on(&self.http, &request).await;
            if is_read && !self.is_old.load(Ordering::Relaxed) {
                self.first.lock().expect("not poisoned").entry(what).or_insert_with(|| response.clone());
            }
            Ok(response)
        }
        .boxed()
    }
}

#[tokio::test]
async fn a_run_is_rolled_back_although_reads_do_not_show_it_yet() {
    for dialect in Dialect::ALL {
        let sandbox = Sandbox::new(dialect).users(20).start().await.expect("a sandbox starts");
        let behind = Behind { http: reqwest::Client::new(), first: Arc::default(), is_old: Arc::default() };
        let builder = builder_of(&sandbox);
        let client = builder.with_service(Over::new(behind.clone())).build().expect("right settings");
        let users: Vec<_> = client.users().list().items().try_collect().await.expect("users");
        let is_active = |user: &&thought_industries::model::User| {
            user.role_key.as_deref().is_some_and(|role| ["student", "learner"].contains(&role))
                && user.disabled == Some(false)
                && user.email.is_some()
        };
        let emails: Vec<String> =
            users.iter().filter(is_active).filter_map(|user| user.email.clone()).take(2).collect();
        let [stays, leaves] = emails.as_slice() else { panic!("too few learners") };
        let rows = [
            DesiredUser::new().with("email", stays.as_str()).with("lastName", "Planned"),
            DesiredUser::new().with("email", leaves.as_str()).with("lastName", "Planned").active(false),
        ];
        let roster = Roster::of(rows, MatchBy::Email).expect("a roster");
        let plan = Planner::new(Policy::default()).plan(&client, &roster).await.expect("a plan");
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(run(&client, &plan, folder.path(), "run.jsonl").await, [OutcomeKind::Done; 2], "{dialect}");

        behind.is_old.store(true, Ordering::Relaxed);
        let rollback = Rollback::new().plan(&folder.path().join("run.jsonl")).expect("a rollback");
        assert_eq!(run(&client, &rollback, folder.path(), "undo.jsonl").await, [OutcomeKind::Done; 2], "{dialect}");
        let end: Vec<_> = client.users().list().with_profiles(true).items().try_collect().await.expect("users");
        for user in users.iter().filter(|user| user.email.as_ref().is_some_and(|email| emails.contains(email))) {
            let end = end.iter().find(|end| end.id == user.id).expect("still there");
            assert_eq!((&end.last_name, end.disabled), (&user.last_name, user.disabled), "{dialect}");
        }
    }
}

/// Each place of a mark, for each kind of tenant.
fn places() -> impl Iterator<Item = (Dialect, Provenance)> {
    let all = Dialect::ALL.into_iter();
    all.flat_map(|dialect| {
        [Provenance::ExternalId, Provenance::CustomField("cost-center".to_owned())].map(|at| (dialect, at))
    })
}

/// A plan that creates one user.
async fn plan_of_one(client: &Client, policy: Policy) -> Plan {
    let user = DesiredUser::new().with("email", "new@example.com").with("firstName", "New");
    let roster = Roster::of([user], MatchBy::Email).expect("a roster");
    let plan = Planner::new(policy).plan(client, &roster).await.expect("a plan");
    assert_eq!(plan.totals.create, 1);
    plan
}

#[tokio::test]
async fn a_mark_settles_a_lost_creation_although_a_clock_is_an_hour_wrong() {
    for (dialect, provenance) in places() {
        let (sandbox, client, time) = tenant(dialect, Duration::ZERO).await;
        time.pass(Duration::from_secs(3_600));
        let folder = tempfile::tempdir().expect("a folder");
        let what = format!("{dialect}, {provenance}");
        let plan = plan_of_one(&client, Policy::default().provenance(provenance)).await;
        assert_eq!(run(&client, &plan, folder.path(), "run.jsonl").await, [OutcomeKind::Done], "{what}");
        assert_eq!(effects(&sandbox), BTreeMap::from([("users.create", 1)]), "{what}");
    }
}

#[tokio::test]
async fn a_tenant_that_drops_the_mark_adopts_no_user_and_says_so() {
    for dialect in Dialect::ALL {
        let (sandbox, client, _) = tenant(dialect, Duration::ZERO).await;
        let folder = tempfile::tempdir().expect("a folder");
        let policy = Policy::default().provenance(Provenance::CustomField("not-set-up".to_owned()));
        let plan = plan_of_one(&client, policy).await;
        assert_eq!(run(&client, &plan, folder.path(), "run.jsonl").await, [OutcomeKind::Unknown], "{dialect}");
        assert_eq!(effects(&sandbox), BTreeMap::from([("users.create", 1)]), "{dialect}");
    }
}

#[tokio::test]
async fn a_user_who_was_created_by_others_is_neither_adopted_nor_rolled_back() {
    for (dialect, provenance) in places() {
        let (sandbox, client, _) = tenant(dialect, Duration::ZERO).await;
        let folder = tempfile::tempdir().expect("a folder");
        let what = format!("{dialect}, {provenance}");
        let is_external = provenance == Provenance::ExternalId;
        let plan = plan_of_one(&client, Policy::default().provenance(provenance)).await;
        // The same address and name, at the same time, while the response to our creation is lost.
        let others = builder_of(&sandbox);
        let fields = thought_industries::UserFields::new().email("new@example.com").first_name("New");
        others.build().expect("right settings").users().create(fields).await.expect("it is free");
        let ended = run(&client, &plan, folder.path(), "run.jsonl").await;
        // A tenant drops custom fields that are not set up, so a user without one proves nothing.
        let expected = if is_external { OutcomeKind::Refused } else { OutcomeKind::Unknown };
        assert_eq!(ended, [expected], "{what}");
        let rollback = Rollback::new().plan(&folder.path().join("run.jsonl")).expect("a rollback");
        let undone = run(&client, &rollback, folder.path(), "undo.jsonl").await;
        assert!(undone.iter().all(|kind| *kind == OutcomeKind::Refused), "{what}: {undone:?}");
        assert_eq!(effects(&sandbox), BTreeMap::from([("users.create", 1)]), "{what}");
    }
}

#[tokio::test]
async fn marked_users_are_found_when_an_interrupted_run_is_rolled_back() {
    for (dialect, provenance) in places() {
        let lag = Duration::from_secs(200);
        let (sandbox, client, time) = tenant(dialect, lag).await;
        time.pass(Duration::from_secs(3_600));
        let folder = tempfile::tempdir().expect("a folder");
        let what = format!("{dialect}, {provenance}");
        let plan = plan_of_one(&client, Policy::default().provenance(provenance)).await;
        let entry = plan.entries.get(0).expect("an entry").expect("an entry");
        assert!(entry.mark_value().is_some_and(|mark| mark.starts_with("ti-") && mark.len() == 19), "{what}");
        assert_eq!(run(&client, &plan, folder.path(), "run.jsonl").await, [OutcomeKind::Unknown], "{what}");
        time.pass(lag);
        let rollback = Rollback::new().plan(&folder.path().join("run.jsonl")).expect("a rollback");
        assert_eq!(run(&client, &rollback, folder.path(), "undo.jsonl").await, [OutcomeKind::Done], "{what}");
        assert_eq!(effects(&sandbox).get("users.update-status"), Some(&1), "{what}");
    }
}
