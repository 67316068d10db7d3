//! The shapes in which answers and failures arrive, each told apart.

use thought_industries::transport::TransportError;
use thought_industries::{Error, Surface};

use crate::script::{Script, now};
use crate::seam::HttpResponse;

const ABSENT: (u16, &str) = (404, "");
const NOT_IN_SCHEMA: (u16, &str) = (
    400,
    r#"{"errors":[{"message":"Cannot query field \"APIUsers\" on type \"Query\".","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}"#,
);

fn list(script: &Script) -> Result<(Vec<String>, Surface), Error> {
    let answer = now(script.client().users().list().send())?;
    let ids = answer.users.iter().flatten().map(|user| user.id.clone()).collect();
    Ok((ids, answer.surface()))
}

#[test]
fn every_shape_of_a_body_gives_the_same_people() {
    let ids = vec!["a".to_owned(), "b".to_owned()];
    let graphql = r#"{"data":{"APIUsers":{"users":[{"id":"a"},{"id":"b"}],"pageInfo":{"hasMore":false}}}}"#;
    let flat = r#"{"users":[{"id":"a","shoeSize":43},{"id":"b"}],"pageInfo":{"hasMore":false,"cursor":null}}"#;
    let v1 = r#"{"users":[{"id":"a","active":true},{"id":"b"}],"total":2}"#;
    let unwrapped_differently = graphql.replace("APIUsers", "SomethingElse");
    for (answers, surface) in [
        (vec![(200, graphql)], Surface::GraphQl),
        (vec![ABSENT, NOT_IN_SCHEMA, (200, graphql)], Surface::RestV2),
        (vec![ABSENT, NOT_IN_SCHEMA, (200, &unwrapped_differently)], Surface::RestV2),
        (vec![ABSENT, ABSENT, (200, flat)], Surface::RestV2),
        (vec![(405, ""), ABSENT, ABSENT, (200, v1)], Surface::RestV1),
    ] {
        assert_eq!(list(&Script::json(&answers)).expect("people"), (ids.clone(), surface));
    }
}

#[test]
fn what_proved_absent_is_not_asked_again() {
    let flat = r#"{"users":[],"pageInfo":{"hasMore":false}}"#;
    let script = Script::json(&[ABSENT, NOT_IN_SCHEMA, (200, flat), (200, flat)]);
    let client = script.client();
    now(client.users().list().send()).expect("people");
    now(client.clone().users().list().set_role("admin").send()).expect("people");
    assert_eq!(
        script.paths(),
        [
            "POST /incoming/api/graphql",
            "POST /helium?apiKey=scripted-key",
            "GET /incoming/v2/users?page=1",
            "GET /incoming/v2/users?role=admin&page=1"
        ]
    );
    let known = client.capabilities();
    let absent: Vec<_> = known.absent().map(|(name, surface, _)| (name, surface)).collect();
    assert_eq!(absent, [("users.list", Surface::GraphQl)]);
}

#[test]
fn a_tenant_without_any_surface_says_what_each_lacks() {
    let error = list(&Script::json(&[ABSENT, ABSENT, ABSENT, ABSENT])).expect_err("nothing is there");
    assert!(error.is_no_route());
    let text = error.to_string();
    assert!(text.starts_with("users.list: no surface of the tenant has it"), "{text}");
    assert!(text.contains("REST v2: it responds with 404 to /incoming/v2/users"), "{text}");
}

/// What a failing answer is to the caller. One that may belong to another request is asked for again.
fn failure(answer: HttpResponse) -> Error {
    let script = Script::default();
    script.then(Ok(answer.clone()));
    script.then(Ok(answer));
    list(&script).expect_err("this is no list of people")
}

#[test]
fn failures_over_graphql_are_told_apart() {
    let json = |status, body: &str| failure(HttpResponse::new(status, "application/json", body));
    let error = json(200, r#"{"errors":[{"message":"database is away"}],"data":null}"#);
    assert_eq!(error.to_string(), "users.list over GraphQL: database is away");
    assert_eq!(error.graphql_errors().len(), 1);
    let error = json(200, r#"{"message":"try later"}"#);
    assert_eq!(error.to_string(), "users.list over GraphQL: the tenant answered 200: try later");
    assert!(json(200, "{}").to_string().ends_with("200 without the requested data"));
    assert!(json(200, "").is_decode());
    let error = failure(HttpResponse::new(200, "text/html", "<html>Please log in</html>"));
    assert!(error.is_decode());
    assert_eq!(error.to_string(), "users.list over GraphQL: the tenant answered 200 with text/html instead of JSON");
    let error = json(200, r#"{"data":{"APIUsers":null}}"#);
    assert_eq!(error.to_string(), "users.list over GraphQL: the tenant answered: the response is null");
    assert!(!error.is_not_found());
    let error = json(200, r#"{"data":{"APIUsers":{"users":[{"id":"a"},{"id":[7]}]}}}"#);
    assert!(error.is_decode());
    assert!(error.to_string().contains("APIUsers.users[1].id"), "{error}");
    let error = json(403, r#"{"message":"role lacks permission"}"#);
    assert!(error.is_forbidden() && !error.is_retryable());
    let error = json(429, r#"{"error":"rate_limited","message":"slow down","retryAfter":3}"#);
    assert!(error.is_rate_limited() && error.is_retryable());
    assert!(error.to_string().contains("slow down"));
    let error = failure(HttpResponse::new(502, "text/html", "<html>Bad gateway</html>"));
    assert!(error.is_retryable());
    assert_eq!(error.status(), Some(502));
    assert_eq!(json(302, "").to_string(), "users.list over GraphQL: the tenant answered 302");
    let error = json(403, r#"{"errors":[{"message":"role lacks permission","path":null}]}"#);
    assert_eq!(error.to_string(), "users.list over GraphQL: the tenant answered 403: role lacks permission");
    let error = json(200, r#"{"errors":[{"message":null,"extensions":{"code":"INTERNAL"}}]}"#);
    assert_eq!(error.to_string(), "users.list over GraphQL: an error without a message (INTERNAL)");
}

#[test]
fn failures_over_rest_are_told_apart() {
    let check = |status, body: &str, expected: &str| {
        let answer = (status, body);
        let error = list(&Script::json(&[ABSENT, ABSENT, answer, answer])).expect_err("this is no list");
        assert_eq!(error.to_string(), format!("users.list over REST v2: {expected}"), "{body}");
        error
    };
    check(200, r#"{"errors":[{"message":"role is unknown"}]}"#, "the tenant answered 200: role is unknown");
    check(200, r#"{"message":"maintenance","code":1}"#, "the tenant answered 200: maintenance");
    check(200, r#"{"errors":["role is unknown"]}"#, "the tenant answered 200: role is unknown");
    check(200, r#"{"errors":{"role":["bad"]}}"#, "the tenant answered 200: the response lists errors");
    check(200, r#"{"error":{"message":"maintenance"}}"#, "the tenant answered 200: maintenance");
    check(200, "{}", "the tenant answered 200: the response has no `users`");
    check(200, r#"{"data":{"APIUsers":null},"errors":[{"message":"away"}]}"#, "the tenant answered 200: away");
    check(200, r#"{"data":{"APIUsers":{"users":[]}},"errors":[{"message":"half"}]}"#, "half");
    check(200, r#"{"data":{"APIUsers":{"users":[]}},"errors":["half"]}"#, "half");
    check(302, "", "the tenant answered 302");
    check(200, r#"{"data":{"APIUsers":null}}"#, "the tenant answered 200: the response is null");
    check(200, "null", "the tenant answered 200: the response is null");
    check(401, "", "the tenant did not accept the key (401)");
    check(409, r#"{"message":"conflict"}"#, "the tenant answered 409: conflict");
    check(422, r#"{"error":"unprocessable"}"#, "the tenant answered 422: unprocessable");
    check(503, "busy", "the tenant answered 503");
    check(200, "", "the response body is empty");
    assert!(check(200, r#"{"users":[{"email":"x"}]}"#, "the response does not decode at `users[0]`").is_decode());
    assert!(check(200, r#"{"users":["#, "the response body is truncated or malformed JSON").is_decode());
}

#[test]
fn a_key_that_graphql_takes_elsewhere_does_not_stop_rest() {
    let flat = r#"{"users":[{"id":"a"}],"pageInfo":{"hasMore":false}}"#;
    let script = Script::json(&[ABSENT, (401, ""), (401, ""), (200, flat), (200, flat)]);
    let client = script.client();
    assert_eq!(now(client.users().list().send()).expect("people").surface(), Surface::RestV2);
    now(client.users().list().send()).expect("people");
    assert_eq!(script.paths().len(), 5, "each place for the key is tried once");
    let wrong_key = Script::default();
    (0..11).for_each(|_| wrong_key.then(Ok(HttpResponse::new(401, "", ""))));
    let client = wrong_key.stranger();
    assert!(now(client.users().list().send()).expect_err("the key is wrong").is_unauthorized());
    assert_eq!(client.capabilities().absent().count(), 0, "a key says nothing of what a tenant has");
}

#[test]
fn partial_data_is_a_result_to_those_who_ask_for_it() {
    let partial = r#"{"data":{"UserById":{"id":"00000000-0000-4000-8000-000000000000","email":null}},"errors":[{"message":"licences are away","path":["UserById","activeLicense"]}]}"#;
    let id = "00000000-0000-4000-8000-000000000000";
    let answer = now(Script::json(&[(200, partial)]).client().users().get(id).send_partial()).expect("data");
    assert_eq!((answer.id.as_str(), answer.errors().len()), (id, 1));
    let error = now(Script::json(&[(200, partial)]).client().users().get(id).send()).expect_err("errors count");
    assert!(error.to_string().contains("licences are away"));
}

#[test]
fn what_is_new_to_the_client_is_kept() {
    let answer = r#"{"data":{"UserById":{"id":"00000000-0000-4000-8000-000000000000","allocatedLicenses":[{"licenseId":"l","licenseRole":"observer"}],"added":1}}}"#;
    let id = "00000000-0000-4000-8000-000000000000";
    let user = now(Script::json(&[(200, answer)]).client().users().get(id).send()).expect("a person");
    let role = user.allocated_licenses.as_ref().and_then(|held| held[0].license_role.clone()).expect("a role");
    assert_eq!(role.to_string(), "observer");
    assert_eq!(serde_json::to_value(&role).expect("JSON"), "observer");
}

#[test]
fn nobody_is_not_found_on_every_surface() {
    let id = "00000000-0000-4000-8000-000000000000";
    for answers in [
        vec![(200, r#"{"data":{"UserById":null}}"#)],
        vec![ABSENT, ABSENT, (404, r#"{"errors":[{"message":"User not found"}]}"#)],
        vec![ABSENT, ABSENT, (200, r#"{"data":{"UserById":null}}"#)],
    ] {
        let error = now(Script::json(&answers).client().users().get(id).send()).expect_err("nobody");
        assert!(error.is_not_found(), "{error}");
    }
}

#[test]
fn an_address_is_looked_up_without_trusting_the_filter() {
    let user = r#"{"data":{"UserById":{"id":"b","email":"Ada@example.com"}}}"#;
    let found = r#"{"users":[{"id":"b","email":"Ada@example.com"}],"total":1}"#;
    let script = Script::json(&[(200, found), (200, user)]);
    let answer = now(script.client().users().get("ada@EXAMPLE.com").send()).expect("a person");
    assert_eq!(answer.id, "b");
    assert_eq!(
        script.paths()[0],
        "GET /incoming/api/v1/users?email=ada%40EXAMPLE.com&per_page=100".replace("&per_page=100", "")
    );

    // A tenant that does not know the filter answers with everybody, and is then searched.
    let everybody = r#"{"users":[{"id":"a","email":"eve@example.com"}],"total":250}"#;
    let page = r#"{"data":{"APIUsers":{"users":[{"id":"b","email":"ada@example.com"}],"pageInfo":{"hasMore":true}}}}"#;
    let script = Script::json(&[(200, everybody), (404, ""), (200, page), (200, user)]);
    assert_eq!(now(script.client().users().get("ada@example.com").send()).expect("a person").id, "b");

    let nobody = Script::json(&[(200, r#"{"users":[],"total":0}"#)]);
    assert!(now(nobody.client().users().get("ada@example.com").send()).expect_err("nobody").is_not_found());

    // A 404 that talks JSON is the guide's way to say so, or a gateway's: the others are asked, and v1 stays known.
    let gateway = (404, r#"{"message":"Not Found"}"#);
    let script = Script::json(&[gateway, (404, "{}"), (200, page), (200, user)]);
    let client = script.client();
    assert_eq!(now(client.users().get("ada@example.com").send()).expect("a person").id, "b");
    assert_eq!(client.capabilities().absent().count(), 0);
    // A gateway's 404 says nothing of a v2 that takes no addresses in its paths: the list is read to its end.
    let first = r#"{"users":[{"id":"a","email":"eve@example.com"}],"pageInfo":{"hasMore":true,"cursor":"Mg"}}"#;
    let second = r#"{"users":[{"id":"b","email":"ada@example.com"}],"pageInfo":{"hasMore":false}}"#;
    let refused = (422, r#"{"message":"id must be a uuid"}"#);
    let person = r#"{"id":"b","email":"ada@example.com"}"#;
    let script = Script::json(&[gateway, refused, ABSENT, ABSENT, (200, first), (200, second), (200, person)]);
    assert_eq!(now(script.client().users().get("ada@example.com").send()).expect("a person").id, "b");

    // A v1 that takes the key nowhere leaves it to v2.
    let flat = r#"{"id":"b","email":"ada@example.com"}"#;
    let script = Script::json(&[(401, ""), (200, flat), (200, user)]);
    assert_eq!(now(script.client().users().get("ada@example.com").send()).expect("a person").id, "b");
}

#[test]
fn discovery_takes_what_it_can_get() {
    let valid = r#"{"valid":true}"#;
    let known = |answers: &[(u16, &str)]| {
        let client = Script::json(answers).stranger();
        now(client.connect()).map(|_| client.capabilities().routes("users.list"))
    };
    // Introspection is switched off in many places; the operations may be there.
    let switched_off =
        r#"{"errors":[{"message":"introspection is not allowed","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}"#;
    // Flat bodies are those of the observed dialect, which prefers v2.
    let all = [Surface::RestV2, Surface::GraphQl];
    // GraphQL at both paths; v2 with its list, an address, and keys that no user has; v1.
    let list = r#"{"users":[{"id":"a","email":"a@example.com"}],"pageInfo":{"hasMore":false}}"#;
    let user = r#"{"id":"a","email":"a@example.com"}"#;
    let v2 = [(200, valid), (200, list), (200, user), (404, ""), (404, ""), (404, "")];
    let open = [&[(400, switched_off), ABSENT][..], &v2, &[ABSENT]].concat();
    assert_eq!(known(&open).expect("v2 is open"), all);
    let forbidden = [(403, "{}"), (403, "{}"), (403, "{}"), (200, "<html>")];
    let forbidden = [&forbidden[..], &v2, &[(200, "<html>")]].concat();
    assert_eq!(known(&forbidden).expect("v2 is open"), [Surface::RestV2]);
    assert!(known(&[(401, ""); 15]).expect_err("nothing is open").is_unauthorized());
}

#[test]
fn no_answer_is_transient() {
    let script = Script::default();
    script.then(Err(TransportError::timeout()));
    let error = list(&script).expect_err("no answer");
    assert!(error.is_timeout() && error.is_retryable());
    assert_eq!(error.to_string(), "users.list over GraphQL: no response in time");
}

#[test]
fn a_list_stays_on_the_surface_of_its_first_page() {
    use futures::TryStreamExt as _;
    let first = r#"{"data":{"APIUsers":{"users":[{"id":"a"}],"pageInfo":{"currentPage":1,"hasMore":true}}}}"#;
    let script = Script::json(&[(200, first), NOT_IN_SCHEMA]);
    let client = script.client();
    let read: Result<Vec<_>, Error> = now(client.users().list().items().try_collect());
    assert!(read.expect_err("pages of another surface are cut differently").is_no_route());
    assert_eq!(script.paths(), ["POST /incoming/api/graphql", "POST /incoming/api/graphql"]);
}
