//! `ti events` and `ti import-events`.

use std::path::Path;

use graphql_drift::printable;
use serde::Serialize;
use thought_industries::Date;
use thought_industries_events::{ImportError, Inbox, KeptEvent, Selection, State, import_events};

use crate::arguments::{EventsCommand, ImportEventsArguments, StateOption, WhichEvents};
use crate::failure::Failure;
use crate::format::minute;
use crate::output::{Format, List, Row};

/// How many dead events are shown.
const MOST: usize = 10_000;

pub(crate) fn run(format: Format, command: EventsCommand) -> Result<(), Failure> {
    let now = Date::now().as_millisecond();
    match command {
        EventsCommand::List { store, state, which, limit } => {
            let state = state.map(|state| match state {
                StateOption::New => State::New,
                StateOption::Done => State::Done,
                StateOption::Dead => State::Dead,
            });
            list(format, existing(&store.path)?.list(state, &selection(which, Vec::new()), limit)?)
        }
        EventsCommand::Show { store, place } => show(&existing(&store.path)?, place),
        EventsCommand::Dead(store) => {
            let dead = existing(&store.path)?.list(Some(State::Dead), &Selection::default(), MOST)?;
            let has_any = !dead.is_empty();
            list(format, dead)?;
            if has_any { Err(Failure::Found) } else { Ok(()) }
        }
        EventsCommand::Retry { store, places, which } => {
            let released = existing(&store.path)?.release(State::Dead, &selection(which, places), now)?;
            println!("{released} events are handed over again");
            Ok(())
        }
        EventsCommand::Replay { store, places, which } => {
            let released = existing(&store.path)?.release(State::Done, &selection(which, places), now)?;
            println!("{released} events are handed over again");
            Ok(())
        }
    }
}

/// An inbox that exists: a wrong name must not make a new one.
pub(super) fn existing(path: &Path) -> Result<Inbox, Failure> {
    if !path.exists() {
        let reason = format!("there is no inbox {}", path.display());
        return Err(Failure::new(reason, "name it with --store; `ti listen` and `ti import-events` make one"));
    }
    Ok(Inbox::open(path)?)
}

fn selection(which: WhichEvents, places: Vec<i64>) -> Selection {
    let mut selection = Selection::default();
    selection.places = places;
    selection.kind = which.kind;
    selection.user = which.user;
    selection.since = which.since.map(Date::as_millisecond);
    selection
}

/// A row of a list.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    seq: i64,
    state: &'static str,
    at: Option<Date>,
    kind: String,
    user_id: Option<String>,
    user_email: Option<String>,
    subject_id: Option<String>,
    source: &'static str,
    is_hint: bool,
    tries: u32,
    reason: Option<String>,
}

impl Shown {
    fn of(event: KeptEvent) -> Self {
        Self {
            seq: event.seq,
            state: event.state.name(),
            at: event.at,
            kind: event.kind,
            user_id: event.user_id,
            user_email: event.user_email,
            subject_id: event.subject_id,
            source: event.source.name(),
            is_hint: event.is_hint,
            tries: event.tries,
            reason: event.reason,
        }
    }
}

impl Row for Shown {
    const HEADINGS: &'static [&'static str] = &["place", "state", "at", "kind", "user", "content", "from", "reason"];

    fn cells(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let user = self.user_email.as_ref().or(self.user_id.as_ref()).cloned().unwrap_or_default();
        let source = if self.is_hint { "webhook (hint)" } else { self.source };
        let reason = match &self.reason {
            Some(reason) => format!("{reason} ({} tries)", self.tries),
            None => String::new(),
        };
        let at = self.at.map(minute).unwrap_or_default();
        let cells = [self.seq.to_string(), self.state.to_owned(), at, self.kind.clone(), user];
        cells.into_iter().chain([text(&self.subject_id), source.to_owned(), reason]).collect()
    }
}

fn list(format: Format, events: Vec<KeptEvent>) -> Result<(), Failure> {
    let mut list = List::new::<Shown>(format)?;
    for event in events {
        list.push(&Shown::of(event))?;
    }
    list.finish()
}

/// One event, as consumers get it.
fn show(inbox: &Inbox, place: i64) -> Result<(), Failure> {
    let mut only = Selection::default();
    only.places = vec![place];
    let event = inbox.list(None, &only, 1)?.pop();
    let event = event.ok_or_else(|| Failure::NotFound(format!("the inbox has no event at place {place}")))?;
    println!("{}", serde_json::to_string_pretty(&event)?);
    Ok(())
}

pub(crate) fn import(settings: &ImportEventsArguments) -> Result<(), Failure> {
    let inbox = Inbox::open(&settings.store.path)?;
    let mut refused = 0;
    for path in &settings.files {
        let imported = import_events(path, settings.kind.as_ref(), &inbox, Date::now().as_millisecond());
        let imported = imported.map_err(|error| failed(&path.display().to_string(), error))?;
        for problem in &imported.problems {
            eprintln!("{}: {}", path.display(), printable(problem));
        }
        refused += imported.refused;
        let (read, new) = (imported.read, imported.new);
        println!("{}: {read} events, {new} of them new", path.display());
    }
    if refused > 0 { Err(Failure::Found) } else { Ok(()) }
}

fn failed(path: &str, error: ImportError) -> Failure {
    match error {
        ImportError::Store(error) => error.into(),
        other => Failure::new(
            format!("{path}: {other}"),
            "give a file with events: a JSON array, an object on each line, or CSV with headings such as `userDetail.id`",
        ),
    }
}
