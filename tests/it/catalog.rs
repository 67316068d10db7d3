//! Reads of many users from a tenant that has only flat records.

use futures::TryStreamExt as _;
use thought_industries::model::User;
use thought_industries::{Catalog, Client};
use thought_industries_sandbox::{Dialect, Sandbox};

use crate::script::client_of;

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
