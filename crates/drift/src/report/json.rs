//! For programs. `drift/report.schema.json` describes it.

use super::Report;

/// A report as one JSON object.
pub fn json(report: &Report) -> String {
    // A report holds nothing that JSON cannot.
    serde_json::to_string_pretty(report).map(|text| text + "\n").unwrap_or_default()
}
