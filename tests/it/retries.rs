//! Sending again, where that is safe and of use; in virtual time.

#![allow(clippy::unnecessary_wraps, reason = "what a request comes to is a result, whatever it is")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use futures::{FutureExt as _, TryStreamExt as _};
use thought_industries::transport::TransportError;
use thought_industries::{Client, Error, RetryPolicy};
use tokio::time::Instant;

use crate::script::{Script, known};
use crate::seam::{HttpResponse, Over, Request, Transport};

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

/// A tenant with a list of users, of which each request fails with a probability.
#[derive(Clone)]
struct Flaky {
    pages: u64,
    /// In percent.
    rate: u64,
    failure: fn() -> Scripted,
    chance: Arc<AtomicU64>,
    sent: Arc<AtomicUsize>,
}

impl Flaky {
    fn new(pages: u64, rate: u64, seed: u64) -> Self {
        let chance = Arc::new(AtomicU64::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1));
        Self { pages, rate, failure: || status(503), chance, sent: Arc::default() }
    }

    fn client(&self) -> Client {
        let builder = Client::builder().set_subdomain("acme").set_api_key(Script::KEY);
        let builder = builder.with_service(Over::new(self.clone())).with_profile(known(&[])).without_limits();
        builder.build().expect("right settings")
    }

    fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// A number below 100, by xorshift.
    fn percent(&self) -> u64 {
        let mut number = self.chance.load(Ordering::Relaxed);
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        self.chance.store(number, Ordering::Relaxed);
        number % 100
    }
}

impl Transport for Flaky {
    fn send(&self, request: Request) -> BoxFuture<'_, Scripted> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let response = if self.percent() < self.rate {
            (self.failure)()
        } else {
            let asked: serde_json::Value = serde_json::from_str(&request.body).expect("JSON");
            let page = asked["variables"]["page"].as_u64().unwrap_or(1);
            let info = serde_json::json!({ "currentPage": page, "hasMore": page < self.pages, "total": self.pages });
            let user = serde_json::json!({ "id": page.to_string(), "email": format!("{page}@example.com") });
            let users = serde_json::json!({ "data": { "APIUsers": { "pageInfo": info, "users": [user] } } });
            Ok(HttpResponse::new(200, "application/json", users.to_string()))
        };
        std::future::ready(response).boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_list_is_read_to_its_end_from_a_tenant_that_often_fails() {
    for rate in [8, 15, 30] {
        for seed in 1..=4 {
            let tenant = Flaky::new(500, rate, seed);
            // The first page has fewer attempts, as nothing shows that the tenant works.
            let pages = tenant.client().users().list().pages().try_collect::<Vec<_>>().await;
            let pages = pages.unwrap_or_else(|error| panic!("{rate} %, seed {seed}: {error}"));
            assert_eq!(pages.len(), 500, "{rate} %, seed {seed}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_dead_tenant_costs_little() {
    // At most one request for each call, and the retries that the client may spend.
    for (failure, retries) in [
        ((|| status(503)) as fn() -> Scripted, 100),
        (broken, 100),
        (not_sent, 100),
        (|| Err(TransportError::timeout()), 50),
    ] {
        let tenant = Flaky { failure, ..Flaky::new(1, 100, 1) };
        let client = tenant.client();
        let calls = (0..100).map(|_| client.post_graphql(QUERY).into_future());
        let errors: Vec<Error> = join_all(calls).await.into_iter().map(|done| done.expect_err("it is down")).collect();
        assert_eq!(tenant.sent(), 100 + retries);
        let spent: Vec<&Error> = errors.iter().filter(|error| error.is_retry_budget_spent()).collect();
        assert!(spent.len() > 50, "{}", spent.len());
        assert!(spent.iter().all(|error| error.is_retryable()));
        for _ in 0..10 {
            let error = client.post_graphql(QUERY).await.expect_err("it is down");
            assert!(error.is_retry_budget_spent());
        }
        assert_eq!(tenant.sent(), 100 + retries + 10, "each further call is one request");
    }
}

#[tokio::test(start_paused = true)]
async fn a_spent_budget_is_named_and_refills_with_responses() {
    let down = (0..134).map(|_| status(503));
    let fine_again = (0..5).map(|_| fine());
    let (script, client) =
        client(down.chain(fine_again).chain([status(503), fine()]).collect(), RetryPolicy::default());
    let mut calls = 0;
    let error = loop {
        calls += 1;
        let error = client.post_graphql(QUERY).await.expect_err("it is down");
        if error.is_retry_budget_spent() {
            break error;
        }
        assert!(!error.to_string().contains("budget"), "{error}");
    };
    assert_eq!(
        error.to_string(),
        "post_graphql over GraphQL: the tenant answered 503; not retried: the retry budget of this client is spent, and refills with \
         successful responses"
    );
    for _ in 0..5 {
        client.post_graphql(QUERY).await.expect("it works again");
    }
    client.post_graphql(QUERY).await.expect("the retry that five responses earned");
    assert_eq!(
        (calls, script.sent().len()),
        (34, 134 + 5 + 2),
        "33 calls with 3 retries each, and one with the last retry"
    );
}

#[tokio::test]
async fn nothing_waits_unless_something_fails() {
    let (_, client) = client(vec![fine()], RetryPolicy::default());
    let done = client.post_graphql(QUERY).send().now_or_never();
    done.expect("it is done at once").expect("it succeeds");
}
