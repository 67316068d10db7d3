//! How fast a page of full user records decodes into the generated types, compared with `serde_json::Value`.
//!
//! ```sh
//! cargo bench --bench decode
//! ```

#![allow(clippy::expect_used, reason = "a benchmark that cannot continue has failed")]

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use serde_json::Value;
use thought_industries::Client;
use thought_industries::model::User;
use thought_industries_sandbox::{Dialect, Sandbox};

fn main() {
    divan::main();
}

/// A hundred full user records as JSON, read from a sandbox.
fn page() -> String {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let people = runtime.block_on(async {
        let tenant = Sandbox::new(Dialect::Documented).users(100).start().await.expect("a sandbox");
        let builder = Client::builder().set_url(tenant.url()).set_api_key(tenant.api_key());
        let client = builder.build().expect("valid settings");
        let list = client.users().list().send().await.expect("users");
        let mut people = Vec::new();
        for user in list.users.iter().flatten() {
            people.push(client.users().get(user.id.as_str()).send().await.expect("a user").into_inner());
        }
        people
    });
    serde_json::to_string(&people).expect("JSON")
}

#[divan::bench]
fn generated_types(bencher: Bencher) {
    let page = page();
    bencher
        .counter(BytesCount::of_str(&page))
        .bench(|| serde_json::from_str::<Vec<User>>(black_box(&page)).expect("users"));
}

#[divan::bench]
fn json_value(bencher: Bencher) {
    let page = page();
    bencher.counter(BytesCount::of_str(&page)).bench(|| serde_json::from_str::<Value>(black_box(&page)).expect("JSON"));
}
