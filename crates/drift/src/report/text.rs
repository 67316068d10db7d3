//! Text for a terminal.

use std::fmt::{self, Write as _};

use anstyle::{AnsiColor, Style};

use super::{Group, Report, counted, groups, repeated};
use crate::change::Change;
use crate::effect::{Impact, Status};
use crate::level::{Break, Level};
use crate::renames::Rename;

/// Formats a report for a terminal: the operations first, then the changes by type, the worst type first.
pub fn text(report: &Report, color: bool) -> String {
    listed(report, color, true)
}

/// The same with all changes, or without those that are only counted.
pub(crate) fn listed(report: &Report, color: bool, all: bool) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    _ = write(&mut out, report, &Painter { color }, all);
    out
}

/// Applies terminal styles, if colors are enabled.
pub(crate) struct Painter {
    pub(crate) color: bool,
}

impl Painter {
    pub(crate) fn paint(&self, style: Style, text: impl fmt::Display) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_string() }
    }

    pub(crate) fn bold(&self, text: impl fmt::Display) -> String {
        self.paint(Style::new().bold(), text)
    }

    pub(crate) fn dim(&self, text: impl fmt::Display) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    pub(crate) fn level(&self, level: Level) -> String {
        let style = match level {
            Level::Breaking => AnsiColor::Red.on_default().bold(),
            Level::Dangerous => AnsiColor::Yellow.on_default(),
            Level::Safe => AnsiColor::Green.on_default(),
        };
        self.paint(style, format!("{level:<9}"))
    }

    pub(crate) fn status(&self, status: Status) -> String {
        let style = match status {
            Status::Broken => AnsiColor::Red.on_default().bold(),
            Status::PotentiallyAffected => AnsiColor::Yellow.on_default(),
            Status::Unaffected => AnsiColor::Green.on_default(),
        };
        self.paint(style, format!("{:<20}", status.name()))
    }
}

fn write(out: &mut String, report: &Report, painter: &Painter, all: bool) -> fmt::Result {
    writeln!(out, "{} → {}", report.old, report.new)?;
    writeln!(out, "{}", painter.bold(report.headline()))?;
    write_operations(out, report, painter)?;
    for capability in &report.capabilities {
        writeln!(out, "\n{}: {}", painter.bold("capability"), capability.message)?;
    }
    for finding in &report.findings {
        writeln!(out, "\n{}: {finding}", painter.bold("finding"))?;
    }
    let repeated = if all { Vec::new() } else { repeated(report) };
    let is_listed = |change: &Change| {
        all || change.breaks_operations()
            || (change.level > Level::Safe && !repeated.iter().any(|it| it.counts(change)))
    };
    let mut unlisted = 0;
    for mut group in groups(report) {
        let before = group.changes.len();
        group.changes.retain(|change| is_listed(change));
        if all {
            write_group(out, &group, painter)?;
            continue;
        }
        unlisted += before - group.changes.len() + group.of_new.len();
        group.of_new.clear();
        if !group.changes.is_empty() {
            write_group(out, &group, painter)?;
        }
    }
    if !repeated.is_empty() {
        writeln!(out, "\n{}", painter.bold("applied directives"))?;
    }
    for it in &repeated {
        writeln!(out, "  {} {}", painter.level(it.level), it.message())?;
        unlisted = unlisted.saturating_sub(it.count);
    }
    if unlisted > 0 {
        writeln!(out, "\n{} not listed; `--all` lists them", counted(unlisted, "safe change"))?;
    }
    for note in &report.notes {
        writeln!(out, "\n{}: {} {}", painter.bold("accepted"), note.fingerprint, note.message)?;
    }
    Ok(())
}

fn write_operations(out: &mut String, report: &Report, painter: &Painter) -> fmt::Result {
    let Some(counts) = &report.summary.operations else { return Ok(()) };
    writeln!(
        out,
        "{}: {} broken, {} potentially affected, {} unaffected",
        counted(counts.total, "operation"),
        counts.broken,
        counts.potentially_affected,
        counts.unaffected
    )?;
    let reached = report.operations.iter().filter(|operation| operation.status != Status::Unaffected);
    for Impact { status, name, file, line, .. } in reached {
        writeln!(out, "  {} {name}  {}", painter.status(*status), painter.dim(format!("{file}:{line}")))?;
    }
    Ok(())
}

fn write_group(out: &mut String, group: &Group<'_>, painter: &Painter) -> fmt::Result {
    writeln!(out, "\n{}", painter.bold(group.name))?;
    for change in &group.changes {
        write_change(out, change, painter)?;
    }
    if !group.of_new.is_empty() {
        let parts = counted(group.of_new.len(), "change");
        writeln!(out, "  {} {}", painter.level(Level::Safe), painter.dim(format!("and {parts} within it")))?;
    }
    Ok(())
}

fn write_change(out: &mut String, change: &Change, painter: &Painter) -> fmt::Result {
    let fingerprint = painter.dim(&change.fingerprint);
    writeln!(out, "  {} {}{}  {fingerprint}", painter.level(change.level), change.message, lines(change))?;
    if change.level != Level::Safe {
        let breaks: Vec<_> = change.breaks.iter().copied().map(Break::name).collect();
        writeln!(out, "            {}", painter.dim(format!("{} [{}]", change.reason, breaks.join(", "))))?;
    }
    match &change.likely_rename {
        Some(Rename::To(name)) => writeln!(out, "            {}", painter.dim(format!("likely renamed to `{name}`")))?,
        Some(Rename::From(name)) => writeln!(out, "            {}", painter.dim(format!("likely rename of `{name}`")))?,
        None => {}
    }
    if let Some(reason) = &change.accepted {
        writeln!(out, "            {}", painter.dim(format!("accepted: {reason}")))?;
    }
    let reached = change.operations.iter().filter(|operation| operation.status != Status::Unaffected);
    for Impact { status, name, file, line, .. } in reached {
        writeln!(out, "            {} {name}  {}", painter.status(*status), painter.dim(format!("{file}:{line}")))?;
    }
    Ok(())
}

/// The lines of a change in the old and the new source.
fn lines(change: &Change) -> String {
    let line = |side: &Option<crate::Side>| side.as_ref().and_then(|side| side.line);
    match (line(&change.old), line(&change.new)) {
        (Some(old), Some(new)) => format!(" (line {old} → {new})"),
        (Some(old), None) => format!(" (line {old} →)"),
        (None, Some(new)) => format!(" (→ line {new})"),
        (None, None) => String::new(),
    }
}
