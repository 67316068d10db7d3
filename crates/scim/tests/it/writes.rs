//! What a directory writes takes effect in the tenant once.

use serde_json::json;
use thought_industries::{UserFields, UserKey, UserStatus};
use thought_industries_sandbox::{Dialect, Sandbox};
use thought_industries_scim::{Existing, JobState, Mapped, Settings, Store as _};

use crate::site::{Site, ada, connection, patch};

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_created_changed_disabled_and_revived() {
    let site = Site::start().await;
    let created = site.send("POST", "/Users", Some(&ada())).await;
    assert_eq!(created.status, 201, "{created:?}");
    assert_eq!(created.header("location"), created.body["meta"]["location"].as_str().expect("a place"));
    assert!(created.body.get("password").is_none());
    let (id, path) = (created.id(), format!("/Users/{}", created.id()));
    assert_eq!(site.send("POST", "/Users", Some(&ada())).await.error(), (409, "uniqueness"));

    let renamed = patch(json!([{ "op": "replace", "path": "name.familyName", "value": "King" }]));
    assert_eq!(site.send("PATCH", &path, Some(&renamed)).await.body["name"]["familyName"], "King");
    let before = site.get(&path).await.body["meta"]["lastModified"].clone();
    assert_eq!(site.send("PATCH", &path, Some(&renamed)).await.status, 200);
    assert_eq!(site.get(&path).await.body["meta"]["lastModified"], before, "nothing changed");
    assert_eq!(site.effects("users.update"), 1);

    let mut merged = site.get(&path).await.body;
    merged["active"] = json!(false);
    assert_eq!(site.send("PUT", &path, Some(&merged)).await.body["active"], false);
    assert_eq!(site.find("userName eq \"ADA@example.com\"").await.len(), 1, "a disabled user is found");
    // Okta creates a user again who comes back.
    let back = site.send("POST", "/Users", Some(&ada())).await;
    assert_eq!((back.status, back.id(), back.body["active"].clone()), (201, id.clone(), json!(true)));

    assert_eq!(site.send("DELETE", &path, None).await.status, 204);
    for (method, body) in [("GET", None), ("DELETE", None), ("PATCH", Some(&renamed)), ("PUT", Some(&merged))] {
        assert_eq!(site.send(method, &path, body).await.error().0, 404, "{method}");
    }
    assert_eq!(site.find("userName eq \"ada@example.com\"").await.len(), 0);
    let user = site.client().users().get(UserKey::Id(id.clone())).await.expect("kept in the tenant");
    assert_eq!(user.disabled, Some(true));
    let again = site.send("POST", "/Users", Some(&ada())).await;
    assert_eq!((again.status, again.id(), again.body["active"].clone()), (201, id, json!(true)));
    assert_eq!(site.effects("users.create"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_exists_is_linked_or_refused() {
    let site = Site::start().await;
    let fields = UserFields::new().email("Ada@Example.com").first_name("A.").last_name("Byron").telephone("1");
    let own = site.client().users().create(fields).await.expect("created");
    // The roster does not show the user yet: the tenant does, before anything is written.
    let linked = site.send("POST", "/Users", Some(&ada())).await;
    assert_eq!((linked.status, linked.id()), (201, own.id.clone()), "{linked:?}");
    assert_eq!(linked.body["phoneNumbers"][0]["value"], "1", "what the directory does not name stays");
    assert_eq!((site.effects("users.create"), site.effects("users.update")), (1, 1));

    let mut strict = connection();
    strict.existing = Existing::Refuse;
    let site = Site::with(Sandbox::new(Dialect::Documented).users(40), Settings::default(), strict).await;
    site.client().users().create(UserFields::new().email("ada@example.com")).await.expect("created");
    assert_eq!(site.send("POST", "/Users", Some(&ada())).await.error(), (409, "uniqueness"));
    assert_eq!(site.effects("users.update"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_addresses_are_unique_whichever_way_they_are_written() {
    let site = Site::start().await;
    let first = site.send("POST", "/Users", Some(&ada())).await.id();
    let mut other = ada();
    other["userName"] = json!("grace@example.com");
    other["externalId"] = json!("00u2");
    other["emails"][0]["value"] = json!("grace@example.com");
    let second = format!("/Users/{}", site.send("POST", "/Users", Some(&other)).await.id());
    for operations in [
        json!([{ "op": "replace", "path": "userName", "value": "ADA@example.com" }]),
        json!([{ "op": "replace", "path": "emails[type eq \"work\"].value", "value": "ada@EXAMPLE.com" }]),
        json!([{ "op": "replace", "path": "externalId", "value": "00u1" }]),
    ] {
        assert_eq!(site.send("PATCH", &second, Some(&patch(operations))).await.error(), (409, "uniqueness"));
    }
    assert_eq!(site.send("PUT", &second, Some(&ada())).await.error(), (409, "uniqueness"));
    // The same external id with another name is another user, unless the first one has left.
    other["userName"] = json!("augusta@example.com");
    other["emails"][0]["value"] = json!("augusta@example.com");
    other["externalId"] = json!("00u1");
    assert_eq!(site.send("POST", "/Users", Some(&other)).await.error(), (409, "uniqueness"));
    let off = patch(json!([{ "op": "Replace", "path": "active", "value": "False" }]));
    assert_eq!(site.send("PATCH", &format!("/Users/{first}"), Some(&off)).await.status, 200);
    let renamed = site.send("POST", "/Users", Some(&other)).await;
    assert_eq!((renamed.status, renamed.id()), (201, first.clone()));
    let user = site.client().users().get(UserKey::Id(first)).await.expect("a user");
    assert_eq!((user.email.as_deref(), user.disabled), (Some("augusta@example.com"), Some(false)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_written_is_refused_before_anything_is_sent() {
    let site = Site::start().await;
    let mut stranger = ada();
    stranger["emails"][0]["value"] = json!("ada@other.example");
    assert_eq!(site.send("POST", "/Users", Some(&stranger)).await.error().0, 403);
    stranger["emails"][0]["value"] = json!("no address");
    assert_eq!(site.send("POST", "/Users", Some(&stranger)).await.error(), (400, "invalidValue"));
    stranger.as_object_mut().expect("an object").remove("emails");
    stranger["userName"] = json!("ada");
    assert_eq!(site.send("POST", "/Users", Some(&stranger)).await.error(), (400, "invalidValue"));
    assert_eq!(site.send("POST", "/Users", Some(&json!({}))).await.error(), (400, "invalidValue"));
    assert_eq!(site.sandbox.effects().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_are_written_where_the_connection_maps_them_and_echoed_as_they_were_sent() {
    let mut mapped = connection();
    mapped.mapping.insert(Mapped::EmployeeNumber, "ref1".to_owned());
    let site = Site::with(Sandbox::new(Dialect::Documented).users(40), Settings::default(), mapped).await;
    let mut body = ada();
    body["emails"][0]["value"] = json!("Ada@Example.COM");
    body["displayName"] = json!("Ada B.");
    body["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"] =
        json!({ "employeeNumber": "007", "department": "R&D", "manager": "9" });
    body["addresses"] = json!([{ "streetAddress": "1 Main St\nFloor 2", "locality": "Bern", "type": "work" }]);
    let created = site.send("POST", "/Users", Some(&body)).await;
    for name in ["emails", "displayName", "addresses", "userName", "externalId"] {
        assert_eq!(created.body[name], body[name], "{name}");
    }
    let user = site.client().users().get(UserKey::Id(created.id())).await.expect("a user");
    let fields = (user.ref1.as_deref(), user.address1.as_deref(), user.address2.as_deref(), user.city.as_deref());
    assert_eq!(fields, (Some("007"), Some("1 Main St"), Some("Floor 2"), Some("Bern")));
    // What an administrator changes in the tenant shows after the next read of the roster, and is not written over.
    let edit = UserFields::new().city("Basel");
    site.client().users().update(UserKey::Id(created.id()), edit).await.expect("written");
    let title = patch(json!([{ "op": "add", "path": "title", "value": "Dr" }]));
    assert_eq!(site.send("PATCH", &format!("/Users/{}", created.id()), Some(&title)).await.body["title"], "Dr");
    let user = site.client().users().get(UserKey::Id(created.id())).await.expect("a user");
    assert_eq!(user.city.as_deref(), Some("Basel"));
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_keep_their_members_and_nothing_is_lost_between_changes() {
    let site = Site::start().await;
    let mut ids = Vec::new();
    for number in 0..6 {
        let body = json!({ "userName": format!("user{number}@example.com") });
        ids.push(site.send("POST", "/Users", Some(&body)).await.id());
    }
    let group = site.send("POST", "/Groups", Some(&json!({ "displayName": "All", "externalId": "g1" }))).await;
    let path = format!("/Groups/{}", group.id());
    assert_eq!(site.send("POST", "/Groups", Some(&json!({ "displayName": "ALL" }))).await.error(), (409, "uniqueness"));
    // Changes at the same time.
    let add =
        |id: &String| patch(json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": id }] }]));
    let bodies: Vec<_> = ids.iter().map(add).collect();
    let sent = bodies.iter().map(|body| site.send("PATCH", &path, Some(body)));
    assert!(futures::future::join_all(sent).await.iter().all(|seen| seen.status == 200));
    let members = |body: &serde_json::Value| body["members"].as_array().map_or(0, Vec::len);
    assert_eq!(members(&site.get(&path).await.body), 6);
    assert_eq!(site.get(&format!("/Users/{}", ids[0])).await.body["groups"][0]["display"], "All");
    assert_eq!(site.find_groups(&format!("id eq \"{}\" and members eq \"{}\"", group.id(), ids[1])).await, 1);
    // A PUT without members keeps them, and a member may come before its user.
    assert_eq!(members(&site.send("PUT", &path, Some(&json!({ "displayName": "Every" }))).await.body), 6);
    let unknown = patch(json!([{ "op": "add", "path": "members", "value": [{ "value": "none" }] }]));
    assert_eq!(members(&site.send("PATCH", &path, Some(&unknown)).await.body), 7);
    let gone = patch(json!([{ "op": "remove", "path": "members[value eq \"none\"]" }]));
    assert_eq!(members(&site.send("PATCH", &path, Some(&gone)).await.body), 6);
    // A disabled user stays a member, and a deleted one does not.
    let off = patch(json!([{ "op": "replace", "value": { "active": false } }]));
    assert_eq!(site.send("PATCH", &format!("/Users/{}", ids[0]), Some(&off)).await.status, 200);
    assert_eq!(site.send("DELETE", &format!("/Users/{}", ids[1]), None).await.status, 204);
    assert_eq!(members(&site.get(&path).await.body), 5);
    assert_eq!(members(&site.get(&format!("{path}?excludedAttributes=members")).await.body), 0);
    assert_eq!(site.send("DELETE", &path, None).await.status, 204);
    assert_eq!(site.get(&path).await.error().0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_brake_holds_deactivations_until_they_are_released() {
    let mut settings = Settings::default();
    settings.brake.most = 2;
    let site = Site::with(Sandbox::new(Dialect::Observed).users(40), settings, connection()).await;
    let off = patch(json!([{ "op": "Replace", "path": "active", "value": "False" }]));
    let mut statuses = Vec::new();
    let mut last = String::new();
    for number in 0..3 {
        let body = json!({ "userName": format!("user{number}@example.com") });
        last = site.send("POST", "/Users", Some(&body)).await.id();
        let seen = site.send("PATCH", &format!("/Users/{last}"), Some(&off)).await;
        statuses.push((seen.status, seen.header("retry-after").to_owned()));
    }
    assert_eq!(statuses, [(200, String::new()), (200, String::new()), (503, "3600".to_owned())]);
    // A directory that repeats it adds nothing.
    assert_eq!(site.send("PATCH", &format!("/Users/{last}"), Some(&off)).await.status, 503);
    let mut held = Vec::new();
    site.store
        .read(&mut |tables| {
            held = tables.open_jobs()?;
            Ok(())
        })
        .expect("read");
    assert_eq!(held.iter().map(|job| job.state).collect::<Vec<_>>(), [JobState::Held]);
    site.store.write(&mut |tables| tables.release_jobs(None, 0).map(drop).map_err(Into::into)).expect("released");
    assert_eq!(site.send("PATCH", &format!("/Users/{last}"), Some(&off)).await.body["active"], false);
    let user = site.client().users().get(UserKey::Id(last)).await.expect("a user");
    assert_eq!(user.disabled, Some(true));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_answers_as_if_and_sends_no_write() {
    let mut settings = Settings::default();
    settings.is_dry_run = true;
    let site = Site::with(Sandbox::new(Dialect::Documented).users(40), settings, connection()).await;
    let created = site.send("POST", "/Users", Some(&ada())).await;
    assert_eq!((created.status, created.body["active"].clone()), (201, json!(true)));
    let path = format!("/Users/{}", created.id());
    let off = patch(json!([{ "op": "Replace", "path": "active", "value": "False" }]));
    assert_eq!(site.send("PATCH", &path, Some(&off)).await.body["active"], false);
    assert_eq!(site.send("DELETE", &path, None).await.status, 204);
    assert_eq!(site.sandbox.effects().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn users_who_are_gone_from_the_tenant_are_forgotten_and_edits_are_seen() {
    let site = Site::start().await;
    let id = site.send("POST", "/Users", Some(&ada())).await.id();
    let other = site.client().users().create(UserFields::new().email("grace@example.com")).await.expect("created");
    site.gateway.read_roster(true).await.expect("read");
    let path = format!("/Users/{}", other.id);
    assert_eq!(site.get(&path).await.body["active"], true);
    site.client().users().update_status(UserKey::Id(other.id.clone()), UserStatus::Disabled).await.expect("disabled");
    site.gateway.read_roster(true).await.expect("read");
    assert_eq!(site.get(&path).await.body["active"], false);
    site.client().users().delete(UserKey::Id(other.id.clone())).await.expect("deleted");
    let read = site.gateway.read_roster(true).await.expect("read");
    assert_eq!(read.gone, 1);
    assert_eq!(site.get(&path).await.error().0, 404);
    assert_eq!(site.get(&format!("/Users/{id}")).await.status, 200);
}
