//! Nothing that is secret or personal is printed: not by what has a printing form, and not by the logs of any crate.

use std::error::Error as _;
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use thought_industries::{Client, Dialect, Error, KeyPlacement, RetryPolicy, Secret, Surface, UserFields, UserKey};
use thought_industries_sandbox::{Dialect as Tenant, Fault, FaultRate, Sandbox};
use tracing_subscriber::fmt::MakeWriter;

use crate::script::{Impatient, Script, now};
use crate::seam::{HttpResponse, Over};

const EMAIL: &str = "planted.person@secret.example";
const PASSWORD: &str = "planted password";
const HOOK: &str = "planted-hook-secret";

#[test]
fn nothing_that_prints_shows_the_key() {
    let script = Script::default();
    let builder = Client::builder()
        .set_subdomain("acme")
        .set_api_key(Script::KEY)
        .with_key_in(Surface::GraphQl, KeyPlacement::Query);
    let mut printed = vec![format!("{builder:?}")];
    let client = builder
        .with_service(Over::new(script.clone()))
        .with_clock(Impatient::default())
        .build()
        .expect("right settings");
    printed.push(format!("{client:?} {client:#?}"));
    // Each surface may refuse the key in each place.
    (0..17).for_each(|_| script.then(Ok(HttpResponse::new(403, "application/json", "{}"))));
    let error = now(client.users().list().send()).expect_err("refused");
    printed.push(format!("{error} {error:?}"));
    let fields = UserFields::new().email(EMAIL).password(PASSWORD);
    printed.push(format!("{:?} {:?}", client.users().get(EMAIL), client.users().update(EMAIL, fields.clone())));
    printed.push(format!("{:?} {:?}", client.users().create(fields.clone()), Secret::from(HOOK)));
    printed.push(format!("{fields:?} {:?}", UserKey::from(EMAIL)));
    for text in printed {
        assert_clean(&text, Script::KEY);
    }
    assert!(script.paths()[0].ends_with("?apiKey=scripted-key"), "the key was sent all the same");
    assert_eq!(format!("{:?}", UserKey::from(EMAIL)), "Email(…)");
}

fn assert_clean(text: &str, key: &str) {
    let encoded = EMAIL.replace('@', "%40");
    for secret in [key, EMAIL, &encoded, PASSWORD, HOOK] {
        let place = text.find(secret);
        assert!(place.is_none(), "`{secret}` stands in: …{}…", around(text, place.unwrap_or_default()));
    }
}

/// Some of a text around a place.
fn around(text: &str, place: usize) -> String {
    let start = text.char_indices().map(|(start, _)| start).rfind(|start| *start + 200 < place).unwrap_or_default();
    text[start..].chars().take(400).collect()
}

#[tokio::test]
async fn a_tenant_that_is_not_there_leaves_no_url_in_the_error() {
    let client = Client::builder()
        .set_url("http://127.0.0.1:9")
        .set_api_key("planted-key")
        .with_key_in(Surface::GraphQl, KeyPlacement::Query)
        .with_retry_policy(RetryPolicy::never())
        .build()
        .expect("right settings");
    let error = client.users().list().send().await.expect_err("nobody listens there");
    assert!(error.is_retryable());
    assert_clean(&everything(&error), "planted-key");
}

/// An error in every form, with its causes.
fn everything(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?} {} {:?}", error.excerpt(), error.request_id());
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text} {cause} {cause:?}");
        source = cause.source();
    }
    text
}

/// What was logged in this process, by whichever crate.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Logged {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Everything at trace, spans included; `log` records too.
static LOGGED: LazyLock<Logged> = LazyLock::new(|| {
    let logged = Logged::default();
    let spans = tracing_subscriber::fmt::format::FmtSpan::FULL;
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_span_events(spans);
    subscriber.with_writer(logged.clone()).with_ansi(false).init();
    logged
});

/// Every fault, met by calls that have an address, a password and the key in them, the key in the URL.
#[tokio::test]
async fn no_fault_brings_a_secret_to_light() {
    LazyLock::force(&LOGGED);
    let slow = [Fault::OversizedBody, Fault::GzipBomb, Fault::SlowBody, Fault::SlowFirstByte];
    for fault in Fault::ALL.iter().copied() {
        for (dialect, name) in [(Tenant::Documented, Dialect::Documented), (Tenant::Observed, Dialect::Observed)] {
            if slow.contains(&fault) && dialect == Tenant::Observed {
                continue;
            }
            let sandbox = Sandbox::new(dialect).users(30).fault(FaultRate { fault, rate: 0.7 });
            let tenant = sandbox.start().await.expect("a sandbox starts");
            let patience = Duration::from_millis(100);
            let client = Client::builder()
                .set_url(tenant.url())
                .set_api_key(tenant.api_key())
                .with_dialect(name)
                .with_key_in(Surface::GraphQl, KeyPlacement::Query)
                .without_limits()
                .with_clock(Impatient::default())
                .with_first_byte_timeout(patience)
                .with_idle_timeout(patience)
                .on_event(|event| tracing::info!("{event} {event:?}"))
                .build()
                .expect("right settings");
            let fields = UserFields::new().email(EMAIL).first_name("Planted");
            let results = [
                client.users().create(fields.clone().password(PASSWORD)).send().await.map(drop),
                client.users().create(fields.clone()).upsert(true).verify(true).send().await.map(drop),
                client.users().get(EMAIL).send().await.map(drop),
                client.users().update(EMAIL, fields).send().await.map(drop),
                client.users().deactivate(EMAIL).await.map(drop),
                client.webhooks().create("https://x.example", ["user.created"], HOOK).await.map(drop),
            ];
            for error in results.into_iter().filter_map(Result::err) {
                assert_clean(&everything(&error), tenant.api_key());
            }
        }
    }
    let logged = String::from_utf8_lossy(&LOGGED.0.lock().expect("not poisoned")).into_owned();
    assert!(logged.contains("hyper") && logged.contains("otel.name"), "something was logged");
    assert_clean(&logged, Sandbox::API_KEY);
}
