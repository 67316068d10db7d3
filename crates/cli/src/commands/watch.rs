//! `ti watch users`: what changes, from hints of the inbox and from reading all users.

mod line;

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Duration;

use futures::TryStreamExt as _;
use futures::future::{Either, select};
use serde_json::{Map, Value, json};
use thought_industries::model::User;
use thought_industries::{Client, Date, Error, UserFields};
use thought_industries_events::{Hints, Inbox, Known, Seen, Selection};

use super::events::existing;
use crate::arguments::{TenantArguments, WatchCommand, WatchUsersArguments};
use crate::failure::{Failure, with_causes};
use crate::output::{Format, Output};
use crate::progress::notify;
use crate::tenant::{check_store, connect_for_run};

use line::{Line, LineForm};

/// How long hints about a user are collected before the user is read.
const WINDOW: Duration = Duration::from_secs(10);
/// How often the inbox is looked at.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// How many events are taken from the inbox at once.
const AT_ONCE: usize = 1_000;
/// How many users may be missing from one list before the list is doubted rather than each of them read.
const MOST_MISSING: usize = 200;

pub(crate) async fn run(
    arguments: &TenantArguments,
    output: Option<Output>,
    command: WatchCommand,
) -> Result<(), Failure> {
    let WatchCommand::Users(WatchUsersArguments { inbox, every }) = command;
    let form = match output.map(|output| Format::of(Some(output)).map(|format| (output, format))).transpose()? {
        None | Some((_, Format::Table)) => LineForm::Text,
        Some((_, Format::Ndjson)) => LineForm::Json,
        Some((output, _)) => return Err(output.unsupported(&["table", "ndjson"])),
    };
    let inbox = inbox.as_deref().map(existing).transpose()?;
    let tenant = connect_for_run(arguments).await?;
    if let Some(inbox) = &inbox {
        check_store(inbox.note("tenant")?.as_deref(), &tenant.url)?;
    }
    let out: Box<dyn Write> = Box::new(std::io::stdout());
    let mut watch = Watch::start(tenant.client.clone(), inbox, every, (form, out)).await?;
    notify(&format!("watching {} users", watch.users));
    let watching = Box::pin(async {
        loop {
            tenant.client.pause(LOOK_AGAIN).await;
            if let Err(failure) = watch.step().await {
                return failure;
            }
        }
    });
    match select(Box::pin(tokio::signal::ctrl_c()), watching).await {
        Either::Left((stopped, _)) => stopped.map_err(|error| Failure::could_not_run(&error)),
        Either::Right((failure, _)) => Err(failure),
    }
}

/// Why a user is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cause {
    Hint,
    Poll,
}

/// A watch over all users.
struct Watch {
    client: Client,
    inbox: Option<Inbox>,
    /// The place of the last event of the inbox that was looked at.
    place: i64,
    hints: Hints<String>,
    known: Known,
    /// The fields that the list of users has shown a value of. It may have fewer than a single user has.
    listed: BTreeSet<String>,
    every: i64,
    next_poll: i64,
    users: u64,
    form: LineForm,
    out: Box<dyn Write>,
}

impl Watch {
    /// Reads all users, and prints nothing: that is where the watch begins.
    async fn start(
        client: Client,
        inbox: Option<Inbox>,
        every: Duration,
        (form, out): (LineForm, Box<dyn Write>),
    ) -> Result<Self, Failure> {
        let place = inbox.as_ref().map(Inbox::last).transpose()?.unwrap_or_default();
        let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
        let (hints, known, listed) = (Hints::new(WINDOW), Known::new()?, BTreeSet::new());
        let mut watch = Self { client, inbox, place, hints, known, listed, every, next_poll: 0, users: 0, form, out };
        watch.poll(true).await?;
        Ok(watch)
    }

    fn now(&self) -> i64 {
        self.client.now().as_millisecond()
    }

    /// Does what is due.
    async fn step(&mut self) -> Result<(), Failure> {
        let now = self.now();
        self.take_hints(now)?;
        for key in self.hints.due(now) {
            self.read(&key, Cause::Hint).await?;
        }
        if now >= self.next_poll {
            self.poll(false).await?;
        }
        self.out.flush()?;
        Ok(())
    }

    fn take_hints(&mut self, now: i64) -> Result<(), Failure> {
        let Some(inbox) = &self.inbox else { return Ok(()) };
        let mut newer = Selection::default();
        newer.after = Some(self.place);
        for event in inbox.list(None, &newer, AT_ONCE)? {
            self.place = event.seq;
            if let Some(user) = event.user_id.or(event.user_email) {
                self.hints.add(user, now);
            }
        }
        Ok(())
    }

    /// Reads all users.
    async fn poll(&mut self, is_first: bool) -> Result<(), Failure> {
        self.next_poll = self.now().saturating_add(self.every);
        self.known.begin_round();
        self.users = 0;
        let mut pages = self.client.users().list().pages();
        loop {
            let page = match pages.try_next().await {
                Ok(Some(page)) => page,
                Ok(None) => break,
                Err(error) if !is_first && error.is_retryable() => {
                    report(&error);
                    return Ok(());
                }
                Err(error) => return Err(error.into()),
            };
            let gaps: Vec<String> =
                page.gaps().iter().filter_map(|gap| gap.strip_prefix("users.")).map(str::to_owned).collect();
            for user in page.users.iter().flatten() {
                self.users += 1;
                let facts = facts(user, &gaps);
                let shown = facts.iter().filter(|(_, value)| !value.is_null());
                self.listed.extend(shown.map(|(name, _)| name.clone()));
                self.see(user, facts, Cause::Poll, is_first)?;
            }
        }
        let missing = self.known.unseen()?;
        if missing.len() > MOST_MISSING {
            let count = missing.len();
            notify(&format!(
                "the list lacks {count} users who were in the last one; the next list shows whether they are gone"
            ));
            return Ok(());
        }
        for id in missing {
            // Users move within a list while it is read.
            self.read(&id, Cause::Poll).await?;
        }
        Ok(())
    }

    /// Reads one user, by id or address.
    async fn read(&mut self, key: &str, cause: Cause) -> Result<(), Failure> {
        match self.client.users().get(key).record_only().send().await {
            Ok(user) => {
                let mut facts = facts(&user, user.gaps());
                facts.retain(|name, _| self.listed.contains(name));
                self.see(&user, facts, cause, false)
            }
            Err(error) if error.is_not_found() => match self.known.fields(key)? {
                Some(fields) => {
                    self.known.forget(key)?;
                    let email = fields.get("email").and_then(Value::as_str);
                    self.print(&Line::of(key, email, "gone", cause))
                }
                None => Ok(()),
            },
            Err(error) if error.is_retryable() => {
                report(&error);
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    fn see(&mut self, user: &User, facts: Map<String, Value>, cause: Cause, is_first: bool) -> Result<(), Failure> {
        let email = user.email.as_deref();
        match self.known.see(&user.id, facts)? {
            Seen::First if is_first => Ok(()),
            Seen::First => self.print(&Line::of(&user.id, email, "joined", cause)),
            Seen::Changed(changes) => changes
                .into_iter()
                .try_for_each(|change| self.print(&Line::of(&user.id, email, "changed", cause).with_field(change))),
            _ => Ok(()),
        }
    }

    fn print(&mut self, line: &Line<'_>) -> Result<(), Failure> {
        let now = Date::from_millisecond(self.now());
        writeln!(self.out, "{}", line.write(self.form, now)?)?;
        Ok(())
    }
}

/// The fields that a roster can have, as a response shows them; those that it does not show are left out, and so are lists, such as
/// those of courses and licenses, which lists of users may show as empty.
fn facts(user: &User, gaps: &[String]) -> Map<String, Value> {
    let names = UserFields::specs().iter().filter(|spec| !spec.is_option).map(|spec| spec.name);
    let one = |name: &str| UserFields::from_json(Map::from_iter([(name.to_owned(), Value::Null)])).ok();
    let mut facts: Map<String, Value> = names.filter_map(one).flat_map(|fields| fields.current(user, gaps)).collect();
    facts.retain(|_, value| !value.is_array());
    facts.insert("disabled".to_owned(), json!(user.disabled.unwrap_or(false)));
    facts
}

/// Reports a failure that passes: the next read shows what this one would have.
fn report(error: &Error) {
    notify(&format!("the tenant could not be read, which is tried again: {}", with_causes(error)));
}

#[cfg(test)]
mod tests;
