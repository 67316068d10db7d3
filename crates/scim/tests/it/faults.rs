//! A tenant that loses responses and lags, a directory that gives up and repeats, and a gateway that dies: each write takes
//! effect once, and none is lost.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde_json::{Value, json};
use thought_industries_sandbox::Dialect;
use thought_industries_scim::Settings;

use crate::site::{Seen, patch};
use crate::world::{Weather, World};

/// How many users are provisioned, and how often the gateway dies meanwhile: `TI_SCIM_KILLS` sets the latter.
fn scale() -> (u64, usize) {
    let kills = std::env::var("TI_SCIM_KILLS").ok().and_then(|text| text.parse().ok());
    kills.map_or((24, 8), |kills: usize| (kills as u64 * 5, kills))
}

/// How long a request is repeated at most, if reads do not lag: gateways that die and requests that fail are over sooner.
const LONGEST: Duration = Duration::from_secs(500);

/// Settings without a brake, which would hold so many leavers: that is its purpose.
pub(crate) fn without_brake() -> Settings {
    let mut settings = Settings::default();
    (settings.brake.most, settings.brake.percent) = (u64::MAX, 100.0);
    settings
}

async fn provision_while_killed(dialect: Dialect, lag: Duration, number: u64) {
    let (users, deaths) = scale();
    let weather = Weather { lag, lost: 0.1, broken: 0.05, failed: 0.05, writes: None };
    let world = World::start(dialect, weather, without_brake(), number, deaths).await;
    stream::iter(0..users).for_each_concurrent(3, |number| provision(&world, number)).await;
    assert_eq!(world.drained().await, Vec::<String>::new(), "no write is refused");
    assert_eq!(world.deaths_left(), 0, "the gateway died as often as was drawn");

    let expected: BTreeMap<String, (bool, Option<String>)> =
        (0..users).map(|number| (address(number), (is_active(number), surname(number)))).collect();
    let listed = world.calm_client();
    let listed: Vec<_> = listed.users().list().items().try_collect().await.expect("users");
    let mut seen = BTreeMap::new();
    for user in listed {
        let email = user.email.clone().unwrap_or_default();
        if email.ends_with("@directory.example") {
            let before = seen.insert(email, (user.disabled != Some(true), user.last_name.clone()));
            assert_eq!(before, None, "no user is there twice");
        }
    }
    assert_eq!(seen, expected, "{dialect}, {lag:?}");
    assert_eq!(world.effects("users.create") as u64, users, "each user is created once");
    let changes = (0..users).map(|number| u64::from(leaves(number)) + u64::from(returns(number))).sum::<u64>();
    assert_eq!(world.effects("users.update-status") as u64, changes, "each status is written once");
    for number in 0..users {
        let shown = world.find(&format!("externalId eq \"e{number}\"")).await;
        let shown: Vec<_> = shown.iter().map(|user| user["active"].as_bool()).collect();
        let expected = if is_deleted(number) { vec![] } else { vec![Some(is_active(number))] };
        assert_eq!(shown, expected, "user {number}");
    }
}

fn address(number: u64) -> String {
    format!("user{number}@directory.example")
}

fn leaves(number: u64) -> bool {
    number.is_multiple_of(3)
}

fn returns(number: u64) -> bool {
    number % 6 == 3
}

fn is_deleted(number: u64) -> bool {
    number.is_multiple_of(12)
}

fn is_active(number: u64) -> bool {
    !leaves(number) || returns(number)
}

fn surname(number: u64) -> Option<String> {
    (number % 4 == 1).then(|| format!("Name{number}"))
}

/// What a directory sends of one user.
async fn provision(world: &World, number: u64) {
    let body = json!({ "userName": address(number), "externalId": format!("e{number}") });
    let id = match until_done(world, "POST", "/Users", Some(&body)).await {
        Some(created) => created.id(),
        // The creation was carried out, and its answer was lost.
        None => match world.find(&format!("userName eq \"{}\"", address(number))).await.as_slice() {
            [found] => found["id"].as_str().expect("an id").to_owned(),
            found => panic!("user {number}: {found:?}"),
        },
    };
    if number % 8 == 5 {
        world.refresh().await;
    }
    let path = format!("/Users/{id}");
    let active = |active: &str| patch(json!([{ "op": "Replace", "path": "active", "value": active }]));
    let surname = surname(number).map(|name| patch(json!([{ "op": "add", "path": "name.familyName", "value": name }])));
    let patches = surname.into_iter().chain(leaves(number).then(|| active("False")));
    for body in patches.chain(returns(number).then(|| active("True"))) {
        until_done(world, "PATCH", &path, Some(&body)).await;
    }
    if is_deleted(number) {
        until_done(world, "DELETE", &path, None).await;
    }
}

/// Repeats a request until it is carried out, as a directory does that now and then gives up early. None if another request
/// has carried it out already.
async fn until_done(world: &World, method: &str, path: &str, body: Option<&Value>) -> Option<Seen> {
    let mut last = None;
    let begun = world.elapsed();
    for _ in 0..1_000 {
        let patience =
            if world.draw(8) == 0 { Duration::from_millis(world.draw(20_000)) } else { Duration::from_secs(60) };
        let seen = world.ask(method, path, body, patience).await;
        let pause = match seen {
            None => world.draw(5),
            Some(seen) => match (seen.status, method) {
                (200 | 201 | 204, _) => {
                    let took = world.elapsed().saturating_sub(begun);
                    assert!(took < LONGEST || world.has_lag(), "{method} {path} took {took:?}: {last:?}");
                    return Some(seen);
                }
                (409, "POST") | (404, "DELETE") => return None,
                (429 | 503, _) => {
                    let pause = seen.header("retry-after").parse().expect("seconds");
                    last = Some(seen.body["detail"].clone());
                    pause
                }
                _ => panic!("{method} {path}: {seen:?}"),
            },
        };
        tokio::time::sleep(Duration::from_secs(pause)).await;
    }
    panic!("{method} {path} was never carried out: {last:?}");
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_dies_writes_each_change_once_as_documented() {
    provision_while_killed(Dialect::Documented, Duration::ZERO, 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_dies_writes_each_change_once_as_observed() {
    provision_while_killed(Dialect::Observed, Duration::ZERO, 2).await;
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_dies_writes_each_change_once_though_reads_lag_as_documented() {
    provision_while_killed(Dialect::Documented, Duration::from_secs(90), 3).await;
}

#[tokio::test(start_paused = true)]
async fn a_gateway_that_dies_writes_each_change_once_though_reads_lag_as_observed() {
    provision_while_killed(Dialect::Observed, Duration::from_secs(90), 4).await;
}

#[tokio::test(start_paused = true)]
async fn requests_that_come_too_fast_wait_for_their_turn_and_are_refused_when_it_is_too_far() {
    let mut settings = Settings::default();
    settings.requests_per_second = 1;
    let world = World::start(Dialect::Documented, Weather::CALM, settings, 5, 0).await;
    let asked = (0..40).map(|_| world.ask("GET", "/Users?count=1", None, Duration::from_secs(60)));
    let seen: Vec<Seen> =
        futures::future::join_all(asked).await.into_iter().map(|seen| seen.expect("an answer")).collect();
    // Two at once, and one in each of the 25 seconds that requests are held.
    assert_eq!(seen.iter().filter(|seen| seen.status == 200).count(), 27);
    let refused: Vec<&Seen> = seen.iter().filter(|seen| seen.status != 200).collect();
    assert!(refused.iter().all(|seen| seen.error().0 == 429 && seen.header("retry-after") == "1"), "{refused:?}");
}
