//! What an export contains, and what proves it: the manifest beside its files.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thought_industries::Date;

use crate::digest::IdDigest;
use crate::selection::SelectionRecord;
use crate::usage::UsageCounts;
use crate::walk::Completeness;

/// The manifest of an export: a JSON file beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Manifest {
    /// What was exported, and how complete it is.
    #[serde(flatten)]
    pub report: Report,
    /// The files.
    pub files: Vec<FileRecord>,
}

/// What was exported, and how complete it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Report {
    /// The version of this format: 1.
    pub format_version: u32,
    /// The address of the tenant.
    pub tenant: String,
    /// A random name of the run.
    pub run_id: String,
    /// When it began.
    pub started_at: Date,
    /// When it ended.
    pub finished_at: Date,
    /// The least complete of the streams.
    pub complete: Completeness,
    /// Why it is not proven to be complete.
    pub reasons: Vec<String>,
    /// Rows of all streams.
    pub rows: u64,
    /// The total that the first page of each list reported, together.
    pub total_first: Option<i64>,
    /// The total that the last page of each list reported, together.
    pub total_last: Option<i64>,
    /// The digests of all streams, together.
    pub id_digest: IdDigest,
    /// How many pages came from each surface.
    pub routes: BTreeMap<String, u64>,
    /// Columns that no row has because the route does not provide them, such as `users.updatedAt`.
    pub gaps: Vec<String>,
    /// Entries of lists that came more than once, and were written once.
    pub duplicates: u64,
    /// Entries that could not be written: the rejects file has them.
    pub rejects: u64,
    /// The SHA-256 of the streams, columns and types.
    pub schema: String,
    /// What was selected.
    pub selection: SelectionRecord,
    /// Each stream.
    pub streams: Vec<StreamReport>,
    /// What it cost.
    #[serde(flatten)]
    pub usage: UsageCounts,
    /// How long it took, without the time between an interruption and its continuation, in milliseconds.
    pub elapsed_ms: i64,
}

/// A stream of an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct StreamReport {
    /// Its name.
    pub stream: String,
    /// Its rows.
    pub rows: u64,
    /// The sum of the SHA-256 digests of the keys of its rows.
    pub id_digest: IdDigest,
    /// Whether it is complete.
    pub complete: Completeness,
    /// The entries of the list that it was read from, each counted once: users, for enrollments.
    pub entries: u64,
    /// The total that the first page reported.
    pub total_first: Option<i64>,
    /// The total that the last page reported.
    pub total_last: Option<i64>,
    /// How many pages came from each surface.
    pub routes: BTreeMap<String, u64>,
    /// Columns that no row has because the route does not provide them.
    pub gaps: Vec<String>,
}

/// A file of an export.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FileRecord {
    /// Its name, relative to the folder of the manifest.
    pub path: String,
    /// The rows in it.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
    /// Its SHA-256, in hexadecimal digits.
    pub sha256: String,
}
