//! Marks: which entry of which plan created a user, as the user shows it.

use std::fmt;
use std::io::Write as _;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thought_industries::Date;

use crate::error::{Error, ErrorKind};
use crate::files::Hasher;

/// Where the users that a plan creates carry its mark: `ti-` and 16 hexadecimal digits, different for each entry of each
/// plan. A creation whose response was lost is then settled by the mark, and not by names and times.
///
/// ```
/// use thought_industries_provision::{Policy, Provenance};
///
/// let policy = Policy::new().provenance("customField:hrPlan".parse::<Provenance>()?);
/// assert_eq!(policy.provenance.as_ref().map(Provenance::field).as_deref(), Some("customFields.hrPlan"));
/// # Ok::<(), thought_industries_provision::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Provenance {
    /// In the custom field with this key. An administrator has to set it up first: a tenant drops other keys silently.
    CustomField(String),
    /// In `externalCustomerId`, for rows that have none.
    ExternalId,
}

impl Provenance {
    /// The field that carries the mark, as changes name it.
    pub fn field(&self) -> String {
        match self {
            Self::CustomField(key) => format!("customFields.{key}"),
            Self::ExternalId => "externalCustomerId".to_owned(),
        }
    }
}

/// The mark of an entry: `plan` is what marks of a plan have in common, and `number` the position of the entry in it.
pub(crate) fn mark(plan: &str, number: usize, label: &str) -> Result<String, Error> {
    let mut hasher = Hasher::default();
    write!(hasher, "{plan}\n{number}\n{label}")?;
    let digest = hasher.finish();
    Ok(format!("ti-{}", digest.get(..16).unwrap_or(&digest)))
}

/// Whether a text is a mark.
pub(crate) fn is_mark(text: &str) -> bool {
    text.strip_prefix("ti-").is_some_and(|rest| rest.len() == 16 && rest.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// What marks of a plan have in common: another time, tenant or roster makes other marks.
pub(crate) fn salt(tenant: &str, made: Date, roster: &str) -> String {
    format!("{tenant}\n{made}\n{roster}")
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CustomField(key) => write!(f, "customField:{key}"),
            Self::ExternalId => f.write_str("externalId"),
        }
    }
}

impl FromStr for Provenance {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match (text, text.strip_prefix("customField:")) {
            ("externalId", _) => Ok(Self::ExternalId),
            (_, Some(key)) if !key.trim().is_empty() => Ok(Self::CustomField(key.to_owned())),
            _ => {
                let error = Error::new(ErrorKind::Roster, format!("`{text}` is no place for a mark"));
                Err(error.with_help("write `externalId`, or `customField:KEY` with the key of a custom field"))
            }
        }
    }
}

impl TryFrom<String> for Provenance {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Provenance> for String {
    fn from(provenance: Provenance) -> Self {
        provenance.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_repeatable_and_different_for_each_entry_of_each_plan() {
        let of = |plan, number, label| mark(plan, number, label).expect("a mark");
        let first = of("plan", 1, "ada@example.com");
        assert_eq!(first, "ti-88fd09f181d78d5d");
        assert!(is_mark(&first) && !is_mark("ti-4711") && !is_mark("88fd09f181d78d5d"));
        let others = [of("plan", 2, "ada@example.com"), of("plan", 1, "eve@example.com"), of("", 1, "ada@example.com")];
        assert!(others.iter().all(|other| *other != first));
    }

    #[test]
    fn a_place_is_read_as_it_is_written() {
        for text in ["externalId", "customField:hrPlan"] {
            assert_eq!(text.parse::<Provenance>().expect("a place").to_string(), text);
        }
        for wrong in ["", "customField:", "customField: ", "ref1", "externalid"] {
            assert!(wrong.parse::<Provenance>().is_err(), "{wrong}");
        }
    }
}
