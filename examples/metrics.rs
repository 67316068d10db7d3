//! Makes metrics of a client's events: requests by operation, surface and status, calls by outcome, and their durations.
//! Runs on an embedded sandbox. A program would hand the same numbers to its own metrics library; names of operations and
//! surfaces are few, so they fit as labels.
//!
//! ```sh
//! cargo run --example metrics
//! ```

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::TryStreamExt as _;
use thought_industries::{Client, Event};
use thought_industries_sandbox::{Dialect, Sandbox};

/// The upper bounds of the buckets of a histogram, in milliseconds.
const BUCKETS: [u128; 5] = [10, 50, 250, 1_000, 10_000];

/// Counters and histograms, by name and labels.
#[derive(Default)]
struct Metrics {
    counters: BTreeMap<String, u64>,
    histograms: BTreeMap<String, [u64; BUCKETS.len() + 1]>,
}

impl Metrics {
    fn count(&mut self, name: String, number: u64) {
        *self.counters.entry(name).or_default() += number;
    }

    fn observe(&mut self, name: String, milliseconds: u128) {
        let bucket = BUCKETS.iter().position(|most| milliseconds <= *most).unwrap_or(BUCKETS.len());
        if let Some(count) = self.histograms.entry(name).or_default().get_mut(bucket) {
            *count += 1;
        }
    }

    fn record(&mut self, event: &Event) {
        match event {
            Event::Response { operation, surface, status, duration, bytes, points, .. } => {
                let labels = format!("operation=\"{operation}\",surface=\"{surface}\"");
                self.count(format!("ti_requests_total{{{labels},status=\"{status}\"}}"), 1);
                self.count(format!("ti_response_bytes_total{{{labels}}}"), *bytes as u64);
                self.count(format!("ti_points_total{{{labels}}}"), u64::from(*points));
                self.observe(format!("ti_request_milliseconds{{{labels}}}"), duration.as_millis());
            }
            Event::NoResponse { operation, surface, cause, .. } => {
                let labels = format!("operation=\"{operation}\",surface=\"{surface}\"");
                self.count(format!("ti_requests_total{{{labels},error=\"{}\"}}", cause.name()), 1);
            }
            Event::Wait { operation, duration, .. } => {
                let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
                self.count(format!("ti_wait_milliseconds_total{{operation=\"{operation}\"}}"), milliseconds);
            }
            Event::End { operation, outcome, duration, .. } => {
                self.count(format!("ti_calls_total{{operation=\"{operation}\",outcome=\"{}\"}}", outcome.name()), 1);
                self.observe(format!("ti_call_milliseconds{{operation=\"{operation}\"}}"), duration.as_millis());
            }
            _ => {}
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let tenant = Sandbox::new(Dialect::Documented).users(250).start().await?;
    let metrics = Arc::new(Mutex::new(Metrics::default()));
    let recorded = Arc::clone(&metrics);
    let client = Client::builder()
        .set_url(tenant.url())
        .set_api_key(tenant.api_key())
        .on_event(move |event| recorded.lock().unwrap_or_else(PoisonError::into_inner).record(event))
        .build()?;

    let users: Vec<_> = client.users().list().items().try_collect().await?;
    println!("# {} users", users.len());
    if client.users().get("nobody@example.com").send().await.is_err() {
        println!("# and one who is not found");
    }

    let metrics = metrics.lock().unwrap_or_else(PoisonError::into_inner);
    for (name, number) in &metrics.counters {
        println!("{name} {number}");
    }
    for (name, buckets) in &metrics.histograms {
        println!("{name} {buckets:?}");
    }
    Ok(())
}
