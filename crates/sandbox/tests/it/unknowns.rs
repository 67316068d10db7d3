//! What the public documents leave open: drawn from a seed, and answered as declared.

use std::collections::BTreeSet;
use std::fmt::Display;

use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use thought_industries_sandbox::{
    Counts, Dialect, Foreign, GraphqlPaths, KeyPlace, KeyRefusal, Keys, LastCursor, Limit, LimitHeaders, LocationForm,
    NotFound, NotFoundForm, NotFoundText, Odd, OddForm, OddScalar, Redirect, RedirectStatus, RunningSandbox, Sandbox,
    TakenText, Unknowns, Validation, ValidationForm,
};

const USERS: &str = "/incoming/v2/users";
const UNKNOWN_USER: &str = "/incoming/v2/users/00000000-0000-0000-0000-000000000000";

async fn start(dialect: Dialect, unknowns: Unknowns) -> RunningSandbox {
    Sandbox::new(dialect).users(25).unknowns(unknowns).start().await.expect("a sandbox starts")
}

/// A client that follows no redirects.
fn client() -> Client {
    Client::builder().redirect(Policy::none()).build().expect("a client")
}

fn request(tenant: &RunningSandbox, method: &str, path: &str) -> RequestBuilder {
    client().request(method.parse().expect("a method"), format!("{}{path}", tenant.url()))
}

/// Status, type and body. The body is text if it is not JSON.
async fn send(request: RequestBuilder) -> (u16, String, Value) {
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    let media = response.headers().get("content-type").map(|value| value.to_str().expect("text").to_owned());
    let text = response.text().await.expect("a body");
    let media = media.unwrap_or_default().split(';').next().unwrap_or_default().to_owned();
    (status, media, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

async fn get(tenant: &RunningSandbox, path: &str) -> (u16, Value) {
    let (status, _, body) = send(request(tenant, "GET", path).bearer_auth(tenant.api_key())).await;
    (status, body)
}

async fn put(tenant: &RunningSandbox, path: &str, body: Value) -> (u16, Value) {
    let put = request(tenant, "PUT", path).bearer_auth(tenant.api_key()).body(body.to_string());
    let (status, _, body) = send(put).await;
    (status, body)
}

async fn query(tenant: &RunningSandbox, query: &str) -> (u16, Value) {
    let path = tenant.graphql_paths().first().copied().unwrap_or("/helium");
    let post = request(tenant, "POST", &format!("{path}?apiKey={}", tenant.api_key()));
    let (status, _, body) = send(post.body(json!({ "query": query }).to_string())).await;
    (status, body)
}

fn all_drawn<T: Copy + Ord + Display>(all: &[T], of: impl Fn(&Unknowns) -> Vec<T>) {
    let drawn: BTreeSet<T> = (0..2_000).flat_map(|seed| of(&Unknowns::draw(seed))).collect();
    let missing: Vec<String> = all.iter().filter(|form| !drawn.contains(form)).map(ToString::to_string).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_form_is_drawn_in_two_thousand_seeds() {
    all_drawn(&GraphqlPaths::ALL[1..], |drawn| vec![drawn.graphql_paths]);
    all_drawn(Foreign::ALL, |drawn| vec![drawn.foreign]);
    all_drawn(&KeyPlace::ALL[1..], |drawn| vec![drawn.keys.graphql]);
    all_drawn(&KeyPlace::ALL[1..], |drawn| vec![drawn.keys.v2]);
    all_drawn(&KeyPlace::ALL[1..], |drawn| vec![drawn.keys.v1]);
    all_drawn(KeyRefusal::ALL, |drawn| vec![drawn.key_refusal]);
    all_drawn(NotFoundForm::ALL, |drawn| vec![drawn.not_found.form]);
    all_drawn(NotFoundText::ALL, |drawn| vec![drawn.not_found.text]);
    all_drawn(ValidationForm::ALL, |drawn| vec![drawn.validation.form]);
    all_drawn(TakenText::ALL, |drawn| vec![drawn.validation.taken]);
    all_drawn(&[false, true], |drawn| vec![drawn.validation.is_409_for_taken]);
    all_drawn(LastCursor::ALL, |drawn| vec![drawn.last_cursor]);
    all_drawn(&[7, 25, 100], |drawn| drawn.page_size.into_iter().collect());
    all_drawn(Counts::ALL, |drawn| vec![drawn.counts]);
    all_drawn(LimitHeaders::ALL, |drawn| drawn.limit.map(|_| drawn.limit_headers).into_iter().collect());
    all_drawn(OddScalar::ALL, |drawn| drawn.odd_scalars.iter().copied().collect());
    all_drawn(&[false, true], |drawn| vec![drawn.extra_keys]);
    all_drawn(&[false, true], |drawn| vec![drawn.missing_keys.is_empty()]);
    all_drawn(RedirectStatus::ALL, |drawn| drawn.redirects.map(|redirect| redirect.status).into_iter().collect());
    all_drawn(LocationForm::ALL, |drawn| drawn.redirects.map(|redirect| redirect.location).into_iter().collect());
    all_drawn(&[false, true], |drawn| vec![drawn.gzip]);
    all_drawn(OddForm::ALL, |drawn| drawn.odd_every.map(|odd| odd.form).into_iter().collect());
    all_drawn(&[0, 1, 2], |drawn| vec![drawn.stale_reads]);
    all_drawn(&[false, true], |drawn| vec![drawn.swapped_every.is_some()]);
    all_drawn(&["customer-learner", "learner", "participant", "student"], |drawn| {
        let known = ["customer-learner", "learner", "participant", "student"];
        known.into_iter().filter(|key| drawn.learner_role.as_deref() == Some(*key)).collect()
    });
}

#[test]
fn a_draw_is_reproducible_and_within_bounds() {
    let mut limits = 0;
    for seed in 0..2_000 {
        let drawn = Unknowns::draw(seed);
        assert_eq!(drawn, Unknowns::draw(seed));
        let Keys { graphql, v2, v1 } = drawn.keys;
        assert!(![graphql, v2, v1].contains(&KeyPlace::OfDialect), "one place for each surface");
        assert_ne!(drawn.graphql_paths, GraphqlPaths::OfDialect);
        assert!(!drawn.has_v1 || drawn.dialect == Some(Dialect::Documented));
        if let Some(Limit { requests, seconds }) = drawn.limit {
            limits += 1;
            assert!((40..=200).contains(&requests) && (0.2..=0.5).contains(&seconds));
        }
        assert!(drawn.odd_every.is_none_or(|odd| (5..=40).contains(&odd.every)));
        let text = serde_json::to_string(&drawn).expect("JSON");
        assert_eq!(serde_json::from_str::<Unknowns>(&text).expect("unknowns"), drawn);
        assert!(drawn.to_string().lines().all(|line| line.split_once(": ").is_some_and(|pair| !pair.1.is_empty())));
    }
    assert!((150..350).contains(&limits), "{limits}");
    assert_ne!(Unknowns::draw(1), Unknowns::draw(2));
}

#[test]
fn unknowns_are_read_from_the_names_that_they_print() {
    let text = r#"{ "dialect": "observed", "foreign": "302-login", "keys": { "v2": "x-api-key" }, "odd-scalars":
        ["balance-text"], "limit": { "requests": 40, "seconds": 0.2 }, "redirects": { "status": "308" } }"#;
    let read: Unknowns = serde_json::from_str(text).expect("unknowns");
    let expected = Unknowns {
        dialect: Some(Dialect::Observed),
        foreign: Foreign::Login302,
        keys: Keys { v2: KeyPlace::XApiKey, ..Keys::default() },
        odd_scalars: [OddScalar::BalanceText].into(),
        limit: Some(Limit { requests: 40, seconds: 0.2 }),
        redirects: Some(Redirect { status: RedirectStatus::Permanent, location: LocationForm::Relative }),
        ..Unknowns::none()
    };
    assert_eq!(read, expected);
    let printed = expected.to_string();
    for line in ["foreign: 302-login", "keys.v2: x-api-key", "limit.seconds: 0.2", "odd-scalars: balance-text"] {
        assert!(printed.lines().any(|printed| printed == line), "{line} in\n{printed}");
    }
    assert_eq!(serde_json::from_str::<Unknowns>("{}").expect("the default"), Unknowns::none());
}

#[tokio::test]
async fn paths_that_the_tenant_does_not_have_answer_as_declared() {
    let cases = [
        (Foreign::Empty404, 404, "", ""),
        (Foreign::Html404, 404, "text/html", "<!doctype"),
        (Foreign::Errors404, 404, "application/json", r#"{"errors":[{"message":"Not Found"}]}"#),
        (Foreign::Message404, 404, "application/json", r#"{"error":"not_found","#),
        (Foreign::Empty405, 405, "", ""),
        (Foreign::Login200, 200, "text/html", "<!doctype"),
        (Foreign::Empty200, 200, "", ""),
        (Foreign::Errors200, 200, "application/json", r#"{"errors":[{"message":"Not Found"}]}"#),
        (Foreign::Object200, 200, "application/json", "{}"),
        (Foreign::Login302, 302, "", ""),
        (Foreign::Login301, 301, "", ""),
        (Foreign::Errors400, 400, "application/json", r#"{"errors":["#),
        (Foreign::Html400, 400, "text/html", "<!doctype"),
        (Foreign::Empty401, 401, "", ""),
        (Foreign::Html403, 403, "text/html", "<!doctype"),
        (Foreign::Json403, 403, "application/json", r#"{"errors":["#),
        (Foreign::Html500, 500, "text/html", "<!doctype"),
        (Foreign::Json500, 500, "application/json", "{"),
        (Foreign::Empty501, 501, "", ""),
    ];
    assert_eq!(cases.map(|case| case.0), Foreign::ALL);
    for (foreign, status, media, beginning) in cases {
        let unknowns = Unknowns { foreign, graphql_paths: GraphqlPaths::Neither, has_v1: false, ..Unknowns::none() };
        let tenant = start(Dialect::Documented, unknowns).await;
        let paths = ["/helium", "/incoming/api/graphql", "/incoming/api/v1/users", "/incoming/v2/nothing", "/x"];
        for (path, method) in paths.iter().flat_map(|path| [(path, "GET"), (path, "POST")]) {
            for key in ["wrong", tenant.api_key()] {
                let (answered, kind, body) = send(request(&tenant, method, path).bearer_auth(key)).await;
                assert_eq!((answered, kind.as_str()), (status, media), "{foreign}: {path}");
                let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
                assert!(text.starts_with(beginning) && text.is_empty() == beginning.is_empty(), "{foreign}: {text}");
            }
        }
        assert_eq!(tenant.received().len(), 20);
        assert!(tenant.received().iter().all(|received| received.status == status));
    }
}

#[tokio::test]
async fn a_login_page_is_found_without_a_key() {
    for foreign in [Foreign::Login302, Foreign::Login301] {
        let tenant = start(Dialect::Observed, Unknowns { foreign, ..Unknowns::none() }).await;
        let followed = reqwest::get(format!("{}/incoming/api/graphql", tenant.url())).await.expect("an answer");
        assert_eq!((followed.status().as_u16(), followed.url().path() == "/incoming/api/graphql"), (200, false));
        assert!(followed.text().await.expect("a body").contains("Log in"));
        assert_eq!(tenant.received().len(), 2);
    }
}

#[tokio::test]
async fn graphql_is_served_at_the_declared_paths() {
    let cases = [
        (GraphqlPaths::OfDialect, [401, 404]),
        (GraphqlPaths::Incoming, [401, 404]),
        (GraphqlPaths::Helium, [404, 401]),
        (GraphqlPaths::Both, [401, 401]),
        (GraphqlPaths::Neither, [404, 404]),
    ];
    assert_eq!(cases.map(|case| case.0), GraphqlPaths::ALL);
    for (graphql_paths, expected) in cases {
        let tenant = start(Dialect::Documented, Unknowns { graphql_paths, ..Unknowns::none() }).await;
        for (path, expected) in ["/incoming/api/graphql", "/helium"].into_iter().zip(expected) {
            assert_eq!(send(request(&tenant, "POST", path)).await.0, expected, "{graphql_paths} {path}");
            if tenant.graphql_paths().contains(&path) {
                let post = request(&tenant, "POST", path).header("X-API-Key", tenant.api_key());
                let (status, _, body) = send(post.body(r#"{"query":"{ users { id } }"}"#)).await;
                assert_eq!((status, body["data"]["users"].as_array().map(Vec::len)), (200, Some(25)));
            }
        }
    }
}

#[tokio::test]
async fn keys_are_accepted_in_the_declared_place_and_refused_elsewhere() {
    let refusals = [
        (KeyRefusal::Empty401, 401, ""),
        (KeyRefusal::Json401, 401, "application/json"),
        (KeyRefusal::Json403, 403, "application/json"),
        (KeyRefusal::Html403, 403, "text/html"),
    ];
    assert_eq!(refusals.map(|case| case.0), KeyRefusal::ALL);
    let places = [KeyPlace::Bearer, KeyPlace::XApiKey, KeyPlace::Query];
    for (place, (key_refusal, refused, media)) in places.into_iter().cycle().zip(refusals) {
        let keys = Keys { graphql: place, v2: place, v1: place };
        let tenant = start(Dialect::Documented, Unknowns { keys, key_refusal, ..Unknowns::none() }).await;
        let key = tenant.api_key();
        let surfaces =
            [("GET", "/incoming/v2/ping"), ("GET", "/incoming/api/v1/users"), ("POST", "/incoming/api/graphql")];
        for (method, path) in surfaces {
            let at = |suffix: &str| {
                request(&tenant, method, &format!("{path}{suffix}")).body(r#"{"query":"{ __typename }"}"#)
            };
            let sent = [at("").bearer_auth(key), at("").header("X-API-Key", key), at(&format!("?apiKey={key}"))];
            for (sent, own) in sent.into_iter().zip(places) {
                let (status, kind, _) = send(sent).await;
                assert_eq!(status, if own == place { 200 } else { refused }, "{place}: {own} at {path}");
                assert!(own == place || kind == media);
            }
        }
        let received = tenant.received();
        let shown = received.iter().filter(|received| received.status == refused && !received.body.is_empty());
        assert_eq!(shown.count(), 0, "bodies of requests without the key are not kept");
    }
}

#[tokio::test]
async fn records_that_do_not_exist_answer_as_declared() {
    let text = "No user matches the given identifier";
    let errors = json!({ "errors": [{ "message": text }] });
    let texts = json!({ "errors": [text] });
    let cases = [
        (NotFoundForm::Errors404, 404, errors.clone()),
        (NotFoundForm::Message404, 404, json!({ "message": text })),
        (NotFoundForm::Empty404, 404, json!("")),
        (NotFoundForm::Html404, 404, json!("<!doctype html><title>Page not found</title>")),
        (NotFoundForm::Errors200, 200, errors.clone()),
        (NotFoundForm::Texts200, 200, texts.clone()),
        (NotFoundForm::Null200, 200, Value::Null),
        (NotFoundForm::Data200, 200, json!({ "data": { "UserById": null } })),
        (NotFoundForm::Texts400, 400, texts),
        (NotFoundForm::Errors422, 422, errors),
    ];
    assert_eq!(cases.clone().map(|case| case.0), NotFoundForm::ALL);
    for (form, status, body) in cases {
        for dialect in Dialect::ALL {
            let not_found = NotFound { form, text: NotFoundText::NoMatch };
            let tenant = start(dialect, Unknowns { not_found, ..Unknowns::none() }).await;
            for answer in [
                get(&tenant, UNKNOWN_USER).await,
                get(&tenant, "/incoming/v2/users/no.user@example.com").await,
                put(&tenant, UNKNOWN_USER, json!({ "firstName": "Ada" })).await,
                put(&tenant, &format!("{UNKNOWN_USER}/updateStatus"), json!({ "status": "active" })).await,
            ] {
                assert_eq!(answer, (status, body.clone()), "{form} {dialect}");
            }
            for (path, operation) in [
                ("/incoming/v2/clients/unknown", "ClientById"),
                ("/incoming/v2/clients/unknown/licenses", "ClientById"),
                ("/incoming/v2/jobs/unknown", "APIBackgroundJob"),
            ] {
                let (answered, body) = get(&tenant, path).await;
                assert_eq!(answered, status, "{form} {path}");
                assert!(form != NotFoundForm::Data200 || body == json!({ "data": { operation: null } }));
            }
            if dialect == Dialect::Documented {
                let (answered, _, _) = send(
                    request(&tenant, "GET", "/incoming/api/v1/users/unknown").header("x-api-key", tenant.api_key()),
                )
                .await;
                assert_eq!(answered, status);
                let (_, body) = query(&tenant, "{ UserById(id: \"unknown\") { id } }").await;
                let has_error = matches!(form, NotFoundForm::Errors200 | NotFoundForm::Texts200);
                assert_eq!(body["data"]["UserById"], Value::Null);
                assert_eq!(body["errors"][0]["message"] == text, has_error, "{form}: {body}");
                let (_, body) = query(&tenant, "mutation { APIUpdateUser(id: \"x\") { id } }").await;
                assert_eq!(body["errors"][0]["message"], text);
            }
        }
    }
}

#[tokio::test]
async fn texts_for_missing_records_are_as_declared() {
    let cases = [
        (NotFoundText::NotFound, "User not found", "Client not found"),
        (NotFoundText::NoMatch, "No user matches the given identifier", "No client matches the given identifier"),
        (NotFoundText::NoRecord, "Could not find record", "Could not find record"),
        (NotFoundText::UnknownId, "Unknown id", "Unknown id"),
        (NotFoundText::German, "Kein Benutzer gefunden", "Kein Kunde gefunden"),
    ];
    assert_eq!(cases.map(|case| case.0), NotFoundText::ALL);
    for (text, of_user, of_client) in cases {
        let not_found = NotFound { text, ..NotFound::default() };
        let tenant = start(Dialect::Observed, Unknowns { not_found, ..Unknowns::none() }).await;
        assert_eq!(get(&tenant, UNKNOWN_USER).await.1["errors"][0]["message"], of_user);
        assert_eq!(get(&tenant, "/incoming/v2/clients/unknown").await.1["errors"][0]["message"], of_client);
    }
}

#[tokio::test]
async fn refused_writes_answer_as_declared() {
    let text = "Role not found";
    let errors = json!({ "errors": [{ "message": text }] });
    let texts = json!({ "errors": [text] });
    let cases = [
        (ValidationForm::OfDialect, Dialect::Documented, 422, errors.clone()),
        (ValidationForm::OfDialect, Dialect::Observed, 400, texts.clone()),
        (ValidationForm::Texts400, Dialect::Documented, 400, texts),
        (ValidationForm::Errors400, Dialect::Observed, 400, errors.clone()),
        (ValidationForm::Errors422, Dialect::Observed, 422, errors.clone()),
        (ValidationForm::Errors200, Dialect::Documented, 200, errors),
        (ValidationForm::Message400, Dialect::Observed, 400, json!({ "message": text })),
    ];
    assert_eq!(cases.clone().map(|case| case.0)[1..], *ValidationForm::ALL);
    for (form, dialect, status, body) in cases {
        for is_409_for_taken in [false, true] {
            let validation = Validation { form, taken: TakenText::Duplicate, is_409_for_taken };
            let tenant = start(dialect, Unknowns { validation, ..Unknowns::none() }).await;
            let (_, list) = get(&tenant, USERS).await;
            let users = list["data"].get("APIUsers").unwrap_or(&list)["users"].as_array().cloned().expect("users");
            let path = format!("{USERS}/{}", users[0]["id"].as_str().expect("an id"));
            assert_eq!(put(&tenant, &path, json!({ "role": "emperor" })).await, (status, body.clone()), "{form}");
            let other = users.iter().rfind(|user| user["email"].is_string()).expect("another user");
            let (answered, body) = put(&tenant, &path, json!({ "email": other["email"] })).await;
            let own = if form == ValidationForm::OfDialect && dialect == Dialect::Documented { 409 } else { status };
            assert_eq!(answered, if is_409_for_taken { 409 } else { own });
            assert!(body.to_string().contains("duplicate email"), "{body}");
            assert!(tenant.effects().is_empty());
        }
    }
    let with_already = TakenText::ALL.len() - 2;
    let mut texts = Vec::new();
    for taken in TakenText::ALL.iter().copied() {
        let validation = Validation { taken, ..Validation::default() };
        let tenant = start(Dialect::Observed, Unknowns { validation, ..Unknowns::none() }).await;
        let (_, list) = get(&tenant, USERS).await;
        let email = list["users"].as_array().expect("users").iter().find_map(|user| user["email"].as_str());
        let post = request(&tenant, "POST", USERS).bearer_auth(tenant.api_key());
        let (_, _, body) = send(post.body(json!({ "email": email }).to_string())).await;
        texts.push(body["errors"][0].as_str().expect("a text").to_owned());
    }
    assert_eq!(texts.iter().filter(|text| text.contains("already")).count(), with_already, "{texts:?}");
    assert_eq!(BTreeSet::from_iter(texts).len(), TakenText::ALL.len());
}

#[tokio::test]
async fn pages_end_and_count_as_declared() {
    let cursors = [
        (LastCursor::Null, Some(Value::Null)),
        (LastCursor::Absent, None),
        (LastCursor::Empty, Some(json!(""))),
        (LastCursor::Repeated, Some(json!("NA"))),
    ];
    assert_eq!(cursors.clone().map(|case| case.0), LastCursor::ALL);
    let counts = [
        (Counts::TotalAndPage, json!({ "total": 25, "currentPage": 4 })),
        (Counts::All, json!({ "total": 25, "currentPage": 4, "perPage": 7 })),
        (Counts::Missing, json!({})),
    ];
    assert_eq!(counts.clone().map(|case| case.0), Counts::ALL);
    for (last_cursor, cursor) in cursors {
        for (counts, expected) in counts.clone() {
            let unknowns = Unknowns { last_cursor, counts, page_size: Some(7), ..Unknowns::none() };
            let tenant = start(Dialect::Observed, unknowns).await;
            let (mut path, mut users) = (USERS.to_owned(), 0);
            let last = loop {
                let (_, body) = get(&tenant, &path).await;
                users += body["users"].as_array().expect("users").len();
                if body["pageInfo"]["hasMore"] == false {
                    break body["pageInfo"].clone();
                }
                path = format!("{USERS}?cursor={}", body["pageInfo"]["cursor"].as_str().expect("a cursor"));
            };
            let mut expected = expected;
            expected["hasMore"] = json!(false);
            if let Some(cursor) = cursor.clone() {
                expected["cursor"] = cursor;
            }
            assert_eq!((users, last), (25, expected), "{last_cursor} {counts}");
        }
    }
}

#[tokio::test]
async fn a_limit_counts_every_request_and_reports_it_as_declared() {
    let cases = [
        (LimitHeaders::Right, [true, true, true]),
        (LimitHeaders::Missing, [false, false, false]),
        (LimitHeaders::RetryAfterOnly, [false, false, true]),
        (LimitHeaders::ResetOnly, [false, true, false]),
    ];
    assert_eq!(cases.map(|case| case.0), LimitHeaders::ALL);
    for (limit_headers, expected) in cases {
        let limit = Some(Limit { requests: 3, seconds: 3_600.0 });
        let tenant = start(Dialect::Observed, Unknowns { limit, limit_headers, ..Unknowns::none() }).await;
        for (path, status) in [("/x", 404), ("/incoming/v2/ping", 200), (USERS, 200), ("/helium", 429)] {
            assert_eq!(get(&tenant, path).await.0, status, "{path}");
        }
        let refused = request(&tenant, "GET", USERS).send().await.expect("an answer");
        let has =
            ["x-ratelimit-limit", "x-ratelimit-reset", "retry-after"].map(|name| refused.headers().contains_key(name));
        assert_eq!((refused.status().as_u16(), has), (429, expected), "{limit_headers}");
        let body: Value = serde_json::from_str(&refused.text().await.expect("a body")).expect("JSON");
        assert_eq!((&body["error"], body["retryAfter"].is_number()), (&json!("rate_limit_exceeded"), expected[2]));
    }
}

#[tokio::test]
async fn bodies_have_the_declared_types_and_keys() {
    let unknowns = Unknowns {
        odd_scalars: OddScalar::ALL.iter().copied().collect(),
        extra_keys: true,
        missing_keys: ["shippingName", "email", "pageInfo.cursor"].map(str::to_owned).into(),
        ..Unknowns::none()
    };
    for dialect in Dialect::ALL {
        let tenant = start(dialect, unknowns.clone()).await;
        let (_, body) = get(&tenant, USERS).await;
        let list = body["data"].get("APIUsers").unwrap_or(&body);
        assert!(list["pageInfo"]["total"] == "25" && list["pageInfo"]["currentPage"] == "1");
        let users = list["users"].as_array().expect("users");
        for user in users {
            assert!(user["xMetadata"]["nested"].is_array() && user.get("shippingName").is_none());
            assert!(user.get("email").is_some() && user["disabled"].is_boolean());
            assert!(user["balance"].is_null() || user["balance"].is_string());
            assert!(user["createdAt"].is_null() || user["createdAt"].is_i64());
        }
        assert!(users.iter().any(|user| user["createdAt"].is_i64()));
        assert!(body["data"].is_null() || body["data"].as_object().map(serde_json::Map::len) == Some(1));
        let (_, body) = get(&tenant, "/incoming/v2/clients").await;
        let clients = body["data"].get("Clients").unwrap_or(&body)["clients"].clone();
        let clients = clients.as_array().expect("clients");
        assert!(
            clients.iter().all(|client| client["seatsLimit"].is_string() && client["enableGlobalLinks"].is_string())
        );
        let tags = clients.iter().flat_map(|client| client["courseTags"].as_array().into_iter().flatten());
        assert!(tags.clone().count() > 0 && tags.clone().all(Value::is_string));
        let (_, answer) = query(&tenant, "{ __typename }").await;
        assert_eq!(answer, json!({ "data": { "__typename": "Query" } }), "GraphQL has the types of its schema");
    }
}

#[tokio::test]
async fn reads_of_v2_are_redirected_as_declared() {
    for (status, number) in RedirectStatus::ALL.iter().copied().zip([301, 302, 307, 308]) {
        for location in LocationForm::ALL.iter().copied() {
            let redirects = Some(Redirect { status, location });
            let tenant = start(Dialect::Observed, Unknowns { redirects, ..Unknowns::none() }).await;
            let first = request(&tenant, "GET", "/incoming/v2/clients?count=2").bearer_auth(tenant.api_key());
            let first = first.send().await.expect("an answer");
            let target = first.headers()["location"].to_str().expect("text").to_owned();
            assert_eq!(
                (first.status().as_u16(), target.starts_with('/')),
                (number, location == LocationForm::Relative)
            );
            let path = target.strip_prefix(&tenant.url()).unwrap_or(&target);
            let (answered, body) = get(&tenant, path).await;
            assert_eq!((answered, body["clients"].as_array().map(Vec::len)), (200, Some(2)));
            assert_eq!(send(request(&tenant, "GET", path)).await.0, 401, "the key is needed there as well");
            let id = body["clients"][0]["id"].as_str().expect("an id");
            let (written, _) =
                put(&tenant, &format!("/incoming/v2/clients/{id}/updateStatus"), json!({ "status": "active" })).await;
            assert_eq!(written, 200, "writes are not redirected");
            assert_eq!(tenant.received().len(), 4);
        }
    }
}

#[tokio::test]
async fn bodies_are_compressed_for_clients_that_accept_it() {
    let tenant = start(Dialect::Observed, Unknowns { gzip: true, ..Unknowns::none() }).await;
    let plain = Client::builder().no_gzip().build().expect("a client");
    let encoding = async |accepts: &str| {
        let request = plain.get(format!("{}{USERS}", tenant.url())).bearer_auth(tenant.api_key());
        let response = request.header("accept-encoding", accepts).send().await.expect("an answer");
        response.headers().get("content-encoding").map(|value| value.to_str().expect("text").to_owned())
    };
    assert_eq!(encoding("gzip, br").await.as_deref(), Some("gzip"));
    assert_eq!(encoding("identity").await, None);
    assert_eq!(encoding("br, gzip;q=0").await, None);
    let unpacked = Client::builder().gzip(true).build().expect("a client");
    let response = unpacked.get(format!("{}{USERS}", tenant.url())).bearer_auth(tenant.api_key()).send().await;
    let text = response.expect("an answer").text().await.expect("a body");
    let body: Value = serde_json::from_str(&text).expect("JSON");
    assert_eq!(body["users"].as_array().map(Vec::len), Some(25));
}

#[tokio::test]
async fn odd_answers_come_in_turn_and_never_to_a_write() {
    let cases = [
        (OddForm::Firewall, 200, "<!doctype"),
        (OddForm::Truncated, 200, "{\"users\":["),
        (OddForm::Empty, 200, ""),
        (OddForm::TooEarly, 425, ""),
        (OddForm::Unknown520, 520, ""),
        (OddForm::TimedOut522, 522, ""),
        (OddForm::Handshake525, 525, ""),
    ];
    assert_eq!(cases.map(|case| case.0), OddForm::ALL);
    for (form, odd, beginning) in cases {
        let odd_every = Some(Odd { every: 3, form });
        let tenant = start(Dialect::Documented, Unknowns { odd_every, ..Unknowns::none() }).await;
        for turn in 1..=9 {
            let (status, body) = put(&tenant, UNKNOWN_USER, json!({})).await;
            assert_eq!((status, &body["errors"][0]["message"]), (404, &json!("User not found")), "a write");
            assert_eq!(query(&tenant, "mutation { APIUpdateUser(id: \"x\") { id } }").await.0, 200, "a write");
            let (status, body) = if turn % 2 == 0 {
                get(&tenant, "/incoming/v2/ping").await
            } else {
                query(&tenant, "{ __typename }").await
            };
            if turn % 3 == 0 {
                let text = body.as_str().expect("no JSON");
                assert!(
                    status == odd && text.starts_with(beginning) && text.is_empty() == beginning.is_empty(),
                    "{text}"
                );
            } else {
                assert_eq!((status, body.is_object()), (200, true));
            }
        }
    }
    let odd_every = Some(Odd { every: 1, form: OddForm::Empty });
    let tenant = start(Dialect::Observed, Unknowns { odd_every, ..Unknowns::none() }).await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(get(&tenant, "/incoming/v2/ping").await.1.is_object());
    }
    assert_eq!(answers, [true, false, true, false], "never two in a row");
}

#[tokio::test]
async fn reads_after_a_write_are_stale_as_often_as_declared() {
    for stale_reads in 0..=2 {
        let tenant = start(Dialect::Documented, Unknowns { stale_reads, ..Unknowns::none() }).await;
        let (_, list) = get(&tenant, USERS).await;
        let id = list["data"]["APIUsers"]["users"][0]["id"].as_str().expect("an id").to_owned();
        let path = format!("{USERS}/{id}");
        let text = format!("{{ UserById(id: \"{id}\") {{ lastName }} }}");
        let before = (get(&tenant, &path).await.1, query(&tenant, &text).await.1);
        assert_eq!(put(&tenant, &path, json!({ "lastName": "Changed" })).await.0, 200);
        for read in 0..4 {
            let after = (get(&tenant, &path).await.1, query(&tenant, &text).await.1);
            let is_new = after.1["data"]["UserById"]["lastName"] == "Changed";
            assert_eq!((after == before, is_new), (read < stale_reads, read >= stale_reads), "read {read}");
        }
        let unread = get(&tenant, &format!("{USERS}?page=1")).await.1;
        assert_eq!(unread["data"]["APIUsers"]["users"][0]["lastName"], "Changed", "a new address is not stale");
    }
}

#[tokio::test]
async fn each_nth_record_is_that_of_another() {
    for dialect in Dialect::ALL {
        let tenant = start(dialect, Unknowns { swapped_every: Some(3), ..Unknowns::none() }).await;
        let (_, list) = get(&tenant, USERS).await;
        let list = list["data"].get("APIUsers").unwrap_or(&list)["users"].clone();
        let ids: Vec<&str> = list.as_array().expect("users").iter().filter_map(|user| user["id"].as_str()).collect();
        let mut right = Vec::new();
        for id in &ids[..7] {
            let (status, body) = get(&tenant, &format!("{USERS}/{id}")).await;
            let user = body["data"].get("UserById").unwrap_or(&body);
            assert_eq!(status, 200);
            right.push(user["id"] == *id);
        }
        assert_eq!(right, [true, true, false, true, true, false, true]);
        assert_eq!(get(&tenant, UNKNOWN_USER).await.0, 404);
    }
}

#[tokio::test]
async fn the_drawn_tenant_is_the_one_that_starts() {
    for seed in 0..12 {
        let drawn = Unknowns::draw(seed);
        let tenant = start(Dialect::Documented, drawn.clone()).await;
        assert_eq!((Some(tenant.dialect()), tenant.unknowns()), (drawn.dialect, &drawn));
        let (path, key) = ("/incoming/v2/users", tenant.api_key());
        let query = if drawn.keys.v2 == KeyPlace::Query { format!("?apiKey={key}") } else { String::new() };
        let request = Client::new().get(format!("{}{path}{query}", tenant.url()));
        let request = match drawn.keys.v2 {
            KeyPlace::XApiKey => request.header("X-API-Key", key),
            KeyPlace::Query => request,
            _ => request.bearer_auth(key),
        };
        let (status, _, body) = send(request).await;
        let list = body["data"].get("APIUsers").unwrap_or(&body);
        let size = drawn.page_size.map(|size| size.min(25) as usize);
        assert_eq!((status, list["users"].as_array().map(Vec::len)), (200, size), "seed {seed}\n{drawn}");
        let role = drawn.learner_role.as_deref();
        assert!(list["users"].as_array().expect("users").iter().any(|user| user["roleKey"].as_str() == role));
    }
}
