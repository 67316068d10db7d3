//! Sending again, where that is safe and of use; in virtual time.

#![allow(clippy::unnecessary_wraps, reason = "what a request comes to is a result, whatever it is")]

use std::time::Duration;

use futures::FutureExt as _;
use thought_industries::transport::TransportError;
use thought_industries::{Client, Error, RetryPolicy};
use tokio::time::Instant;

use crate::script::{Script, known};
use crate::seam::{HttpResponse, Over};

/// What a request comes to.
type Scripted = Result<HttpResponse, TransportError>;

const QUERY: &str = r#"{"query":"{ users { users { id } } }"}"#;
const MUTATION: &str = r#"{"query":"mutation { APIUpdateUser(id: 1) { id } }"}"#;
const FINE: &str = r#"{"data":{}}"#;

fn fine() -> Scripted {
    Ok(HttpResponse::new(200, "application/json", FINE))
}

fn status(status: u16) -> Scripted {
    Ok(HttpResponse::new(status, "application/json", ""))
}

fn client(answers: Vec<Scripted>, policy: RetryPolicy) -> (Script, Client) {
    let script = Script::default();
    for answer in answers {
        script.then(answer);
    }
    let builder =
        Client::builder().set_subdomain("acme").set_api_key(Script::KEY).with_service(Over::new(script.clone()));
    let builder = builder.with_profile(known(&[])).with_retry_policy(policy);
    (script.clone(), builder.build().expect("right settings"))
}

/// How a request ends, and how often it was sent.
async fn send(request: &str, answers: Vec<Scripted>) -> (Result<(), Error>, usize) {
    let (script, client) = client(answers, RetryPolicy::default());
    let done = client.post_graphql(request).await.map(drop);
    (done, script.sent().len())
}

fn broken() -> Scripted {
    Err(TransportError::new("the connection broke", None))
}

fn not_sent() -> Scripted {
    Err(TransportError::not_sent("no connection to the tenant", None))
}

#[tokio::test(start_paused = true)]
async fn a_query_is_sent_again_after_whatever_passes() {
    for failure in [
        not_sent,
        broken,
        || Err(TransportError::timeout()),
        || status(429),
        || status(500),
        || status(502),
        || status(503),
        || status(504),
    ] {
        let (done, sent) = send(QUERY, vec![failure(), failure(), fine()]).await;
        done.expect("the third attempt");
        assert_eq!(sent, 3);
        if matches!(failure(), Ok(response) if response.status == 429) {
            // Waiting for the limit ends with the deadline alone.
            continue;
        }
        let (done, sent) = send(QUERY, vec![failure(), failure(), failure(), failure()]).await;
        let error = done.expect_err("no attempt succeeds");
        assert!(error.is_retryable() && !error.execution().is_unknown(), "{error}");
        assert_eq!(sent, 4);
    }
}

#[tokio::test(start_paused = true)]
async fn what_would_come_again_is_not_asked_for_again() {
    for last in [400, 401, 403, 409, 422, 501] {
        let (done, sent) = send(QUERY, vec![status(last)]).await;
        assert_eq!((done.expect_err("it is refused").status(), sent), (Some(last), 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_mutation_is_sent_again_only_if_it_did_not_run() {
    for proof in [not_sent, || status(429)] {
        let (done, sent) = send(MUTATION, vec![proof(), fine()]).await;
        done.expect("the second attempt");
        assert_eq!(sent, 2);
    }
    for doubt in
        [broken, || Err(TransportError::timeout()), || status(500), || status(502), || status(503), || status(504)]
    {
        let (done, sent) = send(MUTATION, vec![doubt()]).await;
        let error = done.expect_err("nobody knows");
        assert_eq!(sent, 1, "{error}");
        assert!(error.execution().is_unknown(), "{error}");
        assert!(
            error.to_string().ends_with("it is unknown whether the tenant carried it out: check before you retry"),
            "{error}"
        );
    }
    let (done, _) = send(MUTATION, vec![status(422)]).await;
    assert!(!done.expect_err("it is refused").execution().is_unknown(), "a refusal says that nothing ran");
}

#[tokio::test(start_paused = true)]
async fn a_tenant_that_says_how_long_is_believed() {
    let wait = |headers: &[(&str, &str)]| {
        let response =
            headers.iter().fold(HttpResponse::new(429, "application/json", "{}"), |response, (name, value)| {
                response.with_header(name, *value)
            });
        async move {
            let (_, client) = client(vec![Ok(response), fine()], RetryPolicy::default());
            let start = Instant::now();
            client.post_graphql(QUERY).await.expect("the second attempt");
            start.elapsed().as_secs()
        }
    };
    assert_eq!(wait(&[("Retry-After", "42")]).await, 42);
    let soon = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_secs() + 90;
    let until_reset = wait(&[("X-RateLimit-Reset", &soon.to_string())]).await;
    assert!((88..=91).contains(&until_reset), "{until_reset}");
    assert!(
        wait(&[("Retry-After", "5"), ("X-RateLimit-Reset", &soon.to_string())]).await > 80,
        "the longer one is safe"
    );
    assert_eq!(wait(&[("Retry-After", "900")]).await, 900, "a window of 15 minutes was observed");
    assert!(wait(&[("Retry-After", "86400")]).await <= 1, "a day is not believed");
    assert!(wait(&[]).await <= 1);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_ends_all_attempts() {
    let policy = RetryPolicy::default().attempts(1_000).deadline(Duration::from_secs(10));
    let (script, client) = client((0..1_000).map(|_| status(503)).collect(), policy);
    let start = Instant::now();
    client.post_graphql(QUERY).await.expect_err("it is down");
    assert!(start.elapsed() <= Duration::from_secs(10), "{:?}", start.elapsed());
    assert!(script.sent().len() < 100);
}

#[tokio::test(start_paused = true)]
async fn a_dead_tenant_costs_little() {
    let (script, client) = client((0..1_000).map(|_| status(503)).collect(), RetryPolicy::default());
    for _ in 0..100 {
        client.post_graphql(QUERY).await.expect_err("it is down");
    }
    assert_eq!(script.sent().len(), 120, "a hundred calls, and the twenty retries that the client may spend");
}

#[tokio::test]
async fn nothing_waits_unless_something_fails() {
    let (_, client) = client(vec![fine()], RetryPolicy::default());
    let done = client.post_graphql(QUERY).send().now_or_never();
    done.expect("it is done at once").expect("it succeeds");
}
