//! What a world holds while it runs: the tenant, its past, and the promises that were broken.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::clock::{BEGINNING, WorldTime, http_date};
use crate::history::{Author, Change, Event, What};
use crate::message::{Reply, Request};
use crate::setup::{Edit, EditKind, FaultKind, Setup};
use crate::tenant::window::{Span, Windows};
use crate::tenant::{People, Person, Tenant};

/// A world. Clones are the same world.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) setup: Arc<Setup>,
    pub(crate) time: WorldTime,
    /// The users that each process may change: it knows them by their row.
    pub(crate) targets: Arc<Vec<Vec<Target>>>,
    key: &'static str,
    inner: Arc<Mutex<Inner>>,
}

/// A user whom a process may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) id: String,
    pub(crate) person: Person,
}

#[derive(Debug)]
struct Inner {
    tenant: Tenant,
    windows: Option<Windows>,
    /// The users since each time, oldest first.
    past: Vec<(Duration, People)>,
    history: Vec<Event>,
    /// How many requests each process sent.
    sent: BTreeMap<usize, u32>,
    refused: u32,
    has_healed: bool,
    /// The calls that were reported as not carried out.
    did_not_run: Vec<(usize, u32)>,
    /// The faults that are left out, to find the shortest history.
    without: BTreeSet<(usize, u32)>,
    /// Earlier responses, for those that belong elsewhere.
    pub(crate) earlier: Earlier,
}

/// Earlier responses of each process.
#[derive(Debug, Default)]
pub(crate) struct Earlier {
    last: BTreeMap<usize, Reply>,
    by_target: BTreeMap<(usize, String), (Duration, Reply)>,
}

/// More requests than any world needs.
const MOST_REQUESTS: u32 = 60_000;

impl World {
    pub(crate) fn new(setup: &Setup, without: BTreeSet<(usize, u32)>) -> Self {
        let time = WorldTime::start();
        let tenant = Tenant::new(&setup.tenant, setup.seed, move || time.system());
        let people = tenant.people();
        let key = tenant.key();
        let inner = Inner {
            tenant,
            windows: setup.tenant.limits.clone().map(Windows::new),
            past: vec![(Duration::ZERO, Arc::clone(&people))],
            history: Vec::new(),
            sent: BTreeMap::new(),
            refused: 0,
            has_healed: false,
            did_not_run: Vec::new(),
            without,
            earlier: Earlier::default(),
        };
        Self {
            setup: Arc::new(setup.clone()),
            time,
            targets: Arc::new(targets(&people, setup.processes.len())),
            key,
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The key that the tenant accepts.
    pub(crate) fn key(&self) -> &'static str {
        self.key
    }

    pub(crate) fn now(&self) -> Duration {
        self.time.now()
    }

    pub(crate) fn has_healed(&self) -> bool {
        self.inner().has_healed
    }

    /// From now on, everything goes well. What was written before may still be hidden from reads for a while.
    pub(crate) fn heal(&self) {
        self.inner().has_healed = true;
        self.record(None, What::Healed);
    }

    pub(crate) fn record(&self, process: Option<usize>, what: What) {
        let at = self.now();
        self.inner().history.push(Event { at, process, what });
    }

    pub(crate) fn say(&self, process: usize, text: String) {
        self.record(Some(process), What::Said(text));
    }

    /// A promise was broken.
    pub(crate) fn broken(&self, process: Option<usize>, promise: String) {
        self.record(process, What::Broken(promise));
    }

    /// Breaks a promise unless something holds.
    pub(crate) fn promise(&self, process: usize, holds: bool, promise: impl FnOnce() -> String) {
        if !holds {
            self.broken(Some(process), promise());
        }
    }

    pub(crate) fn history(&self) -> Vec<Event> {
        self.inner().history.clone()
    }

    /// How many requests the tenant refused because of its limit.
    pub(crate) fn refused(&self) -> u32 {
        self.inner().refused
    }

    pub(crate) fn full_windows(&self) -> Vec<Span> {
        self.inner().windows.as_ref().map(|windows| windows.full.clone()).unwrap_or_default()
    }

    /// Numbers a request of a process.
    pub(crate) fn number(&self, process: usize, line: String) -> u32 {
        let request = {
            let mut inner = self.inner();
            let sent = inner.sent.entry(process).or_default();
            *sent += 1;
            *sent - 1
        };
        self.record(Some(process), What::Sent { request, line });
        if request == MOST_REQUESTS {
            self.broken(Some(process), "no process sends requests without end".to_owned());
        }
        request
    }

    pub(crate) fn sends_too_much(&self, process: usize) -> bool {
        self.inner().sent.get(&process).is_some_and(|sent| *sent > MOST_REQUESTS)
    }

    /// Whether a fault happens, and was not left out.
    pub(crate) fn has_fault(&self, process: usize, request: u32) -> bool {
        let inner = self.inner();
        !inner.has_healed && !inner.without.contains(&(process, request))
    }

    /// A request arrives at the tenant.
    pub(crate) fn arrive(&self, request: &Request, author: Author) -> Reply {
        let now = self.now();
        let process = match author {
            Author::Process { process, .. } => Some(process),
            Author::Others(_) => None,
        };
        let mut inner = self.inner();
        let is_revoked = self.setup.network.revoked.is_some_and(|(from, until)| (from..until).contains(&now));
        if is_revoked && !inner.has_healed {
            return Reply::empty(401);
        }
        let is_rest = request.target.starts_with("/incoming/v2");
        if let Some(windows) = inner.windows.as_mut().filter(|_| is_rest)
            && let Err(refusal) = windows.take(request, now)
        {
            inner.refused += 1;
            let wall = BEGINNING + now;
            return inner.windows.as_ref().map(|windows| windows.tell(refusal.clone(), now, wall)).unwrap_or(refusal);
        }
        let lag = if inner.has_healed {
            self.setup.tenant.lag.min(now.saturating_sub(self.setup.network.heals_at))
        } else {
            self.setup.tenant.lag
        };
        let lag = if inner.has_healed { self.setup.tenant.lag.saturating_sub(lag) } else { lag };
        let reply = inner.tenant.respond(request, now, lag);
        if request.may_write() {
            inner.compare(now, process, author);
        }
        let reply = reply.with_header("date", &http_date(now));
        match &inner.windows {
            Some(windows) => windows.tell(reply, now, BEGINNING + now),
            None => reply,
        }
    }

    /// Others change a user of a process.
    pub(crate) fn edit(&self, edit: &Edit) {
        let Some(target) = self.targets.get(edit.process).and_then(|targets| targets.get(edit.row)) else { return };
        let email = new_email(edit.process, edit.row);
        let now = self.now();
        let mut inner = self.inner();
        let people = inner.tenant.people();
        let own = people.iter().find(|(_, person)| person.email.as_deref() == Some(&email)).map(|(id, _)| id.clone());
        let id = own.unwrap_or_else(|| target.id.clone());
        match edit.kind {
            EditKind::Delete => {
                // The sandbox deletes over v1 only, and its worlds have the other kind of edit.
                if let Tenant::Model(model) = &mut inner.tenant {
                    model.delete(&id, now);
                }
            }
            EditKind::Meddle => {
                let key = self.key;
                let headers = vec![("authorization".to_owned(), format!("Bearer {key}"))];
                let send = |tenant: &mut Tenant, method: &str, target: String, body: String| {
                    let request = Request { method: method.to_owned(), target, headers: headers.clone(), body };
                    tenant.respond(&request, now, Duration::ZERO)
                };
                let body = serde_json::json!({ "lastName": "Meddled" }).to_string();
                _ = send(&mut inner.tenant, "PUT", format!("/incoming/v2/users/{id}"), body);
                let body =
                    serde_json::json!({ "email": email, "firstName": "Other", "lastName": "Person" }).to_string();
                _ = send(&mut inner.tenant, "POST", "/incoming/v2/users".to_owned(), body);
            }
        }
        inner.compare(now, None, Author::Others(edit.kind));
    }

    /// A call was reported as not carried out.
    pub(crate) fn claim_did_not_run(&self, process: usize, call: u32) {
        self.inner().did_not_run.push((process, call));
    }

    pub(crate) fn did_not_run(&self) -> Vec<(usize, u32)> {
        self.inner().did_not_run.clone()
    }

    /// The changes of users so far.
    pub(crate) fn changes(&self) -> Vec<(Duration, Change)> {
        let inner = self.inner();
        let changes = inner.history.iter().filter_map(|event| match &event.what {
            What::Changed(change) => Some((event.at, Change::clone(change))),
            _ => None,
        });
        changes.collect()
    }

    /// The users that there were at some moment between two times, as they were then.
    pub(crate) fn between(&self, from: Duration, to: Duration) -> Vec<People> {
        let inner = self.inner();
        let first = inner.past.iter().rposition(|(since, _)| *since <= from).unwrap_or(0);
        let past = inner.past[first..].iter().take_while(|(since, _)| *since <= to);
        past.map(|(_, people)| Arc::clone(people)).collect()
    }

    pub(crate) fn people(&self) -> People {
        self.inner().past.last().map(|(_, people)| Arc::clone(people)).unwrap_or_default()
    }

    /// Keeps a response for faults that bring it back.
    pub(crate) fn keep(&self, process: usize, target: Option<&str>, reply: &Reply) {
        let now = self.now();
        let earlier = &mut self.inner().earlier;
        earlier.last.insert(process, reply.clone());
        if let Some(target) = target {
            earlier.by_target.entry((process, target.to_owned())).or_insert_with(|| (now, reply.clone()));
        }
    }

    /// The response to the last request of a process.
    pub(crate) fn last_reply(&self, process: usize) -> Option<Reply> {
        self.inner().earlier.last.get(&process).cloned()
    }

    /// The first response to the same request, as a cache returns it: it has to say how many seconds old it is (RFC 9111,
    /// 5.1).
    pub(crate) fn cached(&self, process: usize, target: &str) -> Option<Reply> {
        let (at, reply) = self.inner().earlier.by_target.get(&(process, target.to_owned())).cloned()?;
        let age = self.now().saturating_sub(at).as_secs();
        (age > 0).then(|| reply.with_header("age", &age))
    }

    /// Whether responses may belong to other requests.
    pub(crate) fn has_strays(&self) -> bool {
        self.setup.network.faults.iter().any(|(kind, _)| *kind == FaultKind::Stray)
    }

    /// How much older than the present a read may be.
    pub(crate) fn staleness(&self) -> Duration {
        let is_cached = self.setup.network.faults.iter().any(|(kind, _)| *kind == FaultKind::Cached);
        if is_cached { Duration::from_secs(1).max(self.setup.tenant.lag) } else { self.setup.tenant.lag }
    }
}

impl Inner {
    /// Notes what changed.
    fn compare(&mut self, now: Duration, process: Option<usize>, author: Author) {
        let before = self.past.last().map(|(_, people)| Arc::clone(people)).unwrap_or_default();
        let after = self.tenant.people();
        let ids: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for id in ids {
            let (old, new) = (before.get(id).cloned(), after.get(id).cloned());
            if old != new {
                let change = Change { author, id: id.clone(), before: old, after: new };
                self.history.push(Event { at: now, process, what: What::Changed(Box::new(change)) });
            }
        }
        if before != after {
            self.past.push((now, after));
        }
    }
}

/// The address of a user whom a process creates.
pub(crate) fn new_email(process: usize, row: usize) -> String {
    format!("new.{process}.{row}@example.com")
}

/// Learners with an address, each for one process.
fn targets(people: &People, processes: usize) -> Vec<Vec<Target>> {
    let mut targets = vec![Vec::new(); processes];
    let is_learner = |person: &&Person| {
        person.email.is_some()
            && !person.is_disabled
            && person.role.as_deref().is_some_and(|role| matches!(role, "student" | "learner"))
    };
    let learners = people.iter().filter(|(_, person)| is_learner(person));
    for (position, (id, person)) in learners.enumerate() {
        targets[position % processes.max(1)].push(Target { id: id.clone(), person: person.clone() });
    }
    targets
}
