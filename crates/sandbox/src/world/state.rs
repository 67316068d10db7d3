//! Everything written since a sandbox started.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// A write that took effect on one record. A write that changes nothing has no effect.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Effect {
    /// The operation, as named in `queries/routes.toml`, such as `users.create`.
    pub operation: &'static str,
    /// The id of the changed record.
    pub target: String,
}

/// Everything written: users, licenses and clients where they differ from the computed ones, and the effects.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    pub(super) people: BTreeMap<u32, Person>,
    pub(super) created_people: u32,
    pub(super) licenses: BTreeMap<u32, License>,
    pub(super) created_licenses: u32,
    pub(super) disabled_clients: BTreeMap<u32, bool>,
    pub(super) jobs: Vec<Job>,
    pub(super) webhooks: u32,
    /// The users that an address or an external id was written to.
    pub(super) by_email: BTreeMap<String, BTreeSet<u32>>,
    pub(super) by_external_id: BTreeMap<String, BTreeSet<u32>>,
    /// How many more learners hold a license than computed.
    pub(super) seats: BTreeMap<u32, i64>,
    pub(super) effects: Vec<Effect>,
}

/// A user that was created or changed. A value that is `None`, or absent, is as computed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Person {
    /// Plain fields, by their schema names.
    pub(crate) values: Map<String, Value>,
    pub(crate) client: Option<u32>,
    /// Licenses, each with whether it is held as a manager.
    pub(crate) licenses: Option<Vec<(u32, bool)>>,
    pub(crate) courses: Option<Vec<u32>>,
    pub(crate) learning_paths: Option<Vec<u32>>,
    pub(crate) bundles: Option<Vec<u32>>,
    /// Courses that were assigned by a write, so that nothing in them is completed.
    pub(crate) new_courses: Vec<u32>,
    pub(crate) groups: Option<Vec<String>>,
    /// The other record of a dual-role pair; `Some(None)` if it was removed.
    #[expect(clippy::option_option, reason = "unwritten, none, or a partner")]
    pub(crate) partner: Option<Option<u32>>,
    /// Certificates that were granted by a write: the type of the completed object, and its index.
    pub(crate) certificates: Vec<(&'static str, u32)>,
    pub(crate) is_deleted: bool,
}

/// A license that was created or changed.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct License {
    /// The client of a created license.
    pub(crate) client: Option<u32>,
    pub(crate) parent: Option<u32>,
    pub(crate) values: Map<String, Value>,
    pub(crate) courses: Option<Vec<u32>>,
    pub(crate) learning_paths: Option<Vec<u32>>,
    pub(crate) tags: Option<Vec<u32>>,
    pub(crate) is_deleted: bool,
}

/// A background job. Each look advances it by one step.
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
    pub(crate) fn new(
        kind: &'static str,
        description: String,
        created_at: String,
        error: Option<String>,
        is_failed: bool,
    ) -> Self {
        Self { kind, description, created_at, error, is_failed, looked_at: 0 }
    }

    /// Whether it has ended.
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
