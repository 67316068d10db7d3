//! How fast pages of users are read on the path that a call takes: the body of a response as a server sends it, with nulls,
//! through a client without a network. Compared with `serde_json` on the same bytes: into `Value`, and into the types that a
//! hand-written loop would have.
//!
//! ```sh
//! cargo bench --bench decode
//! ```

#![allow(clippy::expect_used, reason = "a benchmark that cannot continue has failed")]

use std::sync::LazyLock;
use std::task::{Context, Poll};

use bytes::Bytes;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use futures::TryStreamExt as _;
use http_body_util::Full;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use thought_industries::mock::{Mock, Recorder};
use thought_industries::model::User;
use thought_industries::operations::UserById;
use thought_industries::runtime::GeneratedOperation as _;
use thought_industries::transport::RequestBody;
use thought_industries::{Client, Surface};
use thought_industries_sandbox::{Dialect, Sandbox};
use tokio::runtime::Runtime;
use tower_service::Service;

fn main() {
    divan::main();
}

/// Pages of a hundred users, as a sandbox sends them.
struct Pages {
    /// Each user with everything that they hold, over GraphQL: about 2 MB.
    deep: String,
    /// The nine fields of a row, over GraphQL.
    rows: String,
    /// The list of v2, whose users have more fields than a row.
    flat: String,
}

static PAGES: LazyLock<Pages> = LazyLock::new(|| runtime().block_on(read_pages()));

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

#[derive(Deserialize)]
struct Data<'b> {
    #[serde(borrow)]
    data: Record<'b>,
}

#[derive(Deserialize)]
struct Record<'b> {
    #[serde(borrow, rename = "UserById")]
    user: &'b RawValue,
}

async fn read_pages() -> Pages {
    let tenant = Sandbox::new(Dialect::Documented).users(100).start().await.expect("a sandbox");
    let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key()).without_limits();
    let client = builder.build().expect("valid settings");
    let users: Vec<User> = client.users().list().items().try_collect().await.expect("users");
    let mut deep = Vec::new();
    for user in &users {
        let request = serde_json::json!({ "query": UserById::QUERY, "variables": { "id": user.id } });
        let response = client.post_graphql(request.to_string()).await.expect("a user");
        let record: Data<'_> = serde_json::from_slice(&response.body).expect("a user");
        deep.push(record.data.user.get().to_owned());
    }
    let info = r#"{"currentPage":1,"hasMore":false,"perPage":100,"total":100}"#;
    let list = |users: &[String]| format!(r#"{{"users":[{}],"pageInfo":{info}}}"#, users.join(","));
    let over_graphql = |users: &[String]| format!(r#"{{"data":{{"APIUsers":{}}}}}"#, list(users));
    let row = |user: &User| {
        let row = serde_json::json!({
            "id": user.id, "email": user.email, "firstName": user.first_name, "lastName": user.last_name,
            "roleKey": user.role_key, "disabled": user.disabled, "externalCustomerId": user.external_customer_id,
            "createdAt": user.created_at, "lastActiveAt": user.last_active_at,
        });
        row.to_string()
    };
    let rows: Vec<String> = users.iter().map(row).collect();
    Pages { deep: over_graphql(&deep), rows: over_graphql(&rows), flat: rest_page().await }
}

/// The body of the list of v2, in the dialect that does not wrap it.
async fn rest_page() -> String {
    let tenant = Sandbox::new(Dialect::Observed).users(100).start().await.expect("a sandbox");
    let recording = Recorder::recording();
    let recorder = recording.clone();
    let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key()).without_limits();
    let client = builder.with_layer(move |https| Recorder::new(https, recorder)).build().expect("valid settings");
    client.users().list().with_surface(Surface::RestV2).send().await.expect("a page");
    let recording = recording.lock().expect("no panic");
    recording.exchanges.last().expect("an exchange").response.clone()
}

/// Responds to each request with the same bytes.
#[derive(Clone)]
struct Prepared(Bytes);

impl Service<http::Request<RequestBody>> for Prepared {
    type Response = http::Response<Full<Bytes>>;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<RequestBody>) -> Self::Future {
        let response = http::Response::builder().header("content-type", "application/json");
        let response = response.header("content-length", self.0.len());
        std::future::ready(Ok(response.body(Full::from(self.0.clone())).expect("a response")))
    }
}

/// A client whose requests over a surface all get this body.
fn client(surface: Surface, body: &str) -> Client {
    let service = Prepared(Bytes::copy_from_slice(body.as_bytes()));
    Mock::new().builder(surface).with_service(service).build().expect("valid settings")
}

fn bench<T>(bencher: Bencher<'_, '_>, page: &str, read: impl Fn(&str) -> T) {
    bencher.counter(BytesCount::of_str(page)).bench_local(|| read(black_box(page)));
}

fn bench_list(bencher: Bencher<'_, '_>, page: &str, surface: Surface) {
    let (client, runtime) = (client(surface, page), runtime());
    let read = |_: &str| runtime.block_on(async { client.users().list().send().await.expect("users").into_inner() });
    assert_eq!(read("").users.map(|users| users.len()), Some(100));
    bench(bencher, page, read);
}

fn bench_rows(bencher: Bencher<'_, '_>, page: &str, surface: Surface) {
    let (client, runtime) = (client(surface, page), runtime());
    let read = |_: &str| runtime.block_on(async { client.users().rows().send().await.expect("users").into_inner() });
    assert_eq!(read("").users.len(), 100);
    bench(bencher, page, read);
}

#[divan::bench_group(name = "deep page")]
mod deep {
    use super::{Bencher, PAGES, Surface, Value, bench, bench_list};

    #[divan::bench]
    fn library(bencher: Bencher<'_, '_>) {
        bench_list(bencher, &PAGES.deep, Surface::GraphQl);
    }

    #[divan::bench]
    fn json_value(bencher: Bencher<'_, '_>) {
        bench(bencher, &PAGES.deep, |page| serde_json::from_str::<Value>(page).expect("JSON"));
    }
}

#[divan::bench_group(name = "rows over GraphQL")]
mod rows {
    use super::{Bencher, PAGES, Surface, Value, bench, bench_list, bench_rows, hand};

    #[divan::bench]
    fn library(bencher: Bencher<'_, '_>) {
        bench_list(bencher, &PAGES.rows, Surface::GraphQl);
    }

    #[divan::bench]
    fn library_rows(bencher: Bencher<'_, '_>) {
        bench_rows(bencher, &PAGES.rows, Surface::GraphQl);
    }

    #[divan::bench]
    fn json_value(bencher: Bencher<'_, '_>) {
        bench(bencher, &PAGES.rows, |page| serde_json::from_str::<Value>(page).expect("JSON"));
    }

    #[divan::bench]
    fn by_hand(bencher: Bencher<'_, '_>) {
        bench(bencher, &PAGES.rows, |page| serde_json::from_str::<hand::Wrapped>(page).expect("JSON"));
    }
}

#[divan::bench_group(name = "rows over REST, flat")]
mod flat {
    use super::{Bencher, PAGES, Surface, Value, bench, bench_list, bench_rows, hand};

    #[divan::bench]
    fn library(bencher: Bencher<'_, '_>) {
        bench_list(bencher, &PAGES.flat, Surface::RestV2);
    }

    #[divan::bench]
    fn library_rows(bencher: Bencher<'_, '_>) {
        bench_rows(bencher, &PAGES.flat, Surface::RestV2);
    }

    #[divan::bench]
    fn json_value(bencher: Bencher<'_, '_>) {
        bench(bencher, &PAGES.flat, |page| serde_json::from_str::<Value>(page).expect("JSON"));
    }

    #[divan::bench]
    fn by_hand(bencher: Bencher<'_, '_>) {
        bench(bencher, &PAGES.flat, |page| serde_json::from_str::<hand::List>(page).expect("JSON"));
    }
}

#[divan::bench_group(name = "rows over REST, wrapped")]
mod wrapped {
    use super::{Bencher, PAGES, Surface, bench, bench_list, hand};

    fn page() -> String {
        format!(r#"{{"data":{{"UsersList":{}}}}}"#, PAGES.flat)
    }

    #[divan::bench]
    fn library(bencher: Bencher<'_, '_>) {
        bench_list(bencher, &page(), Surface::RestV2);
    }

    #[divan::bench]
    fn by_hand(bencher: Bencher<'_, '_>) {
        bench(bencher, &page(), |page| serde_json::from_str::<hand::Wrapped>(page).expect("JSON"));
    }
}

/// The types that a loop written by hand has for a page of rows.
mod hand {
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "read by nothing but the decoder")]
    pub(super) struct Wrapped {
        data: Root,
    }

    #[derive(Deserialize)]
    #[expect(dead_code, reason = "read by nothing but the decoder")]
    struct Root {
        #[serde(alias = "APIUsers", alias = "UsersList")]
        list: List,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "read by nothing but the decoder")]
    pub(super) struct List {
        users: Vec<User>,
        page_info: Info,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "read by nothing but the decoder")]
    struct Info {
        has_more: Option<bool>,
        total: Option<i64>,
        cursor: Option<String>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    #[expect(dead_code, reason = "read by nothing but the decoder")]
    struct User {
        id: String,
        email: Option<String>,
        first_name: Option<String>,
        last_name: Option<String>,
        role_key: Option<String>,
        disabled: Option<bool>,
        external_customer_id: Option<String>,
        created_at: Option<String>,
        last_active_at: Option<String>,
    }
}
