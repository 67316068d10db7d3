//! Workflow commands that GitHub shows as annotations.

use std::fmt::Write as _;

use super::{FailOn, Report, counted};
use crate::change::Change;
use crate::level::Level;

/// The most annotations of each level that GitHub shows. It drops the others.
const MOST: usize = 10;

/// An annotation of a line of a file.
pub(crate) struct Annotation<'r> {
    pub(crate) file: &'r str,
    pub(crate) line: Option<usize>,
    pub(crate) title: String,
    pub(crate) text: String,
}

/// Formats reports as annotations: errors for changes that fail the check, warnings for other breaking or dangerous
/// changes, and a notice with the counts. A change is marked at the operations that it breaks, otherwise in the schema.
pub fn github(reports: &[&Report], fail_on: FailOn) -> String {
    let mut out = String::new();
    for report in reports {
        let (failing, others): (Vec<&Change>, Vec<&Change>) =
            report.changes.iter().filter(|change| change.accepted.is_none()).partition(|change| fail_on.fails(change));
        annotate(&mut out, "error", annotations(report, &failing));
        let others: Vec<&Change> = others.into_iter().filter(|change| change.level > Level::Safe).collect();
        annotate(&mut out, "warning", annotations(report, &others));
        for capability in &report.capabilities {
            // Writing to a string cannot fail.
            _ = writeln!(out, "::warning title=capability::{}", data(&capability.message));
        }
        let findings = report.findings.iter().map(|finding| Annotation {
            file: &finding.path,
            line: Some(finding.line),
            title: "operation".to_owned(),
            text: finding.to_string(),
        });
        annotate(&mut out, "warning", findings.collect());
        for note in &report.notes {
            _ = writeln!(out, "::warning title=accepted::{} {}", note.fingerprint, data(&note.message));
        }
        notice(&mut out, &format!("{} → {}: {}", report.old, report.new, report.headline()));
    }
    out
}

/// One annotation for each broken operation, or one in the schema. Those of operations come first, since they can be
/// mended.
fn annotations<'r>(report: &'r Report, changes: &[&'r Change]) -> Vec<Annotation<'r>> {
    let (mut of_operations, mut of_schema) = (Vec::new(), Vec::new());
    for change in changes {
        let title = format!("{} {}", change.kind, change.place());
        let text = format!("{} ({}: {}) {}", change.message, change.level, change.reason, change.fingerprint);
        let broken = change.broken().map(|operation| Annotation {
            file: &operation.file,
            line: Some(operation.line),
            title: title.clone(),
            text: format!("`{}` is broken: {text}", operation.name),
        });
        let before = of_operations.len();
        of_operations.extend(broken);
        if of_operations.len() == before {
            let (file, line) = super::place(report, change);
            of_schema.push(Annotation { file, line, title, text });
        }
    }
    of_operations.extend(of_schema);
    of_operations
}

/// Writes annotations of one level, at most as many as GitHub shows.
pub(crate) fn annotate(out: &mut String, command: &str, annotations: Vec<Annotation<'_>>) {
    // The last annotation is kept for the line that counts the others.
    let listed = if annotations.len() > MOST { MOST - 1 } else { annotations.len() };
    let more = annotations.len() - listed;
    for Annotation { file, line, title, text } in annotations.into_iter().take(listed) {
        let line = line.filter(|line| *line > 0).map(|line| format!(",line={line}")).unwrap_or_default();
        _ = writeln!(out, "::{command} file={}{line},title={}::{}", property(file), property(&title), data(&text));
    }
    if more > 0 {
        let more = counted(more, "more annotation");
        _ = writeln!(out, "::{command} title=schema::{more}, not listed because GitHub limits them");
    }
}

/// Writes a notice for the whole workflow.
pub(crate) fn notice(out: &mut String, text: &str) {
    _ = writeln!(out, "::notice title=schema::{}", data(text));
}

fn data(text: &str) -> String {
    // A line break in a description would end the command, and the rest could be a command of its own.
    // The percent sign comes first, or the other escapes would be escaped again.
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
