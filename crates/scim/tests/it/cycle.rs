//! The first cycle of a directory with many users, at the limits of a tenant, in virtual time.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use futures::{StreamExt as _, stream};
use serde_json::json;
use thought_industries_sandbox::Dialect;

use crate::faults::without_brake;
use crate::site::encoded;
use crate::world::{Weather, World};

/// How many users a cycle has: `TI_SCIM_USERS` sets it.
fn users() -> u64 {
    std::env::var("TI_SCIM_USERS").ok().and_then(|text| text.parse().ok()).unwrap_or(150)
}

/// Looks each user up and creates them, as Entra does, with several at once; counts the answers to creations by status, and the
/// longest wait for one.
async fn cycle(dialect: Dialect, at_once: usize) -> (BTreeMap<u16, u64>, Duration) {
    let weather = Weather { writes: Some(60), ..Weather::CALM };
    let world = World::start(dialect, weather, without_brake(), 7, 0).await;
    let seen = Mutex::new((BTreeMap::new(), Duration::ZERO));
    let begun = world.elapsed();
    stream::iter(0..users())
        .for_each_concurrent(at_once, |number| {
            let (world, seen) = (&world, &seen);
            async move {
                let name = format!("user{number}@entra.example");
                let filter = encoded(&format!("userName eq \"{name}\""));
                let patience = Duration::from_secs(60);
                let found =
                    world.ask("GET", &format!("/Users?filter={filter}"), None, patience).await.expect("an answer");
                assert_eq!((found.status, &found.body["totalResults"]), (200, &json!(0)));
                let body = json!({ "userName": name, "externalId": format!("e{number}"), "active": true,
                    "name": { "givenName": "Ada", "familyName": "Byron" },
                    "emails": [{ "primary": true, "type": "work", "value": name }] });
                let asked = world.elapsed();
                let created = world.ask("POST", "/Users", Some(&body), patience).await.expect("an answer");
                let waited = world.elapsed().saturating_sub(asked);
                let mut seen = seen.lock().expect("not poisoned");
                *seen.0.entry(created.status).or_default() += 1;
                seen.1 = seen.1.max(waited);
            }
        })
        .await;
    assert_eq!(world.refused(), 0, "the tenant has refused no write");
    assert_eq!(world.effects("users.create") as u64, users());
    let took = world.elapsed().saturating_sub(begun);
    let (answers, longest) = seen.into_inner().expect("not poisoned");
    println!("{dialect}, {at_once} at once: {} users in {took:?}, {answers:?}, longest {longest:?}", users());
    (answers, longest)
}

#[tokio::test(start_paused = true)]
async fn a_first_cycle_of_entra_has_no_failure_at_the_limits_of_the_tenant() {
    for dialect in [Dialect::Documented, Dialect::Observed] {
        let (answers, longest) = cycle(dialect, 8).await;
        assert_eq!(answers, BTreeMap::from([(201, users())]), "{dialect}");
        assert!(longest <= Duration::from_secs(25), "{dialect}: {longest:?}");
    }
}
