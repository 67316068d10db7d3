//! Links the users of a Thought Industries tenant with a directory and the staff list of HR, and reports the differences: who
//! has left and may still log in, which users no source knows, whose seats are held in vain.
//!
//! [`reconcile`] is pure. It takes [`Source`]s and a [`Tenant`], links by ordered deterministic rules ([`Rule`]), and returns
//! [`Finding`]s with their evidence. What several persons fit is reported as ambiguous, and never guessed. A source that is
//! incomplete or stale gives no finding that rests on absence.
//!
//! [`Source::read`] reads exports of HR systems and directories, [`Tenant::of_export`] and [`Tenant::read`] the users of the
//! tenant. A [`State`] keeps between runs what was found and decided. [`Fixes`] are rows for a plan of
//! [`thought_industries_provision`], which disables users and deletes none.
//!
//! *Invariant*: nothing here prints or parses a command line, or writes to a tenant.

mod account;
mod address;
mod config;
mod error;
mod finding;
mod fixes;
mod gather;
mod identity;
mod judge;
mod link;
mod lookup;
mod memory;
mod person;
mod read;
mod reconcile;
mod report;
mod rule;
mod source;
mod state;
mod tenant;
mod unit;

pub use account::{Account, License, Tenant};
pub use address::Address;
pub use config::{FixConfig, GraphConfig, Scope, Side, SourceConfig};
pub use error::Error;
pub use finding::{Evidence, Finding, FindingKind, Fix, Key};
pub use fixes::Fixes;
pub use identity::{Identity, Status};
pub use judge::{FreeableSeats, SeatCount};
pub use memory::{HandLink, Memory};
pub use reconcile::reconcile;
pub use report::{Acceptance, Counts, FORMAT_VERSION, FindingState, Link, Outcome, Report, Reported, RunRecord};
pub use rule::{Rule, ScimLink};
pub use source::{Source, SourceKind, SourceReport};
pub use state::{State, StateFile};

/// The examples of README.md, compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
