//! How the rows of a roster find their users.

use thought_industries_provision::{MatchBy, Renames};

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
