//! The two requests of an introspection.

use std::fmt;
use std::str::FromStr;

use cynic::{OperationBuilder, QueryBuilder as _};
use cynic_introspection::{CapabilitiesQuery, IntrospectionQuery};
use serde_json::Value;

use super::load::{Answer, parse};
use crate::LoadError;

/// An edition of the GraphQL specification, as far as introspection reveals it.
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
            .ok_or_else(|| format!("`{text}` is not an edition of the specification"))
    }
}

/// The body of the request that detects what the endpoint's introspection supports.
pub fn detection_request() -> String {
    body(&CapabilitiesQuery::build(()).query)
}

/// What an endpoint's introspection supports. Each addition to June 2018 is detected separately, since servers have
/// some without the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Detected {
    /// `specifiedByURL`, and with it `isRepeatable`.
    pub specified_by: bool,
    /// Deprecated input values.
    pub input_deprecation: bool,
    /// Which input objects are `@oneOf`.
    pub one_of: bool,
}

impl Detected {
    /// The newest edition of which the endpoint supports any addition.
    pub fn specification(self) -> Specification {
        match self {
            Self { input_deprecation: true, .. } | Self { one_of: true, .. } => Specification::September2025,
            Self { specified_by: true, .. } => Specification::October2021,
            _ => Specification::June2018,
        }
    }
}

/// Reads the response to [`detection_request`].
///
/// # Errors
/// If the endpoint refused, or the response is not a GraphQL response.
pub fn detect(answer: &[u8]) -> Result<Detected, LoadError> {
    let data: Value = match parse(answer)? {
        Answer::Data(data) => data,
        Answer::Errors(message) => return Err(LoadError::Refused(message)),
    };
    Ok(Detected {
        specified_by: names_field(&data, "specifiedByURL"),
        input_deprecation: names_field(&data, "isDeprecated"),
        one_of: names_field(&data, "isOneOf"),
    })
}

/// Whether `__Type` or `__InputValue`, as the response describes them, has this field.
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

/// The body of the introspection query for an endpoint that supports this much.
pub fn introspection_request(detected: Detected) -> String {
    let mut builder = OperationBuilder::<IntrospectionQuery, ()>::query().with_variables(());
    let features = [("2021", detected.specified_by), ("2025", detected.input_deprecation), ("oneOf", detected.one_of)];
    for (feature, _) in features.iter().filter(|(_, there)| *there) {
        builder.enable_feature(feature);
    }
    // Building fails only if variables are missing, and there are none.
    let mut query = builder.build().map(|operation| operation.query).unwrap_or_default();
    if detected.specified_by {
        query = query.replacen("__schema {\n", "__schema {\n    description\n", 1);
    }
    // Without the argument, deprecated input fields would be missing from the schema.
    if detected.input_deprecation {
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
    fn the_query_requests_what_the_endpoint_has_and_cynic_leaves_out() {
        let newest = Detected { specified_by: true, input_deprecation: true, one_of: true };
        let query = introspection_request(newest);
        assert!(query.contains(r"__schema {\n    description\n"));
        assert!(query.contains("inputFields(includeDeprecated: true)"));
        assert!(query.contains("specifiedByURL") && query.contains("isOneOf"));
        let oldest = introspection_request(Detected::default());
        assert!(oldest.contains("inputFields {") && !oldest.contains("specifiedByURL"));
        assert!(!introspection_request(Detected { one_of: false, ..newest }).contains("isOneOf"));
        // graphql-js 15 has deprecated input values, and spells the other `specifiedByUrl`.
        let answer =
            br#"{"data":{"a":{"fields":[{"name":"specifiedByUrl"}]},"b":{"fields":[{"name":"isDeprecated"}]}}}"#;
        let detected = detect(answer).expect("an answer");
        assert_eq!(detected, Detected { input_deprecation: true, ..Detected::default() });
        assert!(!introspection_request(detected).contains("specifiedBy"));
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
    fn a_refusal_is_reported_in_the_endpoints_words() {
        let answer = br#"{"errors":[{"message":"introspection is disabled"}]}"#;
        assert_eq!(detect(answer), Err(LoadError::Refused("introspection is disabled".into())));
    }
}
