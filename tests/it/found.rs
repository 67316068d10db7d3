//! What simulated worlds found, each as the shortest exchange that shows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::TryStreamExt as _;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use thought_industries::{Clock, Dialect, Execution, KeyPlacement, Surface, UserFields, UserKey};

use crate::imitation::{Asked, Imitation, json as answer, page};
use crate::script::now;
use crate::seam::HttpResponse;

/// 2026-01-01, and seconds that a test adds.
#[derive(Debug, Clone, Default)]
struct Watch(Arc<AtomicU64>);

impl Watch {
    fn pass(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::Relaxed);
    }
}

impl Clock for Watch {
    fn now(&self) -> Duration {
        Duration::from_secs(1_767_225_600 + self.0.load(Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        if duration > Duration::from_secs(60) {
            return Box::pin(futures::future::pending());
        }
        self.pass(duration.as_secs());
        Box::pin(futures::future::ready(()))
    }

    fn chance(&self) -> f64 {
        0.5
    }
}

fn ada(created: &str) -> Value {
    json!({
        "id": "u-1", "email": "ada@example.com", "firstName": "Ada", "roleKey": "student", "disabled": false,
        "clientId": null, "createdAt": created,
    })
}

fn not_found() -> HttpResponse {
    answer(404, r#"{"errors":[{"message":"User not found"}]}"#)
}

fn list(asked: &Asked<'_>) -> Option<HttpResponse> {
    let body = json!({ "users": [ada("2025-01-01T00:00:00Z")], "pageInfo": { "hasMore": false, "cursor": null } });
    (asked.path == "/incoming/v2/users" && asked.method == "GET").then(|| answer(200, body.to_string()))
}

#[test]
fn an_endpoint_that_is_not_found_is_not_a_user_who_is_not() {
    // One response of another server made the tenant look as if it had GraphQL.
    let tenant = Imitation::new(|asked| match (asked.number, asked.path) {
        (0, _) => answer(200, json!({ "data": { "UserById": ada("2025-01-01T00:00:00Z") } }).to_string()),
        (_, path) if path.starts_with("/incoming/v2/users/u-1") => answer(200, ada("2025-01-01T00:00:00Z").to_string()),
        _ => page(404, "Page not found"),
    });
    let client = tenant.builder().with_dialect(Dialect::Documented).build().expect("right settings");
    now(client.users().get(UserKey::Id("u-1".to_owned())).record_only()).expect("a user");
    let again = now(client.users().get(UserKey::Id("u-1".to_owned())).record_only()).expect("the same user");
    assert_eq!(again.surface(), Surface::RestV2);
}

#[test]
fn one_wrong_404_does_not_end_an_operation() {
    let lists = AtomicU64::new(0);
    let tenant = Imitation::new(move |asked| match list(asked) {
        Some(page) if lists.fetch_add(1, Ordering::Relaxed) != 1 => page,
        _ => page(404, "Page not found"),
    });
    let watch = Watch::default();
    let builder = tenant.builder().with_clock(watch.clone()).with_dialect(Dialect::Observed);
    let client = builder.build().expect("right settings");
    let read = || now(client.users().list().items().try_collect::<Vec<_>>());
    assert_eq!(read().expect("a list").len(), 1);
    let error = read().expect_err("the second list is refused");
    assert!(error.is_no_route(), "{error}");
    watch.pass(61);
    assert_eq!(read().expect("it is tried again").len(), 1);
}

#[test]
fn a_conflict_with_a_user_who_may_be_ours_is_unknown() {
    // Something on the way sent the creation twice, and this is the response to the second one.
    for (created, execution) in
        [("2026-01-01T00:00:01Z", Execution::Unknown), ("2025-06-01T00:00:00Z", Execution::DidNotRun)]
    {
        let tenant = Imitation::new(move |asked| match (asked.method, asked.path) {
            ("POST", "/incoming/v2/users") => answer(409, r#"{"errors":[{"message":"Email has already been taken"}]}"#),
            ("GET", path) if path.contains("ada") || path.contains("u-1") => answer(200, ada(created).to_string()),
            _ => list(asked).unwrap_or_else(not_found),
        });
        let builder = tenant.builder().with_clock(Watch::default()).with_key_in(Surface::RestV2, KeyPlacement::Bearer);
        let client = builder.with_learner_roles(["student"]).build().expect("right settings");
        let fields = UserFields::new().email("ada@example.com").first_name("Ada");
        let error = now(client.users().create(fields)).expect_err("a conflict");
        assert!(error.is_conflict(), "{error}");
        assert_eq!(error.execution(), execution, "created {created}");
    }
}

#[test]
fn a_response_of_a_cache_is_read_again_and_refused_in_the_end() {
    for (cached, succeeds) in [(1, true), (100, false)] {
        let lists = AtomicU64::new(0);
        let tenant = Imitation::new(move |asked| match list(asked) {
            Some(page) if (1..=cached).contains(&lists.fetch_add(1, Ordering::Relaxed)) => {
                page.with_header("age", "30")
            }
            Some(page) => page,
            None => page(404, "Page not found"),
        });
        let client = tenant.builder().with_dialect(Dialect::Observed).build().expect("right settings");
        let read = || now(client.users().list().items().try_collect::<Vec<_>>());
        let first = read();
        match first.and_then(|_| read()) {
            Ok(users) => assert!(succeeds && users.len() == 1),
            Err(error) => {
                assert!(!succeeds && error.is_mismatch() && error.to_string().contains("30 seconds"), "{error}");
            }
        }
    }
}
