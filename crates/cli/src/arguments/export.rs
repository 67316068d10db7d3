//! The arguments of `ti export` and `ti changes`.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand, ValueEnum};
use thought_industries_export::{Format, STREAMS};

/// `ti export`.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct ExportArguments {
    #[command(subcommand)]
    pub(crate) command: Option<ExportCommand>,

    /// What is exported; `all` is users, clients, licenses and enrollments
    #[arg(required = true, value_parser = what())]
    pub(crate) what: Option<String>,

    /// The file to write, or for `all` in another format than `SQLite` the folder; its name shows the format
    #[arg(long, value_name = "FILE", required_unless_present = "explain")]
    pub(crate) out: Option<PathBuf>,

    /// The format [default: that of the name of FILE]
    #[arg(long, value_parser = format(), value_name = "FORMAT")]
    pub(crate) format: Option<Format>,

    /// Read more of each row: of users their profile, custom fields and the ids of what they hold; of enrollments their
    /// dates, with one request for each user
    #[arg(long)]
    pub(crate) deep: bool,

    /// Write only these columns, and those of the key; separated by commas
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,

    /// Replace the values of a column by pseudonyms, such as `email=hmac`; the key is in `TI_PSEUDONYM_KEY`
    #[arg(long, value_name = "COLUMN=hmac", value_delimiter = ',', value_parser = pseudonymized)]
    pub(crate) pseudonymize: Vec<String>,

    /// Only users with this role key
    #[arg(long, value_name = "KEY")]
    pub(crate) role: Option<String>,

    /// Continue an export that was interrupted
    #[arg(long)]
    pub(crate) resume: bool,

    /// The share of the tenant's limits to use, such as 60%
    #[arg(long, value_name = "PERCENT", value_parser = share)]
    pub(crate) share: Option<u32>,

    /// Exit with code 3 if the data changed while it was read
    #[arg(long)]
    pub(crate) strict: bool,

    /// Also write what changed since an earlier export to `FILE.changes.ndjson`. Everything is read: the tenant does not
    /// report which users changed
    #[arg(long, value_name = "RUN", conflicts_with = "explain")]
    pub(crate) changed_since: Option<PathBuf>,

    /// Show how many requests and points the export takes and how long, beside other ways; only first pages are read
    #[arg(long)]
    pub(crate) explain: bool,

    /// The form of the progress on standard error
    #[arg(long, value_enum, default_value = "bar", value_name = "FORM")]
    pub(crate) progress: ProgressForm,

    /// Print no progress and no summary
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ExportCommand {
    /// Show how far an export is, and how complete
    Status {
        /// The file or folder of the export
        path: PathBuf,
    },
    /// Compare the files of an export with its manifest
    ///
    /// Exit code 1 if they differ.
    Verify {
        /// The file or folder of the export
        path: PathBuf,
    },
}

/// The form of progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressForm {
    /// A bar, on a terminal
    Bar,
    /// A JSON object on each line
    Json,
}

/// `ti changes`.
#[derive(Debug, Args)]
pub(crate) struct ChangesArguments {
    /// The later export: its file, folder or manifest
    pub(crate) run: PathBuf,
    /// The earlier export: its file, folder or manifest
    #[arg(long, value_name = "RUN")]
    pub(crate) since: PathBuf,
    /// Columns whose changes do not count, separated by commas
    #[arg(long, value_name = "COLUMN", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
}

/// `ti tap`.
#[derive(Debug, Args)]
pub(crate) struct TapArguments {
    /// A JSON file with `url` or `subdomain`, `api_key`, `deep` and `names` (`api` or `snake`); what it lacks is that of other
    /// commands
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The catalog with the streams and columns that are selected [default: those of `ti export all`]
    #[arg(long, alias = "properties", value_name = "FILE")]
    pub(crate) catalog: Option<PathBuf>,
    /// The state of a run that was interrupted
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Print the catalog
    #[arg(long)]
    pub(crate) discover: bool,
}

fn what() -> impl TypedValueParser<Value = String> {
    PossibleValuesParser::new(STREAMS.iter().map(|stream| stream.name).chain(["all"]))
}

fn format() -> impl TypedValueParser<Value = Format> {
    let parser = PossibleValuesParser::new(Format::ALL.map(Format::name));
    parser.try_map(|name| name.parse::<Format>().map_err(|error| error.to_string()))
}

/// Parses a share of the limits.
fn share(text: &str) -> Result<u32, String> {
    let percent = text.trim_end_matches('%').parse().ok().filter(|percent| (1..=100).contains(percent));
    percent.ok_or_else(|| format!("`{text}` is not a share; use a percentage from 1% to 100%"))
}

/// Parses a column with the way to replace its values.
fn pseudonymized(text: &str) -> Result<String, String> {
    let column = text.strip_suffix("=hmac").filter(|column| !column.is_empty());
    column
        .map(str::to_owned)
        .ok_or_else(|| format!("`{text}` has no way to replace values; use a form such as email=hmac"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_percentage() {
        assert_eq!((share("60%"), share("100"), share("1%")), (Ok(60), Ok(100), Ok(1)));
        for wrong in ["0%", "101%", "", "%", "half", "-5%"] {
            assert!(share(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_pseudonym_has_a_column_and_a_way() {
        assert_eq!(pseudonymized("email=hmac").as_deref(), Ok("email"));
        for wrong in ["email", "=hmac", "email=md5"] {
            assert!(pseudonymized(wrong).is_err(), "{wrong}");
        }
    }
}
