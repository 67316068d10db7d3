//! Requests and answers of each operation on each route, pinned: what is sent, and what comes out of it.

use futures::TryStreamExt as _;
use serde::Serialize;
use serde_json::Value;
use thought_industries::{Client, Dialect, Response, Surface};
use thought_industries_sandbox::{Dialect as Tenant, RunningSandbox, Sandbox};

use crate::script::{Script, client_of, now};
use crate::writes::learner_role;

/// Answers that make a client take the route to a surface.
fn detour(surface: Surface) -> Vec<(u16, &'static str)> {
    match surface {
        Surface::GraphQl => vec![],
        Surface::RestV2 => vec![(404, ""), (404, "")],
        _ => vec![(404, ""), (404, ""), (404, "")],
    }
}

const SURFACES: [(Surface, &str); 3] =
    [(Surface::GraphQl, "graphql"), (Surface::RestV2, "v2"), (Surface::RestV1, "v1")];

/// Pins the request of an operation on each of its surfaces.
pub(crate) fn pin_requests(operation: &str, surfaces: &[Surface], call: impl AsyncFn(Client)) {
    for (surface, name) in SURFACES.iter().filter(|(surface, _)| surfaces.contains(surface)) {
        let mut answers = detour(*surface);
        // A refusal ends the call once the request is known.
        answers.push((403, ""));
        let script = Script::json(&answers);
        now(call(script.client()));
        insta::assert_snapshot!(format!("request__{operation}__{name}"), script.sent().last().expect("a request"));
    }
}

const ID: &str = "00000000-0000-4000-8000-000000000000";
const ALL: [Surface; 3] = [Surface::GraphQl, Surface::RestV2, Surface::RestV1];
pub(crate) const NEWER: [Surface; 2] = [Surface::GraphQl, Surface::RestV2];

#[test]
fn requests() {
    pin_requests("users.list", &ALL, async |client| _ = client.users().list().send().await);
    pin_requests("users.list-of-role", &NEWER, async |client| {
        _ = client.users().list().set_role("learner").send().await;
    });
    pin_requests("users.deep", &ALL, async |client| _ = client.users().list().deep().send().await);
    pin_requests("users.basic", &ALL, async |client| _ = client.users().basic().set_page(2).send().await);
    pin_requests("users.get", &NEWER, async |client| _ = client.users().get(ID).send().await);
    pin_requests("clients.list", &NEWER, async |client| {
        _ = client.clients().list().set_query("a & b").set_count(10).send().await;
    });
    pin_requests("clients.get", &NEWER, async |client| _ = client.clients().get(ID).send().await);
    pin_requests("licenses.of-client", &NEWER, async |client| _ = client.licenses().of_client(ID).send().await);
}

#[test]
fn what_is_not_given_is_not_sent() {
    let script = Script::json(&[(403, "")]);
    _ = now(script.client().users().list().send());
    let sent = script.sent();
    assert!(sent[0].contains(r#""variables":{"page":1}"#), "{}", sent[0]);
}

#[test]
fn a_surface_that_would_leave_out_a_filter_is_not_asked() {
    let script = Script::json(&detour(Surface::RestV1));
    let error = now(script.client().users().list().set_role("admin").send()).expect_err("v1 knows no roles");
    assert!(error.to_string().contains("REST v1: it does not take `role`"), "{error}");
    assert_eq!(script.paths().len(), 3);
}

#[test]
fn an_id_stays_one_segment_of_the_path() {
    let script = Script::json(&[(404, ""), (404, ""), (403, "")]);
    _ = now(script.client().clients().get("../users?role=admin#x").send());
    assert_eq!(script.paths()[2], "GET /incoming/v2/clients/..%2Fusers%3Frole=admin%23x");
    for id in ["", ".", ".."] {
        let script = Script::json(&[(404, ""), (404, "")]);
        let error = now(script.client().clients().get(id).send()).expect_err("no id");
        assert!(error.is_invalid_argument(), "{error}");
    }
}

/// An answer as a reviewer reads it.
#[derive(Serialize)]
struct Pinned<'a, T> {
    surface: String,
    gaps: &'a [String],
    value: &'a T,
}

pub(crate) fn pin<T: Serialize>(name: &str, answer: &Response<T>) {
    pin_part(name, answer, &**answer);
}

/// Pins a part of an answer that is long.
pub(crate) fn pin_part<T, U: Serialize>(name: &str, answer: &Response<T>, part: &U) {
    let pinned = Pinned { surface: answer.surface().to_string(), gaps: answer.gaps(), value: part };
    insta::assert_json_snapshot!(format!("answer__{name}"), pinned);
}

async fn tenant(dialect: Tenant) -> (RunningSandbox, Client) {
    let tenant = Sandbox::new(dialect).users(8).start().await.expect("a sandbox starts");
    let client = client_of(&tenant);
    (tenant, client)
}

#[tokio::test]
async fn answers_of_both_dialects() {
    for dialect in Tenant::ALL {
        let (_tenant, client) = tenant(dialect).await;
        pin(&format!("users.list__{dialect}"), &client.users().list().send().await.expect("people"));
        pin(&format!("users.basic__{dialect}"), &client.users().basic().send().await.expect("people"));
        let role = learner_role(&client).await;
        let people: Vec<_> = client.users().list().set_role(role).items().try_collect().await.expect("people");
        // The first learner belongs to no client.
        let learner = &people.get(1).expect("a learner").id;
        pin(&format!("users.get__{dialect}"), &client.users().get(learner.as_str()).send().await.expect("a person"));
        let clients = client.clients().list().set_count(1).send().await.expect("clients");
        let id = clients.clients.as_ref().and_then(|clients| clients.first()).expect("a client").id.clone();
        pin(&format!("clients.list__{dialect}"), &clients);
        pin(&format!("clients.get__{dialect}"), &client.clients().get(&id).send().await.expect("a client"));
        let licenses = client.licenses().of_client(&id).send().await.expect("licences");
        let mut first = licenses.clone().into_inner();
        first.licenses.iter_mut().for_each(|licenses| licenses.truncate(2));
        insta::assert_json_snapshot!(format!("answer__licenses.of-client__{dialect}"), first);
    }
}

/// Over v1 a tenant gives what the API guide lists.
#[tokio::test]
async fn answers_of_v1() {
    let (tenant, _) = tenant(Tenant::Documented).await;
    let script = Script::json(&detour(Surface::RestV1));
    let http = reqwest_get(&tenant, "/incoming/api/v1/users?page=1&per_page=100").await;
    script.then(Ok(crate::seam::HttpResponse::new(200, "application/json", http)));
    pin("users.list__v1", &now(script.client().users().list().send()).expect("people"));
}

async fn reqwest_get(tenant: &RunningSandbox, path: &str) -> Vec<u8> {
    let request = reqwest::Client::new().get(format!("{}{path}", tenant.url())).header("X-API-Key", tenant.api_key());
    request.send().await.expect("an answer").bytes().await.expect("a body").to_vec()
}

#[tokio::test]
async fn a_client_told_the_dialect_makes_no_detour() {
    let (tenant, _) = tenant(Tenant::Observed).await;
    let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key());
    let client = builder.with_dialect(Dialect::Observed).build().expect("right settings");
    client.users().list().send().await.expect("people");
    let paths: Vec<String> = tenant.received().into_iter().map(|received| received.path).collect();
    assert_eq!(paths, ["/incoming/v2/users"]);
}

#[tokio::test]
async fn consumers_run_their_own_operations() {
    use thought_industries::operations::{UsersBasic, users_basic};
    let (_tenant, client) = tenant(Tenant::Documented).await;
    let variables = users_basic::Variables::new().page(1);
    let answer = client.execute::<UsersBasic>(variables).send().await.expect("people");
    assert_eq!(answer.users.len(), 8);
    let (_tenant, client) = self::tenant(Tenant::Observed).await;
    let refused = client.execute::<UsersBasic>(users_basic::Variables::default()).send().await;
    let error = refused.expect_err("the observed schema has no such field");
    assert!(error.graphql_errors().iter().any(|error| error.message.starts_with("Cannot query field")));
}

#[tokio::test]
async fn raw_requests_tell_which_endpoint_answered() {
    let (_tenant, client) = tenant(Tenant::Observed).await;
    let response = client.post_graphql(r#"{"query":"{ __typename }"}"#).await.expect("an answer");
    let body: Value = serde_json::from_slice(&response.body).expect("JSON");
    assert_eq!((response.path.as_str(), &body["data"]["__typename"]), ("/helium", &Value::from("Query")));
}

/// A generated operation runs on whichever surface the tenant has, and its data has the same type.
#[tokio::test]
async fn a_generated_operation_runs_over_rest_as_well() {
    use thought_industries::Surface;
    use thought_industries::operations::{client_by_id, users_list};
    let (_documented, client) = tenant(Tenant::Documented).await;
    let over_graphql = client.run(users_list::Variables::new().page(1)).await.expect("users");
    let (_observed, client) = self::tenant(Tenant::Observed).await;
    let over_rest = client.run(users_list::Variables::new()).await.expect("users");
    assert_eq!((over_graphql.surface(), over_rest.surface()), (Surface::GraphQl, Surface::RestV2));
    let first = |data: &users_list::ResponseData| {
        let list = data.api_users.as_ref().expect("a list");
        list.users.iter().flatten().map(|user| user.email.clone()).next().expect("a user")
    };
    assert_eq!(first(&over_graphql), first(&over_rest));
    let missing = client.run(client_by_id::Variables::new("00000000-0000-4000-8000-00000000dead")).await;
    assert!(missing.expect_err("no client").is_not_found());
}
