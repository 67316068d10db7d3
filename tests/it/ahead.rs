//! Lists whose pages are read before their turn, from tenants that differ in what they state and refuse.

use futures::TryStreamExt as _;
use futures::executor::block_on;
use serde_json::{Map, Value, json};
use thought_industries::{PagePosition, UserRow};
use thought_industries_sandbox::{Dialect, Limits, RunningSandbox, Sandbox};

use crate::imitation::{Asked, Imitation, json as answer};
use crate::script::{client_of, known};
use crate::seam::HttpResponse;

/// The users of a page, which has two.
const SIZE: i64 = 2;

/// What a tenant does with queries for several pages.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    /// States that a page costs so much.
    States(u32),
    /// States no costs.
    Silent,
    /// States that a page costs 10 points, and refuses more than that.
    Refuses,
    /// The same, but responds to several pages with the first alone.
    Forgets,
}

/// The page with a number of a list of 41 users.
fn page(number: i64) -> Value {
    let ids = (1 + (number - 1) * SIZE..=number * SIZE).filter(|id| *id <= 41);
    let users: Vec<Value> =
        ids.map(|id| json!({ "id": format!("u-{id}"), "email": format!("{id}@x.example") })).collect();
    let info = json!({ "currentPage": number, "hasMore": number < 21, "perPage": SIZE, "total": 41, "cursor": null });
    json!({ "users": users, "pageInfo": info })
}

/// The response keys and numbers of the pages that a query asks for.
fn pages(asked: &Asked<'_>) -> Vec<(String, i64)> {
    let body: Value = serde_json::from_str(asked.body).expect("JSON");
    let query = body["query"].as_str().expect("a query");
    let aliased: Vec<(String, i64)> = (1..=21)
        .filter(|number| query.contains(&format!("page{number}: APIUsers(")))
        .inspect(|number| assert!(query.contains(&format!("page: {number})")), "{query}"))
        .map(|number| (format!("page{number}"), number))
        .collect();
    if !aliased.is_empty() {
        assert!(!query.contains("$page"), "{query}");
        return aliased;
    }
    vec![("APIUsers".to_owned(), body["variables"]["page"].as_i64().unwrap_or(1))]
}

fn tenant(kind: Kind) -> Imitation {
    Imitation::new(move |asked| -> HttpResponse {
        let pages = pages(asked);
        let count = u32::try_from(pages.len()).expect("few pages");
        if kind == Kind::Refuses && count > 1 {
            return answer(200, r#"{"errors":[{"message":"query is too complex"}]}"#);
        }
        let taken = if kind == Kind::Forgets { 1 } else { pages.len() };
        let data: Map<String, Value> = pages.into_iter().take(taken).map(|(key, number)| (key, page(number))).collect();
        let response = answer(200, json!({ "data": data }).to_string());
        match kind {
            Kind::Silent => response,
            Kind::States(cost) => response.with_header("X-Complexity-Cost", (cost * count).to_string()),
            Kind::Refuses | Kind::Forgets => response.with_header("X-Complexity-Cost", (10 * count).to_string()),
        }
    })
}

/// The ids of all users, and the number of requests.
fn list(kind: Kind, ahead: usize) -> (Vec<String>, usize) {
    let tenant = tenant(kind);
    let client = tenant.builder().with_profile(known(&[])).build().expect("right settings");
    let users =
        block_on(client.users().list().with_pages_ahead(ahead).items().try_collect::<Vec<_>>()).expect("a list");
    (users.into_iter().map(|user| user.id).collect(), tenant.asked().len())
}

#[test]
fn a_request_reads_as_many_pages_as_the_stated_cost_allows_for() {
    let all: Vec<String> = (1..=41).map(|id| format!("u-{id}")).collect();
    // Pages 2 to 21 follow the first one.
    for (kind, ahead, requests) in [
        (Kind::States(10), 0, 21),
        (Kind::States(10), 64, 2),
        (Kind::States(10), 8, 6),
        (Kind::States(200), 64, 5),
        // A list may cost as much as its entries.
        (Kind::States(999), 64, 21),
        (Kind::Silent, 64, 21),
        // The page is read alone, and so are all after it.
        (Kind::Refuses, 64, 22),
        (Kind::Forgets, 64, 22),
    ] {
        assert_eq!(list(kind, ahead), (all.clone(), requests), "{kind:?}, {ahead} ahead");
    }
}

#[test]
fn a_list_continues_where_a_request_of_several_pages_has_ended() {
    let tenant = tenant(Kind::States(10));
    let client = tenant.builder().with_profile(known(&[])).build().expect("right settings");
    let positions = |pages: usize| {
        let list = client.users().list().with_pages_ahead(64).start_at(PagePosition::of_page(5));
        block_on(list.pages().map_ok(|page| page.next_position().map(PagePosition::page)).try_collect::<Vec<_>>())
            .map(|all| all.into_iter().take(pages).collect::<Vec<_>>())
            .expect("pages")
    };
    assert_eq!(positions(4), [Some(6), Some(7), Some(8), Some(9)]);
}

/// A tenant that states and limits costs, but hardly the number of requests.
async fn sandbox(dialect: Dialect, users: u64) -> RunningSandbox {
    let limits = Limits::parse("rest-requests = 9000\nrest-burst = 9000\ngraphql-points = 1000000\n");
    Sandbox::new(dialect).users(users).limits(limits.expect("limits")).start().await.expect("a sandbox")
}

#[tokio::test]
async fn licenses_are_read_for_several_clients_at_a_time() {
    for dialect in [Dialect::Documented, Dialect::Observed] {
        let tenant = sandbox(dialect, 10).await;
        let client = client_of(&tenant);
        let owners: Vec<_> = client.clients().list().items().try_collect().await.expect("clients");
        let ids: Vec<String> = owners.into_iter().map(|owner| owner.id).collect();
        // What the first list finds out about the tenant is not counted.
        client.licenses().of_client(&ids[0]).await.expect("licenses");
        let before = tenant.received().len();
        let mut alone = Vec::new();
        for id in &ids {
            let licenses: Vec<_> = client.licenses().of_client(id).items().try_collect().await.expect("licenses");
            alone.push(licenses);
        }
        let each = tenant.received().len() - before;
        assert!(alone.iter().any(|licenses| licenses.len() > 1));
        assert_eq!(client.licenses().of_clients(&ids).await.expect("licenses"), alone, "{dialect}");
        let together = tenant.received().len() - before - each;
        let expected = if dialect == Dialect::Documented { 1 + (ids.len() - 1).div_ceil(20) } else { ids.len() };
        assert_eq!((each, together), (ids.len(), expected), "{dialect}, {} clients", ids.len());
        let strange = client.licenses().of_clients([ids[0].as_str(), "no \"client\"", ids[1].as_str()]).await;
        assert!(strange.expect_err("one is missing").is_not_found(), "{dialect}");
        assert_eq!(client.licenses().of_clients(Vec::<String>::new()).await.expect("nothing"), Vec::<Vec<_>>::new());
    }
}

#[tokio::test]
async fn the_list_is_that_of_one_page_at_a_time() {
    for dialect in [Dialect::Documented, Dialect::Observed] {
        let tenant = sandbox(dialect, 950).await;
        let serial: Vec<UserRow> = client_of(&tenant).users().rows().items().try_collect().await.expect("rows");
        assert_eq!(serial.len(), 950);
        let client = client_of(&tenant);
        let before = tenant.received().len();
        let ahead: Vec<UserRow> = client.users().rows().with_pages_ahead(64).items().try_collect().await.expect("rows");
        assert_eq!(ahead, serial, "{dialect}");
        if dialect == Dialect::Documented {
            // Pages 2 to 10 have room in one request. The first page may find out about the tenant.
            assert!(tenant.received().len() - before <= 4, "{:?}", tenant.received());
        }
        let client = client_of(&tenant);
        let profiles = || client.users().list().with_profiles(true);
        let serial: Vec<_> = profiles().items().try_collect().await.expect("users");
        let ahead: Vec<_> = profiles().with_pages_ahead(20).items().try_collect().await.expect("users");
        assert_eq!(ahead, serial, "{dialect}");
    }
}
