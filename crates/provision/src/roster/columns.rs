//! Which column of a roster is which field.

use thought_industries::{FieldKind, FieldSpec, UserFields};

use super::names::{self, normal};
use super::systems;
use crate::config::SyncConfig;
use crate::plan::STATUS;

/// The first and the last day of a user, from which the status follows.
pub(super) const START: &str = "start";
pub(super) const END: &str = "end";

/// The status, as the API and `ti users list` have it.
pub(super) const DISABLED: &str = "disabled";

/// Columns of `ti users list` that no write takes.
const READ_ONLY: [&str; 4] = ["id", "roleKey", "createdAt", "lastActiveAt"];

/// The columns of a roster.
#[derive(Debug)]
pub(super) struct Columns {
    /// The field of each column; `None` if it is not read.
    pub(super) fields: Vec<Option<String>>,
    pub(super) headings: Vec<String>,
    /// A column that is not read although it looks like a status.
    pub(super) unread_status: Option<String>,
}

impl Columns {
    /// The columns of a heading, or everything that is wrong with them.
    pub(super) fn of(headings: &[String], config: &SyncConfig) -> Result<Self, String> {
        let mut columns = Self { fields: Vec::new(), headings: headings.to_vec(), unread_status: None };
        let mut unknown = Vec::new();
        for heading in headings {
            let field = match field(heading, config)? {
                Found::Field(field) => Some(field),
                Found::ForRules => None,
                Found::Unread => {
                    if systems::field_of(heading) == Some(STATUS) {
                        columns.unread_status.get_or_insert_with(|| heading.clone());
                    }
                    None
                }
                Found::Unknown => {
                    unknown.push(suggestion(heading));
                    None
                }
            };
            if let Some(field) = &field
                && columns.fields.iter().flatten().any(|known| known == field)
            {
                return Err(format!("the column `{field}` is a duplicate"));
            }
            columns.fields.push(field);
        }
        match unknown.as_slice() {
            [] => Ok(columns),
            [one] => Err(format!("the column {one} is not a field of a user")),
            several => Err(format!("the columns {} are not fields of a user", several.join(", "))),
        }
    }
}

/// What a heading is.
enum Found {
    Field(String),
    /// Only rules are about it.
    ForRules,
    Unread,
    Unknown,
}

fn field(heading: &str, config: &SyncConfig) -> Result<Found, String> {
    let own = normal(heading);
    let is_same = |known: &String| names::is_same(known, heading);
    if own.is_empty() || config.ignore.iter().any(is_same) {
        return Ok(Found::Unread);
    }
    // The exact heading goes first: two columns may differ in a mark only.
    let mapped = config.columns.get(heading).or_else(|| {
        let mut near = config.columns.iter().filter(|(column, _)| is_same(column));
        near.next().map(|(_, field)| field)
    });
    match mapped {
        Some(field) => match canonical(field) {
            Some(field) => Ok(Found::Field(field)),
            None => Err(format!("the mapping makes `{heading}` the field `{field}`, which a roster cannot have")),
        },
        None if READ_ONLY.iter().any(|name| normal(name) == own) => Ok(Found::Unread),
        // The first and the last day need a mapping, since other columns may be called so.
        None => Ok(match canonical(heading).filter(|field| field != START && field != END) {
            Some(field) => Found::Field(field),
            None if config.rule_names().any(|name| names::is_same(name, heading)) => Found::ForRules,
            None => Found::Unknown,
        }),
    }
}

/// The field of a name, in the API's spelling.
fn canonical(name: &str) -> Option<String> {
    if let Some(key) = custom_key(name) {
        return Some(format!("{CUSTOM}{key}"));
    }
    let day = [START, END].into_iter().find(|known| normal(known) == normal(name));
    day.or_else(|| own_field(name)).map(str::to_owned)
}

/// The field that a heading names itself.
pub(super) fn own_field(heading: &str) -> Option<&'static str> {
    let own = normal(heading);
    let specs = UserFields::specs().iter().filter(|spec| is_in_rosters(spec)).map(|spec| spec.name);
    [STATUS, DISABLED].into_iter().chain(specs).find(|known| normal(known) == own)
}

/// Whether a heading is known here, in the config, or to any system.
pub(super) fn is_known(heading: &str, config: &SyncConfig) -> bool {
    !normal(heading).is_empty()
        && (!matches!(field(heading, config), Ok(Found::Unknown)) || systems::field_of(heading).is_some())
}

/// A heading with the field that it may be.
fn suggestion(heading: &str) -> String {
    let shown = super::clean::shown(heading);
    let by_system = systems::field_of(heading).filter(|field| !field.is_empty());
    let own = normal(heading);
    let nearest = || {
        let names = UserFields::specs().iter().filter(|spec| is_in_rosters(spec)).map(|spec| spec.name);
        let scored = names.map(|name| (strsim::jaro_winkler(&normal(name), &own), name));
        scored.filter(|(score, _)| *score > 0.85).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, name)| name)
    };
    match by_system.or_else(nearest) {
        Some(field) => format!("`{shown}` (perhaps `{field}`)"),
        None => format!("`{shown}`"),
    }
}

/// Whether a column can be the field. Custom fields have a column for each key.
fn is_in_rosters(spec: &FieldSpec) -> bool {
    spec.in_rosters && spec.kind != FieldKind::Object
}

const CUSTOM: &str = "customFields.";

/// The key of a custom field.
pub(super) fn custom_key(field: &str) -> Option<&str> {
    let is_custom = field.get(..CUSTOM.len()).is_some_and(|start| start.eq_ignore_ascii_case(CUSTOM));
    field.get(CUSTOM.len()..).filter(|key| is_custom && !key.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(headings: &[&str], config: &str) -> Result<Vec<String>, String> {
        let headings: Vec<String> = headings.iter().map(|heading| (*heading).to_owned()).collect();
        let columns = Columns::of(&headings, &SyncConfig::parse(config).expect("a config"))?;
        Ok(columns.fields.into_iter().map(Option::unwrap_or_default).collect())
    }

    #[test]
    fn headings_are_compared_without_case_spaces_and_marks() {
        let found = columns(&["E-Mail", "FIRST NAME", "external_customer_id", "customFields.cost-center"], "");
        let found = found.expect("fields");
        assert_eq!(found, ["email", "firstName", "externalCustomerId", "customFields.cost-center"]);
        let found =
            columns(&["E-Mail Address", "notes"], "ignore = [\"Notes\"]\n[columns]\n\"e-mail address\" = \"email\"");
        assert_eq!(found, Ok(vec!["email".to_owned(), String::new()]));
    }

    #[test]
    fn all_unknown_columns_are_named_with_the_field_that_they_may_be() {
        let error = columns(&["email", "Legal Last Name", "lastNam", "Salary"], "").expect_err("unknown");
        let expected = "the columns `Legal Last Name` (perhaps `lastName`), `lastNam` (perhaps `lastName`), `Salary` are \
                        not fields of a user";
        assert_eq!(error, expected);
        assert_eq!(columns(&["email", "Email"], "").expect_err("twice"), "the column `email` is a duplicate");
    }

    #[test]
    fn what_ti_lists_can_be_read_as_a_roster() {
        let headings = ["id", "email", "firstName", "lastName", "roleKey", "disabled", "createdAt", "lastActiveAt"];
        let found = columns(&headings, "").expect("fields");
        assert_eq!(found, ["", "email", "firstName", "lastName", "", "disabled", "", ""]);
    }
}
