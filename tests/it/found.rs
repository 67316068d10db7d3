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
fn one_stray_response_does_not_teach_that_paths_take_addresses() {
    // A response to an earlier read of the same user made every user "not found" by address.
    let tenant = Imitation::new(|asked| match asked.path {
        "/incoming/v2/users/u-1" => answer(200, ada("2025-01-01T00:00:00Z").to_string()),
        path if path.ends_with("ada@example.com") && asked.number < 10 => {
            answer(200, ada("2025-01-01T00:00:00Z").to_string())
        }
        _ => list(asked).unwrap_or_else(not_found),
    });
    let client = tenant.builder().with_dialect(Dialect::Documented).build().expect("right settings");
    for _ in 0..8 {
        let user = now(client.users().get("ada@example.com").record_only()).expect("the user is there all the time");
        assert_eq!(user.id, "u-1");
    }
}

#[test]
fn a_truncated_response_does_not_end_a_search() {
    // The user is on the second page, and the path that usually shows them responds with a part of a body.
    let broken = Arc::new(AtomicU64::new(0));
    let fails = Arc::clone(&broken);
    let tenant = Imitation::new(move |asked| {
        let user = |name: &str| json!({ "id": name, "email": format!("{name}@example.com") });
        let name = asked.path.strip_prefix("/incoming/v2/users/").map(|key| key.trim_end_matches("@example.com"));
        match (name, asked.parameter("cursor")) {
            (Some("zoe"), _) if asked.path.contains('@') && fails.load(Ordering::Relaxed) == 1 => {
                answer(200, r#"{"id":"zoe","ema"#)
            }
            (Some(name @ ("ada" | "bob" | "zoe")), _) => answer(200, user(name).to_string()),
            (None, cursor) if asked.path == "/incoming/v2/users" => {
                let users = if cursor.is_some() { vec![user("zoe")] } else { vec![user("ada"), user("bob")] };
                let info = json!({ "hasMore": cursor.is_none(), "cursor": "2" });
                answer(200, json!({ "users": users, "pageInfo": info }).to_string())
            }
            _ => not_found(),
        }
    });
    let client = tenant.builder().with_dialect(Dialect::Observed).build().expect("right settings");
    for name in ["ada", "bob"] {
        now(client.users().get(format!("{name}@example.com").as_str()).record_only()).expect("paths take addresses");
    }
    broken.store(1, Ordering::Relaxed);
    let user = now(client.users().get("zoe@example.com").record_only()).map(|user| user.id.clone());
    assert_eq!(user.expect("in the list"), "zoe");
}

#[test]
fn an_address_that_is_taken_is_searched_for_where_paths_only_seem_to_take_addresses() {
    // Two stray responses taught that a path shows whether an address is taken, and it never does.
    let created = AtomicU64::new(0);
    let tenant = Imitation::new(move |asked| match (asked.method, asked.path) {
        ("POST", "/incoming/v2/users") => {
            created.store(1, Ordering::Relaxed);
            answer(409, r#"{"errors":[{"message":"Email has already been taken"}]}"#)
        }
        (_, path)
            if path.ends_with("@example.com")
                && created.load(Ordering::Relaxed) == 0
                && !path.ends_with("/new@example.com") =>
        {
            let name = path.rsplit('/').next().unwrap_or_default().trim_end_matches("@example.com");
            answer(200, json!({ "id": format!("id-{name}"), "email": format!("{name}@example.com") }).to_string())
        }
        (_, path) if path.ends_with("/id-new") => answer(
            200,
            json!({ "id": "id-new", "email": "new@example.com", "createdAt": "2025-01-01T00:00:00Z" }).to_string(),
        ),
        (_, "/incoming/v2/users") => {
            let users = [json!({ "id": "id-new", "email": "new@example.com" })];
            answer(200, json!({ "users": users, "pageInfo": { "hasMore": false } }).to_string())
        }
        _ => not_found(),
    });
    let builder = tenant.builder().with_clock(Watch::default()).with_dialect(Dialect::Observed);
    let client = builder.with_learner_roles(["student"]).build().expect("right settings");
    for name in ["ada", "bob"] {
        now(client.users().get(format!("{name}@example.com").as_str()).record_only()).expect("shown");
    }
    let error = now(client.users().create(UserFields::new().email("new@example.com"))).expect_err("taken");
    assert!(error.is_conflict() && error.execution() == Execution::DidNotRun, "{error}");
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

#[test]
fn a_stray_last_page_does_not_end_a_list() {
    // The second page of a list is the last one of an earlier read of it.
    for (total, expected) in [(Some([5, 5]), None), (Some([5, 6]), Some(3)), (None, Some(3))] {
        let strays = Arc::new(AtomicU64::new(0));
        let stray = Arc::clone(&strays);
        let tenant = Imitation::new(move |asked| {
            if asked.path != "/incoming/v2/users" {
                return page(404, "Page not found");
            }
            let number = asked.parameter("cursor").and_then(|cursor| cursor.parse().ok()).unwrap_or(1);
            let number = if number == 2 && stray.load(Ordering::Relaxed) == 1 { 3 } else { number };
            let users: Vec<Value> =
                (2 * number - 1..=5.min(2 * number)).map(|id| json!({ "id": id.to_string() })).collect();
            let mut info = json!({ "hasMore": number < 3, "cursor": (number < 3).then(|| (number + 1).to_string()) });
            if let Some(totals) = total {
                info["total"] = totals[usize::from(number == 3)].into();
            }
            answer(200, json!({ "users": users, "pageInfo": info }).to_string())
        });
        let client = tenant.builder().with_dialect(Dialect::Observed).build().expect("right settings");
        let read = || now(client.users().list().items().try_collect::<Vec<_>>()).map(|users| users.len());
        assert_eq!(read().expect("a list"), 5);
        strays.store(1, Ordering::Relaxed);
        match (read(), expected) {
            (Ok(users), Some(expected)) => assert_eq!(users, expected, "nothing shows it"),
            (Err(error), None) => {
                let message = error.to_string();
                assert!(
                    message.ends_with("the list ended after 2 pages with 3 entries, and each reported 5"),
                    "{message}"
                );
            }
            (read, _) => panic!("{total:?}: {read:?}"),
        }
    }
}
