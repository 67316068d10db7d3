//! The arguments of `ti plan`, `ti apply` and `ti undo`.

use std::path::PathBuf;

use clap::Args;
use thought_industries_provision::{FailureLimit, GuardKind, Lifetime, Limit};

use super::matching::{MatchField, RenamesOption, StartersOption};
use super::{approval, guard};

#[derive(Debug, Default, Args)]
pub(crate) struct PlanArguments {
    /// The roster: CSV with a heading, a workbook of Excel, a JSON array, or a JSON object on each line; `-` for standard
    /// input [default: the roster of --config]
    pub(crate) roster: Option<PathBuf>,
    /// The file to write the plan to
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// The field that identifies users in the roster and in the tenant, or several separated by commas: where the first finds
    /// no user, the next is tried [default: that of --config, or email]
    #[arg(long = "match", value_enum, value_name = "FIELD", value_delimiter = ',')]
    pub(crate) match_by: Vec<MatchField>,
    /// How the roster is read, and what may be planned: a TOML file, which `ti roster learn` proposes
    #[arg(long, alias = "columns", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Deactivate users who are not in the roster, and reactivate those who are, unless their row has a status
    #[arg(long)]
    pub(crate) deactivate_missing: bool,
    /// What is planned where a user who is in no row and a row that no user matches look like one user, by their names or by
    /// what is before the @ of their addresses [default: that of --config, or ask]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) renames: Option<RenamesOption>,
    /// What is planned for users who are not in the tenant yet and start on a later day [default: that of --config, or wait]
    #[arg(long, value_enum, value_name = "HOW")]
    pub(crate) starters: Option<StartersOption>,
    /// Also write fields that the tenant does not show; they are planned again each time
    #[arg(long)]
    pub(crate) write_hidden: bool,
    /// Mark each user who is created, so that the entry of the plan that made them is known: `externalId`, or
    /// `customField:KEY` with the key of a custom field
    #[arg(long, value_name = "PLACE")]
    pub(crate) provenance: Option<String>,
    /// How many users may be deactivated: a number (default 20), or a percentage of the active users (default 10%). Repeat
    /// the option to raise both
    #[arg(long, value_name = "N|P%")]
    pub(crate) max_deactivations: Vec<String>,
    /// Raise a guard: so many users of a kind, or such a percentage of the active users, in place of both defaults of the
    /// kind. KIND is create, deactivate, deactivateWeek (with the runs of the last 7 days), reactivate, delete, clear,
    /// swappedNames, mojibake, or a field such as email, lastName or customFields.KEY. May be repeated
    #[arg(long, value_name = "KIND=N|P%", value_parser = guard::allowed)]
    pub(crate) allow: Vec<(GuardKind, Limit)>,
    /// The users that the roster is about: `client=ID` for those of one client
    #[arg(long, value_name = "client=ID")]
    pub(crate) scope: Option<String>,
    /// A role key of users who may be changed; may be repeated [default: that of learners]
    #[arg(long = "role", value_name = "KEY")]
    pub(crate) roles: Vec<String>,
    /// How long the plan may be carried out, such as 36h or 14d [default: 7d]
    #[arg(long, value_name = "TIME", value_parser = approval::lifetime)]
    pub(crate) expires_in: Option<Lifetime>,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyArguments {
    /// The plan file
    pub(crate) plan: PathBuf,
    /// The file to record the run in; an interrupted run continues with the same file
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: PathBuf,
    /// Refuse any other plan than the one whose digest begins with these 12 or more digits; `ti plan` and `ti show` print the
    /// digest
    #[arg(long, value_name = "DIGEST")]
    pub(crate) expect: Option<String>,
    /// Refuse a plan that is not approved by the approvers of this file, which has their public keys (`ti approve`)
    #[arg(long, value_name = "FILE")]
    pub(crate) approved_by: Option<PathBuf>,
    /// Carry out the first N changes, show what came of each, and ask whether to go on. With --yes, a run whose first changes
    /// are all done and verified goes on by itself, and any other stops with exit code 2
    #[arg(long, value_name = "N", value_parser = number_from_1)]
    pub(crate) first: Option<usize>,
    /// End after the first changes instead of asking; the same command without --first continues. Exit code 0: all of them
    /// are done; 1: not all of them
    #[arg(long, requires = "first")]
    pub(crate) pause: bool,
    /// Stop when N changes were refused, failed or stayed unknown, or P% of the changes of the plan, but not before ten were
    /// tried. Without it, a run stops only when the tenant does not accept the key, or cannot be reached three times in a row
    #[arg(long, value_name = "N|P%")]
    pub(crate) max_failures: Option<FailureLimit>,
    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,
}

/// Parses a number of changes.
fn number_from_1(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| format!("`{text}` is not a number from 1"))
}

#[derive(Debug, Args)]
pub(crate) struct UndoArguments {
    /// The journal of `ti apply`
    pub(crate) journal: PathBuf,
    /// Delete users who were created, instead of disabling them
    #[arg(long)]
    pub(crate) delete_created: bool,
    /// Do not ask for confirmation
    #[arg(long)]
    pub(crate) yes: bool,
}
