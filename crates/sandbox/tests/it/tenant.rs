//! What a tenant does beside answering the printed examples.

use serde_json::{Value, json};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

async fn start(dialect: Dialect) -> RunningSandbox {
    Sandbox::new(dialect).start().await.expect("a sandbox starts")
}

async fn get(tenant: &RunningSandbox, path: &str) -> (u16, Value) {
    let request = reqwest::Client::new().get(format!("{}{path}", tenant.url())).bearer_auth(tenant.api_key());
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let body = response.bytes().await.expect("a body");
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

async fn query(tenant: &RunningSandbox, body: Value) -> (u16, Value) {
    let url = format!(
        "{}{}?apiKey={}",
        tenant.url(),
        thought_industries_sandbox::graphql_path(tenant.dialect()),
        tenant.api_key()
    );
    let response = reqwest::Client::new().post(url).body(body.to_string()).send().await.expect("an answer");
    let status = response.status().as_u16();
    (status, serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON"))
}

#[tokio::test]
async fn keys_are_taken_where_their_surface_documents_them() {
    let documented = start(Dialect::Documented).await;
    let observed = start(Dialect::Observed).await;
    let key = documented.api_key();
    let cases = [
        (&documented, "GET", "/incoming/v2/ping", [200, 401, 401]),
        (&documented, "GET", "/incoming/api/v1/users", [401, 200, 200]),
        (&documented, "POST", "/incoming/api/graphql", [401, 200, 200]),
        (&observed, "GET", "/incoming/v2/ping", [200, 401, 401]),
        (&observed, "POST", "/helium", [401, 401, 200]),
    ];
    for (tenant, method, path, expected) in cases {
        let request = |query: &str| {
            reqwest::Client::new()
                .request(method.parse().expect("a method"), format!("{}{path}{query}", tenant.url()))
                .body(r#"{"query":"{ __typename }"}"#)
        };
        let sent = [
            request("").header("Authorization", format!("Bearer {key}")),
            request("").header("X-API-Key", key),
            request(&format!("?apiKey={key}")),
        ];
        for (request, expected) in sent.into_iter().zip(expected) {
            let response = request.send().await.expect("an answer");
            assert_eq!(response.status(), expected, "{method} {path}");
            if expected == 401 {
                assert!(response.bytes().await.expect("a body").is_empty());
            }
        }
        let wrong = request("?apiKey=wrong").header("Authorization", "Bearer wrong").header("X-API-Key", "wrong");
        assert_eq!(wrong.send().await.expect("an answer").status(), 401);
    }
}

#[tokio::test]
async fn a_dialect_has_its_surfaces_only() {
    let observed = start(Dialect::Observed).await;
    assert_eq!(get(&observed, "/incoming/api/v1/users").await.0, 404);
    assert_eq!(get(&observed, "/incoming/api/graphql").await.0, 404);
    let documented = start(Dialect::Documented).await;
    assert_eq!(get(&documented, "/helium").await.0, 404);
}

#[tokio::test]
async fn observed_bodies_are_flat_and_paged_by_cursor() {
    let tenant = start(Dialect::Observed).await;
    let (mut path, mut ids, mut pages) = ("/incoming/v2/users".to_owned(), Vec::new(), 0);
    loop {
        let (status, body) = get(&tenant, &path).await;
        assert_eq!(status, 200);
        pages += 1;
        for user in body["users"].as_array().expect("users") {
            assert!(user.get("client").is_none() && user.get("language").is_some() && user.get("lang").is_none());
            ids.push(user["id"].as_str().expect("an id").to_owned());
        }
        match body["pageInfo"]["cursor"].as_str() {
            Some(cursor) => path = format!("/incoming/v2/users?cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!((pages, ids.len()), (3, 250));
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 250);
    assert_eq!(get(&tenant, "/incoming/v2/users?cursor=%21").await.0, 400);
}

#[tokio::test]
async fn observed_paths_take_id_address_and_external_id() {
    let tenant = start(Dialect::Observed).await;
    let (_, list) = get(&tenant, "/incoming/v2/users").await;
    let user = list["users"]
        .as_array()
        .expect("users")
        .iter()
        .find(|user| {
            user["email"].is_string() && user["externalCustomerId"].is_string() && user["learnerUserId"].is_null()
        })
        .expect("somebody with everything");
    for key in ["id", "email", "externalCustomerId"] {
        let (status, found) = get(&tenant, &format!("/incoming/v2/users/{}", user[key].as_str().expect("text"))).await;
        assert_eq!((status, &found["id"]), (200, &user["id"]), "{key}");
    }
    let (status, body) = get(&tenant, "/incoming/v2/users/nobody@example.com").await;
    assert_eq!((status, body), (404, json!({ "errors": [{ "message": "User not found" }] })));
}

#[tokio::test]
async fn licenses_and_clients_are_read_in_both_shapes() {
    for dialect in Dialect::ALL {
        let tenant = start(dialect).await;
        let (_, body) = get(&tenant, "/incoming/v2/clients").await;
        let list = if dialect == Dialect::Documented { &body["data"]["Clients"] } else { &body };
        let id = list["clients"][0]["id"].as_str().expect("an id").to_owned();
        let (status, body) = get(&tenant, &format!("/incoming/v2/clients/{id}/licenses?clientId={id}")).await;
        let list = if dialect == Dialect::Documented { &body["data"]["APILicensesByClientId"] } else { &body };
        assert_eq!((status, list["licenses"].as_array().map(Vec::len)), (200, Some(16)));
        assert_eq!(list["id"], id.as_str());
        assert_eq!(get(&tenant, &format!("/incoming/v2/clients/{id}/licenses?clientId=other")).await.0, 422);
        assert_eq!(get(&tenant, "/incoming/v2/clients/unknown").await.0, 404);
        assert_eq!(get(&tenant, "/incoming/v2/jobs/unknown").await.0, 404);
    }
}

#[tokio::test]
async fn the_same_settings_hold_the_same_people() {
    let read = async |seed| {
        let tenant = Sandbox::new(Dialect::Observed).seed(seed).users(40).start().await.expect("a sandbox starts");
        get(&tenant, "/incoming/v2/users").await.1
    };
    let first = read(5).await;
    assert_eq!(first, read(5).await);
    assert_ne!(first, read(6).await);
}

#[tokio::test]
async fn deep_queries_nest() {
    let tenant = start(Dialect::Documented).await;
    let body = json!({ "query": "{ APIUsers(role: \"learner\") { users { activeLicense { parentLicense {
        parentLicense { client { primaryLicense { childLicenses { name } } } } } } } } }" });
    let (status, answer) = query(&tenant, body).await;
    assert_eq!(status, 200);
    let deepest = answer["data"]["APIUsers"]["users"].as_array().expect("users").iter().find_map(|user| {
        user["activeLicense"]["parentLicense"]["parentLicense"]["client"]["primaryLicense"]["childLicenses"].as_array()
    });
    assert_eq!(deepest.map(Vec::len), Some(3));
}

/// Selects every field `depth` levels down.
fn everything(types: &Value, name: &str, depth: usize) -> String {
    let fields = types[name]["fields"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut selected = vec!["__typename".to_owned()];
    for field in fields.iter().filter(|field| field["args"].as_array().is_none_or(Vec::is_empty)) {
        let mut inner = &field["type"];
        while inner["ofType"].is_object() {
            inner = &inner["ofType"];
        }
        let (field, inner) = (field["name"].as_str().expect("a name"), inner["name"].as_str().expect("a name"));
        match types[inner]["kind"].as_str() {
            Some("OBJECT") if depth > 0 => {
                selected.push(format!("{field} {{ {} }}", everything(types, inner, depth - 1)));
            }
            Some("OBJECT" | "INTERFACE" | "UNION") => {}
            _ => selected.push(field.to_owned()),
        }
    }
    selected.join(" ")
}

/// Every field of a person, two levels down, has a value of its type.
#[tokio::test]
async fn everything_fits_the_schema() {
    let tenant = start(Dialect::Documented).await;
    let introspection = "{ __schema { types { kind name fields(includeDeprecated: true) { name args { name } type {
        kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } }";
    let (_, answer) = query(&tenant, json!({ "query": introspection })).await;
    let types = answer["data"]["__schema"]["types"].as_array().expect("types").iter();
    let types: Value = types.map(|ty| (ty["name"].as_str().expect("a name").to_owned(), ty.clone())).collect();
    let selection = everything(&types, "User", 2);
    for page in 1..=3 {
        let (status, answer) =
            query(&tenant, json!({ "query": format!("{{ users(page: {page}) {{ {selection} }} }}") })).await;
        assert_eq!((status, answer.get("errors")), (200, None));
    }
}

/// What is said of a person in several places is said alike.
#[tokio::test]
async fn a_persons_data_agree() {
    let tenant = start(Dialect::Documented).await;
    let text = "{ users { id createdAt updatedAt completedCoursesCount startedCoursesCount availableCoursesCount
        purchasedCourses { courseId status certificateIssuedAt course { id title courseGroup { title } } }
        attendedMeetings { user { id } attendanceDate }
        activeLicense { createdAt courseIds client { courseIds licenseTree { id createdAt } } id } } }";
    let (_, answer) = query(&tenant, json!({ "query": text })).await;
    for user in answer["data"]["users"].as_array().expect("users") {
        let courses = user["purchasedCourses"].as_array().expect("courses");
        let count = |status: &str| courses.iter().filter(|course| course["status"] == status).count();
        assert_eq!(user["completedCoursesCount"], count("completed"));
        assert_eq!(user["startedCoursesCount"], count("started"));
        assert_eq!(user["availableCoursesCount"], courses.len());
        for course in courses {
            assert_eq!(course["courseId"], course["course"]["id"]);
            assert_eq!(course["course"]["title"], course["course"]["courseGroup"]["title"]);
            assert_eq!(course["status"] == "completed", course["certificateIssuedAt"].is_string());
        }
        for attended in user["attendedMeetings"].as_array().expect("meetings") {
            assert_eq!(attended["user"]["id"], user["id"]);
            assert!(user["createdAt"].is_null() || attended["attendanceDate"].as_str() > user["createdAt"].as_str());
        }
        let license = &user["activeLicense"];
        if license.is_object() {
            let own = license["courseIds"].as_array().expect("ids");
            let all = license["client"]["courseIds"].as_array().expect("ids");
            assert!(own.iter().all(|id| all.contains(id)));
            let nodes = license["client"]["licenseTree"].as_array().expect("nodes");
            let node = nodes.iter().find(|node| node["id"] == license["id"]).expect("the licence");
            assert_eq!(node["createdAt"], license["createdAt"]);
        }
    }
}

#[tokio::test]
async fn arguments_have_an_effect_or_are_refused() {
    let tenant = start(Dialect::Observed).await;
    assert_eq!(get(&tenant, "/incoming/v2/clients?count=3000000000").await.0, 400);
    let (_, sorted) = get(&tenant, "/incoming/v2/clients?sort=-name").await;
    let names: Vec<&str> =
        sorted["clients"].as_array().expect("clients").iter().filter_map(|client| client["name"].as_str()).collect();
    assert!(names.is_sorted_by(|a, b| a >= b), "{names:?}");
}

#[tokio::test]
async fn what_cannot_be_executed_is_told() {
    let tenant = start(Dialect::Documented).await;
    let (status, answer) = query(&tenant, json!({ "query": "{ users { shoeSize } }" })).await;
    assert_eq!(status, 400);
    assert_eq!(answer["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    let told = answer["errors"].as_array().expect("errors").iter().map(|error| &error["message"]);
    assert!(told.into_iter().any(|message| message == "Cannot query field \"shoeSize\" on type \"User\"."));
    let (status, answer) = query(&tenant, json!({ "query": "mutation { APIUpdateUser(id: \"x\") { id } }" })).await;
    assert_eq!((status, &answer["data"]["APIUpdateUser"]), (200, &Value::Null));
    assert_eq!(answer["errors"][0]["message"], "User not found");
}

#[tokio::test]
async fn the_observed_endpoint_knows_who_acts_and_lists_nobody() {
    let tenant = start(Dialect::Observed).await;
    let (status, _) = query(&tenant, json!({ "query": "{ APIUsers { users { id } } }" })).await;
    assert_eq!(status, 400);
    let (_, list) = get(&tenant, "/incoming/v2/users").await;
    let email = &list["users"][0]["email"];
    let (_, answer) = query(&tenant, json!({ "query": "{ CurrentUser { email } }", "user": email })).await;
    assert_eq!(&answer["data"]["CurrentUser"]["email"], email);
    let (_, answer) = query(&tenant, json!({ "query": "{ CurrentUser { email } }" })).await;
    assert_eq!(answer["data"]["CurrentUser"], Value::Null);
}

#[tokio::test]
async fn another_schema_is_served_with_made_up_values() {
    let sdl = "type Query { weather(city: String!): Weather! pets: [Pet!]! }
        type Weather { celsius: Float! sky: Sky! measuredAt: Date! }
        enum Sky { clear cloudy } scalar Date
        union Pet = Cat | Dog type Cat { name: String! lives: Int! } type Dog { name: String! }";
    let tenant = Sandbox::new(Dialect::Documented).schema(sdl).start().await.expect("a sandbox starts");
    let body = json!({ "query": "{ weather(city: \"Bonn\") { celsius sky measuredAt } pets { __typename } }" });
    let (status, answer) = query(&tenant, body).await;
    assert_eq!((status, answer.get("errors")), (200, None));
    assert!(answer["data"]["weather"]["celsius"].is_number());
    assert!(["clear", "cloudy"].contains(&answer["data"]["weather"]["sky"].as_str().expect("an enum value")));
}

#[tokio::test]
async fn what_cannot_start_says_why() {
    let nobody = Sandbox::new(Dialect::Documented).users(0).start().await.expect_err("nobody is there");
    assert_eq!(nobody.to_string(), "a sandbox has between 1 and 4294967295 users, not 0");
    let broken = Sandbox::new(Dialect::Documented).schema("type Query {").start().await.expect_err("no schema");
    assert!(broken.to_string().contains("cannot read the schema"));
    let invalid = Sandbox::new(Dialect::Documented).schema("type Query { a: Missing }").start().await;
    assert!(invalid.expect_err("an unknown type").to_string().contains("Missing"));
}

#[tokio::test]
async fn the_log_shows_what_arrived_without_the_key() {
    let tenant = start(Dialect::Documented).await;
    query(&tenant, json!({ "query": "{ __typename }" })).await;
    let received = tenant.received();
    assert_eq!(received.len(), 1);
    assert_eq!((received[0].method.as_str(), received[0].status), ("POST", 200));
    assert!(!format!("{received:?}").contains(tenant.api_key()));
    assert!(received[0].body.contains("__typename"));
}

#[tokio::test]
async fn flat_bodies_have_the_keys_of_production() {
    let tenant = start(Dialect::Observed).await;
    let (_, clients) = get(&tenant, "/incoming/v2/clients").await;
    let client = &clients["clients"][0];
    assert!(client.get("enableCreditPurchasing").is_some());
    let (_, list) =
        get(&tenant, &format!("/incoming/v2/clients/{}/licenses", client["id"].as_str().expect("an id"))).await;
    assert_eq!(list["learningPathIds"], client["learningPathIds"]);
    let keys: Vec<&str> = list.as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!(keys, ["id", "learningPathIds", "licenses", "name", "pageInfo", "sku"]);
    let licenses = list["licenses"].as_array().expect("licenses");
    let keys_of = |object: &Value| -> String {
        let keys = object.as_object().expect("an object").keys();
        keys.filter(|key| !key.starts_with("ref")).map(String::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        keys_of(&licenses[0]),
        "accessDays courseIds courseTags createdAt expirationDate id learningPathIds name parentLicenseId seatsLimit \
         sku updatedAt"
    );
    let (_, users) = get(&tenant, "/incoming/v2/users").await;
    assert_eq!(
        keys_of(&users["users"][0]),
        "address1 address2 allocatedLearningPaths allocatedLicenses asset balance city clientId country createdAt \
         customFields disabled email externalCustomerId firstName id language lastActiveAt lastName learnerUserId \
         managerUserId purchasedBundles purchasedCourses roleKey sfAccountId sfContactId shippingName state \
         stripeCustomerId telephone waitlistedCourses zipCode"
    );
    assert_eq!(keys_of(&users["pageInfo"]), "currentPage cursor hasMore total");
    let tag = licenses.iter().find_map(|license| license["courseTags"].as_array()?.first()).expect("a tag");
    assert!(tag["id"].is_string() && tag["label"].is_string());
}

#[tokio::test]
async fn learners_have_the_role_key_of_the_tenant() {
    let roles = async |tenant: RunningSandbox, role: &str| {
        let (_, body) = get(&tenant, &format!("/incoming/v2/users?role={role}")).await;
        let list = body["data"].get("APIUsers").unwrap_or(&body).clone();
        let users = list["users"].as_array().cloned().expect("users");
        assert!(users.iter().all(|user| user["roleKey"] == role));
        (users.len(), list["pageInfo"]["total"].clone())
    };
    let set = || Sandbox::new(Dialect::Observed).learner_role("participant").start();
    let learners = (100, json!(187));
    assert_eq!(roles(start(Dialect::Documented).await, "learner").await, learners);
    assert_eq!(roles(start(Dialect::Observed).await, "student").await, learners);
    assert_eq!(roles(start(Dialect::Observed).await, "learner").await, (0, json!(0)));
    assert_eq!(roles(set().await.expect("a sandbox starts"), "participant").await, learners);
    assert_eq!(roles(set().await.expect("a sandbox starts"), "student").await, (0, json!(0)));
}
