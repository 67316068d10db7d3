//! What an error says: its kind, its text, whether to retry, and how `main` prints it.

#![allow(clippy::unnecessary_wraps, reason = "what a request comes to is a result, whatever it is")]

use thought_industries::transport::TransportError;
use thought_industries::{
    Client, Error, ErrorKind, Execution, LicenseFields, Surface, UserFields, UserKey, UserStatus,
};

use crate::script::{Script, now};
use crate::seam::HttpResponse;

const QUERY: &str = r#"{"query":"{ ping }"}"#;
const MUTATION: &str = r#"{"query":"mutation { APIUpdateUser(id: 1) { id } }"}"#;

fn of(response: Result<HttpResponse, TransportError>, request: &str) -> Error {
    let script = Script::default();
    script.then(response);
    now(script.client_over(Surface::GraphQl).post_graphql(request)).expect_err("it fails")
}

fn status(status: u16, body: &str) -> Result<HttpResponse, TransportError> {
    Ok(HttpResponse::new(status, "application/json", body))
}

#[test]
fn each_failure_has_a_kind() {
    let failures = [
        (Err(TransportError::new("the connection broke", None)), ErrorKind::Transport),
        (Err(TransportError::timeout()), ErrorKind::Timeout),
        (status(401, ""), ErrorKind::Unauthorized),
        (status(403, ""), ErrorKind::Forbidden),
        (status(409, ""), ErrorKind::Conflict),
        (status(422, r#"{"message":"email is taken"}"#), ErrorKind::Conflict),
        (status(422, r#"{"message":"email is not valid"}"#), ErrorKind::Refused),
        (status(429, "{}"), ErrorKind::RateLimited),
        (status(500, ""), ErrorKind::Unavailable),
        (status(503, "<html>"), ErrorKind::Unavailable),
        (status(504, ""), ErrorKind::Timeout),
        (status(200, "<html>"), ErrorKind::Decode),
    ];
    for (failure, kind) in failures {
        assert_eq!(of(failure, QUERY).kind(), kind);
    }
    let settings = Client::builder().build().expect_err("no tenant");
    assert_eq!(settings.kind(), ErrorKind::Settings);
    let argument =
        UserFields::from_json(serde_json::from_str(r#"{"shoeSize":44}"#).expect("JSON")).expect_err("no field");
    assert_eq!((argument.kind(), argument.is_settings()), (ErrorKind::InvalidArgument, false));
    let script = Script::json(&[(200, r#"{"errors":[{"message":"It broke"}]}"#)]);
    let client = script.client_over(Surface::GraphQl);
    assert_eq!(now(client.users().list().send()).expect_err("errors").kind(), ErrorKind::GraphQl);
    let client = Script::default().client_over(Surface::GraphQl);
    let absent = now(client.users().delete(UserKey::Id("u-1".into()))).expect_err("GraphQL does not have it");
    assert_eq!(absent.kind(), ErrorKind::Unsupported);
}

/// The obvious loop, `while error.is_retryable()`, never writes twice.
#[test]
fn a_write_that_may_have_run_is_not_retryable() {
    let failures = [
        || Err(TransportError::new("the connection broke", None)),
        || Err(TransportError::timeout()),
        || status(500, ""),
        || status(503, ""),
        || status(504, ""),
    ];
    for failure in failures {
        let (query, mutation) = (of(failure(), QUERY), of(failure(), MUTATION));
        assert!(query.is_retryable() && query.execution() == Execution::DidNotRun, "{query}");
        assert!(!mutation.is_retryable() && mutation.execution() == Execution::Unknown, "{mutation}");
    }
    for proof in [|| Err(TransportError::not_sent("no connection", None)), || status(429, "")] {
        assert!(of(proof(), MUTATION).is_retryable());
    }
    for last in [400, 401, 403, 404, 501] {
        assert!(!of(status(last, ""), QUERY).is_retryable(), "{last}");
    }
}

#[test]
fn all_messages_of_a_refused_document_are_there() {
    let listed = |count| {
        let errors: Vec<_> = (1..=count).map(|number| format!(r#"{{"message":"Wrong {number}"}}"#)).collect();
        format!(r#"{{"errors":[{}]}}"#, errors.join(","))
    };
    let error = |code, count| {
        let script = Script::json(&[(code, &listed(count))]);
        now(script.client_over(Surface::GraphQl).users().list().send()).expect_err("it is refused")
    };
    let text = |count| error(400, count).to_string();
    assert_eq!(text(1), "users.list over GraphQL: Wrong 1");
    assert_eq!(text(3), "users.list over GraphQL: Wrong 1; Wrong 2; Wrong 3");
    assert_eq!(text(4), "users.list over GraphQL: Wrong 1; Wrong 2; Wrong 3 (and 1 more error)");
    assert_eq!(text(9), "users.list over GraphQL: Wrong 1; Wrong 2; Wrong 3 (and 6 more errors)");
    assert_eq!(error(400, 9).graphql_errors().len(), 9);
    let forbidden = error(403, 3);
    assert_eq!((forbidden.kind(), forbidden.graphql_errors().len()), (ErrorKind::Forbidden, 3));
    assert_eq!(forbidden.to_string(), "users.list over GraphQL: the tenant answered 403: Wrong 1 (and 2 more errors)");
}

#[test]
fn a_returned_error_is_printed_for_a_reader() {
    let cause = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    let error = of(Err(TransportError::not_sent("no connection to the tenant", Some(cause.into()))), QUERY);
    assert_eq!(
        format!("{error:?}"),
        "post_graphql over GraphQL: no connection to the tenant (caused by: connection refused)"
    );
    let error = Client::builder().build().expect_err("no tenant");
    assert_eq!(format!("{error:?}"), error.to_string());
}

/// Errors before anything is sent, and after, name the operation; what was sent somewhere names the surface as well.
#[test]
fn an_error_names_its_operation_and_surface() {
    let id = || UserKey::Id("u-1".into());
    let unsent = |client: &Client| -> Vec<(&'static str, Option<Error>)> {
        let wipe = UserFields::new().replace_license_access(true);
        vec![
            ("users.get", now(client.users().get(UserKey::Id("..".into())).send()).err()),
            ("users.update", now(client.users().update(id(), wipe.clone()).send()).err()),
            ("users.create", now(client.users().create(wipe.email("a@example.com")).send()).err()),
            ("licenses.update", now(client.licenses().update("l-1", LicenseFields::new())).err()),
            ("clients.get", now(client.clients().get("").send()).err()),
        ]
    };
    let script = Script::default();
    for (operation, error) in unsent(&script.client_over(Surface::RestV2)) {
        let error = error.unwrap_or_else(|| panic!("{operation}: it is refused"));
        assert_eq!((error.operation(), error.kind()), (Some(operation), ErrorKind::InvalidArgument), "{error}");
        assert!(error.to_string().starts_with(operation), "{error}");
    }
    assert_eq!(script.sent().len(), 0);
    let refused: Vec<(u16, &str)> = vec![(422, r#"{"message":"no"}"#); 40];
    let sent = |call: &dyn Fn(&Client) -> Option<Error>| {
        call(&Script::json(&refused).client_over(Surface::RestV2)).expect("it is refused")
    };
    let sent = [
        ("users.list", sent(&|client| now(client.users().list().send()).err())),
        (
            "users.create",
            sent(&|client| now(client.users().create(UserFields::new().email("a@example.com")).send()).err()),
        ),
        (
            "users.update-status",
            sent(&|client| now(client.users().update_status(id(), UserStatus::Active).send()).err()),
        ),
        ("clients.list", sent(&|client| now(client.clients().list().send()).err())),
        ("licenses.create", sent(&|client| now(client.licenses().create("c-1", LicenseFields::new().name("L"))).err())),
        ("clients.update-status", sent(&|client| now(client.clients().update_status("c-1", UserStatus::Active)).err())),
    ];
    for (operation, error) in sent {
        assert!(error.to_string().starts_with(&format!("{operation} over REST v2: ")), "{operation}: {error}");
    }
}
