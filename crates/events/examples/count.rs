//! A consumer of its own: counts the events of each kind that wait in an inbox, and marks them as handed over.
//!
//! `cargo run -p thought-industries-events --example count -- inbox.sqlite`

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use thought_industries_events::{Consumer, Inbox, KeptEvent, Taken, Worker};

/// How many events there are of each kind.
#[derive(Clone, Default)]
struct Count(Arc<Mutex<BTreeMap<String, u64>>>);

impl Consumer for Count {
    fn at_once(&self) -> usize {
        100
    }

    fn take<'c>(&'c mut self, events: &'c [KeptEvent]) -> BoxFuture<'c, Taken> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            *counts.entry(event.kind.clone()).or_default() += 1;
        }
        async { Taken::Done { note: None } }.boxed()
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("inbox.sqlite"), PathBuf::from);
    let count = Count::default();
    let handed = Worker::new(Arc::new(Inbox::open(&path)?), count.clone()).run_due().await?;
    for (kind, events) in &*count.0.lock().unwrap_or_else(PoisonError::into_inner) {
        println!("{events:>8} {kind}");
    }
    println!("{:>8} in total", handed.done);
    Ok(())
}
