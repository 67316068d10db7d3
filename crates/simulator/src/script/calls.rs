//! Reads and writes single users.

use std::cell::Cell;

use futures::stream::{self, StreamExt as _};
use thought_industries::model::User;
use thought_industries::{Date, Error, Execution, UserFields, UserKey, UserStatus};

use super::reads::person;
use crate::network::CALL;
use crate::process::Process;
use crate::tenant::Person;
use crate::world::{Target, new_email};

/// Reads, writes and creates some users.
pub(crate) async fn calls(process: &Process, users: u32, at_once: u32) {
    // Calls of a later life have other numbers.
    let next = Cell::new(u32::try_from(process.life).unwrap_or(0) * 10_000);
    let targets = process.world.targets[process.number].iter().take(users as usize);
    let work = targets.enumerate().map(|(row, target)| one(process, row, target, &next));
    stream::iter(work).buffer_unordered(at_once as usize).collect::<Vec<()>>().await;
}

/// What happens to one user.
async fn one(process: &Process, row: usize, target: &Target, next: &Cell<u32>) {
    let calls = Calls { process, next };
    let users = process.client.users();
    let id = target.id.as_str();
    let email = target.person.email.clone().unwrap_or_default();
    calls.get(&target.id, UserKey::Id(target.id.clone()), |own, _| own == id).await;
    let has_email = |_: &str, person: &Person| person.email.as_deref() == Some(email.as_str());
    calls.get(&email, UserKey::Email(email.clone()), has_email).await;

    let name = format!("Written{}x{}", process.number, process.life);
    let fields = UserFields::new().last_name(name.as_str());
    let verify = row.is_multiple_of(2);
    let write = users.update(UserKey::Id(target.id.clone()), fields.clone()).verify(verify).send();
    let has_name = |person: &Person| person.last_name.as_deref() == Some(name.as_str());
    let is_settled = calls.write("an update", &target.id, verify, write, has_name).await;

    let status = if process.life.is_multiple_of(2) { UserStatus::Disabled } else { UserStatus::Active };
    let write = users.update_status(UserKey::Email(email.clone()), status).verify(verify).send();
    let has_status = |person: &Person| person.is_disabled == (status == UserStatus::Disabled);
    let has_stayed = calls.write("a change of status", &target.id, verify, write, has_status).await;

    let created = calls.create(row).await;
    process.healed().await;
    // What was not known can be found out now.
    if !is_settled {
        let again = users.update(UserKey::Id(target.id.clone()), fields).verify(true).send();
        calls.must("an update", &target.id, again).await;
    }
    if !has_stayed {
        let again = users.update_status(UserKey::Id(target.id.clone()), status).verify(true).send();
        calls.must("a change of status", &target.id, again).await;
    }
    if let Some((begun, first)) = created {
        calls.resume(row, begun, first).await;
    }
    calls.get(&target.id, UserKey::Id(target.id.clone()), |own, _| own == id).await;
}

/// The calls of a process.
struct Calls<'c> {
    process: &'c Process,
    next: &'c Cell<u32>,
}

impl Calls<'_> {
    fn number(&self) -> u32 {
        self.next.set(self.next.get() + 1);
        self.next.get()
    }

    async fn get(&self, shown: &str, key: UserKey, has_key: impl Fn(&str, &Person) -> bool) {
        let from = self.process.world.now();
        let result = self.process.client.users().get(key).record_only().send().await;
        let text = match &result {
            Ok(user) => format!("read {}", person(user)),
            Err(error) => format!("did not read {shown}: {error}"),
        };
        self.process.say(text);
        self.process.check_get(from, shown, &result, has_key);
    }

    /// Makes a write, and returns whether it is known what came of it.
    async fn write<T>(
        &self,
        what: &str,
        id: &str,
        is_verified: bool,
        write: impl Future<Output = Result<T, Error>>,
        is_done: impl Fn(&Person) -> bool,
    ) -> bool {
        let (number, from) = (self.number(), self.process.world.now());
        let result = CALL.scope(number, write).await;
        match &result {
            Ok(_) => {
                self.process.say(format!("call {number}: {what} of {id} is done"));
                let states = self.process.world.between(from, self.process.world.now());
                let was_done = states.iter().any(|people| people.get(id).is_some_and(&is_done));
                // A stray response about the same user cannot be noticed where nothing is read back.
                let is_believed = !is_verified && self.process.world.has_strays();
                self.process.promise(was_done || is_believed, || format!("{what} that is done was done"));
                true
            }
            Err(error) => {
                self.failed(number, what, id, error);
                !error.execution().is_unknown() && !error.is_unverified()
            }
        }
    }

    fn failed(&self, number: u32, what: &str, who: &str, error: &Error) {
        let execution = error.execution();
        self.process.say(format!("call {number}: {what} of {who} failed, {execution:?}: {error}"));
        self.process.check_error(error);
        if execution == Execution::DidNotRun {
            self.process.world.claim_did_not_run(self.process.number, number);
        }
    }

    /// Makes a write that has to succeed now, unless others deleted the user.
    async fn must<T>(&self, what: &str, id: &str, write: impl Future<Output = Result<T, Error>>) {
        let number = self.number();
        let result = CALL.scope(number, write).await;
        let is_there = self.process.world.people().contains_key(id);
        if let Err(error) = &result {
            self.failed(number, what, id, error);
            self.process.promise(!is_there || error.is_conflict(), || {
                format!("{what} whose outcome is unknown can be settled once everything goes well: {error}")
            });
        }
    }

    /// Creates a user. Returns when it began and its number, if it is unknown whether the user was created.
    async fn create(&self, row: usize) -> Option<(Date, u32)> {
        let (number, begun) = (self.number(), self.process.client.now());
        let result = CALL.scope(number, self.process.client.users().create(new_user(self.process, row)).send()).await;
        let email = new_email(self.process.number, row);
        match result {
            Ok(created) => {
                self.created(number, row, &created);
                None
            }
            Err(error) => {
                self.failed(number, "the creation", &email, &error);
                error.execution().is_unknown().then_some((begun, number))
            }
        }
    }

    fn created(&self, number: u32, row: usize, created: &User) {
        let (email, seen) = (new_email(self.process.number, row), person(created));
        self.process.say(format!("call {number}: created {seen} {}", created.id));
        self.process.promise(created.email.as_deref() == Some(email.as_str()), || {
            format!("the user who was created for {email} is not {seen}")
        });
        let changes = self.process.world.changes();
        let is_own = changes.iter().any(|(_, change)| {
            change.id == created.id
                && change.is_creation()
                && change.call().is_some_and(|(own, _)| own == self.process.number)
        });
        self.process.promise(is_own, || format!("{email} was created by this process"));
    }

    /// Finds out whether a user was created.
    async fn resume(&self, row: usize, begun: Date, first: u32) {
        let email = new_email(self.process.number, row);
        let number = self.number();
        let request = self.process.client.users().create(new_user(self.process, row)).resume(begun).send();
        match CALL.scope(number, request).await {
            Ok(created) => self.created(number, row, &created),
            Err(error) => {
                self.failed(number, "the resumed creation", &email, &error);
                // An earlier life of this process counts as another one.
                let has_other = self.process.world.changes().iter().any(|(_, change)| {
                    change.is_of(&email) && change.call().is_none_or(|call| call != (self.process.number, first))
                });
                let is_lying =
                    self.process.world.setup.processes[self.process.number].skews.iter().any(|skew| *skew != 0);
                self.process.promise(has_other || is_lying || !error.execution().is_unknown(), || {
                    format!("a creation whose outcome is unknown can be settled once everything goes well: {error}")
                });
            }
        }
    }
}

fn new_user(process: &Process, row: usize) -> UserFields {
    UserFields::new().email(new_email(process.number, row)).first_name("New").last_name(format!("Person{row}"))
}
