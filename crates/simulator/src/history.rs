//! What happened in a world, in order.

use std::fmt;
use std::time::Duration;

use crate::setup::{EditKind, FaultKind};
use crate::tenant::Person;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Since the world began.
    pub at: Duration,
    /// The process, unless it was none.
    pub process: Option<usize>,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A process sent its request of this number.
    Sent {
        /// From 0, for each process.
        request: u32,
        /// Method, path and query, without the key.
        line: String,
    },
    /// Something went wrong with a request.
    Fault {
        /// The request.
        request: u32,
        /// What.
        kind: FaultKind,
    },
    /// The tenant responded.
    Responded {
        /// The request.
        request: u32,
        /// The status.
        status: u16,
    },
    /// A user of the tenant changed.
    Changed(Box<Change>),
    /// A process began something, or learned what came of it.
    Said(String),
    /// A process ended in the middle.
    Killed,
    /// From now on, everything goes well.
    Healed,
    /// A promise was broken.
    Broken(String),
}

/// A change of a user of the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Who did it.
    pub(crate) author: Author,
    /// The user's id.
    pub(crate) id: String,
    pub(crate) before: Option<Person>,
    pub(crate) after: Option<Person>,
}

/// Who changed a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Author {
    /// A request of a process, for one of its calls.
    Process { process: usize, request: u32, call: Option<u32> },
    /// Others.
    Others(EditKind),
}

impl Change {
    pub(crate) fn call(&self) -> Option<(usize, u32)> {
        match self.author {
            Author::Process { process, call, .. } => call.map(|call| (process, call)),
            Author::Others(_) => None,
        }
    }

    pub(crate) fn is_by_others(&self) -> bool {
        matches!(self.author, Author::Others(_))
    }

    /// Whether the user has this address, before or after.
    pub(crate) fn is_of(&self, email: &str) -> bool {
        let has =
            |person: &Option<Person>| person.as_ref().is_some_and(|person| person.email.as_deref() == Some(email));
        has(&self.before) || has(&self.after)
    }

    pub(crate) fn is_creation(&self) -> bool {
        self.before.is_none()
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>10.3} s  ", self.at.as_secs_f64())?;
        match self.process {
            Some(process) => write!(f, "process {process}  ")?,
            None => write!(f, "tenant     ")?,
        }
        match &self.what {
            What::Sent { request, line } => write!(f, "#{request} {line}"),
            What::Fault { request, kind } => write!(f, "#{request} FAULT {kind:?}"),
            What::Responded { request, status } => write!(f, "#{request} <- {status}"),
            What::Changed(change) => {
                let shown = |person: &Option<Person>| person.as_ref().map_or("absent".to_owned(), ToString::to_string);
                let Change { author, id, before, after } = &**change;
                let id = id.get(id.len().saturating_sub(4)..).unwrap_or(id);
                match author {
                    Author::Process { request, .. } => write!(f, "#{request} ")?,
                    Author::Others(_) => write!(f, "OTHERS ")?,
                }
                write!(f, "changed …{id}: {} -> {}", shown(before), shown(after))
            }
            What::Said(text) => f.write_str(text),
            What::Killed => f.write_str("KILLED"),
            What::Healed => f.write_str("everything goes well from now on"),
            What::Broken(promise) => write!(f, "BROKEN PROMISE: {promise}"),
        }
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let status = if self.is_disabled { "disabled" } else { "active" };
        write!(f, "{} {} {} {status}", text(&self.email), text(&self.first_name), text(&self.last_name))
    }
}
