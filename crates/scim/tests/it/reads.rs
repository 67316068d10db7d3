//! What a directory reads costs the tenant nothing, and is what SCIM says.

use serde_json::{Value, json};
use thought_industries_sandbox::{Dialect, Sandbox};
use thought_industries_scim::{Connection, Settings};

use crate::site::{Site, ada, connection};

#[tokio::test(flavor = "multi_thread")]
async fn lists_page_stably_and_reads_send_nothing() {
    let site =
        Site::with(Sandbox::new(Dialect::Documented).users(60), Settings::default(), Connection::new("okta", ["*"]))
            .await;
    let before = site.sandbox.received().len();
    let whole = site.get("/Users?count=200").await;
    let users = whole.body["Resources"].as_array().expect("a list").clone();
    assert_eq!(whole.body["totalResults"], json!(users.len()));
    assert!(users.len() > 20, "{}", users.len());
    let ids =
        |users: &[Value]| users.iter().map(|user| user["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>();
    let mut paged = Vec::new();
    for start in (1..=users.len()).step_by(7) {
        let page = site.get(&format!("/Users?startIndex={start}&count=7")).await;
        assert_eq!(
            (page.body["startIndex"].clone(), page.body["totalResults"].clone()),
            (json!(start), json!(users.len()))
        );
        paged.extend(ids(page.body["Resources"].as_array().expect("a list")));
    }
    assert_eq!(paged, ids(&users));
    let (mut cursor, mut followed) = (String::new(), Vec::new());
    loop {
        let page = site.get(&format!("/Users?count=7&cursor={cursor}")).await;
        followed.extend(ids(page.body["Resources"].as_array().expect("a list")));
        let Some(next) = page.body["nextCursor"].as_str() else { break };
        cursor = next.to_owned();
    }
    assert_eq!(followed, ids(&users));
    let name = users[3]["userName"].as_str().expect("a name").to_uppercase();
    assert_eq!(ids(&site.find(&format!("userName eq \"{name}\"")).await), [users[3]["id"].as_str().expect("an id")]);
    assert_eq!(ids(&site.find(&format!("emails[type eq \"work\"].value eq \"{name}\"")).await).len(), 1);
    assert_eq!(site.find("userName eq \"8f7c0a52-0000-4000-8000-000000000000\"").await, Vec::<Value>::new());
    let active = site.find("active eq true").await.len();
    assert_eq!(active + site.find("not (active eq true)").await.len(), users.len());
    let counted = site.get("/Users?count=0").await.body;
    assert_eq!((counted["totalResults"].clone(), counted["Resources"].clone()), (json!(users.len()), json!([])));
    assert_eq!(site.sandbox.received().len(), before, "reads are answered from the store");
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_and_users_of_other_domains_are_invisible() {
    let site = Site::start().await;
    let shown = site.get("/Users").await.body["Resources"].as_array().expect("a list").clone();
    let is_allowed = |user: &Value| user["userName"].as_str().is_some_and(|name| name.ends_with("@example.com"));
    assert!(shown.iter().all(is_allowed) && shown.len() < 30, "{}", shown.len());
    let all =
        Site::with(Sandbox::new(Dialect::Documented).users(60), Settings::default(), Connection::new("okta", ["*"]))
            .await;
    let roles: Vec<_> = {
        use futures::TryStreamExt as _;
        all.client().users().list().items().try_collect::<Vec<_>>().await.expect("users")
    };
    let learners =
        roles.iter().filter(|user| user.role_key.as_deref() == Some("learner") && user.learner_user_id.is_none());
    assert_eq!(all.get("/Users").await.body["totalResults"], json!(learners.count()));
    let manager = roles.iter().find(|user| user.role_key.as_deref() != Some("learner")).expect("a manager");
    let path = format!("/Users/{}", manager.id);
    assert_eq!(all.get(&path).await.error(), (404, ""));
    assert_eq!(all.send("DELETE", &path, None).await.error(), (404, ""));
    let mut impostor = ada();
    impostor["userName"] = json!(manager.email);
    impostor["emails"][0]["value"] = json!(manager.email);
    assert_eq!(all.send("POST", "/Users", Some(&impostor)).await.error(), (409, "uniqueness"));
    assert_eq!(all.sandbox.effects().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_error_is_a_scim_message() {
    let site = Site::start().await;
    for (method, path, status) in [
        ("GET", "/Users/none", 404),
        ("GET", "/Groups/none", 404),
        ("GET", "/Devices", 404),
        ("GET", "/Users?filter=userName%20xx%201", 400),
        ("GET", "/Users?filter=active%20gt%20true", 400),
        ("GET", "/Users?count=many", 400),
        ("GET", "/Schemas?filter=id%20pr", 403),
        ("GET", "/Schemas/urn:none", 404),
        ("GET", "/ResourceTypes/none", 404),
        ("POST", "/Schemas", 405),
        ("DELETE", "/Users", 405),
        ("PUT", "/Groups", 405),
        ("GET", "/Me", 501),
        ("POST", "/Bulk", 501),
    ] {
        let body = json!({});
        let seen = site.send(method, path, (method != "GET" && method != "DELETE").then_some(&body)).await;
        assert_eq!(seen.error().0, status, "{method} {path}");
        assert_eq!(seen.header("content-type"), "application/scim+json");
        assert!(!seen.body["detail"].as_str().expect("a text").is_empty());
    }
    for header in ["Bearer wrong", "Basic dTpw", ""] {
        let seen = site.send_with("GET", "/Users", None, &[("authorization", header)]).await;
        assert_eq!((seen.error().0, seen.header("www-authenticate")), (401, "Bearer"));
    }
    let large = json!({ "userName": "x".repeat(2 << 20) });
    assert_eq!(site.send("POST", "/Users", Some(&large)).await.error().0, 413);
    assert_eq!(site.send("POST", "/Users", Some(&json!([]))).await.error(), (400, "invalidSyntax"));
}

#[tokio::test(flavor = "multi_thread")]
async fn discovery_names_what_is_kept_and_nothing_else() {
    let site = Site::start().await;
    let config = site.get("/ServiceProviderConfig").await.body;
    let supported = |name: &str| config[name]["supported"].as_bool();
    assert_eq!(
        ["patch", "filter", "sort", "etag", "bulk", "changePassword"].map(supported),
        [Some(true), Some(true), Some(true), Some(true), Some(false), Some(false)]
    );
    for path in ["/Schemas", "/ResourceTypes"] {
        let list = site.get(path).await.body;
        for entry in list["Resources"].as_array().expect("a list") {
            let one = site.get(&format!("{path}/{}", entry["id"].as_str().expect("an id"))).await;
            assert_eq!(&one.body, entry);
        }
    }
    let text = site.get("/Schemas").await.body.to_string();
    assert!(!text.contains("password") && !text.contains("nickName"));
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_and_projections_are_kept() {
    let site = Site::start().await;
    let created = site.send("POST", "/Users?attributes=userName", Some(&ada())).await;
    assert_eq!(
        (created.status, created.body["userName"].as_str(), created.body.get("emails")),
        (201, Some("ada@example.com"), None)
    );
    let path = format!("/Users/{}", created.id());
    let shown = site.get(&path).await;
    let version = shown.header("etag").to_owned();
    assert_eq!(shown.body["meta"]["version"], json!(version));
    assert_eq!(site.send_with("GET", &path, None, &[("if-none-match", &version)]).await.status, 304);
    let body = json!({ "title": "Countess" });
    let stale = site.send_with("PUT", &path, Some(&body), &[("if-match", "W/\"0\"")]).await;
    assert_eq!(stale.error().0, 412);
    assert_eq!(site.send_with("PUT", &path, Some(&body), &[("if-match", &version)]).await.status, 200);
    let search = json!({ "filter": "title eq \"countess\"", "excludedAttributes": ["emails", "name"] });
    let found = site.send("POST", "/Users/.search", Some(&search)).await.body["Resources"][0].clone();
    assert_eq!((found["title"].as_str(), found.get("emails"), found.get("name")), (Some("Countess"), None, None));
    assert_eq!(site.send("POST", "/.search", Some(&search)).await.body["totalResults"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_sees_no_groups_and_names_of_another_one() {
    let site = Site::start().await;
    let group = site.send("POST", "/Groups", Some(&json!({ "displayName": "All" }))).await;
    assert_eq!(group.status, 201);
    let token = site.add_connection(&thought_industries_scim::Connection::new("entra", connection().domains));
    let header = format!("Bearer {token}");
    let other = site.send_with("GET", "/Groups", None, &[("authorization", &header)]).await;
    assert_eq!(other.body["totalResults"], 0);
    assert_eq!(site.get("/Groups").await.body["totalResults"], 1);
}
