//! What formats and checks need to know besides the report.

use crate::change::Change;
use crate::level::Level;

/// What a format needs to know besides the report.
#[derive(Debug, Clone, Copy, Default)]
pub struct FormatOptions {
    /// The level from which a change fails the check.
    pub fail_on: FailOn,
    /// Whether text may use the colors of a terminal.
    pub color: bool,
    /// Whether text lists every change. Otherwise it counts safe changes, and directives that are applied many times.
    pub all: bool,
}

/// The level from which a change fails a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FailOn {
    /// Breaking changes.
    #[default]
    Breaking,
    /// Dangerous and breaking changes.
    Dangerous,
    /// Any change.
    Any,
    /// No change.
    None,
}

impl FailOn {
    /// Whether a change fails a check, unless it is accepted.
    pub(crate) fn fails(self, change: &Change) -> bool {
        match self {
            Self::Breaking => change.level == Level::Breaking || change.breaks_operations(),
            Self::Dangerous => change.level >= Level::Dangerous || change.breaks_operations(),
            Self::Any => true,
            Self::None => false,
        }
    }
}
