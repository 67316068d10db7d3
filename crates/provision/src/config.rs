//! The file that says how a roster is read and what may be planned of it, so that a schedule needs no further options.

mod tenants;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::civil;
use jiff::tz::TimeZone;
use serde::Deserialize;
use thought_industries::{Date, UserFields};

use crate::desired::MatchKeys;
use crate::error::{Error, ErrorKind};
use crate::files::read_small;
use crate::policy::{Renames, Starters};
use crate::rules::Rule;
pub use tenants::TenantConfig;

/// The most bytes of the file.
const LARGEST: u64 = 1 << 20;

/// The most digits of a number that gets leading zeros.
const MOST_DIGITS: usize = 40;

/// How a roster is read, and what may be planned of it.
///
/// ```toml
/// match = "email"
/// ignore = ["Notes"]
/// placeholders = ["n/a"]
/// time-zone = "Europe/Berlin"
///
/// [columns]
/// "E-Mail" = "email"
/// "Worker Status" = "status"
/// "Hire Date" = "start"
///
/// [values.status]
/// active = ["Active", "On Leave"]
/// disabled = ["Terminated"]
///
/// [dates]
/// start = "%m/%d/%Y"
///
/// [[rules]]
/// when = 'department = "Sales" and country in ["DE", "AT"]'
/// licenses = ["SALES-2026"]
///
/// [plan]
/// deactivate-missing = true
/// ```
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct SyncConfig {
    /// The roster, if the command names none.
    pub roster: Option<PathBuf>,
    /// The fields that identify users, in the order in which they are tried; the e-mail address by default.
    #[serde(rename = "match")]
    pub match_by: MatchKeys,
    /// The encoding of a CSV file, such as `windows-1252`; detected by default.
    pub encoding: Option<String>,
    /// The sheet of a workbook; the first one by default.
    pub sheet: Option<String>,
    /// Columns that are not read.
    pub ignore: Vec<String>,
    /// Texts that stand for an empty cell, in any case.
    pub placeholders: Vec<String>,
    /// The time zone in which a day begins, by its IANA name; UTC by default.
    pub time_zone: Option<String>,
    /// Columns of the roster, each with its field. Besides the fields of a user there are `status`, and `start` and `end`
    /// for the first and the last day.
    pub columns: BTreeMap<String, String>,
    /// What the words of a roster mean: by field, the value and its words.
    pub values: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    /// How `start` and `end` are written, in the notation of strftime; `%Y-%m-%d` by default.
    pub dates: BTreeMap<String, String>,
    /// How many digits the numbers of a field have: shorter ones get leading zeros.
    pub widths: BTreeMap<String, usize>,
    /// Whether `null` of JSON says nothing. By default, it clears the field.
    pub ignore_nulls: bool,
    /// What users get by their attributes.
    pub rules: Vec<Rule>,
    /// What may be planned.
    pub plan: PlanConfig,
    /// The tenants of `ti sync`; none for that of the command line.
    pub tenants: Vec<TenantConfig>,
    /// Columns whose texts are kept beside the fields; no file has them.
    #[serde(skip)]
    pub kept: Vec<String>,
}

/// The options of `ti plan`, as a file has them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct PlanConfig {
    /// Whether users who are not in the roster are deactivated.
    pub deactivate_missing: bool,
    /// What is planned where a missing user and a new row look like one user.
    pub renames: Renames,
    /// What is planned for users who start on a later day.
    pub starters: Starters,
    /// Whether fields are written that the tenant does not show.
    pub write_hidden: bool,
    /// The users that the roster is about: `client=ID`.
    pub scope: Option<String>,
    /// The role keys of users who may be changed.
    pub roles: Vec<String>,
    /// Where users who are created carry the mark of the plan.
    pub provenance: Option<String>,
    /// How many users may be deactivated: a number, a percentage, or both.
    pub max_deactivations: Vec<String>,
    /// Guards that are raised, as `create=500` or `lastName=50%`.
    pub allow: Vec<String>,
    /// How long plans may be carried out, as `36h` or `14d`; 7 days by default.
    pub expires_in: Option<String>,
}

impl SyncConfig {
    /// Users are matched by the e-mail address, and columns have the names of fields.
    pub fn new() -> Self {
        Self::default()
    }

    /// The field that identifies users, or several in the order in which they are tried.
    #[must_use]
    pub fn match_by(self, match_by: impl Into<MatchKeys>) -> Self {
        Self { match_by: match_by.into(), ..self }
    }

    /// Columns whose texts [`Roster::each_row`](crate::Roster::each_row) keeps beside the fields, whether they are fields or
    /// ignored. A name means the values within it too: `emails` those of `emails.0.address`.
    #[must_use]
    pub fn keep(self, columns: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self { kept: columns.into_iter().map(Into::into).collect(), ..self }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// If the file cannot be read or is malformed, with the line.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let cannot = |reason: String| {
            let help = "see docs/rosters.md for what the file can have; `ti roster learn` writes one";
            Error::of_file(ErrorKind::Roster, path, reason).with_help(help)
        };
        let bytes = read_small(path, LARGEST).map_err(|error| cannot(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|_| cannot("it is not UTF-8".to_owned()))?;
        Self::parse(&text).map_err(cannot)
    }

    /// Parses the text of the file.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            format!("line {}: {}", before.matches('\n').count() + 1, error.message())
        })?;
        if let Some(label) = config.encoding.as_deref()
            && encoding_rs::Encoding::for_label(label.as_bytes()).is_none()
        {
            return Err(format!("`{label}` is not an encoding"));
        }
        config.zone()?;
        tenants::check(&config.tenants)?;
        let is_field = |field: &str| field.starts_with("customFields.") || UserFields::spec(field).is_some();
        for (field, width) in &config.widths {
            if !is_field(field) || !(1..=MOST_DIGITS).contains(width) {
                return Err(format!("[widths] has `{field} = {width}`: use a field and 1 to {MOST_DIGITS} digits"));
            }
        }
        if config.rules.iter().any(Rule::is_empty) {
            return Err(
                "a rule gives nothing: add licenses, manager-licenses, courses, learning-paths or a role".to_owned()
            );
        }
        if let Some(field) = config.dates.keys().find(|field| !matches!(field.as_str(), "start" | "end")) {
            return Err(format!("[dates] has `{field}`; only start and end are dates"));
        }
        Ok(config)
    }

    /// The columns that rules are about.
    pub(crate) fn rule_names(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().flat_map(|rule| rule.when.names())
    }

    fn zone(&self) -> Result<TimeZone, String> {
        let Some(name) = &self.time_zone else { return Ok(TimeZone::UTC) };
        TimeZone::get(name).map_err(|_| format!("`{name}` is not a time zone; use a name such as Europe/Berlin"))
    }

    /// The day that a time is in.
    pub(crate) fn day_of(&self, now: Date) -> Result<civil::Date, String> {
        let now = jiff::Timestamp::from_millisecond(now.as_millisecond()).map_err(|error| error.to_string())?;
        Ok(now.to_zoned(self.zone()?).date())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desired::MatchBy;

    #[test]
    fn what_a_file_cannot_have_is_named_with_its_line() {
        for (text, reason) in [
            ("match = \"email\"\nmatched = 1", "line 2: unknown field `matched`"),
            ("encoding = \"klingon\"", "`klingon` is not an encoding"),
            ("time-zone = \"Mars/Olympus\"", "`Mars/Olympus` is not a time zone"),
            ("[dates]\nhired = \"%Y\"", "[dates] has `hired`"),
            ("[plan]\nmax = 1", "line 2: unknown field `max`"),
            ("[widths]\nshoe = 5", "[widths] has `shoe = 5`"),
            ("[widths]\nexternalCustomerId = 0", "[widths] has `externalCustomerId = 0`"),
            ("[[rules]]\nwhen = 'a = \"b\"'", "a rule gives nothing"),
            ("[[rules]]\nwhen = 'a = b'\nrole = \"x\"", "line 2: at character 5: expected a text in quotes, found `b`"),
            ("match = []", "line 1: users are matched by one field, or by several different ones"),
            ("match = [\"email\", \"email\"]", "line 1: users are matched by one field"),
            ("match = \"name\"", "line 1: expected `email`, `externalCustomerId` or a list of them"),
        ] {
            let error = SyncConfig::parse(text).expect_err(text);
            assert!(error.starts_with(reason), "{error}");
        }
        let config =
            SyncConfig::parse("match = \"externalCustomerId\"\n[columns]\n\"E-Mail\" = \"email\"").expect("right");
        assert_eq!(config.match_by, MatchBy::ExternalCustomerId.into());
        let config = SyncConfig::parse("match = [\"externalCustomerId\", \"email\"]").expect("a list");
        assert_eq!(config.match_by.to_string(), "externalCustomerId, then email");
    }

    #[test]
    fn a_day_begins_in_its_time_zone() {
        let now: Date = "2026-11-30T23:30:00Z".parse().expect("a date");
        let day = |zone: &str| {
            SyncConfig { time_zone: Some(zone.to_owned()), ..SyncConfig::new() }.day_of(now).expect("a day").to_string()
        };
        assert_eq!((day("UTC"), day("Europe/Berlin")), ("2026-11-30".to_owned(), "2026-12-01".to_owned()));
    }
}
