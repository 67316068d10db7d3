//! The event feed: the events of a kind, newest first. They are computed, like the users that they are about.
//!
//! Three events in a row happen in the same millisecond, and a page may end among them. A cursor is the time of the last
//! event of a page, and leads to the events before that time: what production's cursors decode to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Map, Value, json};

use super::catalogue;
use crate::population::{Chance, embedded_id};
use crate::world::World;

/// How many events a page has (production clients).
const EVENTS_PER_PAGE: u32 = 100;

/// The kinds: those with a page in the reference, and two that a production client reads.
const KINDS: [&str; 15] = [
    "courseCompletion",
    "courseAction",
    "courseCertificate",
    "activeCourseCertificate",
    "courseEnrollment",
    "coursePurchase",
    "courseView",
    "emailCapture",
    "newsletterSignup",
    "userLastActive7",
    "userLastActive14",
    "userLastActive31",
    "login",
    "visit",
    "learningPathAction",
];

/// The time of the newest event: the end of 2025.
const NEWEST: i64 = 1_767_139_200_000;

/// The time between two groups of events, and how many events happen at once.
const STEP: i64 = 7 * 60_000;
const AT_ONCE: u32 = 3;

/// What a request asks for; times are in milliseconds of the Unix epoch.
#[derive(Debug, Default)]
pub(crate) struct Wanted<'q> {
    pub(crate) start: Option<i64>,
    pub(crate) end: Option<i64>,
    pub(crate) cursor: Option<&'q str>,
    pub(crate) user: Option<&'q str>,
    pub(crate) content: Option<&'q str>,
}

/// Whether the tenant knows a kind.
pub(crate) fn is_kind(kind: &str) -> bool {
    KINDS.contains(&kind)
}

/// A page of the events of a kind; `None` if the tenant does not know the kind, or the cursor is not one.
pub(crate) fn page(world: &World<'_>, kind: &str, wanted: &Wanted<'_>) -> Option<Value> {
    let kind = KINDS.into_iter().find(|known| *known == kind)?;
    let feed = Feed { world, kind };
    let before = match wanted.cursor {
        Some(text) => Some(decode(text)?),
        None => None,
    };
    let total_events = world.population.users;
    // Events are sorted by time, so a time is a place among them.
    let place = |time: i64| partition(total_events, |place| feed.time(place) > time);
    let end = wanted.end.into_iter().chain(world.horizon()).min();
    let from = end.map_or(0, place);
    let to = wanted.start.map_or(total_events, |start| place(start.saturating_sub(1)));
    let after_cursor = before.map_or(from, |time| place(time.saturating_sub(1)).max(from));
    let is_wanted = |place: &u32| {
        let (user, course) = feed.about(*place);
        wanted.user.is_none_or(|id| world.id("User", user) == id)
            && wanted.content.is_none_or(|id| world.id("Course", course) == id)
    };
    let is_filtered = wanted.user.is_some() || wanted.content.is_some();
    let total = if is_filtered { (from..to).filter(is_wanted).count() } else { to.saturating_sub(from) as usize };
    let size = world.page_size(world.default_page_size(EVENTS_PER_PAGE));
    let mut places = (after_cursor..to).filter(is_wanted);
    let entries: Vec<u32> = places.by_ref().take(size as usize).collect();
    let next = entries.last().filter(|_| places.next().is_some()).map(|last| encode(feed.time(*last)));
    let events: Vec<Value> = entries.into_iter().map(|place| feed.event(place)).collect();
    Some(json!({
        "events": events,
        "pageInfo": { "perPage": size, "total": total, "hasMore": next.is_some(), "cursor": next },
    }))
}

/// An event that happened.
#[derive(Debug, Clone)]
pub(crate) struct Happened {
    pub(crate) kind: &'static str,
    /// When, in milliseconds of the Unix epoch.
    pub(crate) at: i64,
    /// The event, as the feed has it.
    pub(crate) event: Value,
}

/// What happens after one time and up to another, oldest first.
pub(crate) fn happened(world: &World<'_>, kind: &str, after: i64, until: i64) -> Vec<Happened> {
    let Some(kind) = KINDS.into_iter().find(|known| *known == kind) else { return Vec::new() };
    let feed = Feed { world, kind };
    let place = |time: i64| partition(world.population.users, |place| feed.time(place) > time);
    let places = place(until)..place(after);
    places.rev().map(|place| Happened { kind, at: feed.time(place), event: feed.event(place) }).collect()
}

/// The time of the oldest event of a kind.
pub(crate) fn oldest(world: &World<'_>, kind: &str) -> Option<i64> {
    let kind = KINDS.into_iter().find(|known| *known == kind)?;
    Some(Feed { world, kind }.time(world.population.users.saturating_sub(1)))
}

/// The cursor that leads to what happened before a time.
fn encode(time: i64) -> String {
    STANDARD_NO_PAD.encode(time.to_string())
}

fn decode(cursor: &str) -> Option<i64> {
    std::str::from_utf8(&STANDARD_NO_PAD.decode(cursor).ok()?).ok()?.parse().ok()
}

/// The first place below `end` for which `is_before` no longer holds.
fn partition(end: u32, is_before: impl Fn(u32) -> bool) -> u32 {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low + (high - low) / 2;
        if is_before(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}

/// The events of a kind, by their places: 0 is the newest.
struct Feed<'f> {
    world: &'f World<'f>,
    kind: &'static str,
}

impl Feed<'_> {
    fn chance(&self) -> Chance {
        Chance::new(self.world.population.seed).named("event").named(self.kind)
    }

    fn time(&self, place: u32) -> i64 {
        let group = place / AT_ONCE;
        let earlier = self.chance().named("time").at(u64::from(group)).below(STEP.unsigned_abs());
        NEWEST - i64::from(group) * STEP - i64::try_from(earlier).unwrap_or_default()
    }

    /// The user and the course that an event is about.
    fn about(&self, place: u32) -> (u32, u32) {
        let chance = self.chance().at(u64::from(place));
        let below =
            |name: &str, count: u32| u32::try_from(chance.named(name).below(u64::from(count))).unwrap_or_default();
        let courses = self.world.population.count("Course").unwrap_or(1);
        (below("user", self.world.population.users), below("course", courses))
    }

    /// An event with the fields that production's warehouses have (GitLab), and the sample of 2018 (nowk).
    fn event(&self, place: u32) -> Value {
        let (index, course) = self.about(place);
        let world = self.world;
        let chance = self.chance().at(u64::from(place));
        let user = world.user(index);
        let time = jiff::Timestamp::from_millisecond(self.time(place)).unwrap_or_default();
        let mut event = json!({
            "id": embedded_id(chance),
            "companyId": world.population.id("Company", 0),
            "source": self.source(),
            "timestamp": format!("{time:.3}"),
            "user": user.email,
            "userDetail": {
                "id": world.id("User", index),
                "email": user.email,
                "firstName": user.first_name,
                "lastName": user.last_name,
                "externalCustomerId": user.external_customer_id,
            },
        });
        if let Some(fields) = event.as_object_mut() {
            self.add_own_fields(fields, course, chance);
        }
        event
    }

    fn source(&self) -> &'static str {
        match self.kind {
            "courseCompletion" => "course_completed",
            "courseEnrollment" => "course_enrolled",
            "courseCertificate" | "activeCourseCertificate" => "certificate_issued",
            "coursePurchase" => "course_purchased",
            "courseView" => "course_viewed",
            "courseAction" | "learningPathAction" => "status_changed",
            "login" => "user_login",
            _ => "site",
        }
    }

    /// The fields that only some kinds have.
    fn add_own_fields(&self, event: &mut Map<String, Value>, course: u32, chance: Chance) {
        let world = self.world;
        let mut add = |name: &str, value: Value| _ = event.insert(name.to_owned(), value);
        if self.kind.contains("ourse") {
            add("notifiableId", json!(world.id("Course", course)));
            add("courseSku", json!(catalogue::sku("Course", course)));
            add("courseTitle", json!(catalogue::name("Course", course)));
        }
        match self.kind {
            "courseAction" | "learningPathAction" | "courseCompletion" => {
                let types = ["enrolled", "status_change", "certificate_issued", "access_revoked"];
                add("type", json!(chance.named("type").pick(&types)));
            }
            "coursePurchase" => {
                add("transactionId", json!(format!("T-{:06}", chance.named("transaction").below(1_000_000))));
                add("orderId", json!(embedded_id(chance.named("order"))));
                add("quantity", json!(1 + chance.named("quantity").below(3)));
                add("amountInCents", json!(chance.named("amount").below(50_000)));
                add("purchasableId", json!(world.id("Course", course)));
                add("purchasableType", json!("course"));
            }
            "courseView" => {
                add("lessonTitle", json!("Lesson"));
                add("topicId", json!(embedded_id(chance.named("topic"))));
            }
            _ => {}
        }
        if self.kind == "courseCompletion" {
            add("event", json!(self.kind));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::population::Population;
    use crate::world::Ledger;

    fn read(users: u32, wanted: &Wanted<'_>) -> Value {
        let ledger = Ledger::default();
        page(&World::new(Population::new(7, users), &ledger), "login", wanted).expect("a page")
    }

    fn times(page: &Value) -> Vec<String> {
        let events = page["events"].as_array().expect("events");
        events.iter().map(|event| event["timestamp"].as_str().expect("a time").to_owned()).collect()
    }

    #[test]
    fn events_are_newest_first_and_a_cursor_skips_the_rest_of_its_millisecond() {
        let first = read(250, &Wanted::default());
        let of_first = times(&first);
        assert!(of_first.is_sorted_by(|earlier, later| earlier >= later), "{of_first:?}");
        assert_eq!((of_first.len(), &first["pageInfo"]["total"]), (100, &json!(250)));
        let cursor = first["pageInfo"]["cursor"].as_str();
        let second = read(250, &Wanted { cursor, ..Wanted::default() });
        // Event 99 begins a group of three, and the other two are before no cursor.
        assert_eq!((second["events"].as_array().map(Vec::len), of_first.last()), (Some(100), of_first.get(99)));
        assert!(times(&second).first() < of_first.last());
    }

    #[test]
    fn times_and_records_filter() {
        let all = read(60, &Wanted::default());
        let middle = all["events"][30]["timestamp"].as_str().expect("a time").to_owned();
        let at = middle.parse::<jiff::Timestamp>().expect("a time").as_millisecond();
        let count = |wanted: &Wanted<'_>| read(60, wanted)["pageInfo"]["total"].as_u64().expect("a total");
        let same = times(&all).iter().filter(|time| **time == middle).count() as u64;
        let (start, end) =
            (Wanted { start: Some(at), ..Wanted::default() }, Wanted { end: Some(at), ..Wanted::default() });
        assert_eq!(count(&start) + count(&end), 60 + same);
        let user = all["events"][3]["userDetail"]["id"].as_str();
        let of_user = count(&Wanted { user, ..Wanted::default() });
        assert!((1..60).contains(&of_user), "{of_user}");
    }

    #[test]
    fn an_unknown_kind_or_cursor_is_no_page() {
        let ledger = Ledger::default();
        let world = World::new(Population::new(7, 5), &ledger);
        assert!(page(&world, "birthday", &Wanted::default()).is_none());
        assert!(page(&world, "login", &Wanted { cursor: Some("!"), ..Wanted::default() }).is_none());
    }
}
