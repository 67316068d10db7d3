//! The options of a call, and lists that start where an earlier run stopped.

use std::time::Duration;

use futures::TryStreamExt as _;
use thought_industries::{
    Client, Error, ErrorKind, Execution, PagePosition, Presence, RetryPolicy, Surface, UserFields, UserKey, UserStatus,
};
use thought_industries_sandbox::{Dialect, RunningSandbox, Sandbox};

use crate::script::{Impatient, Script, client_of, known, now};

const ID: &str = "00000000-0000-4000-8000-000000000000";

async fn tenant(dialect: Dialect) -> RunningSandbox {
    Sandbox::new(dialect).start().await.expect("a sandbox starts")
}

/// Reads two pages, and returns the ids on them and where the list continues, as it is stored.
async fn two_pages(client: &Client) -> (Vec<String>, String) {
    let mut pages = client.users().list().pages();
    let (mut ids, mut next) = (Vec::new(), None);
    for number in 1..=2 {
        let page = pages.try_next().await.expect("a page").expect("a page");
        assert_eq!(page.position().map(PagePosition::page), Some(number));
        ids.extend(page.users.iter().flatten().map(|user| user.id.clone()));
        next = page.next_position().cloned();
    }
    (ids, serde_json::to_string(&next.expect("there are more")).expect("JSON"))
}

async fn ids_from(client: &Client, start: &str) -> Result<Vec<String>, Error> {
    let start: PagePosition = serde_json::from_str(start).expect("a position");
    client.users().list().start_at(start).items().map_ok(|user| user.id).try_collect().await
}

#[tokio::test]
async fn a_list_resumes_where_an_earlier_run_stopped() {
    for dialect in Dialect::ALL {
        let tenant = tenant(dialect).await;
        let whole: Vec<String> =
            client_of(&tenant).users().list().items().map_ok(|user| user.id).try_collect().await.expect("all users");
        let (read, stored) = two_pages(&client_of(&tenant)).await;
        let rest = ids_from(&client_of(&tenant), &stored).await.expect("the rest");
        assert!(!read.is_empty() && !rest.is_empty(), "{dialect}");
        assert_eq!([read, rest].concat(), whole, "{dialect}: {stored}");
    }
}

#[tokio::test]
async fn a_list_of_clients_resumes_with_pages_of_the_same_size() {
    for dialect in Dialect::ALL {
        let tenant = tenant(dialect).await;
        let client = client_of(&tenant);
        let whole: Vec<_> =
            client.clients().list().items().map_ok(|client| client.id).try_collect().await.expect("all clients");
        let first = client.clients().list().set_count(2).await.expect("a page");
        let read = first.clients.iter().flatten().map(|client| client.id.clone());
        let next = first.next_position().expect("there are more");
        let list = client_of(&tenant).clients().list().start_at(next);
        let rest: Vec<_> = list.items().map_ok(|client| client.id).try_collect().await.expect("the rest");
        assert_eq!(read.chain(rest).collect::<Vec<_>>(), whole, "{dialect}");
    }
}

#[tokio::test]
async fn the_last_page_has_no_next_one() {
    for dialect in Dialect::ALL {
        let tenant = tenant(dialect).await;
        let client = client_of(&tenant);
        let pages: Vec<_> = client.users().list().pages().try_collect().await.expect("pages");
        let (last, others) = pages.split_last().expect("pages");
        assert!(last.next_position().is_none(), "{dialect}");
        let next = others.iter().map(|page| page.next_position().cloned());
        let own = pages.iter().skip(1).map(|page| page.position().cloned());
        assert_eq!(next.collect::<Vec<_>>(), own.collect::<Vec<_>>(), "{dialect}");
        let first = client.users().list().send().await.expect("a page");
        assert_eq!(first.next_position(), pages[0].next_position(), "{dialect}");
    }
}

#[tokio::test]
async fn a_position_that_the_tenant_does_not_have_is_an_error() {
    let by_number = tenant(Dialect::Documented).await;
    let client = client_of(&by_number);
    let error = client.users().list().start_at("Mg").await.expect_err("pages have numbers");
    assert_eq!(
        error.to_string(),
        "users.list over REST v2: the tenant pages by number and ignores cursors: start at the number of a page instead"
    );
    let third = client.users().list().start_at_page(3).await.expect("the last page");
    assert_eq!(third.users.iter().flatten().count(), 50);
    let by_cursor = tenant(Dialect::Observed).await;
    let client = client_of(&by_cursor);
    let error = client.users().list().start_at_page(2).items().try_next().await.expect_err("pages have cursors");
    assert_eq!(
        error.to_string(),
        "users.list over REST v2: the tenant pages by cursor and has no page 2: start at a cursor instead"
    );
    let list = || client.users().list();
    for wrong in [list().start_at_page(0), list().start_at(""), list().with_page_size(0)] {
        assert!(wrong.await.expect_err("no page").is_invalid_argument());
    }
    let position = PagePosition::from("Mg");
    let elsewhere = client.users().list().start_at(&position).with_surface(Surface::GraphQl);
    assert_eq!(
        elsewhere.await.expect_err("another surface").to_string(),
        "users.list: the position is one of REST v2, and the call is restricted to GraphQL"
    );
    for (surface, name, other) in [
        ("graphql", "GraphQL", Surface::RestV2),
        ("v2", "REST v2", Surface::GraphQl),
        ("v1", "REST v1", Surface::RestV2),
    ] {
        let gone: PagePosition =
            serde_json::from_str(&format!(r#"{{"page":2,"surface":"{surface}"}}"#)).expect("a position");
        let error = now(Script::json(&[]).client_over(other).users().list().start_at(gone)).expect_err("it is gone");
        assert!(error.is_no_route() && error.to_string().contains(&format!("{name}: no endpoint")), "{error}");
    }
    let over_v1 = Script::json(&[]).client_over(Surface::RestV1);
    let error = now(over_v1.users().list().start_at("Mg")).expect_err("v1 has no cursors");
    assert!(error.is_no_route() && error.to_string().contains("only REST v2 pages by cursor"), "{error}");
}

#[test]
fn a_page_has_the_size_that_was_asked_for() {
    let body = r#"{"users":[{"id":"a"},{"id":"b"}],"total":9}"#;
    let script = Script::json(&[(200, body), (200, body), (403, "")]);
    let client = script.client_over(Surface::RestV1);
    let page = now(client.users().list().with_page_size(2).start_at_page(3)).expect("a page");
    let next = page.next_position().expect("there are more");
    assert_eq!(serde_json::to_string(next).expect("JSON"), r#"{"page":4,"surface":"v1","page-size":2}"#);
    now(client.users().list().start_at(next)).expect("the size is part of the position");
    now(client.users().list()).expect_err("refused");
    let asked = |page, size| format!("GET /incoming/api/v1/users?page={page}&per_page={size}");
    assert_eq!(script.paths(), [asked(3, 2), asked(4, 2), asked(1, 100)]);
}

#[test]
fn a_call_uses_the_surface_that_was_asked_for() {
    let script = Script::json(&[(403, ""), (403, ""), (403, "")]);
    let client = script.builder().with_profile(known(&[])).build().expect("right settings");
    for surface in [Surface::RestV1, Surface::RestV2, Surface::GraphQl] {
        now(client.users().get(UserKey::Id(ID.to_owned())).with_surface(surface)).expect_err("refused");
    }
    let paths = [
        format!("GET /incoming/api/v1/users/{ID}"),
        format!("GET /incoming/v2/users/{ID}"),
        "POST /incoming/api/graphql".to_owned(),
    ];
    assert_eq!(script.paths(), paths);
    let errors = [
        now(client.users().delete(UserKey::Id(ID.to_owned())).with_surface(Surface::RestV2)).err(),
        now(client.clients().list().with_surface(Surface::RestV1)).err(),
        now(client.post_graphql("{}").with_surface(Surface::RestV2)).err(),
        now(client.users().list().set_role("admin").with_surface(Surface::RestV1)).err(),
        now(client.users().provision(ada()).set_group_ids(["a"]).with_surface(Surface::RestV2)).err(),
    ];
    for error in errors {
        let error = error.expect("the surface lacks it");
        assert!(error.is_no_route() && !error.execution().may_have_run(), "{error}");
    }
    assert_eq!(script.paths().len(), 3, "nothing else was sent");
}

#[test]
fn a_record_without_courses_is_not_a_user_without_enrollments() {
    let script = Script::json(&[(405, ""), (200, &format!(r#"{{"user":{{"id":"{ID}"}}}}"#))]);
    let enrollments = script.client_over(Surface::RestV1).users().enrollments(ID).with_surface(Surface::RestV1);
    let error = now(enrollments).expect_err("v1 shows none");
    assert!(error.is_no_route(), "{error}");
}

#[tokio::test]
async fn a_surface_is_connected_to_alone() {
    for dialect in Dialect::ALL {
        let tenant = tenant(dialect).await;
        let client = client_of(&tenant);
        let profile = client.connect().with_surface(Surface::RestV2).await.expect("a tenant");
        let paths: Vec<String> = tenant.received().into_iter().map(|received| received.path).collect();
        assert!(paths.iter().all(|path| path.starts_with("/incoming/v2/")), "{dialect}: {paths:?}");
        let learned = profile.endpoints.iter().filter(|endpoint| endpoint.presence == Presence::Present);
        assert_eq!(learned.map(|endpoint| endpoint.surface).collect::<Vec<_>>(), [Surface::RestV2], "{dialect}");
    }
}

fn ada() -> UserFields {
    UserFields::new().email("ada@example.com")
}

#[test]
fn a_call_has_its_own_retry_policy() {
    let script = Script::json(&[(503, ""), (503, ""), (200, r#"{"id":"a"}"#), (503, "")]);
    let client = script.client_over(Surface::RestV2);
    let job = client.jobs().get("a").with_retry_policy(RetryPolicy::default().attempts(3));
    now(job).expect("the third attempt");
    now(client.jobs().get("a")).expect_err("the policy of the client is a single attempt");
    assert_eq!(script.paths().len(), 4);
}

/// A tenant that accepts connections and never responds.
async fn silent() -> (tokio::net::TcpListener, Client) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let builder = Client::builder().set_url(url).set_api_key("key").with_clock(Impatient::default());
    (listener, builder.with_profile(known(&[])).build().expect("right settings"))
}

#[tokio::test]
async fn a_call_ends_when_its_time_is_over() {
    let (_listener, client) = silent().await;
    let timeout = Duration::from_secs(5);
    let id = || UserKey::Id(ID.to_owned());
    let users = client.users();
    let read = users.get(id()).with_timeout(timeout).await.map(drop);
    let found = users.update_status("ada@example.com", UserStatus::Active).with_timeout(timeout).await.map(drop);
    let written = users.update_status(id(), UserStatus::Active).with_timeout(timeout).await.map(drop);
    let scenario = users.deactivate(id()).with_timeout(timeout).await.map(drop);
    let page = users.list().with_timeout(timeout).items().try_next().await.map(drop);
    for (done, operation, execution) in [
        (read, "users.get", Execution::DidNotRun),
        (found, "users.update-status", Execution::DidNotRun),
        (written, "users.update-status", Execution::Unknown),
        (scenario, "users.deactivate", Execution::DidNotRun),
        (page, "users.list", Execution::DidNotRun),
    ] {
        let error = done.expect_err("no response");
        assert!(error.is_timeout() && error.kind() == ErrorKind::Timeout, "{error}");
        assert_eq!((error.operation(), error.execution()), (Some(operation), execution), "{error}");
        assert_eq!(error.is_retryable(), execution == Execution::DidNotRun, "{error}");
        assert!(error.to_string().contains("the call took longer than 5 s"), "{error}");
    }
}

#[test]
fn a_request_that_is_not_awaited_sends_nothing() {
    let script = Script::json(&[]);
    let client = script.client();
    drop(client.users().delete(ID));
    drop(client.users().create(ada()).into_future());
    drop(client.users().list().pages());
    assert_eq!(script.sent(), Vec::<String>::new());
}

/// Rows are the users of the list, in the same order, and take little memory.
#[tokio::test]
async fn rows_are_the_users_of_the_list() {
    use thought_industries::model::User;
    use thought_industries::{PageText, UserRow};
    assert!(size_of::<UserRow>() <= 160, "{} bytes, a user takes {}", size_of::<UserRow>(), size_of::<User>());
    for dialect in Dialect::ALL {
        let tenant = tenant(dialect).await;
        let client = client_of(&tenant);
        let users: Vec<User> = client.users().list().items().try_collect().await.expect("users");
        let rows: Vec<UserRow> = client.users().rows().items().try_collect().await.expect("rows");
        let ids: Vec<&PageText> = rows.iter().map(|row| &row.id).collect();
        assert!(ids.iter().zip(&users).all(|(id, user)| **id == *user.id));
        let rows: Vec<User> = rows.into_iter().map(User::from).collect();
        assert_eq!(rows.len(), 250);
        for (row, user) in rows.iter().zip(&users) {
            assert_eq!((&row.id, &row.email, row.disabled), (&user.id, &user.email, user.disabled));
            assert_eq!((&row.last_name, row.created_at), (&user.last_name, user.created_at));
        }
        let learners = client.users().rows().set_role("client-admin").send().await.expect("a page");
        assert!(learners.users.iter().all(|user| user.role_key.as_deref() == Some("client-admin")));
        let second = client.users().rows().start_at_page(2).send().await;
        assert_eq!(second.is_ok(), dialect == Dialect::Documented, "the observed dialect pages by cursor");
    }
}
