//! The two requests of an introspection.

use std::fmt;
use std::str::FromStr;

use cynic::QueryBuilder as _;
use cynic_introspection::{CapabilitiesQuery, IntrospectionQuery, SpecificationVersion};

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

/// Reads the answer to [`detection_request`].
///
/// # Errors
/// If the endpoint refused, or the answer is no GraphQL answer.
pub fn detect(answer: &[u8]) -> Result<Specification, LoadError> {
    let data: CapabilitiesQuery = match parse(answer)? {
        Answer::Data(data) => data,
        Answer::Errors(message) => return Err(LoadError::Refused(message)),
    };
    Ok(match data.capabilities().version_supported() {
        SpecificationVersion::October2021 => Specification::October2021,
        SpecificationVersion::September2025 => Specification::September2025,
        // An endpoint that says nothing of itself still answers the oldest query.
        _ => Specification::June2018,
    })
}

/// The body of the introspection query for an endpoint of that edition.
pub fn introspection_request(specification: Specification) -> String {
    let version = match specification {
        Specification::June2018 => SpecificationVersion::June2018,
        Specification::October2021 => SpecificationVersion::October2021,
        Specification::September2025 => SpecificationVersion::September2025,
    };
    let mut query = IntrospectionQuery::with_capabilities(version.capabilities()).query;
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
        let newest = introspection_request(Specification::September2025);
        assert!(newest.contains(r"__schema {\n    description\n"));
        assert!(newest.contains("inputFields(includeDeprecated: true)"));
        assert!(newest.contains("specifiedByURL") && newest.contains("isOneOf"));
        let oldest = introspection_request(Specification::June2018);
        assert!(!oldest.contains("specifiedByURL") && !oldest.contains("inputFields("));
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
