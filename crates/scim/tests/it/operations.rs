//! What an operator sees of a gateway: health, metrics, and an overview.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use serde_json::json;
use thought_industries_sandbox::{Dialect, Sandbox};
use thought_industries_scim::{Gateway, Settings, SqliteStore, operations_router};
use tower_service::Service as _;

use crate::site::{Site, ada, connection, patch};

async fn asked(gateway: &Gateway, path: &str) -> (u16, String) {
    let request = http::Request::get(path).body(Body::empty()).expect("a request");
    let response = operations_router(gateway.clone()).call(request).await.expect("an answer");
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.expect("a body");
    (status, String::from_utf8(body.to_vec()).expect("UTF-8"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_is_healthy_once_it_answers_directories() {
    let site = Site::start().await;
    assert_eq!(asked(&site.gateway, "/health").await, (200, json!({ "status": "ok", "trouble": null }).to_string()));
    let folder = tempfile::tempdir().expect("a folder");
    let store = SqliteStore::open(&folder.path().join("scim.db")).expect("a store");
    let new = Gateway::new(site.client(), Arc::new(store), Settings::default()).expect("a gateway");
    let (status, text) = asked(&new, "/health").await;
    assert!(status == 503 && text.contains("being read for the first time"), "{text}");
    assert_eq!(asked(&new, "/users").await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn metrics_count_requests_and_writes_and_have_nothing_of_any_user() {
    let site = Site::start().await;
    let id = site.send("POST", "/Users", Some(&ada())).await.id();
    assert_eq!(site.send("POST", "/Users", Some(&ada())).await.status, 409);
    let off = patch(json!([{ "op": "replace", "path": "active", "value": false }]));
    assert_eq!(site.send("PATCH", &format!("/Users/{id}"), Some(&off)).await.status, 200);
    site.find("userName eq \"ada@example.com\"").await;
    site.send_with("GET", "/Users", None, &[("authorization", "Bearer wrong")]).await;
    let (status, text) = asked(&site.gateway, "/metrics").await;
    assert_eq!(status, 200);
    for line in [
        "ti_scim_requests_total{connection=\"okta\",method=\"POST\",status=\"201\"} 1",
        "ti_scim_requests_total{connection=\"okta\",method=\"POST\",status=\"409\"} 1",
        "ti_scim_requests_total{connection=\"\",method=\"GET\",status=\"401\"} 1",
        "ti_scim_request_seconds_count{kind=\"write\"} 3",
        "ti_scim_writes_total{kind=\"create\",result=\"done\"} 1",
        "ti_scim_writes_total{kind=\"disable\",result=\"done\"} 1",
        "ti_scim_outbox_writes{state=\"queued\"} 0",
        "ti_scim_ready 1",
        "ti_scim_trouble 0",
    ] {
        assert!(text.lines().any(|own| own == line), "{line}\n{text}");
    }
    for private in ["ada", "Byron", "00u1", "example.com", "@", id.as_str()] {
        assert!(!text.contains(private), "{private}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overview_says_what_waits_for_an_operator() {
    let mut settings = Settings::default();
    settings.brake.most = 1;
    let site = Site::with(Sandbox::new(Dialect::Documented).users(40), settings, connection()).await;
    let mut ids = Vec::new();
    for name in ["ada", "grace"] {
        let body = json!({ "userName": format!("{name}@example.com") });
        ids.push(site.send("POST", "/Users", Some(&body)).await.id());
    }
    let before = site.gateway.overview().await.expect("an overview");
    assert!(!before.connections[0].is_braked);
    let off = patch(json!([{ "op": "replace", "path": "active", "value": false }]));
    assert_eq!(site.send("PATCH", &format!("/Users/{}", ids[0]), Some(&off)).await.status, 200);
    assert_eq!(site.send("PATCH", &format!("/Users/{}", ids[1]), Some(&off)).await.error().0, 503);
    let seen = site.gateway.overview().await.expect("an overview");
    assert_eq!((seen.held, seen.waiting, seen.failed.len(), seen.trouble.clone()), (1, 0, 0, None));
    let (own, held) = (&seen.connections[0], &seen.open[0]);
    assert_eq!((own.name.as_str(), own.deactivated, own.is_braked, own.refused), ("okta", 1, true, 1));
    assert_eq!((own.last_write.map(|(_, status)| status), own.users), (Some(503), before.connections[0].users));
    assert_eq!((held.state.as_str(), held.user.as_ref()), ("held", Some(&ids[1])));
    assert!(held.advice.as_ref().is_some_and(|advice| advice.contains("ti scim release okta")), "{held:?}");
    let text = serde_json::to_string(&seen).expect("JSON");
    assert!(!text.contains("ada@") && !text.contains("grace"), "{text}");
}
