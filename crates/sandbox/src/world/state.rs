//! What has been written since a sandbox started.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// A write that took effect, on one record. One that changes nothing takes none.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Effect {
    /// The operation, as `queries/routes.toml` calls it, such as `users.create`.
    pub operation: &'static str,
    /// The id of what it changed.
    pub target: String,
}

/// All that was written: people, licences and clients where they differ from what is computed, and what was done.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(super) people: BTreeMap<u32, Person>,
    pub(super) created_people: u32,
    pub(super) licenses: BTreeMap<u32, License>,
    pub(super) created_licenses: u32,
    pub(super) disabled_clients: BTreeMap<u32, bool>,
    pub(super) jobs: Vec<Job>,
    pub(super) webhooks: u32,
    /// Whom an address or an external id has come to name by a write.
    pub(super) by_email: BTreeMap<String, BTreeSet<u32>>,
    pub(super) by_external_id: BTreeMap<String, BTreeSet<u32>>,
    /// How many more learners hold a licence than are computed to.
    pub(super) seats: BTreeMap<u32, i64>,
    pub(super) effects: Vec<Effect>,
}

/// Somebody who was created or changed. What is `None`, or has no value, is as it was computed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    /// Plain fields by the name that the schema gives them.
    pub(crate) values: Map<String, Value>,
    pub(crate) client: Option<u32>,
    /// Licences, each with whether it is held as a manager.
    pub(crate) licenses: Option<Vec<(u32, bool)>>,
    pub(crate) courses: Option<Vec<u32>>,
    pub(crate) learning_paths: Option<Vec<u32>>,
    pub(crate) bundles: Option<Vec<u32>>,
    /// Courses that were given by a write, so that nothing of them is done.
    pub(crate) new_courses: Vec<u32>,
    pub(crate) groups: Option<Vec<String>>,
    /// The other record of a dual-role pair, or that there is none any more.
    #[expect(clippy::option_option, reason = "unwritten, none, or somebody")]
    pub(crate) partner: Option<Option<u32>>,
    /// Certificates that were given by a write: the type of what was completed, and which.
    pub(crate) certificates: Vec<(&'static str, u32)>,
    pub(crate) is_deleted: bool,
}

/// A licence that was created or changed.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct License {
    /// The client, of a licence that was created.
    pub(crate) client: Option<u32>,
    pub(crate) parent: Option<u32>,
    pub(crate) values: Map<String, Value>,
    pub(crate) courses: Option<Vec<u32>>,
    pub(crate) learning_paths: Option<Vec<u32>>,
    pub(crate) tags: Option<Vec<u32>>,
    pub(crate) is_deleted: bool,
}

/// A background job: each time it is looked at, it has come a step further.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) kind: &'static str,
    pub(crate) description: String,
    pub(crate) created_at: String,
    pub(crate) error: Option<String>,
    pub(crate) is_failed: bool,
    pub(super) looked_at: u32,
}

impl Job {
    pub(crate) fn new(kind: &'static str, description: String, error: Option<String>, is_failed: bool) -> Self {
        Self { kind, description, created_at: super::now(), error, is_failed, looked_at: 0 }
    }

    /// Whether it has come to its end.
    pub(crate) fn is_over(&self) -> bool {
        self.looked_at > 2
    }

    /// Queued, processing, and then complete or failed.
    pub(crate) fn status(&self) -> &'static str {
        match (self.looked_at, self.is_failed) {
            (0 | 1, _) => "queued",
            (2, _) => "processing",
            (_, false) => "complete",
            (_, true) => "failed",
        }
    }
}
