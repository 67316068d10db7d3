//! Points and requests.

use serde::{Deserialize, Serialize};

/// Points and requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Quota {
    #[serde(rename = "p")]
    pub(super) points: u32,
    #[serde(rename = "r")]
    pub(super) requests: u32,
}

impl Quota {
    /// One request.
    pub(super) fn one(points: u32) -> Self {
        Self { points, requests: 1 }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.points = self.points.saturating_add(other.points);
        self.requests = self.requests.saturating_add(other.requests);
    }

    pub(super) fn subtract(&mut self, other: Self) {
        self.points = self.points.saturating_sub(other.points);
        self.requests = self.requests.saturating_sub(other.requests);
    }
}
