//! JSON for programs, described by `report.schema.json`.

use super::Report;

/// Formats a report as one JSON object.
pub fn json(report: &Report) -> String {
    // A `Report` always serializes to JSON.
    serde_json::to_string_pretty(report).map(|text| text + "\n").unwrap_or_default()
}
