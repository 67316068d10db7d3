//! The key is printed nowhere.

use thought_industries::transport::Response;
use thought_industries::{Client, UserKey};

use crate::script::{Script, now};

#[test]
fn nothing_that_prints_shows_the_key() {
    let script = Script::default();
    let builder = Client::builder().set_subdomain("acme").set_api_key(Script::KEY).with_key_in_query(true);
    let mut printed = vec![format!("{builder:?}")];
    let client = builder.with_transport(script.clone()).build().expect("right settings");
    printed.push(format!("{client:?} {client:#?}"));
    script.then(Ok(Response::new(403, "application/json", "{}")));
    let error = now(client.users().list().send()).expect_err("refused");
    printed.push(format!("{error} {error:?}"));
    printed.push(format!("{:?}", client.users().get("ada@example.com")));
    for text in printed {
        assert!(!text.contains(Script::KEY), "{text}");
        assert!(!text.contains("ada@example.com"), "{text}");
    }
    assert!(script.paths()[0].ends_with("?apiKey=scripted-key"), "the key was sent all the same");
    assert_eq!(format!("{:?}", UserKey::from("ada@example.com")), "Email(…)");
}

#[tokio::test]
async fn a_tenant_that_is_not_there_leaves_no_url_in_the_error() {
    let client = Client::builder()
        .set_url("http://127.0.0.1:9")
        .set_api_key("planted-key")
        .with_key_in_query(true)
        .build()
        .expect("right settings");
    let error = client.users().list().send().await.expect_err("nobody listens there");
    let mut text = format!("{error} {error:?}");
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text = format!("{text} {cause} {cause:?}");
        source = cause.source();
    }
    assert!(error.is_transient());
    assert!(!text.contains("planted-key"), "{text}");
}
