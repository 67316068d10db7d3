//! Limits as the documents state them: what is counted, told and refused.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use thought_industries_sandbox::{Dialect, Limits, RunningSandbox, Sandbox};

/// A sandbox with these limits, in windows that no test outlives.
async fn limited(toml: &str) -> RunningSandbox {
    let limits = Limits::parse(&format!("window = 3600\n{toml}")).expect("limits");
    Sandbox::new(Dialect::Documented).limits(limits).start().await.expect("a sandbox starts")
}

async fn query(tenant: &RunningSandbox, query: &str) -> Response {
    let request = reqwest::Client::new().post(format!("{}/incoming/api/graphql", tenant.url()));
    let request = request.header("x-api-key", tenant.api_key()).header("content-type", "application/json");
    request.body(json!({ "query": query }).to_string()).send().await.expect("an answer")
}

async fn rest(tenant: &RunningSandbox, method: Method) -> Response {
    let request = reqwest::Client::new().request(method, format!("{}/incoming/v2/ping", tenant.url()));
    request.bearer_auth(tenant.api_key()).send().await.expect("an answer")
}

fn header(response: &Response, name: &str) -> Option<u64> {
    response.headers().get(name)?.to_str().ok()?.parse().ok()
}

async fn body(response: Response) -> Value {
    serde_json::from_slice(&response.bytes().await.expect("a body")).expect("JSON")
}

#[tokio::test]
async fn a_query_costs_a_point_for_each_field_and_more_where_the_schema_says_so() {
    let tenant = limited("").await;
    for (text, points) in [
        ("{ users { id } }", 2),
        ("{ users { id id again: id ...F } } fragment F on User { id email }", 4),
        ("{ users { purchasedCourses { courseId } } }", 6),
    ] {
        let response = query(&tenant, text).await;
        assert_eq!(response.status(), 200, "{text}");
        assert_eq!(header(&response, "x-complexity-cost"), Some(points), "{text}");
        assert_eq!(header(&response, "x-complexity-limit"), Some(1_000));
        assert_eq!(header(&response, "x-ratelimit-limit"), Some(2_500));
    }
}

#[tokio::test]
async fn a_query_that_costs_too_much_is_refused() {
    let tenant = limited("query-points = 1").await;
    let response = query(&tenant, "{ users { id } }").await;
    assert_eq!(response.status(), 400);
    assert_eq!(body(response).await["errors"][0]["extensions"]["code"], "QUERY_TOO_COMPLEX");
}

#[tokio::test]
async fn points_and_requests_are_counted_apart() {
    let tenant = limited("graphql-points = 5").await;
    assert_eq!(query(&tenant, "{ users { id } }").await.status(), 200);
    assert_eq!(query(&tenant, "{ users { id } }").await.status(), 200);
    assert_eq!(query(&tenant, "{ users { id } }").await.status(), 429, "six points");
    assert_eq!(query(&tenant, "{ __typename }").await.status(), 200, "five");
    let tenant = limited("graphql-requests = 1").await;
    assert_eq!(query(&tenant, "{ __typename }").await.status(), 200);
    assert_eq!(query(&tenant, "{ __typename }").await.status(), 429);
    assert_eq!(rest(&tenant, Method::GET).await.status(), 200, "REST has a limit of its own");
}

#[tokio::test]
async fn a_refusal_says_what_the_documents_say_it_says() {
    let tenant = limited("rest-requests = 1").await;
    let first = rest(&tenant, Method::GET).await;
    assert_eq!((header(&first, "x-ratelimit-limit"), header(&first, "x-ratelimit-remaining")), (Some(1), Some(0)));
    let refused = rest(&tenant, Method::GET).await;
    assert_eq!(refused.status(), 429);
    let wait = header(&refused, "retry-after").expect("a wait");
    assert!((3_500..=3_600).contains(&wait), "{wait}");
    assert_eq!(header(&refused, "x-ratelimit-reset"), header(&first, "x-ratelimit-reset"));
    let body = body(refused).await;
    assert_eq!((body["error"].as_str(), body["retryAfter"].as_u64()), (Some("rate_limit_exceeded"), Some(wait)));
    assert!(body["message"].is_string());
}

#[tokio::test]
async fn requests_that_write_have_a_limit_of_their_own() {
    let tenant = limited("rest-writes = 1").await;
    // The path takes no such request; it is counted all the same.
    assert_eq!(rest(&tenant, Method::POST).await.status(), 405);
    assert_eq!(rest(&tenant, Method::POST).await.status(), 429);
    assert_eq!(rest(&tenant, Method::GET).await.status(), 200);
}

#[tokio::test]
async fn content_has_a_limit_of_its_own_and_a_second_has_one() {
    let tenant = limited("rest-writes = 0\nrest-content-writes = 1").await;
    let send = async |path: &str| {
        let request = reqwest::Client::new().post(format!("{}{path}", tenant.url())).bearer_auth(tenant.api_key());
        request.send().await.expect("an answer").status().as_u16()
    };
    assert_eq!(send("/incoming/v2/users").await, 429);
    assert_eq!(send("/incoming/v2/licenses").await, 422);
    assert_eq!(send("/incoming/v2/licenses").await, 429);
    let tenant = limited("rest-burst = 0").await;
    assert_eq!(rest(&tenant, Method::GET).await.status(), 429);
    let plans = (Limits::documented(), Limits::enterprise());
    assert_eq!((plans.0.rest_requests, plans.0.rest_burst), (120, 20));
    assert_eq!((plans.1.rest_requests, plans.1.rest_burst), (600, 100));
}

#[tokio::test]
async fn a_request_without_the_key_is_not_counted() {
    let tenant = limited("rest-requests = 1").await;
    let url = format!("{}/incoming/v2/ping", tenant.url());
    for _ in 0..3 {
        assert_eq!(reqwest::get(&url).await.expect("an answer").status(), 401);
    }
    assert_eq!(rest(&tenant, Method::GET).await.status(), 200);
}

#[test]
fn limits_that_are_none_are_told() {
    let wrong = |text: &str| Limits::parse(text).expect_err(text);
    assert!(wrong("rest-request = 1").contains("unknown field `rest-request`"));
    assert!(wrong("window = 0").contains("a window of 0 seconds is out of range"));
    assert!(Limits::documented().with_window(f64::NAN).is_err());
    assert_eq!(Limits::parse("").expect("the documented ones"), Limits::documented());
}
