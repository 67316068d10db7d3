//! Reads beside users and clients: events, content, courses, commerce. What is sent, what comes out of it, and what a
//! tenant does that no document says.

use std::collections::BTreeSet;

use futures::TryStreamExt as _;
use serde::Serialize;
use serde_json::{Value, json};
use thought_industries::{Client, Date, Error, EventKind, Records, Response, Surface, TenantEvent};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

use crate::operations::{NEWER, pin, pin_part, pin_requests};
use crate::script::{Script, client_of, now};

const ID: &str = "00000000-0000-4000-8000-000000000000";

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

#[test]
fn requests() {
    pin_requests("events.list", &NEWER, async |client| {
        let list = client.events().list("courseAction").set_user_id(ID).set_notifiable_id(ID);
        _ = list.set_start_date(date("2026-01-01T00:00:00Z")).set_end_date(date("2026-02-01T00:00:00Z")).send().await;
    });
    pin_requests("content.list", &NEWER, async |client| {
        _ = client.content().list().set_query("kind:course OR kind:video").set_per_page(50).send().await;
    });
    pin_requests("courses.structure", &NEWER, async |client| _ = client.courses().structure(ID).await);
    pin_requests("course-groups.list", &NEWER, async |client| {
        _ = client.course_groups().list().set_archived(false).set_is_template(false).set_kind("webinar").send().await;
    });
    pin_requests("course-groups.get", &NEWER, async |client| _ = client.course_groups().get(ID).await);
    pin_requests("course-groups.get-by-slug", &NEWER, async |client| {
        _ = client.course_groups().get_by_slug("fire-safety/1").await;
    });
    pin_requests("users.progress", &NEWER, async |client| _ = client.users().progress(id()).await);
    pin_requests("assessments.list", &NEWER, async |client| {
        let list = client.assessments().list().set_course_id(ID).set_user_id(ID);
        _ = list.set_start_date(date("2026-01-01T00:00:00Z")).send().await;
    });
    pin_requests("meetings.list", &NEWER, async |client| {
        _ = client.meetings().list().set_course_id(ID).start_at_page(2).send().await;
    });
    pin_requests("meetings.get", &NEWER, async |client| _ = client.meetings().get(ID).await);
    pin_requests("coupons.list", &NEWER, async |client| _ = client.coupons().list().send().await);
    pin_requests("coupons.of-courses", &NEWER, async |client| {
        _ = client.coupons().of_courses(["a", "b"]).set_active(true).set_code("10 %").send().await;
    });
    pin_requests("redemption-codes.list", &NEWER, async |client| {
        _ = client.redemption_codes().list().set_query("spring").set_sort("label").send().await;
    });
    pin_requests("redemption-codes.get", &NEWER, async |client| _ = client.redemption_codes().get(ID).await);
    pin_requests("logs.list", &NEWER, async |client| _ = client.logs().sso().set_per_page(10).send().await);
    pin_requests("acting.certificates", &[Surface::GraphQl], async |client| {
        _ = client.acting_as("planted-token").certificates().send().await;
    });
}

fn id() -> thought_industries::UserKey {
    thought_industries::UserKey::Id(ID.to_owned())
}

async fn tenant(dialect: Dialect, users: u64) -> (RunningSandbox, Client) {
    let tenant = Sandbox::new(dialect).users(users).start().await.expect("a sandbox starts");
    let client = client_of(&tenant);
    (tenant, client)
}

/// The first two records of a page.
fn pin_page<T: Serialize>(name: &str, page: &Response<Records<T>>) {
    let first: Vec<&T> = page.records.iter().take(2).collect();
    pin_part(name, page, &json!({ "records": first, "pageInfo": page.page_info }));
}

#[tokio::test]
async fn answers_of_both_dialects() {
    for dialect in Dialect::ALL {
        let (_tenant, client) = tenant(dialect, 8).await;
        let name = |operation: &str| format!("{operation}__{dialect}");
        let page = client.events().list(EventKind::CourseCompletion).send().await.expect("events");
        let about = page.records[0].clone();
        pin_page(&name("events.list"), &page);
        pin_page(&name("content.list"), &client.content().list().send().await.expect("content"));
        let groups = client.course_groups().list().send().await.expect("course groups");
        let (group, slug) = (groups.records[0].id.clone(), groups.records[0].slug.clone().expect("a slug"));
        pin_page(&name("course-groups.list"), &groups);
        let by_id = client.course_groups().get(&group).await.expect("a course group");
        let by_slug = client.course_groups().get_by_slug(slug).await.expect("a course group");
        assert_eq!(by_id.id, by_slug.id);
        let course = about.subject_id.expect("a course");
        pin(&name("courses.structure"), &client.courses().structure(&course).await.expect("a course"));
        let user = thought_industries::UserKey::Id(about.user_id.expect("a user"));
        pin(&name("users.progress"), &client.users().progress(user).await.expect("enrollments"));
        pin_page(&name("assessments.list"), &client.assessments().list().send().await.expect("attempts"));
        let meetings = client.meetings().list().send().await.expect("meetings");
        let meeting = client.meetings().get(&meetings.records[0].id).await.expect("a meeting");
        assert_eq!(meeting.into_inner(), meetings.records[0]);
        pin_page(&name("meetings.list"), &meetings);
        pin_page(&name("coupons.list"), &client.coupons().list().send().await.expect("coupons"));
        let codes = client.redemption_codes().list().send().await.expect("codes");
        let group = client.redemption_codes().get(&codes.records[0].id).await.expect("codes");
        assert_eq!(group.label, codes.records[0].label);
        pin_page(&name("redemption-codes.list"), &codes);
    }
}

/// The ids of a whole list.
async fn ids<T: HasId>(items: futures::stream::BoxStream<'static, Result<T, Error>>) -> Vec<String> {
    items.map_ok(|item| item.own_id()).try_collect().await.expect("a list")
}

trait HasId {
    fn own_id(&self) -> String;
}

macro_rules! has_id {
    ($($record:ty),*) => { $(impl HasId for $record { fn own_id(&self) -> String { self.id.clone() } })* };
}

has_id!(
    thought_industries::model::AssessmentAttempt,
    thought_industries::model::Content,
    thought_industries::model::Coupon,
    thought_industries::model::CourseGroup,
    thought_industries::model::Meeting,
    thought_industries::model::RedemptionCodeGroup,
    TenantEvent
);

/// Every list is read to its end, over each surface that has it, with each record once and in the same order.
#[tokio::test]
async fn lists_are_whole_on_every_surface() {
    let mut lists: Vec<[Vec<String>; 8]> = Vec::new();
    for (dialect, surface) in [
        (Dialect::Documented, Surface::GraphQl),
        (Dialect::Documented, Surface::RestV2),
        (Dialect::Observed, Surface::RestV2),
    ] {
        let (_tenant, client) = tenant(dialect, 260).await;
        lists.push([
            ids(client.events().list(EventKind::Login).with_surface(surface).items()).await,
            ids(client.content().list().with_surface(surface).items()).await,
            ids(client.course_groups().list().set_per_page(7).with_surface(surface).items()).await,
            ids(client.assessments().list().with_surface(surface).items()).await,
            ids(client.meetings().list().with_surface(surface).items()).await,
            ids(client.coupons().list().with_surface(surface).items()).await,
            ids(client.redemption_codes().list().with_surface(surface).items()).await,
            ids(client.logs().sso().with_surface(surface).items()).await,
        ]);
    }
    let sizes: Vec<usize> = lists[0].iter().map(Vec::len).collect();
    assert_eq!(sizes, [260, 130, 24, 520, 30, 15, 60, 120]);
    for (which, other) in lists.iter().enumerate() {
        for (list, (one, first)) in other.iter().zip(&lists[0]).enumerate() {
            assert_eq!(one, first, "list {list} of reading {which}");
        }
    }
    for list in &lists[0] {
        assert_eq!(list.iter().collect::<BTreeSet<_>>().len(), list.len());
    }
}

#[tokio::test]
async fn filters_reach_the_tenant() {
    for dialect in Dialect::ALL {
        let (_tenant, client) = tenant(dialect, 60).await;
        let videos = client.content().list().set_query("kind:learningPath").items();
        assert_eq!(ids(videos).await.len(), 12, "{dialect}");
        let all: Vec<_> = client.meetings().list().items().try_collect().await.expect("meetings");
        let course = all[3].course_id.clone().expect("a course");
        let expected: Vec<String> = all
            .iter()
            .filter(|meeting| meeting.course_id.as_ref() == Some(&course))
            .map(|meeting| meeting.id.clone())
            .collect();
        assert_eq!(ids(client.meetings().list().set_course_id(&course).items()).await, expected);
        let active = client.coupons().of_courses([&course]).set_active(true).items();
        let active: Vec<_> = active.try_collect().await.expect("coupons");
        assert!(!active.is_empty() && active.iter().all(|coupon| coupon.active == Some(true)));
        let events: Vec<_> = client.events().list("login").items().try_collect().await.expect("events");
        let user = events[9].user_id.clone().expect("a user");
        let of_user: Vec<_> =
            client.events().list("login").set_user_id(&user).items().try_collect().await.expect("events");
        assert!(!of_user.is_empty() && of_user.iter().all(|event| event.user_id.as_ref() == Some(&user)));
    }
}

/// The dialects take times in different forms, and a client finds the one that the tenant takes.
#[tokio::test]
async fn events_of_a_time_are_found_in_each_dialect() {
    for (dialect, surface) in [
        (Dialect::Documented, Surface::GraphQl),
        (Dialect::Documented, Surface::RestV2),
        (Dialect::Observed, Surface::RestV2),
    ] {
        let (_tenant, client) = tenant(dialect, 300).await;
        let all: Vec<TenantEvent> = client.events().list("visit").items().try_collect().await.expect("events");
        let (from, until) = (all[250].at.expect("a time"), all[40].at.expect("a time"));
        let list = client.events().list("visit").set_start_date(from).set_end_date(until).with_surface(surface);
        let some: Vec<TenantEvent> = list.items().try_collect().await.expect("events");
        let expected: Vec<&TenantEvent> =
            all.iter().filter(|event| event.at.is_some_and(|at| at >= from && at <= until)).collect();
        assert!(expected.len() > 200);
        assert_eq!(some.iter().collect::<Vec<_>>(), expected, "{dialect} over {surface}");
    }
}

#[tokio::test]
async fn what_a_tenant_does_not_have_is_reported() {
    for dialect in Dialect::ALL {
        let (_tenant, client) = tenant(dialect, 8).await;
        assert!(client.events().list("birthday").send().await.expect_err("no kind").is_not_found(), "{dialect}");
        assert!(client.course_groups().get(ID).await.expect_err("no group").is_not_found(), "{dialect}");
        assert!(client.course_groups().get_by_slug("none").await.expect_err("no group").is_not_found(), "{dialect}");
        assert!(client.meetings().get(ID).await.expect_err("no meeting").is_not_found(), "{dialect}");
        assert!(client.redemption_codes().get(ID).await.expect_err("no codes").is_not_found(), "{dialect}");
        assert!(client.users().progress(id()).await.expect_err("no user").is_not_found(), "{dialect}");
        assert!(
            client.courses().structure(ID).with_surface(Surface::RestV2).await.expect_err("no course").is_not_found()
        );
    }
    let script = Script::json(&[(404, "")]);
    let list = script.client_over(Surface::RestV2).content().list();
    let error = now(list.with_surface(Surface::RestV2).send()).expect_err("no such path");
    assert!(error.is_no_route(), "{error}");
    assert!(error.to_string().contains("/incoming/v2/content"), "{error}");
}

#[tokio::test]
async fn a_user_sees_their_own_content() {
    use thought_industries::operations::user_certificates;
    for dialect in Dialect::ALL {
        let (_tenant, client) = tenant(dialect, 60).await;
        let users: Vec<_> = client.users().list().items().try_collect().await.expect("users");
        let user = users.iter().find(|user| user.disabled == Some(false)).expect("an active user");
        let acting = client.acting_as(format!("sandbox-token.{}", user.id));
        let profile = acting.profile().await.expect("a profile").into_inner().current_user.expect("a user");
        assert_eq!((&profile.id, &profile.email), (&user.id, &user.email), "{dialect}");
        let held =
            client.users().progress(thought_industries::UserKey::Id(user.id.clone())).await.expect("enrollments");
        let content = acting.content().await.expect("content").into_inner().user_content_items.expect("content");
        let titles = |titles: Vec<Option<String>>| titles.into_iter().collect::<BTreeSet<_>>();
        assert_eq!(
            titles(content.iter().map(|content| content.title.clone()).collect()),
            titles(held.iter().map(|held| held.title.clone()).collect())
        );
        acting.run(user_certificates::Variables::new().include_expired_certificates(true)).await.expect("certificates");
        acting.course_progress(ID).await.expect("progress");
        acting.waitlist().await.expect("a waitlist");
        assert!(!format!("{acting:?}").contains(&user.id), "a token is not printed");
        for stranger in ["sandbox-token.no-such-user", "wrong"] {
            let profile = client.acting_as(stranger).profile().await.expect("a response");
            assert_eq!(profile.current_user, None);
        }
        assert_eq!(
            client.acting_as("wrong").run(user_certificates::Variables::new()).await.expect("a response").gaps().len(),
            0
        );
    }
}

/// A page of events of a tenant, as JSON.
fn feed(events: &[(&str, i64)], cursor: Option<&str>) -> String {
    let events: Vec<Value> = events.iter().map(|(id, at)| json!({ "id": id, "timestamp": at })).collect();
    json!({ "events": events, "pageInfo": { "hasMore": cursor.is_some(), "cursor": cursor } }).to_string()
}

/// A tenant whose cursor skips the rest of a millisecond: the page after it begins with that millisecond again.
#[test]
fn events_of_one_millisecond_are_not_lost_between_pages() {
    const LATE: i64 = 1_767_139_200_005;
    const EARLY: i64 = 1_767_139_200_000;
    let first = feed(&[("a", LATE), ("b", EARLY)], Some("MTc2NzEzOTIwMDAwMA"));
    let second = feed(&[("b", EARLY), ("c", EARLY)], None);
    let script = Script::json(&[(200, &first), (200, &second)]);
    let events = now(ids(script.client_over(Surface::RestV2).events().list("login").items()));
    assert_eq!(events, ["a", "b", "c"]);
    // 1767139200001 in base64.
    assert!(script.paths()[1].ends_with("/events/login?cursor=MTc2NzEzOTIwMDAwMQ"), "{:?}", script.paths());
}

/// What a stranger may do to the times of a query.
#[test]
fn times_that_a_tenant_refuses_or_ignores() {
    let from = date("2026-01-01T00:00:00Z");
    let (inside, outside) = (from.as_millisecond() + 5, from.as_millisecond() - 5);
    let list = |script: &Script| {
        let list = script.client_over(Surface::RestV2).events().list("login").set_start_date(from);
        now(list.send()).map(|page| page.records.len())
    };
    let (good, bad) = (feed(&[("a", inside)], None), feed(&[("a", inside), ("b", outside)], None));
    let refusal = r#"{"errors":["startDate is not a date"]}"#;
    // A refusal is first compared with that of a kind which cannot exist.
    for first in [vec![(400, refusal), (400, refusal)], vec![(422, refusal), (404, "")], vec![(200, bad.as_str())]] {
        let script = Script::json(&[first, vec![(200, good.as_str())]].concat());
        assert_eq!(list(&script).expect("events"), 1);
        let (sent, iso) = (script.paths(), "startDate=2026-01-01T00%3A00%3A00.000Z");
        assert!(sent[0].ends_with("startDate=1767225600000") && sent[sent.len() - 1].ends_with(iso), "{sent:?}");
    }
    let script = Script::json(&[(200, &bad), (200, &bad)]);
    let error = list(&script).expect_err("events of another time");
    assert!(error.to_string().contains("outside of the requested time"), "{error}");
    let script = Script::json(&[(403, "{}")]);
    assert!(list(&script).expect_err("no permission").is_forbidden());
    assert_eq!(script.paths().len(), 1, "another form would change nothing");
}

/// Fields of other types, unknown fields and entries without an id do not stop a page.
#[test]
fn strange_records_stop_no_page() {
    let over_v2 = |body: &str| Script::json(&[(200, body)]).client_over(Surface::RestV2);
    let body = r#"{"contentItems":[{"id":7,"title":["x"],"kind":"hologram","new":{"a":1},"priceInCents":"12","tags":null},
        {"id":"8"}],"pageInfo":{"hasMore":false}}"#;
    let page = now(over_v2(body).content().list().send()).expect("content");
    assert_eq!((page.records[0].id.as_str(), page.records[0].price_in_cents, page.records.len()), ("7", Some(12), 2));
    assert_eq!(page.records[0].title, None);
    assert!(page.dropped().any(|(path, _)| path == "contentItems.title"));
    for body in [r#"{"events":[1,null,"x",[],{"id":"e"}],"pageInfo":{}}"#, r#"{"events":[{"id":"e","timestamp":{}}]}"#]
    {
        let page = now(over_v2(body).events().list("login").send()).expect("events");
        assert_eq!(page.records.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["e"], "{body}");
    }
    let without = r#"{"pageInfo":{"hasMore":false}}"#;
    let script = Script::json(&[(200, without), (200, without)]);
    let missing = now(script.client_over(Surface::RestV2).events().list("login").send());
    assert!(missing.is_err(), "a page without its list is not an empty page");
}

/// The parts of a course and the enrollments of a user, in the shapes that clients have met or unwrapped.
#[test]
fn shapes_that_no_document_shows() {
    let over_v2 = |body: &str| Script::json(&[(200, body)]).client_over(Surface::RestV2);
    let sections = r#"[{"id":"s","title":"One","lessons":[{"id":"l"}]}]"#;
    for body in [
        sections.to_owned(),
        format!(r#"{{"sections":{sections}}}"#),
        format!(r#"{{"course":{{"id":"{ID}","sections":{sections}}}}}"#),
        format!(r#"{{"data":{{"CourseById":{{"id":"{ID}","sections":{sections}}}}}}}"#),
    ] {
        let course = now(over_v2(&body).courses().structure(ID)).expect("a course");
        let first = &course.sections.as_ref().expect("sections")[0];
        assert_eq!(first.as_ref().and_then(|section| section.title.as_deref()), Some("One"), "{body}");
    }
    let without = format!(r#"{{"id":"{ID}"}}"#);
    let script = Script::json(&[(200, &without), (200, &without)]);
    assert!(now(script.client_over(Surface::RestV2).courses().structure(ID)).is_err());
    let another = r#"{"id":"another","sections":[]}"#;
    let script = Script::json(&[(200, another), (200, another)]);
    let error = now(script.client_over(Surface::RestV2).courses().structure(ID)).expect_err("another course");
    assert!(error.is_mismatch(), "{error}");
    for count in 0..9 {
        let all: Vec<Value> = (0..count).map(|place| json!({ "id": place.to_string(), "title": "x" })).collect();
        for body in [json!(all), json!({ "data": { "ZendeskContentsByUserId": all } }), json!({ "contents": all })] {
            let enrollments = now(over_v2(&body.to_string()).users().progress(id())).expect("enrollments");
            assert_eq!(enrollments.len(), count, "{body}");
        }
    }
}
