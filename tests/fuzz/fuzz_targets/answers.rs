//! Whatever a tenant answers is an answer or an error, of reads and of writes, and no error shows the key.

#![no_main]

mod common;

use common::{HttpResponse, Waited, client};
use futures::FutureExt as _;
use libfuzzer_sys::fuzz_target;
use thought_industries::{UserFields, UserKey, UserStatus};

fuzz_target!(|input: (u16, bool, &[u8])| {
    let (status, is_html, body) = input;
    let kind = if is_html { "text/html" } else { "application/json" };
    let status = 200 + status % 400;
    let client = client(HttpResponse::new(status, kind, body), Waited::default());
    let id = || UserKey::Id("x".to_owned());
    let fields = UserFields::new().first_name("Ada").sso_id("x");
    let done = [
        client.users().list().send().now_or_never().map(|done| done.map(drop)),
        client.users().get(id()).send().now_or_never().map(|done| done.map(drop)),
        client.users().create(fields.clone().email("a@b.example")).send().now_or_never().map(|done| done.map(drop)),
        client.users().update(id(), fields).verify(true).send().now_or_never().map(|done| done.map(drop)),
        client.users().update_status(id(), UserStatus::Active).send().now_or_never().map(|done| done.map(drop)),
        client.licenses().of_client("x").send().now_or_never().map(|done| done.map(drop)),
    ];
    for done in done {
        if let Err(error) = done.expect("nothing waits") {
            let told = format!("{error} {error:?} {}", error.excerpt());
            assert!(!told.contains("planted-key"));
        }
    }
});
