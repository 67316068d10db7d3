//! Directories, as they are known to talk; each test names its source.

use serde_json::{Value, json};
use thought_industries_sandbox::{Dialect, Sandbox};
use thought_industries_scim::{Connection, Settings};

use crate::site::{Site, ada, patch};

async fn site() -> Site {
    let sandbox = Sandbox::new(Dialect::Documented).users(40);
    Site::with(sandbox, Settings::default(), Connection::new("directory", ["*"])).await
}

// The twelve requests of Okta's specification test (okta-developer-docs, reference SCIM 2.0, "Okta-SCIM-20-SPEC-Test").
#[tokio::test(flavor = "multi_thread")]
async fn okta_s_specification_test_passes() {
    let site = site().await;
    let first = site.get("/Users?count=1&startIndex=1").await;
    let user = first.body["Resources"][0].clone();
    let has_parts = |user: &Value| {
        let texts = [&user["id"], &user["name"]["familyName"], &user["name"]["givenName"], &user["userName"]];
        texts.iter().all(|text| text.is_string())
            && user["active"].is_boolean()
            && user["emails"][0]["value"].is_string()
    };
    assert!(first.status == 200 && has_parts(&user), "{first:?}");
    assert!(["totalResults", "itemsPerPage", "startIndex"].iter().all(|name| first.body[*name].is_u64()));
    assert!(has_parts(&site.get(&format!("/Users/{}", user["id"].as_str().expect("an id"))).await.body));
    for name in ["abcdefgh@example.com", "other@example.com"] {
        assert!(site.find(&format!("userName eq \"{name}\"")).await.is_empty());
    }
    for id in ["010101001010101011001010101011", "none"] {
        let seen = site.get(&format!("/Users/{id}")).await;
        assert_eq!(seen.error().0, 404);
        assert!(seen.body["detail"].is_string());
    }
    let created = site.send("POST", "/Users", Some(&ada())).await;
    assert_eq!((created.status, created.body["active"].clone()), (201, json!(true)));
    assert!(has_parts(&site.get(&format!("/Users/{}", created.id())).await.body));
    assert_eq!(site.send("POST", "/Users", Some(&ada())).await.error().0, 409);
    assert_eq!(site.find("userName eq \"ADA@EXAMPLE.COM\"").await.len(), 1);
    assert_eq!(site.get("/Groups").await.status, 200);
    let wrong = site.send_with("GET", "/Users", None, &[("authorization", "Bearer bad")]).await;
    assert_eq!(wrong.error().0, 401);
}

// Entra with and without `aadOptscim062020` (entra-docs, "Known issues for provisioning", "SCIM compatibility").
#[tokio::test(flavor = "multi_thread")]
async fn entra_provisions_with_and_without_its_flag() {
    let site = site().await;
    let none =
        site.get("?aadOptscim062020/Users?filter=userName%20eq%20%22b27c3c3f-0000-4000-8000-000000000000%22").await;
    assert_eq!(
        (none.status, none.body["totalResults"].clone(), none.body["Resources"].clone()),
        (200, json!(0), json!([]))
    );
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "externalId": "ada", "userName": "Ada@example.com", "active": true, "displayName": "Ada Byron", "title": null,
        "emails": [{ "primary": true, "type": "work", "value": "Ada@example.com" }],
        "meta": { "resourceType": "User" },
        "name": { "formatted": "Ada Byron", "familyName": "Byron", "givenName": "Ada" },
        "roles": [],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "department": "Sales", "manager": "9" },
    });
    let created = site.send("POST", "/Users?aadOptscim062020", Some(&body)).await;
    assert_eq!(created.status, 201, "{created:?}");
    let path = format!("/Users/{}", created.id());
    let default = patch(json!([
        { "op": "Replace", "path": "emails[type eq \"work\"].value", "value": "Augusta@example.com" },
        { "op": "Add", "path": "phoneNumbers[type eq \"mobile\"].value", "value": "5" },
        { "op": "Add", "path": "addresses[type eq \"work\"].locality", "value": "Bern" },
        { "op": "Replace", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "Legal" },
        { "op": "Replace", "path": "active", "value": "False" },
    ]));
    let changed = site.send("PATCH", &path, Some(&default)).await.body;
    assert_eq!(
        (changed["emails"][0]["value"].clone(), changed["active"].clone()),
        (json!("Augusta@example.com"), json!(false))
    );
    assert_eq!(changed["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"]["department"], "Legal");
    assert_eq!(
        site.find("emails[type eq \"work\"].value eq \"augusta@example.com\"").await.len(),
        1,
        "disabled, and found"
    );
    let flagged = patch(json!([
        { "op": "replace", "value": { "active": true, "name.givenName": "Augusta",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department": "Sales" } },
        { "op": "add", "path": "title", "value": "Countess" },
    ]));
    let changed = site.send("PATCH", &path, Some(&flagged)).await.body;
    assert_eq!((changed["name"]["givenName"].clone(), changed["active"].clone()), (json!("Augusta"), json!(true)));
    assert_eq!(changed["name"]["familyName"], "Byron");
    // The validator sends a PATCH without operations, and wants success.
    assert_eq!(site.send("PATCH", &path, Some(&patch(json!([])))).await.status, 200);
    let group = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group",
        "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group"], "displayName": "Sales", "externalId": "s" });
    let group = format!("/Groups/{}", site.send("POST", "/Groups", Some(&group)).await.id());
    let id = created.id();
    for remove in [
        json!([{ "op": "Remove", "path": "members", "value": [{ "$ref": null, "value": id }] }]),
        json!([{ "op": "remove", "path": format!("members[value eq \"{id}\"]") }]),
    ] {
        let add = patch(json!([{ "op": "Add", "path": "members", "value": [{ "$ref": null, "value": id }] }]));
        assert_eq!(site.send("PATCH", &group, Some(&add)).await.body["members"][0]["value"], json!(id));
        assert_eq!(site.send("PATCH", &group, Some(&patch(remove))).await.body.get("members"), None);
    }
}

// OneLogin (scim.dev, OneLogin guide; authentik #11249): SCIM 1 URN, trailing `&` and `?`, PUT.
// JumpCloud (support, "Custom SCIM Identity Management"): a test user and group, and a PUT with `emails: null`.
// Google (scimitar #142): `application/json`, suspends, then deletes.
#[tokio::test(flavor = "multi_thread")]
async fn onelogin_jumpcloud_and_google_are_understood() {
    let site = site().await;
    assert_eq!(site.get("/Users?filter=userName%20eq%20%22ada%40example.com%22&").await.status, 200);
    assert_eq!(site.get("//Users/?").await.status, 200);
    let mut body = ada();
    body["schemas"] = json!(["urn:scim:schemas:core:2.0"]);
    let created = site
        .send_with("POST", "/Users/", Some(&body), &[("content-type", "application/json"), ("user-agent", "")])
        .await;
    assert_eq!(created.status, 201);
    let path = format!("/Users/{}", created.id());
    let minimal = json!({ "userName": "ada@example.com", "emails": null, "active": true });
    let put = site.send("PUT", &path, Some(&minimal)).await;
    assert_eq!((put.status, put.body["emails"].clone()), (200, created.body["emails"].clone()));
    let group = site.send("POST", "/Groups", Some(&json!({ "displayName": "test", "members": null }))).await;
    assert_eq!(site.send("DELETE", &format!("/Groups/{}", group.id()), None).await.status, 204);
    let suspended = patch(json!({ "op": "replace", "path": "active", "value": false }));
    assert_eq!(site.send("PATCH", &path, Some(&suspended)).await.body["active"], false);
    assert_eq!(site.send("DELETE", &path, None).await.status, 204);
}

// Mistakes of other servers: PostHog PR 47336 and ssoready PR 206 (a partial replace wiped the rest), keycloak #52752 (replace
// never removed), SCIMReferenceCode #10 (one member removed all), SCIM-SDK #757 (an empty list was refused).
#[tokio::test(flavor = "multi_thread")]
async fn mistakes_of_other_servers_are_not_repeated() {
    let site = site().await;
    let created = site.send("POST", "/Users", Some(&ada())).await;
    let path = format!("/Users/{}", created.id());
    let partial = patch(json!([{ "op": "replace", "value": { "active": true } }]));
    assert_eq!(site.send("PATCH", &path, Some(&partial)).await.body, created.body);
    let mut other = ada();
    (other["userName"], other["externalId"]) = (json!("grace@example.com"), json!("00u2"));
    other["emails"][0]["value"] = json!("grace@example.com");
    let second = site.send("POST", "/Users", Some(&other)).await.id();
    let both = json!({ "displayName": "All", "members": [{ "value": created.id() }, { "value": second }] });
    let group = format!("/Groups/{}", site.send("POST", "/Groups", Some(&both)).await.id());
    let members = |body: &Value| body["members"].as_array().map_or(0, Vec::len);
    let send = async |operations: Value| {
        let seen = site.send("PATCH", &group, Some(&patch(operations))).await;
        assert_eq!(seen.status, 200, "{seen:?}");
        members(&seen.body)
    };
    assert_eq!(send(json!([{ "op": "remove", "path": "members", "value": [] }])).await, 2);
    assert_eq!(send(json!([{ "op": "remove", "path": "members", "value": [{ "value": second }] }])).await, 1);
    assert_eq!(send(json!([{ "op": "replace", "path": "members", "value": [{ "value": second }] }])).await, 1);
    let shown = site.get(&group).await.body;
    assert_eq!(shown["members"][0]["value"], json!(second));
    assert_eq!(send(json!([{ "op": "replace", "path": "members", "value": [] }])).await, 0);
}
