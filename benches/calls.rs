//! The client's own work for a call, without a network: unpaced, paced in the process, and paced with other processes.
//!
//! ```sh
//! cargo bench --bench calls
//! ```

#![allow(clippy::expect_used, reason = "a benchmark that cannot continue has failed")]

use divan::Bencher;
use thought_industries::mock::Mock;
use thought_industries::{ClientBuilder, Limits, Surface};

fn main() {
    divan::main();
}

fn calls(bencher: Bencher, set: impl FnOnce(ClientBuilder) -> ClientBuilder) {
    let tenant = Mock::new();
    tenant.on("users.get", 200, r#"{"id":"u-1","email":"ada@example.com","firstName":"Ada"}"#);
    // So many that no call waits.
    let limits = Limits::documented().rest_requests(100_000_000).rest_burst(100_000_000);
    let client = set(tenant.builder(Surface::RestV2).with_limits(limits)).build().expect("valid settings");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    bencher.bench_local(|| {
        let call = client.users().get("u-1").record_only();
        runtime.block_on(async { call.send().await.expect("a user") })
    });
}

#[divan::bench]
fn unpaced(bencher: Bencher) {
    calls(bencher, ClientBuilder::without_limits);
}

#[divan::bench]
fn paced_in_the_process(bencher: Bencher) {
    calls(bencher, |builder| builder);
}

#[divan::bench]
fn paced_with_other_processes(bencher: Bencher) {
    let folder = tempfile::tempdir().expect("a folder");
    calls(bencher, |builder| builder.with_machine_limits(folder.path().join("limits")));
}
