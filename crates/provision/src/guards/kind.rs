//! The kinds of changes that guards count.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thought_industries::UserFields;

/// A kind of change that guards count, by user.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[non_exhaustive]
pub enum GuardKind {
    /// Users who are created.
    Create,
    /// Users who are deactivated.
    Deactivate,
    /// Users who are deactivated by this plan and by the runs of the last seven days.
    DeactivateWeek,
    /// Users who are reactivated.
    Reactivate,
    /// Users who are deleted.
    Delete,
    /// Users of whom a value is cleared.
    Clear,
    /// Users whose first and last name trade places.
    SwappedNames,
    /// Users who get text that was decoded wrongly, such as `MÃ¼ller`.
    Mojibake,
    /// Users in whose field a value replaces another one, by the API's name; `email` is the login address.
    Field(String),
}

/// A text that is no kind of a guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidGuard(String);

impl fmt::Display for InvalidGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = GuardKind::NAMED.iter().map(GuardKind::name).collect();
        write!(f, "`{}` is neither a field of a user nor one of {}", self.0, names.join(", "))
    }
}

impl std::error::Error for InvalidGuard {}

impl GuardKind {
    /// All kinds but those of fields.
    const NAMED: [Self; 8] = [
        Self::Create,
        Self::Deactivate,
        Self::DeactivateWeek,
        Self::Reactivate,
        Self::Delete,
        Self::Clear,
        Self::SwappedNames,
        Self::Mojibake,
    ];

    /// The name, as plans and options have it.
    pub fn name(&self) -> &str {
        match self {
            Self::Create => "create",
            Self::Deactivate => "deactivate",
            Self::DeactivateWeek => "deactivateWeek",
            Self::Reactivate => "reactivate",
            Self::Delete => "delete",
            Self::Clear => "clear",
            Self::SwappedNames => "swappedNames",
            Self::Mojibake => "mojibake",
            Self::Field(field) => field,
        }
    }
}

impl fmt::Display for GuardKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for GuardKind {
    type Err = InvalidGuard;

    fn from_str(text: &str) -> Result<Self, InvalidGuard> {
        let kind = Self::from(text.to_owned());
        let is_known = match &kind {
            Self::Field(field) => {
                let is_custom = field.strip_prefix("customFields.").is_some_and(|key| !key.is_empty());
                is_custom || UserFields::spec(field).is_some()
            }
            _ => true,
        };
        if is_known { Ok(kind) } else { Err(InvalidGuard(text.to_owned())) }
    }
}

/// Files may name fields that this version does not know.
impl From<String> for GuardKind {
    fn from(text: String) -> Self {
        let named = Self::NAMED.into_iter().find(|kind| kind.name() == text);
        named.unwrap_or(Self::Field(text))
    }
}

impl From<GuardKind> for String {
    fn from(kind: GuardKind) -> Self {
        kind.name().to_owned()
    }
}
