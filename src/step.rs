//! The steps of a scenario.

/// A step of a scenario. Its text names fields, courses and groups, but no values.
///
/// ```
/// use thought_industries::Step;
///
/// let step = Step::Did("created the user".to_owned());
/// assert_eq!(step.text(), "created the user");
/// ```
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

impl Step {
    /// What was checked, done or skipped, in a few words.
    pub fn text(&self) -> &str {
        match self {
            Self::Checked(text) | Self::Did(text) | Self::Skipped(text) => text,
        }
    }
}
