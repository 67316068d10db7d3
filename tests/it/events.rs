//! Events and spans of calls: what metrics and traces are made of.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use thought_industries::operations::{UsersBasic, users_basic};
use thought_industries::transport::TransportError;
use thought_industries::{CallOutcome, Client, ErrorKind, Event, RetryPolicy, Surface, UserStatus};

use crate::script::{Impatient, Script, known, now};
use crate::seam::{HttpResponse, Over, Request, Transport};

const QUERY: &str = r#"{"query":"{ ping }"}"#;

type Events = Arc<Mutex<Vec<Event>>>;

fn client(script: &Script, policy: RetryPolicy) -> (Client, Events) {
    let events = Events::default();
    let kept = Arc::clone(&events);
    let builder = Client::builder().set_subdomain("acme").set_api_key(Script::KEY).with_profile(known(&[]));
    let builder = builder.with_service(Over::new(script.clone())).with_clock(Impatient::default());
    let builder = builder.with_retry_policy(policy).on_event(move |event| {
        kept.lock().expect("not poisoned").push(event.clone());
    });
    (builder.build().expect("right settings"), events)
}

fn lines(events: &Events) -> Vec<String> {
    events.lock().expect("not poisoned").iter().map(ToString::to_string).collect()
}

#[test]
fn a_call_has_a_start_attempts_responses_waits_and_an_end() {
    let script = Script::default();
    script.then(Err(TransportError::timeout()));
    script.then(Ok(HttpResponse::new(503, "", "")));
    let fine = HttpResponse::new(200, "application/json", r#"{"data":{}}"#).with_header("X-Complexity-Cost", "7");
    script.then(Ok(fine));
    let (client, events) = client(&script, RetryPolicy::default());
    now(client.post_graphql(QUERY)).expect("the third attempt");
    let expected = [
        "post_graphql starts",
        "post_graphql over GraphQL",
        "post_graphql over GraphQL: no response in time after 0.0 s",
        "post_graphql waits 0.2 s before it is retried",
        "post_graphql over GraphQL, attempt 2",
        "post_graphql over GraphQL: 503, 0 bytes after 0.0 s",
        "post_graphql waits 0.5 s before it is retried",
        "post_graphql over GraphQL, attempt 3",
        "post_graphql over GraphQL: 200, 11 bytes after 0.0 s",
        "post_graphql ended with ok after 0.8 s and 3 requests",
    ];
    let lines = lines(&events);
    assert_eq!(lines, expected);
    let events = events.lock().expect("not poisoned");
    assert!(events.iter().any(|event| matches!(event, Event::Response { status: 200, points: 7, bytes: 11, .. })));
    let outcome = events.iter().find_map(|event| match event {
        Event::End { outcome, attempts, duration, .. } => {
            Some((*outcome, *attempts, *duration >= Duration::from_millis(750)))
        }
        _ => None,
    });
    assert_eq!(outcome, Some((CallOutcome::Succeeded, 3, true)));
}

#[test]
fn a_call_over_several_surfaces_is_one_call() {
    let absent = r#"{"errors":[{"message":"Cannot query field \"APIUsers\" on type \"Query\"."}]}"#;
    let script = Script::json(&[(200, absent), (403, "{}")]);
    let (client, events) = client(&script, RetryPolicy::never());
    let error = now(client.users().list().send()).expect_err("refused");
    let events = events.lock().expect("not poisoned");
    let starts = events.iter().filter(|event| matches!(event, Event::Start { .. })).count();
    assert_eq!(starts, 1);
    let Some(Event::End { operation: "users.list", outcome: CallOutcome::Failed(kind), attempts: 2, .. }) =
        events.last()
    else {
        panic!("{events:?}")
    };
    assert_eq!((*kind, error.kind()), (ErrorKind::Forbidden, ErrorKind::Forbidden));
}

/// A network without a response.
struct Silent;

impl Transport for Silent {
    fn send(&self, _: Request) -> BoxFuture<'_, Result<HttpResponse, TransportError>> {
        futures::future::pending().boxed()
    }
}

fn silent(events: &Events) -> Client {
    let kept = Arc::clone(events);
    let builder = Client::builder().set_subdomain("acme").set_api_key("key").with_service(Over::new(Silent));
    let builder = builder.with_profile(known(&[])).with_clock(Impatient::default());
    let client = builder.on_event(move |event| kept.lock().expect("not poisoned").push(event.clone())).build();
    client.expect("right settings")
}

#[test]
fn a_dropped_call_ends_as_cancelled() {
    let events = Events::default();
    let client = silent(&events);
    assert!(client.post_graphql(QUERY).send().now_or_never().is_none());
    let last = events.lock().expect("not poisoned").last().cloned();
    assert!(matches!(last, Some(Event::End { outcome: CallOutcome::Cancelled, attempts: 1, .. })), "{last:?}");
}

#[test]
fn a_call_whose_time_runs_out_ends_with_a_timeout() {
    let events = Events::default();
    let client = silent(&events);
    let timeout = Duration::from_secs(5);
    now(client.users().list().with_timeout(timeout)).expect_err("no response");
    now(client.run(users_basic::Variables::new()).with_timeout(timeout)).expect_err("no response");
    now(client.execute::<UsersBasic>(users_basic::Variables::new()).with_timeout(timeout)).expect_err("no response");
    let ended = |event: &Event| match event {
        Event::End { operation, outcome, attempts, .. } => Some((*operation, *outcome, *attempts)),
        _ => None,
    };
    let ends: Vec<_> = events.lock().expect("not poisoned").iter().filter_map(ended).collect();
    let out_of_time = CallOutcome::Failed(ErrorKind::Timeout);
    assert_eq!(ends, ["users.list", "users.basic", "UsersBasic"].map(|operation| (operation, out_of_time, 1)));
}

#[test]
fn a_look_up_is_a_part_of_its_call() {
    let script = Script::json(&[(404, "{}"), (404, "{}")]);
    let (client, events) = client(&script, RetryPolicy::never());
    let write = client.users().update_status("ada@example.com", UserStatus::Disabled).with_surface(Surface::RestV2);
    now(write).expect_err("the address was not looked up");
    let lines = lines(&events);
    let whole = lines.iter().filter(|line| line.ends_with(" starts") || line.contains(" ended with "));
    let whole: Vec<&str> = whole.map(String::as_str).collect();
    let end = "users.update-status ended with unsupported after 0.0 s and 2 requests";
    assert_eq!(whole, ["users.update-status starts", end]);
}
