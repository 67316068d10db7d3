//! Tenants whose every unknown is drawn from a seed: the client gets the roster, the users and the end state of a tenant
//! without surprises, and reports no success that is none.
//!
//! `TI_STRANGERS=20000 cargo test -p thought-industries-provision --test it strangers` draws more of them, and
//! `TI_STRANGER=17` only one. `cargo xtask soak` runs the first.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

use futures::future::BoxFuture;
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use thought_industries::model::User;
use thought_industries::{Client, ClientBuilder, Clock, Error, RetryPolicy, UserFields, UserKey};
use thought_industries_provision::seats::SeatsReport;
use thought_industries_provision::{
    DesiredUser, Executor, FileAudit, FileJournal, MatchBy, OutcomeKind, Plan, Planner, Policy, Rollback, Roster,
};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox, Unknowns};

use crate::place::builder_of;

/// How many tenants are drawn in CI.
const DRAWN: u64 = 300;

/// How many users a tenant has: several pages, and quick to read.
const USERS: u64 = 23;

/// A clock on which a second takes five milliseconds: what waits for real, such as the tenant's window, still passes.
#[derive(Debug)]
struct Fast(SystemTime, Instant);

impl Fast {
    const TIMES: u32 = 200;

    fn new() -> Self {
        Self(SystemTime::now(), Instant::now())
    }
}

impl Clock for Fast {
    fn now(&self) -> Duration {
        self.0.duration_since(SystemTime::UNIX_EPOCH).expect("after 1970") + self.1.elapsed() * Self::TIMES
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        tokio::time::sleep(duration / Self::TIMES).boxed()
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

/// What the flows have shown, in a form that is the same for every tenant with these users.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// Id, address and status of each user.
    roster: BTreeMap<String, (Option<String>, Option<bool>)>,
    /// The ids that one user was found by, with three keys.
    found: Vec<String>,
    provisioned: Vec<String>,
    planned: String,
    applied: Vec<OutcomeKind>,
    undone: Vec<OutcomeKind>,
    seats: i64,
    /// The writes that took effect, by operation.
    effects: BTreeMap<&'static str, usize>,
    /// The users at the end.
    end: BTreeMap<String, (Option<String>, Option<bool>)>,
}

async fn start(sandbox: Sandbox) -> RunningSandbox {
    sandbox.users(USERS).start().await.expect("a sandbox starts")
}

fn client(tenant: &RunningSandbox) -> ClientBuilder {
    let builder = builder_of(tenant);
    // Five minutes are a second and a half here, which a busy machine may take.
    let policy = RetryPolicy::default().deadline(Duration::from_secs(100_000));
    builder.with_clock(Fast::new()).with_retry_policy(policy)
}

/// Every read and every write flow, in one order.
async fn run(tenant: &RunningSandbox) -> Result<Seen, String> {
    let drawn = tenant.unknowns();
    let mut seen = Seen::default();
    let stranger = client(tenant).build().map_err(shown("build"))?;
    stranger.users().list().send().await.map_err(shown("first page"))?;
    // Redirects, odd responses and refusals for the limit come on top of what a client sends of its own accord.
    let is_plain = drawn.redirects.is_none() && drawn.odd_every.is_none() && drawn.limit.is_none();
    let until_first = tenant.received().len();
    if is_plain && until_first > 8 {
        return Err(format!("{until_first} requests until the first useful response"));
    }
    seen.roster = roster(&stranger).await.map_err(shown("list"))?;
    stranger.connect().await.map_err(shown("connect"))?;
    let client = client(tenant).with_profile(stranger.profile()).build().map_err(shown("build"))?;
    seen.found = find(&client, &seen.roster).await?;
    seen.provisioned = provision(&client, &seen.roster).await?;
    seen.seats = SeatsReport::read(&client, None, 90, || ()).await.map_err(shown("seats"))?.taken();
    plan_and_apply(&client, &mut seen).await?;
    if !tenant.graphql_paths().is_empty() {
        let schema =
            client.post_graphql(r#"{"query":"{ __schema { queryType { name } } }"}"#).await.map_err(shown("schema"))?;
        if !String::from_utf8_lossy(&schema.body).contains("Query") {
            return Err("the schema is none".to_owned());
        }
    }
    // The end state is read by a client that knows nothing of what was written.
    let fresh = self::client(tenant).build().map_err(shown("build"))?;
    settle(&fresh).await.map_err(shown("list"))?;
    seen.end = roster(&fresh).await.map_err(shown("list"))?;
    for effect in tenant.effects() {
        *seen.effects.entry(effect.operation).or_default() += 1;
    }
    Ok(seen)
}

/// Reads as often as reads may lag behind the last write.
async fn settle(client: &Client) -> Result<(), Error> {
    for _ in 0..3 {
        roster(client).await?;
    }
    Ok(())
}

fn shown<E: Debug + std::fmt::Display>(what: &'static str) -> impl Fn(E) -> String {
    move |error| format!("{what}: {error}\n{error:?}")
}

async fn roster(client: &Client) -> Result<BTreeMap<String, (Option<String>, Option<bool>)>, Error> {
    let users: Vec<User> = client.users().list().items().try_collect().await?;
    Ok(users.into_iter().map(|user| (user.id, (user.email, user.disabled))).collect())
}

/// One user by three keys, and none by keys that no user has.
async fn find(
    client: &Client,
    roster: &BTreeMap<String, (Option<String>, Option<bool>)>,
) -> Result<Vec<String>, String> {
    let users: Vec<User> = client.users().list().items().try_collect().await.map_err(shown("list"))?;
    let user = users.iter().find(|user| user.email.is_some() && user.external_customer_id.is_some());
    let user = user.ok_or("no user has all keys")?;
    let keys = [
        UserKey::Id(user.id.clone()),
        UserKey::Email(user.email.clone().unwrap_or_default()),
        UserKey::ExternalCustomerId(user.external_customer_id.clone().unwrap_or_default()),
    ];
    let mut found = Vec::new();
    for key in keys {
        found.push(client.users().get(key).send().await.map_err(shown("get"))?.id.clone());
    }
    for key in [
        UserKey::Id("11111111-2222-4333-8444-555555555555".to_owned()),
        UserKey::Email("no.such.user@example.com".to_owned()),
        UserKey::ExternalCustomerId("NO-SUCH-USER".to_owned()),
    ] {
        match client.users().get(key).send().await {
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(shown("get of a user who does not exist")(error)),
            Ok(user) => return Err(format!("a user of {} has no such key: {}", roster.len(), user.id)),
        }
    }
    Ok(found)
}

/// A user who comes, one whose profile changes, and one who leaves.
async fn provision(
    client: &Client,
    roster: &BTreeMap<String, (Option<String>, Option<bool>)>,
) -> Result<Vec<String>, String> {
    let users = client.users();
    let new = UserFields::new().email("new.user@example.com").first_name("New").last_name("User");
    let created = users.provision(new.clone()).await.map_err(shown("provision"))?;
    let synced = users.sync_profile(new.clone().last_name("Changed")).await.map_err(shown("sync"))?;
    if synced.user.id != created.user.id {
        return Err("another user was synced".to_owned());
    }
    let taken = users.create(new).send().await;
    if taken.as_ref().is_ok_and(|second| second.id != created.user.id) || taken.is_ok() {
        return Err("the same address was created twice".to_owned());
    }
    let left = users.deactivate("new.user@example.com").await.map_err(shown("deactivate"))?;
    let unknown = users.deactivate("no.such.user@example.com").await;
    if !unknown.is_err_and(|error| error.is_not_found()) {
        return Err("a user who does not exist was deactivated".to_owned());
    }
    Ok(vec![left.user.email.unwrap_or_default(), format!("{}", roster.contains_key(&left.user.id))])
}

async fn plan_and_apply(client: &Client, seen: &mut Seen) -> Result<(), String> {
    let profiles: Vec<User> =
        client.users().list().with_profiles(true).items().try_collect().await.map_err(shown("profiles"))?;
    let roles = client.users().learner_roles().await.map_err(shown("roles"))?;
    let is_learner = |user: &&User| {
        let is_managed = user.role_key.as_ref().is_some_and(|role| roles.contains(role));
        is_managed && user.disabled == Some(false) && user.email.is_some() && user.learner_user_id.is_none()
    };
    let mut rows: Vec<DesiredUser> = profiles
        .iter()
        .filter(is_learner)
        .take(3)
        .map(|user| {
            let email = user.email.clone().unwrap_or_default();
            DesiredUser::new().with("email", email).with("lastName", "Planned").with("ref3", "planned")
        })
        .collect();
    for number in 0..2 {
        rows.push(
            DesiredUser::new().with("email", format!("planned.{number}@example.com")).with("firstName", "Planned"),
        );
    }
    let roster = Roster::of(rows, MatchBy::Email).map_err(shown("roster"))?;
    let plan = Planner::new(Policy::default()).plan(client, &roster).await.map_err(shown("plan"))?;
    seen.planned = format!("{} to create, {} to update", plan.totals.create, plan.totals.update);
    let folder = tempfile::tempdir().map_err(shown("folder"))?;
    seen.applied = apply(client, &plan, folder.path(), "run.jsonl").await?;
    let rollback =
        Rollback::new().delete_created(false).plan(&folder.path().join("run.jsonl")).map_err(shown("rollback"))?;
    seen.undone = apply(client, &rollback, folder.path(), "undo.jsonl").await?;
    Ok(())
}

async fn apply(client: &Client, plan: &Plan, folder: &Path, journal: &str) -> Result<Vec<OutcomeKind>, String> {
    let journal = FileJournal::open(&folder.join(journal), plan).map_err(shown("journal"))?;
    journal.start(plan, "tester", client.now()).map_err(shown("journal"))?;
    let audit = FileAudit::open(&folder.join("audit.jsonl")).map_err(shown("audit"))?;
    let executor = Executor::new(client, &journal, &audit, "tester");
    let steps: Vec<_> = executor.run(plan).try_collect().await.map_err(shown("apply"))?;
    let kinds: Vec<OutcomeKind> = steps.iter().map(thought_industries_provision::Step::kind).collect();
    if kinds.iter().any(|kind| *kind != OutcomeKind::Done) {
        return Err(format!("{kinds:?}: {steps:?}"));
    }
    Ok(kinds)
}

/// What a tenant without surprises shows, in each dialect.
async fn expected() -> [Seen; 2] {
    let of = |dialect| async move { run(&start(Sandbox::new(dialect)).await).await.expect("a plain tenant") };
    [of(Dialect::Documented).await, of(Dialect::Observed).await]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_that_were_never_described_show_the_same_and_end_the_same() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = number("TI_STRANGER").map_or(1..=number("TI_STRANGERS").unwrap_or(DRAWN), |seed| seed..=seed);
    let expected = expected().await;
    let expected = &expected;
    let failed: Vec<String> = stream::iter(seeds)
        .map(|seed| async move {
            let drawn = Unknowns::draw(seed);
            let tenant = start(Sandbox::new(Dialect::Documented).unknowns(drawn.clone())).await;
            let plain = if tenant.dialect() == Dialect::Documented { &expected[0] } else { &expected[1] };
            let result = tokio::time::timeout(Duration::from_secs(120), run(&tenant)).await;
            let problem = match result {
                Ok(Ok(seen)) if seen == *plain => return None,
                Ok(Ok(seen)) => format!("{seen:#?}\ninstead of\n{plain:#?}"),
                Ok(Err(problem)) => problem,
                Err(_) => "it never ends".to_owned(),
            };
            Some(format!("seed {seed}: {problem}\n{drawn}"))
        })
        .buffer_unordered(8)
        .filter_map(std::future::ready)
        .collect()
        .await;
    let first: Vec<&str> = failed.iter().filter_map(|failed| failed.lines().next()).collect();
    let whole = failed.first().map(String::as_str).unwrap_or_default();
    assert!(failed.is_empty(), "{} failed: {first:#?}\n{whole}", failed.len());
}
