//! Deliveries to a receiver that is written down here.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
use thought_industries_sandbox::{Deliveries, DeliveryForm, Dialect, RunningSandbox, Sandbox};
use tokio::net::TcpListener;

/// What a receiver got: bodies and signatures; and the status that it responds with.
#[derive(Default)]
struct Got {
    requests: Mutex<Vec<(String, Option<String>)>>,
    status: Mutex<u16>,
}

async fn receiver() -> (Arc<Got>, String) {
    let got = Arc::new(Got { status: Mutex::new(200), ..Got::default() });
    let kept = Arc::clone(&got);
    let take = move |headers: HeaderMap, body: String| async move {
        let signature = headers.get("x-ti-signature").map(|value| value.to_str().expect("text").to_owned());
        kept.requests.lock().expect("a list").push((body, signature));
        StatusCode::from_u16(*kept.status.lock().expect("a status")).expect("a status")
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/hook", post(take))).await });
    (got, url)
}

async fn sandbox() -> RunningSandbox {
    Sandbox::new(Dialect::Documented).users(30).start().await.expect("a sandbox")
}

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn each_form_has_its_body_and_its_repetitions() {
    let sandbox = sandbox().await;
    for (form, attempts) in [(DeliveryForm::Docs, 6), (DeliveryForm::Support, 11)] {
        let (got, url) = receiver().await;
        *got.status.lock().expect("a status") = 500;
        let deliveries = Deliveries::new(form, url).secret("whsec_one").kinds(["courseCompletion"]);
        let mut sender = sandbox.deliver(deliveries).expect("a sender");
        sender.advance(3 * DAY).await;
        let mut of_event = BTreeMap::<usize, Vec<i64>>::new();
        for attempt in sender.attempts() {
            of_event.entry(attempt.event).or_default().push(attempt.at);
        }
        assert_eq!(of_event.len(), 30);
        assert!(of_event.values().all(|times| times.len() == attempts), "{form:?}");
        let first = &of_event[&0];
        let expected = if form == DeliveryForm::Docs { [60_000, 300_000] } else { [20_000, 40_000] };
        assert_eq!([first[1] - first[0], first[2] - first[1]], expected);
        let (body, signature) = got.requests.lock().expect("a list")[0].clone();
        let body: Value = serde_json::from_str(&body).expect("JSON");
        let is_docs = form == DeliveryForm::Docs;
        assert_eq!(
            (body["event"].as_str(), signature.is_some()),
            (Some(if is_docs { "course.completed" } else { "courseCompletion" }), is_docs)
        );
        assert_eq!((body["data"].is_object(), body["userDetail"].is_object()), (is_docs, !is_docs));
    }
}

#[tokio::test]
async fn the_feed_has_what_has_happened_and_no_more() {
    let sandbox = sandbox().await;
    let (got, url) = receiver().await;
    let mut sender = sandbox.deliver(Deliveries::new(DeliveryForm::Support, url).kinds(["login"])).expect("a sender");
    let feed = format!("{}/incoming/v2/events/login", sandbox.url());
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    for part in 1..4 {
        sender.advance(Duration::from_secs(1_000)).await;
        let page = client.get(&feed).bearer_auth(sandbox.api_key()).send().await.expect("a response");
        let page: Value = serde_json::from_str(&page.text().await.expect("text")).expect("JSON");
        let events = page.pointer("/data/APIEvents/events").and_then(Value::as_array).expect("events");
        let ids: BTreeSet<_> = events.iter().map(|event| event["id"].as_str().expect("an id").to_owned()).collect();
        let happened: BTreeSet<_> = sender.happenings().iter().map(|happening| happening.id.clone()).collect();
        assert_eq!(ids, happened, "part {part}");
        assert!(happened.len() >= 3 && happened.len() < 30);
    }
    assert_eq!(got.requests.lock().expect("a list").len(), sender.happenings().len());
    assert_eq!(sender.waiting(), 0);
}

#[tokio::test]
async fn faults_are_the_same_each_time_and_do_what_they_are_called() {
    let sandbox = sandbox().await;
    let attempts = async |fault: &str, form| {
        let (got, url) = receiver().await;
        let deliveries = Deliveries::new(form, url).secret("one").secret("two").kinds(["courseCompletion"]);
        let deliveries = deliveries.fault(fault.parse().expect("a fault"));
        let mut sender = sandbox.deliver(deliveries).expect("a sender");
        sender.advance(DAY).await;
        let mut requests = got.requests.lock().expect("a list").clone();
        requests.sort();
        (sender.attempts().to_vec(), requests)
    };
    let (_, plain) = attempts("drop:0", DeliveryForm::Docs).await;
    assert_eq!(plain.len(), 30);
    let (first, twice) = attempts("duplicate:1", DeliveryForm::Docs).await;
    assert_eq!((twice.len(), first), (60, attempts("duplicate:1", DeliveryForm::Docs).await.0));
    assert_eq!(attempts("drop:1", DeliveryForm::Docs).await.1, []);
    assert_eq!(attempts("delay:1", DeliveryForm::Docs).await.1, plain);
    let (reordered, _) = attempts("reorder:1", DeliveryForm::Docs).await;
    assert!(!reordered.is_sorted_by_key(|attempt| attempt.event));
    let (_, forged) = attempts("wrong-signature:1", DeliveryForm::Docs).await;
    assert!(forged.iter().zip(&plain).all(|(forged, plain)| forged.0 == plain.0 && forged.1 != plain.1));
    let (_, torn) = attempts("truncated-body:1", DeliveryForm::Docs).await;
    assert!(torn.iter().all(|(body, _)| serde_json::from_str::<Value>(body).is_err()));
    let (_, escaped) = attempts("unicode-escapes:1", DeliveryForm::Docs).await;
    assert!(escaped.iter().all(|(body, _)| body.is_ascii()));
    // A redirect counts as delivered with one of the descriptions, and the event is lost.
    let (support, nothing) = attempts("redirect:1", DeliveryForm::Support).await;
    assert!(nothing.is_empty() && support.len() == 30 && support.iter().all(|attempt| attempt.is_delivered));
    let (docs, _) = attempts("redirect:1", DeliveryForm::Docs).await;
    assert!(docs.len() > 30 && docs.iter().all(|attempt| !attempt.is_delivered));
}

#[tokio::test]
async fn what_cannot_be_delivered_is_an_error() {
    let sandbox = sandbox().await;
    for (url, kinds) in
        [("hook", vec!["login"]), ("http://127.0.0.1:9/", vec!["birthday"]), ("http://127.0.0.1:9/", vec![])]
    {
        let deliveries = Deliveries::new(DeliveryForm::Docs, url).kinds(kinds);
        assert!(sandbox.deliver(deliveries).is_err(), "{url}");
    }
}
