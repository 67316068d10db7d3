//! A tenant that loses responses, and a gateway that is killed: each write takes effect once, and none is lost.

use serde_json::json;
use thought_industries_sandbox::Dialect;
use thought_industries_scim::{Settings, Store as _};

use crate::site::{Site, patch};

/// How many users are provisioned, and how often the gateway is killed meanwhile.
fn scale() -> (usize, usize) {
    let kills = std::env::var("TI_SCIM_KILLS").ok().and_then(|text| text.parse().ok());
    match kills {
        Some(kills) => (kills * 5, kills),
        None => (12, 4),
    }
}

async fn provision_while_killed(dialect: Dialect) {
    let (users, kills) = scale();
    let faults = ["connection-reset-after:0.1", "connection-reset-before:0.05", "internal-error:0.05"];
    let mut site = Site::with_faults(dialect, &faults).await;
    let every = users.div_ceil(kills).max(1);
    for number in 0..users {
        let name = format!("user{number}@example.com");
        let body = json!({ "userName": name, "externalId": format!("e{number}") });
        if number % every == every / 2 {
            // The directory's request is cut off wherever it is.
            let cut = std::time::Duration::from_millis((number as u64 * 7) % 40);
            _ = tokio::time::timeout(cut, site.try_send("POST", "/Users", Some(&body), &[])).await;
            site.restart(Settings::default()).await;
        }
        let id = site.until_answered("POST", "/Users", &body).await;
        if number % 3 == 0 {
            let off = patch(json!([{ "op": "Replace", "path": "active", "value": "False" }]));
            site.until_answered("PATCH", &format!("/Users/{id}"), &off).await;
        }
    }
    site.until_idle().await;
    assert_eq!(site.effects("users.create"), users, "each user is created once");
    assert_eq!(site.effects("users.update-status"), users.div_ceil(3), "each leaver is disabled once");
    let listed = site.find("externalId sw \"e\"").await;
    let off = listed.iter().filter(|user| user["active"] == false).count();
    assert_eq!((listed.len().min(200), off.min(67)), (users.min(200), users.div_ceil(3).min(67)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_killed_writes_each_change_once_as_documented() {
    provision_while_killed(Dialect::Documented).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_killed_writes_each_change_once_as_observed() {
    provision_while_killed(Dialect::Observed).await;
}

impl Site {
    /// Repeats a request as a directory does, until it is carried out; returns the id of the user.
    async fn until_answered(&self, method: &str, path: &str, body: &serde_json::Value) -> String {
        for _ in 0..400 {
            let Ok(seen) = self.try_send(method, path, Some(body), &[]).await else { continue };
            match seen.status {
                200 | 201 => return seen.id(),
                503 | 429 => {}
                // The creation was carried out, and its answer was lost.
                409 => {
                    let name = body["userName"].as_str().expect("a name");
                    let found = self.find(&format!("userName eq \"{name}\"")).await;
                    return found[0]["id"].as_str().expect("an id").to_owned();
                }
                _ => panic!("{method} {path}: {seen:?}"),
            }
        }
        panic!("{method} {path} was never carried out");
    }

    /// Waits until the outbox is empty.
    async fn until_idle(&self) {
        for _ in 0..600 {
            let mut open = 0;
            let counted = self.store.read(&mut |tables| {
                open = tables.open_jobs()?.len();
                Ok(())
            });
            counted.expect("read");
            if open == 0 {
                return;
            }
            // An answer takes a while, which is all that is needed here.
            self.get("/Users?count=0").await;
        }
        panic!("the outbox does not empty");
    }
}
