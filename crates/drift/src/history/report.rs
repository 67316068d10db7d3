//! The output formats of a history.

use std::fmt::{self, Write as _};

use askama::Template;

use super::{Fate, Flap, History, Step, notice};
use crate::change::Change;
use crate::level::Level;
use crate::report::filters;
use crate::report::{LONGEST, Page as Markdown, Painter, add_list, escaped};

/// Formats a history as one JSON object.
pub fn json(history: &History) -> String {
    // A `History` always serializes to JSON.
    serde_json::to_string_pretty(history).map(|text| text + "\n").unwrap_or_default()
}

/// Formats a history for a terminal: the versions, flapping parts, the status of operations, and breaking changes.
pub fn text(history: &History, color: bool) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    _ = write_text(&mut out, history, &Painter { color });
    out
}

fn write_text(out: &mut String, history: &History, painter: &Painter) -> fmt::Result {
    writeln!(out, "{}\n", painter.bold(history.headline()))?;
    let width = history.versions.iter().map(|step| step.name.chars().count()).max().unwrap_or_default();
    let has_dates = history.versions.iter().any(|step| step.date.is_some());
    let dated = |date: String| if has_dates { format!("{date:<10}  ") } else { String::new() };
    write!(out, "{}{:width$}  {:>7}", dated("date".to_owned()), "version", "types")?;
    writeln!(out, "  {:>8}  {:>9}  {:>7}", "breaking", "dangerous", "safe")?;
    for (index, step) in history.versions.iter().enumerate() {
        let date = step.date.map(|date| date.to_string()).unwrap_or_default();
        write!(out, "{}{:width$}  {:>7}", dated(date), step.name, step.types)?;
        match counts(step) {
            Some([breaking, dangerous, safe]) => write!(out, "  {breaking:>8}  {dangerous:>9}  {safe:>7}")?,
            None => write!(out, "  {}", absent(step))?,
        }
        let broke = broke_and_unfit(history, index);
        if !broke.is_empty() {
            write!(out, "  broke {broke}")?;
        }
        writeln!(out)?;
    }
    if !history.flapping.is_empty() {
        writeln!(out, "\n{}", painter.bold("flapping"))?;
    }
    for flap in &history.flapping {
        writeln!(out, "  {}: {}", flap.coordinate, events(flap))?;
    }
    let lives = lives(history);
    if !lives.is_empty() {
        writeln!(out, "\n{}", painter.bold("removed and deprecated"))?;
    }
    for line in lives {
        writeln!(out, "  {line}")?;
    }
    if !history.operations.is_empty() {
        writeln!(out, "\n{}", painter.bold("operations"))?;
    }
    for operation in &history.operations {
        writeln!(out, "  {}  {}", operation.name, painter.dim(format!("{}:{}", operation.file, operation.line)))?;
        for (fate, step) in operation.versions.iter().zip(&history.versions) {
            if *fate != Fate::Fits {
                writeln!(out, "    {:<20} {}", fate.name(), step.name)?;
            }
        }
    }
    for (step, changes) in breaking(history) {
        writeln!(out, "\n{}", painter.bold(format!("breaking in {}", step.name)))?;
        for change in changes {
            writeln!(
                out,
                "  {} {}  {}",
                painter.level(change.level),
                change.message,
                painter.dim(&change.fingerprint)
            )?;
        }
    }
    for note in &history.notes {
        writeln!(out, "\n{}: {} {}", painter.bold("accepted"), note.fingerprint, note.message)?;
    }
    Ok(())
}

/// Formats a history as Markdown within GitHub's size limit. What does not fit is counted.
pub fn markdown(history: &History) -> String {
    let mut page = Markdown::new(LONGEST);
    page.add(&format!("## {}\n\n| version | types | breaking | dangerous | safe | broke |\n", history.headline()));
    page.add("| --- | --- | --- | --- | --- | --- |\n");
    let mut left_out = 0;
    for (index, step) in history.versions.iter().enumerate() {
        let counts = counts(step).map_or_else(
            || format!("| {} | | |", escaped(absent(step))),
            |[breaking, dangerous, safe]| format!("| {breaking} | {dangerous} | {safe} |"),
        );
        let row = format!(
            "| {} | {} {counts} {} |\n",
            escaped(&named(step)),
            step.types,
            escaped(&broke_and_unfit(history, index))
        );
        left_out += usize::from(!page.add(&row));
    }
    let flaps: Vec<String> =
        history.flapping.iter().map(|flap| format!("`{}`: {}", flap.coordinate, events(flap))).collect();
    add_list(&mut page, "Flapping", &flaps);
    let notes: Vec<String> =
        history.notes.iter().map(|note| format!("`{}` {}", note.fingerprint, note.message)).collect();
    add_list(&mut page, "Accepted changes", &notes);
    add_list(&mut page, "Removed and deprecated", &lives(history));
    for (step, changes) in breaking(history) {
        let heading = page.add(&format!("\n### Breaking in {}\n\n", escaped(&step.name)));
        for change in changes {
            let fits = heading && page.add(&format!("- {} `{}`\n", escaped(&change.message), change.fingerprint));
            left_out += usize::from(!fits);
        }
    }
    if left_out > 0 {
        // Writing to a string cannot fail.
        _ = write!(page.text, "\n_{left_out} lines omitted because of the size limit. `-o json` has all of them._\n");
    }
    page.text
}

/// Formats a history as an HTML page: one file, without scripts or external resources.
///
/// # Errors
/// If the template cannot be rendered, which no history should cause.
pub fn html(history: &History) -> Result<String, fmt::Error> {
    let total = |step: &Step| counts(step).map_or(0, |counts| counts.iter().sum::<usize>());
    let length = |number: usize| f64::from(u32::try_from(number).unwrap_or(u32::MAX)).sqrt();
    // At least 1, since it is a divisor and a history may have no changes.
    let longest = history.versions.iter().map(|step| length(total(step))).fold(1.0, f64::max);
    let rows = history.versions.iter().enumerate().map(|(index, step)| {
        let counts = counts(step);
        let mut broke = history.with_fate(index, Fate::Broken);
        let more = broke.len().saturating_sub(MOST_NAMES);
        broke.truncate(MOST_NAMES);
        let worst = match counts.unwrap_or_default() {
            [0, 0, _] => "safe",
            [0, ..] => "dangerous",
            _ => "breaking",
        };
        let [breaking, dangerous, safe] = counts.unwrap_or_default();
        Row {
            name: named(step),
            types: step.types,
            absent: counts.is_none().then(|| absent(step)),
            breaking,
            dangerous,
            safe,
            worst,
            width: format!("{:.1}", 100.0 * length(total(step)) / longest),
            broke,
            more,
            unfit: history.with_fate(index, Fate::DoesNotFit).len(),
            changes: of_level(step, Level::Breaking),
        }
    });
    // The newest first, since it matters most.
    let lives = lives(history);
    Page { history, rows: rows.rev().collect(), lives }.render().map_err(|_| fmt::Error)
}

/// The most names of broken operations shown for a version.
const MOST_NAMES: usize = 6;

#[derive(Template)]
#[template(path = "history.html")]
struct Page<'h> {
    history: &'h History,
    rows: Vec<Row<'h>>,
    /// When parts were added, deprecated and removed.
    lives: Vec<String>,
}

struct Row<'h> {
    name: String,
    types: usize,
    absent: Option<&'h str>,
    breaking: usize,
    dangerous: usize,
    safe: usize,
    worst: &'static str,
    width: String,
    broke: Vec<&'h str>,
    more: usize,
    unfit: usize,
    changes: Vec<&'h Change>,
}

/// The number of breaking, dangerous and safe changes in a version; `None` for the first.
fn counts(step: &Step) -> Option<[usize; 3]> {
    step.report.as_ref().map(|report| [report.summary.breaking, report.summary.dangerous, report.summary.safe])
}

/// When parts were added, deprecated and removed, below a summary; empty if none was.
fn lives(history: &History) -> Vec<String> {
    let lines = history.parts.iter().map(notice::line);
    let summary = (!history.parts.is_empty()).then(|| notice::summary(&history.notice));
    summary.into_iter().chain(lines).collect()
}

/// The name of a version, with its date.
fn named(step: &Step) -> String {
    step.date.map(|date| format!("{date} ")).unwrap_or_default() + &step.name
}

/// Why a version has no counts.
fn absent(step: &Step) -> &str {
    step.error.as_deref().unwrap_or("first version")
}

/// The operations that a version broke, and how many did not fit before either.
fn broke_and_unfit(history: &History, version: usize) -> String {
    let broke = history.with_fate(version, Fate::Broken).join(", ");
    let is_first = history.versions.get(version).is_none_or(|step| step.report.is_none());
    match history.with_fate(version, Fate::DoesNotFit).len() {
        unfit if unfit > 0 && !is_first => {
            format!("{}; {unfit} did not fit before either", if broke.is_empty() { "none" } else { &broke })
        }
        _ => broke,
    }
}

fn of_level(step: &Step, level: Level) -> Vec<&Change> {
    step.report.iter().flat_map(|report| &report.changes).filter(|change| change.level == level).collect()
}

/// The versions with breaking changes, each with those changes.
fn breaking(history: &History) -> impl Iterator<Item = (&Step, Vec<&Change>)> {
    history
        .versions
        .iter()
        .map(|step| (step, of_level(step, Level::Breaking)))
        .filter(|(_, changes)| !changes.is_empty())
}

fn events(flap: &Flap) -> String {
    let events: Vec<String> = flap
        .events
        .iter()
        .map(|event| format!("{} in {}", if event.came { "added" } else { "removed" }, event.version))
        .collect();
    events.join(", ")
}
