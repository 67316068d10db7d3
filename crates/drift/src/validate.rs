//! Validates operations against a schema. Every error has its location.

use apollo_compiler::Schema;

pub use crate::finding::{Finding, Source};

use crate::finding::findings;
use crate::operations::Operations;
use crate::rules;
use crate::sdl::{self, with_one_of};
use crate::{LoadError, Version};

/// Validates a schema, and every document against it, and returns all errors. Fragments may be in other files than the
/// operations that spread them or in files without an operation, and may be unused. Operations of the same name may be
/// in several files. An empty list means that everything is valid.
///
/// An error hides only what depends on it: operations are checked against a schema that breaks rules, too, as far as it
/// can be read. Names that the schema defines twice are no errors here ([`Version::warnings`]).
///
/// ```
/// use graphql_drift::validate::{Source, validate};
///
/// let schema = Source { path: "a.graphql".to_owned(), text: "type Query { user: Int }".to_owned() };
/// let query = Source { path: "q.graphql".to_owned(), text: "query A { usr }".to_owned() };
/// let found = validate(&schema, &[query]);
/// assert_eq!(found[0].to_string(), "q.graphql:1:11: type `Query` has no field `usr` (did you mean `user`?)");
/// ```
pub fn validate(schema: &Source, documents: &[Source]) -> Vec<Finding> {
    let operations = Operations::parse(documents);
    let mut found = operations.findings.clone();
    match Version::read(&schema.path, schema.text.as_bytes()) {
        Ok(version) => {
            found.extend(of_schema(&version, schema));
            found.extend(rules::check(&version.schema, &operations).findings);
        }
        Err(error) => found.push(unreadable(schema, error)),
    }
    found.sort();
    found.dedup();
    found
}

/// The rules that a schema itself breaks. They have no line if there is no SDL that is read as it is: introspection has
/// none, and of repeated names only the last count.
fn of_schema(version: &Version, source: &Source) -> Vec<Finding> {
    let has_lines = version.is_sdl() && version.schema.repeats.0.is_empty();
    let text = if has_lines { with_one_of(&source.text) } else { with_one_of(&sdl::print(&version.schema)) };
    let Err(invalid) = Schema::parse_and_validate(text, &source.path) else { return Vec::new() };
    let mut found = findings(&invalid.errors);
    for finding in &mut found {
        finding.message = finding.message.replace("in this document", "in the schema");
        if !has_lines {
            (finding.line, finding.column) = (0, 0);
        }
    }
    found
}

fn unreadable(source: &Source, error: LoadError) -> Finding {
    let (line, column, message) = match error {
        LoadError::Sdl { line, column, message } => (line, column, message),
        other => (0, 0, other.to_string()),
    };
    Finding { path: source.path.clone(), line, column, message, suggestion: None }
}
