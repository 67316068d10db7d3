//! Validates operations against a schema. Every error has its location.

use apollo_compiler::ast::{Definition, Document};
use apollo_compiler::validation::Valid;
use apollo_compiler::{ExecutableDocument, Schema};

pub use crate::finding::{Finding, Source};

use crate::finding::findings;
use crate::operations::Operations;
use crate::sdl::{self, with_one_of};

/// Validates a schema, and every document against it, and returns all errors. Fragments may be in other files than the
/// operations that spread them or in files without an operation, and may be unused. Operations of the same name may be
/// in several files. An empty list means that everything is valid.
pub fn validate(schema: &Source, documents: &[Source]) -> Vec<Finding> {
    let schema = match Schema::parse_and_validate(with_one_of(&schema.text), &schema.path) {
        Ok(valid) => valid,
        Err(invalid) => return findings(&invalid.errors, None),
    };
    let operations = Operations::parse(documents);
    let mut found = operations.findings.clone();
    for document in operations.whole_documents() {
        match document.to_executable(&schema) {
            Ok(executable) => found.extend(broken_rules(executable, &schema)),
            // A document that cannot be built cannot be checked further, but its other operations can.
            Err(wrong) => {
                found.extend(findings(&wrong.errors, Some(&schema)));
                let alone = one_by_one(&document).filter_map(|document| document.to_executable(&schema).ok());
                found.extend(alone.flat_map(|executable| broken_rules(executable, &schema)));
            }
        }
    }
    found.retain(|finding| {
        !(finding.message.starts_with("fragment ") && finding.message.ends_with("must be used in an operation"))
    });
    // A shared fragment is copied into each document that uses it, so its errors repeat.
    found.sort();
    found.dedup();
    found
}

/// For each operation, whether a server with this schema would reject it; `None` if the schema itself is invalid.
pub(crate) fn rejected(schema: &crate::Schema, operations: &Operations) -> Option<Vec<bool>> {
    let schema = Schema::parse_and_validate(with_one_of(&sdl::print(schema)), "schema.graphql").ok()?;
    // An unused variable is not caused by the schema.
    let is_fault = |finding: &Finding| !finding.message.contains("unused variable");
    let is_rejected = |document: Document| match document.to_executable(&schema) {
        Ok(executable) => broken_rules(executable, &schema).iter().any(is_fault),
        Err(_) => true,
    };
    Some(operations.whole_operations().into_iter().map(is_rejected).collect())
}

fn broken_rules(executable: ExecutableDocument, schema: &Valid<Schema>) -> Vec<Finding> {
    executable.validate(schema).err().map(|invalid| findings(&invalid.errors, Some(schema))).unwrap_or_default()
}

/// Each operation of a document with all its fragments.
fn one_by_one(document: &Document) -> impl Iterator<Item = Document> {
    let is_operation = |definition: &&Definition| matches!(definition, Definition::OperationDefinition(_));
    let (operations, fragments): (Vec<_>, Vec<_>) = document.definitions.iter().partition(is_operation);
    operations.into_iter().map(move |operation| Document {
        sources: document.sources.clone(),
        definitions: std::iter::once(operation).chain(fragments.iter().copied()).cloned().collect(),
    })
}
