//! Exports a Thought Industries tenant as data: users, clients, licenses and enrollments, to NDJSON, CSV or `SQLite`.
//!
//! An [`Export`] reads the lists of a [`Selection`] and writes them to files. It keeps a checkpoint with the rows, so that
//! a run that was killed goes on without a double or an omission, and ends with a [`Manifest`] that says how complete the
//! data is, and why.
//!
//! ```no_run
//! # async fn run(client: thought_industries::Client) -> Result<(), thought_industries_export::Error> {
//! use thought_industries_export::{Completeness, Export, Selection};
//!
//! let export = Export::new(&client, Selection::of("all")?, "tenant.sqlite");
//! let manifest = export.run(&mut |_| {}).await?;
//! assert_eq!(manifest.report.complete, Completeness::Proven);
//! # Ok(())
//! # }
//! ```
//!
//! *Invariant*: nothing here prints or parses a command line; the caller decides what to show.

mod changes;
mod checkpoint;
mod column;
mod digest;
mod error;
mod export;
mod format;
mod manifest;
mod plan;
mod pseudonym;
mod reader;
mod run;
mod selection;
pub mod singer;
mod sink;
mod source;
mod stream;
mod usage;
mod verify;
mod walk;

pub use changes::{Change, ChangeCounts, ChangeKind, FieldChange, changes, write_changes};
pub use checkpoint::Checkpoint;
pub use column::{Column, ColumnKind};
pub use digest::IdDigest;
pub use error::{Error, ErrorKind};
pub use export::Export;
pub use format::Format;
pub use manifest::{FileRecord, Manifest, Report, StreamReport};
pub use plan::{ExportPlan, PlanStep, Way};
pub use pseudonym::Pseudonyms;
pub use reader::Exported;
pub use run::Progress;
pub use selection::{Output, OutputRecord, Selection, SelectionRecord};
pub use sink::{Reject, Sink};
pub use stream::{STREAMS, Stream};
pub use usage::{Usage, UsageCounts};
pub use verify::{BegunStatus, Status, status, verify};
pub use walk::Completeness;

/// The examples of README.md, compiled with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
