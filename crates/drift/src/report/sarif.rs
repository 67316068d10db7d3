//! SARIF 2.1.0: one run, a result for each change.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Report;
use crate::change::Change;
use crate::kind::Kind;
use crate::level::{Break, Level};

/// Formats reports in the Static Analysis Results Interchange Format. All are one run, since code hosts accept few.
pub fn sarif(reports: &[&Report]) -> String {
    let changes = || reports.iter().flat_map(|report| report.changes.iter().map(move |change| (*report, change)));
    let kinds: BTreeSet<Kind> = changes().map(|(_, change)| change.kind).collect();
    let kinds: Vec<Kind> = kinds.into_iter().collect();
    let rules = kinds.iter().map(|kind| json!({ "id": kind.name(), "shortDescription": { "text": kind.title() } }));
    let first = reports.first().map(|report| report.old.as_str()).unwrap_or_default();
    let last = reports.last().map(|report| report.new.as_str()).unwrap_or_default();
    let results: Vec<Value> = changes().map(|(report, change)| result(report, change, &kinds)).collect();
    log(&format!("{first}/{last}"), &rules.collect::<Vec<_>>(), &results)
}

/// A log with one run.
pub(crate) fn log(id: &str, rules: &[Value], results: &[Value]) -> String {
    let log = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "graphql-drift",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "automationDetails": { "id": id },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

/// A line of a file.
pub(crate) fn place(file: &str, line: Option<usize>) -> Value {
    match line.filter(|line| *line > 0) {
        Some(line) => json!({ "artifactLocation": { "uri": uri(file) }, "region": { "startLine": line } }),
        None => json!({ "artifactLocation": { "uri": uri(file) } }),
    }
}

fn result(report: &Report, change: &Change, kinds: &[Kind]) -> Value {
    let (file, line) = super::place(report, change);
    let of_schema = json!({
        "physicalLocation": place(file, line),
        "logicalLocations": [{ "fullyQualifiedName": change.place() }],
    });
    // Code hosts show a result at its first location, and an operation is what has to be mended.
    let broken = change.broken().map(|operation| {
        json!({
            "physicalLocation": place(&operation.file, Some(operation.line)),
            "logicalLocations": [{ "fullyQualifiedName": change.place() }],
            "message": { "text": format!("{}: {}", operation.name, operation.status.name()) },
        })
    });
    let locations: Vec<Value> = broken.chain([of_schema]).collect();
    let level = match change.level {
        Level::Breaking => "error",
        Level::Dangerous => "warning",
        Level::Safe => "note",
    };
    let breaks: Vec<_> = change.breaks.iter().copied().map(Break::name).collect();
    let others = change.operations.iter().filter(|operation| operation.status != crate::Status::Broken);
    let mut result = json!({
        "ruleId": change.kind.name(),
        "ruleIndex": kinds.binary_search(&change.kind).unwrap_or_default(),
        "level": level,
        "message": { "text": format!("{}: {}", change.message, change.reason) },
        "locations": locations,
        "partialFingerprints": { "graphqlDrift/v1": change.fingerprint },
        "relatedLocations": others.enumerate().map(|(index, operation)| json!({
            "id": index,
            "message": { "text": format!("{}: {}", operation.name, operation.status.name()) },
            "physicalLocation": place(&operation.file, Some(operation.line)),
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
