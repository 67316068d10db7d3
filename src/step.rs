//! The steps of a scenario.

/// A step of a scenario. Its text names fields, courses and groups, but no values.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// Something was looked up.
    Checked(String),
    /// Something was written.
    Did(String),
    /// Nothing was needed, with the reason.
    Skipped(String),
}
