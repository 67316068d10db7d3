//! The two readings of the documents, side by side: same program, same people, and what differs is told.

use std::collections::BTreeSet;

use futures::TryStreamExt as _;
use serde_json::Value;
use thought_industries::model::User;
use thought_industries::{Client, Response, Surface};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

use crate::script::client_of;

/// A tenant whose learners have the same role key in both dialects, since role keys are data.
async fn tenant(dialect: Dialect) -> (RunningSandbox, Client) {
    let tenant = Sandbox::new(dialect).learner_role("learner").start().await.expect("a sandbox starts");
    let client = client_of(&tenant);
    (tenant, client)
}

#[tokio::test]
async fn the_roster_is_the_same() {
    let (_documented, a) = tenant(Dialect::Documented).await;
    let (_observed, b) = tenant(Dialect::Observed).await;
    let roster: Vec<User> = a.users().list().items().try_collect().await.expect("people");
    assert_eq!(roster.len(), 250);
    assert_eq!(roster, b.users().list().items().try_collect::<Vec<_>>().await.expect("people"));
    let admins: Vec<User> = a.users().list().set_role("admin").items().try_collect().await.expect("people");
    assert!(!admins.is_empty() && admins.iter().all(|user| user.role_key.as_deref() == Some("admin")));
    assert_eq!(admins, b.users().list().set_role("admin").items().try_collect::<Vec<_>>().await.expect("people"));
}

#[tokio::test]
async fn a_person_is_found_by_everything_that_names_them() {
    for dialect in Dialect::ALL {
        let (_tenant, client) = tenant(dialect).await;
        let people: Vec<User> = client.users().list().items().try_collect().await.expect("people");
        let person = people
            .iter()
            .rfind(|user| user.email.is_some() && user.external_customer_id.is_some())
            .expect("somebody with everything");
        for key in [Some(person.id.clone()), person.email.clone(), person.external_customer_id.clone()] {
            let key = key.expect("a key");
            assert_eq!(client.users().get(key).send().await.expect("a person").id, person.id, "{dialect}");
        }
        for nobody in ["nobody@example.com", "HR-9999999", "00000000-0000-4000-8000-000000000000"] {
            let error = client.users().get(nobody).send().await.expect_err("nobody");
            assert!(error.is_not_found(), "{dialect}: {error}");
        }
    }
}

/// Looking somebody up who is not there costs an observed tenant a handful of requests, not its whole list.
#[tokio::test]
async fn nobody_is_searched_for_no_longer_than_needed() {
    let tenant = Sandbox::new(Dialect::Observed).users(100_000).start().await.expect("a sandbox starts");
    let client = client_of(&tenant);
    client.users().get("HR-9999999").send().await.expect_err("nobody");
    assert!(tenant.received().len() < 12, "{:#?}", tenant.received());
}

#[tokio::test]
async fn the_deep_person_nests() {
    let (_tenant, client) = tenant(Dialect::Documented).await;
    let (mut deepest, mut types) = (0, BTreeSet::new());
    for user in client.users().list().send().await.expect("people").users.iter().flatten() {
        let person = client.users().get(user.id.as_str()).send().await.expect("a person");
        assert_eq!((person.surface(), person.gaps().len()), (Surface::GraphQl, 0));
        let json = serde_json::to_value(&*person).expect("JSON");
        deepest = deepest.max(depth(&json));
        if let Value::Object(fields) = json {
            types.extend(
                fields.into_iter().filter(|(_, value)| value.is_object() || value.is_array()).map(|(key, _)| key),
            );
        }
    }
    assert!(deepest >= 5, "{deepest}");
    for held in [
        "activeLicense",
        "allocatedLicenses",
        "purchasedCourses",
        "purchasedBundles",
        "allocatedLearningPaths",
        "waitlistedCourses",
        "attendedMeetings",
        "client",
    ] {
        assert!(types.contains(held), "{held}");
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or_default(),
        Value::Array(items) => items.iter().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

/// Whatever the documented tenant gives and the observed one does not is named as a gap; whatever is no gap is equal.
#[tokio::test]
async fn gaps_are_exactly_what_is_missing() {
    let (_documented, a) = tenant(Dialect::Documented).await;
    let (_observed, b) = tenant(Dialect::Observed).await;
    let people: Vec<User> = a.users().list().items().try_collect().await.expect("people");
    let mut with_licence = 0;
    for user in people.iter().take(60) {
        let whole = a.users().get(user.id.as_str()).send().await.expect("a person");
        let flat = b.users().get(user.id.as_str()).send().await.expect("a person");
        assert_eq!(flat.surface(), Surface::RestV2);
        let (whole_json, flat_json) = (json(&whole), json(&flat));
        let gaps: BTreeSet<&str> = flat.gaps().iter().map(String::as_str).collect();
        compare(&whole_json, &flat_json, "", &gaps);
        let licence = &flat_json["allocatedLicenses"][0]["license"];
        if licence["parentLicense"]["name"].is_string() && licence["client"]["name"].is_string() {
            with_licence += 1;
        }
    }
    assert!(with_licence > 10, "licences are completed from the client's list: {with_licence}");
}

fn json(answer: &Response<User>) -> Value {
    serde_json::to_value(&**answer).expect("JSON")
}

fn compare(whole: &Value, flat: &Value, path: &str, gaps: &BTreeSet<&str>) {
    match (whole, flat) {
        (Value::Object(whole), Value::Object(flat)) => {
            for (key, value) in whole {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                match flat.get(key) {
                    Some(other) => compare(value, other, &path, gaps),
                    None => assert!(gaps.contains(path.as_str()), "`{path}` is lost without a word"),
                }
            }
            for key in flat.keys() {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                assert!(!gaps.contains(path.as_str()), "`{path}` is there and told as a gap");
            }
        }
        (Value::Array(whole), Value::Array(flat)) => {
            assert_eq!(whole.len(), flat.len(), "{path}");
            // A tenant gives the tree's children in an order of its own.
            let by_id = |items: &[Value]| {
                let mut items = items.to_vec();
                items.sort_by_key(|item| item["id"].as_str().map(str::to_owned));
                items
            };
            for (a, b) in by_id(whole).iter().zip(by_id(flat).iter()) {
                compare(a, b, path, gaps);
            }
        }
        _ => assert_eq!(whole, flat, "{path}"),
    }
}

#[tokio::test]
async fn discovery_knows_each_dialect_at_once() {
    let (documented, client) = tenant(Dialect::Documented).await;
    client.connect().await.expect("a tenant");
    let known = client.capabilities();
    assert_eq!(known.routes("users.list"), [Surface::GraphQl, Surface::RestV2, Surface::RestV1]);
    assert_eq!(known.absent().count(), 0);
    assert!(documented.received().len() <= 13, "{}", documented.received().len());

    let (observed, client) = tenant(Dialect::Observed).await;
    client.connect().await.expect("a tenant");
    let known = client.capabilities();
    assert_eq!(known.routes("users.list"), [Surface::RestV2]);
    assert_eq!(known.routes("users.delete"), []);
    assert_eq!(known.graphql_path(), Some("/helium"));
    assert!(observed.received().len() <= 12, "{}", observed.received().len());
    client.users().list().send().await.expect("people");
    assert_eq!(observed.received().last().map(|received| received.path.clone()), Some("/incoming/v2/users".to_owned()));
}

#[tokio::test]
async fn discovery_with_a_wrong_key_says_so() {
    let tenant = Sandbox::new(Dialect::Documented).start().await.expect("a sandbox starts");
    let client = Client::builder().set_url(tenant.url()).set_api_key("wrong").build().expect("right settings");
    assert!(client.connect().await.expect_err("the key is wrong").is_unauthorized());
}
