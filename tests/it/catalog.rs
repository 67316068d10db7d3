//! Reads of many users from a tenant that has only flat records.

use futures::TryStreamExt as _;
use serde_json::Value;
use thought_industries::model::User;
use thought_industries::{Catalog, Client, Surface};
use thought_industries_sandbox::{Dialect, Sandbox};

use crate::script::{Script, client_of, now};

/// The first users that belong to a client.
async fn of_clients(client: &Client) -> Vec<User> {
    let users: Vec<User> = client.users().list().with_profiles(true).items().try_collect().await.expect("users");
    users.into_iter().filter(|user| user.client_id.is_some()).take(12).collect()
}

#[tokio::test]
async fn a_client_is_read_once_for_all_its_users() {
    let tenant = Sandbox::new(Dialect::Observed).start().await.expect("a sandbox");
    let client = client_of(&tenant);
    let users = of_clients(&client).await;
    let clients: std::collections::BTreeSet<&str> = users.iter().filter_map(|user| user.client_id.as_deref()).collect();
    assert!(clients.len() < users.len(), "users who share a client");
    // What the first read finds out about the tenant is not counted.
    client.users().get(users[0].id.as_str()).await.expect("a user");
    let before = tenant.received().len();
    let mut alone = Vec::new();
    for user in &users {
        alone.push(client.users().get(user.id.as_str()).await.expect("a user").into_inner());
    }
    let each = tenant.received().len() - before;
    let (catalog, mut together) = (Catalog::new(), Vec::new());
    for user in &users {
        let request = client.users().get(user.id.as_str()).with_catalog(&catalog);
        together.push(request.await.expect("a user").into_inner());
    }
    let shared = tenant.received().len() - before - each;
    assert_eq!(together, alone);
    // One request for a user; the rest is for clients.
    let of_a_client = (each - users.len()) / users.len();
    assert_eq!((each, shared), (users.len() * (1 + of_a_client), users.len() + clients.len() * of_a_client));
    assert!(of_a_client >= 2, "its record and its licenses");
}

/// Whether all that the first value has is in the second one.
fn is_within(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(key, part)| part.is_null() || whole.get(key).is_some_and(|whole| is_within(part, whole)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.len() == whole.len() && part.iter().zip(whole).all(|(part, whole)| is_within(part, whole))
        }
        (part, whole) => part == whole,
    }
}

#[tokio::test]
async fn a_deep_list_has_what_single_reads_have_for_fewer_requests() {
    for dialect in Dialect::ALL {
        let tenant = Sandbox::new(dialect).users(250).start().await.expect("a sandbox");
        let client = client_of(&tenant);
        // What the first read finds out about the tenant is not counted.
        client.users().list().send().await.expect("a page");
        let before = tenant.received().len();
        let deep: Vec<User> = client.users().list().deep().items().try_collect().await.expect("users");
        let received = tenant.received().split_off(before);
        assert_eq!(deep.len(), 250, "{dialect}");
        let mut asked = std::collections::BTreeSet::new();
        for request in &received {
            let is_new = asked.insert((&request.path, &request.query, &request.body));
            assert!(is_new, "{dialect}: asked twice for {} {}", request.path, request.body);
        }
        assert!(received.len() < 20, "{dialect}: {} requests", received.len());
        let belong: Vec<&User> = deep.iter().filter(|user| user.client_id.is_some()).take(12).collect();
        assert!(!belong.is_empty(), "{dialect}");
        for user in belong {
            let alone = client.users().get(user.id.as_str()).await.expect("a user");
            let (listed, alone) = (serde_json::to_value(user), serde_json::to_value(&*alone));
            let (listed, alone) = (listed.expect("JSON"), alone.expect("JSON"));
            assert!(listed["client"]["primaryLicense"].is_object(), "{dialect}: {listed}");
            assert!(is_within(&listed, &alone), "{dialect}: {listed:#} is not within {alone:#}");
            if dialect == Dialect::Documented {
                assert_eq!(listed, alone);
            }
        }
    }
}

/// Rows as no sandbox makes them: the second client is hidden from the key, and one user has none.
#[test]
fn flat_rows_are_completed_with_each_client_once() {
    let script = Script::json(&[
        (
            200,
            r#"{"users":[{"id":"u-1","clientId":"c-1","allocatedLicenses":[{"licenseId":"l-2"}]},
                {"id":"u-2","clientId":"c-1","allocatedLicenses":[{"licenseId":"l-9"}]},
                {"id":"u-3","clientId":"c-2"},{"id":"u-4","clientId":"c-2"},{"id":"u-5","clientId":null}],
                "pageInfo":{"hasMore":false}}"#,
        ),
        (200, r#"{"id":"c-1","name":"Acme"}"#),
        (
            200,
            r#"{"licenses":[{"id":"l-1","name":"Root","parentLicenseId":null},
                {"id":"l-2","name":"Seats","parentLicenseId":"l-1"}],"pageInfo":{"hasMore":false}}"#,
        ),
        (403, r#"{"error":"no access to clients"}"#),
    ]);
    let page = now(script.client_over(Surface::RestV2).users().list().deep().send()).expect("a page");
    assert_eq!(script.paths().len(), 4, "{:?}", script.paths());
    let users = page.users.as_ref().expect("users");
    let name = |user: &User| user.client.as_ref().and_then(|client| client.name.clone());
    assert_eq!(
        users.iter().map(name).collect::<Vec<_>>(),
        [Some("Acme".into()), Some("Acme".into()), None, None, None]
    );
    let seat = users[0].allocated_licenses.as_ref().expect("licenses")[0].license.as_ref().expect("a license");
    assert_eq!(seat.name.as_deref(), Some("Seats"));
    let parent = seat.parent_license.as_ref().and_then(|parent| parent.name.as_deref());
    assert_eq!(parent, Some("Root"));
    assert!(users[1].allocated_licenses.as_ref().expect("licenses")[0].license.is_none(), "a license of no list");
    let gaps = page.gaps();
    assert!(gaps.iter().any(|gap| gap.contains("client")), "a hidden client is a gap: {gaps:?}");
}
