//! SARIF 2.1.0: a run for each pair of versions, a result for each change.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Report;
use crate::change::Change;
use crate::kind::Kind;
use crate::level::{Break, Level};

/// Formats reports in the Static Analysis Results Interchange Format.
pub fn sarif(reports: &[&Report]) -> String {
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": reports.iter().map(|report| run(report)).collect::<Vec<_>>(),
    });
    format!("{log:#}\n")
}

fn run(report: &Report) -> Value {
    let kinds: BTreeSet<Kind> = report.changes.iter().map(|change| change.kind).collect();
    let kinds: Vec<Kind> = kinds.into_iter().collect();
    let rules = kinds.iter().map(|kind| json!({ "id": kind.name(), "shortDescription": { "text": kind.title() } }));
    json!({
        "tool": { "driver": {
            "name": "graphql-drift",
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": rules.collect::<Vec<_>>(),
        } },
        "automationDetails": { "id": format!("{}/{}", report.old, report.new) },
        "columnKind": "unicodeCodePoints",
        "results": report.changes.iter().map(|change| result(report, change, &kinds)).collect::<Vec<_>>(),
    })
}

fn result(report: &Report, change: &Change, kinds: &[Kind]) -> Value {
    let (file, line) = super::place(report, change);
    let mut place = json!({ "artifactLocation": { "uri": uri(file) } });
    if let (Some(line), Some(fields)) = (line, place.as_object_mut()) {
        fields.insert("region".to_owned(), json!({ "startLine": line }));
    }
    let level = match change.level {
        Level::Breaking => "error",
        Level::Dangerous => "warning",
        Level::Safe => "note",
    };
    let breaks: Vec<_> = change.breaks.iter().copied().map(Break::name).collect();
    let mut result = json!({
        "ruleId": change.kind.name(),
        "ruleIndex": kinds.binary_search(&change.kind).unwrap_or_default(),
        "level": level,
        "message": { "text": format!("{}: {}", change.message, change.reason) },
        "locations": [{
            "physicalLocation": place,
            "logicalLocations": [{ "fullyQualifiedName": change.place() }],
        }],
        "partialFingerprints": { "graphqlDrift/v1": change.fingerprint },
        "relatedLocations": change.operations.iter().enumerate().map(|(index, operation)| json!({
            "id": index,
            "message": { "text": format!("{}: {}", operation.name, operation.status.name()) },
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&operation.file) },
                "region": { "startLine": operation.line },
            },
        })).collect::<Vec<_>>(),
        "properties": { "breaks": breaks },
    });
    if let (Some(reason), Some(fields)) = (&change.accepted, result.as_object_mut()) {
        fields.insert("suppressions".to_owned(), json!([{ "kind": "external", "justification": reason }]));
    }
    result
}

/// A path as a URI reference, percent-encoded where needed.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    // A URI has no backslash, and paths from Windows do.
    for byte in path.replace('\\', "/").bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
