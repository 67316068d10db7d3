//! The contents of a tenant: pure functions of (seed, size, index). Nothing is stored, so a million users need no more
//! memory than one.

mod chance;
mod client;
mod holding;
mod identity;
mod names;
mod roster;
mod user;

pub(crate) use chance::Chance;
pub(crate) use client::LICENSES_PER_CLIENT;
pub(crate) use holding::Progress;
pub(crate) use identity::embedded_id;
pub(crate) use names::slug;
pub(crate) use roster::{ROLES, Role};
pub(crate) use user::{User, date};

/// A tenant's population.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Population {
    pub(crate) seed: u64,
    pub(crate) users: u32,
}

impl Population {
    pub(crate) fn new(seed: u64, users: u32) -> Self {
        Self { seed, users }
    }

    /// How many objects of a type exist; `None` for a type whose objects only occur inside others.
    pub(crate) fn count(&self, type_name: &str) -> Option<u32> {
        Some(match type_name {
            "User" => self.users,
            "Client" => self.clients(),
            "License" => self.clients() * LICENSES_PER_CLIENT,
            "Course" => 48,
            "CourseGroup" => 24,
            "LearningPath" => 12,
            "Bundle" => 8,
            "Tag" => 20,
            "Meeting" => 30,
            "Product" => 10,
            "BackgroundJob" => 6,
            "Location" => 5,
            "Content" => 130,
            "Coupon" => 15,
            "RedemptionCodeGroup" => 60,
            "AssessmentAttempt" => self.users.saturating_mul(2),
            _ => return None,
        })
    }
}
