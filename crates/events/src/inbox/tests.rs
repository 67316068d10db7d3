//! The inbox: what is known again, what survives, and what is forgotten.

use proptest::prelude::*;
use serde_json::{Value, json};
use thought_industries::TenantEvent;

use super::*;
use crate::event::{Source, event_of};

fn inbox() -> (tempfile::TempDir, Inbox) {
    let folder = tempfile::tempdir().expect("a folder");
    let inbox = Inbox::open(&folder.path().join("inbox.sqlite")).expect("an inbox");
    (folder, inbox)
}

fn event(raw: &Value) -> TenantEvent {
    event_of(raw.clone(), None).expect("an event")
}

fn arrival(raw: &Value, source: Source) -> Arrival {
    Arrival::new(event(raw), source)
}

fn hint(raw: &Value) -> Arrival {
    Arrival { is_hint: true, ..arrival(raw, Source::Webhook) }
}

/// An event about a user and a course, as feeds have them.
fn completion(id: &str, user: &str, at: i64) -> Value {
    json!({
        "event": "courseCompletion", "id": id, "timestamp": at, "user": format!("{user}@example.com"),
        "userDetail": { "id": user }, "notifiableId": "c-1",
    })
}

fn added(inbox: &Inbox, arrival: &Arrival) -> Added {
    inbox.add(std::slice::from_ref(arrival), 5).expect("kept")[0]
}

#[test]
fn an_event_is_known_again_by_id_content_and_moment() {
    let (_folder, inbox) = inbox();
    let first = completion("e-1", "u-1", 1_767_225_600_000);
    let check = |raw: &Value, source, expected| assert_eq!(added(&inbox, &arrival(raw, source)), expected, "{raw}");
    check(&first, Source::Webhook, Added::New);
    check(&first, Source::Webhook, Added::Duplicate);
    check(&first, Source::Feed, Added::Duplicate);
    // The envelope of the same event has another id, other fields, and an address in another case.
    let envelope = json!({
        "event": "course.completed", "timestamp": "2026-01-01T00:00:00.000Z",
        "data": { "email": "U-1@Example.com", "courseId": "c-1" },
    });
    check(&envelope, Source::File, Added::Duplicate);
    check(&envelope, Source::File, Added::Duplicate);
    for other in [
        completion("e-2", "u-2", 1_767_225_600_000),
        completion("e-3", "u-1", 1_767_225_600_001),
        json!({ "event": "login", "id": "e-4", "timestamp": 1_767_225_600_000_i64, "userDetail": { "id": "u-1" } }),
        json!({ "event": "login", "user": "u-1@example.com" }),
    ] {
        check(&other, Source::Feed, Added::New);
    }
}

/// Two events of one moment in one feed are two events, also where a webhook with another id brought one of them.
#[test]
fn events_of_one_moment_in_one_source_are_not_taken_for_one() {
    let (_folder, inbox) = inbox();
    let of = |id: &str| completion(id, "u-1", 7_000_000_000_000);
    let check = |id: &str, source, expected| assert_eq!(added(&inbox, &arrival(&of(id), source)), expected, "{id}");
    check("webhook-1", Source::Webhook, Added::New);
    check("feed-1", Source::Feed, Added::Duplicate);
    check("feed-2", Source::Feed, Added::New);
    check("feed-1", Source::Feed, Added::Duplicate);
    check("webhook-2", Source::Webhook, Added::Duplicate);
    check("webhook-3", Source::Webhook, Added::New);
    // One id in two feeds: a kind of the tenant may use the ids of users.
    let mut active = of("feed-1");
    active["event"] = json!("userLastActive7");
    check("feed-2", Source::Feed, Added::Duplicate);
    assert_eq!(added(&inbox, &arrival(&active, Source::Feed)), Added::New);
}

#[test]
fn a_forged_hint_hides_no_event_and_a_true_one_is_handed_over_once() {
    let (_folder, inbox) = inbox();
    let truth = completion("e-1", "u-1", 1_767_225_600_000);
    let mut forged = truth.clone();
    forged["userDetail"]["id"] = json!("u-9");
    assert_eq!(added(&inbox, &hint(&forged)), Added::New);
    inbox.finish(&[1], None, 6).expect("handed over");
    assert_eq!(added(&inbox, &arrival(&truth, Source::Feed)), Added::Confirmed);
    let due = inbox.due(10, 10).expect("a list");
    assert_eq!(due.iter().map(|event| (event.is_hint, &event.raw)).collect::<Vec<_>>(), [(false, &truth)]);
    assert_eq!(added(&inbox, &hint(&forged)), Added::Duplicate);

    let other = completion("e-2", "u-2", 1_767_225_600_000);
    assert_eq!(added(&inbox, &hint(&other)), Added::New);
    inbox.finish(&[1, 2], None, 6).expect("handed over");
    assert_eq!(added(&inbox, &arrival(&other, Source::Webhook)), Added::Confirmed);
    assert_eq!(inbox.due(10, 10).expect("a list"), []);
    assert_eq!(inbox.counts().expect("counts"), Counts { done: 2, ..Counts::default() });
}

#[test]
fn what_was_kept_survives_and_what_was_handed_over_long_ago_is_forgotten() {
    let (folder, inbox) = inbox();
    let arrivals: Vec<_> =
        (0..4).map(|n| arrival(&completion(&format!("e-{n}"), "u", 1 << (40 + n)), Source::File)).collect();
    inbox.add(&arrivals, 100).expect("kept");
    inbox.finish(&[1], Some(("written x", "12")), 200).expect("handed over");
    inbox.fail(2, "exit code 3", Some(900)).expect("kept");
    inbox.fail(3, "exit code 4", None).expect("kept");
    drop(inbox);
    let inbox = Inbox::open(&folder.path().join("inbox.sqlite")).expect("the inbox");
    let places = |state| {
        let events = inbox.list(state, &Selection::default(), 10).expect("a list");
        events.iter().map(|event| (event.seq, event.tries)).collect::<Vec<_>>()
    };
    assert_eq!(
        (places(Some(State::Done)), places(Some(State::New)), places(Some(State::Dead))),
        (vec![(1, 0)], vec![(2, 1), (4, 0)], vec![(3, 1)])
    );
    assert_eq!(inbox.due(899, 10).expect("a list").len(), 1);
    assert_eq!(inbox.note("written x").expect("a note").as_deref(), Some("12"));

    let only = |place| Selection { places: vec![place], ..Selection::default() };
    assert_eq!(inbox.release(State::Dead, &only(4), 300).expect("none"), 0);
    assert_eq!(inbox.release(State::Dead, &only(3), 300).expect("one"), 1);
    assert_eq!(places(Some(State::New)), [(2, 1), (3, 0), (4, 0)]);

    assert_eq!(inbox.forget(200).expect("none"), 0);
    assert_eq!(inbox.forget(201).expect("one"), 1);
    assert_eq!(added(&inbox, &arrivals[0]), Added::New, "it is no longer known");
    assert_eq!(inbox.last().expect("a place"), 5);
}

#[test]
fn one_process_at_a_time_works_with_an_inbox() {
    let (folder, inbox) = inbox();
    let other = Inbox::open(&folder.path().join("inbox.sqlite")).expect("the inbox");
    let claim = inbox.claim().expect("a claim");
    assert!(other.claim().expect_err("a second claim").to_string().contains("another process"));
    drop(claim);
    assert!(other.claim().is_ok());
}

#[test]
fn a_selection_leaves_out_what_it_names_not() {
    let (_folder, inbox) = inbox();
    let login = json!({ "event": "login", "id": "l", "user": "ada@example.com" });
    let envelope = json!({ "event": "user.updated", "data": { "id": "u-2" } });
    inbox.add(&[arrival(&login, Source::Feed)], 100).expect("kept");
    inbox.add(&[arrival(&envelope, Source::Webhook)], 200).expect("kept");
    let places = |which: Selection| {
        let events = inbox.list(None, &which, 10).expect("a list");
        events.iter().map(|event| event.seq).collect::<Vec<_>>()
    };
    let all = Selection::default;
    assert_eq!(places(all()), [1, 2]);
    assert_eq!(places(Selection { user: Some("ADA@example.com".to_owned()), ..all() }), [1]);
    assert_eq!(places(Selection { user: Some("u-2".to_owned()), ..all() }), [2]);
    assert_eq!(places(Selection { kind: Some("user.updated".to_owned()), ..all() }), [2]);
    assert_eq!(places(Selection { kind: Some("login".to_owned()), ..all() }), [1]);
    assert_eq!(places(Selection { since: Some(101), ..all() }), [2]);
    assert_eq!(places(Selection { after: Some(1), ..all() }), [2]);
    assert_eq!(places(Selection { places: vec![2, 9], ..all() }), [2]);
}

proptest! {
    // Each addition waits for the disk.
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever the order in which webhook, feed and file bring events, with or without ids in common, each is new once, and
    /// no two of one source are taken for one.
    #[test]
    fn every_event_is_new_once(
        order in prop::collection::vec((0usize..6, 0usize..3), 1..60),
        has_common_ids in any::<bool>(),
    ) {
        let (_folder, inbox) = inbox();
        let mut new = std::collections::BTreeSet::new();
        for (event, source) in order {
            let source_of = [Source::Webhook, Source::Feed, Source::File][source];
            let id = if has_common_ids { format!("e-{event}") } else { format!("{source}-{event}") };
            // Events 0 and 1, and so on, differ in their user only.
            let at = 1_767_225_600_000 + i64::try_from(event / 2).expect("small");
            let raw = completion(&id, &format!("u-{}", event % 2), at);
            let is_new = added(&inbox, &arrival(&raw, source_of)) == Added::New;
            prop_assert_eq!(is_new, new.insert(event), "{}", raw);
        }
        prop_assert_eq!(inbox.counts().expect("counts").new, new.len() as u64);
    }

    /// Whatever an object holds, it is kept, comes back as it was, and is known again.
    #[test]
    fn strange_objects_are_kept_as_they_are(name in "\\PC{0,12}", text in "\\PC{0,12}", number in proptest::num::f64::NORMAL, at in any::<i64>()) {
        let (_folder, inbox) = inbox();
        let raw = json!({ "event": text, name: [number, null, { "x": at }], "timestamp": at, "nul": "\u{0}" });
        prop_assert_eq!(added(&inbox, &arrival(&raw, Source::Webhook)), Added::New);
        prop_assert_eq!(added(&inbox, &arrival(&raw, Source::Webhook)), Added::Duplicate);
        let kept = inbox.due(10, 10).expect("a list");
        prop_assert_eq!(&kept[0].raw, &raw);
    }
}
