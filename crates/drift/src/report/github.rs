//! Workflow commands that GitHub shows as annotations.

use std::fmt::Write as _;

use super::{FailOn, Report, counted};
use crate::change::Change;
use crate::level::Level;

/// The most annotations of each level that GitHub shows. It drops the others.
const MOST: usize = 10;

/// Formats reports as annotations: errors for changes that fail the check, warnings for other breaking or dangerous
/// changes, and a notice with the counts.
pub fn github(reports: &[&Report], fail_on: FailOn) -> String {
    let mut out = String::new();
    for report in reports {
        let (failing, others): (Vec<&Change>, Vec<&Change>) =
            report.changes.iter().filter(|change| change.accepted.is_none()).partition(|change| fail_on.fails(change));
        write_all(&mut out, "error", report, &failing);
        let others: Vec<&Change> = others.into_iter().filter(|change| change.level > Level::Safe).collect();
        write_all(&mut out, "warning", report, &others);
        for capability in &report.capabilities {
            // Writing to a string cannot fail.
            _ = writeln!(out, "::warning title=capability::{}", data(&capability.message));
        }
        for finding in report.findings.iter().take(MOST) {
            let (file, line) = (property(&finding.path), finding.line);
            _ = writeln!(out, "::warning file={file},line={line},title=operation::{}", data(&finding.to_string()));
        }
        for note in &report.notes {
            _ = writeln!(out, "::warning title=accepted::{} {}", note.fingerprint, data(&note.message));
        }
        let headline = format!("{} → {}: {}", report.old, report.new, report.headline());
        _ = writeln!(out, "::notice title=schema::{}", data(&headline));
    }
    out
}

fn write_all(out: &mut String, command: &str, report: &Report, changes: &[&Change]) {
    // The last annotation is kept for the line that counts the others.
    let listed = if changes.len() > MOST { MOST - 1 } else { MOST };
    for change in changes.iter().take(listed) {
        let (file, line) = super::place(report, change);
        let title = property(&format!("{} {}", change.kind, change.place()));
        let text = data(&format!("{} ({}: {}) {}", change.message, change.level, change.reason, change.fingerprint));
        let line = line.map(|line| format!(",line={line}")).unwrap_or_default();
        _ = writeln!(out, "::{command} file={}{line},title={title}::{text}", property(file));
    }
    if changes.len() > listed {
        let more = counted(changes.len() - listed, "more change");
        _ = writeln!(out, "::{command} title=schema::{more}, not listed because GitHub limits annotations");
    }
}

fn data(text: &str) -> String {
    // A line break in a description would end the command, and the rest could be a command of its own.
    // The percent sign comes first, or the other escapes would be escaped again.
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
