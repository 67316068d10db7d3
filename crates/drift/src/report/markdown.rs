//! Markdown for a job summary or an issue.

use std::fmt::Write as _;

use super::{Report, counted, repeated};
use crate::change::Change;
use crate::effect::Status;
use crate::level::{Break, Level};

/// The longest text that fits a GitHub comment or issue, in bytes, with room for what a workflow adds.
pub const LONGEST: usize = 65_000;

/// The most operations shown for a change.
const MOST_OPERATIONS: usize = 5;

/// Room for the line that counts what was omitted.
const RESERVE: usize = 400;

/// Formats a report as Markdown: the worst first, in at most [`LONGEST`] bytes. What does not fit is counted.
pub fn markdown(report: &Report) -> String {
    let mut page = Page::new(LONGEST);
    // Writing to a string cannot fail, so the results of `write!` can be ignored.
    page.add(&format!("## {} → {}\n\n**{}**\n", escaped(&report.old), escaped(&report.new), report.headline()));
    add_operations(&mut page, report);
    let capabilities: Vec<String> = report.capabilities.iter().map(|change| change.message.clone()).collect();
    add_list(&mut page, "Capabilities", &capabilities);
    let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    add_list(&mut page, "Findings in the operations", &findings);
    let repeated = repeated(report);
    let lines: Vec<String> = repeated.iter().map(|it| format!("{}: {}", it.level, it.message())).collect();
    let is_counted = |change: &Change| !change.breaks_operations() && repeated.iter().any(|it| it.counts(change));
    let mut left_out = [0; 3];
    for (level, left) in Level::ALL.into_iter().zip(&mut left_out) {
        let changes: Vec<&Change> =
            report.changes.iter().filter(|change| change.level == level && !is_counted(change)).collect();
        *left = add_changes(&mut page, level, &changes);
    }
    add_list(&mut page, "Applied directives", &lines);
    let notes: Vec<String> =
        report.notes.iter().map(|note| format!("`{}` {}", note.fingerprint, note.message)).collect();
    add_list(&mut page, "Accepted changes", &notes);
    let [breaking, dangerous, safe] = left_out;
    if breaking + dangerous + safe > 0 {
        _ = write!(
            page.text,
            "\n_{} omitted because of the size limit: {breaking} breaking, {dangerous} dangerous, {safe} safe. \
             `-o json` has all of them._\n",
            counted(breaking + dangerous + safe, "change")
        );
    }
    page.text
}

/// A text with a maximum length.
pub(crate) struct Page {
    pub(crate) text: String,
    longest: usize,
}

impl Page {
    pub(crate) fn new(longest: usize) -> Self {
        Self { text: String::new(), longest }
    }

    /// Adds a piece if it fits.
    pub(crate) fn add(&mut self, piece: &str) -> bool {
        let fits = self.text.len() + piece.len() + RESERVE <= self.longest;
        if fits {
            self.text += piece;
        }
        fits
    }
}

fn add_operations(page: &mut Page, report: &Report) {
    let Some(counts) = &report.summary.operations else { return };
    let mut text = format!(
        "\n{}: {} broken, {} potentially affected, {} unaffected.\n",
        counted(counts.total, "operation"),
        counts.broken,
        counts.potentially_affected,
        counts.unaffected
    );
    let reached: Vec<_> = report.operations.iter().filter(|operation| operation.status != Status::Unaffected).collect();
    if !reached.is_empty() {
        text += "\n| operation | | where |\n| --- | --- | --- |\n";
    }
    if !page.add(&text) {
        return;
    }
    for (index, operation) in reached.iter().enumerate() {
        let row = format!(
            "| `{}` | {} | {}:{} |\n",
            operation.name,
            operation.status.name(),
            escaped(&operation.file),
            operation.line
        );
        // Half of the page is reserved for the changes.
        if page.text.len() > LONGEST / 2 || !page.add(&row) {
            page.add(&format!("\n_and {} more_\n", reached.len() - index));
            return;
        }
    }
}

pub(crate) fn add_list(page: &mut Page, title: &str, lines: &[String]) {
    if lines.is_empty() || !page.add(&format!("\n### {title}\n\n")) {
        return;
    }
    for (index, line) in lines.iter().enumerate() {
        if page.text.len() > LONGEST / 2 || !page.add(&format!("- {}\n", escaped(line))) {
            page.add(&format!("- and {} more\n", lines.len() - index));
            return;
        }
    }
}

/// Adds a table of changes. Returns how many did not fit.
fn add_changes(page: &mut Page, level: Level, changes: &[&Change]) -> usize {
    if changes.is_empty() {
        return 0;
    }
    let heading = format!("\n### {} {level}\n\n| change | why | breaks |\n| --- | --- | --- |\n", changes.len());
    if !page.add(&heading) {
        return changes.len();
    }
    let fitting = changes.iter().filter(|change| page.add(&row(change))).count();
    changes.len() - fitting
}

fn row(change: &Change) -> String {
    let mut what = escaped(&change.message);
    let reached: Vec<_> = change.operations.iter().filter(|operation| operation.status != Status::Unaffected).collect();
    for operation in reached.iter().take(MOST_OPERATIONS) {
        _ = write!(
            what,
            "<br>{}: `{}` ({}:{})",
            operation.status.name(),
            operation.name,
            escaped(&operation.file),
            operation.line
        );
    }
    if reached.len() > MOST_OPERATIONS {
        _ = write!(what, "<br>and {} more", counted(reached.len() - MOST_OPERATIONS, "operation"));
    }
    if let Some(reason) = &change.accepted {
        _ = write!(what, "<br>accepted: {}", escaped(reason));
    }
    let breaks: Vec<_> = change.breaks.iter().copied().map(Break::name).collect();
    format!("| {what} `{}` | {} | {} |\n", change.fingerprint, escaped(&change.reason), breaks.join(", "))
}

/// Escapes text for a table cell: it ends no cell, begins no tag, and notifies no user.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut in_code = false;
    for character in text.chars() {
        match character {
            '`' => {
                in_code = !in_code;
                out.push('`');
            }
            '\n' | '\r' => out.push(' '),
            // A table ends the cell at a bar even within code.
            '|' => out.push_str("\\|"),
            '\\' | '[' | ']' | '*' | '_' | '&' if !in_code => {
                out.push('\\');
                out.push(character);
            }
            '<' if !in_code => out.push_str("&lt;"),
            '@' | '#' if !in_code => {
                out.push(character);
                // A word joiner, which is invisible.
                out.push('\u{2060}');
            }
            other => out.push(other),
        }
    }
    // An unpaired backtick could turn the rest of the row into code.
    if in_code {
        out.push('`');
    }
    out
}
