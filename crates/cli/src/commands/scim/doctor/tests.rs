//! What answers mean, and what is sent.

use serde_json::json;

use super::*;
use crate::arguments::Directory;

fn call(expected: Expected) -> Call {
    let call = calls::all(Some(Directory::Okta), None).into_iter().next().expect("a request");
    Call { expected, meaning: "all is well", ..call }
}

#[test]
fn each_answer_is_explained() {
    let list = |total: u64| Some(json!({ "schemas": [], "totalResults": total, "Resources": [] }));
    let error = |status: &str| Some(json!({ "schemas": [], "status": status, "detail": "why" }));
    let entry = Some(json!({ "schemas": [], "id": "1" }));
    for (expected, status, body, advice) in [
        (Expected::List, 200, list(3), "all is well"),
        (Expected::EmptyList, 200, list(0), "all is well"),
        (Expected::Document, 200, entry.clone(), "all is well"),
        (Expected::Error(404), 404, error("404"), "all is well"),
        (Expected::Unauthorized, 401, error("401"), "all is well"),
        (Expected::Created, 201, entry.clone(), "all is well"),
        (Expected::Changed, 200, entry.clone(), "all is well"),
        (Expected::Deleted, 204, None, "all is well"),
        (Expected::EmptyList, 200, list(1), "not what SCIM asks for"),
        (Expected::List, 200, None, "login page"),
        (Expected::List, 200, Some(json!([])), "not what SCIM asks for"),
        (Expected::List, 302, None, "redirects"),
        (Expected::List, 401, error("401"), "`ti scim connection token`"),
        (Expected::List, 404, None, "no gateway answers"),
        (Expected::List, 404, error("404"), "ends in /scim/v2"),
        (Expected::Error(404), 404, None, "no gateway answers"),
        (Expected::Error(404), 404, Some(json!({ "status": 404 })), "no gateway answers"),
        (Expected::Unauthorized, 200, list(1), "proxy sends a token of its own"),
        (Expected::Created, 403, error("403"), "domains"),
        (Expected::Created, 409, error("409"), "--create"),
        (Expected::List, 429, error("429"), "Retry-After"),
        (Expected::List, 502, None, "60 seconds"),
        (Expected::List, 503, error("503"), "`ti scim status`"),
        (Expected::List, 500, error("500"), "X-Request-Id"),
    ] {
        let finding = judge(&call(expected), &Outcome::Answer(status, body.clone()));
        assert!(finding.advice.contains(advice), "{expected:?} {status} {body:?}: {finding:?}");
        assert_eq!(finding.level == "ok", advice == "all is well");
    }
    let finding = judge(&call(Expected::List), &Outcome::None("connection refused".to_owned()));
    assert!(finding.level == "problem" && finding.advice.contains("`ti scim serve`"), "{finding:?}");
}

#[test]
fn only_the_requests_of_a_directory_are_sent_and_none_writes_without_being_asked() {
    let names = |directory, create| {
        let mut names: Vec<_> = calls::all(directory, create).iter().map(|call| call.directory).collect();
        names.dedup();
        names
    };
    assert_eq!(names(None, None), ["all", "Okta", "Entra", "OneLogin", "Google", "JumpCloud"]);
    assert_eq!(names(Some(Directory::Entra), Some("a@b.example")), ["all", "Entra"]);
    assert!(calls::all(None, None).iter().all(|call| call.method == "GET"));
    let all = calls::all(None, Some("a@b.example"));
    assert_eq!(all.iter().filter(|call| call.method != "GET").count(), 5);
    // What needs an id is left out if there is none.
    assert_eq!(all.iter().filter(|call| call.path_of(None).is_none()).count(), 3);
    assert!(all.iter().any(|call| call.path_of(Some("7")).as_deref() == Some("/Users/7")));
}
