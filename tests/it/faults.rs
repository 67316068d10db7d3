//! Each fault of the sandbox, met by each kind of operation: `docs/reliability.md` is what this test saw.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Duration;

use futures::TryStreamExt as _;
use thought_industries::model::User;
use thought_industries::{Client, Error, RetryPolicy, UserFields, UserKey};
use thought_industries_sandbox::{Dialect as Tenant, Fault, FaultRate, RunningSandbox, Sandbox};

use crate::script::{Impatient, known, known_observed};

/// A kind of operation, as the table tells of it.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Query,
    RestQuery,
    Idempotent,
    Creation,
}

const KINDS: [(Kind, &str, &str); 4] = [
    (Kind::Query, "A query over GraphQL", "`users().get(id)`: retried after any transient failure."),
    (Kind::RestQuery, "A query over REST", "`users().list()`, whose first page is asked for: the same."),
    (
        Kind::Idempotent,
        "A mutation that may be replayed",
        "`users().update(id, …)`: idempotent, so it is retried as well.",
    ),
    (
        Kind::Creation,
        "A mutation that may not",
        "`users().create(…)`: sent a second time only if it is proven that the first did not run. Where that is not known, the \
         address is looked up first.",
    ),
];

/// What the caller sees.
fn seen(done: Result<(), Error>) -> String {
    let error = match done {
        Ok(()) => return "an answer".to_owned(),
        Err(error) => error,
    };
    let predicates = [
        (error.is_rate_limited(), "rate limited"),
        (error.is_timeout(), "timeout"),
        (error.is_retryable(), "retryable"),
        (error.is_decode(), "decode"),
        (error.is_no_route(), "no route"),
        (error.execution().is_unknown(), "**outcome unknown**"),
    ];
    let told: Vec<_> = predicates.into_iter().filter(|(holds, _)| *holds).map(|(_, name)| name).collect();
    let text = error.to_string().replace('|', "\\|");
    let text = text.split_once(": ").map_or(text.as_str(), |(_, text)| text);
    let text = text.split("; it is not known").next().unwrap_or_default();
    if told.is_empty() { text.to_owned() } else { format!("{text} ({})", told.join(", ")) }
}

async fn start(dialect: Tenant, fault: Fault) -> (RunningSandbox, Client) {
    let sandbox = Sandbox::new(dialect).fault(FaultRate { fault, rate: 1.0 });
    let tenant = sandbox.start().await.expect("a sandbox starts");
    let is_slow = matches!(fault, Fault::SlowFirstByte | Fault::SlowBody);
    let client = client(&tenant, if is_slow { IMPATIENT } else { PATIENT });
    (tenant, client)
}

/// How long a client waits for bytes that do not come, and for those that a busy machine delays.
const IMPATIENT: Duration = Duration::from_millis(300);
const PATIENT: Duration = Duration::from_secs(60);

/// A client that waits for nothing but the tenant's bytes.
fn client(tenant: &RunningSandbox, patience: Duration) -> Client {
    let profile = match tenant.dialect() {
        Tenant::Documented => known(&[]),
        Tenant::Observed => known_observed(),
    };
    let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key()).with_profile(profile);
    let policy = RetryPolicy::default().deadline(Duration::from_secs(100_000));
    let builder = builder.without_limits().with_retry_policy(policy).with_clock(Impatient::default());
    let builder = builder.with_first_byte_timeout(patience).with_idle_timeout(patience);
    builder.build().expect("right settings")
}

/// Somebody of every sandbox: an active learner with a date, in a tenant without faults.
async fn somebody() -> User {
    let tenant = Sandbox::new(Tenant::Documented).start().await.expect("a sandbox starts");
    let mut people = client(&tenant, PATIENT).users().list().set_role("learner").items();
    while let Some(person) = people.try_next().await.expect("people") {
        if person.disabled == Some(false) && person.created_at.is_some() && person.last_name.is_some() {
            return person;
        }
    }
    panic!("nobody")
}

/// What an operation comes to when every answer has the fault: what the caller sees, how often it arrived, and how
/// many writes took effect.
async fn meet(kind: Kind, fault: Fault, who: &User) -> (String, usize, usize) {
    let dialect = if kind == Kind::RestQuery { Tenant::Observed } else { Tenant::Documented };
    let (tenant, client) = start(dialect, fault).await;
    let id = UserKey::Id(who.id.clone());
    let done = match kind {
        Kind::Query => client.users().get(id).send().await.map(drop),
        Kind::RestQuery => client.users().list().send().await.map(drop),
        Kind::Idempotent => client.users().update(id, UserFields::new().ref1("new")).send().await.map(drop),
        Kind::Creation => {
            let fields = UserFields::new().email("ada@example.com").first_name("Ada");
            client.users().create(fields).send().await.map(drop)
        }
    };
    if let Err(error) = &done {
        let told = format!("{error} {error:?} {}", error.excerpt());
        assert!(!told.contains(tenant.api_key()) && !told.contains("ada@example.com"), "{told}");
    }
    (seen(done), tenant.received().len(), tenant.effects().len())
}

/// A list read to its end when every answer has the fault: what the caller sees, how many requests that took, and how
/// many of those who were there all the time were missed.
async fn read_all(dialect: Tenant, fault: Fault) -> (String, usize, usize) {
    let (tenant, client) = start(dialect, fault).await;
    let before = everybody(dialect).await;
    let mut read = Vec::new();
    let done = client.users().list().items().try_for_each(|person| {
        read.push(person.id);
        std::future::ready(Ok(()))
    });
    let done = done.await;
    let requests = tenant.received().len();
    let ids: BTreeSet<String> = read.iter().cloned().collect();
    assert_eq!(ids.len(), read.len(), "{fault}: somebody came twice");
    if done.is_err() {
        // An error says that the list is not whole, so that nothing is lost without a word.
        return (seen(done), requests, 0);
    }
    // Those who left meanwhile are not missed.
    let mut there = 0;
    let mut missed = 0;
    for id in before.difference(&ids) {
        let is_there = client.users().get(UserKey::Id(id.clone())).send().await.is_ok();
        missed += usize::from(is_there);
        there += 1;
    }
    assert!(there <= requests, "{fault}: more people are gone than left");
    (seen(done), requests, missed)
}

async fn everybody(dialect: Tenant) -> BTreeSet<String> {
    let tenant = Sandbox::new(dialect).start().await.expect("a sandbox starts");
    client(&tenant, PATIENT).users().list().items().map_ok(|person| person.id).try_collect().await.expect("everybody")
}

const HEAD: &str = "# How calls behave under each failure\n
Written by `UPDATE_FIXTURES=1 cargo test --test it faults`, from a run against the sandbox with each fault in every answer
(`ti sandbox --fault NAME`). The default retry policy; waiting takes no time there.\n
*sent* counts the requests that arrived, *took effect* the writes that changed something: none is ever made twice.
A query loses nothing: it has an answer or an error. `unknown-enum-value`, `unknown-union-member` and `extra-fields` are
never an error; `partial-data` is none for `send_partial`, which hands over data and errors.\n";

#[tokio::test]
async fn the_tables_of_faults_are_what_happens() {
    let who = somebody().await;
    let mut table = HEAD.to_owned();
    for (kind, title, what) in KINDS {
        let is_write = matches!(kind, Kind::Idempotent | Kind::Creation);
        let (effect, line) = if is_write { (" took effect |", " --- |") } else { ("", "") };
        write!(
            table,
            "\n## {title}\n\n{what}\n\n| fault | the caller sees | sent |{effect}\n| --- | --- | --- |{line}\n"
        )
        .expect("a string");
        for fault in Fault::ALL.iter().copied() {
            let (seen, sent, effects) = meet(kind, fault, &who).await;
            write!(table, "| `{fault}` | {seen} | {sent} |").expect("a string");
            if is_write {
                write!(table, " {effects} |").expect("a string");
            }
            table.push('\n');
            assert!(effects <= 1, "{fault}: {effects} writes took effect");
            assert!(is_write || effects == 0);
            let is_fine = matches!(fault, Fault::UnknownEnumValue | Fault::UnknownUnionMember | Fault::ExtraFields);
            assert!(!is_fine || seen == "an answer", "{fault}: {seen}");
        }
    }
    table.push_str(
        "\n## A list, read to its end\n\n`users().list().items()`, by page numbers over GraphQL and by cursors over v2. \
         *missed* counts those who were there all\nthe time and did not come.\n\n\
         | fault | pages by | the caller sees | sent | missed |\n| --- | --- | --- | --- | --- |\n",
    );
    for fault in [Fault::RepeatedCursor, Fault::EndlessCursor, Fault::ShortPages, Fault::ChurnWhilePaging] {
        for (dialect, by) in [(Tenant::Documented, "number"), (Tenant::Observed, "cursor")] {
            let (seen, sent, missed) = read_all(dialect, fault).await;
            writeln!(table, "| `{fault}` | {by} | {seen} | {sent} | {missed} |").expect("a string");
            assert_eq!(missed, 0, "{fault} by {by}");
        }
    }
    // What is written by hand, since the simulator is another package.
    table.push_str(include_str!("fixtures/worlds.md"));
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, &table).expect("written");
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), table, "run it with UPDATE_FIXTURES=1");
}

#[tokio::test]
async fn with_some_faults_every_query_is_answered_in_the_end() {
    let faults = ["bad-gateway:0.1", "too-many-requests:0.1", "broken-body:0.05", "unavailable:0.05"];
    for dialect in Tenant::ALL {
        let sandbox = faults
            .iter()
            .fold(Sandbox::new(dialect).users(500), |sandbox, fault| sandbox.fault(fault.parse().expect("a fault")));
        let tenant = sandbox.start().await.expect("a sandbox starts");
        let people = client(&tenant, PATIENT).users().list().items();
        let people: Vec<_> = people.try_collect().await.expect("everybody, faults or none");
        assert_eq!(people.len(), 500);
    }
}

#[tokio::test]
async fn partial_data_are_handed_over_with_their_errors() {
    let who = somebody().await;
    let (_tenant, client) = start(Tenant::Documented, Fault::PartialData).await;
    let request = || client.users().get(UserKey::Id(who.id.clone()));
    let strict = request().send().await.expect_err("an error came with it");
    assert_eq!(strict.graphql_errors().len(), 1);
    let partial = request().send_partial().await.expect("data");
    assert_eq!((partial.id.as_str(), partial.errors().len()), (who.id.as_str(), 1));
    let list = client.users().list().send_partial().await.expect("data");
    assert!(list.users.as_ref().is_some_and(|users| users.len() == 100) && list.errors().len() == 1);
}

#[tokio::test]
async fn a_field_that_is_refused_leads_elsewhere_and_the_answer_says_so() {
    let who = somebody().await;
    let (_tenant, client) = start(Tenant::Documented, Fault::FieldRefused).await;
    let person = client.users().get(UserKey::Id(who.id.clone())).send().await.expect("REST has it");
    assert_eq!(person.surface(), thought_industries::Surface::RestV2);
    let [(surface, reason)] = person.demotions() else { panic!("one demotion") };
    assert_eq!(*surface, thought_industries::Surface::GraphQl);
    assert!(reason.contains("Cannot query field \"firstName\""), "{reason}");
    let again = client.users().get(UserKey::Id(who.id)).send().await.expect("REST has it");
    assert!(again.demotions().is_empty(), "it is known by now");
}

#[test]
fn a_fault_that_is_none_is_told_with_those_that_are() {
    let wrong = "bad-gatewy".parse::<FaultRate>().expect_err("no fault");
    assert!(wrong.contains("`bad-gatewy` is not a fault") && wrong.contains("redirect-elsewhere"), "{wrong}");
    for wrong in ["bad-gateway:2", "bad-gateway:-1", "bad-gateway:x", "bad-gateway:NaN"] {
        assert!(wrong.parse::<FaultRate>().expect_err(wrong).contains("is not a rate"));
    }
}
