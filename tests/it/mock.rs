//! The module for unit tests of other programs: scripts, failures, recordings.

use thought_industries::mock::{Failure, Mock, Recorder, Recording};
use thought_industries::{Client, ErrorKind, Execution, RetryPolicy, Surface, UserFields, UserKey, UserStatus};
use thought_industries_sandbox::{Dialect, Sandbox};

use crate::script::now;

#[test]
fn a_script_responds_by_operation_in_order_and_repeats_its_last_response() {
    let tenant = Mock::new();
    tenant.on("users.get", 200, r#"{"id":"u-1","email":"ada@example.com"}"#).on("users.get", 404, "{}");
    tenant.on("users.update", 200, r#"{"id":"u-1","firstName":"Ada"}"#);
    let client = tenant.builder(Surface::RestV2).build().expect("right settings");
    let get = || now(client.users().get(UserKey::Id("u-1".into())).record_only().send());
    assert_eq!(get().expect("the first").email.as_deref(), Some("ada@example.com"));
    let fields = UserFields::new().first_name("Ada");
    now(client.users().update(UserKey::Id("u-1".into()), fields).send()).expect("updated");
    assert!(get().expect_err("the second").is_not_found());
    assert!(get().expect_err("the last one again").is_not_found());
    let requests = tenant.requests();
    let update = requests.iter().find(|request| request.operation == "users.update").expect("an update");
    assert_eq!(
        (&*update.method, &*update.path, &*update.body),
        ("PUT", "/incoming/v2/users/u-1", r#"{"firstName":"Ada"}"#)
    );
}

#[test]
fn what_is_not_scripted_is_an_error_that_names_it() {
    let client = Mock::new().builder(Surface::RestV2).build().expect("right settings");
    let error = now(client.clients().update_status("c-1", UserStatus::Disabled)).expect_err("no response");
    assert_eq!((error.kind(), error.execution()), (ErrorKind::Transport, Execution::DidNotRun));
    assert!(error.to_string().contains("no response for clients.update-status over REST v2: "), "{error}");
}

#[test]
fn a_failure_is_what_it_means_for_a_write() {
    for (failure, execution) in [
        (Failure::NotSent, Execution::DidNotRun),
        (Failure::Broken, Execution::Unknown),
        (Failure::Timeout, Execution::Unknown),
    ] {
        let tenant = Mock::new();
        tenant.fail("clients.update-status", failure);
        let builder = tenant.builder(Surface::RestV2).with_retry_policy(RetryPolicy::never());
        let client = builder.build().expect("right settings");
        let error = now(client.clients().update_status("c-1", UserStatus::Disabled)).expect_err("it fails");
        assert_eq!(error.execution(), execution, "{error}");
    }
}

#[tokio::test]
async fn a_recording_of_a_tenant_is_replayed_without_it() {
    let sandbox = Sandbox::new(Dialect::Documented).users(20).start().await.expect("a sandbox starts");
    let recording = Recorder::recording();
    let kept = recording.clone();
    let builder = || Client::builder().without_limits().with_learner_roles(["student"]);
    let recorded = builder().set_url(sandbox.url()).set_api_key(sandbox.api_key());
    let recorded = recorded.with_layer(move |https| Recorder::new(https, kept)).build().expect("right settings");
    let users = recorded.users().list().send().await.expect("users");
    let text = serde_json::to_string(&*recording.lock().expect("not poisoned")).expect("JSON");
    assert!(!text.contains(sandbox.api_key()));
    drop(sandbox);

    let recording: Recording = serde_json::from_str(&text).expect("a recording");
    assert!(recording.exchanges.iter().all(|exchange| exchange.operation == "users.list"), "{text}");
    let replayed = builder().set_subdomain("acme").set_api_key("another-key").with_service(Mock::replay(&recording));
    let replayed = replayed.build().expect("right settings").users().list().send().await.expect("the same users");
    assert_eq!(serde_json::to_value(&*replayed).expect("JSON"), serde_json::to_value(&*users).expect("JSON"));
}
