//! What a client waits for, and until when.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Zoned};
use thought_industries::{ClientBuilder, Event, WaitReason};
use thought_industries_export::Usage;

use crate::progress::{notify, waiting};

/// Whether waits are reported without -v.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Waits {
    /// Only with -v.
    Logged,
    /// Those for the tenant's limit that are long.
    Reported,
}

/// A wait that is long enough for a user to wonder.
const LONG: Duration = Duration::from_secs(10);

/// Reports what the client is doing: waits in the progress bar; with -v waits and demotions on standard error, with -vv
/// requests as well. Requests are counted.
pub(crate) fn with_events(builder: ClientBuilder, verbose: u8, waits: Waits, usage: Usage) -> ClientBuilder {
    let last = Mutex::new(String::new());
    builder.on_event(move |event| {
        usage.count(event);
        let mut line = event.to_string();
        let mut is_new = false;
        if let Event::Wait { duration, reason, .. } = event {
            line = describe(*duration, *reason, &Zoned::now()).unwrap_or(line);
            waiting(&line);
            let is_long = *duration > LONG && *reason != WaitReason::Backoff;
            // Calls at the same time wait for the same moment.
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            is_new = is_long && waits == Waits::Reported && *last != line;
            if is_new {
                last.clone_from(&line);
            }
        }
        if verbose >= verbosity(event) || is_new {
            notify(&line);
        }
    })
}

/// How many `-v` an event needs: one for waits, retries and demotions, two for requests, three for the rest.
fn verbosity(event: &Event) -> u8 {
    match event {
        Event::Attempt { attempt: 2.., .. } | Event::Wait { .. } | Event::Demotion { .. } => 1,
        Event::Attempt { .. } | Event::Response { .. } | Event::NoResponse { .. } => 2,
        _ => 3,
    }
}

/// A wait for the tenant's limit, with its end.
fn describe(wait: Duration, reason: WaitReason, now: &Zoned) -> Option<String> {
    if reason == WaitReason::Backoff {
        return None;
    }
    let end = now.checked_add(SignedDuration::try_from(wait).ok()?).ok()?;
    let form = if end.date() == now.date() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    Some(format!("waiting for the tenant's limit until {}", end.strftime(form)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_for_the_limit_has_an_end() {
        let now: Zoned = "2026-03-01T23:30:00[UTC]".parse().expect("a time");
        let of = |seconds| describe(Duration::from_secs(seconds), WaitReason::RateLimited, &now);
        assert_eq!(of(10).as_deref(), Some("waiting for the tenant's limit until 23:30:10"));
        assert_eq!(of(3_600).as_deref(), Some("waiting for the tenant's limit until 2026-03-02 00:30:00"));
        assert_eq!(of(u64::MAX), None);
        assert_eq!(describe(LONG, WaitReason::Backoff, &now), None);
    }
}
