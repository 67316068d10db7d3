//! Hand-over: tries and pauses by a clock of the test, and a file that is written exactly once.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::FutureExt as _;
use serde_json::{Value, json};

use super::*;
use crate::event::{Arrival, Source, State, event_of};
use crate::inbox::Selection;

/// A clock that stands still until a test moves it, or something sleeps.
#[derive(Debug, Default)]
struct StillClock(AtomicU64);

impl Clock for StillClock {
    fn now(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::Relaxed))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'_, ()> {
        self.0.fetch_add(u64::try_from(duration.as_millis()).expect("short"), Ordering::Relaxed);
        futures::future::ready(()).boxed()
    }

    fn chance(&self) -> f64 {
        1.0
    }
}

/// A consumer that follows a script, and records what it was asked for and when.
struct Scripted {
    clock: Arc<StillClock>,
    script: Vec<Taken>,
    asked: Arc<Mutex<Vec<(i64, u64)>>>,
}

impl Consumer for Scripted {
    fn take<'c>(&'c mut self, events: &'c [KeptEvent]) -> BoxFuture<'c, Taken> {
        self.asked.lock().expect("a list").extend(events.iter().map(|event| (event.seq, self.clock.now().as_secs())));
        let taken = if self.script.is_empty() { Taken::Done { note: None } } else { self.script.remove(0) };
        futures::future::ready(taken).boxed()
    }
}

fn inbox(events: usize) -> (tempfile::TempDir, Arc<Inbox>) {
    let folder = tempfile::tempdir().expect("a folder");
    let inbox = Inbox::open(&folder.path().join("inbox.sqlite")).expect("an inbox");
    add(&inbox, 0..events);
    (folder, Arc::new(inbox))
}

fn add(inbox: &Inbox, events: std::ops::Range<usize>) {
    for event in events {
        let event = event_of(json!({ "event": "login", "id": format!("e-{event}") }), None).expect("an event");
        inbox.add(&[Arrival::new(event, Source::Feed)], 0).expect("kept");
    }
}

fn failed() -> Taken {
    Taken::Failed("exit code 1".to_owned())
}

#[tokio::test]
async fn a_hand_over_is_tried_again_later_each_time_and_given_up() {
    let (_folder, inbox) = inbox(2);
    let (clock, asked) = (Arc::new(StillClock::default()), Arc::default());
    let script = vec![failed(), Taken::Done { note: None }, failed(), failed(), failed()];
    let consumer = Scripted { clock: Arc::clone(&clock), script, asked: Arc::clone(&asked) };
    let mut worker = Worker::new(Arc::clone(&inbox), consumer).with_tries(4).with_clock(clock.clone());
    for _ in 0..20 {
        worker.run_due().await.expect("handed over");
        clock.sleep(Duration::from_secs(1)).await;
    }
    // The second event does not wait for the first.
    assert_eq!(*asked.lock().expect("a list"), [(1, 0), (2, 0), (1, 1), (1, 3), (1, 7)]);
    let dead = inbox.list(Some(State::Dead), &Selection::default(), 9).expect("a list");
    assert_eq!(
        dead.iter().map(|event| (event.seq, event.tries, event.reason.as_deref())).collect::<Vec<_>>(),
        [(1, 4, Some("exit code 1"))]
    );
    inbox.release(State::Dead, &Selection::default(), 0).expect("released");
    assert_eq!(worker.run_due().await.expect("handed over").done, 1);
}

#[tokio::test]
async fn no_event_is_given_up_while_the_consumer_is_away() {
    let (_folder, inbox) = inbox(1);
    let clock = Arc::new(StillClock::default());
    let script = std::iter::repeat_n(Taken::Unavailable("refused".to_owned()), 500).collect();
    let consumer = Scripted { clock: Arc::clone(&clock), script, asked: Arc::default() };
    let mut worker = Worker::new(Arc::clone(&inbox), consumer).with_tries(1).with_clock(clock);
    for _ in 0..500 {
        assert!(worker.run_due().await.expect("tried").is_unavailable);
    }
    assert_eq!(worker.run_due().await.expect("handed over").done, 1);
}

#[tokio::test]
async fn what_a_consumer_refuses_is_not_tried_again() {
    let (_folder, inbox) = inbox(1);
    let clock = Arc::new(StillClock::default());
    let script = vec![Taken::Refused("410".to_owned())];
    let consumer = Scripted { clock: Arc::clone(&clock), script, asked: Arc::default() };
    let mut worker = Worker::new(inbox, consumer).with_clock(clock);
    assert_eq!(worker.run_due().await.expect("tried").dead, 1);
}

#[test]
fn pauses_grow_up_to_an_hour() {
    let seconds = |failures| pause(failures, LONGEST_PAUSE, 1.0).as_secs();
    assert_eq!([0, 1, 5, 11, 12, u32::MAX].map(seconds), [1, 2, 32, 2_048, 3_600, 3_600]);
    assert_eq!(pause(3, LONGEST_PAUSE, 0.0).as_secs(), 4);
    let whole: u64 = (0..14).map(seconds).sum();
    assert_eq!(whole / 3_600, 3, "15 tries last hours, as the documentation says");
}

fn written(path: &std::path::Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("text");
    text.lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON")["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// A crash between the write and its record leaves lines behind that are written again; one within a line leaves half of it.
#[tokio::test]
async fn a_file_has_each_event_once_whatever_a_crash_has_left() {
    let (folder, inbox) = inbox(3);
    let path = folder.path().join("events.ndjson");
    let run = async || {
        let consumer = FileConsumer::open(&path, Arc::clone(&inbox))?;
        Worker::new(Arc::clone(&inbox), consumer).run_due().await
    };
    assert_eq!(run().await.expect("handed over").done, 3);
    assert_eq!(written(&path), ["e-0", "e-1", "e-2"]);
    for torn in ["{\"seq\":4", "{}\n{}\n", "\n"] {
        let text = std::fs::read_to_string(&path).expect("text");
        std::fs::write(&path, format!("{text}{torn}")).expect("written");
        run().await.expect("nothing was due");
        assert_eq!(std::fs::read_to_string(&path).expect("text"), text, "{torn}");
    }
    // A rotation moves the file away, and the new one is begun.
    std::fs::rename(&path, folder.path().join("events.1")).expect("moved");
    add(&inbox, 3..5);
    run().await.expect("handed over");
    assert_eq!(written(&path), ["e-3", "e-4"]);
    // Before that was recorded, the process was killed.
    std::fs::write(&path, "").expect("emptied");
    add(&inbox, 5..6);
    run().await.expect("handed over");
    assert_eq!(written(&path), ["e-5"]);
}

#[tokio::test]
async fn a_file_of_others_is_not_touched() {
    let (folder, inbox) = inbox(1);
    let path = folder.path().join("roster.csv");
    std::fs::write(&path, "email\nada@example.com\n").expect("written");
    let error = FileConsumer::open(&path, Arc::clone(&inbox)).expect_err("others").to_string();
    assert!(error.contains("roster.csv") && error.contains("name a new file"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).expect("text"), "email\nada@example.com\n");

    let own = folder.path().join("own.ndjson");
    let mut consumer = FileConsumer::open(&own, Arc::clone(&inbox)).expect("a file");
    let events = inbox.due(0, 9).expect("a list");
    let Taken::Done { note: Some((name, length)) } = consumer.take(&events).await else { panic!("taken") };
    inbox.finish(&[1], Some((&name, &length)), 0).expect("kept");
    std::fs::write(&own, "short").expect("written");
    let error = FileConsumer::open(&own, inbox).expect_err("shorter").to_string();
    assert!(error.contains("5 bytes") && error.contains("move it away"), "{error}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_gets_the_event_and_its_exit_code_decides() {
    let (folder, inbox) = inbox(1);
    let events = inbox.due(0, 1).expect("a list");
    let path = folder.path().join("got");
    let run = async |script: String, clock: Arc<dyn Clock>| {
        let mut consumer = CommandConsumer::new(clock, move || {
            let mut command = tokio::process::Command::new("sh");
            command.args(["-c", &script]);
            command
        });
        consumer.take(&events).await
    };
    let system: Arc<dyn Clock> = Arc::new(TokioClock::default());
    let script = format!("cat > '{}'", path.display());
    assert_eq!(run(script, Arc::clone(&system)).await, Taken::Done { note: None });
    assert_eq!(written(&path), ["e-0"]);
    assert_eq!(run("exit 0 < /dev/null".to_owned(), Arc::clone(&system)).await, Taken::Done { note: None });
    assert_eq!(
        run("exit 3".to_owned(), Arc::clone(&system)).await,
        Taken::Failed("the command ended with exit code 3".to_owned())
    );
    assert!(matches!(run("no-such-program-here 2>&1".to_owned(), system).await, Taken::Unavailable(_)));
    // A minute is over at once by this clock.
    let taken = run("exec tail -f /dev/null".to_owned(), Arc::new(StillClock::default())).await;
    assert!(matches!(&taken, Taken::Failed(reason) if reason.contains("still running")), "{taken:?}");
}
