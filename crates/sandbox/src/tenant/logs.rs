//! The log of logins over SSO, newest first. The reference describes neither its entries nor their order; its cursor is an
//! ISO time.

use serde_json::{Value, json};

use crate::population::Chance;
use crate::world::World;

/// How many entries the log has.
const ENTRIES: u32 = 120;

/// The time of the newest entry: the end of 2025. An entry every hour.
const NEWEST: i64 = 1_767_139_200_000;
const HOUR: i64 = 3_600_000;

/// The entries before a time; `None` if the cursor is not a time.
pub(crate) fn page(world: &World<'_>, size: u32, cursor: Option<&str>) -> Option<Value> {
    let from = match cursor {
        Some(text) => {
            let time = text.parse::<jiff::Timestamp>().ok()?.as_millisecond();
            u32::try_from((NEWEST - time).div_euclid(HOUR) + 1).unwrap_or_default()
        }
        None => 0,
    };
    let to = from.saturating_add(size).min(ENTRIES);
    let entries: Vec<Value> = (from..to).map(|place| entry(world, place)).collect();
    let next = (to < ENTRIES).then(|| time(to.saturating_sub(1)));
    Some(json!({
        "data": entries,
        "pageInfo": { "perPage": size, "total": ENTRIES, "hasMore": next.is_some(), "cursor": next },
    }))
}

fn time(place: u32) -> String {
    let at = jiff::Timestamp::from_millisecond(NEWEST - i64::from(place) * HOUR).unwrap_or_default();
    format!("{at:.3}")
}

fn entry(world: &World<'_>, place: u32) -> Value {
    let chance = Chance::new(world.population.seed).named("log").at(u64::from(place));
    let user = u32::try_from(chance.named("user").below(u64::from(world.population.users))).unwrap_or_default();
    json!({
        "timestamp": time(place),
        "type": "sso",
        "email": world.user(user).email,
        "success": !chance.named("failed").one_in(9),
    })
}
