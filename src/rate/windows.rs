//! The tenant's limits together: which of them a request counts against, and which of them refused it.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::headers::RateLimitHeaders;
use super::limits::Limits;
use super::quota::Quota;
use super::window::{Ending, Rule, Window};
use crate::profile::LimitProfile;
use crate::runtime::{OperationKind, Surface};

/// One of the tenant's limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Limit {
    GraphQl,
    Rest,
    RestWrites,
    /// Of REST requests in a second.
    RestBurst,
}

/// Requests that count against the same limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Line {
    GraphQl,
    RestReads,
    RestWrites,
}

impl Line {
    pub(super) fn of(surface: Surface, kind: OperationKind) -> Self {
        match (surface, kind) {
            (Surface::GraphQl, _) => Self::GraphQl,
            (_, OperationKind::Query) => Self::RestReads,
            (_, OperationKind::Mutation) => Self::RestWrites,
        }
    }

    pub(super) fn limits(self) -> &'static [Limit] {
        match self {
            Self::GraphQl => &[Limit::GraphQl],
            Self::RestReads => &[Limit::Rest, Limit::RestBurst],
            Self::RestWrites => &[Limit::RestWrites, Limit::Rest, Limit::RestBurst],
        }
    }
}

/// What the limits allow.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    limits: Limits,
    share: u32,
}

impl Rules {
    pub(super) fn new(limits: &Limits, share: u32) -> Self {
        Self { limits: limits.clone(), share }
    }

    fn of(&self, limit: Limit) -> Rule {
        let limits = &self.limits;
        // REST requests cost no points.
        let (points, requests, length) = match limit {
            Limit::GraphQl => (limits.graphql_points, limits.graphql_requests, limits.window),
            Limit::Rest => (u32::MAX, limits.rest_requests, limits.rest_window.unwrap_or(limits.window)),
            Limit::RestWrites => (u32::MAX, limits.rest_writes, limits.window),
            Limit::RestBurst => (u32::MAX, limits.rest_burst, self.second()),
        };
        Rule { limit: Quota { points, requests }, length, share: self.share }
    }

    /// A second, or the same fraction of a window that is shorter than a minute.
    fn second(&self) -> Duration {
        self.limits.window.min(Duration::from_secs(60)) / 60
    }
}

/// How much of each limit is used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Windows {
    windows: BTreeMap<Limit, Window>,
    refusals: BTreeMap<Line, Refusals>,
}

/// The refusals since the last accepted request.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Refusals {
    /// When the first of them arrived.
    since: Duration,
    /// The limit that refused last.
    by: Limit,
}

/// A request that was permitted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Sent {
    pub(super) line: Line,
    #[serde(with = "super::micros")]
    pub(super) at: Duration,
    pub(super) points: u32,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Accepted,
    /// The caller gave up, or no response arrived.
    Unknown,
    /// HTTP 429.
    Refused,
}

impl Windows {
    fn window(&mut self, limit: Limit) -> &mut Window {
        self.windows.entry(limit).or_default()
    }

    /// Whether these limits have room after the requests that are `reserved`, or how long to wait before trying again.
    pub(super) fn check(
        &mut self,
        rules: &Rules,
        now: Duration,
        limits: &[Limit],
        points: u32,
        reserved: impl Fn(Limit) -> Quota,
    ) -> Result<(), Duration> {
        let waits = limits.iter().filter_map(|limit| {
            let checked = self.window(*limit).check(&rules.of(*limit), now, points, reserved(*limit));
            checked.err()
        });
        // All of them need room at the same time, so the longest wait counts.
        waits.max().map_or(Ok(()), Err)
    }

    /// Counts a request that is sent now.
    pub(super) fn take(&mut self, rules: &Rules, now: Duration, line: Line, points: u32) -> Sent {
        for limit in line.limits() {
            self.window(*limit).take(&rules.of(*limit), now, points);
        }
        Sent { line, at: now, points }
    }

    /// Returns the cost of a request that was never sent.
    pub(super) fn give_back(&mut self, sent: Sent) {
        for limit in sent.line.limits() {
            self.window(*limit).give_back(sent.points);
        }
    }

    /// Records how a request ended. The times of the headers are those of the client's clock.
    pub(super) fn end(
        &mut self,
        rules: &Rules,
        now: Duration,
        sent: Sent,
        outcome: Outcome,
        headers: &RateLimitHeaders,
    ) {
        let refused_by = (outcome == Outcome::Refused).then(|| self.refused_by(rules, now, sent, headers));
        match refused_by {
            Some(by) => {
                let since = self.refusals.get(&sent.line).map_or(now, |refusals| refusals.since);
                self.refusals.insert(sent.line, Refusals { since, by });
            }
            None if outcome == Outcome::Accepted => _ = self.refusals.remove(&sent.line),
            None => {}
        }
        for limit in sent.line.limits() {
            let ending = match (outcome, refused_by) {
                (Outcome::Accepted, _) => Ending::Accepted,
                (Outcome::Refused, Some(by)) if by == *limit => Ending::Refused { until: headers.until(now) },
                (Outcome::Refused, _) => Ending::RefusedByOther,
                (Outcome::Unknown, _) => Ending::Unknown,
            };
            // Headers report the limit of all requests, not that of writes or of a second.
            let has_headers = matches!(limit, Limit::GraphQl | Limit::Rest);
            let headers = if has_headers { *headers } else { RateLimitHeaders::default() };
            let (rule, window) = (rules.of(*limit), self.window(*limit));
            window.end(&rule, now, (sent.at, sent.points), ending, &headers);
            if refused_by.is_some() && *limit != Limit::RestBurst {
                window.spread(&rule, now);
            }
        }
    }

    /// The limit that refused a request. No header names it.
    fn refused_by(&mut self, rules: &Rules, now: Duration, sent: Sent, headers: &RateLimitHeaders) -> Limit {
        if sent.line == Line::GraphQl {
            return Limit::GraphQl;
        }
        let second = rules.second();
        let is_short = match headers.until(now) {
            // In whole seconds, rounded up.
            Some(until) => until.saturating_sub(now) <= 2 * second,
            // The limit of a second does not refuse two requests that are seconds apart, if nothing was sent in between.
            None => {
                headers.requests_remaining.is_some_and(|remaining| remaining > 0)
                    || self.refusals.get(&sent.line).is_none_or(|refusals| sent.at <= refusals.since + 2 * second)
            }
        };
        if is_short {
            return Limit::RestBurst;
        }
        if sent.line == Line::RestReads {
            return Limit::Rest;
        }
        if headers.requests_remaining.is_some_and(|remaining| remaining > 0) {
            return Limit::RestWrites;
        }
        let mut of = |limit| {
            let rule = rules.of(limit);
            let window = self.window(limit);
            (u64::from(window.used(&rule, now)), u64::from(window.limit(&rule)))
        };
        let ((writes, most_writes), (all, most)) = (of(Limit::RestWrites), of(Limit::Rest));
        match headers.requests_limit.map(u64::from) {
            Some(limit) if limit == most && limit != most_writes => Limit::Rest,
            Some(limit) if limit == most_writes && limit != most => Limit::RestWrites,
            // The one of which this client has used more.
            _ if writes * most >= all * most_writes => Limit::RestWrites,
            _ => Limit::Rest,
        }
    }

    /// Blocks requests until `until`. After a refusal, only those that count against the limit that refused.
    pub(super) fn pause(&mut self, line: Line, until: Duration, is_refused: bool) {
        let refused_by = self.refusals.get(&line).filter(|_| is_refused).map(|refusals| refusals.by);
        for limit in line.limits() {
            if refused_by.is_none_or(|by| by == *limit) {
                self.window(*limit).block(until);
            }
        }
    }

    /// The limits that the tenant reported.
    pub(super) fn reported(&self, rules: &Rules) -> BTreeMap<Surface, LimitProfile> {
        let all = [(Surface::GraphQl, Limit::GraphQl), (Surface::RestV2, Limit::Rest)];
        let reported = all.into_iter().filter_map(|(surface, limit)| {
            let (requests, length) = self.windows.get(&limit)?.reported(&rules.of(limit))?;
            Some((surface, LimitProfile { requests, window_seconds: Some(length.as_secs().max(1)) }))
        });
        reported.collect()
    }
}
