//! Counters of requests and writes, and the text in which Prometheus reads them. Nothing in them belongs to a user.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The bounds of the histogram of requests, in milliseconds.
const BOUNDS: [u64; 9] = [5, 10, 25, 100, 500, 2_500, 10_000, 25_000, 60_000];

/// What a gateway has counted since it was started.
#[derive(Debug, Default)]
pub(crate) struct Counters(Mutex<Counts>);

#[derive(Debug, Default, Clone)]
struct Counts {
    /// By connection, method and status.
    requests: BTreeMap<(String, &'static str, u16), u64>,
    /// By whether the request writes.
    durations: BTreeMap<&'static str, Durations>,
    /// By what was written, and what came of it.
    writes: BTreeMap<(&'static str, &'static str), u64>,
}

#[derive(Debug, Default, Clone)]
struct Durations {
    /// How many were at most as long as each bound.
    within: [u64; BOUNDS.len()],
    count: u64,
    sum: Duration,
}

/// What of the store is shown beside the counters.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Gauges {
    pub(crate) is_ready: bool,
    pub(crate) has_trouble: bool,
    pub(crate) roster_age: Option<Duration>,
    /// How many writes wait, are carried out, and are held by the brake.
    pub(crate) jobs: [(&'static str, u64); 3],
    pub(crate) failed: u64,
    pub(crate) oldest: Duration,
}

impl Counters {
    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an answered request. Without a connection, its token was wrong.
    pub(crate) fn count_request(&self, connection: Option<&str>, method: &str, status: u16, took: Duration) {
        let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
        // Any text may be a method, and each would be a series of its own.
        let method = methods.into_iter().find(|own| *own == method).unwrap_or("other");
        let kind = if ["GET", "HEAD"].contains(&method) { "read" } else { "write" };
        let mut counts = self.counts();
        *counts.requests.entry((connection.unwrap_or_default().to_owned(), method, status)).or_default() += 1;
        let durations = counts.durations.entry(kind).or_default();
        for (within, bound) in durations.within.iter_mut().zip(BOUNDS) {
            *within += u64::from(took <= Duration::from_millis(bound));
        }
        durations.count += 1;
        durations.sum += took;
    }

    /// Counts an attempt at a write of the outbox.
    pub(crate) fn count_write(&self, kind: &'static str, result: &'static str) {
        *self.counts().writes.entry((kind, result)).or_default() += 1;
    }

    /// All counters and gauges, in the text format of Prometheus.
    pub(crate) fn render(&self, gauges: &Gauges) -> String {
        let counts = self.counts().clone();
        let mut out = Page::default();
        out.family(
            "ti_scim_requests_total",
            "counter",
            "Requests of directories; without a connection, the token was wrong.",
        );
        for ((connection, method, status), count) in &counts.requests {
            let labels = [("connection", connection.as_str()), ("method", method), ("status", &status.to_string())];
            out.line("ti_scim_requests_total", &labels, count);
        }
        out.family(
            "ti_scim_request_seconds",
            "histogram",
            "How long requests took, with what they waited for their writes.",
        );
        for (kind, durations) in &counts.durations {
            for (bound, within) in BOUNDS.iter().zip(durations.within) {
                let bound = seconds(Duration::from_millis(*bound));
                out.line("ti_scim_request_seconds_bucket", &[("kind", kind), ("le", &bound)], within);
            }
            out.line("ti_scim_request_seconds_bucket", &[("kind", kind), ("le", "+Inf")], durations.count);
            out.line("ti_scim_request_seconds_sum", &[("kind", kind)], seconds(durations.sum));
            out.line("ti_scim_request_seconds_count", &[("kind", kind)], durations.count);
        }
        out.family("ti_scim_writes_total", "counter", "Attempts at writes to the tenant, by what came of them.");
        for ((kind, result), count) in &counts.writes {
            out.line("ti_scim_writes_total", &[("kind", kind), ("result", result)], count);
        }
        out.family("ti_scim_outbox_writes", "gauge", "Writes that have not ended.");
        for (state, count) in gauges.jobs {
            out.line("ti_scim_outbox_writes", &[("state", state)], count);
        }
        for (name, help, value) in [
            (
                "ti_scim_outbox_oldest_seconds",
                "How long the oldest write has waited that no brake holds.",
                seconds(gauges.oldest),
            ),
            ("ti_scim_outbox_failed", "Writes that were refused, of the last 1,000.", gauges.failed.to_string()),
            ("ti_scim_ready", "Whether the users of the tenant have been read.", u8::from(gauges.is_ready).to_string()),
            ("ti_scim_trouble", "Whether the tenant refuses the key.", u8::from(gauges.has_trouble).to_string()),
        ] {
            out.family(name, "gauge", help);
            out.line(name, &[], value);
        }
        if let Some(age) = gauges.roster_age {
            out.family("ti_scim_roster_age_seconds", "gauge", "How long ago all users were read.");
            out.line("ti_scim_roster_age_seconds", &[], seconds(age));
        }
        out.0
    }
}

fn seconds(duration: Duration) -> String {
    duration.as_secs_f64().to_string()
}

/// The text, line by line. Writing to a string cannot fail.
#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &[(&str, &str)], value: impl std::fmt::Display) {
        let escaped = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let labels: Vec<String> = labels.iter().map(|(label, text)| format!("{label}=\"{}\"", escaped(text))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        _ = writeln!(self.0, "{name}{labels} {value}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_printed_as_prometheus_reads_them() {
        let counters = Counters::default();
        counters.count_request(Some("okta"), "GET", 200, Duration::from_millis(7));
        counters.count_request(Some("okta"), "GET", 200, Duration::from_millis(300));
        counters.count_request(None, "BREW", 401, Duration::ZERO);
        counters.count_request(Some("a\"b\\c\nd"), "PATCH", 503, Duration::from_secs(90));
        counters.count_write("create", "done");
        let gauges = Gauges { roster_age: Some(Duration::from_millis(1_500)), ..Gauges::default() };
        let text = counters.render(&gauges);
        for line in [
            "# TYPE ti_scim_requests_total counter",
            "ti_scim_requests_total{connection=\"okta\",method=\"GET\",status=\"200\"} 2",
            "ti_scim_requests_total{connection=\"\",method=\"other\",status=\"401\"} 1",
            "ti_scim_requests_total{connection=\"a\\\"b\\\\c\\nd\",method=\"PATCH\",status=\"503\"} 1",
            "ti_scim_request_seconds_bucket{kind=\"read\",le=\"0.005\"} 0",
            "ti_scim_request_seconds_bucket{kind=\"read\",le=\"0.01\"} 1",
            "ti_scim_request_seconds_bucket{kind=\"read\",le=\"+Inf\"} 2",
            "ti_scim_request_seconds_bucket{kind=\"write\",le=\"60\"} 1",
            "ti_scim_request_seconds_sum{kind=\"read\"} 0.307",
            "ti_scim_request_seconds_count{kind=\"write\"} 2",
            "ti_scim_writes_total{kind=\"create\",result=\"done\"} 1",
            "ti_scim_roster_age_seconds 1.5",
            "ti_scim_ready 0",
        ] {
            assert!(text.lines().any(|own| own == line), "{line}\n{text}");
        }
        // Each line is a comment, or a name with labels and one number.
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let value = line.rsplit_once(' ').map(|(_, value)| value.parse::<f64>());
            assert!(matches!(value, Some(Ok(_))), "{line}");
        }
    }
}
