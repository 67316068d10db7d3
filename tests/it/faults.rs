//! Each fault of the sandbox, met by a query and by a mutation: `docs/reliability.md` is what this test saw.

use std::fmt::Write as _;
use std::time::Duration;

use graphql_client::{GraphQLQuery, QueryBody};
use thought_industries::{Client, Error};
use thought_industries_sandbox::{Dialect, Fault, FaultRate, Sandbox};

use crate::script::Impatient;

/// What the caller sees of an error.
fn seen(error: &Error) -> String {
    let predicates = [
        (error.is_rate_limited(), "rate limited"),
        (error.is_timeout(), "timeout"),
        (error.is_transient(), "transient"),
        (error.is_decode(), "decode"),
        (error.outcome_unknown(), "**outcome unknown**"),
    ];
    let told: Vec<_> = predicates.into_iter().filter(|(holds, _)| *holds).map(|(_, name)| name).collect();
    let text = error.to_string().replace("execute over GraphQL: ", "").replace('|', "\\|");
    let text = text.split("; whether").next().unwrap_or_default().to_owned();
    if told.is_empty() { text } else { format!("{text} ({})", told.join(", ")) }
}

/// Two operations of a consumer's own.
struct Query;
struct Mutation;

impl GraphQLQuery for Query {
    type Variables = ();
    type ResponseData = serde_json::Value;

    fn build_query((): ()) -> QueryBody<()> {
        QueryBody { variables: (), query: "query Q { users { id } }", operation_name: "Q" }
    }
}

impl GraphQLQuery for Mutation {
    type Variables = ();
    type ResponseData = serde_json::Value;

    fn build_query((): ()) -> QueryBody<()> {
        QueryBody {
            variables: (),
            query: "mutation M { SetupUserDualRole(id: 1) { __typename } }",
            operation_name: "M",
        }
    }
}

/// What a request comes to when every answer has the fault: what the caller sees, and how often it arrived.
async fn meet<Q: GraphQLQuery<Variables = ()>>(fault: Fault) -> (String, usize) {
    let sandbox = Sandbox::new(Dialect::Documented).fault(FaultRate { fault, rate: 1.0 });
    let tenant = sandbox.start().await.expect("a sandbox starts");
    let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key());
    let policy = thought_industries::RetryPolicy::default().deadline(Duration::from_secs(100_000));
    let client = builder.with_retry_policy(policy).with_clock(Impatient::default()).build().expect("right settings");
    let error = client.execute::<Q>(()).send().await.map(drop).expect_err("it has a fault");
    assert!(!error.to_string().contains(tenant.api_key()) && !format!("{error:?}").contains(tenant.api_key()));
    (seen(&error), tenant.received().len())
}

#[tokio::test]
async fn the_table_of_faults_is_what_happens() {
    let mut table = String::from(
        "# Faults, and what becomes of a call\n\nWritten by `UPDATE_FIXTURES=1 cargo test --test it faults`, from a run \
         against the sandbox with each fault in every answer\n(`ti sandbox --fault NAME`). The default retry policy; \
         waiting takes no time there.\n\n\
         A query may be sent again after every failure that passes. A mutation is sent again only where it is proven \
         that it did\nnot run; otherwise the error says that the outcome is unknown.\n\n\
         | fault | of a query the caller sees | sent | of a mutation the caller sees | sent |\n| --- | --- | --- | --- | --- |\n",
    );
    for fault in Fault::ALL.iter().copied() {
        let (query, queries) = meet::<Query>(fault).await;
        let (mutation, mutations) = meet::<Mutation>(fault).await;
        let is_limit = fault.name().starts_with("too-many");
        writeln!(table, "| `{fault}` | {query} | {queries} | {mutation} | {mutations} |").expect("a string");
        assert!(mutations == 1 || is_limit, "{fault}: a mutation that may have run was sent {mutations} times");
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md");
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(&path, &table).expect("written");
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), table, "run it with UPDATE_FIXTURES=1");
}

#[tokio::test]
async fn with_some_faults_every_query_is_answered_in_the_end() {
    let faults = ["bad-gateway:0.1", "too-many-requests:0.1", "broken-body:0.05", "unavailable:0.05"];
    for dialect in [Dialect::Documented, Dialect::Observed] {
        let sandbox = faults
            .iter()
            .fold(Sandbox::new(dialect).users(500), |sandbox, fault| sandbox.fault(fault.parse().expect("a fault")));
        let tenant = sandbox.start().await.expect("a sandbox starts");
        let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key()).without_limits();
        let client = builder.with_clock(Impatient::default()).build().expect("right settings");
        let people = client.users().list().items();
        let people: Vec<_> = futures::TryStreamExt::try_collect(people).await.expect("everybody, faults or none");
        assert_eq!(people.len(), 500);
    }
}

#[test]
fn a_fault_that_is_none_is_told_with_those_that_are() {
    let wrong = "bad-gatewy".parse::<FaultRate>().expect_err("no fault");
    assert!(wrong.contains("`bad-gatewy` is no fault") && wrong.contains("redirect-elsewhere"), "{wrong}");
    for wrong in ["bad-gateway:2", "bad-gateway:-1", "bad-gateway:x", "bad-gateway:NaN"] {
        assert!(wrong.parse::<FaultRate>().expect_err(wrong).contains("is no rate"));
    }
}
