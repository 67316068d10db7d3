//! Where rows go: the trait of sinks, and the sinks of files and databases.

pub(crate) mod encode;
mod files;
mod place;
mod sqlite;

use serde_json::Value;

pub(crate) use files::FileSink;
pub(crate) use place::{Finished, Lengths, Place, record};
pub(crate) use sqlite::{SqliteSink, open_read_only, quoted};

use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::selection::Output;

/// Where the rows of an export go. A sink that keeps the checkpoint together with the rows can be resumed exactly.
pub trait Sink {
    /// Begins, or continues after a checkpoint. `outputs` are in the order of their places.
    ///
    /// # Errors
    /// If the sink cannot be written to.
    fn begin(&mut self, outputs: &[Output]) -> Result<(), Error>;

    /// Writes a row of the output at this place. It counts only after the next commit.
    ///
    /// # Errors
    /// If the sink cannot be written to.
    fn write(&mut self, place: usize, output: &Output, row: &[Value]) -> Result<(), Error>;

    /// Keeps an entry that cannot be written, with the reason.
    ///
    /// # Errors
    /// If the sink cannot be written to.
    fn reject(&mut self, reject: &Reject) -> Result<(), Error>;

    /// Keeps the checkpoint and all rows before it. `seen` are the hashes of the entries since the last commit.
    ///
    /// # Errors
    /// If the sink cannot be written to.
    fn commit(&mut self, checkpoint: &mut Checkpoint, seen: &[u64]) -> Result<(), Error>;

    /// How many requests are made between two commits, at least.
    fn requests_per_commit(&self) -> u64 {
        16
    }
}

/// An entry that cannot be written.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[non_exhaustive]
pub struct Reject {
    /// The list that it is from.
    pub source: &'static str,
    /// The page that it is on.
    pub page: i64,
    /// Why it cannot be written.
    pub reason: String,
    /// The rows as they were read.
    pub record: Value,
}
