//! Events of a Thought Industries tenant, of which none is lost: a receiver of webhooks, a durable inbox, and hand-over.
//!
//! A [`Receiver`] verifies webhooks, and responds when their events are in the [`Inbox`]. A [`Filler`] reads from the event feed
//! what no webhook has brought, and [`import_events`] reads the nightly files. The inbox knows an event again, whichever way it
//! comes. A [`Worker`] hands each over to a file, a command or a URL. An event without a signature is a hint: [`Hints`] say
//! what to read again.
//!
//! *Invariant*: nothing here prints or parses a command line.

mod event;
mod fill;
mod hints;
mod import;
mod inbox;
mod keyed;
mod known;
mod receiver;
mod worker;

pub use event::{Arrival, KeptEvent, Source, State, events_of};
pub use fill::{FILLED_KINDS, Filled, Filler};
pub use hints::Hints;
pub use import::{ImportError, Imported, import_events};
pub use inbox::{Added, Counts, Inbox, KEPT, Selection};
pub use known::{FieldChange, Known, Seen};
pub use receiver::{Acceptance, InvalidAcceptance, Receiver, ReceiverCounts};
pub use thought_industries_store::StoreError;
pub use worker::{CommandConsumer, Consumer, FileConsumer, ForwardConsumer, HandedOver, InvalidForward, Taken, Worker};

/// The examples of README.md, compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
