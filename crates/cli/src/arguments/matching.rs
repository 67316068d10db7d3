//! How the rows of a roster find their users, and what is planned where they find none.

use thought_industries_provision::{MatchBy, Renames, Starters};

/// The field that identifies users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum MatchField {
    /// The e-mail address
    Email,
    /// The id in the system that the roster comes from
    #[value(name = "externalCustomerId")]
    ExternalCustomerId,
}

impl From<MatchField> for MatchBy {
    fn from(field: MatchField) -> Self {
        match field {
            MatchField::Email => Self::Email,
            MatchField::ExternalCustomerId => Self::ExternalCustomerId,
        }
    }
}

/// What is planned where a missing user and a new row look like one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RenamesOption {
    /// Nothing: the entry is a problem, and names both
    Ask,
    /// The address of the same account changes
    Update,
    /// Another account is created
    Create,
}

impl From<RenamesOption> for Renames {
    fn from(option: RenamesOption) -> Self {
        match option {
            RenamesOption::Ask => Self::Ask,
            RenamesOption::Update => Self::Update,
            RenamesOption::Create => Self::Create,
        }
    }
}

/// What is planned for users who start on a later day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum StartersOption {
    /// Nothing until that day
    Wait,
    /// They are created and disabled, and activated on that day
    Disabled,
}

impl From<StartersOption> for Starters {
    fn from(option: StartersOption) -> Self {
        match option {
            StartersOption::Wait => Self::Wait,
            StartersOption::Disabled => Self::Disabled,
        }
    }
}
