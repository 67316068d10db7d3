//! Every read that the public documents print, sent as printed but for host, key and id: the answer has the keys and
//! JSON types that they show.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

async fn documented() -> RunningSandbox {
    Sandbox::new(Dialect::Documented).start().await.expect("a sandbox starts")
}

/// Sends a printed example: a request line, then header lines, then perhaps an empty line and a body.
async fn send(tenant: &RunningSandbox, example: &str) -> Value {
    let example = example
        .replace("https://example.thoughtindustries.com", &tenant.url())
        .replace("YOUR_API_KEY", tenant.api_key())
        .replace("YOUR_KEY", tenant.api_key());
    let (head, body) = example.split_once("\n\n").unwrap_or((&example, ""));
    let mut lines = head.lines();
    let (method, target) = lines.next().and_then(|line| line.split_once(' ')).expect("a request line");
    let url = if target.starts_with('/') { format!("{}{target}", tenant.url()) } else { target.to_owned() };
    let mut request = reqwest::Client::new().request(method.parse().expect("a method"), url);
    for line in lines {
        let (name, value) = line.split_once(": ").expect("a header");
        request = request.header(name, value);
    }
    let response = request.body(body.to_owned()).send().await.expect("an answer");
    assert_eq!(response.status(), 200, "{example}");
    serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON")
}

/// The JSON types met at each path; list entries share one.
fn types(value: &Value, path: &str, met: &mut BTreeMap<String, BTreeSet<&'static str>>) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    met.entry(path.to_owned()).or_default().insert(kind);
    match value {
        Value::Array(items) => items.iter().for_each(|item| types(item, &format!("{path}[]"), met)),
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            types(value, &path, met);
        }),
        _ => {}
    }
}

/// Checks that every documented path was met with its documented type, and with no other but null.
fn assert_shape(answers: &[Value], shape: &str) {
    let mut met = BTreeMap::new();
    for answer in answers {
        types(answer, "", &mut met);
    }
    let wrong: Vec<String> = shape
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (path, kind) = line.split_once(' ').expect("a path and a type");
            let found: Vec<&str> =
                met.get(path).into_iter().flatten().copied().filter(|kind| *kind != "null").collect();
            (found != [kind]).then(|| format!("{path}: documented {kind}, met {found:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn v2_list_users() {
    let tenant = documented().await;
    let mut pages = Vec::new();
    pages.push(
        send(
            &tenant,
            "GET https://example.thoughtindustries.com/incoming/v2/users\nAuthorization: Bearer YOUR_API_KEY",
        )
        .await,
    );
    pages.push(
        send(
            &tenant,
            "GET https://example.thoughtindustries.com/incoming/v2/users?role=learner&page=2\n\
             Authorization: Bearer YOUR_API_KEY",
        )
        .await,
    );
    assert_shape(&pages, include_str!("shapes/users_list.txt"));
    assert_eq!(pages[0]["data"]["APIUsers"]["pageInfo"]["currentPage"], 1);
    let roles: BTreeSet<&str> = pages[1]["data"]["APIUsers"]["users"]
        .as_array()
        .expect("users")
        .iter()
        .filter_map(|user| user["roleKey"].as_str())
        .collect();
    assert_eq!(roles, BTreeSet::from(["learner"]));
}

#[tokio::test]
async fn v2_show_user() {
    let tenant = documented().await;
    let list = send(
        &tenant,
        "GET https://example.thoughtindustries.com/incoming/v2/users\nAuthorization: Bearer YOUR_API_KEY",
    )
    .await;
    let mut answers = Vec::new();
    for user in list["data"]["APIUsers"]["users"].as_array().expect("users") {
        let id = user["id"].as_str().expect("an id");
        let example = "GET https://example.thoughtindustries.com/incoming/v2/users/:id\n\
                       Authorization: Bearer YOUR_API_KEY";
        answers.push(send(&tenant, &example.replace(":id", id)).await);
    }
    assert_shape(&answers, include_str!("shapes/user.txt"));
}

#[tokio::test]
async fn v1_list_users() {
    let answer = send(&documented().await, "GET /incoming/api/v1/users?apiKey=YOUR_KEY&page=1&per_page=25").await;
    assert_shape(
        std::slice::from_ref(&answer),
        "users array\nusers[] object\nusers[].id string\nusers[].email string\nusers[].firstName string\n\
         users[].lastName string\nusers[].active boolean\ntotal number",
    );
    assert_eq!(answer["users"].as_array().map(Vec::len), Some(25));
    assert_eq!(answer["total"], 250);
}

#[tokio::test]
async fn v1_get_user_and_enrollments() {
    let tenant = documented().await;
    let list = send(&tenant, "GET /incoming/api/v1/users?apiKey=YOUR_KEY&page=1&per_page=25").await;
    let (mut users, mut enrollments) = (Vec::new(), Vec::new());
    for user in list["users"].as_array().expect("users") {
        let id = user["id"].as_str().expect("an id");
        users.push(send(&tenant, &"GET /incoming/api/v1/users/abc123?apiKey=YOUR_KEY".replace("abc123", id)).await);
        let example = "GET /incoming/api/v1/users/abc123/enrollments?apiKey=YOUR_KEY";
        enrollments.push(send(&tenant, &example.replace("abc123", id)).await);
    }
    assert_shape(
        &users,
        "user object\nuser.id string\nuser.email string\nuser.firstName string\nuser.active boolean\n\
         user.role string\nuser.groups array\nuser.customFields object\nuser.createdAt string\n\
         user.updatedAt string\nuser.avatarUrl string\nuser.language string",
    );
    assert!(users.iter().all(|user| user["user"].get("password").is_none()));
    assert_shape(
        &enrollments,
        "enrollments array\nenrollments[] object\nenrollments[].courseId string\nenrollments[].status string\n\
         enrollments[].completedAt string",
    );
}

#[tokio::test]
async fn v1_looks_up_an_address() {
    let tenant = documented().await;
    let list = send(&tenant, "GET /incoming/api/v1/users?apiKey=YOUR_KEY&page=1&per_page=25").await;
    let first = &list["users"][0];
    let email = first["email"].as_str().expect("an address");
    let found = send(&tenant, &format!("GET /incoming/api/v1/users?email={email}\nX-API-Key: YOUR_KEY")).await;
    assert_eq!(found["users"][0]["id"], first["id"]);
    let nobody = send(&tenant, "GET /incoming/api/v1/users?email=nobody@example.com\nX-API-Key: YOUR_KEY").await;
    assert_eq!(nobody, serde_json::json!({ "users": [], "total": 0 }));
}

#[tokio::test]
async fn graphql_user_query() {
    let answer = send(
        &documented().await,
        "POST /incoming/api/graphql?apiKey=YOUR_KEY\nContent-Type: application/json\n\n\
         {\n  \"query\": \"{ users(page: 1) { id email firstName active } }\"\n}",
    )
    .await;
    assert_shape(
        std::slice::from_ref(&answer),
        "data object\ndata.users array\ndata.users[] object\ndata.users[].id string\ndata.users[].email string\n\
         data.users[].firstName string\ndata.users[].active boolean",
    );
    assert_eq!(answer["data"]["users"].as_array().map(Vec::len), Some(100));
}
