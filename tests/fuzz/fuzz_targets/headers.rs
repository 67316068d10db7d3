//! Whatever headers say, a call ends by its deadline.

#![no_main]

mod common;

use std::time::Duration;

use common::{HttpResponse, Waited, client};
use futures::FutureExt as _;
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 6] = [
    "retry-after",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-complexity-cost",
    "x-request-id",
];

fuzz_target!(|input: (u8, Vec<(u8, String)>)| {
    let (status, headers) = input;
    let status = [200, 429, 503, 500][usize::from(status % 4)];
    let answer = headers
        .iter()
        .fold(HttpResponse::new(status, "application/json", r#"{"data":{}}"#), |answer, (name, value)| {
            answer.with_header(NAMES[usize::from(*name) % NAMES.len()], value.as_str())
        });
    let waited = Waited::default();
    let client = client(answer, waited.clone());
    for _ in 0..3 {
        _ = client.post_graphql(r#"{"query":"{ a }"}"#).send().now_or_never().expect("nothing waits");
    }
    // Three calls, each with a deadline of five minutes.
    assert!(*waited.0.lock().expect("not poisoned") <= Duration::from_secs(3 * 300));
});
