//! Many calls at a tenant that misbehaves. `cargo xtask soak` makes more of them, and has the limits of a real minute.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use thought_industries::{Client, Dialect, UserFields, UserKey, WaitReason};
use thought_industries_sandbox::{Dialect as Tenant, Limits as Enforced, Sandbox};

use crate::script::{Impatient, client_of};

/// A fifth of all answers: of each kind of fault that a tenant in production has shown, or may.
const FAULTS: [&str; 14] = [
    "too-many-requests:0.02",
    "too-many-requests-without-wait:0.01",
    "internal-error:0.02",
    "bad-gateway:0.03",
    "unavailable:0.02",
    "gateway-timeout:0.02",
    "login-page:0.01",
    "message-only:0.01",
    "truncated-body:0.01",
    "broken-body:0.01",
    "connection-reset-before:0.01",
    "connection-reset-after:0.02",
    "partial-data:0.005",
    "null-for-non-null:0.005",
];

/// What became of a call.
enum Done {
    Read,
    ReadFailed,
    Created(String),
    Updated(String),
    Unknown,
    Refused,
}

async fn call(client: Client, people: &[String], number: usize) -> Done {
    let who = || UserKey::Id(people[number].clone());
    match number % 10 {
        0 | 1 => {
            let fields = UserFields::new().email(format!("soak-{number}@example.com")).first_name("Soak");
            match client.users().create(fields).send().await {
                Ok(created) => Done::Created(created.id.clone()),
                Err(error) if error.execution().is_unknown() => Done::Unknown,
                Err(_) => Done::Refused,
            }
        }
        2 | 3 => match client.users().update(who(), UserFields::new().ref1(number.to_string())).send().await {
            Ok(updated) => Done::Updated(updated.id.clone()),
            Err(error) if error.execution().is_unknown() => Done::Unknown,
            Err(_) => Done::Refused,
        },
        4 => match client.users().list().send().await {
            Ok(page) => {
                assert_eq!(page.users.as_ref().map(Vec::len), Some(100));
                Done::Read
            }
            Err(_) => Done::ReadFailed,
        },
        _ => match client.users().get(who()).send().await {
            Ok(person) => {
                assert_eq!(person.id, people[number]);
                Done::Read
            }
            Err(_) => Done::ReadFailed,
        },
    }
}

#[tokio::test]
async fn every_query_ends_and_every_mutation_is_applied_at_most_once() {
    let calls: usize = std::env::var("TI_SOAK_CALLS").ok().and_then(|calls| calls.parse().ok()).unwrap_or(300);
    for (dialect, name) in [(Tenant::Documented, Dialect::Documented), (Tenant::Observed, Dialect::Observed)] {
        let people: Vec<String> = {
            let tenant = Sandbox::new(dialect).users(calls as u64).start().await.expect("a sandbox starts");
            client_of(&tenant).users().list().items().map_ok(|person| person.id).try_collect().await.expect("people")
        };
        let sandbox = FAULTS.iter().fold(Sandbox::new(dialect).users(calls as u64), |sandbox, fault| {
            sandbox.fault(fault.parse().expect("a fault"))
        });
        let tenant = sandbox.start().await.expect("a sandbox starts");
        let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key()).with_dialect(name);
        let client = builder.without_limits().with_clock(Impatient::default()).build().expect("right settings");
        let done: Vec<Done> = stream::iter(0..calls)
            .map(|number| call(client.clone(), &people, number))
            .buffer_unordered(16)
            .collect()
            .await;

        let mut applied: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for effect in tenant.effects() {
            *applied.entry((effect.operation, effect.target)).or_default() += 1;
        }
        assert!(applied.values().all(|times| *times == 1), "{dialect}: a write was made twice");
        let of = |operation: &str| -> BTreeSet<String> {
            applied.keys().filter(|(own, _)| *own == operation).map(|(_, target)| target.clone()).collect()
        };
        let (created, updated) = (of("users.create"), of("users.update"));
        let (mut unknown, mut answered) = (0, 0);
        for one in &done {
            match one {
                Done::Created(id) => assert!(created.contains(id), "{dialect}: a person that was told was not made"),
                Done::Updated(id) => assert!(updated.contains(id), "{dialect}: an update that was told was not made"),
                Done::Unknown => unknown += 1,
                Done::Read => answered += 1,
                Done::ReadFailed | Done::Refused => {}
            }
        }
        let told = done.iter().filter(|one| matches!(one, Done::Created(_) | Done::Updated(_))).count();
        // What took effect without being told is among what is unknown.
        assert!(applied.len() >= told && applied.len() <= told + unknown, "{dialect}: {told} + {unknown}");
        assert!(answered * 10 > calls * 3, "{dialect}: {answered} of {calls} were answered");
        println!(
            "{dialect}: {calls} calls; {answered} reads answered, {told} writes told, {unknown} unknown, {} \
             took effect",
            applied.len()
        );
    }
}

/// At full demand, the windows of a tenant with documented limits are used to 98 % of their ceiling, and nothing is
/// refused. Takes five minutes, so that only `cargo xtask soak` runs it.
#[tokio::test]
#[ignore = "takes five minutes: `cargo xtask soak`"]
async fn five_minutes_are_used_up() {
    let limit = Enforced::documented().graphql_requests;
    let tenant =
        Sandbox::new(Tenant::Documented).limits(Enforced::documented()).start().await.expect("a sandbox starts");
    let refused = std::sync::Arc::new(AtomicU32::new(0));
    let count = std::sync::Arc::clone(&refused);
    // The client knows of fewer, and learns the tenant's limit from its headers.
    let client = Client::builder()
        .set_url(tenant.url())
        .set_api_key(tenant.api_key())
        .with_retry_policy(thought_industries::RetryPolicy::default().deadline(Duration::from_secs(600)))
        .on_event(move |event| {
            if let thought_industries::Event::Wait { reason: WaitReason::RateLimited, .. } = event {
                count.fetch_add(1, Ordering::Relaxed);
            }
        })
        .build()
        .expect("right settings");
    let started = Instant::now();
    let call = || async { client.post_graphql(r#"{"query":"{ __typename }"}"#).await.map(|_| started.elapsed()) };
    let all = stream::iter(0..limit * 5).map(|_| call()).buffer_unordered(500);
    let mut answered: Vec<Duration> = all.try_collect().await.expect("every call is answered");
    answered.sort();
    // Four windows are used up when the fifth begins; how fast that one is used is the machine's matter.
    let windows = answered[limit as usize * 4].saturating_sub(answered[0]).as_secs_f64() / 60.0;
    println!(
        "{} calls, {} refused; the fifth window began after {windows:.3}",
        limit * 5,
        refused.load(Ordering::Relaxed)
    );
    assert_eq!(refused.load(Ordering::Relaxed), 0);
    assert!(windows < 4.0 / 0.98, "the fifth window began after {windows:.3}");
}
