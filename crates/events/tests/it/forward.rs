//! Events that are forwarded, to a receiver that is written down here.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use thought_industries::TokioClock;
use thought_industries_events::{Arrival, Consumer as _, ForwardConsumer, Inbox, KeptEvent, Source, Taken, events_of};
use tokio::net::TcpListener;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// Verifies as Standard Webhooks describes it, and takes logins only.
async fn take(headers: HeaderMap, body: String) -> StatusCode {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signed = format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp"));
    let key = STANDARD.decode(SECRET.trim_start_matches("whsec_")).expect("a key");
    let mut code = Hmac::<Sha256>::new_from_slice(&key).expect("a key");
    code.update(signed.as_bytes());
    let expected = format!("v1,{}", STANDARD.encode(code.finalize().into_bytes()));
    let event: Value = serde_json::from_str(&body).expect("JSON");
    match event["kind"].as_str() {
        _ if header("webhook-signature") != expected => StatusCode::UNAUTHORIZED,
        _ if header("content-type") != "application/json" => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Some("login") => StatusCode::NO_CONTENT,
        Some("visit") => StatusCode::PERMANENT_REDIRECT,
        _ => StatusCode::GONE,
    }
}

fn events() -> Vec<KeptEvent> {
    let folder = tempfile::tempdir().expect("a folder");
    let inbox = Inbox::open(&folder.path().join("inbox.sqlite")).expect("an inbox");
    let body = br#"[{"event":"login","user":"Zo\u00eb <z@example.com>"},{"event":"visit"},{"event":"courseView"}]"#;
    let arrivals: Vec<_> =
        events_of(body).expect("events").into_iter().map(|event| Arrival::new(event, Source::Feed)).collect();
    inbox.add(&arrivals, 0).expect("kept");
    inbox.due(0, 9).expect("a list")
}

#[tokio::test]
async fn a_receiver_of_standard_webhooks_can_verify_what_is_forwarded() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", post(take))).await });
    let url = format!("http://{address}/hook");
    let clock = Arc::new(TokioClock::default());
    let mut forward = ForwardConsumer::new(&url, SECRET, clock.clone()).expect("a URL");
    let mut taken = Vec::new();
    for event in events() {
        taken.push(forward.take(&[event]).await);
    }
    let [first, second, third] = taken.try_into().expect("three");
    assert_eq!(first, Taken::Done { note: None });
    assert!(matches!(second, Taken::Failed(reason) if reason.contains("308, and redirects are not followed")));
    assert!(matches!(third, Taken::Refused(reason) if reason.contains("410")));
    let other = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let mut unknown = ForwardConsumer::new(&url, other, clock).expect("a URL");
    assert!(matches!(unknown.take(&events()).await, Taken::Failed(reason) if reason.contains("401")));
    server.abort();
    // A receiver that is away gets the events when it is back.
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let mut away =
        ForwardConsumer::new(&format!("http://{closed}"), SECRET, Arc::new(TokioClock::default())).expect("a URL");
    assert!(matches!(away.take(&events()).await, Taken::Unavailable(_)));
}
