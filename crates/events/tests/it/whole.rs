//! A tenant that delivers badly, a receiver that is away for two days, and the feed: in the end the inbox has everything once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use thought_industries::{Client, Date, EventKind, Secret};
use thought_industries_events::{Acceptance, Filler, Inbox, Receiver, Selection};
use thought_industries_sandbox::{Deliveries, DeliveryForm, Dialect, Sandbox};
use tokio::net::TcpListener;

const SECRET: &str = "whsec_rotate-me-0001";
const KINDS: [&str; 1] = ["courseCompletion"];
const HOUR: Duration = Duration::from_secs(3_600);

async fn check(form: DeliveryForm) {
    // The events of 1,500 users take more than two days.
    let sandbox = Sandbox::new(Dialect::Documented).users(1_500).start().await.expect("a sandbox");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let mut deliveries =
        Deliveries::new(form, format!("http://{address}/")).secret(SECRET).secret("whsec_old").kinds(KINDS);
    for fault in [
        "duplicate:0.1",
        "reorder:0.1",
        "delay:0.1",
        "drop:0.1",
        "unicode-escapes:0.1",
        "wrong-signature:0.1",
        "truncated-body:0.1",
        "redirect:0.1",
    ] {
        deliveries = deliveries.fault(fault.parse().expect("a fault"));
    }
    let mut sender = sandbox.deliver(deliveries).expect("a sender");
    let begun = sender.now();

    let folder = tempfile::tempdir().expect("a folder");
    let inbox = Arc::new(Inbox::open(&folder.path().join("inbox.sqlite")).expect("an inbox"));
    let acceptance = Acceptance::signed([SECRET, "whsec_old"].map(Secret::from));
    let acceptance = if form == DeliveryForm::Support { acceptance.or_unsigned() } else { acceptance };
    let receiver = Receiver::new(Arc::clone(&inbox), acceptance).expect("a receiver");
    let client = Client::builder().set_url(sandbox.url()).set_api_key(sandbox.api_key());
    let client = client.without_limits().build().expect("a client");
    let filler = Filler::new(client, Arc::clone(&inbox)).with_kinds(KINDS.map(EventKind::from));
    let filler = filler.with_since(Date::from_millisecond(begun).expect("a time"));
    let start = |listener| {
        let receiver = receiver.clone();
        tokio::spawn(async move { receiver.serve(listener).await })
    };

    let serving = start(listener);
    filler.fill().await.expect("filled");
    sender.advance(4 * HOUR).await;
    assert!(filler.fill().await.expect("filled").iter().all(|filled| filled.problem.is_none() && filled.new > 0));
    // The receiver is away, and its port with it.
    serving.abort();
    _ = serving.await;
    let before = sender.happenings().len();
    sender.advance(48 * HOUR).await;
    assert!(sender.happenings().len() > before + 1_000, "much happens in two days");
    let serving = start(TcpListener::bind(address).await.expect("the same port"));
    assert!(filler.fill().await.expect("filled").iter().all(|filled| filled.problem.is_none()));
    sender.advance(30 * HOUR).await;
    filler.fill().await.expect("filled");
    serving.abort();

    let events = inbox.list(None, &Selection::default(), 100_000).expect("a list");
    assert_eq!(events.len(), sender.happenings().len(), "{form:?}: each event once");
    let moments: BTreeSet<_> =
        events.iter().map(|event| (event.kind.clone(), event.at, event.user_id.clone())).collect();
    let expected: BTreeSet<_> = sender
        .happenings()
        .iter()
        .map(|happened| (happened.kind.clone(), Date::from_millisecond(happened.at)))
        .collect();
    assert_eq!(moments.iter().map(|(kind, at, _)| (kind.clone(), *at)).collect::<BTreeSet<_>>(), expected);
    assert!(events.iter().all(|event| !event.is_hint), "the feed confirms every hint");
    let webhooks = receiver.counts();
    assert!(webhooks.new > 50 && webhooks.known > 0, "{webhooks:?}");
}

#[tokio::test]
async fn an_outage_of_two_days_loses_nothing_of_signed_envelopes() {
    check(DeliveryForm::Docs).await;
}

#[tokio::test]
async fn an_outage_of_two_days_loses_nothing_of_unsigned_events() {
    check(DeliveryForm::Support).await;
}
