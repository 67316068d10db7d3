//! The two requests of an introspection.

use std::fmt;
use std::str::FromStr;

use cynic::{OperationBuilder, QueryBuilder as _};
use cynic_introspection::{CapabilitiesQuery, IntrospectionQuery, SpecificationVersion};
use serde::Deserialize;
use serde_json::Value;

use super::load::{Answer, parse};
use crate::LoadError;

/// An edition of the GraphQL specification, as far as introspection shows which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Specification {
    /// Introspection as of June 2018.
    June2018,
    /// Adds `specifiedByURL` and `isRepeatable`.
    October2021,
    /// Adds deprecated input values and `isOneOf`.
    September2025,
}

impl Specification {
    const NAMES: [(Self, &str); 3] =
        [(Self::June2018, "June2018"), (Self::October2021, "October2021"), (Self::September2025, "September2025")];
}

impl fmt::Display for Specification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::NAMES.iter().find(|(edition, _)| edition == self).map_or("unknown", |(_, name)| name);
        f.write_str(name)
    }
}

impl FromStr for Specification {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::NAMES
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(edition, _)| *edition)
            .ok_or_else(|| format!("`{text}` is no edition of the specification"))
    }
}

/// The body of the request that finds out what the endpoint's introspection can tell.
pub fn detection_request() -> String {
    body(&CapabilitiesQuery::build(()).query)
}

/// What an endpoint's introspection can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Detected {
    /// The edition of the specification.
    pub specification: Specification,
    /// Whether it tells which input objects are `@oneOf`. Some endpoints of the newest edition do not.
    pub one_of: bool,
}

/// Reads the answer to [`detection_request`].
///
/// # Errors
/// If the endpoint refused, or the answer is no GraphQL answer.
pub fn detect(answer: &[u8]) -> Result<Detected, LoadError> {
    let data: Value = match parse(answer)? {
        Answer::Data(data) => data,
        Answer::Errors(message) => return Err(LoadError::Refused(message)),
    };
    let one_of = names_field(&data, "isOneOf");
    let capabilities = CapabilitiesQuery::deserialize(&data)
        .map_err(|error| LoadError::Introspection(error.to_string()))?
        .capabilities();
    let specification = match capabilities.version_supported() {
        SpecificationVersion::October2021 => Specification::October2021,
        SpecificationVersion::September2025 => Specification::September2025,
        // An endpoint that says nothing of itself still answers the oldest query.
        _ => Specification::June2018,
    };
    Ok(Detected { specification, one_of })
}

/// Whether any list of fields in the answer has this one.
fn names_field(value: &Value, name: &str) -> bool {
    match value {
        Value::Object(fields) => {
            fields.get("name").and_then(Value::as_str) == Some(name)
                || fields.values().any(|value| names_field(value, name))
        }
        Value::Array(items) => items.iter().any(|item| names_field(item, name)),
        _ => false,
    }
}

/// The body of the introspection query for an endpoint that can tell this much.
pub fn introspection_request(detected: Detected) -> String {
    let Detected { specification, one_of } = detected;
    let mut builder = OperationBuilder::<IntrospectionQuery, ()>::query().with_variables(());
    let features = [
        ("2021", specification >= Specification::October2021),
        ("2025", specification >= Specification::September2025),
        ("oneOf", one_of),
    ];
    for (feature, _) in features.iter().filter(|(_, there)| *there) {
        builder.enable_feature(feature);
    }
    // Building fails for want of variables only, and there are none.
    let mut query = builder.build().map(|operation| operation.query).unwrap_or_default();
    if specification >= Specification::October2021 {
        query = query.replacen("__schema {\n", "__schema {\n    description\n", 1);
    }
    if specification >= Specification::September2025 {
        query = query.replacen("inputFields {", "inputFields(includeDeprecated: true) {", 1);
    }
    body(&query)
}

fn body(query: &str) -> String {
    serde_json::json!({ "query": query }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_query_asks_for_what_cynic_leaves_out() {
        let request = |specification, one_of| introspection_request(Detected { specification, one_of });
        let newest = request(Specification::September2025, true);
        assert!(newest.contains(r"__schema {\n    description\n"));
        assert!(newest.contains("inputFields(includeDeprecated: true)"));
        assert!(newest.contains("specifiedByURL") && newest.contains("isOneOf"));
        let oldest = request(Specification::June2018, false);
        assert!(oldest.contains("inputFields {") && !oldest.contains("specifiedByURL"));
        assert!(!request(Specification::September2025, false).contains("isOneOf"));
    }

    #[test]
    fn editions_are_written_as_they_are_read() {
        for (edition, name) in Specification::NAMES {
            assert_eq!(edition.to_string(), name);
            assert_eq!(name.parse(), Ok(edition));
        }
        assert!("March2040".parse::<Specification>().is_err());
    }

    #[test]
    fn a_refusal_is_told_in_the_endpoints_words() {
        let answer = br#"{"errors":[{"message":"introspection is disabled"}]}"#;
        assert_eq!(detect(answer), Err(LoadError::Refused("introspection is disabled".into())));
    }
}
