//! What the processes of a machine know together: the use of the limits, who waits, and what is in flight.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::rate::headers::RateLimitHeaders;
use crate::rate::quota::Quota;
use crate::rate::windows::{Limit, Line, Outcome, Rules, Sent, Windows};

/// The state that processes share.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    /// When it was changed last.
    #[serde(with = "crate::rate::micros")]
    at: Duration,
    windows: Windows,
    /// Those who wait, in order of arrival; at most one for each line of a member.
    tickets: Vec<Ticket>,
    members: Vec<Member>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Ticket {
    member: u64,
    line: Line,
    points: u32,
    /// Its holder should have tried again by then.
    #[serde(with = "crate::rate::micros")]
    until: Duration,
}

/// A limiter of a process.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Member {
    id: u64,
    #[serde(with = "crate::rate::micros")]
    seen: Duration,
    in_flight: Vec<Sent>,
}

/// What happens to a request after it was permitted.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Unsent(Sent),
    Ended(Sent, Outcome, RateLimitHeaders),
    Pause { line: Line, until: Duration, is_refused: bool },
}

/// Of a member that shows no sign of life for so long, the requests in flight have ended: its process was killed, or they
/// arrived long ago.
const LEASE: Duration = Duration::from_secs(15);

/// How often a member looks whether its turn has come.
const TURN: Duration = Duration::from_millis(5);

/// How much later than announced a waiting member may try again.
const GRACE: Duration = Duration::from_secs(2);

impl State {
    /// Brings the state to the present. If the clock was set back, nothing in it can be believed.
    pub(super) fn advance(&mut self, rules: &Rules, now: Duration) {
        if now.saturating_add(Duration::from_secs(1)) < self.at {
            *self = Self::default();
        }
        self.at = self.at.max(now);
        let now = self.at;
        self.tickets.retain(|ticket| now < ticket.until);
        let (alive, gone): (Vec<_>, Vec<_>) =
            self.members.drain(..).partition(|member| now < member.seen.saturating_add(LEASE));
        self.members = alive;
        for member in gone {
            for sent in member.in_flight {
                let then = member.seen.saturating_add(LEASE);
                self.windows.end(rules, then, sent, Outcome::Unknown, &RateLimitHeaders::default());
            }
        }
    }

    fn member(&mut self, id: u64) -> &mut Member {
        let place = self.members.iter().position(|member| member.id == id).unwrap_or_else(|| {
            self.members.push(Member { id, seen: self.at, in_flight: Vec::new() });
            self.members.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "the place of a member that was found or added")]
        let member = &mut self.members[place];
        member.seen = self.at;
        member
    }

    /// Whether these limits have room after those who wait longer, or how long to wait. A member that waits has a ticket.
    pub(super) fn check(
        &mut self,
        rules: &Rules,
        id: u64,
        line: Line,
        points: u32,
        limits: &[Limit],
    ) -> Result<(), Duration> {
        let now = self.at;
        self.member(id);
        let place = self.tickets.iter().position(|ticket| ticket.member == id && ticket.line == line);
        let before: Vec<&Ticket> = self.tickets.iter().take(place.unwrap_or(usize::MAX)).collect();
        let reserved = |limit: Limit| {
            let mut reserved = Quota::default();
            for ticket in before.iter().filter(|ticket| ticket.line.limits().contains(&limit)) {
                reserved.add(Quota::one(ticket.points));
            }
            reserved
        };
        // Each member has one ticket in a line, so that members take turns however many callers they have.
        let is_first = before.iter().all(|ticket| ticket.line != line);
        let checked = self.windows.check(rules, now, limits, points, reserved);
        if is_first && checked.is_ok() {
            return Ok(());
        }
        // If there is room but for those who wait longer, they take it at any moment.
        let has_room = self.windows.check(rules, now, limits, points, |_| Quota::default()).is_ok();
        let wait = checked.err().filter(|_| !has_room).unwrap_or(TURN);
        let until = now.saturating_add(wait).saturating_add(GRACE);
        match place.and_then(|place| self.tickets.get_mut(place)) {
            Some(ticket) => (ticket.points, ticket.until) = (points, until),
            None => self.tickets.push(Ticket { member: id, line, points, until }),
        }
        Err(wait)
    }

    /// Counts a request that is sent now, if all limits of its line have room.
    pub(super) fn take(&mut self, rules: &Rules, id: u64, line: Line, points: u32) -> Result<Sent, Duration> {
        self.check(rules, id, line, points, line.limits())?;
        self.tickets.retain(|ticket| ticket.member != id || ticket.line != line);
        let sent = self.windows.take(rules, self.at, line, points);
        self.member(id).in_flight.push(sent);
        Ok(sent)
    }

    /// Carries out a change of a member.
    pub(super) fn change(&mut self, rules: &Rules, id: u64, change: &Change) {
        let now = self.at;
        match change {
            Change::Unsent(sent) if self.lands(id, *sent) => self.windows.give_back(*sent),
            Change::Ended(sent, outcome, headers) if self.lands(id, *sent) => {
                self.windows.end(rules, now, *sent, *outcome, headers);
            }
            // The state was begun anew since.
            Change::Unsent(_) | Change::Ended(..) => {}
            Change::Pause { line, until, is_refused } => self.windows.pause(*line, *until, *is_refused),
        }
    }

    /// Takes a request out of those in flight; returns false if it is not one of them.
    fn lands(&mut self, id: u64, sent: Sent) -> bool {
        let member = self.member(id);
        let place = member.in_flight.iter().position(|own| *own == sent);
        place.map(|place| member.in_flight.swap_remove(place)).is_some()
    }

    pub(super) fn windows(&self) -> &Windows {
        &self.windows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;

    const SECOND: Duration = Duration::from_secs(1);
    const START: Duration = Duration::from_secs(1_000);

    fn rules(requests: u32) -> Rules {
        Rules::new(&Limits::documented().graphql_requests(requests), 100)
    }

    fn take(state: &mut State, rules: &Rules, now: Duration, id: u64) -> Result<Sent, Duration> {
        state.advance(rules, now);
        state.take(rules, id, Line::GraphQl, 1)
    }

    fn end(state: &mut State, rules: &Rules, now: Duration, id: u64, sent: Sent) {
        state.advance(rules, now);
        state.change(rules, id, &Change::Ended(sent, Outcome::Accepted, RateLimitHeaders::default()));
    }

    #[test]
    fn members_count_together_and_are_served_in_order() {
        let (mut state, rules) = (State::default(), rules(1));
        let sent = take(&mut state, &rules, START, 1).expect("room");
        end(&mut state, &rules, START + SECOND, 1, sent);
        assert_eq!(take(&mut state, &rules, START + SECOND, 2), Err(60 * SECOND));
        assert_eq!(take(&mut state, &rules, START + SECOND, 1), Err(60 * SECOND));
        assert_eq!(take(&mut state, &rules, START + 61 * SECOND, 1), Err(TURN), "the other waits longer");
        assert!(take(&mut state, &rules, START + 61 * SECOND, 2).is_ok());
    }

    #[test]
    fn a_member_that_was_killed_holds_nothing_up() {
        let (mut state, rules) = (State::default(), rules(1));
        take(&mut state, &rules, START, 1).expect("room");
        assert!(take(&mut state, &rules, START, 2).is_err());
        assert!(take(&mut state, &rules, START + 14 * SECOND, 3).is_err());
        assert_eq!(take(&mut state, &rules, START + 15 * SECOND, 3), Err(60 * SECOND), "it was sent before");
        // The other one that waited was killed too.
        let mut now = START + 15 * SECOND;
        while let Err(wait) = take(&mut state, &rules, now, 3) {
            now += wait;
            assert!(now < START + 80 * SECOND, "it waits for ever");
        }
    }

    #[test]
    fn a_clock_that_was_set_blocks_nothing() {
        let (mut state, rules) = (State::default(), rules(1));
        take(&mut state, &rules, 10 * START, 1).expect("room");
        assert!(take(&mut state, &rules, START, 2).is_ok(), "back");
        assert!(take(&mut state, &rules, 10 * START, 2).is_ok(), "and forth");
        let sent = take(&mut state, &rules, 20 * START, 2).expect("room");
        take(&mut state, &rules, START, 2).expect("room");
        end(&mut state, &rules, START, 2, sent);
        assert!(take(&mut state, &rules, START, 1).is_err(), "what ended belongs to the state before");
    }
}
